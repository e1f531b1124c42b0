"""A reply of staff as one deed: the message, what it does to the record, and what became of it afterwards."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlmodel
from sqlalchemy import Connection, select, update

from casework.contact import Verdict
from casework.record import CaseEvent
from flows.message import Message
from storage import models, sending
from storage.desk import CASE, TASK
from storage.models import table
from storage.procedures import Procedures
from storage.sending import Sent
from storage.vault import Vault
from storage.working import Deed, Stale, ask_interpreter, do, moved_on

_OUTBOX = table(models.Outbox)


def message(text: str, language: str) -> Message:
    """A reply as it is sent: one paragraph for each that an empty line parts."""
    paragraphs = (part.strip() for part in re.split(r"\n[ \t]*\n", text))
    return Message(tuple(part for part in paragraphs if part) or ("…",), language)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message. ``state`` as in ``models.Outbox``; ``at`` is when it was sent.

    until  the time before which it does not leave, while it waits
    error  a code of the provider, never words
    """

    state: str
    at: datetime | None
    until: datetime | None
    error: str = ""


def delivered(db: Connection, case: int, outbox: Collection[int]) -> dict[int, Delivered]:
    """What became of messages that were sent about a record, by their outbox ids; those that are gone are left out."""
    talk = select(CASE.c.talk).where(CASE.c.id == case).scalar_subquery()
    query = select(_OUTBOX.c.id, _OUTBOX.c.state, _OUTBOX.c.sent_at, _OUTBOX.c.next_at, _OUTBOX.c.error)
    rows = db.execute(query.where(_OUTBOX.c.id.in_(list(outbox)), _OUTBOX.c.talk == talk)) if outbox else ()
    return {
        row.id: Delivered(row.state, row.sent_at, row.next_at if row.state in ("due", "claimed") else None, row.error)
        for row in rows
    }


def finish(db: Connection, case: int, why: str, at: datetime) -> None:
    """The open tasks of a record for one reason are done, since the person was told."""
    row = db.execute(select(CASE.c.talk, CASE.c.number).where(CASE.c.id == case)).one()
    mine = (TASK.c.talk == row.talk, TASK.c.number == row.number, TASK.c.why == why, TASK.c.done_at.is_(None))
    db.execute(update(TASK).where(*mine).values(done_at=at))


# Sending ----------------------------------------------------------------------------------------


class NotAllowed(Exception):
    """The gate of safe contact does not let it go: nothing was sent or recorded."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Reply:
    """What a member of staff writes.

    what         what it is (``console.replying.PURPOSES``); ``template`` the wording it began with, "" for none
    event        what the record says besides, None for nothing
    interpreter  somebody is to be asked who speaks the person's language
    told         reasons of tasks that are done by it
    """

    text: str
    language: str
    what: str
    by: str
    template: str = ""
    event: CaseEvent | None = None
    interpreter: bool = False
    told: tuple[str, ...] = ()


def send(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case: int, expected: int, reply: Reply, now: datetime
) -> Sent:
    """The message, what the record says of it and the event that goes with it: all or nothing. For ``Writer.write``.

    ``expected``: how many events the record had when the form was drawn. Raises NotAllowed when the gate keeps it,
    ``working.Stale`` when somebody was quicker, ``casefile.Refused`` in words, LookupError without such a record.
    """
    connection = db.connection()
    events = _events(connection, case)
    if moved_on(connection, case, expected):
        raise Stale(events)
    sent = sending.send(db, vault, case, "reply", message(reply.text, reply.language), now)
    if not sent.seq:
        # The task for a person that ``sending`` made goes with the rest: whoever writes is that person.
        raise NotAllowed(sent.verdict)
    # What only a person with the number may read is kept by an event of its own.
    kept = 1 if sent.verdict.neutral else 0
    data = {"what": reply.what, "text": reply.text, "language": reply.language, "template": reply.template}
    written = CaseEvent("replied", now, reply.by, data=data | {"seq": sent.seq, "outbox": sent.outbox})
    deeds = [Deed(written)]
    if reply.event:
        deeds.append(Deed(reply.event, told=True))
    do(db, vault, procedures, case, events + kept, deeds)
    if reply.interpreter:
        ask_interpreter(connection, case, now)
    for why in reply.told:
        finish(connection, case, why, now)
    return sent


def _events(db: Connection, case: int) -> int:
    found = db.execute(select(CASE.c.events).where(CASE.c.id == case)).scalar()
    if found is None:
        raise LookupError("there is no such record")
    return int(found)
