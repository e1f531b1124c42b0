"""Moves a deployment from its SQLite files to PostgreSQL: whole, in pieces, resumed where it broke off, verified.

The source is held alone while it is moved, and marked: neither it nor a target that is half there can be started by
mistake. Each piece is written together with how far it came, so that a move that was killed goes on after it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from storage import tables
from storage.copying import Tally, fill, key_of, pieces, tally
from storage.database import migrate
from storage.vault import DATA_KEY

#: Lies in a database that is moved. In the source one row, whose ``name`` is "" and ``after`` the target; in the target
#: a row a table: the key it came to, how many rows that were, and their hash.
_MOVING = Table(
    "moving",
    MetaData(),
    Column("source", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("after", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("hashed", String, nullable=False),
    Column("done", Boolean, nullable=False),
)


class CannotMove(ValueError):
    """Nothing was moved, or not all of it; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved and verified: (table, rows, hash)."""

    tables: tuple[tuple[str, int, str], ...]


def move(source: str, target: str, say: Callable[[str], None] = lambda line: None) -> Moved | None:
    """Move the database at ``source`` to ``target``; safe to run again after it broke off. Raises CannotMove.

    None when it had been moved there before. ``say`` is told of each table.
    """
    _first_look(source)
    migrate(source)
    return _move(source, target, tables.every(), lambda: migrate(target), say)


def move_keys(source: str, target: str, say: Callable[[str], None] = lambda line: None) -> Moved | None:
    """The same for the store of data keys."""

    def make() -> None:
        engine = postgres(target)
        DATA_KEY.metadata.create_all(engine)
        engine.dispose()

    return _move(source, target, [DATA_KEY], make, say)


def _first_look(source: str) -> None:
    """Refuse what is in use before anything is done to it."""
    with alone(source):
        pass


def back(source: str) -> bool:
    """Give a move up: the source may be started again. Whether it was marked."""
    with alone(source) as db:
        marked = inspect(db).has_table(_MOVING.name)
        if marked:
            _MOVING.drop(db)
            db.commit()
        return marked


def refusal(db: Connection, setting: str = "HEARBACK_DATABASE") -> str:
    """Why this database, or store of keys, must not be started, "" where it may be. ``setting`` names it."""
    if not inspect(db).has_table(_MOVING.name):
        return ""
    mark = db.execute(select(_MOVING).where(_MOVING.c.name == "")).first()
    if mark is None:
        return (
            "a move to this database was not finished; run the same hearback migrate again, with the settings of then"
        )
    if mark.done:
        return (
            f"this database was moved to {mark.after}: set {setting} to that. To go back to this one, which "
            "has nothing that came since, run hearback migrate --back"
        )
    return "it is being moved; run hearback migrate again to finish that, or hearback migrate --back to give it up"


def postgres(url: str) -> Engine:
    """An engine for a target. CannotMove where the address is none of PostgreSQL's."""
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        raise CannotMove("a deployment is moved to PostgreSQL: the address begins with postgresql://")
    return create_engine(address.set(drivername="postgresql+psycopg"), hide_parameters=True)


@contextmanager
def alone(url: str) -> Iterator[Connection]:
    """A SQLite database that nobody else has open, and that nobody can open until the end. CannotMove otherwise."""
    address = make_url(url)
    file = Path(address.database or "").absolute()
    if address.get_backend_name() != "sqlite" or not file.is_file():
        raise CannotMove(f"there is no SQLite database to move: {address.render_as_string(hide_password=True)}")
    uri = address.set(database=f"file:{quote(str(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(uri, hide_parameters=True, connect_args={"timeout": 0.5})

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, record: Any) -> None:
        raw.isolation_level = None
        # In this mode the first use fails while any other connection is open, at rest or not.
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.connect() as db:
            try:
                db.begin()
            except OperationalError as error:
                raise CannotMove(
                    f"{file.name} is in use: stop Hearback, and whatever else has it open, then run this again"
                ) from error
            yield db
    finally:
        engine.dispose()


def _move(
    source: str, target: str, every: Sequence[Table], make: Callable[[], None], say: Callable[[str], None]
) -> Moved | None:
    with alone(source) as here:
        engine = postgres(target)
        shown = make_url(target).render_as_string(hide_password=True)
        try:
            with engine.connect() as there:  # before anything is marked: it is there, and lets us in
                mark, done = _marked(here, shown)
                if done:
                    _open(there, mark)
                    return None
                _prepare(there, mark, shown)
            make()
            with engine.connect() as there:
                for table in every:
                    _carry(here, there, table, mark, say)
                moved = Moved(tuple(_verified(there, table, mark) for table in every))
                # In this order: killed between the two, both are marked, and the same move once more opens the target.
                here.execute(update(_MOVING).where(_MOVING.c.name == "").values(done=True))
                here.commit()
                _open(there, mark)
            return moved
        finally:
            engine.dispose()


