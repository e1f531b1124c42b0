"""What a line of a list says of a record; none opens a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from storage import models
from storage.about import CASE_STAFF
from storage.models import table
from storage.prepared import Among

CASE = table(models.Case)
FACT = table(models.CaseFact)
DUE = table(models.CaseDue)
ALERT = table(models.Alert)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, without words.

    id        of the record, 0 where a task or an alert belongs to none
    clock     the clock the line is about, else the next of the record's: name, last day, moment it is missed from
    status    of that clock: "overdue", "soon", "running", "paused", "theirs" (the person's time), "" for none
    about     what the list is about: id and code of a task or an alert
    """

    id: int
    reference: str = ""
    kind: str = ""
    place: str = ""
    stage: str = ""
    channel: str = ""
    language: str = ""
    at: datetime | None = None
    services: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    speaker: str = ""
    staff: tuple[int, ...] = ()
    alerts: int = 0
    clock: str = ""
    clock_name: str = ""
    due: date | None = None
    moment: datetime | None = None
    status: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


_CASES = Among(
    CASE.c.id,
    lambda among: select(
        *(CASE.c.id, CASE.c.reference, CASE.c.kind, CASE.c.place, CASE.c.stage, CASE.c.channel, CASE.c.language),
        *(CASE.c.filed_at, CASE.c.begun_at, CASE.c.talk, CASE.c.number),
    ).where(among),
)
_SAID = Among(
    FACT.c.case_id,
    lambda among: select(FACT.c.case_id, FACT.c.fact, FACT.c.value).where(
        among, FACT.c.fact.in_(("services", "theme", "who"))
    ),
)
_STAFF = Among(
    CASE_STAFF.c.case_id,
    lambda among: select(CASE_STAFF.c.case_id, CASE_STAFF.c.staff).where(among, CASE_STAFF.c.part == "assigned"),
)
_CLOCKS = Among(DUE.c.case_id, lambda among: select(DUE).where(among))
_SIGNS = Among(
    ALERT.c.talk,
    lambda among: (
        select(ALERT.c.talk, ALERT.c.number, func.count())
        .where(among, ALERT.c.acknowledged_at.is_(None))
        .group_by(ALERT.c.talk, ALERT.c.number)
    ),
)


def lines(db: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> tuple[Item, ...]:
    """The lines of rows that have a record's ``id`` and what the list is about besides."""
    wanted = list(dict.fromkeys(row["id"] for row in rows if row["id"]))
    cases = {row.id: row for row in _CASES.run(db, wanted).all()}
    facts: dict[tuple[int, str], list[str]] = {}
    for case, fact, value in _SAID.run(db, wanted).all():
        facts.setdefault((case, fact), []).append(value)
    staff: dict[int, list[int]] = {}
    for case, one in _STAFF.run(db, wanted).all():
        staff.setdefault(case, []).append(one)
    clocks = _next(db, list(dict.fromkeys(row["id"] for row in rows if row["id"] and "clock" not in row)))
    talks = [case.talk for case in cases.values()]
    red = {(talk, number): n for talk, number, n in _SIGNS.run(db, talks).all()}
    out = []
    for row in rows:
        case = cases.get(row["id"])
        about = {key: value for key, value in row.items() if key in _ABOUT}
        if case is None:
            out.append(Item(0, at=row.get("at"), about=about))
            continue
        clock = row if "clock" in row else clocks.get(case.id, {})
        who = facts.get((case.id, "who"), [])
        out.append(
            Item(
                case.id, case.reference, case.kind, case.place, case.stage, case.channel, case.language,
                case.filed_at or case.begun_at,
                services=tuple(s for s in facts.get((case.id, "services"), ()) if s not in ("skipped", "unsure")),
                themes=tuple(facts.get((case.id, "theme"), ())),
                speaker="child" if "child" in who else "adult" if who else "",
                staff=tuple(staff.get(case.id, ())),
                alerts=red.get((case.talk, case.number), 0),
                clock=clock.get("clock", ""), clock_name=clock.get("name", ""), due=clock.get("due"),
                moment=clock.get("moment"), status=status(clock, now), about=about,
            )
        )  # fmt: skip
    return tuple(out)


_ABOUT = ("about_id", "level", "categories", "why", "about", "day", "at")


def status(clock: Mapping[str, Any], now: datetime) -> str:
    """How a clock's row stands."""
    if not clock:
        return ""
    if clock["paused"] or clock["moment"] is None:
        return "paused"
    if clock["window"]:
        return "theirs"
    if clock["moment"] <= now:
        return "overdue"
    return "soon" if clock["warn"] and clock["warn"] <= now else "running"


def _next(db: Connection, cases: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The next clock of each record: ours before the person's, running before paused."""
    found: dict[int, dict[str, Any]] = {}
    if not cases:
        return found
    for row in map(dict, _CLOCKS.run(db, cases).mappings().all()):
        old = found.get(row["case_id"])
        if old is None or _rank(row) < _rank(old):
            found[row["case_id"]] = row
    return found


def _rank(row: Mapping[str, Any]) -> tuple[bool, bool, float]:
    return row["window"], row["moment"] is None, row["moment"].timestamp() if row["moment"] else 0.0
