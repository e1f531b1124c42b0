"""A record after it is filed: what happened to it, where it stands, and what staff add.

Turns write their own events (``storage.filing``); everything else goes through ``append``, inside ``Writer.write``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, delete, insert, select, update

from casework.calendar import LONDON
from casework.case import fold, moves
from casework.dues import Moved
from casework.moves import anytime
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState
from casework.refusals import refusal
from casework.report_facts import counted
from casework.routing import PROCEDURES, Known, suggestions
from casework.tasks import TASKS, tasks
from casework.words import say
from storage import counting, dues, models, models_clocks, survey_jobs, tell_jobs, webhooks
from storage.dues import CASE, DUE, TASK, Row
from storage.ids import new_id, read_reference
from storage.models import table
from storage.procedures import Procedures
from storage.secrets import Erased
from storage.vault import Vault
from storage.work import packed

EVENT = table(models.CaseEvent)
FACT = table(models.CaseFact)
ALERT = table(models.Alert)
MOVED = table(models_clocks.DueMoved)
_CHANGES = ("kind", "stage", "place", "acknowledge_by", "answer_by", "events")


class Refused(Exception):
    """This may not be added to the record now; ``why`` says why and what to do instead."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def find(db: Connection, reference: str, organisations: Sequence[str] | None = None) -> int:
    """The id of a record by its reference. LookupError when these organisations (None: any) have none."""
    wanted = read_reference(reference)
    query = select(CASE.c.id).where(CASE.c.reference == wanted)
    if organisations is not None:
        query = query.where(CASE.c.organisation.in_(organisations))
    found = db.execute(query).scalar()
    if not wanted or found is None:
        raise LookupError(f"There is no record {reference}. References look like HB-7K3M-2Q.")
    return int(found)


def histories(db: Connection, vault: Vault, cases: Iterable[int]) -> dict[int, list[CaseEvent]]:
    """What happened to records, oldest first; what was erased is not there."""
    wanted = list(cases)
    found: dict[int, list[CaseEvent]] = {case: [] for case in wanted}
    query = select(EVENT).where(EVENT.c.case_id.in_(wanted)).order_by(EVENT.c.case_id, EVENT.c.seq)
    for row in db.execute(query).mappings():
        try:
            body = json.loads(vault.unseal(place(row["case_id"], row["seq"]), row["body"]))
        except Erased:
            continue
        found[row["case_id"]].append(event_of(dict(row), body))
    return found


def events(db: Connection, vault: Vault, case: int) -> tuple[CaseEvent, ...]:
    """What happened to a record, oldest first; () when it was erased."""
    return tuple(histories(db, vault, (case,))[case])


def state(db: Connection, vault: Vault, procedures: Procedures, case: int) -> CaseState:
    """Where a record stands. LookupError when there is none."""
    row = db.execute(select(CASE.c.organisation, CASE.c.profile).where(CASE.c.id == case)).first()
    if row is None:
        raise LookupError("there is no such record")
    return fold(procedures.under(*row), events(db, vault, case))


def append(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case: int, event: CaseEvent, *, told: bool = False
) -> CaseState:
    """Add what staff did, when the procedure allows it now; for ``Writer.write``, whose savepoint it is done in.

    The event, the record's clocks, their job and tasks are one, and the job that tells the person, unless they are
    ``told`` already. ``event.id`` is given here. Raises Refused in words that say what to do, LookupError when there
    is no such record.
    """
    connection = db.connection()
    row = dues.lock(connection, case)
    if row is None:
        raise LookupError("there is no such record")
    history = events(connection, vault, case)
    if not history:
        raise Refused(say("What was said here has been erased: nothing can be added to it."))
    profile = procedures.under(row["organisation"], row["profile"])
    before = fold(profile, history)
    if why := refusal(profile, before, event):
        raise Refused(why)
    row["events"] += 1
    put_event(connection, sealed(vault, row, event))
    new = CaseEvent(event.kind, event.at, event.by, event.why, event.data, str(row["events"]))
    after = fold(profile, (*history, new))
    restand(connection, row, profile, after, event.at)
    if not told:
        tell_jobs.plan(connection, row, profile, after.kind, new)
    survey_jobs.plan(connection, row, profile, event, row["events"])
    if after.kind != before.kind:
        _kind_fact(connection, row)
    if event.kind == "routed":
        _route_fact(connection, row, str(event.said("route")))
    put_facts(connection, row, counted(profile, after, procedures.now(row["organisation"])))
    return after


