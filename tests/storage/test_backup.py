"""Backups: made while people talk, proved by restoring; keys apart; what was erased stays erased; damage is said."""

from __future__ import annotations

import io
import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage import backup, models, restoring
from storage.backup import CannotBackUp, Made
from storage.cases import Cases
from storage.erasing import doom
from storage.models import table
from storage.receipts import normalise
from storage.restoring import CannotRestore, Restored
from storage.store import Store, open_store
from storage.talks import Talks
from storage.turns import Reply
from tests.storage.conftest import QUICK, Site, named
from tests.storage.people import Person
from tests.storage.plainworld import PROFILES, PlainWorld

_CASE, _TALK = table(models.Case), table(models.Talk)
#: A file as somebody sends it.
LETTER = b"%PDF-1.7\n" + bytes(range(256)) * 600

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Shelf:
    """Where backups of a site lie, and where they are restored to: each time a new folder, as a new machine."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder, self.restored = site, folder, 0
        self.backups, self.keys = folder / "shelf", folder / "safe"

    def make(self, hours: int = 0) -> Made:
        given = self.site.settings()
        return backup.make(
            self.site.url, given["key_store"], given["key_ring"], given["media"], self.backups, self.keys,
            NOON + timedelta(hours=hours),
        )  # fmt: skip

    def new(self) -> dict[str, Any]:
        """The settings of an empty deployment, its database being of the same engine."""
        self.restored += 1
        new = self.folder / f"new{self.restored}"
        url = f"sqlite:///{new / 'hearback.db'}"
        if not self.site.sqlite:
            name = f"{self.site.url.rpartition('/')[2].partition('?')[0]}_r{self.restored}"
            self.site.sql(f"CREATE DATABASE {name}")
            url = named(self.site.admin, name)
        return {
            "url": url, "key_ring": new / "keys" / "ring.json", "key_store": f"sqlite:///{new / 'keys' / 'keys.db'}",
            "media": new / "media",
        }  # fmt: skip

    def restore(self, made: Made, to: dict[str, Any], *, keys: bool = True) -> Restored:
        return restoring.restore(
            made.folder, made.keys if keys else None, to["url"], to["key_store"], to["key_ring"], to["media"]
        )

    def open(self, to: dict[str, Any]) -> Store:
        store = open_store(**to, worlds=PlainWorld, profiles=PROFILES, **QUICK)
        self.site._open.callback(store.close)
        return store

    def end(self) -> None:
        if not self.site.sqlite:
            for number in range(1, self.restored + 1):
                name = f"{self.site.url.rpartition('/')[2].partition('?')[0]}_r{number}"
                self.site.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def shelf(site: Site, tmp_path: Path) -> Any:
    found = Shelf(site, tmp_path)
    yield found
    site._open.close()
    found.end()


@pytest.fixture
def lite(sqlite_site: Site, tmp_path: Path) -> Shelf:
    return Shelf(sqlite_site, tmp_path)


def told(store: Store, sender: str) -> list[str]:
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find("example", "web", "example-web", sender)
    return [item.text for item in talks.since(talk) if item.text] if talk else []


def crowd(store: Store, stop: threading.Event, acknowledged: list[tuple[str, Reply]]) -> list[threading.Thread]:
    """People who complain one after another until they are stopped."""

    def people(place: int) -> None:
        turn = 0
        while not stop.is_set():
            person = Person(store.writer, f"c{place}t{turn}")
            acknowledged.append((person.sender, person.complain()))
            turn += 1

    threads = [threading.Thread(target=people, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    return threads


def test_made_while_people_talk_and_restored_whole(shelf: Shelf) -> None:
    store, stop, acknowledged = shelf.site.open(), threading.Event(), list[tuple[str, Reply]]()
    picture = store.media.store("example", io.BytesIO(LETTER), "letter.pdf")
    first = Person(store.writer, "first")
    first.complain()
    first.say(media=(picture,))
    of_another_kind = shelf.site.settings()["media"] / "ab" / ("ab" * 16)
    of_another_kind.parent.mkdir(exist_ok=True)
    of_another_kind.write_bytes(b"a sealed copy for somebody's own use")
    threads = crowd(store, stop, acknowledged)
    while len(acknowledged) < 4:
        stop.wait(0.01)
    before = list(acknowledged)
    made = shelf.make()
    stop.set()
    for thread in threads:
        thread.join()
    assert made.opened and made.lacking == 0 and made.files == 2
    with store.database.reading() as db:
        assert backup.last(db) == NOON

    to = shelf.new()
    found = shelf.restore(made, to)
    assert found.opened and not found.own_keys and found.keys > len(before)
    new = shelf.open(to)
    cases = Cases(new.database, new.vault)
    for sender, reply in before:
        assert told(new, sender), "everything acknowledged before is there"
        record = cases.show(reply.reference)
        assert record["entries"] and record["facts"]["kind"] == ["complaint"]
        with new.database.reading() as db:
            receipt = {"receipt_hash": new.receipts.hashed(normalise(reply.receipt))}
            assert db.execute(select(_CASE.c.reference).filter_by(**receipt)).scalar() == reply.reference
    assert b"".join(new.media.read(picture.id, "example")[1]) == LETTER
    assert told(new, "first") == told(store, "first")
    assert (to["media"] / "ab" / of_another_kind.name).read_bytes() == of_another_kind.read_bytes()
    assert Person(new.writer, "later").complain().reference


def test_what_was_erased_after_the_backup_stays_erased(lite: Shelf) -> None:
    store = lite.site.open()
    gone, stays = Person(store.writer, "gone"), Person(store.writer, "stays")
    gone.story = "Zebedee never rings"
    picture = store.media.store("example", io.BytesIO(LETTER), "letter.pdf")
    erased, kept = gone.complain(), stays.complain()
    gone.say(media=(picture,))
    made = lite.make()
    store.writer.erase(erased.talk).result()
    store.close()
    later = lite.make(hours=1)

    old_keys = lite.new()
    found = lite.restore(made, old_keys)
    assert found.ended >= 2, "the later backup knows of it, and the older keys are not believed"
    new = lite.open(old_keys)
    assert told(new, "stays") and not told(new, "gone")
    record = Cases(new.database, new.vault).show(erased.reference)
    assert not record["entries"] and record["facts"]["kind"] == ["complaint"], "counted, without words"
    assert Cases(new.database, new.vault).show(kept.reference)["entries"]
    with new.database.reading() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM search_token WHERE case_id = ?", (record["id"],)).scalar() == 0
    assert not (old_keys["media"] / picture.id[:2] / picture.id).exists()
    assert Person(new.writer, "gone").say("hello").messages, "they may come back"
    new.close()

    # The keys survived on their own disk, only the database is lost: nothing is added to them.
    keeps = lite.new() | {name: lite.site.settings()[name] for name in ("key_ring", "key_store")}
    assert lite.restore(later, keeps, keys=False).own_keys
    assert lite.restore(made, lite.new() | {n: keeps[n] for n in ("key_ring", "key_store")}).own_keys


def test_of_two_who_share_a_telephone_the_other_keeps_clocks_and_alarms(lite: Shelf) -> None:
    store = lite.site.open()
    person = Person(store.writer, "both")
    first = person.complain()
    person.last = None
    second = person.complain()
    assert first.talk == second.talk
    made = lite.make()
    with store.database.reading() as db:
        old = db.execute(select(_TALK.c.key).where(_TALK.c.id == first.talk)).scalar_one()
    store.writer.dooming(lambda db: doom(db.connection(), "example", "key", [str(old)])).result()
    store.close()
    lite.make(hours=1)
    to = lite.new()
    found = lite.restore(made, to)
    assert found.shared == tuple(sorted((first.reference, second.reference)))
    new = lite.open(to)
    record = Cases(new.database, new.vault).show(second.reference)
    assert record["dues"] and not record["entries"]


def test_keys_lie_apart_and_open_nothing_else(lite: Shelf) -> None:
    store = lite.site.open()
    Person(store.writer, "one").complain()
    store.close()
    for wrong in (lite.backups, lite.backups / "keys", lite.folder):
        with pytest.raises(CannotBackUp, match="must not lie with the backup"):
            backup.apart(lite.backups, wrong)
    made = lite.make()
    assert {path.name for path in made.folder.iterdir()} == {"database.db", "ended.txt", "manifest.json"}
    assert oct((made.keys / "ring.json").stat().st_mode)[-3:] == "600"
    secret = json.loads((made.keys / "ring.json").read_text())["lookup"]
    assert not any(secret.encode() in path.read_bytes() for path in made.folder.iterdir())
    with pytest.raises(CannotBackUp, match="already"):
        lite.make()
    with pytest.raises(CannotRestore, match="there are no keys here"):
        lite.restore(made, lite.new(), keys=False)
    with sqlite3.connect(lite.site.folder / "keys.db") as db:
        db.execute("DELETE FROM data_key")
        db.execute("INSERT INTO data_key VALUES (1, x'00')")
    db.close()
    here = lite.new() | {name: lite.site.settings()[name] for name in ("key_ring", "key_store")}
    keys = Path(here["key_store"].removeprefix("sqlite:///"))
    before = keys.read_bytes()
    with pytest.raises(CannotRestore, match="there are keys here, but not the key ring"):
        lite.restore(made, here | {"key_ring": lite.folder / "lost.json"})
    assert keys.read_bytes() == before, "keys that are there are never written over"
    with pytest.raises(CannotRestore, match="none of the keys here belongs to this database"):
        lite.restore(made, here, keys=False)
    assert not Path(here["url"].removeprefix("sqlite:///")).exists()


def test_an_unfinished_backup_is_none(lite: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.site.open().close()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "copy_keys", full)
        with pytest.raises(OSError, match="No space"):
            lite.make()
    assert list(lite.backups.iterdir()) == [] and list(lite.keys.iterdir()) == []
    (lite.backups / ".2026.part").mkdir()
    assert [path.name for path in lite.make().folder.parent.iterdir()] == ["2026-11-22T120000Z"]
    with pytest.raises(CannotRestore, match="is no backup"):
        restoring.restore(lite.keys, None, "sqlite:///x", "sqlite:///y", Path("r"), Path("m"))


def test_a_damaged_backup_is_not_restored(lite: Shelf) -> None:
    store = lite.site.open()
    Person(store.writer, "one").complain()
    store.close()
    made, to = lite.make(), lite.new()
    content = (made.folder / "database.db").read_bytes()
    (made.folder / "database.db").write_bytes(content[:5000] + b"\x01" + content[5001:])
    with pytest.raises(CannotRestore, match=r"database\.db is missing, or not what was backed up"):
        lite.restore(made, to)
    (made.folder / "database.db").write_bytes(content)
    (made.folder / "manifest.json").write_text("{")
    with pytest.raises(CannotRestore, match=r"manifest\.json is damaged"):
        lite.restore(made, to)
    assert not Path(to["url"].removeprefix("sqlite:///")).exists()


def test_only_into_an_empty_deployment(shelf: Shelf) -> None:
    store = shelf.site.open()
    Person(store.writer, "one").complain()
    made, to = shelf.make(), shelf.new()
    shelf.open(to).close()
    with pytest.raises(CannotRestore, match=r"exists: move it away|is not empty"):
        shelf.restore(made, to)
    here = {"url": shelf.site.url, **{n: shelf.site.settings()[n] for n in ("key_ring", "key_store", "media")}}
    with pytest.raises(CannotRestore, match=r"exists: move it away|is not empty"):
        shelf.restore(made, here)


def test_a_damaged_database_is_noticed(lite: Shelf) -> None:
    store = lite.site.open()
    Person(store.writer, "one").complain()
    store.close()
    assert backup.damage(lite.site.file) == ""
    content = bytearray(lite.site.file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = b"\x55" * 20_000
    lite.site.file.write_bytes(content)
    assert backup.damage(lite.site.file)
    with pytest.raises(CannotBackUp, match="the database is damaged"):
        lite.make()
    lite.site.file.write_bytes(b"not a database at all" * 1000)
    assert backup.damage(lite.site.file) == "SQLITE_NOTADB"
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(lite.site.file).execute("SELECT 1 FROM talk")
