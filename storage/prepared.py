"""Statements that are compiled once and handed to the driver with plain values.

A batch of turns writes a dozen tables. What SQLAlchemy does for each row beyond the driver (looking every parameter up
by name in several tables) costs more there than the database; the statement, its types and its errors stay its own.
PostgreSQL is given the rows of an INSERT as one array for each column, so that a table costs one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Insert, Update

Rows = Sequence[Mapping[str, Any]]
#: Rows by name -> what the driver takes.
Bound = Callable[[Rows], Any]


class Prepared:
    """An INSERT, UPDATE or DELETE with bound parameters, for many rows at once."""

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self._statement = statement
        self._ready: dict[tuple[str, ...], tuple[str, Bound] | None] = {}

    def run(self, db: Connection, rows: Rows) -> CursorResult[Any]:
        """Run it for every row; all have the same names. Errors are SQLAlchemy's."""
        known = (db.dialect.name, *rows[0])
        if known not in self._ready:
            self._ready[known] = _prepared(self._statement, db.dialect, list(rows[0]))
        ready = self._ready[known]
        if ready is None:
            return db.execute(self._statement, list(rows))
        return db.exec_driver_sql(ready[0], ready[1](rows))


def _prepared(statement: Insert | Update | Delete, dialect: Dialect, names: list[str]) -> tuple[str, Bound] | None:
    """The text and the binding; None where SQLAlchemy has to fill a column itself."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=names if isinstance(statement, Insert) else None)
    types = {name: bind.type for name, bind in compiled.binds.items()}
    if compiled.prefetch or compiled.postfetch or types.keys() != set(names):
        return None
    places = compiled.positiontup if compiled.positional else names
    takes = [(name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in places]

    def tuples(rows: Rows) -> list[tuple[Any, ...]]:
        return [
            tuple([row[name] if process is None else process(row[name]) for name, process in takes]) for row in rows
        ]

    def dicts(rows: Rows) -> list[dict[str, Any]]:
        return [{name: row[name] if process is None else process(row[name]) for name, process in takes} for row in rows]

    def arrays(rows: Rows) -> dict[str, list[Any]]:
        return {name: [row[name] if process is None else process(row[name]) for row in rows] for name, process in takes}

    if compiled.positional:
        return str(compiled), tuples
    if isinstance(statement, Insert) and dialect.name == "postgresql":
        quoted = dialect.identifier_preparer.quote
        columns = ", ".join(quoted(name) for name in names)
        given = ", ".join(f"%({name})s::{types[name].compile(dialect)}[]" for name in names)
        into = dialect.identifier_preparer.format_table(statement.table)
        return f"INSERT INTO {into} ({columns}) SELECT * FROM unnest({given})", arrays
    return str(compiled), dicts
