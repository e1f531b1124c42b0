"""Records with nearly the same words, seen together by a person; and those of them closed that the person calls pranks.

Only what nobody has touched and what has nothing of its own is closed together with others. Each is closed as any
record is, by an event with a reason, and its writer is told what the procedure says; each can be opened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, Select, bindparam, case, exists, func, or_, select

from casework.record import CaseEvent
from storage import audit, models, progress, working
from storage.about import accused, danger
from storage.alike import ALIKE
from storage.answers import answers
from storage.casefile import Refused
from storage.desk import CASE, within
from storage.lines import Item, lines
from storage.models import table
from storage.procedures import Procedures
from storage.reach import Reach
from storage.vault import Vault

EVENT = table(models.CaseEvent)
MEDIA = table(models.Media)
#: Records of one page, which is what is closed at once at most.
PAGE = 100
#: Why a record is not closed with others: it is closed, has a sign of danger or a file, somebody has worked on it or
#: the person has said more; besides, that something happened while it was looked at, and that its procedure says no.
CLOSED, DANGER, FILE, WORKED, MOVED, REFUSED = "closed", "danger", "file", "worked", "moved", "refused"
#: What a record that nobody has touched may have behind it.
UNTOUCHED = (
    *("filed", "updated", "completed", "contact", "acknowledged", "closed", "reopened"),
    *(*progress.OF_THE_NUMBER, *working.OWN),
)
_DANGER = or_(danger(), accused())
_FILE = exists().where(MEDIA.c.talk == CASE.c.talk).correlate(CASE)
_WORKED = exists().where(EVENT.c.case_id == CASE.c.id, EVENT.c.type.not_in(UNTOUCHED)).correlate(CASE)
_WHY = case(
    (_DANGER, DANGER), (CASE.c.place == "closed", CLOSED), (_FILE, FILE), (or_(_WORKED, CASE.c.place != "new"), WORKED),
    else_="",
)  # fmt: skip
_JUDGED = select(CASE.c.organisation, CASE.c.reference, _WHY.label("left_out")).where(CASE.c.id == bindparam("case"))


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a group. ``why`` it is not closed together with others, "" where it may be; ``events`` it has."""

    item: Item
    events: int
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a group, the first that came first; ``count`` of all that one may see, ``left`` to be closed."""

    members: tuple[Member, ...]
    count: int
    left: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.count // PAGE))


class LeftOut(Exception):
    """This record is not closed with the others; ``why`` as of ``Member``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _of(db: Connection, reach: Reach, group: int) -> Select[Any]:
    here = (ALIKE.c.organisation == reach.organisation, ALIKE.c.together == group, CASE.c.place != "")
    query = select(CASE.c.id, CASE.c.events, CASE.c.place, _WHY.label("left_out"))
    return query.join(ALIKE, ALIKE.c.case_id == CASE.c.id).where(*here, within(db, reach))


def page(db: Connection, reach: Reach, group: int, now: datetime, number: int = 1) -> Page:
    """Page ``number`` (from 1) of the records of a group within a reach."""
    query = _of(db, reach, group)
    every = query.subquery()
    counted = select(func.count(), func.sum(case((every.c.left_out == "", 1), else_=0))).select_from(every)
    count, left = db.execute(counted).one()
    number = min(max(1, number), max(1, -(-count // PAGE)))
    some = query.order_by(ALIKE.c.at, CASE.c.id).limit(PAGE).offset((number - 1) * PAGE)
    rows = [dict(row) for row in db.execute(some).mappings()]
    items = lines(db, rows, now)
    members = tuple(Member(item, row["events"], row["left_out"]) for item, row in zip(items, rows, strict=True))
    return Page(members, count, left or 0, number)


def said(db: Connection, vault: Vault, case_id: int) -> tuple[str, ...]:
    """What a record tells, message by message; () when it was erased."""
    return tuple(answers(db, vault, case_id).get("story", {}).get("words", ()))


def known(db: Connection, reach: Reach, group: int, references: Sequence[str]) -> dict[str, int]:
    """Reference -> id, of those of these records that are in the group and within reach."""
    found = _of(db, reach, group).where(CASE.c.reference.in_(list(references))).add_columns(CASE.c.reference)
    return {row.reference: row.id for row in db.execute(found)}


def close(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case_id: int, by: int, seen: int, why: str, at: datetime
) -> None:
    """Close one record that a person calls a prank, with its line of the audit. For ``Writer.write``.

    ``case_id``: one that is ``known``; ``seen``: the events it had when it was looked at. Raises LeftOut, with nothing
    written.
    """
    connection = db.connection()
    row = connection.execute(_JUDGED, {"case": case_id}).first()
    if row is None or row.left_out:
        raise LeftOut(row.left_out if row else MOVED)
    event = CaseEvent("closed", at, f"staff:{by}", why)
    try:
        working.do(db, vault, procedures, case_id, seen, [working.Deed(event)])
    except working.Stale:
        raise LeftOut(MOVED) from None
    except Refused:
        raise LeftOut(REFUSED) from None
    audit.note(connection, row.organisation, by, "record.prank", row.reference, at)


def undo(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case_id: int, by: int, seen: int, why: str, at: datetime
) -> None:
    """One of them was none: it is open again. For ``Writer.write``. Raises ``working.Stale`` and Refused."""
    event = CaseEvent("reopened", at, f"staff:{by}", why)
    working.do(db, vault, procedures, case_id, seen, [working.Deed(event)])
