"""After something was erased: the database's log is emptied, again and again until nobody reads what stood there."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import erasing, jobs
from storage.jobs import Job
from storage.store import Store

KIND = erasing.UNTIDY
#: How soon it is tried again, while a reader or a writer is in the way, or files and keys have not ended yet.
SOON = timedelta(seconds=10)


def run(store: Store, job: Job, now: datetime) -> None:
    """Empty the log, or try again soon. Erased in the meantime: planned anew, so this is not the last time."""
    clean = not erasing.doomed(store.database) and store.database.tidy()
    store.writer.write(lambda db: jobs.done(db, job, None if clean else now + SOON)).result()
