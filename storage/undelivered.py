"""What could not be delivered, and what the provider reports afterwards: staff are told by a task.

Where a person is in danger and cannot be reached by message any more, the task is to telephone at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, func, insert, select, update

from storage import models
from storage.ids import new_id
from storage.models import table

_OUTBOX = table(models.Outbox)
_ALERT = table(models.Alert)
_CASE = table(models.Case)
_TASK = table(models.Task)
_OPEN = ("due", "claimed")

#: Why a task was made (``models.Task.why``): telephone now, somebody in danger cannot be reached; a message did not
#: arrive; they asked for no more messages.
TELEPHONE, UNDELIVERED, STOPPED = "telephone", "undelivered", "stopped"


def give_up(db: sqlmodel.Session, number: int, error: str, at: datetime, *, stopped: bool = False) -> None:
    """Message ``number`` cannot be delivered: its text is erased, staff have a task. For ``Writer.write``.

    stopped  they asked for no more messages: what else waits for them is given up too, and where nothing is on
             record yet nobody has anything to do
    """
    connection = db.connection()
    row = _row(connection, number)
    if row is None:
        return
    gone = _OUTBOX.c.id == number
    if stopped:
        gone |= (_OUTBOX.c.talk == row["talk"]) & _OUTBOX.c.state.in_(_OPEN)
    connection.execute(update(_OUTBOX).where(gone).values(state="failed", error=error, body=None))
    _tell(connection, row, at, STOPPED if stopped else UNDELIVERED)


def reported(
    db: sqlmodel.Session, organisation: str, endpoint: str, number: int, state: str, error: str, at: datetime
) -> bool:
    """The provider reports what became of message ``number``: "delivered" or "undelivered". For ``Writer.write``.

    Reports come late, twice and in any order: what did not arrive stays so, and "delivered" is never taken back by
    anything else. False when this endpoint has no such message. A message reported before it was marked as sent
    is one that was sent.
    """
    connection = db.connection()
    row = _row(connection, number)
    if row is None or (row["organisation"], row["endpoint"]) != (organisation, endpoint):
        return False
    if row["state"] in ("delivered", "undelivered", "failed"):
        return True
    connection.execute(update(_OUTBOX).where(_OUTBOX.c.id == number).values(state=state, error=error, body=None))
    if state == "undelivered":
        _tell(connection, row, at, UNDELIVERED)
    return True


def waiting(connection: Connection, channel: str) -> list[tuple[str, str, int]]:
    """(organisation, endpoint, how many) of the messages of a channel that wait to be sent."""
    query = (
        select(_OUTBOX.c.organisation, _OUTBOX.c.endpoint, func.count())
        .where(_OUTBOX.c.channel == channel, _OUTBOX.c.state.in_(_OPEN))
        .group_by(_OUTBOX.c.organisation, _OUTBOX.c.endpoint)
    )
    return [(str(a), str(b), int(n)) for a, b, n in connection.execute(query).tuples()]


def _row(connection: Connection, number: int) -> Any:
    query = select(_OUTBOX.c.organisation, _OUTBOX.c.endpoint, _OUTBOX.c.talk, _OUTBOX.c.state)
    return connection.execute(query.where(_OUTBOX.c.id == number)).mappings().first()


def _tell(connection: Connection, row: Any, at: datetime, why: str) -> None:
    """A task for staff, once for as long as it is open."""
    talk = row["talk"]
    if connection.execute(select(_ALERT.c.id).where(_ALERT.c.talk == talk).limit(1)).first() is not None:
        why = TELEPHONE
    record = connection.execute(select(func.max(_CASE.c.number)).where(_CASE.c.talk == talk)).scalar() or 0
    if why == STOPPED and not record:
        return
    same = (_TASK.c.talk == talk) & (_TASK.c.why == why) & _TASK.c.done_at.is_(None)
    if connection.execute(select(_TASK.c.id).where(same).limit(1)).first() is not None:
        return
    connection.execute(
        insert(_TASK),
        {
            "id": new_id(),
            "organisation": row["organisation"],
            "talk": talk,
            "number": record,
            "why": why,
            "words": None,
            "at": at,
            "done_at": None,
        },
    )
