"""The machine's clock jumps. What is due by the calendar follows it; nothing is lost, doubled, or held up for long."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlmodel

from bot import jobs
from bot.work.set_back import Watch
from storage import alert_jobs, set_back
from storage import jobs as rows_of_jobs
from storage.store import Store
from tests.channels.harness import Running, hearback
from tests.channels.twilio import Phone, Twilio, account
from tests.faults.record import tried
from tests.serving import Clock

HELLO = "hello there, I want to say something"


@pytest.fixture
def running(tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch) -> object:
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        monkeypatch.setattr(jobs, "EVERY", 0.1)
        yield running


@pytest.mark.soak
def test_an_hour_back_and_a_day_forward_while_people_talk(running: Running, twilio: Twilio) -> None:
    """Answers go out at once after each jump, each once, in order; an answer that was waiting goes too."""
    phone, other = Phone(running, twilio), Phone(running, twilio, "+447700900222")
    phone.say(HELLO)
    twilio.always = (500, 20500)
    other.send(HELLO)
    running.clock.ahead -= timedelta(hours=1)
    twilio.always = None
    repaired = running.store.writer.write(lambda db: set_back.repair(db, running.clock())).result(30)
    began = time.monotonic()
    running.quiet(10)
    assert repaired <= 2 and time.monotonic() - began < 10
    assert "?" in phone.say("1") and len(other.inbox) == 2
    running.clock.ahead += timedelta(days=1)
    assert "?" in phone.say("The cook") and len(phone.inbox) == len(set(phone.inbox))
    running.clock.ahead -= timedelta(hours=23)
    other.say("1")
    assert len(other.inbox) == len(set(other.inbox))
    tried("clock set back an hour, on a day, back again", 3, "messages", len(phone.inbox) + len(other.inbox))


def test_a_message_under_way_is_not_sent_twice_when_the_clock_is_set_forward(running: Running, twilio: Twilio) -> None:
    twilio.slow = 0.4
    phone = Phone(running, twilio)
    phone.send(HELLO)
    time.sleep(0.15)
    running.clock.ahead += timedelta(hours=1)  # every lease has run out
    running.quiet()
    assert len(phone.inbox) == len(set(phone.inbox)) == 2


def test_staff_are_told_of_a_sign_of_danger_though_the_clock_was_set_back(store: Store) -> None:
    clock = Clock()
    later = clock() + timedelta(hours=1)

    def plan(db: sqlmodel.Session) -> None:
        alert_jobs.stir(db.connection(), [{"organisation": "example", "at": later}])
        rows_of_jobs.put(db, "weekly", "example", "example", later)

    store.writer.write(plan).result(30)
    assert store.writer.write(lambda db: rows_of_jobs.claim(db, clock(), (alert_jobs.KIND,))).result(30) == []
    steady = [0.0]
    watch = Watch(store, clock, lambda: steady[0] + clock().timestamp() - clock.ahead.total_seconds())
    assert watch.look() == 1, "the first look always repairs"
    (job,) = store.writer.write(lambda db: rows_of_jobs.claim(db, clock(), (alert_jobs.KIND, "weekly"))).result(30)
    assert job.kind == alert_jobs.KIND, "what has its day keeps it"
    clock.ahead -= timedelta(hours=1)
    assert watch.look() == 1, "the lease of the one that is under way ends in its usual time"
    assert watch.look() == 0


@pytest.fixture
def store(sqlite_site: object) -> Store:
    return sqlite_site.open()  # type: ignore[attr-defined,no-any-return]  # a Site
