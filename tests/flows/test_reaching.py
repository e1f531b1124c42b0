"""Changing how one is reached: at any time, from anywhere one may say it, and what others could see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flows import phrases
from flows.session import Amend, CallPerson, Need
from tests.flows.tester import Talking

Begin = Callable[..., Talking]

FOUND = {
    "state": "found", "reference": "HB-1", "kind": "complaint", "stage": "received",
    "filed_on": "2026-11-02", "acknowledge_by": "2026-11-03", "answer_by": "2026-11-16",
}  # fmt: skip


def thanked(talk: Begin, **more: Any) -> Talking:
    """Somebody whose compliment is filed."""
    t = talk(**more)
    t.open()
    t.press("compliment")
    t.say("Jo", "was kind")
    t.press("both")
    t.say("Sam")
    assert t.record.complete
    return t


def found(t: Talking, **more: str) -> None:
    """The store answers a look-up."""
    t.send(event="found", found=FOUND | more)


def told(t: Talking) -> list[tuple[str, dict[str, tuple[str, ...]]]]:
    return [(one.event, dict(one.facts)) for one in t.ever(Amend)]


def test_after_sending_it_binds_at_once(talk: Begin) -> None:
    t = thanked(talk)
    t.press("contact")
    assert t.step == "contact"
    t.send(choice="contact=here\ncontact=shared")
    assert t.step == "news"
    assert told(t)[-1] == ("contact", {"contact": ("here", "shared")}), "before anything else is answered"
    t.press("neither")
    assert told(t)[-1] == ("contact", {"news": ("neither",)})
    assert "That holds from now on" in t.heard and t.step == "next"


def test_do_not_contact_me_is_asked_nothing_more(talk: Begin) -> None:
    t = thanked(talk)
    t.press("contact", "none")
    assert told(t)[-1] == ("contact", {"contact": ("none",)}) and t.step == "next"


@pytest.mark.parametrize("gone", [False, True])
def test_the_word_contact_at_any_time(talk: Begin, gone: bool) -> None:
    t = thanked(talk, channel="sms")
    if gone:
        t.press("bye")
        assert t.session.flow == "over"
    t.say("CONTACT")
    assert t.step == "contact"
    t.press("call")
    (amend,) = t.got(Amend)
    assert (amend.event, amend.record, amend.reference) == ("contact", 1, "")


def test_in_the_middle_of_writing_it_is_asked_later(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint")
    t.say("contact")
    assert phrases.CONTACT_LATER.plain in t.heard and t.step == "halfway"
    t = talk()
    t.open()
    t.say("contact")
    assert phrases.CONTACT_LATER.plain in t.heard and not t.ever(Amend), "nothing is on record yet"


def test_with_the_number_from_another_channel(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("progress")
    t.say("1111 2222 3333 4444")
    found(t)
    assert t.step == "then"
    t.say("contact")
    assert t.step == "contact"
    t.press("letter")
    assert t.step == "details"
    t.say("12 High Street, no sender on the envelope")
    events = [(one.event, one.reference, dict(one.facts)) for one in t.ever(Amend)]
    assert events == [
        ("contact", "HB-1", {"contact": ("letter",)}),
        ("contact", "HB-1", {"details": ("said",)}),
    ]
    assert t.step == "news"


@pytest.mark.parametrize(
    "typed", ["1111222233334444", "1111 2222 3333 4444", "1111-2222-3333-4444", "١١١١٢٢٢٢٣٣٣٣٤٤٤٤"]
)
def test_the_number_alone_is_enough(talk: Begin, typed: str) -> None:
    """A neutral message says: send your number here."""
    t = thanked(talk, channel="sms")
    t.press("bye")
    t.say(typed)
    (need,) = t.got(Need)
    assert need.about == "1111222233334444"
    found(t, kept="Jo has read it and says thank you.")
    assert "For you: Jo has read it and says thank you." in t.heard
    assert "kept" in t.session.answers["found"].values and "Jo has" not in str(t.session.to_json())


def test_the_number_in_the_middle_of_a_story_is_part_of_it(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("1111222233334444")
    assert not t.ever(Need) and t.session.answers["story"].words == ("1111222233334444",)


def test_stop_makes_a_task_and_nothing_else(talk: Begin) -> None:
    t = thanked(talk, channel="sms")
    t.say("STOP")
    assert [one.why for one in t.got(CallPerson)] == ["stopped"] and t.session.stopped and not t.got(Amend)
    t.say("START")
    assert not t.session.stopped
