"""Keys, sealing and receipts."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage import models, receipts
from storage.ids import LETTERS, new_id, new_reference, read_reference
from storage.models import table
from storage.receipts import Receipts, grouped, normalise, plausible
from storage.secrets import Erased, KeyRing, KeyRingMissing, KeyRingWrong, Tampered
from storage.store import open_store
from storage.vault import Vault
from tests.storage.conftest import Site
from tests.storage.people import Person


@pytest.fixture
def vault(tmp_path: Path) -> Any:
    vault = Vault(f"sqlite:///{tmp_path / 'keys.db'}", KeyRing.make(tmp_path / "ring.json"), ahead=8)
    yield vault
    vault.close()


def test_a_ring_is_private_and_the_same_when_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ring.json"
    ring = KeyRing.make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeyRing.load(path) == ring
    with pytest.raises(FileExistsError):
        KeyRing.make(path)
    assert [file.name for file in path.parent.iterdir()] == ["ring.json"]


def test_a_missing_ring_is_explained(site: Site) -> None:
    store = site.open()
    Person(store.writer).say(event="open")
    store.writer.close()
    ring = site.folder / "ring.json"
    ring.rename(site.folder / "elsewhere.json")
    with pytest.raises(KeyRingMissing, match=r"can ever be read again.*Restore the file from its backup"):
        open_store(site.url, **site.settings())
    KeyRing.make(ring)
    with pytest.raises(KeyRingWrong, match="belongs to another database"):
        open_store(site.url, **site.settings())
    ring.write_text("{}")
    with pytest.raises(KeyRingWrong, match="restore it"):
        open_store(site.url, **site.settings())


def test_a_missing_key_store_is_explained(site: Site) -> None:
    store = site.open()
    Person(store.writer).say(event="open")
    store.writer.close()
    with pytest.raises(KeyRingMissing, match="key store is empty"):
        open_store(site.url, **site.settings(key_store=f"sqlite:///{site.folder / 'other.db'}"))
    with pytest.raises(ValueError, match="must not be the database itself"):
        open_store(site.url, **site.settings(key_store=site.url))


def test_a_store_opens_again_and_goes_on(site: Site) -> None:
    store = site.open()
    person = Person(store.writer, "back")
    person.reach("story")
    store.close()
    again = site.open()
    person.writer = again.writer
    assert person.complain().receipt


def test_the_key_store_may_be_postgresql(postgres: str, site: Site) -> None:
    store = site.open(key_store=postgres)
    assert Person(store.writer).complain().receipt


def test_what_is_sealed_opens_only_in_its_place(vault: Vault) -> None:
    key = vault.take()
    sealed = vault.seal(key, "message.body:1:2", b"my words")
    assert b"my words" not in sealed
    assert vault.unseal("message.body:1:2", sealed) == b"my words"
    for place in ("message.body:1:3", "message.secret:1:2", "talk.session:1"):
        with pytest.raises(Tampered):
            vault.unseal(place, sealed)
    with pytest.raises(Tampered):
        vault.unseal("message.body:1:2", sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Tampered):
        vault.unseal("message.body:1:2", b"plain")


def test_a_destroyed_key_is_gone_from_the_files(vault: Vault, tmp_path: Path) -> None:
    key = vault.take()
    sealed = vault.seal(key, "a:1", b"my words")
    with vault._engine.connect() as db:
        wrapped = db.exec_driver_sql(f"SELECT wrapped FROM data_key WHERE id = {key}").scalar_one()
    assert wrapped in (tmp_path / "keys.db").read_bytes()
    vault.destroy([key])
    with pytest.raises(Erased):
        vault.unseal("a:1", sealed)
    assert not any(wrapped in file.read_bytes() for file in tmp_path.iterdir())


def test_keys_are_durable_before_they_are_used(tmp_path: Path) -> None:
    ring = KeyRing.make(tmp_path / "ring.json")
    vault = Vault(f"sqlite:///{tmp_path / 'keys.db'}", ring, ahead=4)
    keys = [vault.take() for _ in range(20)]
    sealed = vault.seal(keys[-1], "a:1", b"x")
    other = Vault(f"sqlite:///{tmp_path / 'keys.db'}", ring, ahead=4)  # as after a crash: nothing was closed
    assert other.unseal("a:1", sealed) == b"x"
    other.load(keys)
    other.close()
    vault.close()


def test_a_session_moved_to_another_talk_parks_the_turn(site: Site) -> None:
    store = site.open()
    one, two = Person(store.writer), Person(store.writer)
    one.reach("story")
    two.reach("story")
    talk = table(models.Talk)
    with store.database.reading() as db:
        first, second = db.execute(select(talk.c.id, talk.c.session)).all()
    store.writer.write(
        lambda db: db.connection().execute(update(talk).where(talk.c.id == second.id).values(session=first.session))
    ).result(30)
    replies = [person.say("something") for person in (one, two)]
    assert sorted(reply.parked for reply in replies) == [False, True]


def test_hashes_keep_fields_apart(vault: Vault) -> None:
    hashed = vault.ring.hashed
    assert hashed("a", "b") == hashed("a", "b")
    assert len({hashed("a", "b"), hashed("ab"), hashed("a\x00b"), hashed("a", "", "b"), hashed("\udc00")}) == 5


# Receipts and references ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minting() -> Any:
    made = Receipts(os.urandom(32), ahead=2, cost=16)
    yield made
    made.close()


def test_a_receipt_is_sixteen_digits_and_its_hash_is_always_the_same(minting: Receipts) -> None:
    digits, hashed = minting.take()
    assert len(digits) == 16 and plausible(digits) and minting.hashed(digits) == hashed
    assert Receipts(os.urandom(32), cost=16).hashed(digits) != hashed
    assert len({minting.take()[0] for _ in range(50)}) == 50, "also when none is made ahead"


def test_a_receipt_is_slow_to_guess() -> None:
    assert receipts.Receipts.__init__.__kwdefaults__ == {"ahead": 16, "cost": 2**15}


@pytest.mark.parametrize(
    "typed",
    [
        "1234567890123456",
        "1234 5678 9012 3456",
        " 1234-5678–9012-3456. ",
        "١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦",
        "۱۲۳۴ ۵۶۷۸ ۹۰۱۲ ۳۴۵۶",
        "१२३४ ५६७८ ९०१२ ३४५६",
        "\u20661234 5678 9012 3456\u2069",
        "My number is 1234 5678 9012 3456, please",
        "1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
    ],
)
def test_a_receipt_is_read_as_people_type_it(typed: str) -> None:
    assert normalise(typed) == "1234567890123456"


@pytest.mark.parametrize("typed", ["", "123", "12345678901234567", "1234 5678 9012 345a", "my number is gone"])
def test_what_is_no_receipt_is_told_apart(typed: str) -> None:
    assert normalise(typed) == ""


@given(st.text())
def test_reading_a_receipt_never_fails(typed: str) -> None:
    assert normalise(typed) == "" or len(normalise(typed)) == 16


@given(st.integers(0, 10**15 - 1), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_or_two_swapped_show(number: int, place: int, more: int) -> None:
    digits = f"{number:015}"
    digits += receipts._check(digits)
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert plausible(digits) and not plausible(wrong)
    if place < 15 and digits[place] != digits[place + 1]:
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        assert not plausible(swapped)


def test_groups_of_four() -> None:
    assert grouped("1234567890123456") == "1234 5678 9012 3456"


def test_references_are_read_as_people_type_them() -> None:
    made = new_reference()
    assert read_reference(made) == made
    for typed in (made.lower(), made.replace("-", " "), made.removeprefix("HB-"), made.replace("-", "")):
        assert read_reference(typed) == made
    assert read_reference("HB-0O1I-AE") == "" and read_reference("") == ""
    assert not set(LETTERS) & set("AEIOU01LSZ5")


def test_ids_grow_and_never_repeat() -> None:
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made)) and made[-1] < 2**63
