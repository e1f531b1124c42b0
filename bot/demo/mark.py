"""The row that says that everything in this database is invented: written before anything is, read at every start.

A demonstration is never made beside anything real, and what is real is never beside one: a database is either.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import SQLModel

from bot.cli import Trouble
from bot.config import Settings
from storage import demonstration, models, models_staff
from storage.database import Database, NotSaved
from storage.demonstration import MARK
from storage.models import table

#: The same seed gives the same people, told from the day it is made.
SEED = 1
_META = table(models.Meta)
_REAL = tuple(table(one) for one in (models.Talk, models.Case, models_staff.Staff))


@dataclass(frozen=True, slots=True)
class Mark:
    """What the row says. ``made``: the day on which it was made, its today; ``finished``: nothing is missing."""

    made: date
    seed: int = SEED
    finished: bool = False

    def text(self) -> str:
        """As it is kept in the database: JSON."""
        return json.dumps({**asdict(self), "made": self.made.isoformat()})

    @classmethod
    def read(cls, text: str) -> Mark:
        """What ``text`` wrote."""
        told = json.loads(text)
        return cls(date.fromisoformat(told["made"]), int(told["seed"]), bool(told["finished"]))


def of(db: Connection) -> Mark | None:
    """The mark of a database, None for one that is no demonstration."""
    text = demonstration.mark(db)
    return Mark.read(text) if text else None


def kept(settings: Settings) -> Mark | None:
    """The mark of the deployment's database, without making one. None where there is no database, or no mark."""
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            return None
        database = Database(settings.database_url)
    except (ArgumentError, SQLAlchemyError, NotSaved, ValueError):
        return None
    try:
        with database.reading() as db:
            return of(db)
    except (SQLAlchemyError, NotSaved):
        return None  # no tables yet, or a database that does not open: whoever opens it says so
    finally:
        database.close()


def empty(db: Connection) -> bool:
    """Whether nobody has said anything here and nobody may sign in: only then may people be invented."""
    return not any(db.execute(select(func.count()).select_from(one)).scalar() for one in _REAL)


def begin(db: Connection, made: datetime) -> Mark:
    """Mark an empty database. For ``Writer.write``. Raises ValueError where something is there already."""
    if not empty(db):
        raise ValueError("there are records or staff here: a demonstration is never mixed with them")
    mark = Mark(made.date())
    db.execute(delete(_META).where(_META.c.name == MARK))
    db.execute(insert(_META), {"name": MARK, "organisation": "", "value": mark.text()})
    return mark


def finish(db: Connection, mark: Mark) -> None:
    """Everything was made. For ``Writer.write``."""
    db.execute(update(_META).where(_META.c.name == MARK).values(value=replace(mark, finished=True).text()))


# Taking it away -----------------------------------------------------------------------------------


def remove(settings: Settings) -> None:
    """Take the whole demonstration away: database, keys, files. Raises Trouble where it is none, or is in use."""
    if kept(settings) is None:
        raise Trouble("There is no demonstration here, so nothing was removed.")
    urls = [make_url(address) for address in (settings.database_url, settings.key_store_url)]
    for url in urls:
        if url.get_backend_name() == "sqlite":
            _alone(Path(url.database or ""))
    for url in urls:
        if url.get_backend_name() == "sqlite":
            for ending in ("", "-wal", "-shm", "-journal"):
                Path(f"{url.database}{ending}").unlink(missing_ok=True)
        else:
            _emptied(url.render_as_string(hide_password=False))
    settings.ring_file.unlink(missing_ok=True)
    for folder in (settings.media_folder, settings.compiled_folder):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (settings.keys_folder, settings.data):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _alone(path: Path) -> None:
    """Raises Trouble while another process has this file open: out of its log mode only somebody alone can take it."""
    if not path.exists():
        return
    database = sqlite3.connect(path, timeout=0.2)
    try:
        database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise Trouble("Hearback is running on this demonstration. Stop it first (Ctrl+C), then remove it.") from None
    finally:
        database.close()


def _emptied(url: str) -> None:
    """Every row of every table of ours that this database has, but not the tables."""
    database = Database(url)
    try:
        with database.writing() as db:
            there = set(inspect(db).get_table_names())
            for one in reversed(SQLModel.metadata.sorted_tables):
                if one.name in there:
                    db.execute(delete(one))
    finally:
        database.close()
