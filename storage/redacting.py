"""Messages whose words still lie with who carried them: a job each, until the provider was asked to empty it.

A job is planned in the transaction that saves a message, or marks it as sent: what is not held here is never emptied
there. Its key is "talk:endpoint:the provider's id of the message", so an erasure finds what is left of a talk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, select, update

from storage import jobs, models, models_clocks
from storage.jobs import Job
from storage.models import table

KIND = "redact"

_JOB, _OUTBOX = table(models_clocks.Job), table(models.Outbox)


@dataclass(frozen=True, slots=True)
class Carried:
    """A message at its provider: ``id`` is the provider's, ``endpoint`` the number that carried it."""

    talk: int
    endpoint: str
    id: str

    @property
    def key(self) -> str:
        """The key of its job."""
        return f"{self.talk}:{self.endpoint}:{self.id}"


def carried(job: Job) -> Carried:
    """The message that a job is about."""
    talk, endpoint, number = job.key.split(":", 2)
    return Carried(int(talk), endpoint, number)


def row(organisation: str, one: Carried, at: datetime) -> dict[str, Any]:
    """The row of a job that is new."""
    new = {"kind": KIND, "key": one.key, "organisation": organisation, "run_at": at}
    return new | {"leased_until": None, "attempts": 0}


def plan(db: sqlmodel.Session | Connection, organisation: str, one: Carried, at: datetime) -> None:
    """Have it emptied at ``at``; once, however often it is planned before that. For ``Writer.write``."""
    jobs.sooner(db, KIND, one.key, organisation, at)


def plan_sent(
    db: sqlmodel.Session, organisation: str, number: int, parts: Sequence[Carried], at: datetime, now: datetime
) -> None:
    """Have the parts of message ``number`` of the outbox emptied at ``at``; at once where it was erased meanwhile."""
    there = db.connection().execute(select(_OUTBOX.c.id).where(_OUTBOX.c.id == number)).first()
    for one in parts:
        plan(db, organisation, one, at if there is not None else now)


def hurry(db: Connection, talk: int) -> None:
    """Something of a talk was erased: whatever of it still lies with a provider is emptied at once."""
    now = datetime.now(UTC)
    theirs = (_JOB.c.kind == KIND, _JOB.c.key.startswith(f"{talk}:"), _JOB.c.run_at > now)
    if db.execute(update(_JOB).where(*theirs).values(run_at=now)).rowcount:
        db.info[jobs.PLANNED] = True


def stuck(db: Connection, tries: int) -> list[tuple[str, str, int]]:
    """(organisation, endpoint, how many) of the messages that were tried so often and are still not emptied."""
    query = select(_JOB.c.organisation, _JOB.c.key).where(_JOB.c.kind == KIND, _JOB.c.attempts >= tries)
    found = Counter((str(organisation), key.split(":", 2)[1]) for organisation, key in db.execute(query))
    return [(*place, count) for place, count in sorted(found.items())]
