"""The clock of the machine was set back: what was to be soon must not wait until the time comes round again.

Set forward, everything is due at once and done once: leases are held by number as well as by time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlmodel
from sqlalchemy import update

from storage import alert_jobs, jobs, models, models_clocks
from storage.models import table

_JOB = table(models_clocks.Job)
_OUTBOX = table(models.Outbox)
#: No message is leased, or told by a provider to wait, for longer than these.
LEASED, AGAIN = timedelta(minutes=2), timedelta(hours=1)


def repair(db: sqlmodel.Session, now: datetime) -> int:
    """Bring forward what lies too far ahead; how many rows. The same again changes nothing. For ``Writer.write``.

    A message that was written "later than now" may go at once; a lease ends in its usual time; staff are told of signs
    of danger now. What a person or a procedure gave a day keeps it.
    """
    connection = db.connection()
    answers = (_OUTBOX.c.purpose == "", _OUTBOX.c.next_at > now)
    due, claimed = _OUTBOX.c.state == "due", _OUTBOX.c.state == "claimed"
    told = (_JOB.c.kind == alert_jobs.KIND, _JOB.c.run_at > now)
    statements = (
        update(_OUTBOX).where(due, *answers, _OUTBOX.c.created_at > now).values(next_at=now),
        update(_OUTBOX).where(due, *answers, _OUTBOX.c.next_at > now + AGAIN).values(next_at=now),
        update(_OUTBOX).where(claimed, _OUTBOX.c.next_at > now + LEASED).values(next_at=now + LEASED),
        update(_JOB).where(_JOB.c.leased_until > now + jobs.LEASE).values(leased_until=now + jobs.LEASE),
        update(_JOB).where(*told, _JOB.c.leased_until.is_(None)).values(run_at=now),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)
