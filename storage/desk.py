"""What staff have in front of them: lists of what is due and what waits, filtered, and no further than a reach goes.

Every list is asked of an index; none opens a word. A list says nothing of a record to whoever it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, not_, or_, select

from casework.calendar import LONDON, midnight
from casework.report_where import EVERYTHING, Where
from storage import models, models_alike
from storage.about import CASE_STAFF, accused, danger, limited
from storage.lines import Item, lines
from storage.models import table
from storage.naming import naming
from storage.reach import Reach
from storage.report_list import conditions
from storage.restricting import restricted

CASE = table(models.Case)
FACT = table(models.CaseFact)
DUE = table(models.CaseDue)
ALERT = table(models.Alert)
TASK = table(models.Task)
ALIKE = table(models_alike.Alike)
#: The fact that a list is of, beside those that a filter asks for.
OF_LIST = FACT.alias("of_list")

#: Lists that show records whose use is limited too (``storage.rights``): marked as such, or because of a danger.
LIMITED_TOO = ("alerts", "limited", "all")

#: Rows on a page.
PAGE = 50
#: Counting stops here: "more than" is enough to know, and never slow.
MOST = 1000
#: Clocks that wait for the person although the organisation looks again on their day.
THEIRS = ("more.details", "consent.view")
#: Places where nothing is owed but a look, a word or an end.
LOOSE = tuple("contacted acted loop_closed passed_on referred resolved elsewhere withdrawn ombudsman".split())
#: Tasks of a clock: the lists of clocks show them.
CLOCKS = ("soon", "overdue")
#: Lists that begin with what is given to whoever looks.
MINE_FIRST = ("today", "week")
UNDELIVERED = ("undelivered", "telephone")
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty is all.

    services  any of these (a service, or those of a team)
    stage     a stage of the procedure, or a place in it ("new", "closed", …)
    speaker   "child" or "adult"
    staff     worked on by this member of staff
    facts     what a figure of a report counts (``casework.report_where``)
    """

    services: tuple[str, ...] = ()
    kind: str = ""
    stage: str = ""
    theme: str = ""
    language: str = ""
    speaker: str = ""
    channel: str = ""
    campaign: str = ""
    staff: int = 0
    facts: Where = EVERYTHING

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list; ``count`` of all, MOST + 1 for more than MOST."""

    items: tuple[Item, ...]
    count: int
    number: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1; of more than MOST lines only the first MOST are paged."""
        return max(1, -(-min(self.count, MOST) // PAGE))


@dataclass(frozen=True, slots=True)
class List:
    """A list: from which table, which of its rows, in which order."""

    source: str
    where: Callable[[datetime], Condition]
    order: tuple[Any, ...]


# Conditions are made once, those of few values once for each: making them takes longer than asking for a page.
_RESTRICTED, _LIMITED, _DANGER, _ACCUSED = restricted(), limited(), danger(), accused()


@lru_cache(256)
def _fact(name: str, *values: str) -> Condition:
    found = exists().where(FACT.c.case_id == CASE.c.id, FACT.c.fact == name)
    return found.where(FACT.c.value.in_(values)) if values else found


def _open() -> Condition:
    # As ranges of the index: most records are closed.
    return or_(CASE.c.place > "closed", and_(CASE.c.place > "", CASE.c.place < "closed"))


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def _tomorrow(now: datetime) -> datetime:
    """When tomorrow begins in London: nothing that is due later is missed before."""
    return midnight(_today(now) + timedelta(days=1))


def _advocate(now: datetime) -> Condition:
    wanted = and_(_fact("advocate", "yes"), not_(_fact("advocacy")))
    return and_(
        _open(), or_(and_(CASE.c.kind == "advocate", CASE.c.place == "new"), wanted, _fact("advocacy", "asked"))
    )


_OURS = ~DUE.c.window & DUE.c.clock.not_in(THEIRS)
_BY_MOMENT = (DUE.c.moment, DUE.c.case_id)
#: The oldest first; not by the index of ids, which would walk through every closed record.
_BY_AGE = (CASE.c.id + 0,)
#: The same of one place, whose index has them in this order.
_IN_PLACE = (CASE.c.id,)

#: The lists, in the order in which somebody should look at them.
LISTS: Mapping[str, List] = {
    "alerts": List("alert", lambda now: ALERT.c.acknowledged_at.is_(None), (ALERT.c.level.desc(), ALERT.c.id)),
    "overdue": List("due", lambda now: (DUE.c.moment <= now) & ~DUE.c.window, _BY_MOMENT),
    "today": List("due", lambda now: (DUE.c.moment > now) & (DUE.c.due <= _today(now)) & ~DUE.c.window, _BY_MOMENT),
    "week": List(
        "due",
        lambda now: (
            (DUE.c.due > _today(now))
            & (DUE.c.due <= _today(now) + timedelta(days=7))
            & (DUE.c.moment >= _tomorrow(now))
            & _OURS
        ),
        _BY_MOMENT,
    ),
    "new": List("case", lambda now: (CASE.c.place == "new") & (CASE.c.stage == "received"), _IN_PLACE),
    "tasks": List(
        "task", lambda now: TASK.c.done_at.is_(None) & TASK.c.why.not_in((*CLOCKS, *UNDELIVERED)), (TASK.c.id,)
    ),
    "advocate": List("case", _advocate, _BY_AGE),
    "unhappy": List("fact", lambda now: (OF_LIST.c.fact == "unhappy") & (CASE.c.place != ""), _BY_AGE),
    "undelivered": List("task", lambda now: TASK.c.done_at.is_(None) & TASK.c.why.in_(UNDELIVERED), (TASK.c.id,)),
    "unfinished": List("case", lambda now: (CASE.c.place == "new") & (CASE.c.stage == "unfinished"), _IN_PLACE),
    "consents": List(
        "case", lambda now: and_(_open(), _fact("consider", "agreement"), not_(_fact("consent"))), _BY_AGE
    ),
    "waiting": List(
        "due", lambda now: (DUE.c.window | DUE.c.clock.in_(THEIRS)) & ((DUE.c.moment > now) | DUE.c.paused), _BY_MOMENT
    ),
    "finish": List("case", lambda now: _open() & (CASE.c.place.in_(LOOSE) | CASE.c.place.like("%.answered")), _BY_AGE),
    "alike": List("alike", lambda now: ALIKE.c.together.is_not(None) & _open(), (ALIKE.c.together.desc(), ALIKE.c.at)),
    "mine": List("case", lambda now: _open(), _BY_AGE),
    "limited": List("case", lambda now: _LIMITED, _BY_AGE),
    "all": List("case", lambda now: CASE.c.place != "", (CASE.c.id.desc(),)),
}
_FROM: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "due": (
        DUE.join(CASE, CASE.c.id == DUE.c.case_id),
        (DUE.c.clock, DUE.c.name, DUE.c.due, DUE.c.moment, DUE.c.warn, DUE.c.paused, DUE.c.window),
    ),
    "case": (CASE, ()),
    "alike": (ALIKE.join(CASE, CASE.c.id == ALIKE.c.case_id), ()),
    "fact": (OF_LIST.join(CASE, CASE.c.id == OF_LIST.c.case_id), ()),
    "alert": (
        ALERT.outerjoin(CASE, and_(CASE.c.talk == ALERT.c.talk, CASE.c.number == ALERT.c.number)),
        (ALERT.c.id.label("about_id"), ALERT.c.level, ALERT.c.categories, ALERT.c.at),
    ),
    "task": (
        TASK.outerjoin(CASE, and_(CASE.c.talk == TASK.c.talk, CASE.c.number == TASK.c.number)),
        (TASK.c.id.label("about_id"), TASK.c.why, TASK.c.about, TASK.c.due.label("day"), TASK.c.at),
    ),
}
_OWN = {"due": DUE, "case": CASE, "alike": ALIKE, "fact": OF_LIST, "alert": ALERT, "task": TASK}


def within(db: Connection, reach: Reach, *, every: bool = False) -> Condition:
    """The condition on ``cases`` that a reach is: its records, without those that name whoever asks.

    Restricted ones are left out unless they are theirs; with ``every`` they are not (signs of danger are for all).
    """
    parts: list[Condition] = []
    if reach.services:
        parts.append(and_(_fact("services", *sorted(reach.services)), not_(_ACCUSED)))
    if reach.danger:
        parts.append(_DANGER)
    if reach.referred:
        parts.append(_part(reach.staff, "referred"))
    mine: Condition = and_(CASE.c.organisation == reach.organisation)
    if not reach.all:
        mine = and_(mine, or_(*parts) if parts else false())
    if not every and reach.knows != "all":
        theirs = [not_(_RESTRICTED), _part(reach.staff, "assigned"), _part(reach.staff, "referred")]
        mine = and_(mine, or_(*theirs, *((_DANGER,) if reach.knows == "danger" else ())))
    return and_(mine, or_(not_(naming(db, reach.staff)), _part(reach.staff, "shown")))


@lru_cache(1024)
def _part(staff: int, part: str) -> Condition:
    on = (CASE_STAFF.c.case_id == CASE.c.id, CASE_STAFF.c.staff == staff, CASE_STAFF.c.part == part)
    return exists().where(*on)


def narrowed(filters: Filters) -> list[Condition]:
    """The conditions on ``cases`` that filters are."""
    out: list[Condition] = [
        column == wanted
        for column, wanted in (
            (CASE.c.kind, filters.kind),
            (CASE.c.language, filters.language),
            (CASE.c.channel, filters.channel),
        )
        if wanted
    ]
    if filters.stage:
        out.append(CASE.c.place.in_((filters.stage, f"{filters.stage}.answered")))
    if filters.services:
        out.append(_fact("services", *filters.services))
    facts = (("theme", filters.theme), ("campaign", filters.campaign))
    out += [_fact(name, value) for name, value in facts if value]
    if filters.speaker:
        child = _fact("who", "child")
        out.append(child if filters.speaker == "child" else not_(child))
    if filters.staff:
        out.append(_part(filters.staff, "assigned"))
    return [*out, *conditions(filters.facts)]


def _query(
    db: Connection, reach: Reach, name: str, filters: Filters, now: datetime, seen: Condition | None = None
) -> Select[Any]:
    one = LISTS[name]
    source, columns = _FROM[one.source]
    if seen is None or one.source == "alert":
        seen = within(db, reach, every=one.source == "alert")
    if one.source in ("alert", "task") and not filters and reach.all:
        seen = or_(CASE.c.id.is_(None), seen)
    mine = [_part(reach.staff, "assigned")] if name == "mine" else []
    own = _OWN[one.source].c.organisation == reach.organisation
    query = select(CASE.c.id, *columns).select_from(source)
    if name not in LIMITED_TOO:
        mine.append(or_(CASE.c.id.is_(None), not_(_LIMITED)) if one.source == "task" else not_(_LIMITED))
    return query.where(own, one.where(now), seen, *narrowed(filters), *mine)


def counts(db: Connection, reach: Reach, filters: Filters, now: datetime, names: Sequence[str] = ()) -> dict[str, int]:
    """How long each list is; MOST + 1 says that it is longer than MOST."""
    seen = within(db, reach)
    return {name: count(db, _query(db, reach, name, filters, now, seen)) for name in names or LISTS if name != "all"}


def count(db: Connection, query: Select[Any]) -> int:
    """How many rows, as far as MOST + 1."""
    inner = query.order_by(None).limit(MOST + 1).subquery()
    return int(db.execute(select(func.count()).select_from(inner)).scalar_one())


def page(
    db: Connection, reach: Reach, name: str, filters: Filters, now: datetime, number: int = 1, known: int | None = None
) -> Page:
    """Page ``number`` (from 1) of a list; ``known``: how long it is. KeyError for a list there is not."""
    if known == 0:
        return Page((), 0)
    query, number = _query(db, reach, name, filters, now), max(1, number)
    start, ordered = (number - 1) * PAGE, query.order_by(*LISTS[name].order)
    given = _given(db, reach.staff) if name in MINE_FIRST else []
    if given:
        # Asked for by themselves: to sort by whose it is, the whole list would have to be read for each page.
        mine = _rows(db, ordered.where(DUE.c.case_id.in_(given)).limit(start + PAGE))
        rows = mine[start:]
        if len(rows) < PAGE:
            others = ordered.where(DUE.c.case_id.not_in(given))
            rows += _rows(db, others.limit(PAGE - len(rows)).offset(max(0, start - len(mine))))
    else:
        rows = _rows(db, ordered.limit(PAGE).offset(start))
    return Page(lines(db, rows, now), count(db, query) if known is None else known, number)


def _given(db: Connection, staff: int) -> list[int]:
    """Records with a clock that are given to a member of staff."""
    theirs = (CASE_STAFF.c.staff == staff, CASE_STAFF.c.part == "assigned")
    query = select(CASE_STAFF.c.case_id).join(DUE, DUE.c.case_id == CASE_STAFF.c.case_id)
    return list(db.execute(query.where(*theirs).distinct()).scalars())


def _rows(db: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(query).mappings().all()]


def everything(db: Connection, reach: Reach, name: str, filters: Filters, now: datetime) -> tuple[Item, ...]:
    """The whole of a list, for its export; at most a hundred thousand lines."""
    query = _query(db, reach, name, filters, now).order_by(*LISTS[name].order).limit(100_000)
    rows = _rows(db, query)
    return tuple(item for start in range(0, len(rows), 500) for item in lines(db, rows[start : start + 500], now))
