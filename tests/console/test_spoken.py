"""What casework says to staff is said in their language, with everything that fills it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from casework.calendar import LONDON
from casework.case import fold
from casework.procedure import load
from casework.refusals import refusal
from casework.words import OR, Code, Several, say
from console import lists
from console.codes import FIELDS, Codes
from console.forms import DEEDS
from console.history import History
from console.words import speaker, spoken
from flows.scripts import FLOWS
from flows.steps import Ask, AskDate, Choose, Collect
from storage.lines import Item
from tests.casework.histories import event
from tests.casework.test_refusals import REFUSED


@pytest.mark.parametrize(("name", "history", "tried", "why"), REFUSED)
def test_every_refusal_in_welsh(name: str, history: str, tried: str, why: str) -> None:
    profile = load(name)
    happened = tuple(event(line, number) for number, line in enumerate(history.splitlines()))
    state = fold(profile, list(happened))
    words = {
        code: History(Codes(profile, code, speaker(code)), state, happened, (), frozenset()).spoken(
            refusal(profile, state, event(tried, 99))
        )
        for code in ("en", "cy")
    }
    assert words["cy"] != words["en"]
    assert not any("{" in one or "}" in one for one in words.values())
    assert not any(f"“{code}”" in one for code in DEEDS for one in words.values()), "a form has a name"


def test_every_answer_that_a_record_keeps_has_a_name_for_staff() -> None:
    kept = {
        step.id
        for flow in FLOWS.values()
        for step in flow.steps
        if isinstance(step, (Ask, AskDate, Choose, Collect)) and step.label.plain
    }
    assert kept <= set(FIELDS)


def test_time_that_is_the_persons_own_is_never_late() -> None:
    day = datetime(2026, 7, 30, tzinfo=LONDON)
    item = Item(1, reference="HB-7K3M-2Q", status="theirs", clock="stage2.window", due=date(2026, 7, 29), moment=day)
    codes = Codes(load("dudley"), "en", speaker("en"))
    assert lists.remaining(codes, item, day + timedelta(days=20)) == ("Time is over", "grey")


def test_places_are_said_too() -> None:
    thing = say("“{name}” needs {what}.", name=Code("event", "closed", "Close it"), what=Several(("a", "b"), OR))
    assert thing == "“Close it” needs a or b."
    assert spoken(thing, speaker("cy"), "cy", {"event": lambda code: "Ei gau"}) == "Mae angen hyn ar “Ei gau”: a neu b."
