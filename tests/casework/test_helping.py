"""Advocates and compliments in the procedure: clocks, tasks, what is refused, what stands on the board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from casework.case import fold, moves
from casework.facts import facts
from casework.helping import STEPS, help_of, on_board, sharing
from casework.procedure import load, shipped
from casework.record import CaseEvent, CaseState
from casework.refusals import refusal
from casework.tasks import tasks

DUDLEY = load("dudley")
START = datetime(2026, 11, 2, 10, tzinfo=UTC)


def told(kind: str, *events: CaseEvent | str) -> CaseState:
    """A record of a kind after events, an hour apart."""
    history = [CaseEvent("filed", START, "person", data={"kind": kind})]
    for number, event in enumerate(events, 1):
        at = START + timedelta(hours=number)
        one = CaseEvent(event, at, "staff:1", data={"to": "Jo"}) if isinstance(event, str) else event
        history.append(CaseEvent(one.kind, at, one.by, one.why, one.data))
    return fold(DUDLEY, history)


def test_an_advocate_who_cannot_is_followed_by_another_with_a_clock_of_their_own() -> None:
    state = told("advocate", "referred")
    assert state.clocks["advocate.reply"].stopped is None and tasks(DUDLEY, state) == ("advocate_helps",)
    state = told("advocate", "referred", "advocate_declined")
    assert state.clocks["advocate.reply"].stopped and tasks(DUDLEY, state) == ("advocate_again",)
    assert "referred" in {move.event for move in moves(DUDLEY, state)}
    again = told("advocate", "referred", "advocate_declined", "referred")
    assert again.clocks["advocate.reply"].stopped is None and help_of(again) == "asked"
    assert again.clocks["advocate.reply"].started == START + timedelta(hours=3)
    taken = told("advocate", "referred", "advocate_accepted", "referred")
    assert taken.clocks["advocate.reply"].stopped, "whoever has said yes is not asked again by the clock"
    assert tasks(DUDLEY, told("advocate", "referred", "advocate_accepted", "advocate_ended")) == ("finish",)


def test_in_a_complaint_an_advocate_moves_nothing() -> None:
    before, after = told("complaint"), told("complaint", "advocate_referred")
    assert after.place == before.place == "new"
    assert after.clocks["acknowledgement"].stopped is None and after.clocks["advocate.reply"].stopped is None
    assert facts(after, after.history[-1])["advocacy"] == ("referred",)
    asked = told("complaint", "asked_advocate", "advocate_referred", "advocate_declined")
    assert facts(asked, asked.history[-1])["advocacy"] == ("asked",) and "advocate_again" in tasks(DUDLEY, asked)
    assert "decide" in tasks(DUDLEY, asked)


@pytest.mark.parametrize("name", shipped())
def test_every_step_of_an_advocate_comes_after_they_were_asked(name: str) -> None:
    profile = load(name)
    for kind in profile.kinds:
        state = fold(profile, [CaseEvent("filed", START, "person", data={"kind": kind})])
        now = {move.event for move in moves(profile, state)}
        assert not now & set(STEPS) and (("referred" if kind == "advocate" else "advocate_referred") in now)


def test_what_is_refused_says_what_to_do() -> None:
    def why(state: CaseState, event: str, **data: object) -> str:
        return str(refusal(DUDLEY, state, CaseEvent(event, START + timedelta(days=1), "staff:1", data=data)) or "")

    helped = told("advocate", "referred")
    assert why(helped, "advocate_accepted") == ""
    assert "needs a day or the next visit" in why(helped, "advocate_arranged")
    assert why(helped, "advocate_arranged", visit=True) == ""
    assert "only when they agree" in why(helped, "advocate_reported", what="A bicycle", agreed=False)
    assert "Did you mean “helped”?" in why(helped, "advocate_ended", result="helpd")
    silent = told("compliment", CaseEvent("sharing", START, data={"answer": "no", "how": "by phone"}))
    assert "tell nobody" in why(silent, "passed_on") and "not agreed" in why(silent, "celebrated", words="Thanks")
    assert why(told("compliment"), "passed_on") == ""


def test_what_stands_on_the_board() -> None:
    def said(answer: str) -> CaseEvent:
        return CaseEvent("sharing", START, data={"answer": answer, "how": "by phone"})

    words = CaseEvent("celebrated", START, data={"words": "Thanks!"})
    assert on_board(told("compliment", words)) is None
    shown = on_board(told("compliment", said("both"), words))
    assert shown is not None and shown.said("words") == "Thanks!"
    assert on_board(told("compliment", said("both"), words, said("tell"))) is None
    assert on_board(told("compliment", said("both"), words, "taken_down")) is None
    assert on_board(told("compliment", said("both"), words, "withdrawn")) is None
    person = CaseEvent("changed", START, "person", data={"share": ["no"]})
    assert sharing(told("compliment", said("both"), person)) == "no"
    assert on_board(told("compliment", said("both"), words, person)) is None
