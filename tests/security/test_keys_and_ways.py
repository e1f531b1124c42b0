"""Keys change while everything goes on; the ways of the console lead nowhere inside."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import alarm, inside
from bot.channels import upload
from bot.cli import Trouble, checkups, keys
from bot.cli.keys import rotate
from bot.config import Settings, load
from bot.endpoints import house
from storage import alert_links, backup, guessing, restoring, staff
from storage.database import migrate
from storage.sealer import Sealer
from storage.secrets import Erased, KeyRing, KeyRingWrong, Tampered, key_number
from storage.store import Store, open_store
from storage.vault import Vault
from tests.alarms import receiving
from tests.cli.talking import HEARBACK, environment, run
from tests.storage.people import Person
from tests.storage.plainworld import PROFILES, PlainWorld

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_keys_are_rotated_while_a_server_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load(data=tmp_path)
    migrate(settings.database_url)
    ring = KeyRing.make(settings.ring_file)
    running = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    try:
        old, gone = running.take(), running.take()
        sealed, lost = running.seal(old, "x:1", b"words"), running.seal(gone, "x:2", b"other words")
        rotate(settings)
        assert "Key 2 wraps, seals and signs from now on" in capsys.readouterr().out
        assert oct(settings.ring_file.stat().st_mode)[-3:] == "600"
        running.destroy([gone])
        fresh = [running.take() for _ in range(300)][-1]  # past those that were made ahead
        later = running.seal(fresh, "x:3", b"later words")
        assert running.ring.current == "2" and running.ring.fingerprint() == ring.fingerprint()
    finally:
        running.close()
    another = Vault(settings.key_store_url, KeyRing.load(settings.ring_file), ahead=0)
    try:
        assert another.unseal("x:1", sealed) == b"words" and another.unseal("x:3", later) == b"later words"
        with pytest.raises(Erased):
            another.unseal("x:2", lost)
        assert another.rewrap() == (0, another.rewrap()[1]), "every key is wrapped with the new one"
    finally:
        another.close()


def test_a_server_with_the_old_ring_opens_what_was_wrapped_anew(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    migrate(settings.database_url)
    ring = KeyRing.make(settings.ring_file)
    first = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    second = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    try:
        number = first.take()
        sealed = first.seal(number, "x:1", b"words")
        rotate(settings)
        assert second.unseal("x:1", sealed) == b"words"
    finally:
        first.close()
        second.close()


# What the ring's own keys seal and sign ------------------------------------------------------------


@contextmanager
def serving(settings: Settings) -> Iterator[Store]:
    """A process's store as it runs, over the files of these settings."""
    how: dict[str, Any] = {"worlds": PlainWorld, "profiles": PROFILES, "keys_ahead": 4}
    how |= {"key_ring": settings.ring_file, "key_store": settings.key_store_url, "media": settings.media_folder}
    store = open_store(settings.database_url, **how)
    try:
        yield store
    finally:
        store.close()


def join(store: Store, name: str) -> None:
    sealer, login = Sealer(store.vault.ring), f"{name.lower()}@example.org"
    store.writer.write(
        lambda db: staff.add(db.connection(), sealer, "example", login, name, ("officer",), at=NOW)
    ).result(30)


def names(store: Store) -> set[str]:
    with store.database.reading() as db:
        return {one.name for one in staff.everyone(db, Sealer(store.vault.ring), ("example",))}


def sealed_by(store: Store) -> set[int]:
    with store.database.reading() as db:
        return {key_number(row.name) for row in db.execute(staff._STAFF.select())}


def later(settings: Settings, by: timedelta) -> None:
    """As if every key had come into use so much earlier."""
    ring = json.loads(settings.ring_file.read_text())
    ring["since"] = {name: (datetime.fromisoformat(at) - by).isoformat() for name, at in ring["since"].items()}
    settings.ring_file.write_text(json.dumps(ring))


def drop(settings: Settings, at_once: bool = False) -> None:
    keys.drop(settings, at_once, datetime.now(UTC))


def checked(settings: Settings, store: Store) -> bool:
    """Whether ``hearback check`` says that older keys may be dropped."""
    return any("hearback keys drop" in said for _, said in checkups.store(settings, store.database, datetime.now(UTC)))


