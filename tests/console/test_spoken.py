"""What casework says to staff is said in their language, with everything that fills it."""

from __future__ import annotations

import pytest

from casework.case import fold
from casework.procedure import load
from casework.refusals import refusal
from casework.words import OR, Code, Several, say
from console.codes import Codes
from console.history import History
from console.words import speaker, spoken
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


def test_places_are_said_too() -> None:
    thing = say("“{name}” needs {what}.", name=Code("event", "closed", "Close it"), what=Several(("a", "b"), OR))
    assert thing == "“Close it” needs a or b."
    assert spoken(thing, speaker("cy"), "cy", {"event": lambda code: "Ei gau"}) == "Mae angen hyn ar “Ei gau”: a neu b."
