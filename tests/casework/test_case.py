"""What the fold makes of a record besides its place and its dues; corrections; histories that make no sense."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.calendar import LONDON
from casework.case import CaseEvent, CaseState, fold, moves
from casework.procedure import Profile, load, shipped
from casework.refusals import refusal
from casework.tasks import TASKS, tasks
from tests.casework.histories import event

SANDWELL = load("sandwell")


def state(text: str, profile: Profile = SANDWELL) -> CaseState:
    lines = [line.strip() for line in text.strip().splitlines()]
    return fold(profile, [event(line, number) for number, line in enumerate(lines)])


def test_what_a_record_knows() -> None:
    found = state(
        """2020-12-21 filed kind=complaint services=fostering,assessment named=mo
        2020-12-22 linked case=SCT-7
        2020-12-22 role role=manager person=ann
        2020-12-23 role role=manager person=bob
        2021-01-04 stage1.answered
        2021-01-05 outcome point=1 outcome=upheld
        2021-01-05 outcome point=2 outcome=not_upheld
        2021-01-06 outcome point=2 outcome=partly_upheld
        2021-01-06 remedy remedy=payment
        2021-01-07 remedy_approved remedy=payment by=head
        2021-01-07 point_decided point=3 decision=waits why=court
        2021-01-08 handed_over to=council why="stage 2"
        2021-01-09 contact_planned plan=officer why=threats threat=true until=2021-06-01 review=2021-03-01"""
    )
    assert found.services == ("fostering", "assessment")
    assert found.links == ("SCT-7",)
    assert found.roles == {"manager": ("ann", "bob")}
    assert found.outcomes == {"1": "upheld", "2": "partly_upheld"}
    assert found.remedies == {"payment": "approved"}
    assert found.points == {"3": "waits"}
    assert found.held_by == "council"
    assert found.contact_plan is not None
    assert found.contact_plan.said("plan") == "officer"


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2020-12-30T12:00", "running"),
        ("2021-01-05T00:00", "soon"),
        ("2021-01-07T23:59", "soon"),
        ("2021-01-08T00:00", "overdue"),
    ],
)
def test_a_warning_comes_two_working_days_before_a_limit_of_ten(at: str, status: str) -> None:
    running = state("2020-12-21 filed kind=complaint").clocks["stage1.response"]
    assert running.status(datetime.fromisoformat(at).replace(tzinfo=LONDON)) == status


def test_a_stopped_clock_was_met_or_missed() -> None:
    now = datetime(2030, 1, 1, tzinfo=LONDON)
    met = state("2020-12-21 filed kind=complaint\n2021-01-07 stage1.answered")
    late = state("2020-12-21 filed kind=complaint\n2021-01-08 stage1.answered")
    assert met.clocks["stage1.response"].status(now) == "met"
    assert late.clocks["stage1.response"].status(now) == "missed"
    assert met.clocks["acknowledgement"].by == "stage1.answered", "an answer also stops the acknowledgement"


def test_a_correction_mends_the_date_the_details_or_strikes_the_event_out() -> None:
    sent = "2020-12-21 filed kind=complaint\n2020-12-22 acknowledged\n2021-01-06 stage1.answered\n"
    wrong_day = event("2021-01-11 corrected of=0 why='came on the 18th'", 3)
    mended = CaseEvent(
        wrong_day.kind, wrong_day.at, "ann", wrong_day.why, {"of": "0", "at": "2020-12-18T12:00:00+00:00"}
    )
    history = [event(line, number) for number, line in enumerate(sent.splitlines())]
    found = fold(SANDWELL, [*history, mended])
    assert found.clocks["stage1.response"].started.isoformat() == "2020-12-18T12:00:00+00:00"
    details = CaseEvent("corrected", wrong_day.at, "ann", "", {"of": "0", "data": {"services": ["adoption"]}})
    assert fold(SANDWELL, [*history, details]).services == ("adoption",)
    struck = state(sent + "2021-01-11 corrected of=2 why='sent to the wrong person'")
    assert struck.place == "new"
    assert struck.clocks["stage1.response"].stopped is None
    assert [e.kind for e in struck.history] == ["filed", "acknowledged", "corrected"]


def test_a_pause_stops_the_count_until_the_day_it_ends() -> None:
    paused = state(
        """2020-09-01 filed kind=complaint
        2020-09-07 paused clocks=stage1.response why=court review=2020-10-01"""
    )
    assert paused.clocks["stage1.response"].paused
    assert paused.clocks["stage1.response"].deadline is None
    assert paused.running[-1].clock == "stage1.response"


def test_an_empty_record_stands_nowhere() -> None:
    found = fold(SANDWELL, [])
    assert (found.place, found.open, found.running, tasks(SANDWELL, found)) == ("", False, (), ())
    assert [move.event for move in moves(SANDWELL, found)] == ["filed"]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        CaseEvent("filed", datetime(2020, 1, 1))  # noqa: DTZ001 - that is the mistake


VALUES: tuple[Any, ...] = (
    *("", None, 0, -3, True, False, [], ["stage1.response", "x"], {"why": "x"}, "\ud800", "x" * 1000),
    *("2021-02-30", "2021-03-01", "2021-01-01T00:00:00+00:00", "complaint", "informal", "stage1.response"),
    *("safeguarding", "statutory", "nobody", "apology", "upheld", "1"),
)
DETAILS = (
    "kind clock clocks review route of at data look person role remedy point outcome services to until decision case "
    "threat agreed"
).split()


def nonsense(rng: random.Random, kinds: list[str], number: int) -> CaseEvent:
    """Any event, known or not, with details that may make no sense, at any time."""
    at = datetime(2021, 1, 4, 12, tzinfo=LONDON) + timedelta(hours=rng.randrange(-5000, 5000))
    data = {rng.choice(DETAILS): rng.choice(VALUES) for _ in range(rng.randrange(4))}
    return CaseEvent(rng.choice(kinds), at, "", rng.choice(("", "court", "x")), data, str(number))


def fitting(rng: random.Random, profile: Profile, found: CaseState, at: datetime, number: int) -> CaseEvent:
    """One of the moves there are, with all it needs."""
    move = rng.choice(moves(profile, found))
    running = [r.clock for r in found.running if r.clock in profile.clocks] or ["acknowledgement"]
    choices: dict[str, list[str]] = {name: list(items) for name, items in profile.lists.items()}
    choices |= {"routes": list(profile.routes), "services": ["unsure"], "clocks": running, "flags": ["campaign"]}
    told: dict[str, Any] = {"clocks": running, "review": "2040-01-02", "due": "2040-01-02", "decision": "waits"}
    told |= {"agreed": True, "threat": True, "look": rng.choice((True, False)), "kind": rng.choice(list(profile.kinds))}
    told["role"] = rng.choice(["manager", "investigator", "panel"])
    told["of"] = rng.choice([e.id for e in found.history] or ["0"])
    for need in move.needs:
        name, _, source = need.partition("[")
        for one in name.split("|"):
            told.setdefault(one, rng.choice(choices.get(source.rstrip("]")) or ["x"]) if source else "x")
    why = str(told.pop("why", "because"))
    return CaseEvent(move.event, at, "staff", why, told, str(number))


def sound(profile: Profile, found: CaseState) -> None:
    """What must hold of every record."""
    todo = tasks(profile, found)
    assert set(todo) <= set(TASKS)
    if found.open:
        assert todo or any(not running.window for running in found.running), "an open record without a clock or a task"
        assert moves(profile, found)
    for running in found.running:
        assert running.paused or running.deadline is not None
        if running.warn and running.deadline:
            assert running.warn < running.deadline.moment


def test_ten_thousand_histories_never_break_the_fold() -> None:
    rng = random.Random(4)
    profiles = [load(name) for name in shipped()]
    for round_ in range(10_000):
        profile = profiles[round_ % len(profiles)]
        kinds = [move.event for move in profile.moves] + ["", "nothing", "stage9.answered"]
        history = [nonsense(rng, kinds, n) for n in range(rng.randrange(12))]
        if round_ % 2:
            start = datetime(2021, 1, 4, 12, tzinfo=LONDON)
            history.insert(0, CaseEvent("filed", start, "", "", {"kind": rng.choice(list(profile.kinds))}, "f"))
        sound(profile, fold(profile, history))


def test_a_thousand_histories_that_may_happen_are_sound_at_every_step() -> None:
    rng = random.Random(5)
    profiles = [load(name) for name in shipped()]
    taken = 0
    for round_ in range(1_000):
        profile = profiles[round_ % len(profiles)]
        at = datetime(2021, 1, 4, 12, tzinfo=LONDON)
        history: list[CaseEvent] = []
        for number in range(14):
            found = fold(profile, history)
            sound(profile, found)
            new = fitting(rng, profile, found, at, number)
            if refusal(profile, found, new) is None:
                history.append(new)
                taken += 1
            at += timedelta(hours=rng.randrange(1, 200))
    assert taken > 7_000


def test_a_review_ends_with_what_it_reviews_and_nothing_else() -> None:
    found = state(
        """2020-09-01 filed kind=complaint
        2020-09-02 contact_planned plan=officer why=x threat=true until=2021-01-01 review=2020-11-02
        2020-09-07 paused clocks=stage1.response why=court review=2020-10-01
        2020-09-08 contact_plan_ended why=reviewed"""
    )
    assert [running.clock for running in found.running] == ["acknowledgement", "pause.review", "stage1.response"]
    closed = fold(SANDWELL, [*found.history, event("2020-09-09 closed why=x"), event("2020-09-10 reopened why=x")])
    assert {running.clock for running in closed.running} >= {"stage1.response", "acknowledgement"}
