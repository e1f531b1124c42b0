"""The clocks of a record as rows: written from a fold, asked for what is soon, due today or overdue.

A row says when; whether that has passed is asked of it with the time. Only clocks that run or are paused have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.record import CaseState
from casework.told import promised, standing
from storage import models, models_clocks
from storage.ids import new_id
from storage.models import table

CASE = table(models.Case)
DUE = table(models.CaseDue)
JOB = table(models_clocks.Job)
TALK = table(models.Talk)
TASK = table(models.Task)

#: The kind of job that looks at a record's clocks when the next one falls due; its key is the record's id.
KIND = "dues"
#: Tasks that a clock makes; they are done when it stops or its day changes.
SOON, OVERDUE, MOVED = "soon", "overdue", "moved"
Row = dict[str, Any]


def stand(case: Row, profile: Profile, state: CaseState, before: Iterable[Mapping[str, Any]] = ()) -> list[Row]:
    """Have the record's row say where it stands, and give the rows of its clocks.

    What staff have been told about a clock stays told while it falls due at the same moment (``before``).
    """
    days = promised(profile, state)
    case["place"], case["stage"] = state.place, standing(profile, state)
    case["acknowledge_by"], case["answer_by"] = days.get("acknowledge_by"), days.get("answer_by")
    if state.kind not in ("", "unfinished"):
        case["kind"] = state.kind
    told = {(row["clock"], row["moment"]): row for row in before}
    rows = []
    for running in state.running:
        due = running.deadline
        old = told.get((running.clock, due.moment if due else None), {"warned": False, "late": False})
        rows.append(
            {
                "case_id": case["id"],
                "clock": running.clock,
                "organisation": case["organisation"],
                "name": running.name,
                "stage": state.stage,
                "due": due.day if due else None,
                "moment": due.moment if due else None,
                "warn": running.warn if due else None,
                "paused": running.paused,
                "window": running.window,
                "warned": old["warned"],
                "late": old["late"],
            }
        )
    return rows


def job(case: Row, rows: Iterable[Row]) -> Row | None:
    """The job that looks at these clocks when the first of them wants it, None when none ever will."""
    if (at := next_moment(rows)) is None:
        return None
    organisation = case["organisation"]
    row = {"kind": KIND, "key": str(case["id"]), "organisation": organisation, "run_at": at}
    return row | {"leased_until": None, "attempts": 0}


def next_moment(rows: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When staff must next be told something about these clocks."""
    moments = [row["warn"] for row in rows if row["warn"] and not (row["window"] or row["warned"])]
    moments += [row["moment"] for row in rows if row["moment"] and not (row["window"] or row["late"])]
    return min(moments, default=None)


