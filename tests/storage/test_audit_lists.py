"""Lists in the audit: one line however many records, none forgotten, none found again once it is erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from storage import audit, audit_lists, models, models_rights, models_staff, rights_erasing
from storage.audit import Asked, Deed
from storage.models import table
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.people import Person

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
AUDIT, LIST, RECORD = table(models_staff.Audit), audit_lists.LIST, table(models_rights.AuditRecord)
CASE = table(models.Case)


def seen(store: Store, reference: str) -> list[str]:
    with store.database.reading() as db:
        return [one.what for one in reversed(audit.entries(db, "example", Asked(reference=reference)))]


def shown(store: Store, what: str, *references: str, about: str = "") -> None:
    audit.written(store, Deed("example", 7, what, AT, about, references))


def broken(store: Store) -> audit.Broken | None:
    with store.database.reading() as db:
        return audit.verify(db, "example")


def count(store: Store, which: Any) -> int:
    with store.database.reading() as db:
        return len(db.execute(select(which)).all())


def test_a_list_is_one_line_and_every_record_finds_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_lists, "AT_ONCE", 2)
    store = site.open()
    one, two, three = (Person(store.writer).complain().reference for _ in range(3))
    shown(store, "records.list")
    shown(store, "records.list", one)
    shown(store, "records.export", one, two, three, two, "", "HB-2222-22")
    shown(store, "learning.seen", one, about="learning:5")
    shown(store, "rights.seen", two, three, about="request:5")
    assert seen(store, one) == ["records.list", "records.export", "learning.seen"]
    assert seen(store, two) == ["records.export", "rights.seen"] == seen(store, three)
    assert count(store, AUDIT) == 7 and count(store, LIST) == 2 and count(store, RECORD) == 3
    with store.database.reading() as db:
        about = [line.reference.partition(" ")[0] for line in audit.entries(db, "example", Asked(what="records"))]
        assert about == ["list:3", one, ""]
        assert audit.entries(db, "other", Asked(reference=one)) == []
    assert broken(store) is None


def test_two_processes_give_a_record_one_number(site: Site) -> None:
    first, second = site.open(), site.open()
    one, two = (Person(first.writer).complain().reference for _ in range(2))
    lines = [
        store.writer.write(lambda db: audit.write(db.connection(), Deed("example", 7, "list", AT, "", (one, two))))
        for _ in range(10)
        for store in (first, second)
    ]
    for line in lines:
        line.result(30)
    assert seen(first, one) == ["list"] * 20 == seen(second, two)
    assert count(first, RECORD) == 2 and broken(second) is None


def test_an_erased_record_leaves_the_list_a_line_and_no_way_to_itself(site: Site) -> None:
    store = site.open()
    one, two = (Person(store.writer).complain().reference for _ in range(2))
    shown(store, "records.export", one, two)
    with store.database.reading() as db:
        case = db.execute(select(CASE.c.id).where(CASE.c.reference == one)).scalar_one()
    store.writer.dooming(lambda db: rights_erasing.erase(db, store.vault, [case], anyway=True)).result(30)
    assert seen(store, one) == [] and seen(store, two) == ["records.export"]
    assert count(store, RECORD) == 1 and broken(store) is None


@pytest.mark.parametrize(
    "tampered",
    [
        update(LIST).values(records=b"12345678" * 2),
        delete(LIST),
        update(LIST).values(id=select(AUDIT.c.id).where(AUDIT.c.number == 1).scalar_subquery()),
        update(AUDIT).where(AUDIT.c.number == 2).values(reference="", salt=None),
    ],
)
def test_a_list_that_was_changed_is_named(sqlite_site: Site, tampered: Any) -> None:
    store = sqlite_site.open()
    one, two = (Person(store.writer).complain().reference for _ in range(2))
    shown(store, "record", one)
    shown(store, "records.export", one, two)
    assert broken(store) is None
    store.writer.write(lambda db: db.connection().execute(tampered)).result(10)
    found = broken(store)
    assert found is not None and found.number in (1, 2) and "list" in found.why
