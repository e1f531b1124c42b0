"""What a key of the ring itself seals is sealed anew with the next one, while everybody goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlmodel
from sqlalchemy import LargeBinary, select, update

from casework.publishing import Ledger
from casework.report_model import Period, Report
from storage import (
    alert_ways,
    erasing,
    learning,
    models_clocks,
    models_staff,
    publishing,
    resealing,
    sessions,
    staff,
    tables,
    webhooks,
)
from storage.ids import new_id
from storage.models import table
from storage.sealer import Sealer
from storage.secrets import KeyRing, Tampered, key_number
from storage.store import Store
from tests.storage.conftest import Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = Period(date(2025, 4, 1), date(2026, 3, 31), "2025/26")
STORAGE = Path(resealing.__file__).parent
STAFF, JOB = table(models_staff.Staff), table(models_clocks.Job)


def one_of_each(store: Store, name: str) -> int:
    """Something in every column that the ring's own keys seal; the id of the member of staff."""
    sealer = Sealer(store.vault.ring)

    def write(db: sqlmodel.Session) -> int:
        connection = db.connection()
        who, _ = staff.add(connection, sealer, "example", f"{name}@example.org", name, ("officer",), at=NOW)
        staff.set_totp(connection, sealer, who, f"SECRET{name}", 1)
        sessions.begin(connection, sealer, step="in", at=NOW, organisation="example", staff=who, state={"next": name})
        alert_ways.add(
            connection, sealer, "example", "duty", name, f"json://{name}.example", names=(name,), by="test", at=NOW
        )
        webhooks.add(connection, sealer, "example", f"https://{name}.example.org/", (), False, "test", NOW)
        action = learning.Action(new_id(), "example", f"Learned of {name}.", "A list.", 1, date(2026, 12, 1))
        learning.add(db, learning.Desk(sealer, store.vault, store.procedures, "Sam", "staff:1", NOW), action, ())
        report = Report("example", "Example", "annual", YEAR, (), "en", NOW, "Report", (), {})
        publishing.keep(connection, sealer, report, Ledger({name: 3}), "staff:1", NOW)
        return who

    return store.writer.write(write).result(30)


def seals(store: Store) -> dict[tuple[str, str], list[tuple[Any, bytes]]]:
    """Everything in the whole database that a key of the ring itself sealed: data keys have longer numbers."""
    found: dict[tuple[str, str], list[tuple[Any, bytes]]] = {}
    with store.database.reading() as db:
        for one in tables.every():
            for column in (column for column in one.c if isinstance(column.type, LargeBinary)):
                for row in db.execute(select(*one.primary_key.columns, column).where(column.is_not(None))):
                    value = bytes(row[-1])
                    if len(value) >= 37 and value[:1] == b"\x01" and key_number(value) < 1000:
                        found.setdefault((one.name, column.name), []).append((row[0], value))
    return found


def keys_of(store: Store) -> set[int]:
    return {key_number(value) for rows in seals(store).values() for _, value in rows}


def told(store: Store) -> Any:
    """What a server reads of all of it."""
    sealer = Sealer(store.vault.ring)
    with store.database.reading() as db:
        people = staff.everyone(db, sealer, ("example",))
        return (
            {(one.login, one.name, one.totp) for one in people},
            {one.state["next"] for one in sessions.everywhere(db, sealer, "example", NOW)},
            {(one.address, one.names) for one in alert_ways.routes(db, sealer, "example")},
            {(one.url, one.secret) for one in webhooks.every(db, sealer, "example")},
            {next(iter(one.figures)) for one in publishing.earlier(db, "example", sealer)},
            {learning.action(db, sealer, key).learned for key, _ in seals(store)["learning", "body"]},  # type: ignore[union-attr]
        )


def test_every_column_is_sealed_anew_and_nothing_opens_with_the_old_key(site: Site) -> None:
    store, ring_file = site.open(), site.folder / "ring.json"
    one_of_each(store, "ada")
    assert keys_of(store) == {1}
    assert seals(store).keys() == {(one.table.name, one.column) for one in resealing.SEALED}
    stolen = KeyRing.load(ring_file)
    stolen.rotated(ring_file)
    one_of_each(store, "ben")
    assert keys_of(store) == {1, 2}, "the server that runs took the new key up by itself"
    before = told(store)
    assert {name for _, name, _ in before[0]} == {"ada", "ben"}, "old and new rows side by side"
    found = resealing.reseal(store.database, Sealer(store.vault.ring))
    assert found == resealing.Resealed(10, ()) and keys_of(store) == {2}
    assert told(store) == before
    thief = Sealer(KeyRing(stolen.current, stolen.keys, stolen.lookup, stolen.receipt, stolen.since))
    places = {(one.table.name, one.column): one for one in resealing.SEALED}
    for where, rows in seals(store).items():
        for key, value in rows:
            with pytest.raises(Tampered):
                thief.unseal(places[where].bound(key), value)
    assert resealing.reseal(store.database, Sealer(store.vault.ring)) == resealing.Resealed(0, ())
    KeyRing.load(ring_file).dropped(ring_file)
    assert told(store) == before
    site.open()


