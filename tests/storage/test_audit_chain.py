"""The audit as a chain: whatever is changed, taken away or put in is found, and erasing a record breaks nothing."""

from __future__ import annotations

from concurrent.futures import wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from storage import audit, models_staff
from storage.audit import Broken, Head
from storage.ids import new_id
from storage.models import table
from storage.store import Store
from tests.storage.conftest import Site

AUDIT = table(models_staff.Audit)
AT = datetime(2026, 12, 1, 10, tzinfo=UTC)


def noted(store: Store, count: int, organisation: str = "example") -> None:
    for number in range(count):
        at, what = AT + timedelta(minutes=number), ("record", "records.export")[number % 2]
        reference = "HB-7K3M-2Q" if number % 3 else ""
        store.writer.write(
            lambda db, a=at, w=what, r=reference: audit.note(db.connection(), organisation, 1, w, r, a)
        ).result(10)


def verified(store: Store, *kept: Head, organisation: str = "example") -> Broken | None:
    with store.database.reading() as db:
        return audit.verify(db, organisation, kept)


def changed(store: Store, statement: Any) -> None:
    store.writer.write(lambda db: db.connection().execute(statement)).result(10)


def head(store: Store) -> Head:
    with store.database.reading() as db:
        return next(one for one in audit.heads(db) if one.organisation == "example")


def test_a_chain_that_nobody_touched_holds(site: Site) -> None:
    store = site.open()
    noted(store, 7)
    noted(store, 3, "other")
    assert verified(store) is None and verified(store, organisation="other") is None
    assert head(store).number == 7
    assert verified(store, organisation="nobody") is None, "without a line there is nothing to break"


@pytest.mark.parametrize(
    ("tampered", "number"),
    [
        (update(AUDIT).where(AUDIT.c.number == 3).values(staff=9), 3),
        (update(AUDIT).where(AUDIT.c.number == 4).values(what="record.reply"), 4),
        (update(AUDIT).where(AUDIT.c.number == 2).values(reference="HB-2222-22"), 2),
        (update(AUDIT).where(AUDIT.c.number == 5).values(at=AT), 5),
        (update(AUDIT).where(AUDIT.c.number == 1).values(reference="HB-7K3M-2Q"), 1),
        (delete(AUDIT).where(AUDIT.c.number == 3), 3),
        (delete(AUDIT).where(AUDIT.c.number == 7), 7),
    ],
)
def test_the_first_line_that_does_not_hold_is_named(sqlite_site: Site, tampered: Any, number: int) -> None:
    store = sqlite_site.open()
    noted(store, 7)
    changed(store, tampered)
    broken = verified(store)
    assert broken is not None and broken.number == number, broken


def test_a_line_put_beside_the_chain_is_seen_and_one_of_an_earlier_release_is_joined(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    noted(store, 2)
    row = {"id": new_id(), "organisation": "example", "staff": 1, "what": "record", "reference": "HB-7K3M-2Q", "at": AT}
    changed(store, insert(AUDIT).values(row))
    broken = verified(store)
    assert broken is not None and broken.number == 0
    assert store.writer.write(lambda db: audit.link(db.connection(), "example")).result(10) == 1
    assert verified(store) is None and head(store).number == 3


def test_a_chain_made_anew_does_not_go_through_what_was_written_down(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    noted(store, 4)
    kept = head(store)
    noted(store, 2)
    assert verified(store, kept) is None
    changed(store, delete(AUDIT))
    changed(store, delete(audit._HEAD))
    noted(store, 5)
    assert verified(store) is None, "it holds by itself"
    broken = verified(store, kept)
    assert broken is not None and broken.number == 4
    short = verified(store, Head("example", 99, kept.hash))
    assert short is not None and "missing" in short.why


def test_forgetting_a_record_keeps_the_chain(site: Site) -> None:
    store = site.open()
    noted(store, 7)
    store.writer.write(lambda db: audit.forget(db.connection(), ["HB-7K3M-2Q"])).result(10)
    assert verified(store) is None
    with store.database.reading() as db:
        assert set(db.execute(select(AUDIT.c.reference, AUDIT.c.salt)).all()) == {("", None)}
    noted(store, 1)
    assert verified(store) is None


def test_two_processes_write_one_chain(site: Site) -> None:
    first, second = site.open(), site.open()
    futures = [
        store.writer.write(lambda db: audit.note(db.connection(), "example", 1, "record", "HB-7K3M-2Q", AT))
        for _ in range(40)
        for store in (first, second)
    ]
    wait(futures, 60)
    assert all(one.exception() is None for one in futures)
    assert verified(first) is None and head(first).number == 80
