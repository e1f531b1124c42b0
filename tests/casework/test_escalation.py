"""What somebody who is not happy can do, by every procedure that is shipped, with its days and one day late."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.calendar import LONDON
from casework.case import fold
from casework.escalation import KINDS, Way, asked, waits, ways
from casework.procedure import load, shipped
from casework.record import CaseEvent, CaseState
from casework.refusals import cautions
from casework.tasks import tasks

FILED = datetime(2026, 11, 2, 10, tzinfo=LONDON)  # a Monday
ANSWERED = datetime(2026, 11, 12, 15, tzinfo=LONDON)  # a Thursday


def history(name: str, *more: CaseEvent, kind: str = "complaint") -> CaseState:
    first = [CaseEvent("filed", FILED, "person", data={"kind": kind}), CaseEvent("acknowledged", FILED, "Ann")]
    return fold(load(name), [*first, *more])


def answered(*stages: str) -> tuple[CaseEvent, ...]:
    """Each stage answered, and the next one asked for in between."""
    out: list[CaseEvent] = []
    for number, stage in enumerate(stages):
        if number:
            out.append(CaseEvent(f"{stage}.requested", ANSWERED, "person"))
        out += [CaseEvent(f"{stage}.panel_held", ANSWERED)] if stage == "stage3" else []
        out.append(CaseEvent(f"{stage}.answered", ANSWERED))
    return tuple(out)


def kinds(found: tuple[Way, ...]) -> tuple[str, ...]:
    return tuple(way.kind for way in found)


#: Profile -> the last day to ask for stage 2 after an answer on 12 November 2026, and the other ways then.
AFTER_STAGE_1 = {
    "action-for-children": (None, ("advocate", "person")),
    "childrens-links": (None, ("advocate", "person")),
    "dudley": (date(2026, 12, 10), ("advocate", "person")),
    "england-corporate": (None, ("advocate", "person")),
    "england-statutory": (date(2026, 12, 10), ("advocate", "person")),
    "sandwell": (date(2026, 12, 10), ("mediation", "advocate", "ombudsman", "person")),
    "scotland": (None, ("advocate", "person")),
    "together-for-children": (date(2026, 12, 10), ("advocate", "ombudsman", "person")),
    "wales": (None, ("advocate", "person")),
}


def test_every_profile_is_in_the_table() -> None:
    assert set(AFTER_STAGE_1) == set(shipped())


@pytest.mark.parametrize("closed", [False, True], ids=["answered", "closed"])
@pytest.mark.parametrize("name", AFTER_STAGE_1)
def test_after_the_first_answer(name: str, closed: bool) -> None:
    last, others = AFTER_STAGE_1[name]
    end = (CaseEvent("closed", ANSWERED + timedelta(hours=1)),) if closed else ()
    state, profile = history(name, *answered("stage1"), *end), load(name)
    on = datetime.combine(last or date(2026, 12, 10), time(23, 59), LONDON)
    assert ways(profile, state, on) == (
        Way("next", "stage2", last),
        *(way for way in ways(profile, state, on) if way.kind != "next"),
    )
    assert kinds(ways(profile, state, on))[1:] == others
    assert asked(profile, state, on).event == CaseEvent("stage2.requested", on, "person")
    late = on + timedelta(minutes=1)
    (following, *_) = ways(profile, state, late)
    assert following == Way("next", "stage2", last, late=last is not None)


@pytest.mark.parametrize("name", [name for name, (last, _) in AFTER_STAGE_1.items() if last])
def test_one_day_late_it_is_taken_and_said(name: str) -> None:
    state, profile = history(name, *answered("stage1")), load(name)
    late = datetime(2026, 12, 11, 9, tzinfo=LONDON)
    found = asked(profile, state, late)
    assert found.way is not None and found.way.late and found.event.kind == "stage2.requested"
    assert found.event.data == {"after": "2026-12-10"}
    assert [str(one) for one in cautions(profile, state, found.event)], "staff are told of it too"
    after = fold(profile, [*state.history, found.event])
    assert after.place == "stage2" and after.clocks["stage2.window"].by == "stage2.requested"


@pytest.mark.parametrize("name", AFTER_STAGE_1)
def test_asking_starts_the_clock_of_the_stage(name: str) -> None:
    state, profile = history(name, *answered("stage1")), load(name)
    at = ANSWERED + timedelta(days=4)
    after = fold(profile, [*state.history, asked(profile, state, at).event])
    assert after.place == "stage2"
    starting = {clock.id for clock in profile.clocks.values() if clock.starts == "stage2.requested"}
    assert starting <= set(after.clocks) and all(after.clocks[clock].started == at for clock in starting)
    response = profile.clocks["stage2.response"]
    if response.starts == "stage2.requested":
        end = profile.calendar.deadline(at, response.days, response.unit)
        assert after.clocks["stage2.response"].deadline == end


#: Profile -> what is left after the last stage's answer: the ombudsman with the last day, where there is one.
AFTER_THE_LAST = {
    "action-for-children": ("advocate", "person"),
    "childrens-links": ("advocate", "person"),
    "dudley": (date(2027, 11, 12),),
    "england-corporate": (None,),
    "england-statutory": (date(2027, 11, 12),),
    "sandwell": (date(2027, 11, 12),),
    "scotland": (None,),
    "together-for-children": (None,),
    "wales": (None,),
}


@pytest.mark.parametrize("name", AFTER_THE_LAST)
def test_after_the_last_stage_there_is_the_ombudsman(name: str) -> None:
    profile = load(name)
    state = history(name, *answered(*profile.stages))
    found = ways(profile, state, ANSWERED + timedelta(days=2))
    assert "next" not in kinds(found)
    if profile.ombudsman is None:
        assert kinds(found) == AFTER_THE_LAST[name]
    else:
        assert Way("ombudsman", "", *AFTER_THE_LAST[name]) in found
    assert asked(profile, state, ANSWERED + timedelta(days=2)).event.kind == "unhappy", "a person offers what there is"


@pytest.mark.parametrize("name", AFTER_STAGE_1)
def test_an_answer_that_is_late_need_not_be_waited_for(name: str) -> None:
    state, profile = history(name), load(name)
    soon, months = FILED + timedelta(days=1), FILED + timedelta(days=90)
    assert "next" not in kinds(ways(profile, state, soon))
    assert asked(profile, state, soon).event.kind == "unhappy"
    assert ways(profile, state, months)[0] == Way("next", "stage2", early=True)
    event = asked(profile, state, months).event
    assert event.kind == "stage2.requested"
    reasons = profile.listed("request_reasons")
    assert event.why == ("late" if reasons else "No answer in time")
    assert fold(profile, [*state.history, event]).place == "stage2"


def test_the_day_itself_is_not_late() -> None:
    profile, state = load("dudley"), history("dudley")
    last = state.clocks["stage1.response"].deadline
    assert last is not None
    on = datetime.combine(last.day, time(23, 59), LONDON)
    assert "next" not in kinds(ways(profile, state, on))
    assert kinds(ways(profile, state, on + timedelta(minutes=1)))[0] == "next"


def test_a_stage_that_a_person_refused_is_not_offered_but_the_ombudsman_is() -> None:
    profile = load("england-statutory")
    refused = CaseEvent("stage2.refused", ANSWERED, "Ann", "same", {"by": "Ann", "way_on": "ombudsman"})
    state = history("england-statutory", *answered("stage1"), refused)
    found = ways(profile, state, ANSWERED + timedelta(days=1))
    assert found[0].refused and Way("ombudsman") in found
    assert asked(profile, state, ANSWERED + timedelta(days=1)).event.kind == "unhappy"


@pytest.mark.parametrize(("kind", "expected"), [
    ("informal", ("complaint", "advocate", "person")), ("person", ("complaint", "advocate", "person")),
    ("compliment", ("person",)), ("advocate", ("advocate", "person")),
])  # fmt: skip
def test_what_is_no_complaint_can_become_one(kind: str, expected: tuple[str, ...]) -> None:
    assert kinds(ways(load("sandwell"), history("sandwell", kind=kind), ANSWERED)) == expected


def test_mediation_is_offered_between_the_answer_and_the_next_one() -> None:
    profile = load("sandwell")
    assert "mediation" not in kinds(ways(profile, history("sandwell"), ANSWERED))
    both = history("sandwell", *answered("stage1", "stage2"))
    assert "mediation" not in kinds(ways(profile, both, ANSWERED))
    ended = CaseEvent("mediated", ANSWERED, data={"result": "resolved"})
    assert "mediation" not in kinds(ways(profile, history("sandwell", *answered("stage1"), ended), ANSWERED))


def test_who_asked_for_an_advocate_is_not_asked_again() -> None:
    state = history("dudley", *answered("stage1"), CaseEvent("asked_advocate", ANSWERED, "person"))
    assert "advocate" not in kinds(ways(load("dudley"), state, ANSWERED))


def unhappy(at: int, kind: str = "surveyed", **data: object) -> CaseEvent:
    return CaseEvent(kind, ANSWERED + timedelta(days=at), "person", data=data)


@pytest.mark.parametrize(("events", "expected"), [
    ((), False),
    ((unhappy(1, unhappy=True),), True),
    ((unhappy(1, unhappy=True), unhappy(2)), True),
    ((unhappy(1, unhappy=True), unhappy(2, unhappy=False)), False),
    ((unhappy(1, "unhappy"), unhappy(2, unhappy=False)), True),
    ((unhappy(1, "unhappy"), unhappy(2, "talked", who="Ann")), False),
    ((unhappy(1, unhappy=True), unhappy(2, "replied", what="news")), False),
    ((unhappy(1, unhappy=True), unhappy(2, "stage2.requested")), False),
    ((unhappy(1, unhappy=True), unhappy(2, "stage2.requested"), unhappy(3)), False),
])  # fmt: skip
def test_until_somebody_has_offered_something_it_waits(events: tuple[CaseEvent, ...], expected: bool) -> None:
    closed = CaseEvent("closed", ANSWERED + timedelta(hours=1))
    state = history("dudley", *answered("stage1"), closed, *events)
    assert waits(state) is expected and ("unhappy" in tasks(load("dudley"), state)) is expected


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(shipped())),
    st.lists(st.integers(0, 400), max_size=6),
    st.data(),
)
def test_whatever_happened_there_is_a_person_and_asking_is_never_refused(
    name: str, days: list[int], data: st.DataObject
) -> None:
    profile = load(name)
    events = sorted({move.event for move in profile.moves} - {"filed"})
    chosen = [CaseEvent(data.draw(st.sampled_from(events)), FILED + timedelta(days=day), "Ann") for day in sorted(days)]
    state = history(name, *chosen)
    now = FILED + timedelta(days=data.draw(st.integers(0, 800)))
    found = ways(profile, state, now)
    assert found[-1] == Way("person")
    assert [KINDS.index(kind) for kind in kinds(found)] == sorted(set(map(KINDS.index, kinds(found))))
    event = asked(profile, state, now).event
    assert event.kind == "unhappy" or event.kind.endswith(".requested")
    fold(profile, [*state.history, event])


def test_before_it_is_filed_there_is_nothing() -> None:
    assert ways(load("dudley"), CaseState(), FILED) == ()
