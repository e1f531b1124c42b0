"""Who did and who saw what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage import models_staff
from storage.ids import new_id
from storage.models import table

_AUDIT = table(models_staff.Audit)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``what`` is a code ("record", "record.reply", "signed_in"); ``staff`` None for the command line."""

    id: int
    staff: int | None
    what: str
    reference: str
    at: datetime


def note(db: Connection, organisation: str, staff: int | None, what: str, reference: str, at: datetime) -> None:
    """One line more."""
    row = {"id": new_id(), "organisation": organisation, "staff": staff, "what": what, "reference": reference, "at": at}
    db.execute(insert(_AUDIT), row)


def entries(
    db: Connection,
    organisation: str,
    *,
    reference: str = "",
    staff: int | None = None,
    before: int = 0,
    most: int = 100,
) -> list[Entry]:
    """The newest first; ``before`` is the id of the last one of the page before."""
    query = select(_AUDIT.c.id, _AUDIT.c.staff, _AUDIT.c.what, _AUDIT.c.reference, _AUDIT.c.at).where(
        _AUDIT.c.organisation == organisation
    )
    if reference:
        query = query.where(_AUDIT.c.reference == reference)
    if staff is not None:
        query = query.where(_AUDIT.c.staff == staff)
    if before:
        query = query.where(_AUDIT.c.id < before)
    return [Entry(*row) for row in db.execute(query.order_by(_AUDIT.c.id.desc()).limit(most))]
