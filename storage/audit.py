"""Who did and who saw what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, or_, select

from storage import desk, models_staff
from storage.ids import new_id
from storage.models import table

_AUDIT = table(models_staff.Audit)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``what`` is a code ("record", "record.reply", "signed_in"); ``staff`` None for the command line.

    reference  of a record; or what else it was about: "staff:<id>", "campaign:<code>", "day:<ISO day>"; "" for nothing
    """

    id: int
    staff: int | None
    what: str
    reference: str
    at: datetime


def note(db: Connection, organisation: str, staff: int | None, what: str, reference: str, at: datetime) -> None:
    """One line more."""
    row = {"id": new_id(), "organisation": organisation, "staff": staff, "what": what, "reference": reference, "at": at}
    db.execute(insert(_AUDIT), row)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines. ``staff`` 0 for the command line; ``since`` and ``until`` aware, the second not included.

    unnamed   leave out the lines about records that name this member of staff
    """

    reference: str = ""
    staff: int | None = None
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unnamed: int = 0


def entries(
    db: Connection,
    organisation: str,
    asked: Asked | None = None,
    *,
    before: int = 0,
    most: int = 100,
) -> list[Entry]:
    """The newest first; ``before`` is the id of the last one of the page before."""
    query = select(_AUDIT.c.id, _AUDIT.c.staff, _AUDIT.c.what, _AUDIT.c.reference, _AUDIT.c.at).where(
        _AUDIT.c.organisation == organisation, *_conditions(db, asked or Asked())
    )
    if before:
        query = query.where(_AUDIT.c.id < before)
    return [Entry(*row) for row in db.execute(query.order_by(_AUDIT.c.id.desc()).limit(most))]


def _conditions(db: Connection, asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.reference:
        yield _AUDIT.c.reference == asked.reference
    if asked.staff is not None:
        yield _AUDIT.c.staff == asked.staff if asked.staff else _AUDIT.c.staff.is_(None)
    if asked.what:
        yield or_(_AUDIT.c.what == asked.what, _AUDIT.c.what.startswith(f"{asked.what}.", autoescape=True))
    if asked.since is not None:
        yield _AUDIT.c.at >= asked.since
    if asked.until is not None:
        yield _AUDIT.c.at < asked.until
    if asked.unnamed:
        yield _AUDIT.c.reference.not_in(select(desk.CASE.c.reference).where(desk.naming(db, asked.unnamed)))
