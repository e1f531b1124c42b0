"""Cases held by each service in a report year, which staff enter; and how many records came about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, case, delete, func, insert, select

from casework.calendar import add_months, midnight
from casework.procedure import Profile
from storage import models, models_desk
from storage.dues import CASE
from storage.models import table

#: Report years that staff choose between, the one that runs included.
YEARS = 6
_HELD = table(models_desk.CasesHeld)
_FACT = table(models.CaseFact)


@dataclass(frozen=True, slots=True)
class Came:
    """Records about a service that were sent in a year, and how many of them are open now."""

    records: int = 0
    open: int = 0


def year_of(profile: Profile, day: date) -> date:
    """The first day of the organisation's report year that ``day`` is in."""
    first = date(day.year, profile.report_year, 1)
    return first if first <= day else add_months(first, -12)


def years(profile: Profile, day: date) -> list[date]:
    """The first days of the report years that staff choose between, the one that ``day`` is in first."""
    return [add_months(year_of(profile, day), -12 * back) for back in range(YEARS)]


def named(year: date) -> str:
    """A report year as people call it: "2026/27", or "2026" where it is the calendar year."""
    return str(year.year) if year.month == 1 else f"{year.year}/{(year.year + 1) % 100:02}"


def held(db: Connection, profile: Profile, year: date) -> dict[str, int]:
    """Service -> cases held in the report year that begins on ``year``; a service of which nobody knows is not there.

    What staff entered goes before what the profile says.
    """
    known = {one.id: one.cases[named(year)] for one in profile.services.values() if named(year) in one.cases}
    query = select(_HELD.c.service, _HELD.c.number)
    rows = db.execute(query.where(_HELD.c.organisation == profile.id, _HELD.c.period == year))
    return known | {service: number for service, number in rows if service in profile.services}


def enter(
    db: Connection, organisation: str, year: date, numbers: Mapping[str, int | None], by: str, at: datetime
) -> None:
    """Put these numbers in the place of those before; None takes one away. For ``Writer.write``."""
    here = (_HELD.c.organisation == organisation, _HELD.c.period == year, _HELD.c.service.in_(list(numbers)))
    db.execute(delete(_HELD).where(*here))
    row = {"organisation": organisation, "period": year, "by": by, "at": at}
    rows = [{**row, "service": name, "number": number} for name, number in numbers.items() if number is not None]
    if rows:
        db.execute(insert(_HELD), rows)


def came(db: Connection, organisation: str, year: date) -> dict[str, Came]:
    """Service -> the records about it that were sent in the report year that begins on ``year``."""
    start, end = (midnight(day) for day in (year, add_months(year, 12)))
    going = and_(CASE.c.place != "closed", CASE.c.place != "")
    query = (
        select(_FACT.c.value, func.count(), func.sum(case((going, 1), else_=0)))
        .join(CASE, CASE.c.id == _FACT.c.case_id)
        .where(_FACT.c.organisation == organisation, _FACT.c.fact == "services")
        .where(CASE.c.filed_at >= start, CASE.c.filed_at < end)
        .group_by(_FACT.c.value)
    )
    return {service: Came(records, left) for service, records, left in db.execute(query)}
