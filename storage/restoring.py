"""Restores a backup into an empty deployment, verified before and after. What was erased since stays erased.

Three things keep it so: a store of keys that is still there is never added to; a key whose end any backup in the same
folders knows of is not restored; and the rows it had sealed are erased again.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, make_url, select, update
from sqlalchemy.dialects import sqlite as lite

from storage import backup, models, models_scale, tables, words
from storage.backup import DATABASE, ENDED, FORMAT, KEYS, MANIFEST, RING
from storage.copying import fill, pieces, tally
from storage.database import migrate
from storage.erasing import doom_media, erase_talk
from storage.models import table
from storage.moving import postgres
from storage.secrets import KeyRing, KeyRingMissing, KeyRingWrong, Tampered, sync_folder
from storage.vault import DATA_KEY

_TALK = table(models.Talk)
_CASE = table(models.Case)
_MEDIA = table(models.Media)
_ENDED = table(models_scale.EndedKey)


class CannotRestore(Exception):
    """Nothing was restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    ended    keys that were left out, or are gone here, because what they sealed was erased
    opened   sealed words that were opened, as a proof
    own_keys the keys that were here already were used
    shared   references of records whose words cannot be read, since another record of the same talk was erased
    """

    rows: int
    files: int
    keys: int
    ended: int
    opened: int
    own_keys: bool
    shared: tuple[str, ...]


def restore(folder: Path, keys: Path | None, database: str, key_store: str, ring: Path, media: Path) -> Restored:
    """Restore the backup in ``folder``. Raises CannotRestore, OSError."""
    manifest = _verified(folder)
    if found := backup.damage(folder / DATABASE):
        raise CannotRestore(f"the database in this backup is damaged ({found}); take another backup")
    if backup.count(folder / DATABASE) != manifest["rows"]:
        raise CannotRestore("the database in this backup lacks rows that it had; take another backup")
    _empty(database)
    own = _own_keys(ring, key_store, manifest["key_ring"])
    if not own and keys is None:
        raise CannotRestore(
            "there are no keys here: say where those are that were backed up with it (--keys FOLDER). Without them "
            "nobody can read it"
        )
    ended = _ended(folder, keys)
    restored = 0
    if not own:
        assert keys is not None
        if _verified(keys)["key_ring"] != manifest["key_ring"]:
            raise CannotRestore("these keys belong to another deployment")
        restored = _restore_keys(keys, key_store, ring, ended)
    files = _restore_media(folder, media, manifest)
    draft = media / f".{folder.name}.part"
    try:
        backup.copied(folder / DATABASE, draft)
        migrate(f"sqlite:///{draft}")
        rows, shared = _erase_again(draft, ended, media)
        opened = _proved(draft, key_store, ring)
        _put(draft, database)
    finally:
        for left in (draft, *media.glob(f"{draft.name}-*")):
            left.unlink(missing_ok=True)
    return Restored(rows, files, restored, len(ended), opened, own, shared)


def _verified(folder: Path) -> dict[str, Any]:
    """The manifest, once every file is what it says. Raises CannotRestore."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        hashes = dict(manifest["hashes"])
    except FileNotFoundError:
        raise CannotRestore(f"{folder} is no backup: it has no {MANIFEST}") from None
    except (ValueError, KeyError, TypeError):
        raise CannotRestore(f"{folder / MANIFEST} is damaged; take another backup") from None
    if manifest.get("format") != FORMAT:
        raise CannotRestore(f"{folder} was made by a later release; restore it with that one")
    for name, known in hashes.items():
        path = folder / name
        if not path.is_file() or backup.hashed(path) != known:
            raise CannotRestore(f"{path} is missing, or not what was backed up; take another backup")
    return manifest


