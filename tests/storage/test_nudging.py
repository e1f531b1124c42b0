"""One gentle nudge for an account left unfinished: only where it is safe, across restarts, and then the old rule."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from casework.calendar import LONDON
from storage import models
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import Person
from tests.storage.test_sending import change, complained, deliver, said, to_do

NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)  # a Friday
DAY = timedelta(days=1)
NUDGE = "What you began here is saved."
_numbers = itertools.count(700_800_000)


def started(store: Store, at: datetime = NOON, channel: str = "sms") -> Person:
    """Somebody who has begun a complaint and stops in the middle of it."""
    person = Person(store.writer, f"+447{next(_numbers):09}", channel=channel)
    person.now = at
    person.reach("when")
    deliver(store, channel, person.now)
    return person


def wake(store: Store, now: datetime) -> None:
    """What the server does every five seconds."""
    for talk in store.writer.due_talks(now):
        store.writer.wake(talk, now).result(30)


def nudged(store: Store, now: datetime) -> int:
    wake(store, now)
    return sum(lines[0].startswith(NUDGE) for lines in said(deliver(store, "sms", now)))


def kinds(store: Store) -> list[str]:
    return [row["kind"] for row in rows(store, models.Case)]


def test_once_after_a_day_and_after_three_it_is_unfinished(site: Site) -> None:
    store = site.open()
    person = started(store)
    last = person.now
    assert nudged(store, last + DAY - timedelta(minutes=1)) == 0
    store.close()
    store = site.open()  # all of it lies in the store
    assert nudged(store, last + DAY) == 1
    assert nudged(store, last + 2 * DAY) == 0 and kinds(store) == []
    store.close()
    store = site.open()
    assert nudged(store, last + 3 * DAY) == 0
    assert [row["place"] for row in rows(store, models.Case)] == ["new"]


def test_it_is_known_for_what_it_is(store: Store) -> None:
    person = started(store)
    wake(store, person.now + DAY)
    row = max(rows(store, models.Outbox), key=lambda one: one["id"])
    assert (row["purpose"], row["case_id"], row["state"]) == ("reminder", None, "due")


def test_whoever_goes_on_is_nudged_no_more_for_it(store: Store) -> None:
    person = started(store)
    assert nudged(store, person.now + DAY) == 1
    person.now += DAY + timedelta(hours=1)
    person.say("last Tuesday")
    assert nudged(store, person.now + DAY) == 0


def test_at_night_it_waits_for_the_morning(store: Store) -> None:
    person = started(store, NOON.replace(hour=22))
    assert nudged(store, person.now + DAY) == 0
    assert nudged(store, datetime(2026, 11, 22, 7, 59, tzinfo=LONDON)) == 0
    assert nudged(store, datetime(2026, 11, 22, 8, tzinfo=LONDON)) == 1


def test_whoever_writes_while_it_waits_to_leave_does_not_get_it(store: Store) -> None:
    person = started(store)
    wake(store, person.now + DAY)
    person.now += DAY + timedelta(minutes=1)
    person.say("I am here again")
    assert all(NUDGE not in lines[0] for lines in said(deliver(store, "sms", person.now)))
    assert [row["error"] for row in rows(store, models.Outbox) if row["purpose"]] == ["gate:answered"]


def test_no_to_being_read_is_no_to_being_asked(store: Store) -> None:
    person = Person(store.writer, f"+447{next(_numbers):09}", channel="sms")
    person.now = NOON
    person.reach("halfway")
    person.say("", choice="halfway=no")
    person.reach("when")
    deliver(store, "sms", person.now)
    for days in (1, 2, 3, 7):
        assert nudged(store, person.now + days * DAY) == 0
    assert kinds(store) == [], "it has expired"


def test_later_and_stop_are_left_in_peace(store: Store) -> None:
    for word in ("later", "stop"):
        person = started(store)
        person.say(word)
        deliver(store, "sms", person.now)
        assert nudged(store, person.now + DAY) == 0, word


def test_a_shared_phone_is_left_in_peace(store: Store) -> None:
    person = started(store)
    person.reach("contact")
    person.say("", choice="contact=here\ncontact=shared")
    deliver(store, "sms", person.now)
    assert nudged(store, person.now + DAY) == 0 and to_do(store) == []
    assert nudged(store, person.now + 3 * DAY) == 0 and len(kinds(store)) == 1, "the rule of before goes on"


def test_what_was_said_of_an_earlier_record_binds_it_too(store: Store) -> None:
    person = complained(store, "sms", NOON)
    change(person, "here", "shared")
    person.now += timedelta(hours=13)
    person.say("hello")
    person.last = None
    person.say("", choice="kind=complaint")
    person.reach("when")
    deliver(store, "sms", person.now)
    assert nudged(store, person.now + DAY) == 0


def test_a_sign_of_danger_has_its_own_rule(store: Store) -> None:
    person = started(store)
    person.say("he keeps hitting me")
    deliver(store, "sms", person.now)
    wake(store, person.now + timedelta(minutes=6))  # 999 again
    deliver(store, "sms", person.now + timedelta(minutes=6))
    for days in (1, 2, 3):
        assert nudged(store, person.now + days * DAY) == 0


def test_a_page_rings_nobody(store: Store) -> None:
    person = Person(store.writer)
    person.now = NOON
    person.reach("when")
    wake(store, person.now + DAY)
    assert kinds(store) == [] and rows(store, models.Outbox) == []


def test_after_a_long_stop_of_ours_nobody_is_asked_after_days(store: Store) -> None:
    person = started(store)
    assert nudged(store, person.now + 5 * DAY) == 0
    assert len(kinds(store)) == 1
