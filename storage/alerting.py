"""Telling staff of signs of danger, as rows: what is open, who has been told when, who acknowledged.

``look`` reads what has to be told now (``casework.alerting`` decides), ``begin`` writes it down before anything is
sent, ``finish`` writes what became of it. A process that dies in between leaves rows with the error UNFINISHED: they
count for nothing, and are sent again by whoever leases the job next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, insert, select, tuple_, update

from casework.alerting import (
    ACCUSED,
    CALM,
    HOLE,
    UNANSWERED,
    UNTOLD,
    Desk,
    Message,
    Sign,
    Step,
    Told,
    levels,
    messages,
    step,
)  # fmt: skip
from casework.procedure import Profile
from casework.routing import ACCUSES, HARM
from storage import changes, models, models_desk
from storage.alert_links import make
from storage.alert_naming import kept
from storage.alert_ways import Route, mark, on_duty, routes, shut_out
from storage.ids import new_id
from storage.jobs import Job, held
from storage.models import table
from storage.sealer import Sealer
from storage.store import Store

ALERT = table(models.Alert)
CASE = table(models.Case)
FACT = table(models.CaseFact)
TASK = table(models.Task)
SENT = table(models_desk.AlertSent)
#: The error of a try that was begun; one that is found later belongs to a process that died.
UNFINISHED = "unfinished"
#: A rota whose last turn ended longer ago is not kept any more.
KEPT = timedelta(days=14)
#: Rows of earlier messages that are looked through for how busy a way was lately.
LATELY = 5000
#: Rows written in one transaction.
ROWS = 250


@dataclass(frozen=True, slots=True)
class Open:
    """A sign of danger that nobody has acknowledged, without its words; ``reference`` "" while there is no record."""

    id: int
    talk: int
    number: int
    level: str
    categories: tuple[str, ...]
    at: datetime
    reference: str = ""
    case: int = 0

    @property
    def group(self) -> str:
        """Signs of one record are told together: its talk and its number in the talk."""
        return f"{self.talk}:{self.number}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to be sent: over ``route``, about these signs. ``token`` of its link; ``rows`` of ``alert_sent``."""

    route: Route
    signs: tuple[Open, ...]
    round: int
    at: datetime
    token: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now. ``untold``: signs that no way reaches; ``again``: when to look next, None for never."""

    parcels: tuple[Parcel, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    tasks: tuple[dict[str, Any], ...] = ()
    untold: int = 0
    again: datetime | None = None
    seen: frozenset[int] = frozenset()


def opened(db: Connection, organisation: str) -> list[Open]:
    """The signs of danger of an organisation that nobody has acknowledged, the oldest first."""
    source = ALERT.outerjoin(CASE, (CASE.c.talk == ALERT.c.talk) & (CASE.c.number == ALERT.c.number))
    columns = (ALERT.c.id, ALERT.c.talk, ALERT.c.number, ALERT.c.level, ALERT.c.categories, ALERT.c.at)
    query = select(*columns, CASE.c.reference, CASE.c.id.label("case")).select_from(source)
    query = query.where(ALERT.c.organisation == organisation, ALERT.c.acknowledged_at.is_(None))
    return [_open(dict(row)) for row in db.execute(query.order_by(ALERT.c.id)).mappings()]


def waiting(db: Connection) -> tuple[str, ...]:
    """Organisations where a sign of danger waits to be acknowledged."""
    return tuple(db.execute(select(ALERT.c.organisation).where(ALERT.c.acknowledged_at.is_(None)).distinct()).scalars())


def _open(row: Mapping[str, Any]) -> Open:
    place = (row["id"], row["talk"], row["number"], row["level"])
    return Open(*place, tuple(row["categories"].split()), row["at"], row["reference"] or "", row["case"] or 0)


def desk(db: Connection, profile: Profile, ways: Sequence[Route], now: datetime) -> Desk:
    """Who can be told at an organisation just now."""
    assert profile.duty is not None, "an organisation that is served has a duty line"
    on, rotas = on_duty(db, profile.id, now, now - KEPT)
    gone = shut_out(db, profile.id)
    theirs = {tier: who - gone for tier, who in on.items()}
    return Desk(profile.duty, profile.calendar, tuple(one.way for one in ways if one.staff not in gone), theirs, rotas)


def look(db: Connection, store: Store, sealer: Sealer, profile: Profile, now: datetime) -> Plan:
    """What is to be told at an organisation now, and over which ways."""
    found = {one.id: one for one in opened(db, profile.id)}
    ways = {one.id: one for one in routes(db, sealer, profile.id)}
    at_desk = desk(db, profile, tuple(ways.values()), now)
    told = _told(db, profile.id)
    signs = [Sign(one.id, one.level, one.at, one.group, tuple(told.get(one.id, ()))) for one in found.values()]
    level = levels(signs)
    pending: dict[int, list[tuple[Sign, int]]] = {}
    rows: list[dict[str, Any]] = []
    tasks = list(_accusations(db, found.values(), now))
    looks: list[datetime] = []
    untold, holes = 0, set()
    for sign in signs:
        todo = step(at_desk, sign, level[sign.group], now)
        if todo.ways:
            sign = replace(sign, kept=kept(db, store.vault, found[sign.id], ways.values()))
            todo = step(at_desk, sign, level[sign.group], now)
        if not todo.ways:
            looks.append(todo.look)
        holes |= set(todo.holes)
        for way in todo.ways:
            if way:
                pending.setdefault(way, []).append((sign, todo.round))
        rows += _unsent(profile.id, sign, todo, now)
        untold += UNTOLD in todo.tasks
        tasks += [_task(found[sign.id], why, now) for why in todo.tasks]
    tasks += [_rota(profile.id, tier, now) for tier in sorted(holes)]
    ready, waits = messages(pending, _lately(db, profile.id, now), now)
    parcels, more = _parcels(store, profile.id, ready, found, ways, pending, now)
    looks += waits.values()
    again = now if parcels or rows else min(looks, default=None)
    return Plan(parcels, (*rows, *more), tuple(tasks), untold, again, frozenset(found))


def _told(db: Connection, organisation: str) -> dict[int, list[Told]]:
    """Alert -> the tries of the open signs; those of a process that died are left out."""
    mine = (ALERT.c.organisation == organisation, ALERT.c.acknowledged_at.is_(None), SENT.c.error != UNFINISHED)
    query = select(SENT).join(ALERT, ALERT.c.id == SENT.c.alert).where(*mine)
    found: dict[int, list[Told]] = {}
    for row in db.execute(query).mappings():
        found.setdefault(row["alert"], []).append(Told(row["route"] or 0, row["round"], row["state"], row["at"]))
    return found


def _lately(db: Connection, organisation: str, now: datetime) -> dict[int, list[datetime]]:
    """Way -> when messages went over it just now."""
    query = select(SENT.c.route, SENT.c.at, SENT.c.state).where(SENT.c.organisation == organisation)
    found: dict[int, set[datetime]] = {}
    for way, at, state in db.execute(query.order_by(SENT.c.id.desc()).limit(LATELY)):
        if way and state != "kept" and at > now - CALM:
            found.setdefault(way, set()).add(at)
    return {way: sorted(times) for way, times in found.items()}


def _row(organisation: str, alert: int, way: int, number: int, state: str, error: str, at: datetime) -> dict[str, Any]:
    row = {"id": new_id(), "organisation": organisation, "alert": alert, "route": way or None, "round": number}
    return row | {"state": state, "error": error, "at": at}


def _unsent(organisation: str, sign: Sign, todo: Step, now: datetime) -> Iterator[dict[str, Any]]:
    """What is written down of a round besides its messages: the ways left out, and that there was none."""
    for way in todo.kept:
        yield _row(organisation, sign.id, way, todo.round, "kept", "", now)
    if 0 in todo.ways:
        yield _row(organisation, sign.id, 0, todo.round, "failed", UNTOLD, now)


def _parcels(
    store: Store,
    organisation: str,
    ready: Sequence[Message],
    found: Mapping[int, Open],
    ways: Mapping[int, Route],
    pending: Mapping[int, Sequence[tuple[Sign, int]]],
    now: datetime,
) -> tuple[tuple[Parcel, ...], list[dict[str, Any]]]:
    """The messages with their links, and the rows that say that each was begun.

    Way and moment tell messages apart, so those that go over one way at once differ by a millionth of a second.
    """
    rounds = {(way, sign.id): number for way, told in pending.items() for sign, number in told}
    parcels, rows = [], []
    for count, one in enumerate(ready):
        at = now + timedelta(microseconds=count)
        mine = [
            _row(organisation, sign, one.way, rounds[one.way, sign], "failed", UNFINISHED, at) for sign in one.signs
        ]
        token = make(store.vault.ring, one.way, mine[0]["id"], now)
        signs = tuple(found[sign] for sign in one.signs)
        parcels.append(Parcel(ways[one.way], signs, one.round, at, token, tuple(row["id"] for row in mine)))
        rows += mine
    return tuple(parcels), rows


# Tasks ------------------------------------------------------------------------------------------


def _task(one: Open, why: str, now: datetime) -> dict[str, Any]:
    return {"talk": one.talk, "number": one.number, "why": why, "about": "", "due": None, "at": now}


def _rota(organisation: str, tier: str, now: datetime) -> dict[str, Any]:
    return {"talk": None, "number": 0, "why": HOLE, "about": tier, "due": None, "at": now}


def _accusations(db: Connection, found: Iterable[Open], now: datetime) -> Iterator[dict[str, Any]]:
    """An adult who works with children may be accused: a trained person is asked at once, by their own working day.

    So it is when the sign says so, or when there is harm and the record names a worker (``casework.routing``).
    """
    harmed = [one for one in found if set(one.categories) & {*ACCUSES, *HARM}]
    query = select(FACT.c.case_id).where(FACT.c.fact == "worker", FACT.c.value == "said")
    names = set(db.execute(query.where(FACT.c.case_id.in_([one.case for one in harmed]))).scalars())
    for one in harmed:
        if set(one.categories) & set(ACCUSES) or one.case in names:
            yield _task(one, ACCUSED, now)


def _add_tasks(db: Connection, profile: Profile, tasks: Sequence[Mapping[str, Any]]) -> None:
    """Each once for as long as it is open; that somebody is accused once and for all."""
    talks = {task["talk"] for task in tasks if task["talk"]}
    mine = (TASK.c.organisation == profile.id, TASK.c.why.in_({task["why"] for task in tasks}))
    known = set()
    for row in db.execute(select(TASK).where(*mine, TASK.c.talk.is_(None) | TASK.c.talk.in_(talks))).mappings():
        if row["done_at"] is None or row["why"] == ACCUSED:
            known.add((row["talk"], row["number"], row["why"], row["about"]))
    new = []
    for task in tasks:
        place = (task["talk"], task["number"], task["why"], task["about"])
        if place in known:
            continue
        known.add(place)
        end = profile.calendar.deadline(task["at"], 1, "working days") if task["why"] == ACCUSED else None
        more = {"id": new_id(), "organisation": profile.id, "words": None, "done_at": None}
        new.append({**task, **more, "due": end.day if end else None})
    if new:
        db.execute(insert(TASK), new)


# Writing ----------------------------------------------------------------------------------------


def begin(db: sqlmodel.Session, profile: Profile, job: Job, plan: Plan, part: Sequence[Mapping[str, Any]]) -> None:
    """Write down what is about to be sent (a part of ``plan.rows``), while the lease is held. Raises Lost."""
    held(db, job)
    if part:
        db.connection().execute(insert(SENT), [dict(row) for row in part])
    if plan.tasks and (not plan.rows or part[0] is plan.rows[0]):
        _add_tasks(db.connection(), profile, plan.tasks)


def finish(db: sqlmodel.Session, sent: Sequence[tuple[Parcel, str]], at: datetime) -> None:
    """What became of messages: (message, "" or a code of why it failed)."""
    connection = db.connection()
    for parcel, error in sent:
        state = {"state": "failed" if error else "sent", "error": error}
        for start in range(0, len(parcel.rows), ROWS):
            rows = SENT.c.id.in_(parcel.rows[start : start + ROWS])
            connection.execute(update(SENT).where(rows).values(state))
        mark(connection, parcel.route.id, error, at)


def next_look(db: sqlmodel.Session, job: Job, plan: Plan, now: datetime) -> datetime | None:
    """When to look again: at once when there are signs by now that were not there. For the end of the job."""
    held(db, job)
    mine = (ALERT.c.organisation == job.organisation, ALERT.c.acknowledged_at.is_(None))
    there = set(db.connection().execute(select(ALERT.c.id).where(*mine)).scalars())
    return now if there - plan.seen else plan.again if there else None


def acknowledge(db: Connection, organisation: str, alerts: Sequence[int], by: str, at: datetime) -> int:
    """Somebody has seen these and acts on them; how many nobody had. Their telephone tasks are done.

    by  "staff:<id>", or "route:<id>" when it was the signed link of that way
    """
    mine = (ALERT.c.organisation == organisation, ALERT.c.id.in_(list(alerts)))
    done = db.execute(
        update(ALERT).where(*mine, ALERT.c.acknowledged_at.is_(None)).values(acknowledged_at=at, acknowledged_by=by)
    )
    records = db.execute(select(ALERT.c.talk, ALERT.c.number).where(*mine)).all()
    changes.touch(db, tuple_(CASE.c.talk, CASE.c.number).in_(records))
    settle(db, records, at)
    return int(done.rowcount)


def settle(db: Connection, records: Iterable[tuple[int, int]], at: datetime) -> None:
    """Nobody has to telephone any more about these (talk, number), where every sign is acknowledged."""
    wanted = list(dict.fromkeys(records))
    left = select(ALERT.c.talk, ALERT.c.number).where(
        tuple_(ALERT.c.talk, ALERT.c.number).in_(wanted), ALERT.c.acknowledged_at.is_(None)
    )
    over = set(wanted) - set(db.execute(left))
    if over:
        where = (tuple_(TASK.c.talk, TASK.c.number).in_(list(over)), TASK.c.why.in_((UNANSWERED, UNTOLD)))
        db.execute(update(TASK).where(*where, TASK.c.done_at.is_(None)).values(done_at=at))
