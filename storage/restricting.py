"""Need to know: records that only few may open, and opening one in an emergency.

A record is restricted when somebody said so, or from the moment it was sent to safeguarding until somebody lifts it.
It is then for whoever it is assigned or referred to, and for the roles that keep such records (``console.roles``).
Others whose role would reach it may open it for an hour, with a reason, and those roles are told at once. Never
whoever it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, not_, or_, select, update

from storage import changes, dues, jobs, models, models_access
from storage.ids import new_id
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

CASE = table(models.Case)
FACT = table(models.CaseFact)
TASK = table(models.Task)
RESTRICTION = table(models_access.Restriction)
GLASS = table(models_access.Glass)

#: Why a record is for few; OPEN lifts what sending it to safeguarding did.
KINDS = ("safeguarding", "conduct")
OPEN = "open"
#: How long a record that was opened in an emergency stays open.
LASTS = timedelta(hours=1)
#: The job that tells of it, and the task it leaves.
KIND = WHY = "glass"


@dataclass(frozen=True, slots=True)
class Opening:
    """A restricted record opened in an emergency. ``reason`` "" once the record is erased."""

    id: int
    case: int
    staff: int
    at: datetime
    until: datetime
    reason: str = field(repr=False)


def restricted() -> ColumnElement[bool]:
    """The condition on ``cases`` that a record is for few."""
    said = exists().where(RESTRICTION.c.case_id == CASE.c.id, RESTRICTION.c.kind.in_(KINDS)).correlate(CASE)
    lifted = exists().where(RESTRICTION.c.case_id == CASE.c.id, RESTRICTION.c.kind == OPEN).correlate(CASE)
    sent = exists().where(FACT.c.case_id == CASE.c.id, FACT.c.fact == "route", FACT.c.value == "safeguarding")
    return or_(said, and_(sent.correlate(CASE), not_(lifted)))


def kind(db: Connection, case: int) -> str:
    """Why a record is for few: one of KINDS, "" for everybody whose role reaches it."""
    said = db.execute(select(RESTRICTION.c.kind).where(RESTRICTION.c.case_id == case)).scalar()
    if said is not None:
        return "" if said == OPEN else str(said)
    found = db.execute(select(CASE.c.id).where(CASE.c.id == case, restricted())).first()
    return "safeguarding" if found else ""


def restrict(db: Connection, organisation: str, case: int, wanted: str, by: str, at: datetime) -> None:
    """Make a record one for few, or (OPEN) for everybody whose role reaches it. ValueError for another kind."""
    if wanted not in (*KINDS, OPEN):
        raise ValueError(f"{wanted!r} is no restriction; there are: {', '.join((*KINDS, OPEN))}")
    db.execute(delete(RESTRICTION).where(RESTRICTION.c.case_id == case))
    row = {"case_id": case, "organisation": organisation, "kind": wanted, "by": by, "at": at}
    db.execute(insert(RESTRICTION), row)
    changes.touch(db, CASE.c.id == case)


# In an emergency --------------------------------------------------------------------------------


def opened(db: Connection, case: int, now: datetime) -> frozenset[int]:
    """Ids of the staff for whom a record stands open just now."""
    query = select(GLASS.c.staff).where(GLASS.c.case_id == case, GLASS.c.until > now)
    return frozenset(db.execute(query).scalars())


def open_anyway(db: sqlmodel.Session, vault: Vault, case: int, staff: int, reason: str, now: datetime) -> int:
    """Open a restricted record for somebody for LASTS: a task for those who must know, and a job that tells them.

    For ``Writer.write``. Raises Erased where there is nothing left to read, LookupError for no record.
    """
    connection = db.connection()
    row = connection.execute(select(CASE).where(CASE.c.id == case)).mappings().first()
    if row is None:
        raise LookupError("there is no such record")
    number = new_id()
    made: dict[str, Any] = {
        "id": number,
        "organisation": row["organisation"],
        "case_id": case,
        "staff": staff,
        "reason": vault.seal(row["key"], f"glass.reason:{number}", reason.encode("utf-8", "surrogatepass")),
        "at": now,
        "until": now + LASTS,
        "told_at": None,
    }
    connection.execute(insert(GLASS), made)
    connection.execute(insert(TASK), dues.task(dict(row), WHY, "", None, now) | {"id": new_id()})
    jobs.put(connection, KIND, str(number), row["organisation"], now)
    return number


def openings(db: Connection, vault: Vault, case: int) -> list[Opening]:
    """Every time a record was opened in an emergency, the newest first."""
    query = select(GLASS).where(GLASS.c.case_id == case).order_by(GLASS.c.id.desc())
    return [_opening(vault, dict(row)) for row in db.execute(query).mappings()]


def opening(db: Connection, vault: Vault, number: int) -> tuple[Opening, str] | None:
    """One of them and the record's reference; None where there is none any more."""
    query = select(GLASS, CASE.c.reference).join_from(GLASS, CASE, CASE.c.id == GLASS.c.case_id)
    row = db.execute(query.where(GLASS.c.id == number)).mappings().first()
    return (_opening(vault, dict(row)), row["reference"] or "") if row else None


def told(db: Connection, number: int, at: datetime) -> None:
    """Those who must know were told."""
    db.execute(update(GLASS).where(GLASS.c.id == number).values(told_at=at))


def forget(db: Connection, cases: Sequence[int]) -> None:
    """These records go for good: nothing refers to them any more."""
    for gone in (RESTRICTION, GLASS):
        db.execute(delete(gone).where(gone.c.case_id.in_(cases)))


def _opening(vault: Vault, row: dict[str, Any]) -> Opening:
    try:
        reason = vault.unseal(f"glass.reason:{row['id']}", row["reason"]).decode("utf-8", "surrogatepass")
    except Erased:
        reason = ""
    return Opening(row["id"], row["case_id"], row["staff"], row["at"], row["until"], reason)
