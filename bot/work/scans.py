"""Files are shown to the virus scanner, one after the other, as soon as it answers. Without a scanner nothing waits.

There is one job. What the scanner finds stays, sealed and locked, and becomes a task; where it is away, files stay
readable and are marked as not looked at, and it is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import sqlmodel
import structlog

from bot.scanning import Away, Scanner, Unable
from storage import scans
from storage.jobs import Job, done, sooner
from storage.secrets import Erased, Tampered
from storage.store import Store

log = structlog.get_logger()

KIND = "scan"
#: How soon a new file is looked at, and how long a scanner that is away is left alone.
SOON, LATER = timedelta(seconds=5), timedelta(minutes=2)
#: When a file that it could not look at is shown to it again: somebody may have set it up for larger ones.
ANOTHER_TIME = timedelta(hours=6)
#: Seconds after which no further file is begun in one go: with the last one well within the lease of the job.
GO = 45.0


def kinds(scanner: Scanner | None) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
    """The job, with the scanner of this deployment."""
    return {KIND: partial(run, scanner)}


def plan(store: Store, now: datetime) -> None:
    """At the start: the one job there is."""
    store.writer.write(lambda db: sooner(db, KIND, "", "", now)).result()


def run(scanner: Scanner | None, store: Store, job: Job, now: datetime) -> None:
    """Show the scanner what waits."""
    again = now + (SOON if scanner else LATER)
    with store.database.reading() as db:
        waiting = scans.waiting(db, now) if scanner else []
    end = time.monotonic() + GO
    for media, organisation in waiting:
        assert scanner is not None, "nothing waits where there is no scanner"
        if time.monotonic() > end:
            break
        try:
            found = scanner(store.media.read(media, organisation)[1])
        except Away as away:
            log.warning("the virus scanner is away; files wait for it", error=str(away))
            again = now + LATER
            break
        except Unable:
            log.warning("the virus scanner cannot look at a file; is it set up for large ones?")
            store.writer.write(partial(_later, media, now + ANOTHER_TIME)).result()
            continue
        except (LookupError, Erased, Tampered, OSError):
            found = False  # erased meanwhile, or damaged: nobody can open it either
        if found:
            log.warning("a file was locked: the virus scanner found something", organisation=organisation)
        _settle(store, media, found, now)
    store.writer.write(partial(_done, job=job, again=again)).result()


def _settle(store: Store, media: str, found: bool, now: datetime) -> None:
    store.writer.write(lambda db: scans.settle(db.connection(), media, found, now)).result()


def _later(media: str, at: datetime, db: sqlmodel.Session) -> None:
    scans.later(db.connection(), media, at)


def _done(db: sqlmodel.Session, job: Job, again: datetime) -> None:
    scans.sweep(db.connection())
    done(db, job, again)
