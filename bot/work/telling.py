"""A milestone is told: what staff did to a record becomes a message to its person (``storage.telling``)."""

from __future__ import annotations

from datetime import datetime

from storage import tell_jobs, telling
from storage.jobs import Job
from storage.store import Store

KIND = tell_jobs.KIND


def run(store: Store, job: Job, now: datetime) -> None:
    """Tell everything that waits to be told of the job's record, in one message."""
    store.writer.write(lambda db: telling.tell(db, store.vault, store.procedures, job, now)).result()
