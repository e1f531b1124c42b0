"""Messages that wait to be delivered: claimed once, in order, erased when sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage import models, outbox
from storage.models import table
from storage.outbox import Parcel
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.people import START, Person

LATER = START + timedelta(hours=1)


def claim(store: Store, now: Any = LATER, channel: str = "sms", **more: Any) -> list[Parcel]:
    return store.writer.write(lambda db: outbox.claim(db, store.vault, channel, now, **more)).result(30)


def rows(store: Store) -> list[Any]:
    with store.database.reading() as db:
        return list(db.execute(select(table(models.Outbox)).order_by(table(models.Outbox).c.id)).mappings())


def number(store: Store, name: str = "+447700900123") -> Person:
    person = Person(store.writer, name, channel="sms")
    person.say("hello there")
    person.say("SECRET words")
    return person


def test_in_order_and_one_at_a_time(store: Store) -> None:
    number(store)
    (first,) = claim(store)
    assert first.outgoing.to == "+447700900123" and first.outgoing.message.lines and first.attempt == 1
    assert claim(store) == [], "the second waits for the first"
    store.writer.write(lambda db: outbox.sent(db, [(first.id, "SM1")], LATER)).result(30)
    (second,) = claim(store)
    assert second.id > first.id
    done = rows(store)[0]
    assert (done["state"], done["provider_id"], done["body"]) == ("sent", "SM1", None)


def test_of_many_people_each_gets_their_first(store: Store) -> None:
    for n in range(10):
        number(store, f"+4477009001{n:02}")
    claimed = claim(store)
    assert len({parcel.talk for parcel in claimed}) == len(claimed) == 10
    assert claim(store, channel="telegram") == []
    assert len(claim(store, limit=3)) == 0


def test_a_lease_that_runs_out_is_due_again(store: Store) -> None:
    number(store)
    (first,) = claim(store, lease=timedelta(minutes=1))
    assert claim(store, LATER + timedelta(seconds=59)) == []
    (again,) = claim(store, LATER + timedelta(seconds=61))
    assert (again.id, again.attempt) == (first.id, 2)


def test_what_fails_for_now_is_tried_later_and_what_fails_for_good_makes_way(store: Store) -> None:
    number(store)
    (first,) = claim(store)
    store.writer.write(lambda db: outbox.again(db, first.id, "30001", LATER + timedelta(minutes=5))).result(30)
    assert claim(store, LATER + timedelta(minutes=4)) == []
    (again,) = claim(store, LATER + timedelta(minutes=6))
    store.writer.write(lambda db: outbox.failed(db, again.id, "21610")).result(30)
    (second,) = claim(store, LATER + timedelta(minutes=7))
    assert second.id != first.id
    gone = rows(store)[0]
    assert (gone["state"], gone["error"], gone["body"]) == ("failed", "21610", None)


def test_two_senders_never_claim_the_same(site: Site) -> None:
    one, two = site.open(), site.open()
    for n in range(40):
        number(one, f"+4477009001{n:02}")
    claimed: list[int] = []

    def sender(store: Store) -> None:
        while parcels := claim(store, limit=5):
            claimed.extend(parcel.id for parcel in parcels)

    threads = [threading.Thread(target=sender, args=(store,)) for store in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 40


def test_the_receipt_goes_out_whole_and_is_covered_in_the_log(store: Store) -> None:
    person = Person(store.writer, "+447700900123", channel="sms")
    receipt = person.complain().receipt
    seen = []
    while parcels := claim(store):
        seen += [line for parcel in parcels for line in parcel.outgoing.message.lines]
        store.writer.write(lambda db, p=parcels: outbox.sent(db, [(one.id, "") for one in p], LATER)).result(30)
    assert any(receipt in line for line in seen)
    with store.database.reading() as db:
        message = table(models.Message)
        for row in db.execute(select(message)).mappings():
            body = store.vault.unseal(f"message.body:{row['talk']}:{row['seq']}", row["body"]).decode()
            assert receipt not in body and row["secret"] is None


@pytest.mark.parametrize("erase_first", [True, False])
def test_nothing_is_sent_to_somebody_erased(store: Store, erase_first: bool) -> None:
    number(store)
    talk = rows(store)[0]["talk"]
    if not erase_first:
        claim(store)
    store.writer.erase(talk).result(30)
    assert claim(store, LATER + timedelta(days=1)) == []
