"""When records were last written: what another system asks for that keeps a copy of them.

``cases.changed_at`` is set by every write of a record's own row (its column does it by itself), by the clock of the
machine that writes. What belongs to a record and leaves its row alone says so with ``touch``, in its transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, update

from storage import models
from storage.models import table

CASE = table(models.Case)
#: Clocks of several machines differ, and a row is written a moment before it can be seen: so much is told twice.
SLACK = timedelta(minutes=5)
_FIRST = datetime.min.replace(tzinfo=UTC) + SLACK


def touch(db: Connection, *which: ColumnElement[bool]) -> None:
    """Something that is seen with these records is written just now. For ``Writer.write``."""
    db.execute(update(CASE).where(*which).values(events=CASE.c.events))


def since(moment: datetime) -> ColumnElement[bool]:
    """The condition on ``cases`` that a record was written at an aware time or later; sooner one too many than few.

    A process of the release before this column leaves it empty: such a record is always one of them.
    """
    return or_(CASE.c.changed_at >= max(moment, _FIRST) - SLACK, CASE.c.changed_at.is_(None))
