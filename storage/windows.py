"""What may only be said once the person has written again: it stays in the outbox until they do.

WhatsApp carries a service's own words for a day after the person's last message and no longer. Later they are asked,
once for everything that waits, to write; a turn of theirs lets all of it go (``released``, in the turn's transaction).
Where they do not write, or could not be asked, staff have a task, and the message still waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, func, select, update

from flows.message import Message
from storage import models, sending, undelivered
from storage.models import table
from storage.vault import Vault
from storage.work import MASK

_OUTBOX, _TALK, _MESSAGE = table(models.Outbox), table(models.Talk), table(models.Message)

#: ``models.Outbox.error`` of what waits: the provider says that the time is over, and they are to be asked; they were
#: asked; staff have the task. The later of two is the greater text.
CLOSED, ASKED, TOLD = "window:1 closed", "window:2 asked", "window:3 told"
HELD, WAITING = (ASKED, TOLD), (CLOSED, ASKED, TOLD)
#: Then staff are told that somebody who was asked has not written.
PATIENCE = timedelta(days=3)
#: Its number was covered in the log, and the outbox has it no more.
COVERED = "window"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a message waits: ``why`` is ASKED or TOLD.

    heard  when its person had last written as that was decided, None where it is not known
    sid    the provider's id of what asked them, "" for nothing
    """

    why: str
    heard: datetime | None
    sid: str = ""


def heard(db: Connection, talk: int) -> tuple[datetime | None, str]:
    """When the person of a talk last wrote, and the furthest that it stands with what waits for them to write."""
    waits = (_OUTBOX.c.talk == talk, _OUTBOX.c.state == "due", _OUTBOX.c.error.in_(HELD))
    asked = select(func.max(_OUTBOX.c.error)).where(*waits).scalar_subquery()
    row = db.execute(select(_TALK.c.last_said_at, asked).where(_TALK.c.id == talk)).first()
    return (row[0], row[1] or "") if row is not None else (None, "")


def hold(db: sqlmodel.Session, number: int, wait: Wait, now: datetime) -> None:
    """Message ``number`` waits. For ``Writer.write``.

    Whoever wrote since that was decided has it at once. Where their words showed a danger nobody waits for them: the
    task is to telephone now.
    """
    connection = db.connection()
    row = _row(connection, number)
    if row is None or row["state"] not in ("due", "claimed"):
        return
    # Locked, so that a turn of theirs is either seen here or sees what is written here.
    last = connection.execute(select(_TALK.c.last_said_at).where(_TALK.c.id == row["talk"]).with_for_update()).scalar()
    if wait.heard is not None and last is not None and last > wait.heard:
        _set(connection, number, state="due", error="", next_at=now, attempts=0)
        return
    why = max(wait.why, row["error"]) if row["error"] in HELD else wait.why
    _set(connection, number, state="due", error=why, next_at=now + PATIENCE, attempts=0)
    if why == TOLD and row["error"] != TOLD:
        undelivered.unreached(connection, row, now)
    elif undelivered.in_danger(connection, row["talk"]):
        undelivered.tell(connection, row["organisation"], row["talk"], undelivered.TELEPHONE, now)


def released(db: Connection, talks: Sequence[int], now: datetime) -> None:
    """The people of these talks have written: what waited for it may leave. Behind the turn's own rows."""
    theirs = (_OUTBOX.c.talk.in_(talks), _OUTBOX.c.state == "due", _OUTBOX.c.error.in_(WAITING))
    db.execute(update(_OUTBOX).where(*theirs).values(error="", next_at=now, attempts=0))


def refused(
    db: sqlmodel.Session, organisation: str, endpoint: str, number: int, provider_id: str, now: datetime
) -> bool:
    """The provider reports that message ``number`` came too late: it is due again, and its person is to be asked.

    False when this endpoint has no such message. For ``Writer.write``. What is marked as sent has no text any more:
    it is taken from the log (``said_again``). A report about an earlier attempt changes nothing.
    """
    connection = db.connection()
    row = _row(connection, number)
    if row is None or (row["organisation"], row["endpoint"]) != (organisation, endpoint):
        return False
    if row["state"] == "sent" and provider_id in row["provider_id"].split():
        _set(connection, number, state="due", error=CLOSED, next_at=now, attempts=0, provider_id="", sent_at=None)
    elif row["state"] in ("due", "claimed") and row["error"] not in WAITING:
        # Its other parts may be under way: the lease is left to end.
        _set(connection, number, state="due", error=CLOSED, attempts=0, provider_id="")
    return True


def not_asked(db: sqlmodel.Session, organisation: str, endpoint: str, number: int, now: datetime) -> bool:
    """The provider reports that the person could not be asked to write: staff have a task, the message waits.

    False when this endpoint has no such message. For ``Writer.write``.
    """
    connection = db.connection()
    row = _row(connection, number)
    if row is None or (row["organisation"], row["endpoint"]) != (organisation, endpoint):
        return False
    if row["state"] in ("due", "claimed") and row["error"] == ASKED:
        _set(connection, number, error=TOLD)
        undelivered.unreached(connection, row, now)
    return True


def said_again(db: Connection, vault: Vault, row: Mapping[str, Any]) -> bytes | None:
    """The sealed body of an outbox row without one, from the log; None where that holds it no more, or covered.

    Raises Erased when it is gone.
    """
    logged = select(_MESSAGE.c.body).where(_MESSAGE.c.talk == row["talk"], _MESSAGE.c.seq == row["seq"])
    body = db.execute(logged).scalar()
    talk = db.execute(select(_TALK).where(_TALK.c.id == row["talk"])).mappings().first()
    if body is None or talk is None or talk["address"] is None:
        return None
    message = Message.from_json(vault.unseal(f"message.body:{row['talk']}:{row['seq']}", body).decode())
    if any(MASK in line for line in (*message.lines, message.more)):
        return None
    return sending.sealed(vault, dict(talk), row["id"], replace(message, secret=()), neutral=False, again=True)


def _row(db: Connection, number: int) -> Any:
    names = "organisation endpoint talk state error provider_id".split()
    return db.execute(select(*(_OUTBOX.c[name] for name in names)).where(_OUTBOX.c.id == number)).mappings().first()


def _set(db: Connection, number: int, **values: Any) -> None:
    db.execute(update(_OUTBOX).where(_OUTBOX.c.id == number).values(**values))
