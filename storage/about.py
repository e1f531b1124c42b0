"""The facts of a record that decide which staff may see it, and which staff it has to do with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, not_, or_, select

from storage import models, models_rights, models_staff
from storage.ids import read_reference
from storage.models import table
from storage.restricting import opened, restricted
from storage.words import named_in

_CASE = table(models.Case)
_FACT = table(models.CaseFact)
_ALERT = table(models.Alert)
_MARK = table(models_rights.CaseMark)
CASE_STAFF = table(models_staff.CaseStaff)

#: What a member of staff has to do with a record.
PARTS = ("named", "shown", "assigned", "referred")


@dataclass(frozen=True, slots=True)
class About:
    """A record without its words.

    services  the services it is about
    danger    it has a sign of danger, or was sent to safeguarding
    accused   it may accuse an adult who works with children: hidden from the whole line of those services
    named     ids of the staff it is about
    shown     those of them whom the person agreed may read it
    assigned  ids of the staff who work on it
    referred  ids of the advocates it was referred to
    restricted  only few may open it (``storage.restricting``); ``opened``: ids of the staff for whom it stands open
    """

    organisation: str
    services: frozenset[str] = frozenset()
    danger: bool = False
    accused: bool = False
    named: frozenset[int] = field(default_factory=frozenset)
    shown: frozenset[int] = field(default_factory=frozenset)
    assigned: frozenset[int] = field(default_factory=frozenset)
    referred: frozenset[int] = field(default_factory=frozenset)
    restricted: bool = False
    opened: frozenset[int] = field(default_factory=frozenset)
    id: int = 0
    reference: str = ""


def danger() -> ColumnElement[bool]:
    """The condition on ``cases`` that ``About.danger`` is, for a query that lists records."""
    alert = exists().where(_ALERT.c.talk == _CASE.c.talk, _ALERT.c.number.in_((0, _CASE.c.number)))
    routed = exists().where(_FACT.c.case_id == _CASE.c.id, _FACT.c.fact == "route", _FACT.c.value == "safeguarding")
    return or_(alert.correlate(_CASE), routed.correlate(_CASE))


def accused() -> ColumnElement[bool]:
    """The condition on ``cases`` that ``About.accused`` is, until somebody has settled that it is no allegation."""
    ours = (_ALERT.c.talk == _CASE.c.talk, _ALERT.c.number.in_((0, _CASE.c.number)))
    alert = exists().where(*ours, _ALERT.c.categories.contains("adult_with_children"))
    filed = exists().where(_FACT.c.case_id == _CASE.c.id, _FACT.c.fact == "consider", _FACT.c.value == "accused")
    no = exists().where(_FACT.c.case_id == _CASE.c.id, _FACT.c.fact == "allegation", _FACT.c.value == "no")
    return and_(or_(alert.correlate(_CASE), filed.correlate(_CASE)), not_(no.correlate(_CASE)))


def limited() -> ColumnElement[bool]:
    """The condition on ``cases`` that the use of a record is limited (``storage.rights``)."""
    return exists().where(_MARK.c.case_id == _CASE.c.id, _MARK.c.mark == "limited").correlate(_CASE)


def about(db: Connection, organisation: str, reference: str, now: datetime | None = None) -> About | None:
    """The facts of a record of an organisation, None when it has none of that reference.

    Without ``now`` a record that was opened in an emergency counts as closed again.
    """
    wanted = read_reference(reference)
    if not wanted:
        return None
    facts = (danger().label("danger"), accused().label("accused"), restricted().label("restricted"))
    query = select(_CASE.c.id, *facts).where(_CASE.c.reference == wanted, _CASE.c.organisation == organisation)
    row = db.execute(query).first()
    if row is None:
        return None
    services = db.execute(select(_FACT.c.value).where(_FACT.c.case_id == row.id, _FACT.c.fact == "services")).scalars()
    parts: dict[str, set[int]] = {}
    for staff, part in db.execute(select(CASE_STAFF.c.staff, CASE_STAFF.c.part).where(CASE_STAFF.c.case_id == row.id)):
        parts.setdefault(part, set()).add(staff)
    if by_words := named_in(db, organisation, row.id):
        parts.setdefault("named", set()).update(by_words)
    return About(
        organisation,
        frozenset(services),
        bool(row.danger),
        bool(row.accused),
        **{part: frozenset(parts.get(part, ())) for part in PARTS},
        restricted=bool(row.restricted),
        opened=opened(db, row.id, now) if row.restricted and now else frozenset(),
        id=row.id,
        reference=wanted,
    )


def set_part(db: Connection, organisation: str, case: int, part: str, staff: Iterable[int], at: datetime) -> None:
    """Say which staff have this part in a record, in place of whoever had it. ValueError for an unknown part."""
    if part not in PARTS:
        raise ValueError(f"{part!r} is no part in a record; there are: {', '.join(PARTS)}")
    db.execute(delete(CASE_STAFF).where(CASE_STAFF.c.case_id == case, CASE_STAFF.c.part == part))
    rows = [
        {"case_id": case, "staff": one, "part": part, "organisation": organisation, "at": at}
        for one in dict.fromkeys(staff)
    ]
    if rows:
        db.execute(insert(CASE_STAFF), rows)