def test_no_place_is_left_out() -> None:
    """A column that is sealed one day and not listed would be lost when the old key is dropped."""
    source = "".join(file.read_text() for file in STORAGE.glob("*.py"))
    places = re.findall(r"\bsealer\.seal\((f\"[a-z_.]+:|\w+)", source)
    named = {place[2:-1] for place in places if place.startswith("f")}
    assert [place for place in places if not place.startswith("f")] == ["_place"], "of sessions, see there"
    assert named | {"staff_session.state"} == {one.place for one in resealing.SEALED}


class Meanwhile(Sealer):
    """Does something before it seals a value anew."""

    before: Callable[[str], None]

    def reseal(self, place: str, sealed: bytes) -> bytes:
        self.before(place)
        return super().reseal(place, sealed)


def test_broken_off_it_goes_on_where_it_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    store, ring_file = site.open(), site.folder / "ring.json"
    for name in ("ada", "ben", "cat"):
        one_of_each(store, name)
    KeyRing.load(ring_file).rotated(ring_file)
    monkeypatch.setattr(resealing, "ROWS", 2)
    before, sealer = told(store), Meanwhile(store.vault.ring)

    def power_fails(place: str) -> None:
        if place.startswith("webhook.url"):
            raise KeyboardInterrupt

    sealer.before = power_fails
    with pytest.raises(KeyboardInterrupt):
        resealing.reseal(store.database, sealer)
    assert keys_of(store) == {1, 2} and told(store) == before
    # Six columns of three rows were done: those of webhooks, actions and publications are left.
    assert resealing.reseal(store.database, Sealer(store.vault.ring)) == resealing.Resealed(12, ())
    assert keys_of(store) == {2} and told(store) == before


def test_what_somebody_changes_in_between_stays(site: Site) -> None:
    store, ring_file = site.open(), site.folder / "ring.json"
    who = one_of_each(store, "ada")
    late = Sealer(store.vault.ring)  # of a request that began before
    KeyRing.load(ring_file).rotated(ring_file)
    sealer = Meanwhile(store.vault.ring)

    def married(place: str) -> None:
        if place == f"staff.name:{who}":
            store.writer.write(lambda db: staff.change(db.connection(), late, who, name="Ada King")).result(30)

    sealer.before = married
    assert resealing.reseal(site.open().database, sealer).done == 9
    assert {name for _, name, _ in told(store)[0]} == {"Ada King"} and keys_of(store) == {1, 2}
    assert resealing.reseal(store.database, Sealer(store.vault.ring)).done == 1 and keys_of(store) == {2}
    with store.database.reading() as db:
        known = staff.member(db, late, who)
    assert known is not None and known.name == "Ada King", "and the late request reads what the new key sealed"


def test_a_value_that_was_changed_is_named_and_keeps_nothing_from_going_on(site: Site) -> None:
    store, ring_file = site.open(), site.folder / "ring.json"
    who, other = one_of_each(store, "ada"), one_of_each(store, "ben")
    with store.database.reading() as db:
        name = db.execute(select(STAFF.c.name).where(STAFF.c.id == other)).scalar_one()
    moved = update(STAFF).where(STAFF.c.id == who).values(name=name)
    store.writer.write(lambda db: db.connection().execute(moved) and None).result(30)
    KeyRing.load(ring_file).rotated(ring_file)
    found = resealing.reseal(store.database, Sealer(store.vault.ring))
    assert found == resealing.Resealed(19, (f"staff.name:{who}",))


def test_what_stood_there_is_overwritten(sqlite_site: Site) -> None:
    store, ring_file = sqlite_site.open(), sqlite_site.folder / "ring.json"
    one_of_each(store, "ada")
    old = [value for rows in seals(store).values() for _, value in rows]
    KeyRing.load(ring_file).rotated(ring_file)
    resealing.reseal(store.database, Sealer(store.vault.ring))
    with store.database.reading() as db:
        planned = db.execute(select(JOB.c.kind)).scalars().all()
    assert erasing.UNTIDY in planned, "a server does it where the command cannot, because somebody is reading"
    assert store.database.tidy()
    files = [file.read_bytes() for file in sqlite_site.folder.glob("store.db*")]
    assert not any(value in file for value in old for file in files)
