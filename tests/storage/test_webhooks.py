"""What webhooks are told, as rows on both engines: with the event, in order, again, and with no event forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import jobs, webhooks
from storage.jobs import Job
from storage.sealer import Sealer
from storage.store import Store
from storage.webhooks import Delivery, Webhook
from tests.storage.people import START, Person

NOW = START + timedelta(minutes=5)


def write(store: Store, fn: Any) -> Any:
    return store.writer.write(fn).result(30)


def hook(store: Store, *events: str) -> Webhook:
    sealer = Sealer(store.vault.ring)
    made: Webhook = write(
        store,
        lambda db: webhooks.add(db.connection(), sealer, "example", "https://a.example.org/", events, True, "x", NOW),
    )
    return made


def due(store: Store, one: Webhook, at: Any = NOW) -> list[Delivery]:
    with store.database.reading() as db:
        return webhooks.due(db, one.id, at)


def job(store: Store) -> Job:
    (found,) = write(store, lambda db: jobs.claim(db, NOW, (webhooks.KIND,)))
    assert isinstance(found, Job)
    return found


def test_told_in_order_and_nothing_written_meanwhile_is_forgotten(store: Store) -> None:
    one = hook(store)
    reference = Person(store.writer).complain().reference
    mine = job(store)
    while found := due(store, one):
        assert len({row.case_id for row in found}) == len(found), "one of each record at a time"
        for row in found:
            assert row.reference == reference and webhooks.keeps(one, row)
            write(store, lambda db, row=row: webhooks.mark(db.connection(), row, "sent", "204", NOW))
    with store.database.reading() as db:
        told = [row.seq for row in webhooks.deliveries(db, one.id)]
    assert told == sorted(told, reverse=True) and told
    other = Person(store.writer).complain().reference
    write(store, lambda db: webhooks.rest(db, mine, NOW))
    assert job(store).key == str(one.id), "what came while it was under way is planned"
    assert {row.reference for row in due(store, one)} == {other}


def test_tried_again_given_up_and_replayed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "TRIES", 2)
    one = hook(store, "filed")
    Person(store.writer).complain()
    mine, (row,) = job(store), due(store, one)
    write(store, lambda db: webhooks.mark(db.connection(), row, "failed", "503", NOW))
    assert due(store, one) == []
    write(store, lambda db: webhooks.rest(db, mine, NOW))
    (again,) = due(store, one, NOW + webhooks.FIRST)
    write(store, lambda db: webhooks.mark(db.connection(), again, "failed", "timeout", NOW))
    with store.database.reading() as db:
        assert webhooks.states(db, "example") == {one.id: {"failed": 1}}
    assert write(store, lambda db: webhooks.replay(db.connection(), one, NOW)) == 1
    assert [found.seq for found in due(store, one)] == [row.seq]


def test_one_that_has_ended_is_told_nothing(store: Store) -> None:
    one = hook(store)
    Person(store.writer).complain()
    mine = job(store)
    assert write(store, lambda db: webhooks.end(db.connection(), "example", one.id, NOW))
    write(store, lambda db: webhooks.drop(db, mine))
    assert due(store, one) == []
    Person(store.writer).complain()
    assert due(store, one) == []
