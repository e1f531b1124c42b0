"""Whatever people send is kept or safely cleaned; nothing of it lies readable on the disk; erasing is erasing."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from storage import models
from storage.cases import Cases
from storage.models import table
from storage.store import Store
from storage.talks import Talks
from storage.work import well_formed
from tests.storage.conftest import Site
from tests.storage.people import Person

SECRET = "Zebedee Quillfeather of Marmalade Row"

AWKWARD = {
    "nul": "be\x00fore",
    "lone surrogate": "a\ud83db",
    "surrogates apart": "\ud83d\ude00",
    "right to left": "\u202egnihtemos\u202c \u2066x\u2069",
    "sql": "'; DROP TABLE talk; --",
    "html": "<script>alert(1)</script>",
    "emoji": "😡😡😡👨‍👩‍👧‍👦",
    "controls": "\x01\x1b[2J\x7f\x85",
    "long": "word " * 2000,
    "arabic": "لم يتصل بي أحد",
    "percent": "%s %(x)s {receipt} {0}",
    "noncharacter": "\uffff\ufffe",
}


def stored(site: Site, store: Store) -> bytes:
    """Every byte that the store keeps."""
    store.writer.write(lambda db: None).result(30)
    found = b"".join(file.read_bytes() for file in sorted(site.folder.rglob("*")) if file.is_file())
    if not site.sqlite:
        with psycopg.connect(site.url) as db:
            for name in table(models.Talk).metadata.tables:
                for (row,) in db.execute(f"SELECT t.*::text FROM {name} t"):  # type: ignore[call-overload]  # our tables
                    found += row.encode()
                for columns in db.execute(f"SELECT * FROM {name}"):  # type: ignore[call-overload]  # our tables
                    found += b"".join(bytes(c) for c in columns if isinstance(c, (bytes, memoryview)))
    return found


def rows(store: Store, model: Any) -> list[Any]:
    with store.database.reading() as db:
        return list(db.execute(select(table(model))).mappings())


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("step", ["kind", "story", "check"])
def test_anything_can_be_said_anywhere(site: Site, name: str, step: str) -> None:
    store = site.open()
    person = Person(store.writer)
    person.reach(step)
    reply = person.say(AWKWARD[name])
    assert not reply.parked and reply.messages
    assert not person.say("", AWKWARD[name][:300]).parked
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find("example", "web", "example-web", person.sender)
    assert talk is not None
    assert well_formed(AWKWARD[name]) in [item.text for item in talks.since(talk)]
    person.complain()


def test_awkward_addresses_are_told_apart(store: Store) -> None:
    people = [Person(store.writer, sender, channel="sms") for sender in ("a\ud800", "a\ud801", "a", "a'", "ä")]
    for person in people:
        person.say("hello", number=f"{people.index(person)}\x00\udfff")
    assert len(rows(store, models.Talk)) in (4, 5)


def test_well_formed_keeps_what_is() -> None:
    assert well_formed("\ud83d\ude00") == "😀"
    assert well_formed("a\ud83db") == "a\ufffdb"
    assert well_formed("x\x00\u202e") == "x\x00\u202e"


def tell(store: Store, channel: str = "web") -> tuple[Person, Any]:
    person = Person(store.writer, f"+44 {SECRET}", channel=channel)
    person.story = f"{SECRET} is hitting me and shouts."
    person.reach("story")
    person.say(person.story, media=(store.media.store("example", io.BytesIO(SECRET.encode()), "a.txt"),))
    return person, person.complain()


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_no_word_lies_readable_in_the_store(site: Site, channel: str) -> None:
    store = site.open()
    person, filed = tell(store, channel)
    kept = stored(site, store)
    for word in (*SECRET.split(), "hitting", person.sender, filed.receipt, filed.receipt.replace(" ", "")):
        if word not in ("of", "Row"):
            assert word.encode() not in kept, word
    assert filed.reference.encode() in kept, "the search finds what is there"
    assert SECRET in str(Cases(store.database, store.vault).show(filed.reference))


def wrapped(store: Store) -> dict[int, bytes]:
    with store.vault._engine.connect() as db:
        return {row.id: row.wrapped for row in db.exec_driver_sql("SELECT id, wrapped FROM data_key")}


def test_erasing_a_person_destroys_keys_and_files_and_keeps_counts(site: Site) -> None:
    store = site.open()
    _, filed = tell(store)
    other = Person(store.writer).complain()
    keys = {rows(store, models.Talk)[0]["key"], rows(store, models.Media)[0]["key"]}
    before = wrapped(store)
    sealed = rows(store, models.CaseEvent)
    store.writer.erase(rows(store, models.Talk)[0]["id"]).result(30)
    store.writer.close()

    after = stored_files(site.folder)
    assert all(before[key] not in after for key in keys)
    assert not any(file.is_file() for file in (site.folder / "media").rglob("*"))
    store = site.open()
    store.writer.write(lambda db: None).result(30)
    record = Cases(store.database, store.vault).show(filed.reference)
    assert record["erased"] and record["entries"] == [] and record["facts"]["kind"] == ["complaint"]
    assert not Cases(store.database, store.vault).show(other.reference)["erased"]
    assert rows(store, models.Doomed) == [] and sealed


def stored_files(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and "keys" in file.name)


def test_an_erasure_cut_short_is_finished_at_the_next_start(site: Site) -> None:
    store = site.open()
    tell(store)
    key = rows(store, models.Talk)[0]["key"]
    kept = wrapped(store)[key]
    store.writer._sweep = lambda: None  # type: ignore[method-assign]  # the machine stops right after the commit
    store.writer.erase(rows(store, models.Talk)[0]["id"]).result(30)
    store.writer.close()
    assert rows(store, models.Doomed) and kept in stored_files(site.folder)
    site.open().writer.close()  # closing finishes what waits
    assert rows(store, models.Doomed) == [] and kept not in stored_files(site.folder)


def test_delete_erases_the_draft_for_good(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    person.reach("story")
    person.say(f"{SECRET} never rings back.")
    photo = store.media.store("example", io.BytesIO(b"\xff\xd8\xff" + SECRET.encode()), "a.jpg")
    person.say("", media=(photo,))
    old = wrapped(store)[rows(store, models.Talk)[0]["key"]]
    talk = erased(store, person)
    store.writer.close()
    assert old not in stored_files(site.folder), "the key of the draft is destroyed"
    assert not any(file.is_file() for file in (site.folder / "media").rglob("*"))
    said = Talks(store.database, store.vault, store.writer).since(talk)
    assert not any(SECRET in str(item) for item in said) and rows(store, models.Case) == []


def erased(store: Store, person: Person) -> Any:
    """Send DELETE, confirm it, and go on."""
    person.say("delete")
    for _ in range(3):
        if person.last is None or not person.last.step:
            break
        tokens = [choice.token for choice in person.last.choices]
        yes = next((token for token in tokens if token.endswith(("=yes", "=delete", "=erase"))), "")
        if "erase" not in person.last.step and "delete" not in person.last.step:
            break
        person.say(choice=yes)
    talk = Talks(store.database, store.vault, store.writer).find("example", "web", "example-web", person.sender)
    assert talk is not None
    return talk


def test_delete_keeps_what_a_sign_of_danger_obliges_us_to_keep(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    person.reach("story")
    person.say("My neighbour is called Hephzibah.")
    person.say("My uncle is hitting me.")
    erased(store, person)
    (alert,) = rows(store, models.Alert)
    body = store.vault.unseal(f"alert.matched:{alert['id']}", alert["matched"]).decode()
    assert "hitting me" in body and "Hephzibah" not in body
    assert not any(b"Hephzibah" in row["body"] for row in rows(store, models.Message))
    assert rows(store, models.Case) == []


def test_delete_after_filing_keeps_the_record(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    filed = person.complain()
    person.now += timedelta(seconds=5)
    erased(store, person)
    assert Cases(store.database, store.vault).show(filed.reference)["entries"]
