"""An account left unfinished is asked after once, in the engine alone: where, when, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from flows.nudging import NUDGED
from flows.session import Erase, FileIt, Say
from tests.flows.tester import START, Talking

Begin = Callable[..., Talking]


def begun(talk: Begin, channel: str = "sms") -> Talking:
    """Somebody who stops after the first words."""
    t = talk(channel=channel)
    t.send(text="My worker never rings me back and I am cross about it")
    return t


def test_it_says_nothing_of_what_it_is_about_and_asks_nothing(talk: Begin) -> None:
    t = begun(talk)
    t.wait(hours=24)
    (say,) = t.got(Say)
    assert say.purpose == "reminder" and say.step == "" and NUDGED in t.session.told
    assert t.heard.startswith("What you began here is saved.") and "worker" not in t.heard
    assert "Sandwell" not in t.heard


def test_then_the_rule_of_before(talk: Begin) -> None:
    t = begun(talk)
    last = t.now
    t.wait(hours=24)
    assert t.session.wake == last + timedelta(days=3), "nobody has less time for being asked"
    t.wait(hours=48)
    assert t.record.kind == "informal" and not t.record.complete and not t.got(Say)


def test_late_by_our_fault_they_have_a_day(talk: Begin) -> None:
    t = begun(talk)
    t.wait(hours=71)
    assert len(t.got(Say)) == 1 and t.session.wake == t.now + timedelta(days=1)
    t = begun(talk)
    t.wait(days=4)
    assert not t.got(Say) and t.got(FileIt)


def test_once_for_each_account(talk: Begin) -> None:
    t = begun(talk)
    t.wait(hours=24)
    t.now += timedelta(hours=1)
    t.send(text="still here")
    assert t.session.wake == t.now + timedelta(days=3)


def test_no_page_no_later_no_stop_no_danger(talk: Begin) -> None:
    t = begun(talk, "web")
    t.wait(hours=25)
    assert not t.effects
    for word in ("LATER", "STOP"):
        t = begun(talk)
        t.send(text=word)
        t.wait(hours=25)
        assert not t.effects, word
    t = begun(talk)
    t.send(text="my foster dad hits me")
    t.wait(minutes=6)
    t.wait(hours=25)
    assert NUDGED not in t.session.told and not t.got(Say)


def test_an_organisation_may_ask_sooner_or_never() -> None:
    profile = load("sandwell")

    def world(hours: int) -> OrganisationWorld:
        return OrganisationWorld(replace(profile, nudge=hours), watch(), lambda: START)

    t = begun(lambda channel: Talking(world(6), channel))
    t.wait(hours=6)
    assert t.got(Say)
    t = begun(lambda channel: Talking(world(0), channel))
    t.wait(hours=71)
    assert not t.effects
    t.wait(hours=2)
    assert t.got(FileIt) and not t.got(Erase)
