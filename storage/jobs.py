"""Work that has its time, as rows: whichever process leases a row first does it, and no two do it at once.

A row is struck out in the same transaction as what the work wrote, and only while the lease is held: so it is done
exactly once however often it was begun. Killed in the middle it is due again when its lease has run out. What came
due while nothing ran is done at the next look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, bindparam, case, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import models_clocks
from storage.models import table

_JOB = table(models_clocks.Job)
#: How long nobody else begins it.
LEASE = timedelta(minutes=2)
#: Noted in a connection's ``info`` when a job was planned or brought forward: whoever does jobs is woken.
PLANNED = "jobs planned"
#: Waiting after a failure: doubled each time from the first to the longest.
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
_LEASE = (
    update(_JOB)
    .where(_JOB.c.kind == bindparam("of_kind"), _JOB.c.key == bindparam("of_key"))
    .values(leased_until=bindparam("until"), attempts=bindparam("attempt"))
)


class Lost(Exception):
    """The lease is another's now, or the job was done or planned anew: what was begun is not kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """Leased work. ``attempt`` counts from 1; nobody else begins it before ``until``."""

    kind: str
    key: str
    organisation: str
    run_at: datetime
    attempt: int
    until: datetime


def put(db: sqlmodel.Session | Connection, kind: str, key: str, organisation: str, run_at: datetime) -> None:
    """Plan it, anew if it was planned; work that is under way for it is then not kept."""
    connection = _connection(db)
    connection.execute(delete(_JOB).where(_JOB.c.kind == kind, _JOB.c.key == key))
    row = {"kind": kind, "key": key, "organisation": organisation, "run_at": run_at}
    connection.execute(insert(_JOB), row | {"leased_until": None, "attempts": 0})
    connection.info[PLANNED] = True


def sooner(db: sqlmodel.Session | Connection, kind: str, key: str, organisation: str, run_at: datetime) -> None:
    """Plan it, or bring it forward; work that is under way for it goes on, and sees this when it ends (``held``)."""
    connection = _connection(db)
    row = {"kind": kind, "key": key, "organisation": organisation, "run_at": run_at}
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = make(_JOB).values(row | {"leased_until": None, "attempts": 0})
    earlier = case((_JOB.c.run_at > new.excluded.run_at, new.excluded.run_at), else_=_JOB.c.run_at)
    connection.execute(new.on_conflict_do_update(index_elements=["kind", "key"], set_={"run_at": earlier}))
    connection.info[PLANNED] = True


def held(db: sqlmodel.Session, job: Job) -> None:
    """Make sure of the lease, and keep others from changing the row until the transaction ends. Raises Lost."""
    if db.connection().execute(select(_JOB.c.key).where(*_held(job)).with_for_update()).first() is None:
        raise Lost(f"{job.kind} {job.key}")


def planned(db: sqlmodel.Session | Connection, kind: str, key: str) -> bool:
    """Whether it is in the list, leased or not."""
    query = select(_JOB.c.key).where(_JOB.c.kind == kind, _JOB.c.key == key)
    return _connection(db).execute(query).first() is not None


def claim(
    db: sqlmodel.Session, now: datetime, kinds: Sequence[str], *, limit: int = 20, lease: timedelta = LEASE
) -> list[Job]:
    """Lease what is due, the longest due first. For ``Writer.write``."""
    free = or_(_JOB.c.leased_until.is_(None), _JOB.c.leased_until <= now)
    query = (
        select(_JOB)
        .where(_JOB.c.run_at <= now, free, _JOB.c.kind.in_(kinds))
        .order_by(_JOB.c.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    connection = db.connection()
    found = [
        Job(row["kind"], row["key"], row["organisation"], row["run_at"], row["attempts"] + 1, now + lease)
        for row in connection.execute(query).mappings().all()
    ]
    if found:
        marks = [{"of_kind": j.kind, "of_key": j.key, "until": j.until, "attempt": j.attempt} for j in found]
        connection.execute(_LEASE, marks)
    return found


def done(db: sqlmodel.Session, job: Job, again: datetime | None = None) -> None:
    """Strike it out, or plan it for ``again``, in the transaction of what it wrote. Raises Lost, so that is undone."""
    if again is None:
        changed = db.connection().execute(delete(_JOB).where(*_held(job)))
    else:
        values: dict[str, Any] = {"run_at": again, "leased_until": None, "attempts": 0}
        changed = db.connection().execute(update(_JOB).where(*_held(job)).values(values))
    if changed.rowcount != 1:
        raise Lost(f"{job.kind} {job.key}")


def failed(db: sqlmodel.Session, job: Job, now: datetime, least: timedelta = timedelta()) -> None:
    """It did not work: again later, longer each time and not before ``least``. Nothing, when the lease was lost."""
    wait = max(min(FIRST * 2 ** min(job.attempt - 1, 10), LONGEST), least)
    db.connection().execute(update(_JOB).where(*_held(job)).values(run_at=now + wait, leased_until=None))


def _held(job: Job) -> tuple[Any, ...]:
    mine = (_JOB.c.kind == job.kind, _JOB.c.key == job.key)
    return (*mine, _JOB.c.attempts == job.attempt, _JOB.c.leased_until == job.until)


def _connection(db: sqlmodel.Session | Connection) -> Connection:
    return db if isinstance(db, Connection) else db.connection()
