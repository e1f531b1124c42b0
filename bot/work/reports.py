"""What the reports count is brought up to date: bits are set for what changed, and old records are counted anew.

Reports are right without it, since a reader takes what is not settled yet from the records themselves
(``storage.bits``); with it they are quick.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import sqlmodel

from storage import counting, recounting
from storage.jobs import Job, done, planned, put
from storage.procedures import Procedures
from storage.store import Store

KIND = "reports"
#: Looked at again so long afterwards; at once where much was left.
EVERY = timedelta(seconds=15)
#: Transactions in one go, so that other work gets its turn.
GO = 400


def plan(db: sqlmodel.Session, procedures: Procedures, now: datetime) -> None:
    """At the start: one job for the deployment, and a recount where the bands of an organisation have changed."""
    for profile in procedures.profiles.values():
        recounting.noticed(db.connection(), profile)
    if not planned(db, KIND, ""):
        put(db, KIND, "", "", now)


def run(store: Store, job: Job, now: datetime) -> None:
    """Settle what changed, and count old records again, some of each; then it is planned anew."""
    left = GO
    for organisation in store.procedures.profiles:
        for some in (partial(_settle, organisation), partial(_recount, store, organisation)):
            while left and store.writer.write(some).result():
                left -= 1
    store.writer.write(lambda db: done(db, job, now + EVERY if left else now)).result()


def _settle(organisation: str, db: sqlmodel.Session) -> int:
    return counting.settle(db.connection(), organisation)


def _recount(store: Store, organisation: str, db: sqlmodel.Session) -> int:
    return recounting.recount(db, store.vault, store.procedures, organisation)
