"""People are asked how we did, some working days after a record is closed, and once more (docs/survey.md).

The job is planned by the event that it follows (``storage.survey_jobs``).
"""

from __future__ import annotations

from datetime import datetime

from storage import survey_jobs, surveys
from storage.jobs import Job
from storage.store import Store

KIND = survey_jobs.KIND


def run(store: Store, job: Job, now: datetime) -> None:
    """Ask about record and event ``job.key``, where and when it is safe, or look again."""
    store.writer.write(lambda db: surveys.ask(db, store.vault, store.procedures, job, now)).result()
