"""What staff do to a record: one event, with what follows from it, unless somebody else was quicker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlmodel
from sqlalchemy import Connection, insert, select, update

from casework.facts import facts
from casework.record import CaseEvent, CaseState
from storage import alerting, dues, models
from storage.about import set_part
from storage.casefile import append, put_facts
from storage.desk import CASE
from storage.ids import new_id
from storage.models import table
from storage.procedures import Procedures
from storage.rights import refuse_limited
from storage.vault import Vault

ALERT = table(models.Alert)
TASK = table(models.Task)
EVENT = table(models.CaseEvent)
#: Events that Hearback itself adds, about what was sent: they are nobody's work.
OWN = ("told", "message_kept", "survey_asked")


class Stale(Exception):
    """Something happened to the record since the form was drawn: nothing was added. ``events`` it has now."""

    def __init__(self, events: int) -> None:
        super().__init__("somebody else was quicker")
        self.events = events


@dataclass(frozen=True, slots=True)
class Todo:
    """A task that an event leaves behind: why, about what, by when."""

    why: str
    about: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does. ``parts``: staff by their part in the record (``storage.about``), in place of those before.

    adds  these join whoever has that part already
    told  the person is told of it by the message that goes with it
    """

    event: CaseEvent
    parts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    adds: Mapping[str, Sequence[int]] = field(default_factory=dict)
    todo: Todo | None = None
    told: bool = False


def do(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case: int, expected: int, deeds: Sequence[Deed]
) -> CaseState:
    """Add events to a record that has ``expected`` of them; all or none. For ``Writer.write``.

    Raises Stale when somebody has added more (``moved_on``), ``casefile.Refused`` in words, LookupError when there is
    no such record.
    """
    connection = db.connection()
    row = dues.lock(connection, case)
    if row is None:
        raise LookupError("there is no such record")
    if moved_on(connection, case, expected):
        raise Stale(row["events"])
    state = CaseState()
    for deed in deeds:
        refuse_limited(connection, case, deed.event.kind)
        state = append(db, vault, procedures, case, deed.event, told=deed.told)
        put_facts(connection, row, facts(state, deed.event))
        for part, staff in deed.parts.items():
            set_part(connection, row["organisation"], case, part, staff, deed.event.at)
        for part, staff in deed.adds.items():
            held = _held(connection, case, part)
            set_part(connection, row["organisation"], case, part, (*held, *staff), deed.event.at)
        if deed.todo:
            work = dues.task(row, deed.todo.why, deed.todo.about, deed.todo.due, deed.event.at)
            connection.execute(insert(TASK), work | {"id": new_id()})
    return state


def moved_on(db: Connection, case: int, seen: int) -> bool:
    """Whether somebody has done something to a record since it had ``seen`` events; what Hearback wrote is nothing."""
    events = db.execute(select(CASE.c.events).where(CASE.c.id == case)).scalar_one()
    if seen == events:
        return False
    new = (EVENT.c.case_id == case, EVENT.c.seq > seen, EVENT.c.type.not_in(OWN))
    return not 0 <= seen < events or db.execute(select(EVENT.c.seq).where(*new).limit(1)).first() is not None


def _held(db: Connection, case: int, part: str) -> tuple[int, ...]:
    from storage.about import CASE_STAFF

    on = (CASE_STAFF.c.case_id == case, CASE_STAFF.c.part == part)
    return tuple(db.execute(select(CASE_STAFF.c.staff).where(*on)).scalars())


def acknowledge_alert(db: Connection, case: int, alert: int, by: str, at: datetime) -> bool:
    """Somebody has seen a sign of danger of this record, or of its talk. False when it was seen before, or is not."""
    row = db.execute(select(CASE.c.organisation, CASE.c.talk, CASE.c.number).where(CASE.c.id == case)).one()
    mine = (ALERT.c.id == alert, ALERT.c.talk == row.talk, ALERT.c.number.in_((0, row.number)))
    if db.execute(select(ALERT.c.id).where(*mine)).first() is None:
        return False
    return bool(alerting.acknowledge(db, row.organisation, [alert], by, at))


def ask_interpreter(db: Connection, case: int, at: datetime) -> None:
    """A task of the record to ask an interpreter, once for as long as it is open. LookupError for no record."""
    row = db.execute(select(CASE).where(CASE.c.id == case)).mappings().first()
    if row is None:
        raise LookupError("there is no such record")
    same = (TASK.c.talk == row["talk"], TASK.c.number == row["number"], TASK.c.why == "interpreter")
    if db.execute(select(TASK.c.id).where(*same, TASK.c.done_at.is_(None))).first() is None:
        db.execute(insert(TASK), dues.task(dict(row), "interpreter", "", None, at) | {"id": new_id()})


def finish_task(db: Connection, organisation: str, task: int, at: datetime, case: int = 0) -> bool:
    """A task is done: one of this record, or (0) one of no record. False when it was, or is not here."""
    where = [TASK.c.id == task, TASK.c.organisation == organisation, TASK.c.done_at.is_(None)]
    if case:
        row = db.execute(select(CASE.c.talk, CASE.c.number).where(CASE.c.id == case)).one()
        where += [TASK.c.talk == row.talk, TASK.c.number.in_((0, row.number))]
    else:
        where.append((TASK.c.number == 0) | TASK.c.talk.is_(None))
    return bool(db.execute(update(TASK).where(*where).values(done_at=at)).rowcount)
