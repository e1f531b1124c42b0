"""Statements that are compiled once and handed to the driver with plain values.

A batch of turns writes a dozen tables. What SQLAlchemy does for each row beyond the driver (looking every parameter up
by name in several tables) costs more there than the database; the statement, its types and its errors stay its own.
PostgreSQL is given all the rows as one array for each column, in the form it keeps values in itself, so that a table
costs one statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Insert,
    LargeBinary,
    Select,
    Update,
    any_,
    bindparam,
)
from sqlalchemy.types import TypeEngine

Rows = Sequence[Mapping[str, Any]]
#: Rows by name -> what the driver takes.
Bound = Callable[[Rows], Any]

_PLACE = re.compile(r"%\((\w+)\)s")


class Prepared:
    """An INSERT, UPDATE or DELETE with bound parameters, for many rows at once.

    No two rows of an UPDATE are about the same row of the table: PostgreSQL would take either. ``keeping`` is for an
    INSERT that leaves a row which is there already as it is.
    """

    def __init__(self, statement: Insert | Update | Delete, *, keeping: bool = False) -> None:
        self._statement = statement
        self._ending = " ON CONFLICT DO NOTHING" if keeping else ""
        self._ready: dict[tuple[str, ...], tuple[str, Bound] | None] = {}

    def run(self, db: Connection, rows: Rows) -> CursorResult[Any]:
        """Run it for every row; all have the same names. Errors are SQLAlchemy's."""
        known = (db.dialect.name, *rows[0])
        if known not in self._ready:
            self._ready[known] = _prepared(self._statement, self._ending, db.dialect, list(rows[0]))
        ready = self._ready[known]
        if ready is None:
            return db.execute(self._statement, list(rows))
        return db.exec_driver_sql(ready[0], ready[1](rows))


class Among:
    """A SELECT of rows with one of many values in a column, made once.

    PostgreSQL is given the values as an array, so that it is the same statement however many they are.
    """

    def __init__(self, column: ColumnElement[Any], made: Callable[[ColumnElement[bool]], Select[Any]]) -> None:
        these: Any = bindparam("these", type_=ARRAY(column.type))
        self._array = made(column == any_(these))
        self._list = made(column.in_(bindparam("these", expanding=True)))

    def run(self, db: Connection, these: Sequence[Any]) -> CursorResult[*tuple[Any, ...]]:
        """The rows with one of these values."""
        query = self._array if db.dialect.name == "postgresql" else self._list
        return db.execute(query, {"these": list(these)})


def _prepared(
    statement: Insert | Update | Delete, ending: str, dialect: Dialect, names: list[str]
) -> tuple[str, Bound] | None:
    """The text and the binding; None where SQLAlchemy has to fill a column itself."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=names if isinstance(statement, Insert) else None)
    types = {name: bind.type for name, bind in compiled.binds.items()}
    filled = compiled.prefetch or (isinstance(statement, Insert) and compiled.postfetch)
    if filled or types.keys() != set(names):
        if ending:
            raise ValueError("an INSERT that keeps what is there needs every column in its rows")
        return None
    places = compiled.positiontup if compiled.positional else names
    takes = [(name, _taking(types[name], dialect)) for name in places]

    def tuples(rows: Rows) -> list[tuple[Any, ...]]:
        return [
            tuple([row[name] if process is None else process(row[name]) for name, process in takes]) for row in rows
        ]

    def arrays(rows: Rows) -> dict[str, list[Any]]:
        return {name: [row[name] if process is None else process(row[name]) for row in rows] for name, process in takes}

    if compiled.positional:
        return str(compiled) + ending, tuples
    given = ", ".join(f"%({name})b::{types[name].compile(dialect)}[]" for name in names)
    quote = dialect.identifier_preparer.quote
    rows_of = f"unnest({given}) AS given ({', '.join(map(quote, names))})"
    if isinstance(statement, Insert):
        into = dialect.identifier_preparer.format_table(statement.table)
        return f"INSERT INTO {into} ({', '.join(map(quote, names))}) SELECT * FROM {rows_of}{ending}", arrays
    start, _, where = _PLACE.sub(lambda found: f"given.{quote(found[1])}", str(compiled)).partition(" WHERE ")
    assert where, "an UPDATE or DELETE of every row needs no rows"
    also = "FROM" if isinstance(statement, Update) else "USING"
    return f"{start} {also} {rows_of} WHERE {where}", arrays


def _taking(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes of a value what the driver takes; bytes both drivers take as they are, and faster than wrapped."""
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)
