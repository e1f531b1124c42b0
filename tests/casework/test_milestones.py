"""What a person is told of what staff do, as a table: who hears what, in which words, and what a profile may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.channels.contract import Occasion
from bot.channels.sms.render import fits, render
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.calendar import LONDON
from casework.case import CaseEvent, fold, moves
from casework.errors import ProfileError
from casework.milestone_texts import HEARS, MILESTONES, NAMED, NOT_SAID, REASONS, TAILS
from casework.milestones import _OF, ANSWERING, PLACES, Part, Telling, milestone, places, telling, way_on
from casework.moves import ROLES
from casework.offer import Name, OwnMilestone
from casework.procedure import load, shipped
from casework.record import CaseState
from casework.saved import from_json, to_json
from flows.session import Voice
from storage.telling import compose
from tests.casework.histories import event

NOW = datetime(2026, 11, 20, 12, tzinfo=LONDON)
SANDWELL = load("sandwell")
FILED = "2026-11-02 filed kind=complaint"


def standing(*lines: str, name: str = "sandwell") -> tuple[CaseState, list[CaseEvent]]:
    happened = [event(line, number) for number, line in enumerate(lines)]
    return fold(load(name), happened), happened


def told(*lines: str, name: str = "sandwell", last: int = 1, now: datetime = NOW) -> Telling | None:
    state, happened = standing(*lines, name=name)
    return telling(load(name), state, happened[-last:], "HB-7K3M-2Q", now)


def shown(found: Telling | None) -> list[str]:
    return [part.wording.plain for part in found.parts] if found else []


def test_every_milestone_comes_from_an_event_that_can_happen() -> None:
    known = {move.event for name in shipped() for move in load(name).moves}
    for name in _OF:
        assert any(one == name or (name[0] == "." and one.endswith(name)) for one in known), name
    assert set(_OF.values()) == set(MILESTONES)
    assert set(ANSWERING) <= {
        *ROLES,
        *(role for name in shipped() for s in load(name).stages.values() for role in s.roles),
    }


def test_every_place_is_known() -> None:
    wordings = [one.wording for one in MILESTONES.values()] + [NAMED, *TAILS.values()]
    for wording in wordings:
        for text in (wording.plain, wording.child, wording.young, wording.easy):
            assert set(places(text)) <= {*PLACES, "reason"}, text
    assert all(tail in TAILS for one in MILESTONES.values() for tail in one.then)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ((FILED, "2026-11-03 acknowledged"), ("acknowledged",)),
        ((FILED, "2026-11-03 stage1.begun", "2026-11-04 role role=responder person=Sam"), ("looking",)),
        ((FILED, "2026-11-03 stage1.begun", "2026-11-04 role role=support person=Sam"), ()),
        ((FILED, "2026-11-03 stage1.begun", "2026-11-04 role role=responder person=Sam told=true"), ()),
        ((FILED, "2026-11-10 stage1.answered"), ("answered",)),
        ((FILED, "2026-11-10 stage1.answered", "2026-11-11 stage2.requested"), ("next_step",)),
        ((FILED, "2026-11-03 handed_over to=council why=x"), ("handed_over",)),
        ((FILED, "2026-11-03 closed why=x"), ("closed",)),
        ((FILED, "2026-11-03 routed route=corporate why=x"), ("elsewhere",)),
        ((FILED, "2026-11-03 routed route=safeguarding why=x"), ()),
        ((FILED, "2026-11-03 corrected of=0 why=x"), ()),
        ((FILED, "2026-11-03 themed themes=worker"), ()),
        (("2026-11-02 filed kind=informal", "2026-11-03 contacted who=ann"), ("contacted",)),
        (("2026-11-02 filed kind=person", "2026-11-03 contacted who=ann"), ()),
        (("2026-11-02 filed kind=compliment", "2026-11-03 passed_on"), ("passed_on",)),
        (("2026-11-02 filed kind=compliment", "2026-11-03 passed_on", "2026-11-04 closed"), ()),
        (("2026-11-02 filed kind=unfinished", "2026-11-03 looked_at why=x"), ()),
        (("2026-11-02 filed kind=advocate", "2026-11-03 referred to=ann"), ("advocate",)),
    ],
)
def test_what_is_told(lines: tuple[str, ...], codes: tuple[str, ...]) -> None:
    found = told(*lines)
    assert (found.codes if found else ()) == codes


def test_only_what_staff_did_is_told() -> None:
    for by in ("person", "system", ""):
        assert not milestone(SANDWELL, "complaint", CaseEvent("withdrawn", NOW, by))
    assert milestone(SANDWELL, "complaint", CaseEvent("withdrawn", NOW, "staff:7")) == "withdrawn"


def test_several_things_are_one_message_and_said_once() -> None:
    found = told(
        FILED, "2026-11-18 acknowledged", "2026-11-18 stage1.begun", "2026-11-18 role role=manager person=Sam", last=3
    )
    assert found is not None and found.codes == ("looking",) and len(found.of) == 1
    informal = ("2026-11-02 filed kind=informal", "2026-11-09 contacted who=ann", "2026-11-10 acted what=rang")
    found = told(*informal, "2026-11-12 loop_closed who=ann", "2026-11-12 closed", last=2)
    assert found is not None and found.codes == ("closed",)


def test_no_day_is_told_that_has_passed() -> None:
    lines = (FILED, "2026-11-03 acknowledged")
    assert "You will have our answer by {answer_by}." in shown(told(*lines, now=NOW.replace(day=3)))
    assert shown(told(*lines, now=NOW.replace(month=12, day=24))) == ["A person has read what you sent ({reference})."]


def test_the_reason_is_in_plain_words_or_a_persons_to_tell() -> None:
    begun = (FILED, "2026-11-03 stage1.begun")
    found = told(*begun, "2026-11-04 extended clock=stage1.response why=complex")
    assert found is not None and not found.explain
    assert found.parts[1].args["reason"] is REASONS["extension_reasons"]["complex"]
    assert isinstance(found.parts[-1].args["answer_by"], date)
    for why in ("police", "procedure", "Whatever they typed"):
        paused = told(*begun, f'2026-11-04 paused clocks=stage1.response why="{why}" review=2026-12-01')
        assert paused is not None and paused.explain, why
        assert paused.parts[1].args["reason"] is NOT_SAID
        assert all(why not in str(value) for part in paused.parts for value in part.args.values())


@pytest.mark.parametrize("name", shipped())
def test_an_answer_says_the_way_on_and_its_last_day(name: str) -> None:
    profile = load(name)
    happened = [event(FILED, 0)]
    for number in range(1, 20):
        state = fold(profile, happened)
        ready = [m for m in moves(profile, state) if m.event.endswith(".answered")]
        step = (
            ready[0]
            if ready
            else next(
                (m for m in moves(profile, state) if m.event.startswith("stage1.") and not m.event.endswith("refused")),
                None,
            )
        )
        assert step is not None
        happened.append(event(f"2026-11-{number + 2:02} {step.event}", number))
        if ready:
            break
    state = fold(profile, happened)
    found = telling(profile, state, happened[-1:], "HB-7K3M-2Q", NOW)
    assert found is not None and found.codes == ("answered",)
    step_name, by = way_on(profile, state, NOW)
    assert (step_name is not None) == (len(found.parts) == 2)
    assert ("next_by" in found.parts[0].args) == (by is not None and by >= NOW.date())


# A profile's own --------------------------------------------------------------------------------


def test_a_profile_may_switch_one_off_or_word_it_itself() -> None:
    own = {
        "acknowledged": OwnMilestone(id="acknowledged", told=False),
        "closed": OwnMilestone(id="closed", wording=Name({"en": "{organisation} is done with {reference}."})),
    }
    profile = replace(SANDWELL, milestones=own)
    state, happened = standing(FILED, "2026-11-03 acknowledged", "2026-11-04 closed why=x")
    found = telling(profile, state, happened[1:], "HB-7K3M-2Q", NOW)
    assert found is not None and found.codes == ("closed",)
    assert found.parts[0].own == {"en": "{organisation} is done with {reference}."} and len(found.parts) == 1
    assert from_json(to_json(profile)).milestones == own, "a record keeps the wording it was opened under"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[milestones.clozed]\ntold = false", "“clozed” is not known"),
        ("[milestones.closed]\nnamed = true", "only who is looking into it has a name"),
        ('[milestones.closed]\nwording = "Bye, {name}"', "“name” is not known"),
        (f'[milestones.closed]\nwording = "{"x" * 601}"', "at most 600 characters"),
        ("[milestones.closed]\nsaid = false", "there is no such field"),
        ("nudge = 100", "write the hours"),
    ],
)
def test_a_mistake_in_a_profile_is_named(tmp_path: Path, more: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    head, _, table = more.partition("[")
    path.write_text(
        f'base = "sandwell"\nname = "Mine"\nabout = "A test."\n{head}\n{"[" + table if table else ""}', "utf-8"
    )
    with pytest.raises(ProfileError, match=said):
        load(path)


# In the person's words ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> OrganisationWorld:
    return OrganisationWorld(SANDWELL, watch(), lambda: NOW)


def tellings() -> Iterator[Telling]:
    """Every milestone with everything that may follow it."""
    filled = {
        "reference": "HB-7K3M-2Q", "organisation": SANDWELL.name, "who": "Bartholomew Featherstonehaugh",
        "answer_by": date(2026, 12, 30), "contact_by": date(2026, 12, 30), "look_again": date(2026, 12, 30),
        "next_step": SANDWELL.stages["stage2"].name, "next_by": date(2026, 12, 30), "reason": NOT_SAID,
    }  # fmt: skip
    for code, one in MILESTONES.items():
        tails = [tail for tail in one.then if tail != "contact_by"]
        parts = (Part(one.wording, filled), *(Part(TAILS[tail], filled) for tail in tails))
        yield Telling((code,), ("1",), parts)
    yield Telling(("looking",), ("1",), (Part(NAMED, filled), Part(TAILS["answer_by"], filled)))


@pytest.mark.parametrize("code", ["en", "cy", "ar"])
@pytest.mark.parametrize(("register", "easy"), [("", False), ("child", False), ("young", False), ("", True)])
def test_each_is_short_and_whole_in_every_language(
    world: OrganisationWorld, code: str, register: str, easy: bool
) -> None:
    for one in tellings():
        message = compose(world, Voice(code, register, easy), one)
        assert all("{" not in line and line for line in message.lines), (one.codes, message.lines)
        assert message.language == code and message.step == ""
        texts = render(message, Occasion(first=False))
        assert len(texts) == 1 and fits(texts[0]), (one.codes, code, texts)


def test_a_child_is_spoken_to_as_one(world: OrganisationWorld) -> None:
    found = told(FILED, "2026-11-10 stage1.answered")
    assert found is not None
    lines = compose(world, Voice("en", "child"), found).lines
    assert lines[0] == "There is an answer for you. Have you not had it? Tell us here."
    assert lines[1].endswith("Then somebody else looks at it.") and "HB-" not in " ".join(lines)
    assert compose(world, Voice(""), found).language == "en", "before a language is known"
    assert tuple(kind for kind in SANDWELL.kinds if kind != "unfinished") == HEARS