def put_facts(db: Connection, case: Mapping[str, Any], new: Mapping[str, Sequence[str]]) -> None:
    """Put these facts of a record in the place of those before; without values a fact is gone."""
    held: dict[str, set[str]] = {}
    query = select(FACT.c.fact, FACT.c.value).where(FACT.c.case_id == case["id"], FACT.c.fact.in_(list(new)))
    for fact, value in db.execute(query):
        held.setdefault(fact, set()).add(value)
    wanted = {fact: {value for value in values if value} for fact, values in new.items()}
    other = [fact for fact in wanted if wanted[fact] != held.get(fact, set())]
    if gone := [fact for fact in other if fact in held]:
        db.execute(delete(FACT).where(FACT.c.case_id == case["id"], FACT.c.fact.in_(gone)))
    if rows := [
        {"case_id": case["id"], "fact": fact, "value": value, "organisation": case["organisation"]}
        for fact in other
        for value in sorted(wanted[fact])
    ]:
        db.execute(insert(FACT), rows)
    counting.stir(db, [case["id"]])


def put_event(db: Connection, row: Row) -> None:
    """Write an event that was ``sealed``, and have other systems told that it happened."""
    db.execute(insert(EVENT), row)
    webhooks.stir(db, [row])


def sealed(vault: Vault, case: Mapping[str, Any], event: CaseEvent, **more: Any) -> Row:
    """The row of an event that is number ``case["events"]`` of its record; ``more`` joins what is sealed."""
    body = {"entries": [], "why": event.why, "data": dict(event.data), **more}
    seq = case["events"]
    return {
        "case_id": case["id"],
        "seq": seq,
        "organisation": case["organisation"],
        "at": event.at,
        "who": event.by,
        "type": event.kind,
        "body": vault.seal(case["key"], place(case["id"], seq), packed({k: v for k, v in body.items() if v or v == 0})),
    }


def event_of(row: Mapping[str, Any], body: Mapping[str, Any]) -> CaseEvent:
    """The event of a row and its opened body."""
    data = body.get("data", {})
    return CaseEvent(row["type"], row["at"], row["who"], body.get("why", ""), data, str(row["seq"]))


def place(case: int, seq: int) -> str:
    """Where the body of an event is sealed to."""
    return f"case_event.body:{case}:{seq}"


def restand(db: Connection, case: Row, profile: Profile, now: CaseState, at: datetime) -> list[Row]:
    """Write where a record stands now, and its clocks; the clocks as they were before."""
    before = dues.of(db, [case["id"]]).get(case["id"], [])
    dues.rewrite(db, case, before, dues.stand(case, profile, now, before), at)
    db.execute(update(CASE).where(CASE.c.id == case["id"]).values({name: case[name] for name in _CHANGES}))
    return before


def _kind_fact(db: Connection, case: Row) -> None:
    gone = (FACT.c.case_id == case["id"], FACT.c.fact == "kind")
    db.execute(delete(FACT).where(*gone))
    row = {"case_id": case["id"], "fact": "kind", "value": case["kind"], "organisation": case["organisation"]}
    db.execute(insert(FACT), row)


def _route_fact(db: Connection, case: Row, route: str) -> None:
    """Every way it was sent counts, and safeguarding sees what was sent to it (``storage.about.danger``)."""
    there = (FACT.c.case_id == case["id"], FACT.c.fact == "route", FACT.c.value == route)
    if db.execute(select(FACT.c.value).where(*there)).first() is None:
        row = {"case_id": case["id"], "fact": "route", "value": route, "organisation": case["organisation"]}
        db.execute(insert(FACT), row)


# When working days change -----------------------------------------------------------------------


def recompute(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, case: int, now: datetime
) -> tuple[Moved, ...]:
    """Count a record's open clocks again; what fell due on another day is written down with a task to tell the person.

    For ``Writer.write``. Done again it moves nothing.
    """
    connection = db.connection()
    row = dues.lock(connection, case)
    history = events(connection, vault, case) if row is not None else ()
    if row is None or not history:
        connection.execute(delete(DUE).where(DUE.c.case_id == case))
        return ()
    profile = procedures.under(row["organisation"], row["profile"])
    before = dues.of(connection, [case]).get(case, [])
    standing = fold(profile, history)
    after = dues.stand(row, profile, standing, before)
    days = {one["clock"]: one["due"] for one in after}
    moved = tuple(
        Moved(one["clock"], one["name"], one["due"], days[one["clock"]])
        for one in before
        if one["clock"] in days and days[one["clock"]] != one["due"]
    )
    if moved:
        restand(connection, row, profile, standing, now)
        names = {"organisation": row["organisation"], "case_id": case, "at": now}
        told = [{"id": new_id(), "clock": m.clock, "name": m.name, "before": m.before, "after": m.after} for m in moved]
        connection.execute(insert(MOVED), [one | names for one in told])
        theirs = {one["clock"] for one in after if not one["window"]}
        work = [dues.task(row, dues.MOVED, m.clock, m.after, now) for m in moved if m.clock in theirs]
        if work:
            connection.execute(insert(TASK), work)
    return moved