def test_two_servers_go_on_while_a_third_process_rotates_and_drops(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    with serving(settings) as one, serving(settings) as other:
        join(one, "Ada")
        assert sealed_by(one) == {1}
        said = run(tmp_path, "keys", "rotate", "--data", str(tmp_path))
        assert said.returncode == 0 and "Older and still opening: 1." in said.stdout, said.stderr
        assert names(one) == names(other) == {"Ada"} and sealed_by(other) == {2}
        join(other, "Ben")
        assert names(one) == {"Ada", "Ben"} and sealed_by(one) == {2}
        refused = run(tmp_path, "keys", "drop", "--data", str(tmp_path))
        assert refused.returncode == 1 and "--now" in refused.stderr and KeyRing.load(settings.ring_file).older
        later(settings, timedelta(minutes=2))
        dropped = run(tmp_path, "keys", "drop", "--now", "--data", str(tmp_path))
        assert dropped.returncode == 0 and "Dropped: 1." in dropped.stdout, dropped.stderr
        join(one, "Cat")
        assert names(one) == names(other) == {"Ada", "Ben", "Cat"}
        assert KeyRing.load(settings.ring_file).keys.keys() == {"2"}
    with serving(settings) as again:
        assert names(again) == {"Ada", "Ben", "Cat"}


def test_links_work_until_the_key_that_signed_them_is_dropped(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    with serving(settings) as store:
        theirs = house(settings, {}, lambda: NOW, store)
        head = b"twelve bytes"

        def signed() -> tuple[str, str, bytes]:
            ring = store.vault.ring
            return alert_links.make(ring, 5, 9, NOW), guessing.stamp(ring, "example"), upload._marks(theirs, head)[0]

        def good(link: str, stamp: str, mark: bytes) -> list[bool]:
            ring = store.vault.ring
            read = alert_links.read(ring, link) == alert_links.Link(5, 9, NOW + alert_links.LIFE)
            return [read, bool(guessing.browser(ring, "example", stamp)), mark in upload._marks(theirs, head)]

        before = signed()
        rotate(settings)
        after = signed()
        assert before[0] != after[0] and before[2] != after[2]
        assert good(*before) == good(*after) == [True] * 3
        with pytest.raises(Trouble, match="Links in alerts that an older key signed work until"):
            drop(settings)
        with pytest.raises(Trouble, match="ask again in a minute"):
            drop(settings, at_once=True)
        assert good(*before) == [True] * 3
        assert not checked(settings, store)
        later(settings, alert_links.LIFE)
        assert checked(settings, store)
        drop(settings)
        assert good(*before) == [False] * 3 and good(*after) == [True] * 3
        assert not checked(settings, store)


#: A ring as release 0.1 wrote it, and what that release sealed and signed with its look-up key.
FIRST_RING = {
    "note": "Without this file nothing in the database can be read. Back it up, apart from the database.",
    "current": "1",
    "keys": {"1": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
    "lookup": "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    "receipt": "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=",
}
FIRST_SEAL = base64.b64decode("AQAAAAAAAAAAjvB4VwAbmnvSvznLPN/0H7wgyiaWTTgUYW3A9mPVNpyyfRDg0qhT")
FIRST_LINK = "AAAAAAAAAAUAAAAAAAAACWsMvID5-2HlYp6G6yIXxCsB-jpI"
FIRST_STAMP = "31d6fcbfad4c173e.a619f7263c5b3b771a9172f35c9de26d"
FIRST_UPLOAD = base64.b64decode("7X7OJX5Z")


def test_a_ring_of_the_first_release_is_read_and_loses_nothing(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    settings.keys_folder.mkdir()
    settings.ring_file.write_text(json.dumps(FIRST_RING))

    def opens(ring: KeyRing) -> list[bool]:
        try:
            name = Sealer(ring).unseal("staff.name:7", FIRST_SEAL) == "Jo Quirke"
        except Tampered:
            name = False
        stamp = bool(guessing.browser(ring, "example", FIRST_STAMP))
        uploaded = FIRST_UPLOAD in [mark[:6] for mark in ring.marks("upload", "00ff")]
        return [name, alert_links.read(ring, FIRST_LINK) is not None, stamp, uploaded]

    with serving(settings) as store:
        ring = store.vault.ring
        assert ring.fingerprint() == "f581262a894794ea1ced6e7739fabc86" and opens(ring) == [True] * 4
        join(store, "Ada")
        assert sealed_by(store) == {0}, "a process of the first release beside us opens it too"
        assert alert_links.make(ring, 5, 9, NOW.replace(hour=0)) == FIRST_LINK
        looked_up = ring.hashed("sender", "example")
        with pytest.raises(Trouble, match="First: hearback keys rotate"):
            drop(settings)
        rotate(settings)
        assert sealed_by(store) == {2} and names(store) == {"Ada"} and opens(store.vault.ring) == [True] * 4
        join(store, "Ben")
        later(settings, alert_links.LIFE)
        drop(settings)
        assert opens(store.vault.ring) == [False] * 4 and names(store) == {"Ada", "Ben"}
        assert store.vault.ring.hashed("sender", "example") == looked_up
        assert store.vault.ring.fingerprint() == ring.fingerprint()


def test_a_machine_with_an_older_copy_of_the_ring_holds_the_old_key(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    with serving(settings) as here:
        elsewhere = load(data=tmp_path, keys=tmp_path / "elsewhere", key_store=settings.key_store_url)
        elsewhere.keys_folder.mkdir()
        keys.prepare(settings)
        assert here.vault.ring.current == "1"
        shutil.copy(settings.ring_file, elsewhere.ring_file)
        with serving(elsewhere) as there:
            join(here, "Ada")
            rotate(settings)
            assert here.vault.ring.current == "2" and there.vault.ring.current == "1"
            join(there, "Ben")
            assert names(here) == names(there) == {"Ada", "Ben"}, "either opens what the other seals"
            later(settings, alert_links.LIFE)
            with pytest.raises(Trouble, match="another machine has an older copy"):
                drop(settings)
            assert here.vault.ring.older == ("1",) and names(there) == {"Ada", "Ben"} and sealed_by(here) == {2}
            shutil.copy(settings.ring_file, elsewhere.ring_file)
            join(there, "Cat")
            drop(settings)
            assert names(here) == names(there) == {"Ada", "Ben", "Cat"}


def test_a_rotation_that_is_killed_goes_on_with_the_same_key(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    with serving(settings) as store, closing(sqlite3.connect(tmp_path / "hearback.db", isolation_level=None)) as held:
        join(store, "Ada")
        held.execute("BEGIN IMMEDIATE")
        command = (*HEARBACK, "keys", "rotate", "--data", str(tmp_path))
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as rotating:
            assert rotating.stdout is not None and "Key 2 wraps" in rotating.stdout.readline()
            time.sleep(0.5)  # it waits for whoever writes
            rotating.kill()
        held.execute("ROLLBACK")
        assert sealed_by(store) == {1} and names(store) == {"Ada"}
        join(store, "Ben")
        assert sealed_by(store) == {1, 2} and names(store) == {"Ada", "Ben"}
        said = run(tmp_path, "keys", "reseal", "--data", str(tmp_path))
        assert "With key 2 now: " in said.stdout, said.stderr
        assert sealed_by(store) == {2} and names(store) == {"Ada", "Ben"}
        assert KeyRing.load(settings.ring_file).keys.keys() == {"1", "2"}


def test_of_two_who_change_the_keys_one_waits(tmp_path: Path) -> None:
    """Of two that wrote the ring at once, one would lose the key that data keys are wrapped with already."""
    settings = load(data=tmp_path)
    with serving(settings):
        handle = os.open(settings.keys_folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        said = run(tmp_path, "keys", "rotate", "--data", str(tmp_path))
        os.close(handle)
        assert said.returncode == 1 and "Somebody else is changing the keys" in said.stderr
        assert KeyRing.load(settings.ring_file).current == "1"


def test_a_ring_that_is_half_copied_stops_nobody(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    with serving(settings) as store:
        whole = settings.ring_file.read_text()
        settings.ring_file.write_text(whole[:100])
        join(store, "Ada")
        assert names(store) == {"Ada"}
        settings.ring_file.write_text(whole)
        KeyRing.load(settings.ring_file).rotated(settings.ring_file)
        assert store.vault.ring.current == "2"
        settings.ring_file.write_text("[]")
        with pytest.raises(KeyRingWrong):
            KeyRing.load(settings.ring_file)


def test_a_backup_from_before_is_not_restored_with_a_ring_that_dropped_its_key(tmp_path: Path) -> None:
    settings = load(data=tmp_path / "data")
    with serving(settings) as store:
        join(store, "Ada")
        Person(store.writer).say(event="open")
        into, safe = tmp_path / "backups", tmp_path / "safe"
        files = (settings.database_url, settings.key_store_url, settings.ring_file, settings.media_folder)
        made = backup.make(*files, into, safe, NOW)
        rotate(settings)
        later(settings, alert_links.LIFE)
        drop(settings)
    fresh = load(data=tmp_path / "fresh", keys=settings.keys_folder)
    files = (fresh.database_url, fresh.key_store_url, fresh.ring_file, fresh.media_folder)
    with pytest.raises(restoring.CannotRestore, match="key 1, which was dropped from"):
        restoring.restore(made.folder, None, *files)
    fresh = load(data=tmp_path / "fresh", keys=tmp_path / "older-keys")
    files = (fresh.database_url, fresh.key_store_url, fresh.ring_file, fresh.media_folder)
    restoring.restore(made.folder, made.keys, *files)
    with serving(fresh) as store:
        assert names(store) == {"Ada"}


# The ways of the console ---------------------------------------------------------------------------


INSIDE = (
    "json://127.0.0.1:8080/x", "jsons://localhost/x", "json://[::1]/x", "json://10.1.2.3/x", "json://192.168.0.4",
    "json://169.254.169.254/latest/meta-data", "json://0.0.0.0", "json://[::ffff:127.0.0.1]/x", "json://2130706433/",
    "mailtos://u:p@example.org?smtp=127.0.0.1", "json://0x7f.1/", "json://[fd00::1]/", "json://127.0.0.1.:80/",
    "json://[2002:7f00:1::]/", "trigv://token@example.org/?url=http://127.0.0.1:8080", "mailto://u:p@[127.0.0.1]",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_way_of_the_console_does_not_lead_inside(address: str) -> None:
    assert alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


@pytest.mark.parametrize("name", ["template", "Template", "a=1;template", "a=1#&template", "%74emplate", "keyfile"])
@pytest.mark.parametrize("there", ["/etc/hostname", "http://169.254.169.254/latest"])
def test_a_way_of_the_console_reads_no_file_of_ours(name: str, there: str) -> None:
    """Otherwise whoever sets up a way has files of the machine, or answers from inside, sent wherever they like."""
    address = f"workflows://example.org:443/workflow/signature/?{name}={there}"
    assert alarm.known(address)
    assert alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


def test_what_the_deployment_allows_is_allowed() -> None:
    assert not alarm.leads_inside("json://10.1.2.3/x", ("10.1.0.0/16",))
    assert not alarm.leads_inside("json://localhost/x", ("localhost",))
    assert alarm.leads_inside("json://10.2.2.3/x", ("10.1.0.0/16", "smtp.internal"))
    assert not alarm.leads_inside("json://8.8.8.8/x", ())
    assert alarm.send([alarm.Letter("json://127.0.0.1:1/x", "t", "b", trusted=True)], allowed=()) != [alarm.INSIDE]
    with receiving() as receiver:
        address = f"json://localhost:{receiver.port}/ok"
        assert alarm.send_one(address, "t", "b", allowed=("LOCALHOST",)) == ""
        assert alarm.send_one(receiver.address("ok"), "t", "b", allowed=("127.0.0.0/8",)) == ""
        assert len(receiver.got) == 2


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Something inside. That nobody called it is seen at its end."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made
        with pytest.raises(BlockingIOError):
            made.accept()


@pytest.mark.parametrize("kind", ["json://", "ircs://u:p@", "ntfy://u:p@", "mailtos://u:p@a.example?smtp="])
def test_a_name_that_leads_inside_a_moment_after_it_was_looked_up_is_not_called(
    kind: str, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(host: str, port: int | None, *args: Any, **more: Any) -> list[Any]:
        """Looked up without a port, as ``leads_inside`` does, it is somebody's on the internet."""
        number = "8.8.8.8" if port is None else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, listening.getsockname()[1]))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    address = f"{kind}two-faced.example{'' if '=' in kind else '/channel'}"
    assert not alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


def test_only_the_thread_that_asks_is_kept_outside_and_only_while_it_does(listening: socket.socket) -> None:
    there = ("127.0.0.1", listening.getsockname()[1])

    def call() -> bool:
        with socket.create_connection(there, timeout=2), listening.accept()[0] as taken:
            return taken.fileno() > 0

    with inside.outside_only() as watch, ThreadPoolExecutor(1) as other:
        with pytest.raises(inside.Inside):
            call()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, pytest.raises(inside.Inside):
            line.sendto(b"x", there)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, pytest.raises(inside.Inside):
            line.connect(("localhost", 9))
        assert watch.refused and other.submit(call).result(5)
    assert call()
