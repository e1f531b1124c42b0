"""The weekly list: informal feedback and complaints, what was done in a week, what is due in the next.

Nothing is opened for it: kinds of events, their days and clocks are not sealed. What stands open and when it falls due
is as of now; what was done is of the week that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from casework.calendar import midnight
from storage import desk
from storage.casefile import EVENT
from storage.desk import CASE, DUE
from storage.lines import Item, lines
from storage.reach import Reach

#: Kinds of record that the meeting looks at, in this order.
KINDS = ("informal", "complaint")
#: Steps of informal feedback's loop, whose days are shown.
STEPS = ("contacted", "acted", "loop_closed", "closed")
#: Events that are nothing done: they say how the record is kept, or what Hearback wrote.
QUIET = (
    "updated", "changed", "contact", "told", "message_kept", "corrected", "entered",
    "picture_chosen", "picture_missed", "receipt_declined",
)  # fmt: skip
#: Records of a kind that one page shows.
MOST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One record: ``done`` kinds of events of the week in their order, ``steps`` the day of each, the latest."""

    item: Item
    done: tuple[str, ...] = ()
    steps: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday: by kind what is open, was closed in it, came in it; and what is due in the next.

    ``more``: kinds with more open records than MOST.
    """

    monday: date
    open: Mapping[str, tuple[Line, ...]]
    closed: Mapping[str, tuple[Line, ...]]
    new: Mapping[str, int]
    due: tuple[Item, ...]
    more: tuple[str, ...] = ()


def begins(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week(db: Connection, reach: Reach, monday: date, now: datetime) -> Week:
    """The list of a week, as far as a reach goes."""
    start, end = midnight(monday), midnight(monday + timedelta(days=7))
    seen = desk.within(db, reach)
    came = func.coalesce(CASE.c.filed_at, CASE.c.begun_at)
    ended = select(EVENT.c.case_id).where(EVENT.c.type == "closed", EVENT.c.at >= start)
    found: dict[str, tuple[tuple[Line, ...], tuple[Line, ...]]] = {}
    new: dict[str, int] = {}
    more = []
    for kind in KINDS:
        mine = (CASE.c.kind == kind, came < end, seen)
        is_open = or_(CASE.c.place > "closed", and_(CASE.c.place > "", CASE.c.place < "closed"))
        was_open = or_(is_open, and_(CASE.c.place == "closed", CASE.c.id.in_(ended)))
        query = select(CASE.c.id).where(*mine, was_open).order_by(CASE.c.id)
        cases = list(db.execute(query.limit(MOST + 1)).scalars())
        if len(cases) > MOST:
            more.append(kind)
        lines = _lines(db, cases[:MOST], start, end, now)
        over = {one.item.id for one in lines if one.item.place == "closed" and one.steps["closed"] < end}
        found[kind] = (
            tuple(one for one in lines if one.item.id not in over),
            tuple(one for one in lines if one.item.id in over),
        )
        count = select(func.count()).select_from(CASE).where(*mine, came >= start)
        new[kind] = int(db.execute(count).scalar_one())
    opened = {kind: pair[0] for kind, pair in found.items()}
    closed = {kind: pair[1] for kind, pair in found.items()}
    return Week(monday, opened, closed, new, _due(db, seen, monday, now), tuple(more))


def _lines(db: Connection, cases: Sequence[int], start: datetime, end: datetime, now: datetime) -> tuple[Line, ...]:
    done: dict[int, dict[str, None]] = {}
    steps: dict[int, dict[str, datetime]] = {}
    of = EVENT.c.case_id.in_(cases)
    query = select(EVENT.c.case_id, EVENT.c.type).where(of, EVENT.c.at >= start, EVENT.c.at < end)
    for case, kind in db.execute(query.where(EVENT.c.type.not_in(QUIET)).order_by(EVENT.c.case_id, EVENT.c.seq)):
        done.setdefault(case, {})[kind] = None
    latest = select(EVENT.c.case_id, EVENT.c.type, EVENT.c.at).where(of, EVENT.c.type.in_(STEPS))
    for case, kind, at in db.execute(latest.order_by(EVENT.c.case_id, EVENT.c.seq)):
        steps.setdefault(case, {})[kind] = at
    return tuple(
        Line(item, tuple(done.get(item.id, ())), steps.get(item.id, {}))
        for item in _items(db, [{"id": case} for case in cases], now)
    )


def _due(db: Connection, seen: ColumnElement[bool], monday: date, now: datetime) -> tuple[Item, ...]:
    """Clocks of ours that fall due in the week after, and what is late by then."""
    columns = (DUE.c.clock, DUE.c.name, DUE.c.due, DUE.c.moment, DUE.c.warn, DUE.c.paused, DUE.c.window)
    query = select(CASE.c.id, *columns).select_from(DUE.join(CASE, CASE.c.id == DUE.c.case_id))
    query = query.where(seen, CASE.c.kind.in_(KINDS), ~DUE.c.window, DUE.c.due < monday + timedelta(days=14))
    rows = db.execute(query.order_by(DUE.c.moment, DUE.c.case_id).limit(MOST)).mappings()
    return _items(db, [dict(row) for row in rows], now)


def _items(db: Connection, rows: Iterable[dict[str, Any]], now: datetime) -> tuple[Item, ...]:
    return lines(db, list(rows), now)
