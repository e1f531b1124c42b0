"""Backs a deployment up while it runs: one folder with the database and the files, another with the keys.

A backup is always one SQLite file, whichever engine it comes from: of PostgreSQL it is filled in one snapshot. The
database comes first, then the files and the keys, which are durable before any row needs them: so nothing in the
backup lacks its file or its key, unless it was erased in the meantime. A folder without ``manifest.json`` is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, create_engine, delete, insert, make_url, select

from storage import models, models_scale, tables
from storage.copying import fill, pieces
from storage.database import Database, behind, migrate
from storage.models import table
from storage.secrets import KeyRing, sync_folder, unseal
from storage.vault import DATA_KEY

FORMAT = 1
DATABASE, KEYS, RING, ENDED, MANIFEST = "database.db", "keys.db", "ring.json", "ended.txt", "manifest.json"
#: How a backup is called: its time in UTC.
NAME = "%Y-%m-%dT%H%M%SZ"
#: The names in ``meta`` under which the time of the last backup is kept, and the folder of its keys.
LAST, KEYS_LIE = "last_backup", "backup_of_keys"
#: Sealed words that are opened to prove that keys and database belong together.
PROOFS = 20
_META = table(models.Meta)
_ENDED = table(models_scale.EndedKey)


class CannotBackUp(Exception):
    """There is no backup; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and verified.

    lacking  files that were not there to be copied: erased in the meantime, or lost
    opened   sealed words that were opened with the keys, as a proof
    """

    folder: Path
    keys: Path
    rows: int
    files: int
    size: int
    lacking: int
    opened: int


def make(database: str, key_store: str, ring: Path, media: Path, into: Path, keys_into: Path, now: datetime) -> Made:
    """Back up into new folders of ``into`` and ``keys_into``, named by the time. Raises CannotBackUp, OSError."""
    apart(into, keys_into)
    name = now.astimezone(UTC).strftime(NAME)
    fingerprint = KeyRing.load(ring).fingerprint()
    with _whole(into, name) as folder, _whole(keys_into, name) as keys:
        _copy_database(database, folder / DATABASE)
        counts = count(folder / DATABASE)
        files, lacking = _copy_media(folder, media)
        ended = _ended(folder / DATABASE)
        for one in (folder, keys):
            _write(one / ENDED, "".join(f"{number}\n" for number in sorted(ended)))
        copy_keys(key_store, keys / KEYS)
        _write(keys / RING, ring.read_text())
        opened, _ = proof(folder / DATABASE, keys / KEYS, KeyRing.load(keys / RING))
        about = {"format": FORMAT, "made": now.astimezone(UTC).isoformat(), "key_ring": fingerprint}
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        hashes = {name: hashed(folder / name) for name in (DATABASE, ENDED)}
        manifest = about | {"hashes": hashes | files, "rows": counts, "lacking": lacking}
        _write(folder / MANIFEST, json.dumps(manifest, indent=1))
        hashes = {name: hashed(keys / name) for name in (KEYS, RING, ENDED)}
        _write(keys / MANIFEST, json.dumps(about | {"hashes": hashes}, indent=1))
    _remember(database, now, keys_into)
    return Made(into / name, keys_into / name, sum(counts.values()), len(files), size, lacking, opened)


def apart(into: Path, keys_into: Path) -> None:
    """Refuse to lay keys beside what they open."""
    one, other = into.resolve(), keys_into.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise CannotBackUp(
            "the keys must not lie with the backup: whoever has both can read what people said. Name another folder, "
            "best on another disk"
        )


def last(db: Connection) -> datetime | None:
    """When the last backup of this database was made."""
    value = db.execute(select(_META.c.value).where(_META.c.name == LAST)).scalar()
    return datetime.fromisoformat(value) if value else None


def keys_lie(db: Connection) -> Path | None:
    """The folder to which keys were last backed up; it may be gone, or another machine's."""
    value = db.execute(select(_META.c.value).where(_META.c.name == KEYS_LIE)).scalar()
    return Path(value) if value else None


def damage(file: Path) -> str:
    """What SQLite says is wrong with a database file, "" for nothing. Reads all of it."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(getattr(error, "sqlite_errorname", type(error).__name__))
    return "" if found == ("ok",) else "its pages do not fit together"


def count(file: Path) -> dict[str, int]:
    """Rows of every table in a backed up database."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def proof(database: Path, keys: Path, ring: KeyRing) -> tuple[int, int]:
    """How many of the newest sealed words open, and how many were tried; those without a key do not, and are no error.

    Raises Tampered or KeyRingWrong where keys and database do not belong together.
    """
    opened = tried = 0
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db,
        closing(sqlite3.connect(f"{keys.absolute().as_uri()}?mode=ro", uri=True)) as store,
    ):
        for talk, key, sealed in db.execute(f"SELECT id, key, session FROM talk ORDER BY id DESC LIMIT {PROOFS}"):
            row = store.execute("SELECT wrapped FROM data_key WHERE id = ?", (key,)).fetchone()
            tried += 1
            if row is not None and sealed:
                unseal(AESGCM(ring.unwrap(key, row[0])), f"talk.session:{talk}", sealed)
                opened += 1
    return opened, tried


