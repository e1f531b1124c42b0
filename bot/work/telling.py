"""A milestone is told: what staff did to a record becomes a message to its person (``storage.telling``)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from storage import tell_jobs, telling
from storage.jobs import Job
from storage.store import Store

KIND = tell_jobs.KIND


#: Times it is made ready anew because something happened to the record meanwhile; then the job is tried again later.
TRIES = 3


def run(store: Store, job: Job, now: datetime) -> None:
    """Tell everything that waits to be told of the job's record, in one message. Raises Stale."""
    for attempt in range(1, TRIES + 1):
        with store.database.reading() as db:
            ready = telling.ready(db, store.vault, store.procedures, store.worlds, job, now)
        try:
            store.writer.write(partial(telling.tell, vault=store.vault, job=job, ready=ready, now=now)).result()
            return
        except telling.Stale:
            if attempt == TRIES:
                raise