def stopped(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[str]:
    """Clocks whose tasks are over: they stopped, or fall due at another moment now."""
    going = {(row["clock"], row["moment"]) for row in after}
    return [row["clock"] for row in before if (row["clock"], row["moment"]) not in going]


def of(db: Connection, cases: Sequence[int]) -> dict[int, list[Row]]:
    """The clocks of records, the first to fall due in front; paused ones last."""
    found: dict[int, list[Row]] = {}
    for row in db.execute(select(DUE).where(DUE.c.case_id.in_(cases))).mappings():
        found.setdefault(row["case_id"], []).append(dict(row))
    for rows in found.values():
        rows.sort(key=lambda row: (row["moment"] is None, row["moment"] and row["moment"].timestamp()))
    return found


def lock(db: Connection, case_id: int) -> Row | None:
    """The record's row, held until the transaction ends; the talk first, as a turn does. None when there is none."""
    talk = db.execute(select(CASE.c.talk).where(CASE.c.id == case_id)).scalar()
    db.execute(select(TALK.c.id).where(TALK.c.id == talk).with_for_update())
    row = db.execute(select(CASE).where(CASE.c.id == case_id).with_for_update()).mappings().first()
    return dict(row) if row is not None else None


def rewrite(db: Connection, case: Row, before: Sequence[Row], after: Sequence[Row], at: datetime) -> None:
    """Put the rows of a record's clocks in the place of those before, with their job; end the tasks of what stopped."""
    db.execute(delete(DUE).where(DUE.c.case_id == case["id"]))
    db.execute(delete(JOB).where(JOB.c.kind == KIND, JOB.c.key == str(case["id"])))
    if after:
        db.execute(insert(DUE), list(after))
    if work := job(case, after):
        db.execute(insert(JOB), work)
    settle(db, case, stopped(before, after), (SOON, OVERDUE, MOVED), at)


def settle(db: Connection, case: Row, clocks: Sequence[str], whys: Sequence[str], at: datetime) -> None:
    """Tasks about these clocks are done."""
    if clocks:
        about = (TASK.c.talk == case["talk"], TASK.c.number == case["number"], TASK.c.about.in_(clocks))
        db.execute(update(TASK).where(*about, TASK.c.why.in_(whys), TASK.c.done_at.is_(None)).values(done_at=at))


def task(case: Row, why: str, clock: str, due: date | None, at: datetime) -> Row:
    """A task about a clock of a record."""
    where = {"id": new_id(), "organisation": case["organisation"], "talk": case["talk"], "number": case["number"]}
    return where | {"why": why, "about": clock, "due": due, "words": None, "at": at, "done_at": None}


def fall_due(db: Connection, case_id: int, now: datetime) -> datetime | None:
    """Make the tasks for clocks that are soon due or missed by now, each once; when to look again, None for never.

    After a stop both moments of a clock may have passed: then there is one task, that it was missed.
    """
    case = lock(db, case_id)
    if case is None:
        return None
    rows = of(db, [case_id]).get(case_id, [])
    tasks = []
    for row in rows:
        if row["window"] or row["moment"] is None:
            continue
        late, soon = row["moment"] <= now, row["warn"] <= now
        if late and not row["late"]:
            settle(db, case, [row["clock"]], (SOON,), now)
            tasks.append(task(case, OVERDUE, row["clock"], row["due"], now))
        elif soon and not row["warned"]:
            tasks.append(task(case, SOON, row["clock"], row["due"], now))
        if (late, soon or late) != (row["late"], row["warned"]):
            row["late"], row["warned"] = late or row["late"], soon or late or row["warned"]
            mine = (DUE.c.case_id == case_id, DUE.c.clock == row["clock"])
            db.execute(update(DUE).where(*mine).values(late=row["late"], warned=row["warned"]))
    if tasks:
        db.execute(insert(TASK), tasks)
    return next_moment(rows)


# Asked by people --------------------------------------------------------------------------------


def overdue(db: Connection, organisations: Sequence[str], now: datetime) -> list[Row]:
    """Clocks that were missed, the longest first: JSON-able, each with its record's reference."""
    return _asked(db, organisations, now, DUE.c.moment <= now)


def due_today(db: Connection, organisations: Sequence[str], now: datetime) -> list[Row]:
    """Clocks whose last day in London is today, and that are not missed yet."""
    today = now.astimezone(LONDON).date()
    return _asked(db, organisations, now, (DUE.c.due == today) & (DUE.c.moment > now))


def warned(db: Connection, organisations: Sequence[str], now: datetime) -> list[Row]:
    """Clocks that are soon due and not missed yet."""
    return _asked(db, organisations, now, (DUE.c.warn <= now) & (DUE.c.moment > now))


def _asked(db: Connection, organisations: Sequence[str], now: datetime, where: Any) -> list[Row]:
    query = (
        select(DUE, CASE.c.reference, CASE.c.kind)
        .join(CASE, CASE.c.id == DUE.c.case_id)
        .where(DUE.c.organisation.in_(organisations), ~DUE.c.window, where)
        .order_by(DUE.c.moment)
    )
    return [said(row, now) | _whose(row) for row in map(dict, db.execute(query).mappings())]


def _whose(row: Mapping[str, Any]) -> Row:
    return {name: row[name] for name in ("organisation", "reference", "kind", "stage")}


def said(row: Mapping[str, Any], now: datetime) -> Row:
    """A clock's row for people: status "paused", "overdue", "soon" or "running"; days and times as ISO text."""
    status = "running"
    if row["paused"] or row["moment"] is None:
        status = "paused"
    elif row["moment"] <= now:
        status = "overdue"
    elif row["warn"] <= now:
        status = "soon"
    return {
        "clock": row["clock"],
        "name": row["name"],
        "status": status,
        "due": row["due"].isoformat() if row["due"] else None,
        "moment": row["moment"].isoformat() if row["moment"] else None,
        "window": row["window"],
    }
