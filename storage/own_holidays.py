"""Days an organisation adds to its profile's holidays, or works after all; and what a change of them moves.

Working days are those of the organisation *now* (``storage.procedures``): every open clock is counted again by a job,
and whoever is told a day that moved gets a task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select, update

from casework.case import fold
from casework.dues import Moved, moved
from casework.procedure import Profile
from storage import casefile, models, models_clocks, models_desk
from storage.dues import CASE, DUE
from storage.jobs import planned, put
from storage.models import table
from storage.vault import Vault

if TYPE_CHECKING:
    from storage.procedures import Procedures

_OWN = table(models_desk.OwnHoliday)
_META = table(models.Meta)
_MOVED = table(models_clocks.DueMoved)
#: The kind of job that counts the open clocks of an organisation again (``bot.work.holidays``).
RECOUNT = "recount"
#: Records that a preview looks through; one says how many it left out.
LOOKED = 3000


class Taken(Exception):
    """The organisation has said something about this day already."""


@dataclass(frozen=True, slots=True)
class Own:
    """A day: ``works`` False for a holiday, True for a bank holiday on which the organisation works."""

    day: date
    works: bool
    name: str
    by: str
    at: datetime


def every(db: Connection, organisation: str) -> list[Own]:
    """The days of an organisation, in their order."""
    columns = (_OWN.c.day, _OWN.c.works, _OWN.c.name, _OWN.c.by, _OWN.c.at)
    query = select(*columns).where(_OWN.c.organisation == organisation).order_by(_OWN.c.day)
    return [Own(*row) for row in db.execute(query)]


def loaded(db: Connection) -> dict[str, dict[date, bool]]:
    """Organisation -> day -> whether it works then."""
    found: dict[str, dict[date, bool]] = {}
    for organisation, day, works in db.execute(select(_OWN.c.organisation, _OWN.c.day, _OWN.c.works)):
        found.setdefault(organisation, {})[day] = works
    return found


def with_days(profile: Profile, days: Mapping[date, bool]) -> Profile:
    """A procedure with these days of the organisation's own, which go before its profile's."""
    off, on = ({day for day, works in days.items() if works is wanted} for wanted in (False, True))
    if not days:
        return profile
    return replace(
        profile,
        extra_holidays=tuple(sorted((set(profile.extra_holidays) | off) - on)),
        not_holidays=tuple(sorted((set(profile.not_holidays) | on) - off)),
    )


def add(db: Connection, procedures: Procedures, organisation: str, own: Own) -> None:
    """One day more; open clocks are counted again. Raises Taken. For ``Writer.write``."""
    here = (_OWN.c.organisation == organisation, _OWN.c.day == own.day)
    if db.execute(select(_OWN.c.day).where(*here)).first():
        raise Taken
    row = {"organisation": organisation, "day": own.day, "works": own.works, "name": own.name}
    db.execute(insert(_OWN), row | {"by": own.by, "at": own.at})
    _changed(db, procedures, organisation, own.at)


def remove(db: Connection, procedures: Procedures, organisation: str, day: date, at: datetime) -> bool:
    """One day less; False when there was none. For ``Writer.write``."""
    done = db.execute(delete(_OWN).where(_OWN.c.organisation == organisation, _OWN.c.day == day))
    if done.rowcount:
        _changed(db, procedures, organisation, at)
    return bool(done.rowcount)


def _changed(db: Connection, procedures: Procedures, organisation: str, at: datetime) -> None:
    procedures.changed(db)
    noticed(db, procedures, organisation, at)


def noticed(db: Connection, procedures: Procedures, organisation: str, at: datetime) -> bool:
    """Plan the recount when the organisation's working days are not those of the last one; whether it was planned.

    An organisation that is seen for the first time has nothing to count again.
    """
    name, days = f"calendar:{organisation}", procedures.calendar_of(organisation)
    known = db.execute(select(_META.c.value).where(_META.c.name == name)).scalar()
    if known is None:
        db.execute(insert(_META), {"name": name, "organisation": organisation, "value": days})
    elif known != days:
        db.execute(update(_META).where(_META.c.name == name).values(value=days))
        put(db, RECOUNT, organisation, organisation, at)
        return True
    return False


@dataclass(frozen=True, slots=True)
class Preview:
    """What would move: (record's id, clock) pairs; ``unseen``: records that were too many to look through."""

    moves: tuple[tuple[int, Moved], ...]
    unseen: int = 0


def preview(
    db: Connection, vault: Vault, procedures: Procedures, organisation: str, day: date, works: bool | None
) -> Preview:
    """What moves when ``day`` becomes a holiday (``works`` False), a working day (True), or the profile's own (None).

    Only a clock that falls due on the day or later can move. For a reading connection: it opens the records.
    """
    days = dict(procedures.own_days(organisation))
    days.pop(day, None)
    if works is not None:
        days[day] = works
    query = (
        select(CASE.c.id, CASE.c.profile)
        .where(CASE.c.organisation == organisation)
        .where(CASE.c.id.in_(select(DUE.c.case_id).where(DUE.c.organisation == organisation, DUE.c.due >= day)))
        .order_by(CASE.c.id)
    )
    rows = db.execute(query).all()
    found = tuple(_moves(db, vault, procedures, organisation, rows[:LOOKED], days))
    return Preview(found, max(0, len(rows) - LOOKED))


def _moves(
    db: Connection,
    vault: Vault,
    procedures: Procedures,
    organisation: str,
    rows: Sequence[tuple[int, str]],
    days: Mapping[date, bool],
) -> Iterator[tuple[int, Moved]]:
    then: dict[str, Profile] = {}
    for start in range(0, len(rows), 200):
        some = rows[start : start + 200]
        told = casefile.histories(db, vault, [number for number, _ in some])
        for number, version in some:
            now = procedures.under(organisation, version)
            if version not in then:
                then[version] = with_days(procedures.plain(organisation, version), days)
            if history := told.get(number):
                for one in moved(fold(now, history), fold(then[version], history)):
                    yield number, one


# Afterwards -------------------------------------------------------------------------------------


def counting(db: Connection, organisation: str) -> bool:
    """Whether the open clocks of an organisation are still being counted again."""
    return planned(db, RECOUNT, organisation)


def moved_lately(
    db: Connection, organisation: str, since: datetime, most: int
) -> list[tuple[str, str, date | None, date | None, int]]:
    """What fell due on another day since a time, the latest first: clock, its name, before, after, how many records."""
    key = (_MOVED.c.clock, _MOVED.c.name, _MOVED.c.before, _MOVED.c.after)
    query = (
        select(*key, func.count())
        .where(_MOVED.c.organisation == organisation, _MOVED.c.at >= since)
        .group_by(*key)
        .order_by(func.max(_MOVED.c.at).desc(), _MOVED.c.after)
        .limit(most)
    )
    return [(clock, name, before, after, count) for clock, name, before, after, count in db.execute(query)]
