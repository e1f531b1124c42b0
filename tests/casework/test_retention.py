"""How long papers are kept: the longest rule that fits; and other people in a copy."""

from __future__ import annotations

from datetime import date

import pytest

from casework import retention
from casework.covering import COVER, covered, find, to_cover
from casework.offer import Name
from casework.procedure import KINDS, load, shipped
from casework.retention import Keep, Papers, rule_for


def keep(id: str = "one", **more: object) -> Keep:
    return Keep(id=id, name=Name({"en": id}), **{"basis": "a law", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "since", "until"),
    [
        ({"years": 6}, date(2026, 3, 1), date(2032, 3, 1)),
        ({"years": 1}, date(2024, 2, 29), date(2025, 2, 28)),
        ({"months": 13}, date(2026, 1, 31), date(2027, 2, 28)),
        ({"months": 1, "days": 2}, date(2026, 12, 31), date(2027, 2, 2)),
        ({"days": 30}, date(2026, 2, 1), date(2026, 3, 3)),
    ],
)
def test_a_rule_counts_by_the_calendar(more: dict[str, int], since: date, until: date) -> None:
    rule = keep(**more)
    assert rule.until(since) == until
    assert (until - since).days >= rule.shortest()


@pytest.mark.parametrize(
    ("papers", "rule"),
    [
        (Papers("compliment"), "compliments"),
        (Papers("complaint"), "complaints"),
        (Papers("complaint", danger=True), "danger"),
        (Papers("complaint", danger=True, accused=True), "allegations"),
        (Papers("compliment", {"looked_after"}), "looked_after"),
        (Papers("complaint", {"residential"}, danger=True), "looked_after"),
    ],
)
def test_the_longest_rule_that_fits_holds(papers: Papers, rule: str) -> None:
    found = rule_for(load("dudley"), papers, date(2026, 1, 1))
    assert found is not None and found.basis
    assert found.id == rule or (found.until(date(2026, 1, 1)) == load("dudley").retention[rule].until(date(2026, 1, 1)))


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_keeps_every_kind_for_a_time(name: str) -> None:
    profile = load(name)
    for kind in KINDS:
        assert rule_for(profile, Papers(kind), date(2026, 1, 1)) is not None, kind
    stray = retention.stray(profile)
    assert stray is not None and stray.shortest() == 30


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "write how long"),
        ({"years": -1}, "write how long"),
        ({"years": 200}, "longer than a life"),
        ({"years": 1, "basis": " "}, "name the law"),
        ({"years": 1, "kinds": ("poem",)}, "“poem” is not known"),
        ({"days": 1, "stray": True, "decide": True}, "no kinds"),
        ({"years": 1, "of": "staff", "kinds": ("complaint",)}, "a rule for staff has no kinds"),
        ({"years": 1, "of": "audit"}, "“audit” is not known. There are: staff, tokens, learning, requests"),
        ({"years": 1, "of": "staff", "stray": True}, "“stray” is a rule of its own"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(more: dict[str, object], said: str) -> None:
    assert any(said in fault for fault in retention.faults({"one": keep(**more)}, KINDS))


def test_what_is_kept_besides_has_one_rule_each_that_keeps_no_record() -> None:
    profile = load("dudley")
    rules = [retention.besides(profile, of) for of in retention.OF]
    assert [rule.years for rule in rules if rule] == [6, 6, 6, 6] and not any(
        rule.for_records for rule in rules if rule
    )
    twice = {one: keep(one, years=1, of="staff") for one in ("one", "two")}
    assert any("already" in fault for fault in retention.faults(twice, KINDS))
    assert rule_for(profile, Papers("compliment"), date(2026, 1, 1)) is profile.retention["compliments"]


def test_the_rules_are_no_part_of_the_procedure_s_version() -> None:
    import dataclasses

    profile = load("dudley")
    assert dataclasses.replace(profile, retention={}).version == profile.version


# Others in a copy -------------------------------------------------------------------------------------

TEXTS = (
    "Sam Carter never rings. Sam was rude to my brother Kyle O’Neill.",
    "Call me on 07700 900123, not Ann: ann@home.example. On Monday my mum came.",
    "Pat Lee rang the school.",
)


def test_others_are_found_and_the_person_is_not() -> None:
    found = find(TEXTS, own=["Kyle O’Neill", "07700900123"], named=["Sam Carter, my worker"], staff=["Pat Lee"])
    words = {one.words: one.why for one in found}
    assert words["Sam"] == words["Carter"] == "named" and words["Pat"] == words["Lee"] == "staff"
    assert words["Ann"] == "name" and words["ann@home.example"] == "address"
    assert not {"Kyle", "07700 900123", "Monday", "Call"} & set(words)
    assert next(one.count for one in found if one.words == "Sam") == 2


def test_names_without_capital_letters_are_found_where_they_are_known() -> None:
    found = find(["المعلمة سلمى ضحكت عليّ"], named=["سلمى"])
    assert [(one.words, one.why) for one in found] == [("سلمى", "named")]


def test_what_is_covered_is_covered_everywhere_and_in_any_case() -> None:
    text = covered("Sam said SAM's sister Samira saw sam.", ["Sam"])
    assert text == f"{COVER} said {COVER}'s sister Samira saw {COVER}."
    assert covered("Ann Lee and Lee", ["Lee", "Ann Lee"]) == f"{COVER} and {COVER}"
    assert covered("a.b (c)", ["a.b", "(c"]) in (f"{COVER} (c)", f"{COVER} {COVER})")


def test_a_reason_uncovers_and_a_worker_adds() -> None:
    found = find(TEXTS, named=["Sam"])
    words = to_cover(found, {"SAM": "Their own worker", "my mum": ""})
    assert "Sam" not in words and "my mum" in words and "Ann" in words