def moved(db: Connection, organisations: Sequence[str]) -> list[Row]:
    """What fell due on another day because working days changed, newest first: JSON-able."""
    query = (
        select(MOVED, CASE.c.reference)
        .join(CASE, CASE.c.id == MOVED.c.case_id)
        .where(MOVED.c.organisation.in_(organisations))
        .order_by(MOVED.c.at.desc(), CASE.c.reference)
    )
    names = ("organisation", "reference", "clock", "name")
    return [
        {name: row[name] for name in names}
        | {name: row[name].isoformat() if row[name] else None for name in ("before", "after", "at")}
        for row in db.execute(query).mappings()
    ]


# For people -------------------------------------------------------------------------------------


def view(db: Connection, vault: Vault, procedures: Procedures, case: int, now: datetime) -> Row:
    """Where a record stands, in words, JSON-able.

    procedure    id, name and version it is under; ``now`` False when the organisation's own has changed since
    place, stage where it stands; the stage's name
    clocks       each with name, status ("running", "soon", "overdue", "paused", "met", "missed"), due, moment
    to_do        task -> what it asks
    moves        what may happen next: event, what it is called, the details it needs; ``always``: at every place
    routing      why it is under its procedure, and what a person should consider
    """
    row = db.execute(select(CASE).where(CASE.c.id == case)).mappings().one()
    organisation = row["organisation"]
    profile = procedures.under(organisation, row["profile"])
    found = fold(profile, events(db, vault, case))
    current = procedures.profiles.get(organisation)
    stage = profile.stages.get(found.stage)
    always = {move.event for move in anytime(profile)}
    return {
        "procedure": {
            "id": profile.id,
            "name": str(profile.name),
            "version": row["profile"],
            "now": current is None or current.version == row["profile"],
        },
        "place": found.place,
        "stage_name": str(stage.name) if stage else "",
        "clocks": [_clock(running, now) for running in (*found.running, *_stopped(found))],
        "to_do": {one: TASKS[one] for one in tasks(profile, found)},
        "moves": [
            {"event": m.event, "name": m.name, "needs": list(m.needs), "always": m.event in always}
            for m in moves(profile, found)
        ],
        "routing": routing(db, profile, found, dict(row)),
    }


def _stopped(found: CaseState) -> list[Any]:
    return [running for running in found.clocks.values() if running.stopped is not None]


def _clock(running: Any, now: datetime) -> Row:
    due = running.deadline
    return {
        "clock": running.clock,
        "name": running.name,
        "status": running.status(now),
        "due": due.day.isoformat() if due else None,
        "moment": due.moment.isoformat() if due else None,
        "started": running.started.isoformat(),
        "extended": running.extended,
        "window": running.window,
        "stopped": running.stopped.isoformat() if running.stopped else None,
        "by": running.by,
    }


def routing(db: Connection, profile: Profile, found: CaseState, row: Mapping[str, Any]) -> Row:
    """Why a record is under its procedure, and what a person should consider by what is known now."""
    facts: dict[str, tuple[str, ...]] = {}
    for fact, value in db.execute(select(FACT.c.fact, FACT.c.value).where(FACT.c.case_id == row["id"])):
        facts[fact] = (*facts.get(fact, ()), value)
    about = (ALERT.c.talk == row["talk"], ALERT.c.number == row["number"])
    signs = db.execute(select(ALERT.c.categories).where(*about)).scalars()
    dangers = tuple(dict.fromkeys(" ".join(signs).split()))
    filed = (row["filed_at"] or row["begun_at"]).astimezone(LONDON).date()
    known = Known(row["kind"], facts, filed, dangers)
    why = "made_complaint" if found.last("made_complaint") else found.kind
    return {
        "why": PROCEDURES.get(why, ""),
        "consider": [
            {"reason": one.reason, "words": one.words, "route": one.route, "to": one.to, "urgent": one.urgent}
            for one in suggestions(profile, known)
        ],
    }
