"""Every night: what was kept long enough goes, as far as the deployment says that it may go by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from functools import partial

import sqlmodel
import structlog

from casework.calendar import LONDON
from storage import audit, jobs, rights_besides, rights_retention
from storage.jobs import Job
from storage.store import Store

log = structlog.get_logger()

KIND = "retention"
#: When it is done, by the clock in London: nobody waits for anything then.
NIGHT = time(3, 30)


def kinds(erasing: bool) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
    """The job; ``erasing``: records go too, and names of staff; else only what always goes."""
    return {KIND: partial(run, erasing=erasing)}


def plan(store: Store, now: datetime) -> None:
    """At the start, for every organisation: tonight, and at once what the last release left."""
    for organisation in store.procedures.profiles:
        store.writer.write(partial(_first, organisation, now)).result()


def _first(organisation: str, now: datetime, db: sqlmodel.Session) -> None:
    if not jobs.planned(db, KIND, organisation):
        jobs.put(db, KIND, organisation, organisation, now)


def run(store: Store, job: Job, now: datetime, *, erasing: bool) -> None:
    """Once a night; the end of the audit's chain is logged, so that it is known outside the database as well."""
    organisation = job.organisation
    talks = rights_retention.sweep(store, organisation, now)
    records = rights_retention.run(store, organisation, now) if erasing else 0
    records += rights_besides.let_go(store, organisation, now) if erasing else 0
    if talks or records:
        log.info("kept long enough", organisation=organisation, count=records + talks)
    with store.database.reading() as db:
        heads = [one for one in audit.heads(db) if one.organisation == organisation]
    for one in heads:
        log.info("the end of the audit", organisation=organisation, count=one.number, chain=one.hash)
    store.writer.write(lambda db: jobs.done(db, job, _tonight(now))).result()


def _tonight(now: datetime) -> datetime:
    local = now.astimezone(LONDON)
    day = local.date() if local.time() < NIGHT else local.date() + timedelta(days=1)
    return datetime.combine(day, NIGHT, LONDON)
