"""A number that was lost: a new one after a person checked who asks; the old one opens nothing any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlmodel
from sqlalchemy import Connection, insert, select, update

from casework.contact import Verdict
from casework.record import CaseEvent
from flows.message import Message, render
from flows.scripts import pictures
from flows.session import Line, Say
from storage import casefile, dues, models, progress, replies, sending
from storage.casefile import Refused
from storage.models import table
from storage.vault import Vault

_CASE = table(models.Case)
_EVENT = table(models.CaseEvent)
_MESSAGE = table(models.Message)


@dataclass(frozen=True, slots=True)
class Checked:
    """How somebody of the staff made sure who asks: codes of the checks, and in words what was asked and answered."""

    by: str
    checks: tuple[str, ...]
    how: str


def refused(db: Connection, case: int) -> str:
    """Why a record can have no new number, "" where it can. LookupError when there is no such record."""
    row = db.execute(select(_CASE.c.complete).where(_CASE.c.id == case)).first()
    if row is None:
        raise LookupError("there is no such record")
    return "" if row.complete else "It was not finished, so it has no number yet."


def may_go(verdict: Verdict) -> bool:
    """Whether the number itself may be sent where the person reads: never to a phone that others read too."""
    return (verdict.go or verdict.until is not None) and not verdict.neutral


def renew(
    db: sqlmodel.Session, vault: Vault, case: int, receipt: str, hashed: bytes, checked: Checked, now: datetime,
    *, send: bool = False,
) -> bool:  # fmt: skip
    """Give a record the number ``receipt`` (in groups of four) in the place of its old one; inside ``Writer.write``.

    ``send``: also to the person's own channel, through the gate; returns whether it was. What the old picture opened
    opens with the new number until another is chosen. Raises Refused in words, LookupError for no such record.
    """
    connection = db.connection()
    row = dues.lock(connection, case)
    if row is None or (why := refused(connection, case)):
        raise Refused(why) if row is not None else LookupError("there is no such record")
    going = send and may_go(sending.judge(connection, vault, case, "reply", now)[0])
    row["events"] += 1
    data = {"checks": list(checked.checks), "note": checked.how, "sent": going}
    event = CaseEvent(progress.RENEWED, now, checked.by, data=data)
    connection.execute(insert(_EVENT), casefile.sealed(vault, row, event))
    connection.execute(update(_CASE).where(_CASE.c.id == case).values(receipt_hash=hashed, events=row["events"]))
    connection.execute(update(_MESSAGE).where(_MESSAGE.c.talk == row["talk"]).values(secret=None))
    replies.finish(connection, case, progress.SHUT, now)
    if going:
        sending.send(db, vault, case, "reply", _message(db, vault, row["organisation"], case, receipt), now)
    return going


def _message(db: sqlmodel.Session, vault: Vault, organisation: str, case: int, receipt: str) -> Message:
    world = db.info[sending.WORLDS](organisation)
    voice = sending.voice(db.connection(), vault, case)
    return render(Say((Line(pictures.RENEWED),), voice), world, {"receipt": receipt})
