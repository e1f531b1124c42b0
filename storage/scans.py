"""What the virus scanner said of files, as rows: which wait to be looked at, which are clean, which are locked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from storage import dues, models, models_access
from storage.ids import new_id
from storage.models import table

CASE = table(models.Case)
MEDIA = table(models.Media)
SCAN = table(models_access.MediaScan)
TASK = table(models.Task)

WAITING, CLEAN, FOUND = "waiting", "clean", "found"
#: The task that a locked file leaves.
WHY = "found"


def wait(db: Connection, organisation: str, media: str, at: datetime) -> None:
    """A file that the scanner has not seen."""
    db.execute(insert(SCAN), {"media": media, "organisation": organisation, "state": WAITING, "at": at})


def waiting(db: Connection, now: datetime, limit: int = 20) -> list[tuple[str, str]]:
    """(file, organisation) of those that wait for a look now and still exist, the oldest first."""
    there = SCAN.join(MEDIA, MEDIA.c.id == SCAN.c.media)
    query = select(SCAN.c.media, SCAN.c.organisation).select_from(there)
    query = query.where(SCAN.c.state == WAITING, SCAN.c.at <= now)
    return [(media, organisation) for media, organisation in db.execute(query.order_by(SCAN.c.at).limit(limit))]


def state(db: Connection, media: str) -> str:
    """One of WAITING, CLEAN, FOUND; "" where no scanner was set up when it came."""
    return str(db.execute(select(SCAN.c.state).where(SCAN.c.media == media)).scalar() or "")


def unseen(db: Connection, media: Collection[str]) -> int:
    """How many of these files the scanner has not looked at yet."""
    query = select(func.count()).where(SCAN.c.media.in_(list(media)), SCAN.c.state == WAITING)
    return int(db.execute(query).scalar_one())


def later(db: Connection, media: str, at: datetime) -> None:
    """The scanner cannot look at it: it waits, behind the others, until a time."""
    db.execute(update(SCAN).where(SCAN.c.media == media, SCAN.c.state == WAITING).values(at=at))


def settle(db: Connection, media: str, found: bool, at: datetime) -> None:
    """What the scanner said. Where it found something the file stays, locked, and staff get a task, once."""
    mine = (SCAN.c.media == media, SCAN.c.state == WAITING)
    if db.execute(update(SCAN).where(*mine).values(state=FOUND if found else CLEAN, at=at)).rowcount != 1:
        return
    row = db.execute(select(MEDIA.c.talk, MEDIA.c.organisation).where(MEDIA.c.id == media)).first()
    if not found or row is None:
        return
    newest = select(CASE).where(CASE.c.talk == row.talk).order_by(CASE.c.id.desc()).limit(1)
    case = db.execute(newest).mappings().first() if row.talk is not None else None
    about = dict(case) if case else {"organisation": row.organisation, "talk": row.talk, "number": 0}
    db.execute(insert(TASK), dues.task(about, WHY, "", None, at) | {"id": new_id()})


def sweep(db: Connection) -> None:
    """Forget files that are gone."""
    db.execute(delete(SCAN).where(SCAN.c.media.not_in(select(MEDIA.c.id))))
