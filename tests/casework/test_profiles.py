"""The shipped profiles hold the facts; a new organisation is one file; whatever is wrong in one is said in words."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest

import locales
from casework.calendar import LONDON
from casework.case import fold, moves
from casework.describe import describe
from casework.dues import deadline, dues, moved
from casework.errors import ProfileError
from casework.offer import Name, names
from casework.procedure import KINDS, WANTS, Profile, load, shipped
from flows.guards import All, Not, Wants
from flows.scripts import FLOWS
from tests.casework.histories import event

ALL = tuple(load(name) for name in shipped())
FIVE = ("action-for-children", "childrens-links", "dudley", "sandwell", "together-for-children")
NATIONAL = ("england-corporate", "england-statutory", "scotland", "wales")

# profile: acknowledgement, stage 1, extended, stage 2, extended (working days unless a unit is given)
LIMITS = {
    "action-for-children": ("1", "10", "20", "25", ""),
    "dudley": ("1", "10", "20", "25", "65"),
    "together-for-children": ("24 hours", "10", "", "25", ""),
    "childrens-links": ("5", "28", "", "10", ""),
    "sandwell": ("1", "10", "20", "25", "65"),
    "england-statutory": ("1", "10", "20", "25", "65"),
    "england-corporate": ("5", "10", "20", "20", "40"),
    "wales": ("1", "10", "20", "25", ""),
    "scotland": ("3", "5", "15", "20", ""),
}
CLOCKS = (
    "acknowledgement",
    "stage1.response",
    "stage1.response.extended",
    "stage2.response",
    "stage2.response.extended",
)


def test_the_shipped_profiles() -> None:
    assert shipped() == tuple(sorted((*FIVE, *NATIONAL)))
    assert len({profile.version for profile in ALL}) == len(ALL)


@pytest.mark.parametrize("name", shipped())
def test_limits(name: str) -> None:
    profile = load(name)
    for clock_id, expected in zip(CLOCKS, LIMITS[name], strict=True):
        if not expected:
            with pytest.raises(ProfileError, match=f"no clock is called “{clock_id}”"):
                profile.clock(clock_id)
            continue
        clock = profile.clock(clock_id)
        unit = "" if clock.unit == "working days" else f" {clock.unit}"
        assert f"{clock.days}{unit}" == expected
    published = name in ("together-for-children", "childrens-links", "england-corporate", "scotland")
    assert profile.clocks["acknowledgement"].own is not published


@pytest.mark.parametrize(
    ("name", "clock", "days", "starts"),
    [
        ("childrens-links", "stage2.acknowledgement", 5, "stage2.requested"),
        ("childrens-links", "stage3.acknowledgement", 5, "stage3.requested"),
        ("childrens-links", "stage3.response", 20, "stage3.requested"),
        ("sandwell", "stage2.response", 25, "stage2.statement_agreed"),
        ("dudley", "stage2.response", 25, "stage2.requested"),
        ("dudley", "stage3.panel", 30, "stage3.requested"),
        ("dudley", "stage3.recommendations", 5, "stage3.panel_held"),
        ("dudley", "stage3.response", 15, "stage3.recommended"),
        ("dudley", "ombudsman.window", 12, "stage3.panel_held"),
        ("sandwell", "stage3.whole", 50, "stage3.requested"),
        ("together-for-children", "stage2.window", 20, "stage1.answered"),
        ("england-statutory", "stage2.window", 20, "stage1.answered"),
        ("england-corporate", "stage1.response", 10, "acknowledged"),
        ("england-corporate", "stage2.acknowledgement", 5, "stage2.requested"),
        ("england-corporate", "stage2.response", 20, "stage2.acknowledged"),
        ("scotland", "stage2.acknowledgement", 3, "stage2.requested"),
        ("action-for-children", "campaign.action", 14, "campaign_linked"),
    ],
)
def test_the_other_limits(name: str, clock: str, days: int, starts: str) -> None:
    found = load(name).clock(clock)
    assert (found.days, found.starts) == (days, starts)


@pytest.mark.parametrize(
    ("name", "listed", "count"),
    [
        ("action-for-children", "extension_reasons", 5),
        ("action-for-children", "resolutions", 9),
        ("action-for-children", "age_bands", 7),
        ("action-for-children", "timescale_bands", 4),
        ("action-for-children", "fundraising", 7),
        ("action-for-children", "places", 5),
        ("dudley", "informal_reasons", 9),
        ("dudley", "themes", 11),
        ("dudley", "outcomes", 7),
        ("dudley", "timescale_bands", 5),
        ("dudley", "delay_reasons", 7),
        ("together-for-children", "request_reasons", 3),
        ("together-for-children", "contact_options", 5),
        ("sandwell", "themes", 18),
        ("sandwell", "informal_themes", 10),
        ("sandwell", "mediation_results", 4),
        ("sandwell", "ombudsman_results", 4),
    ],
)
def test_lists_are_whole(name: str, listed: str, count: int) -> None:
    assert len(load(name).listed(listed)) == count


def test_an_item_is_found_by_name_or_alias_in_any_case() -> None:
    sandwell = load("sandwell")
    for words in ("social_media", "social media concern", "SUPPORT WITH SOCIAL MEDIA"):
        item = sandwell.item("themes", words)
        assert item is not None
        assert item.id == "social_media"
    assert sandwell.item("themes", "weather") is None


def test_staffing_is_recorded_but_never_acceptable() -> None:
    for name in ("action-for-children", "dudley", "sandwell", "england-statutory"):
        item = load(name).item("extension_reasons", "workload")
        assert item is not None
        assert not item.acceptable


def test_together_for_children_routes_an_allegation_at_once() -> None:
    profile = load("together-for-children")
    assert len(profile.routes) >= 12
    assert [route.id for route in profile.routes.values() if route.urgent] == ["safeguarding"]
    assert profile.clock("safeguarding.referral").unit == "hours"


@pytest.mark.parametrize("name", FIVE)
def test_each_organisation_has_what_the_conversation_needs(name: str) -> None:
    profile = load(name)
    assert profile.duty is not None
    assert profile.duty.number.startswith("01632 960"), "numbers kept for drama"
    assert profile.duty.demonstration
    assert profile.services
    assert profile.entries
    assert profile.leave_to.startswith("https://")


@pytest.mark.parametrize("language", [entry.code for entry in locales.offered() if entry.code != locales.SOURCE])
def test_every_name_the_public_reads_is_there_in_every_language(language: str) -> None:
    for profile in ALL:
        named = [profile.name, *profile.kinds.values()]
        named += [line.name for line in profile.help_lines] + ([profile.duty.name] if profile.duty else [])
        named += [one.name for group in (profile.services, profile.stages) for one in group.values()]
        named += [profile.ombudsman.name] if profile.ombudsman else []
        if language == "cy":  # staff read them, in English or Welsh
            named += [one.name for one in profile.retention.values()]
        wanted = {str(one) for one in named if language not in one.by_language}
        assert wanted <= names(language).keys(), f"{profile.id}: write them into profiles/names/{language}.toml"


def test_an_organisations_own_name_comes_before_the_shipped_one() -> None:
    assert Name({"en": "Fostering"}).said("cy") == "Maethu"
    assert Name({"en": "Fostering", "cy": "Gofal maeth"}).said("cy") == "Gofal maeth"
    assert Name({"en": "Blue Door"}).said("cy") == "Blue Door"


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.id)
def test_help_lines_fit_the_nation(profile: Profile) -> None:
    found = {line.id: line.number for line in profile.help_lines}
    assert found["emergency"] == "999"
    assert found["relay"] == "18000"
    assert found["childline"] == "0800 1111"
    assert found["shout"] == "85258"
    assert found["samaritans"] == "116 123"
    assert ("nhs" in found) == (profile.nation in ("England", "Wales"))
    assert all(line.check_by > date(2026, 11, 1) for line in profile.help_lines)


def test_a_name_falls_back_to_english() -> None:
    assert load("dudley").services["adoption"].name.said("cy") == "Mabwysiadu"
    assert load("dudley").services["adoption"].name.said("tlh") == "Adoption"


def test_kinds_and_wants_are_those_of_the_flows() -> None:
    def parts(guard: object) -> set[str]:
        if isinstance(guard, Wants):
            return {guard.part}
        inner = guard.guards if isinstance(guard, All) else (guard.guard,) if isinstance(guard, Not) else ()
        return {part for one in inner for part in parts(one)}

    assert {flow.kind for flow in FLOWS.values() if flow.kind} <= set(KINDS)
    assert {part for flow in FLOWS.values() for step in flow.steps for part in parts(step.when)} == {*WANTS, "homes"}


@pytest.mark.parametrize(
    ("name", "kind", "acknowledge", "answer"),
    [
        ("sandwell", "complaint", "2020-12-22", "2021-01-07"),
        ("sandwell", "informal", "2020-12-22", "2020-12-30"),
        ("sandwell", "advocate", "2020-12-22", "2020-12-22"),
        ("sandwell", "unfinished", "2020-12-22", "2020-12-22"),
        ("together-for-children", "complaint", "2020-12-22", "2021-01-07"),
        ("childrens-links", "complaint", "2020-12-30", "2021-02-02"),
        ("childrens-links", "person", "2020-12-22", "2020-12-22"),
        ("england-corporate", "complaint", "2020-12-30", "2021-01-14"),
        ("scotland", "complaint", "2020-12-24", "2020-12-30"),
    ],
)
def test_what_the_person_is_told(name: str, kind: str, acknowledge: str, answer: str) -> None:
    at = datetime(2020, 12, 21, 17, tzinfo=LONDON)
    found = dues(load(name), kind, at)
    assert {key: day.isoformat() for key, day in found.items()} == {"acknowledge_by": acknowledge, "answer_by": answer}


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.id)
def test_every_profile_reads_as_a_whole(profile: Profile) -> None:
    text = describe(profile)
    assert text.startswith(f"# {profile.name}\n")
    assert text.count("```") == 2
    for clock in profile.clocks.values():
        assert f"`{clock.id}`" in text
    for items in profile.lists.values():
        assert all(str(item.name) in text for item in items.values())


RIVERSIDE = Path(__file__).with_name("riverside.toml").read_text("utf-8")
MISTAKES = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8"))["mistake"]


def test_a_new_organisation_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE, "utf-8")
    profile = load(path)
    assert (profile.id, profile.nation, profile.name.said("cy")) == ("riverside", "Wales", "Glan yr Afon")
    assert deadline(profile, "stage1.response", date(2026, 12, 18)).day == date(2027, 1, 4)
    assert deadline(profile, "stage1.response.extended", date(2026, 12, 18)).day == date(2027, 1, 11)
    assert list(profile.listed("outcomes")) == ["agreed", "not_agreed"], "a list replaces that of the base"
    assert profile.listed("remedies"), "a list that it does not have comes from the base"
    history = [event(line) for line in ("2026-12-18 filed kind=complaint", "2026-12-29 talked who=manager")]
    found = fold(profile, [*history, event("2027-01-04 stage1.answered")])
    assert "stage2.requested" in [move.event for move in moves(profile, found)]
    assert found.clocks["stage2.window"].deadline is not None
    assert "- **Ask for stage 2** (the person's time): 10 working days." in describe(profile)


def test_a_changed_profile_has_another_version(tmp_path: Path) -> None:
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE, "utf-8")
    first = load(path).version
    path.write_text(RIVERSIDE.replace("days = 7", "days = 8"), "utf-8")
    assert load(path).version != first


def test_a_day_of_holiday_added_later_moves_the_open_dues_and_shows_which(tmp_path: Path) -> None:
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE, "utf-8")
    before = load(path)
    path.write_text(RIVERSIDE.replace("[2026-12-24]", "[2026-12-24, 2026-12-30]"), "utf-8")
    history = [event("2026-12-18 filed kind=complaint"), event("2026-12-21 acknowledged")]
    found = moved(fold(before, history), fold(load(path), history))
    assert [(one.clock, one.before, one.after) for one in found] == [
        ("stage1.response", date(2027, 1, 4), date(2027, 1, 5)),
    ]


def test_an_organisation_takes_what_it_does_not_want_out_of_its_base(tmp_path: Path) -> None:
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE.replace("[services]", "[routes]\nwhistleblowing = false\n\n[services]"), "utf-8")
    assert "whistleblowing" not in load(path).routes


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["said"])
def test_mistakes_are_said_with_file_field_and_what_would_be_right(tmp_path: Path, mistake: dict[str, str]) -> None:
    assert mistake["right"] in RIVERSIDE
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE.replace(mistake["right"], mistake["wrong"], 1), "utf-8")
    with pytest.raises(ProfileError) as error:
        load(path)
    assert mistake["said"] in str(error.value)
    assert all(fault.startswith("riverside.toml: ") for fault in error.value.faults)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "riverside.toml"
    path.write_text(RIVERSIDE.replace("days = 7", "dayz = 7").replace("[duty]", "[dutty]"), "utf-8")
    with pytest.raises(ProfileError) as error:
        load(path)
    assert len(error.value.faults) == 2


def test_an_unknown_name_or_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"No profile is called “sandwel”\. Did you mean “sandwell”"):
        load("sandwel")
    with pytest.raises(ProfileError, match=r"here\.toml: there is no such file"):
        load(tmp_path / "here.toml")
