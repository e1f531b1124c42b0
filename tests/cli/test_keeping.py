"""``hearback backup``, ``restore`` and ``migrate`` in the words they say, with the shipped world."""

from __future__ import annotations

import inspect
import itertools
import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.world import conversation
from bot.cli import Trouble, backup, cases, keeping, migrate
from bot.config import BadSettings, Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from casework.calendar import LONDON
from storage import backup_keys
from storage.backup import RING
from storage.post import Inbound
from tests.storage.conftest import _sql, named, served

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=LONDON)


@pytest.fixture
def lived(house: Path) -> Settings:
    """A deployment with one filed complaint."""
    settings = Settings(data=house / "data", organisations=("sandwell",))
    found = profiles(settings)
    known = worlds(found, watching(settings))
    store = open_store(settings, known, found)
    for number, said in enumerate(conversation(known["sandwell"])):
        inbound = Inbound(
            "sandwell", "sms", "number", "+447700900123", f"m{number}", said.at, said.text, choice=said.choice,
            language=said.language,
        )  # fmt: skip
        reply = store.writer.take(inbound).result(30)
    assert reply.reference
    store.close()
    return settings


def shown(settings: Settings, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The record as the command line shows it."""
    capsys.readouterr()
    cases.listing(settings, "", True)
    record: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[0])
    cases.show(settings, str(record["reference"]), "", True)
    return record | {"whole": json.loads(capsys.readouterr().out)}


def test_backed_up_and_restored(lived: Settings, house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = shown(lived, capsys)
    assert [how for how, _ in backup.findings(lived, TODAY)] == ["note"], "there is no backup yet"
    backup.make(lived, house / "shelf", house / "safe")
    said = capsys.readouterr().out
    assert "Verified: every hash" in said and "30 days at most" in said and "Destroyed" not in said
    assert [how for how, _ in backup.findings(lived, TODAY)] == ["ok"]
    (folder,), (keys,) = (house / "shelf").iterdir(), (house / "safe").iterdir()
    new = lived.model_copy(update={"data": house / "new"})
    with pytest.raises(Trouble, match=r"^Nothing was restored: there are no keys here"):
        backup.restore(new, folder, None)
    backup.restore(new, folder, keys)
    assert "sealed words were opened" in capsys.readouterr().out
    assert shown(new, capsys) == before
    with pytest.raises(Trouble, match=r"^The keys must not lie with the backup"):
        backup.make(lived, house / "shelf", house / "shelf")


def test_old_keys_are_named_and_then_destroyed(
    lived: Settings, house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(backup, "london_now", lambda: NOON + timedelta(seconds=next(seconds)))
    backup.make(lived, house / "shelf", house / "safe")
    (keys,) = (house / "safe").iterdir()
    old, young = keys.with_name("2026-01-01T000000Z"), keys.with_name("2026-10-24T000000Z")
    keys.rename(old)
    held = {file: os.link(file, house / file.name) or file.read_bytes() for file in old.iterdir()}
    (how, _), (noted, sentence) = backup.findings(lived, TODAY)
    assert (how, noted) == ("ok", "note") and str(old) in sentence and "30 days" in sentence
    young.mkdir()
    (young / RING).write_text("not ours to destroy yet")
    letter = house / "safe" / "letters" / RING
    letter.parent.mkdir()
    letter.write_text("nor is this")

    capsys.readouterr()
    backup.make(lived, house / "shelf2", house / "safe", keep=3650)
    assert old.exists() and "Destroyed" not in capsys.readouterr().out, "they are kept for as long as is said"
    with monkeypatch.context() as broken:
        broken.setattr(backup_keys, "sync_folder", failing)
        with pytest.raises(Trouble, match=r"^The backup is made, but old keys could not be destroyed"):
            backup.make(lived, house / "shelf3", house / "safe")
    assert (old / RING).exists(), "what was begun is found again"
    backup.make(lived, house / "shelf4", house / "safe")
    assert f"older than 30 days: the keys in {old}" in capsys.readouterr().out
    assert not old.exists() and (young / RING).exists() and letter.exists()
    for file, before in held.items():
        after = (house / file.name).read_bytes()
        assert len(after) == len(before) and not any(after), "what stood on the disk is overwritten"
    assert [how for how, _ in backup.findings(lived, TODAY)] == ["ok"]
    assert inspect.signature(keeping.backup).parameters["keep_keys"].default == backup.KEEP_KEYS


def failing(folder: Path) -> None:
    raise OSError(5, "Input/output error")


def test_damage_is_said(lived: Settings, house: Path) -> None:
    file = house / "data" / "hearback.db"
    file.write_bytes(b"\x00" * 100_000)
    (how, sentence), *_ = backup.findings(lived, TODAY)
    assert how == "wrong" and "restore the last backup" in sentence
    found = profiles(lived)
    with pytest.raises(BadSettings, match="is damaged"):
        open_store(lived, worlds(found, watching(lived)), found)


@pytest.fixture
def databases() -> Iterator[tuple[str, str]]:
    with served() as url:
        names = ("kept_words", "kept_keys")
        for name in names:
            _sql(url, f"CREATE DATABASE {name}")
        yield named(url, names[0]), named(url, names[1])
        for name in names:
            _sql(url, f"DROP DATABASE {name} WITH (FORCE)")


def test_moved_to_postgresql(lived: Settings, databases: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    before, (words, keys) = shown(lived, capsys), databases
    with pytest.raises(Trouble, match="keys must not lie in the database itself"):
        migrate.move(lived, words, words)
    with pytest.raises(Trouble, match="A database does not answer"):
        migrate.move(lived, "postgresql://nobody:hush@127.0.0.1:1/none", "stay")
    assert shown(lived, capsys) == before, "nothing was marked"
    migrate.move(lived, words, keys)
    said = capsys.readouterr().out
    assert "the same there as here" in said and "HEARBACK_KEY_STORE=postgresql://" in said
    assert shown(lived.model_copy(update={"database": words, "key_store": keys}), capsys) == before
    with pytest.raises(BadSettings, match="was moved to postgresql"):
        shown(lived, capsys)
    migrate.move(lived, words, keys)
    assert "was done before" in capsys.readouterr().out
    migrate.back(lived)
    assert shown(lived, capsys) == before
