"""What could not be delivered, and what the provider reports afterwards: staff are told by a task.

Where a person is in danger and cannot be reached by message any more, the task is to telephone at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, func, insert, select, update

from storage import models
from storage.ids import new_id
from storage.models import table
from storage.vault import Vault
from storage.work import packed

_OUTBOX = table(models.Outbox)
_ALERT = table(models.Alert)
_CASE = table(models.Case)
_TASK = table(models.Task)
_OPEN = ("due", "claimed")

#: Why a task was made (``models.Task.why``): telephone now, somebody in danger cannot be reached; a message did not
#: arrive; they asked for no more messages; a file they sent could not be fetched; a message of ourselves that we may
#: not send: ``about`` is "purpose:reason" (``casework.contact``).
TELEPHONE, UNDELIVERED, STOPPED, FILE_LOST = "telephone", "undelivered", "stopped", "file_lost"
BY_HAND = "by_hand"


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
    connection.execute(update(_OUTBOX).where(gone).values(state="failed", error=error, body=None))
    if stopped:
        _stop(connection, row["talk"], error)
    unreached(connection, row, at, stopped=stopped)


def reported(
    db: sqlmodel.Session,
    organisation: str,
    endpoint: str,
    number: int,
    state: str,
    error: str,
    at: datetime,
    *,
    stopped: bool = False,
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
        if stopped:
            _stop(connection, row["talk"], error)
        unreached(connection, row, at, stopped=stopped)
    return True


def waiting(connection: Connection, channel: str) -> list[tuple[str, str, int]]:
    """(organisation, endpoint, how many) of the messages of a channel that wait to be sent."""
    query = (
        select(_OUTBOX.c.organisation, _OUTBOX.c.endpoint, func.count())
        .where(_OUTBOX.c.channel == channel, _OUTBOX.c.state.in_(_OPEN))
        .group_by(_OUTBOX.c.organisation, _OUTBOX.c.endpoint)
    )
    return [(str(a), str(b), int(n)) for a, b, n in connection.execute(query)]


def _row(connection: Connection, number: int) -> Any:
    query = select(_OUTBOX.c.organisation, _OUTBOX.c.endpoint, _OUTBOX.c.talk, _OUTBOX.c.state)
    return connection.execute(query.where(_OUTBOX.c.id == number)).mappings().first()


def _stop(connection: Connection, talk: int, error: str) -> None:
    waiting = (_OUTBOX.c.talk == talk) & _OUTBOX.c.state.in_(_OPEN)
    connection.execute(update(_OUTBOX).where(waiting).values(state="failed", error=error, body=None))


def unreached(connection: Connection, row: Any, at: datetime, *, stopped: bool = False) -> None:
    """The task for the talk of an outbox row that did not reach its person."""
    talk, why = row["talk"], STOPPED if stopped else UNDELIVERED
    if in_danger(connection, talk):
        why = TELEPHONE
    elif stopped and not _record(connection, talk):
        return
    tell(connection, row["organisation"], talk, why, at)


def in_danger(connection: Connection, talk: int) -> bool:
    """Whether words of this talk showed a danger."""
    return connection.execute(select(_ALERT.c.id).where(_ALERT.c.talk == talk).limit(1)).first() is not None


def tell(
    connection: Connection,
    organisation: str,
    talk: int,
    why: str,
    at: datetime,
    *,
    about: str = "",
    number: int | None = None,
    words: tuple[Vault, int, Sequence[str]] | None = None,
) -> None:
    """A task for staff about a talk's newest record, or about its record ``number``; once for as long as it is open.

    words  what was to be said, sealed with a key: the vault, the key's number, the paragraphs. A message that could
           not be sent is never lost behind an earlier one: another one is another task
    """
    if words is None:
        same = (_TASK.c.talk == talk) & (_TASK.c.why == why) & (_TASK.c.about == about) & _TASK.c.done_at.is_(None)
        if connection.execute(select(_TASK.c.id).where(same).limit(1)).first() is not None:
            return
    task = models.Task(
        id=new_id(),
        organisation=organisation,
        talk=talk,
        number=_record(connection, talk) if number is None else number,
        why=why,
        about=about,
        at=at,
    )
    if words is not None:
        vault, key, said = words
        task.words = vault.seal(key, f"task.words:{task.id}", packed(list(said)))
    connection.execute(insert(_TASK), task.model_dump())


def _record(connection: Connection, talk: int) -> int:
    return connection.execute(select(func.max(_CASE.c.number)).where(_CASE.c.talk == talk)).scalar() or 0
