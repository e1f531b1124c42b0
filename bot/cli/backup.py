"""``hearback backup`` and ``hearback restore``, and what ``hearback check`` says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.cli import Trouble
from bot.config import Settings
from bot.world import london_now
from storage import backup, backup_keys, replica, restoring
from storage.database import Database, Newer, NotSaved
from storage.secrets import KeyRingWrong, Tampered

#: Days that a backup of the keys is kept: for so long what was erased could still be read by whoever has one.
KEEP_KEYS = 30
#: Days after which ``hearback check`` asks for a backup.
OLD = 2
MB = 1024 * 1024


def make(settings: Settings, folder: Path, keys: Path, keep: int = KEEP_KEYS) -> None:
    """Back everything up, then destroy the backups of keys beside it that are older than so many days.

    Raises Trouble in words.
    """
    now = london_now()
    try:
        made = backup.make(
            settings.database_url, settings.key_store_url, settings.ring_file, settings.media_folder, folder, keys, now
        )
    except backup.CannotBackUp as error:
        raise Trouble(_sentence(error)) from None
    except (Tampered, KeyRingWrong) as error:
        raise Trouble(f"The keys of this deployment do not open its database: {error}.") from None
    except (SQLAlchemyError, NotSaved, Newer, OSError) as error:
        raise Trouble(f"There is no backup: {_why(error)}") from None
    typer.echo(f"Database and {made.files:,} files ({made.size / MB:,.1f} MB, {made.rows:,} rows): {made.folder}")
    typer.echo(f"Keys: {made.keys}")
    typer.echo(f"Verified: every hash, the database's own check, and {made.opened} sealed words opened with the keys.")
    if made.lacking:
        typer.echo(f"{made.lacking} files were not there: erased while it ran, or lost before.")
    typer.echo(
        "\nKeep the two apart: whoever has both can read everything. Keep the rest as long as you like, but the keys\n"
        f"{KEEP_KEYS} days at most: without its key, what was erased stays erased in every copy."
    )
    _destroy(keys, now, keep)


def _destroy(keys: Path, now: dt.datetime, keep: int) -> None:
    """The end of keys that were kept long enough. Raises Trouble."""
    path = keys
    try:
        for path in backup_keys.older(keys, now, keep):
            backup_keys.destroy(path)
            typer.echo(f"Destroyed, older than {keep} days: the keys in {path}")
    except OSError as error:
        raise Trouble(
            f"The backup is made, but old keys could not be destroyed: {error.strerror} ({error.filename or path}). "
            "Destroy them yourself: for as long as they are there, what was erased can be read."
        ) from None


def restore(settings: Settings, folder: Path, keys: Path | None) -> None:
    """Restore into an empty deployment. Raises Trouble in words."""
    try:
        found = restoring.restore(
            folder, keys, settings.database_url, settings.key_store_url, settings.ring_file, settings.media_folder
        )
    except restoring.CannotRestore as error:
        raise Trouble(f"Nothing was restored: {error}.") from None
    except (SQLAlchemyError, NotSaved, Newer, OSError) as error:
        raise Trouble(f"Nothing was restored: {_why(error)}") from None
    typer.echo(f"Restored: {found.rows:,} rows and {found.files:,} files, compared with what was backed up.")
    typer.echo("The keys that are here were used." if found.own_keys else f"Keys: {found.keys:,}.")
    typer.echo(f"{found.opened} sealed words were opened with them.")
    if found.ended:
        typer.echo(f"{found.ended:,} keys are known to have ended: what they sealed was erased, and stays so.")
    if found.shared:
        typer.echo(
            "Another record of the same telephone or account was erased after this backup; what was said before in "
            f"these cannot be read: {', '.join(found.shared)}. A newer backup has it."
        )
    typer.echo("Start it with: hearback serve")


def findings(settings: Settings, today: dt.date) -> Iterator[tuple[str, str]]:
    """("ok", "note" or "wrong", a sentence) about damage and backups; nothing where there is no database yet."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:  # said where the database is looked at
        return
    file = Path(url.database or "")
    if url.get_backend_name() == "sqlite":
        if not file.exists():
            return
        if found := backup.damage(file):
            yield (
                "wrong",
                f"The database is damaged ({found}): stop Hearback, keep the files as they are, and restore the last "
                "backup in a new folder (hearback restore; docs/backup.md).",
            )
            return
    try:
        database = Database(settings.database_url)
        try:
            with database.reading() as db:
                last, keys = backup.last(db), backup.keys_lie(db)
        finally:
            database.close()
    except (SQLAlchemyError, NotSaved, ValueError):
        return  # said where the database is looked at
    yield from _replica(settings)
    if last is None:
        yield "note", "There is no backup yet: hearback backup FOLDER --keys ANOTHER (docs/backup.md)."
        return
    days = (today - last.date()).days
    said = f"Last backup: {last:%d %B %Y, %H:%M} UTC"
    yield ("ok", f"{said}.") if days <= OLD else ("note", f"{said}, {days} days ago. Make one every night.")
    if keys is not None:
        yield from _kept_too_long(keys, today)


def _kept_too_long(keys: Path, today: dt.date) -> Iterator[tuple[str, str]]:
    try:
        old = backup_keys.older(keys, dt.datetime.combine(today, dt.time(), dt.UTC), KEEP_KEYS)
    except OSError:
        return  # on a disk that is not here now, or not ours to read
    if old:
        yield (
            "note",
            f"Backed up keys are older than {KEEP_KEYS} days; what was erased since can be read with them. The next "
            f"hearback backup destroys them, or do it now: {', '.join(map(str, old))}.",
        )


def _replica(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.replica:
        return
    try:
        database = Database(settings.database_url, settings.replica)
        assert database.replica is not None
        state = database.replica.look()
        late = f" by {database.replica.late / MB:,.1f} MB" if state == replica.LATE else ""
        database.close()
    except (SQLAlchemyError, ValueError) as error:
        yield "wrong", f"HEARBACK_REPLICA cannot be used ({type(error).__name__}). Is its address right?"
        return
    how = {replica.FINE: "ok", replica.NONE: "wrong"}.get(state, "note")
    instead = "" if state == replica.FINE else "; reports are read from the main database meanwhile"
    yield how, f"The replica {state}{late}{instead}."


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror} ({error.filename}). Is the disk full, may this program write there?"
    if isinstance(error, Newer):
        return f"{error}."
    return f"the database does not answer ({type(error).__name__}). Is it running, is the address right?"


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