def _empty(url: str) -> None:
    address = make_url(url)
    shown = address.render_as_string(hide_password=True)
    if address.get_backend_name() == "sqlite":
        if Path(address.database or "").exists():
            raise CannotRestore(f"{shown} exists: move it away, or set HEARBACK_DATA to a new folder")
        return
    engine = postgres(url)
    try:
        with engine.connect() as db:
            known = {one.name: one for one in tables.every()}
            found = inspect(db).get_table_names()
            strange = [name for name in found if name not in known and name != "alembic_version"]
            if strange or any(db.execute(select(known[n]).limit(1)).first() for n in found if n in known):
                raise CannotRestore(f"{shown} is not empty: name a new database")
    finally:
        engine.dispose()


def _own_keys(ring: Path, key_store: str, fingerprint: str) -> bool:
    """Whether the keys are here already. Raises CannotRestore where they are another deployment's."""
    try:
        known = KeyRing.load(ring)
    except KeyRingMissing:
        if _keys_here(key_store):
            raise CannotRestore(
                f"there are keys here, but not the key ring {ring} that opens them: put it back from the backup of the "
                f"keys ({RING}), or move the keys away, then run this again"
            ) from None
        return False
    except KeyRingWrong as error:
        raise CannotRestore(str(error)) from None
    if known.fingerprint() != fingerprint:
        raise CannotRestore(
            f"the key ring {ring} belongs to another deployment, perhaps to one that was started here by mistake: move "
            "it away together with its key store, or set HEARBACK_KEYS to a new folder"
        )
    return _keys_here(key_store)


def _keys_here(url: str) -> bool:
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return False
    engine = postgres(url) if address.get_backend_name() == "postgresql" else create_engine(address)
    try:
        with engine.connect() as db:
            there = inspect(db).has_table(DATA_KEY.name)
            return there and db.execute(select(DATA_KEY.c.id).limit(1)).first() is not None
    finally:
        engine.dispose()


def _ended(folder: Path, keys: Path | None) -> set[int]:
    """Every key whose end is known to this backup or to another one beside it."""
    lists = list(folder.absolute().parent.glob(f"*/{ENDED}"))
    if keys is not None:
        lists += keys.absolute().parent.glob(f"*/{ENDED}")
    return {int(line) for file in lists for line in file.read_text().split()}


def _restore_keys(keys: Path, key_store: str, ring: Path, ended: set[int]) -> int:
    """Ring and keys, all of them or none; how many. Those that have ended stay out."""
    source = create_engine(f"sqlite:///{keys / KEYS}")
    address = make_url(key_store)
    ring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft: Path | None = None
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "").absolute()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{file.name}.part")
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        target = create_engine(f"sqlite:///{draft}")
    else:
        target = postgres(key_store)
    count = 0
    try:
        DATA_KEY.metadata.create_all(target)
        with source.connect() as db, target.begin() as into:
            for rows in pieces(db, DATA_KEY):
                alive = [row for row in rows if row.id not in ended]
                if alive:
                    fill(into, DATA_KEY, alive)
                count += len(alive)
    finally:
        source.dispose()
        target.dispose()
    if not ring.exists():
        backup.copied(keys / RING, ring)
        sync_folder(ring.parent)
    if draft is not None:
        _settle(draft, file)
    return count


def _restore_media(folder: Path, media: Path, manifest: dict[str, Any]) -> int:
    media.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = [name for name in manifest["hashes"] if name.startswith("media/")]
    for name in names:
        target = media / name.removeprefix("media/")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if backup.copied(folder / name, target) != manifest["hashes"][name]:
            raise CannotRestore(f"{target} could not be written as it was backed up; is the disk sound?")
    return len(names)


