"""What belongs to staff, sealed anew with the ring's key of now, row by row, while servers run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, update

from storage import erasing, models_desk, models_integration, models_learning, models_published, models_staff
from storage.database import Database
from storage.models import table
from storage.sealer import Sealer
from storage.secrets import Tampered

#: Rows of one transaction: a server that wants to write meanwhile waits some milliseconds.
ROWS = 100


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that ``Sealer`` seals; ``place`` is what it is bound to, with the row's key at its end."""

    table: Table
    column: str
    place: str

    def bound(self, key: Any) -> str:
        """The place of one row."""
        return f"{self.place}:{key.hex() if isinstance(key, bytes) else key}"


#: Every column that is sealed with a key of the ring itself; a test holds this to what lies in a whole database.
SEALED = (
    Sealed(table(models_staff.Staff), "login", "staff.login"),
    Sealed(table(models_staff.Staff), "name", "staff.name"),
    Sealed(table(models_staff.Staff), "totp", "staff.totp"),
    Sealed(table(models_staff.StaffSession), "state", "staff_session.state"),
    Sealed(table(models_desk.AlertRoute), "address", "alert_route.address"),
    Sealed(table(models_desk.AlertRoute), "about", "alert_route.about"),
    Sealed(table(models_integration.Webhook), "url", "webhook.url"),
    Sealed(table(models_integration.Webhook), "secret", "webhook.secret"),
    Sealed(table(models_learning.Learning), "body", "learning"),
    Sealed(table(models_published.Publication), "ledger", "publication"),
)


@dataclass(frozen=True, slots=True)
class Resealed:
    """What a pass did: values sealed anew, and those that do not open ("staff.name:7"), which stay as they are."""

    done: int
    shut: tuple[str, ...]


def reseal(database: Database, sealer: Sealer) -> Resealed:
    """Seal anew whatever is sealed with an older key. Begun again it goes on: what is done is passed over.

    A row that somebody writes in between stays as they wrote it; whoever still had the old ring then leaves one for
    the next pass. What stood there is overwritten, on SQLite in its log too (``storage.erasing``).

    Raises NotSaved.
    """
    done, shut = 0, []
    for one in SEALED:
        for rows in _pieces(database, one):
            new = []
            for key, sealed in rows:
                try:
                    anew = sealer.reseal(one.bound(key), sealed)
                except Tampered:
                    shut.append(one.bound(key))
                    continue
                if anew != sealed:
                    new.append((key, sealed, anew))
            if new:
                done += _replace(database, one, new)
    return Resealed(done, tuple(shut))


def _pieces(database: Database, one: Sealed) -> Iterator[list[tuple[Any, bytes]]]:
    (key,) = one.table.primary_key.columns
    column = one.table.c[one.column]
    query = select(key, column).where(column.is_not(None)).order_by(key).limit(ROWS)
    last: Any = None
    while True:
        with database.reading() as db:
            rows = [(row[0], row[1]) for row in db.execute(query if last is None else query.where(key > last))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _replace(database: Database, one: Sealed, new: list[tuple[Any, bytes, bytes]]) -> int:
    (key,) = one.table.primary_key.columns
    column = one.table.c[one.column]
    with database.writing() as db:
        erasing.untidy(db)
        return sum(
            db.execute(update(one.table).where(key == row, column == sealed).values({column: anew})).rowcount
            for row, sealed, anew in new
        )
