"""A record's clocks: a task for staff before a limit and one when it is missed, each once.

Pauses whose end has come, contact plans to be reviewed and statements to be signed are clocks like the others. The
job is planned by whatever changes the record (``storage.dues``).
"""

from __future__ import annotations

from datetime import datetime

import sqlmodel

from storage import dues
from storage.jobs import Job, done
from storage.store import Store

KIND = dues.KIND


def run(store: Store, job: Job, now: datetime) -> None:
    """Look at the clocks of record ``job.key``, and plan the next look."""

    def look(db: sqlmodel.Session) -> None:
        done(db, job, dues.fall_due(db.connection(), int(job.key), now))

    store.writer.write(look).result()