def _erase_again(file: Path, ended: set[int], media: Path) -> tuple[int, tuple[str, ...]]:
    """Erase what was erased after the backup, in the restored copy: (rows left, references of ``Restored.shared``).

    Where a talk has several records nobody can say here which of them was meant, and an open one must not lose its
    clocks, alarms and tasks: they stay, without words.
    """
    engine = create_engine(f"sqlite:///{file}")
    shared: list[str] = []
    try:
        with engine.begin() as db:
            _keep(db, ended)
            known = select(_ENDED.c.id)
            talks = select(_TALK.c.id, _TALK.c.session).where(_TALK.c.key.in_(known), _TALK.c.revoked_at.is_(None))
            for number, session in db.execute(talks).all():
                references = db.execute(select(_CASE.c.reference).where(_CASE.c.talk == number)).scalars().all()
                if len(references) > 1:
                    shared += references
                    continue
                erase_talk(db, number)
                # The person may go on; what they had said is not there, as it was when they erased it.
                same = {"session": session, "revoked_at": None}
                db.execute(update(_TALK).where(_TALK.c.id == number).values(same))
            for case in db.execute(select(_CASE.c.id).where(_CASE.c.key.in_(known))).scalars().all():
                words.forget(db, [case])
            for name in db.execute(select(_MEDIA.c.id).where(_MEDIA.c.key.in_(known))).scalars().all():
                doom_media(db, _MEDIA.c.id == name)
                (media / name[:2] / name).unlink(missing_ok=True)
    finally:
        engine.dispose()
    return sum(backup.count(file).values()), tuple(sorted(shared))


def _keep(db: Connection, ended: set[int]) -> None:
    rows = [{"id": number, "organisation": ""} for number in sorted(ended)]
    if rows:
        db.execute(lite.insert(_ENDED).on_conflict_do_nothing(), rows)


def _proved(file: Path, key_store: str, ring: Path) -> int:
    """Sealed words opened with the keys that are here now. Raises CannotRestore where they do not fit."""
    draft = file.with_name(f"{file.name}-keys")
    backup.copy_keys(key_store, draft)
    try:
        opened, sealed = backup.proof(file, draft, KeyRing.load(ring))
        if sealed and not opened and not _all_ended(file):
            raise CannotRestore("none of the keys here belongs to this database: say where those are that do (--keys)")
        if dropped := _dropped(file, KeyRing.load(ring)):
            raise CannotRestore(
                f"staff names are sealed with key {', '.join(map(str, dropped))}, which was dropped from {ring} since: "
                "restore the keys of the same time with it (--keys), with HEARBACK_KEYS set to a new folder"
            )
        return opened
    except (Tampered, KeyRingWrong) as error:
        raise CannotRestore(f"the keys do not open what people said: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _dropped(file: Path, ring: KeyRing) -> list[int]:
    """Numbers of keys that names of staff are sealed with, and that the ring has no more (0: the look-up key)."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
        heads = [head for (head,) in db.execute("SELECT DISTINCT substr(login, 2, 8) FROM staff")]
    return sorted({int.from_bytes(head, "big") for head in heads} - set(ring.numbers))


def _all_ended(file: Path) -> bool:
    """Whether the keys of the newest talks are all known to have been destroyed."""
    newest = f"SELECT key FROM talk ORDER BY id DESC LIMIT {backup.PROOFS}"
    with closing(sqlite3.connect(file)) as db:
        known = f"SELECT 1 FROM ({newest}) AS newest WHERE key NOT IN (SELECT id FROM {_ENDED.name}) LIMIT 1"
        return db.execute(known).fetchone() is None


def _put(draft: Path, url: str) -> None:
    """The finished database to its place, whole or not at all."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(draft)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
        file = Path(address.database or "").absolute()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = file.with_name(f".{file.name}.part")
        shutil.copyfile(draft, beside)
        beside.chmod(0o600)
        _settle(beside, file)
        return
    migrate(url)
    source, target = create_engine(f"sqlite:///{draft}"), postgres(url)
    try:
        with source.connect() as here, target.begin() as into:
            for one in tables.every():
                for rows in pieces(here, one):
                    fill(into, one, rows)
                if tally(here, one) != tally(into, one):
                    raise CannotRestore(f"the table {one.name} could not be written as it was; try again")
    finally:
        source.dispose()
        target.dispose()


def _settle(draft: Path, file: Path) -> None:
    with draft.open("rb") as content:
        os.fsync(content.fileno())
    draft.rename(file)
    sync_folder(file.parent)