def _open(there: Connection, mark: str) -> None:
    """The target may be started from now on: it bears the mark of this move no longer."""
    ours = select(_MOVING.c.source).where(_MOVING.c.source == mark).limit(1)
    if inspect(there).has_table(_MOVING.name) and there.execute(ours).first() is not None:
        _MOVING.drop(there)
    there.commit()


def _marked(here: Connection, shown: str) -> tuple[str, bool]:
    """The number of this move, from the source, which is marked by it; and whether all of it is there already."""
    if inspect(here).has_table(_MOVING.name):
        known = here.execute(select(_MOVING).where(_MOVING.c.name == "")).one()
        if known.done and known.after != shown:
            raise CannotMove(refusal(here))
        if known.after != shown:
            raise CannotMove(
                f"it is being moved to {known.after} already: go on with that, or give it up by hearback migrate --back"
            )
        return str(known.source), known.done
    _MOVING.create(here)
    mark = secrets.token_hex(8)
    here.execute(insert(_MOVING), _row(mark, "", after=shown))
    here.commit()
    here.begin()
    return mark, False


def _prepare(there: Connection, mark: str, shown: str) -> None:
    """Make sure that the target is empty, or this move's own."""
    found = inspect(there).get_table_names()
    if _MOVING.name in found:
        others = there.execute(select(_MOVING.c.source).where(_MOVING.c.source != mark)).first()
        if others is not None:
            raise CannotMove(f"{shown} holds the half of another move; name an empty database")
    elif found:
        raise CannotMove(f"{shown} is not empty: it has {len(found)} tables. Name a new, empty database")
    else:
        _MOVING.create(there)
        # So that a move is known to be this one even before the first piece.
        there.execute(insert(_MOVING), _row(mark, "begun"))
    there.commit()


def _row(mark: str, name: str, *, after: str = "", tally: Tally | None = None, done: bool = False) -> dict[str, Any]:
    tally = tally or Tally()
    return {
        "source": mark, "name": name, "after": after, "rows": tally.rows, "hashed": tally.hex, "done": done,
    }  # fmt: skip


def _carry(here: Connection, there: Connection, table: Table, mark: str, say: Callable[[str], None]) -> None:
    """What is still missing of a table, a transaction a piece."""
    mine = (_MOVING.c.source == mark) & (_MOVING.c.name == table.name)
    known = there.execute(select(_MOVING).where(mine)).first()
    if known is None:
        there.execute(insert(_MOVING), _row(mark, table.name))
        there.commit()
        total, after = Tally(), None
    elif known.done:
        return
    else:
        total, after = Tally(known.rows, int(known.hashed, 16)), _key(known.after) if known.after else None
    for rows in pieces(here, table, after):
        fill(there, table, rows)
        total = total.plus(rows)
        came = _row(mark, table.name, after=_text(key_of(table, rows[-1])), tally=total)
        there.execute(update(_MOVING).where(mine).values(came))
        there.commit()
    there.execute(update(_MOVING).where(mine).values(done=True))
    there.commit()
    say(f"{table.name}: {total.rows:,}")


def _verified(there: Connection, table: Table, mark: str) -> tuple[str, int, str]:
    known = there.execute(select(_MOVING).where(_MOVING.c.source == mark, _MOVING.c.name == table.name)).one()
    found = tally(there, table)
    if (found.rows, found.hex) != (known.rows, known.hashed):
        raise CannotMove(
            f"the table {table.name} is not the same there: {found.rows:,} of {known.rows:,} rows, or changed on the "
            "way. Nothing was taken from here: run hearback migrate --back, and move to a new, empty database"
        )
    return table.name, found.rows, found.hex


def _text(key: Sequence[Any]) -> str:
    """A key as text, to go on after it."""
    return json.dumps(
        [
            ["x", value.hex()] if isinstance(value, bytes)
            else ["d", value.isoformat()] if isinstance(value, date)
            else ["", value]
            for value in key
        ]
    )  # fmt: skip


def _key(text: str) -> list[Any]:
    made: dict[str, Callable[[Any], Any]] = {"x": bytes.fromhex, "d": date.fromisoformat, "": lambda value: value}
    return [made[kind](value) for kind, value in json.loads(text)]
