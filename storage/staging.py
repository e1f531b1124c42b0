"""Records that are staged: what nobody sees yet becomes visible whole, or is taken away."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, delete, insert, select, update

from storage import audit, counting, dues, erasing, models
from storage.counting import RECORD
from storage.dues import CASE, JOB
from storage.models import table
from storage.rows import INBOUND
from storage.store import Store

_DUE = table(models.CaseDue)
_FACT = table(models.CaseFact)
_TALK = table(models.Talk)
#: What stands between an organisation and a batch that is not visible yet.
STAGED = "~"
#: Records in one write: about four milliseconds.
AT_ONCE = 16


def show(db: Connection, organisation: str, staged: str) -> int:
    """Everything of a batch is there from this commit on, and in the audit; what is open gets the job of its clocks."""
    query = select(_DUE).join(CASE, CASE.c.id == _DUE.c.case_id).where(CASE.c.organisation == staged)
    clocks: dict[int, list[dict[str, Any]]] = {}
    for row in db.execute(query).mappings():
        clocks.setdefault(row["case_id"], []).append(dict(row))
    made = (dues.job({"id": case, "organisation": organisation}, rows) for case, rows in clocks.items())
    if jobs := [job for job in made if job is not None]:
        db.execute(insert(JOB), jobs)
    counting.shown(db, staged, organisation)
    count = int(
        db.execute(update(CASE).where(CASE.c.organisation == staged).values(organisation=organisation)).rowcount
    )
    if count:
        audit.note(db, organisation, None, "records.imported", f"records:{count}", datetime.now(UTC))
    return count


def waiting(store: Store, organisation: str) -> dict[str, int]:
    """Staged batches of an organisation that are not visible -> their records."""
    query = select(CASE.c.organisation).where(CASE.c.organisation > f"{organisation}{STAGED}")
    query = query.where(CASE.c.organisation < f"{organisation}{chr(ord(STAGED) + 1)}")
    found: dict[str, int] = {}
    with store.database.reading() as db:
        for name in db.execute(query).scalars():
            found[name] = found.get(name, 0) + 1
    return found


def discard(store: Store, organisation: str) -> int:
    """Take away what was staged and never became visible; how many records that were."""
    count = 0
    while batches := waiting(store, organisation):
        staged = next(iter(batches))

        def write(db: sqlmodel.Session, staged: str = staged) -> int:
            return _gone(db.connection(), staged)

        removed: Future[int] = store.writer.write(write)
        count += removed.result()
    return count


def _gone(db: Connection, staged: str) -> int:
    talks = list(db.execute(select(CASE.c.talk).where(CASE.c.organisation == staged).limit(AT_ONCE)).scalars())
    for talk in talks:
        cases = list(db.execute(select(CASE.c.id).where(CASE.c.talk == talk)).scalars())
        erasing.erase_talk(db, talk)
        db.execute(delete(_FACT).where(_FACT.c.case_id.in_(cases)))
        db.execute(delete(RECORD).where(RECORD.c.case_id.in_(cases)))
        db.execute(delete(INBOUND).where(INBOUND.c.talk == talk))
        db.execute(delete(CASE).where(CASE.c.id.in_(cases)))
        db.execute(delete(_TALK).where(_TALK.c.id == talk))
    return len(talks)
