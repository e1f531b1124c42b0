"""Working days have changed (a new bank holiday, a day the organisation adds): open clocks are counted again.

What falls due on another day is written down, with a task to tell the person: ``hearback cases moved``.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlmodel
from sqlalchemy import select

from storage import casefile, models, own_holidays
from storage.jobs import Job, done
from storage.models import table
from storage.procedures import Procedures
from storage.store import Store
from storage.turns import NotSaved

KIND = own_holidays.RECOUNT
_DUE = table(models.CaseDue)


def plan(db: sqlmodel.Session, procedures: Procedures, now: datetime) -> None:
    """Plan it for every organisation whose working days are not those of the last start."""
    for organisation in procedures.profiles:
        own_holidays.noticed(db.connection(), procedures, organisation, now)


def run(store: Store, job: Job, now: datetime) -> None:
    """Count the open clocks of an organisation again, record by record; done again it moves nothing."""
    with store.database.reading() as db:
        query = select(_DUE.c.case_id).where(_DUE.c.organisation == job.organisation).distinct()
        cases = list(db.execute(query.order_by(_DUE.c.case_id)).scalars())
    wrong: Exception | None = None
    for case in cases:
        try:
            store.writer.write(partial(_recount, store, case, now)).result()
        except NotSaved:
            raise
        except Exception as error:
            wrong = error  # the other records are counted all the same; then it is tried again
    if wrong is not None:
        raise wrong
    store.writer.write(lambda db: done(db, job)).result()


def _recount(store: Store, case: int, now: datetime, db: sqlmodel.Session) -> None:
    casefile.recompute(db, store.vault, store.procedures, case, now)
