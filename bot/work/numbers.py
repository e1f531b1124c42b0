"""Telephone numbers that somebody must ring again: a task for the administrator on the day after their date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import sqlmodel
from sqlalchemy import insert, select

from casework.calendar import LONDON
from casework.procedure import Profile
from storage import models
from storage.ids import new_id
from storage.jobs import Job, done, planned, put
from storage.models import table
from storage.procedures import Procedures
from storage.store import Store

KIND = "numbers"
#: Why of the task; ``about`` is "duty" or the id of a help line, ``due`` the day it was to be checked by.
WHY = "number"
#: When they are looked at, every day.
MORNING = time(6)
_TASK = table(models.Task)


def plan(db: sqlmodel.Session, procedures: Procedures, now: datetime) -> None:
    """Plan it for every organisation that has none."""
    for organisation in procedures.profiles:
        if not planned(db, KIND, organisation):
            put(db, KIND, organisation, organisation, now)


def run(store: Store, job: Job, now: datetime) -> None:
    """Make a task for each number past its date that has none for that date, and look again in the morning."""
    profile = store.procedures.profiles.get(job.organisation)
    today = now.astimezone(LONDON).date()
    late = [one for one in _lines(profile) if one[1] < today] if profile else []

    def look(db: sqlmodel.Session) -> None:
        mine = (_TASK.c.organisation == job.organisation, _TASK.c.why == WHY)
        known = {tuple(row) for row in db.connection().execute(select(_TASK.c.about, _TASK.c.due).where(*mine))}
        rows = [_task(job.organisation, *one, now) for one in late if one not in known]
        if rows:
            db.connection().execute(insert(_TASK), rows)
        done(db, job, _morning(today) if profile else None)

    store.writer.write(look).result()


def _lines(profile: Profile) -> Iterator[tuple[str, date]]:
    if profile.duty is not None:
        yield "duty", profile.duty.check_by
    for line in profile.help_lines:
        yield line.id, line.check_by


def _task(organisation: str, about: str, due: date, now: datetime) -> dict[str, object]:
    row = {"id": new_id(), "organisation": organisation, "talk": None, "number": 0, "why": WHY, "about": about}
    return row | {"due": due, "words": None, "at": now, "done_at": None}


def _morning(today: date) -> datetime:
    return datetime.combine(today + timedelta(days=1), MORNING, LONDON)
