"""How the deployment stands, in numbers without anybody in them: for what watches it (``bot.metrics``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from casework.calendar import LONDON
from storage import models, models_clocks, windows
from storage.models import table
from storage.undelivered import TELEPHONE, UNDELIVERED

_ALERT = table(models.Alert)
_DUE = table(models.CaseDue)
_JOB = table(models_clocks.Job)
_OUTBOX = table(models.Outbox)
_TASK = table(models.Task)


@dataclass(frozen=True, slots=True)
class Figures:
    """What waits, and for how long; ages in seconds, 0 where nothing waits.

    outbox       channel -> (messages that are due or under way, age of the oldest that is due)
    alerts       level -> (signs of danger that nobody has acknowledged, age of the oldest)
    undelivered  people whom a message did not reach, not dealt with yet
    tasks        everything that waits for a person
    due_today    clocks whose last day is today; ``overdue``: those that were missed
    jobs_late    work whose time has come and that nobody has begun; ``late``: by how much, the longest
    """

    outbox: dict[str, tuple[int, float]]
    alerts: dict[str, tuple[int, float]]
    undelivered: int
    tasks: int
    due_today: int
    overdue: int
    jobs_late: int
    late: float


def figures(db: Connection, now: datetime) -> Figures:
    """Count them; a few milliseconds on indexes of what is open."""
    waiting = _OUTBOX.c.state.in_(("due", "claimed"))
    # What waits for the hours in which it may leave, or for its person to write, is not late.
    answer = and_(_OUTBOX.c.purpose == "", _OUTBOX.c.error.not_in(windows.HELD))
    oldest = func.min(_OUTBOX.c.created_at).filter(or_(answer, _OUTBOX.c.next_at <= now))
    outbox = select(_OUTBOX.c.channel, func.count(), oldest).where(waiting).group_by(_OUTBOX.c.channel)
    alerts = select(_ALERT.c.level, func.count(), func.min(_ALERT.c.at)).where(_ALERT.c.acknowledged_at.is_(None))
    open_tasks = select(func.count()).select_from(_TASK).where(_TASK.c.done_at.is_(None))
    clocks = select(func.count()).select_from(_DUE).where(~_DUE.c.window, ~_DUE.c.paused)
    free = or_(_JOB.c.leased_until.is_(None), _JOB.c.leased_until <= now)
    jobs = db.execute(select(func.count(), func.min(_JOB.c.run_at)).where(_JOB.c.run_at <= now, free)).one()
    return Figures(
        outbox={row[0]: (row[1], _age(row[2], now)) for row in db.execute(outbox)},
        alerts={row[0]: (row[1], _age(row[2], now)) for row in db.execute(alerts.group_by(_ALERT.c.level))},
        undelivered=_one(db, open_tasks.where(_TASK.c.why.in_((UNDELIVERED, TELEPHONE)))),
        tasks=_one(db, open_tasks),
        due_today=_one(db, clocks.where(_DUE.c.due == now.astimezone(LONDON).date(), _DUE.c.moment > now)),
        overdue=_one(db, clocks.where(_DUE.c.moment <= now)),
        jobs_late=jobs[0],
        late=_age(jobs[1], now),
    )


def _age(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at is not None else 0.0


def _one(db: Connection, query: Any) -> int:
    return int(db.execute(query).scalar_one())