def hashed(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def copied(source: Path, target: Path) -> str:
    """Copy a file, durable when this returns; the SHA-256 of what was written."""
    with source.open("rb") as read, open(os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
        shutil.copyfileobj(read, out)
        out.flush()
        os.fsync(out.fileno())
    return hashed(target)


@contextmanager
def _whole(into: Path, name: str) -> Iterator[Path]:
    """A folder that gets its name only when it is complete; what an attempt before left behind goes."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in into.glob(".*.part"):
        shutil.rmtree(left)
    if (into / name).exists():
        raise CannotBackUp(f"there is a backup {name} already")
    draft = into / f".{name}.part"
    draft.mkdir(mode=0o700)
    try:
        yield draft
        sync_folder(draft)
        draft.rename(into / name)
        sync_folder(into)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write(file: Path, text: str) -> None:
    with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _copy_database(url: str, file: Path) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _write(file, "")
        here = Path(address.database or "").absolute().as_uri()
        try:
            with (
                closing(sqlite3.connect(f"{here}?mode=rw", uri=True)) as source,
                closing(sqlite3.connect(file)) as copy,
            ):
                source.backup(copy)  # all at once: one snapshot, while others write
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.DatabaseError as error:
            raise CannotBackUp(_damaged(getattr(error, "sqlite_errorname", type(error).__name__))) from error
        if found := damage(file):
            raise CannotBackUp(_damaged(found))
    else:
        _copy_postgres(url, file)
    with file.open("rb") as content:
        os.fsync(content.fileno())


def _damaged(what: str) -> str:
    return (
        f"the database is damaged ({what}). Keep the files as they are, stop Hearback, and restore the last backup "
        "elsewhere (hearback restore)"
    )


def _copy_postgres(url: str, file: Path) -> None:
    """One snapshot of every table, in a new SQLite file."""
    database = Database(url)
    try:
        if behind(database):
            raise CannotBackUp("the database is of an older release: start this one once, then back it up")
        migrate(f"sqlite:///{file}")
        target = create_engine(f"sqlite:///{file}")
        with database.reading() as db, target.begin() as into:
            db.execution_options(isolation_level="REPEATABLE READ")
            for one in tables.every():
                for rows in pieces(db, one):
                    fill(into, one, rows)
        target.dispose()
        with closing(sqlite3.connect(file)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        database.close()


def copy_keys(url: str, file: Path) -> None:
    """The keys as they are now, row by row: pages would hold what was destroyed."""
    address = make_url(url)
    postgres = address.get_backend_name() == "postgresql"
    source = create_engine(address.set(drivername="postgresql+psycopg") if postgres else address)
    _write(file, "")
    target = create_engine(f"sqlite:///{file}")
    try:
        DATA_KEY.metadata.create_all(target)
        with source.connect() as db, target.begin() as into:
            if postgres:
                db.execution_options(isolation_level="REPEATABLE READ")
            for rows in pieces(db, DATA_KEY):
                fill(into, DATA_KEY, rows)
    finally:
        source.dispose()
        target.dispose()


def _copy_media(folder: Path, media: Path) -> tuple[dict[str, str], int]:
    """(name in the backup -> hash of each sealed file, how many that the copied database names were not there).

    All that lie there, not only those that a message came with: copies for a person's own use are files as well.
    """
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        named = {f"media/{name[:2]}/{name}" for (name,) in db.execute("SELECT id FROM media")}
    found: dict[str, str] = {}
    for source in sorted(path for path in media.glob("??/*") if path.is_file() and path.suffix != ".part"):
        name = f"media/{source.parent.name}/{source.name}"
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            found[name] = copied(source, target)
        except FileNotFoundError:  # erased a moment ago
            target.unlink(missing_ok=True)
    return found, len(named - found.keys())


def _ended(file: Path) -> set[int]:
    with closing(sqlite3.connect(file)) as db:
        return {number for (number,) in db.execute(f"SELECT id FROM {_ENDED.name}")}


def _remember(url: str, now: datetime, keys_into: Path) -> None:
    known = {LAST: now.astimezone(UTC).isoformat(), KEYS_LIE: str(keys_into.absolute())}
    rows: list[dict[str, Any]] = [{"name": name, "organisation": "", "value": value} for name, value in known.items()]
    database = Database(url)
    try:
        with database.writing() as db:
            db.execute(delete(_META).where(_META.c.name.in_(known)))
            db.execute(insert(_META), rows)
    finally:
        database.close()
