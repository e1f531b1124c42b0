"""What an organisation learned: actions with an owner and a day, from one record or many, done, and checked again.

An action is one row. Each record that it came from says so itself by its events ``learned`` and ``learning_done``,
whose ``learning`` names it: the same transaction writes both, and nothing else writes those events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, insert, select, update

from casework.learning import OWED, check_day
from casework.record import CaseEvent
from storage import casefile, models_learning
from storage.desk import CASE, within
from storage.models import table
from storage.procedures import Procedures
from storage.reach import Reach
from storage.sealer import Sealer
from storage.vault import Vault

LEARNING = table(models_learning.Learning)
LINK = table(models_learning.LearningCase)
#: Records that one form names, and that one action has: each costs the writer a millisecond.
AT_ONCE, MOST = 10, 25
#: Whose words were let go is only counted (``storage.rights_besides``).
_THERE = LEARNING.c.body != b""
#: Actions that are listed, the newest first.
LISTED = 2000
#: What no change of the action itself touches: publishing it is a thing apart (``storage.news``).
_FIXED = ("id", "organisation", "by", "at", "published_at", "published_by")
_WORDS = ("learned", "action", "evidence", "note")


class Changed(Exception):
    """Somebody changed it since the form was drawn: nothing was saved."""


class TooMany(Exception):
    """It has come from MOST records already."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something learned, and what is done about it (``models_learning.Learning``).

    learned   what was learned; ``action`` what is done; ``evidence`` how we know that it was; ``note`` of the check
    owner     a member of staff, by number
    """

    id: int
    organisation: str
    learned: str
    action: str
    owner: int
    due: date
    services: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    evidence: str = ""
    note: str = ""
    check_by: date | None = None
    state: str = "open"
    version: int = 1
    by: str = ""
    at: datetime | None = None
    done_on: date | None = None
    done_by: str = ""
    checked_on: date | None = None
    checked_by: str = ""
    published_at: datetime | None = None
    published_by: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """The records an action came from, as far as somebody may see them; ``hidden`` counts the others."""

    records: tuple[tuple[str, str], ...]
    hidden: int


# Reading ------------------------------------------------------------------------------------------


def every(db: Connection, sealer: Sealer, reach: Reach) -> list[Action]:
    """The actions that somebody may see, the newest first."""
    query = select(LEARNING).where(LEARNING.c.organisation == reach.organisation, _THERE)
    query = query.order_by(LEARNING.c.id.desc())
    rows = (_read(sealer, row) for row in db.execute(query.limit(LISTED)).mappings())
    return [one for one in rows if covers(reach, one)]


def find(db: Connection, sealer: Sealer, reach: Reach, number: int) -> Action | None:
    """One action, None when there is none or they may not see it."""
    here = (LEARNING.c.id == number, LEARNING.c.organisation == reach.organisation, _THERE)
    row = db.execute(select(LEARNING).where(*here)).mappings().first()
    one = _read(sealer, row) if row is not None else None
    return one if one is not None and covers(reach, one) else None


def action(db: Connection, sealer: Sealer, number: int) -> Action | None:
    """One action, for the machinery."""
    row = db.execute(select(LEARNING).where(LEARNING.c.id == number, _THERE)).mappings().first()
    return _read(sealer, row) if row is not None else None


def covers(reach: Reach, one: Action) -> bool:
    """Whether somebody may see it: all of them, those of their services, their own."""
    if one.organisation != reach.organisation:
        return False
    mine = one.owner == reach.staff or one.by == f"staff:{reach.staff}"
    return reach.all or mine or bool(set(reach.services) & set(one.services))


def overdue(db: Connection, sealer: Sealer, reach: Reach, today: date) -> list[Action]:
    """What is not done by its day, and what nobody has looked at again by its day; the longest first."""
    late = (LEARNING.c.state.in_(OWED) & (LEARNING.c.due < today)) | (
        (LEARNING.c.state == "done") & (LEARNING.c.check_by <= today)
    )
    query = select(LEARNING).where(LEARNING.c.organisation == reach.organisation, late).order_by(LEARNING.c.due)
    rows = (_read(sealer, row) for row in db.execute(query.limit(LISTED)).mappings())
    return [one for one in rows if covers(reach, one)]


def linked(db: Connection, reach: Reach, number: int) -> Linked:
    """The records of an action: (reference, kind) of those that somebody may see, in the order they came."""
    query = select(CASE.c.id, CASE.c.reference, CASE.c.kind).join(LINK, LINK.c.case_id == CASE.c.id)
    of = query.where(LINK.c.learning == number).order_by(CASE.c.id)
    count = len(db.execute(of).all())
    seen = tuple((row.reference, row.kind) for row in db.execute(of.where(within(db, reach))))
    return Linked(seen, count - len(seen))


def of_record(db: Connection, case: int) -> list[int]:
    """The numbers of the actions that came from a record, the oldest first."""
    return list(db.execute(select(LINK.c.learning).where(LINK.c.case_id == case).order_by(LINK.c.learning)).scalars())


def _read(sealer: Sealer, row: Mapping[Any, Any]) -> Action:
    words = sealer.unseal(f"learning:{row['id']}", row["body"])
    plain = {name: value for name, value in row.items() if name not in ("body", "services", "themes")}
    return Action(**words, **plain, services=tuple(row["services"].split()), themes=tuple(row["themes"].split()))


def _row(sealer: Sealer, one: Action) -> dict[str, Any]:
    words = {name: getattr(one, name) for name in _WORDS}
    codes = {"services": " ".join(one.services), "themes": " ".join(one.themes)}
    kept = [column.name for column in LEARNING.columns if column.name not in ("body", *codes)]
    return {name: getattr(one, name) for name in kept} | codes | {"body": sealer.seal(f"learning:{one.id}", words)}


# Writing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """What writing needs. ``owner``: the name of the owner, as the records say it; ``by``: "staff:<number>"."""

    sealer: Sealer
    vault: Vault
    procedures: Procedures
    owner: str
    by: str
    now: datetime


def add(db: sqlmodel.Session, desk: Desk, one: Action, cases: Iterable[int]) -> None:
    """A new action, with the records it came from. For ``Writer.write``."""
    db.connection().execute(insert(LEARNING), _row(desk.sealer, replace(one, by=desk.by, at=desk.now)))
    link(db, desk, one, cases)


def link(db: sqlmodel.Session, desk: Desk, one: Action, cases: Iterable[int]) -> None:
    """It came from these records too. Raises TooMany. For ``Writer.write``."""
    connection = db.connection()
    held = set(connection.execute(select(LINK.c.case_id).where(LINK.c.learning == one.id)).scalars())
    new = sorted(set(cases) - held)
    if len(held) + len(new) > MOST:
        raise TooMany
    for case in new:
        row = {"learning": one.id, "case_id": case, "organisation": one.organisation}
        connection.execute(insert(LINK), row)
        _learned(db, desk, one, case)
        if one.state not in OWED:
            _done(db, desk, one, case)


def change(db: sqlmodel.Session, desk: Desk, one: Action) -> Action:
    """The action as it is from now on; ``one.version`` is what was changed. Raises Changed. For ``Writer.write``."""
    new = replace(one, version=one.version + 1)
    values = {name: value for name, value in _row(desk.sealer, new).items() if name not in _FIXED}
    where = (LEARNING.c.id == one.id, LEARNING.c.version == one.version)
    if db.connection().execute(update(LEARNING).where(*where).values(**values)).rowcount != 1:
        raise Changed
    return new


def done(db: sqlmodel.Session, desk: Desk, one: Action, on: date, evidence: str, check_by: date | None = None) -> None:
    """It was done; each of its records says so. Raises Changed. For ``Writer.write``."""
    new = replace(
        one, state="done", evidence=evidence, done_on=on, done_by=desk.by, check_by=check_by or check_day(on), note=""
    )
    change(db, desk, new)
    for case in _cases(db, one.id):
        _done(db, desk, new, case)


def checked(db: sqlmodel.Session, desk: Desk, one: Action, lasted: bool, on: date, note: str, due: date | None) -> None:
    """Somebody looked again: it lasted, or it is to be done again by ``due``. Raises Changed. For ``Writer.write``."""
    new = replace(one, state="lasted" if lasted else "slipped", checked_on=on, checked_by=desk.by, note=note)
    if not lasted:
        new = replace(new, due=due or one.due, check_by=None)
    change(db, desk, new)
    if not lasted:
        away = {"published_at": None, "published_by": ""}  # what the public page says is not so any more
        db.connection().execute(update(LEARNING).where(LEARNING.c.id == one.id).values(**away))
        for case in _cases(db, one.id):
            _learned(db, desk, new, case)


def _cases(db: sqlmodel.Session, number: int) -> Sequence[int]:
    query = select(LINK.c.case_id).where(LINK.c.learning == number).order_by(LINK.c.case_id)
    return list(db.connection().execute(query).scalars())


def _learned(db: sqlmodel.Session, desk: Desk, one: Action, case: int) -> None:
    data = {"what": f"{one.learned}\n\n{one.action}", "owner": desk.owner, "due": one.due.isoformat()}
    _append(db, desk, case, CaseEvent("learned", desk.now, desk.by, data=data | {"learning": str(one.id)}))


def _done(db: sqlmodel.Session, desk: Desk, one: Action, case: int) -> None:
    data = {"evidence": one.evidence, "learning": str(one.id)}
    _append(db, desk, case, CaseEvent("learning_done", desk.now, desk.by, data=data))


def _append(db: sqlmodel.Session, desk: Desk, case: int, event: CaseEvent) -> None:
    """To the record's own history; what was erased has none any more."""
    if casefile.events(db.connection(), desk.vault, case):
        casefile.append(db, desk.vault, desk.procedures, case, event)
