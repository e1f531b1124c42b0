"""Rows from one database into another, of either engine: in pieces, in the order of their keys, counted and hashed.

The hash of a table is the same on both engines and in any order: the sum of a SHA-256 of each row, its values written
down in one way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, insert, literal, select, tuple_

#: Rows that are carried at once.
PIECE = 2_000
_ROOM = 2**256


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and their hash."""

    rows: int = 0
    hashed: int = 0

    def plus(self, rows: Iterable[Sequence[Any]]) -> Tally:
        """With more rows of the same table."""
        count, total = self.rows, self.hashed
        for row in rows:
            text = "\x1f".join(map(_written, row)).encode("utf-8", "surrogatepass")
            total = (total + int.from_bytes(hashlib.sha256(text).digest(), "big")) % _ROOM
            count += 1
        return Tally(count, total)

    @property
    def hex(self) -> str:
        """The hash as 64 letters."""
        return f"{self.hashed:064x}"


def _written(value: Any) -> str:
    """A value as text that is the same whichever engine gave it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return f"b{int(value)}"
    if isinstance(value, int):
        return f"i{value}"
    if isinstance(value, Decimal):
        return f"n{value.normalize():f}"
    if isinstance(value, (bytes, memoryview)):
        return f"x{bytes(value).hex()}"
    if isinstance(value, datetime):
        return f"t{value.astimezone(UTC).isoformat(timespec='microseconds')}"
    if isinstance(value, date):
        return f"d{value.isoformat()}"
    return f"s{value}"


def pieces(db: Connection, table: Table, after: Sequence[Any] | None = None) -> Iterator[list[Any]]:
    """The rows of a table by its key, some thousands at a time, from behind the key ``after``."""
    key = list(table.primary_key)
    while True:
        query = select(table).order_by(*key).limit(PIECE)
        if after is not None:
            last = (literal(value, column.type) for column, value in zip(key, after, strict=True))
            query = query.where(tuple_(*key) > tuple_(*last))
        rows = list(db.execute(query))
        if not rows:
            return
        yield rows
        after = key_of(table, rows[-1])


def key_of(table: Table, row: Any) -> list[Any]:
    """The values of a row's key."""
    return [row._mapping[column] for column in table.primary_key]


def fill(db: Connection, table: Table, rows: Sequence[Any]) -> None:
    """Write rows as ``pieces`` gave them; on PostgreSQL by COPY."""
    names = [column.name for column in table.c]
    if db.dialect.name != "postgresql":
        db.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    quote = db.dialect.identifier_preparer.quote
    into = f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN"
    raw: Any = db.connection
    with raw.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def tally(db: Connection, table: Table) -> Tally:
    """Count and hash a table as it is now."""
    total = Tally()
    for rows in pieces(db, table):
        total = total.plus(rows)
    return total
