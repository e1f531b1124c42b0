"""The register of what people asked under their rights, and the records a worker chose for each.

Nobody merges people: a worker names the records, and is shown others from the same telephone or of the same name.
An ended request keeps only what was done, when and by whom; its words and its copy have a key of their own. Before the
day on which an answer is due there is a task.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from casework.calendar import LONDON
from storage import models, models_rights
from storage.erasing import doom
from storage.ids import new_id
from storage.models import table
from storage.vault import Vault
from storage.work import packed

CASE = table(models.Case)
REQUEST = table(models_rights.RightsRequest)
CHOSEN = table(models_rights.RightsCase)
#: What of a request is sealed in its body.
_HELD = ("covered", "without", "withheld", "longer")
KINDS = ("access", "erasure", "rectification", "restriction")
#: How long a copy waits to be fetched.
WAITS = timedelta(days=14)
#: Months in which it is answered, and in which it is once more time was taken. UK GDPR article 12(3).
MONTHS, EXTENDED = 1, 3
#: Why of the task that says so, and how many days before.
WHY, BEFORE = "rights", timedelta(days=7)
TASK = table(models.Task)


class Changed(Exception):
    """Somebody else has changed the request meanwhile, or it is over."""


class NoLonger(Exception):
    """More time was taken before, or the month is over: then it is too late to take it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``covered``: word or name -> "" for covered, else the reason why it may be read.

    without  file -> why it is left out of the copy
    withheld entry -> the reason (``casework.withholding``) and the words why it is left out
    longer   why more time was taken, "" where none was
    records  how many it was about
    cases    id -> reference of those that were chosen and are there, until it has ended
    until    the copy can be fetched until then
    """

    id: int
    organisation: str
    kind: str
    state: str
    records: int
    by: str
    at: datetime
    due: date
    ended_by: str
    ended_at: datetime | None
    until: datetime | None
    version: int
    cases: Mapping[int, str] = field(default_factory=dict)
    covered: Mapping[str, str] = field(default_factory=dict, repr=False)
    without: Mapping[str, str] = field(default_factory=dict, repr=False)
    withheld: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    longer: str = field(default="", repr=False)

    @property
    def extended(self) -> bool:
        """Whether more time was taken."""
        return self.due > months_later(self.at.astimezone(LONDON).date(), MONTHS)

    def extends_to(self, now: datetime) -> date | None:
        """Until when more time can be taken now; None where it cannot any more."""
        today = now.astimezone(LONDON).date()
        going = self.state == "open" and not self.extended and today <= self.due
        return months_later(self.at.astimezone(LONDON).date(), EXTENDED) if going else None

    def waits(self, now: datetime) -> bool:
        """Whether there is a copy to fetch."""
        return self.state == "released" and self.until is not None and now < self.until


def months_later(day: date, months: int) -> date:
    """So many calendar months on, the last day of that month where it has no such day. UK GDPR article 12(3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def begin(
    db: sqlmodel.Session, vault: Vault, organisation: str, kind: str, cases: Collection[int], by: str, at: datetime
) -> int:
    """A new request about these records; its number. ValueError for a kind there is not. For ``Writer.write``."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of request; there are: {', '.join(KINDS)}")
    number, connection = new_id(), db.connection()
    row = {
        "id": number,
        "organisation": organisation,
        "kind": kind,
        "state": "open",
        "key": vault.take(),
        "body": None,
        "records": len(cases),
        "by": by,
        "at": at,
        "due": months_later(at.astimezone(LONDON).date(), MONTHS),
        "ended_by": "",
        "ended_at": None,
        "until": None,
        "file": "",
        "version": 0,
    }
    connection.execute(insert(REQUEST), row)
    _choose(connection, organisation, number, cases)
    return number


def noted(
    db: Connection, organisation: str, kind: str, records: int, by: str, at: datetime, *, state: str = "done"
) -> None:
    """A request that was dealt with at once: only that it was, never about whom."""
    day = at.astimezone(LONDON).date()
    row = {"id": new_id(), "organisation": organisation, "kind": kind, "state": state, "key": 0, "body": None}
    row |= {"records": records, "by": by, "at": at, "due": months_later(day, MONTHS), "ended_by": by, "ended_at": at}
    db.execute(insert(REQUEST), row | {"until": None, "file": "", "version": 0})


def one(db: Connection, vault: Vault, organisation: str, number: int) -> Request | None:
    """A request of an organisation."""
    where = (REQUEST.c.id == number, REQUEST.c.organisation == organisation)
    row = db.execute(select(REQUEST).where(*where)).mappings().first()
    return _request(db, vault, row) if row is not None else None


def listed(db: Connection, organisation: str, most: int = 200) -> list[Request]:
    """The open ones first, by their day; then those released, then the ended. Without what is covered."""
    ended = REQUEST.c.state.in_(("done", "refused"))
    query = select(REQUEST).where(REQUEST.c.organisation == organisation)
    released = REQUEST.c.state == "released"
    query = query.order_by(ended, released, REQUEST.c.ended_at.desc(), REQUEST.c.due, REQUEST.c.id).limit(most)
    return [_request(db, None, row) for row in db.execute(query).mappings()]


def choose(db: sqlmodel.Session, request: Request, cases: Collection[int]) -> None:
    """Other records for a request that is open. Raises Changed."""
    _mark(db.connection(), request, {"records": len(cases)})
    db.connection().execute(delete(CHOSEN).where(CHOSEN.c.request == request.id))
    _choose(db.connection(), request.organisation, request.id, cases)


def cover(db: sqlmodel.Session, vault: Vault, request: Request, covered: Mapping[str, str]) -> None:
    """Say what is covered in the copy, and why something is not. Raises Changed."""
    _decide(db.connection(), vault, replace(request, covered=covered))


def leave_out(db: sqlmodel.Session, vault: Vault, request: Request, without: Mapping[str, str]) -> None:
    """Say which files are not in the copy, and why. Raises Changed."""
    _decide(db.connection(), vault, replace(request, without=without))


def withhold(db: sqlmodel.Session, vault: Vault, request: Request, withheld: Mapping[str, Sequence[str]]) -> None:
    """Say which entries are not in the copy, and why. Raises Changed."""
    _decide(db.connection(), vault, replace(request, withheld=withheld))


def extend(db: sqlmodel.Session, vault: Vault, request: Request, why: str, now: datetime) -> None:
    """Take the two months more that there are for what is complex or much, once. Raises Changed, NoLonger."""
    until = request.extends_to(now)
    if until is None:
        raise NoLonger
    _decide(db.connection(), vault, replace(request, longer=why), due=until)
    _settle(db.connection(), request.organisation, now)


def remind(db: Connection, organisation: str, now: datetime) -> int:
    """A task for every day soon on which an answer is due and that had none; how many. For ``Writer.write``."""
    soon = now.astimezone(LONDON).date() + BEFORE
    days = set(db.execute(select(REQUEST.c.due).where(*_waiting(organisation), REQUEST.c.due <= soon)).scalars())
    known = select(TASK.c.due).where(TASK.c.organisation == organisation, TASK.c.why == WHY)
    row = {"organisation": organisation, "talk": None, "number": 0, "why": WHY, "about": "", "words": None, "at": now}
    new = sorted(days - set(db.execute(known).scalars()))
    if new:
        db.execute(insert(TASK), [row | {"id": new_id(), "due": day, "done_at": None} for day in new])
    _settle(db, organisation, now)
    return len(new)


def _settle(db: Connection, organisation: str, now: datetime) -> None:
    """Tasks of days on which nothing is due any more are done."""
    mine = (TASK.c.organisation == organisation, TASK.c.why == WHY, TASK.c.done_at.is_(None))
    left = select(REQUEST.c.due).where(*_waiting(organisation))
    db.execute(update(TASK).where(*mine, TASK.c.due.not_in(left)).values(done_at=now))


def _waiting(organisation: str) -> tuple[Any, ...]:
    return (REQUEST.c.organisation == organisation, REQUEST.c.state == "open")


def _decide(db: Connection, vault: Vault, request: Request, **more: Any) -> None:
    """Keep what was decided about a copy, sealed."""
    key = db.execute(select(REQUEST.c.key).where(REQUEST.c.id == request.id)).scalar_one()
    held = {name: getattr(request, name) for name in _HELD}
    body = packed({name: dict(one) if isinstance(one, Mapping) else one for name, one in held.items()})
    _mark(db, request, {"body": vault.seal(key, f"rights_request.body:{request.id}", body), **more})


def release(db: sqlmodel.Session, request: Request, file: str, by: str, at: datetime) -> None:
    """The copy is made (``storage.rights_copy``) and waits. Raises Changed."""
    _mark(db.connection(), request, {"state": "released", "file": file, "until": at + WAITS, "ended_by": by,
                                     "ended_at": at})  # fmt: skip
    _settle(db.connection(), request.organisation, at)


def end(db: sqlmodel.Session, request: Request, state: str, by: str, at: datetime) -> None:
    """It is over, "done" or "refused": words and copy go. For ``Writer.dooming``. Raises Changed."""
    _mark(db.connection(), request, {"state": state, "ended_by": by, "ended_at": at}, also=("released",))
    _over(db.connection(), [request.id])
    _settle(db.connection(), request.organisation, at)


def expired(db: sqlmodel.Session, now: datetime) -> int:
    """End the copies whose time is over; how many. For ``Writer.dooming``."""
    connection = db.connection()
    where = (REQUEST.c.state == "released", REQUEST.c.until <= now)
    over = list(connection.execute(select(REQUEST.c.id).where(*where)).scalars())
    _over(connection, over)
    connection.execute(update(REQUEST).where(REQUEST.c.id.in_(over)).values(state="done"))
    return len(over)


def end_with(db: Connection, cases: Collection[int]) -> None:
    """These records are erased: copies with them go, and open requests are about the others only."""
    of = select(CHOSEN.c.request).where(CHOSEN.c.case_id.in_(cases)).distinct()
    requests = list(db.execute(of).scalars())
    db.execute(delete(CHOSEN).where(CHOSEN.c.case_id.in_(cases)))
    left = set(db.execute(select(CHOSEN.c.request).where(CHOSEN.c.request.in_(requests))).scalars())
    states = db.execute(select(REQUEST.c.id, REQUEST.c.state).where(REQUEST.c.id.in_(requests))).all()
    over = [number for number, state in states if state == "released" or number not in left]
    _over(db, over)
    db.execute(update(REQUEST).where(REQUEST.c.id.in_(over)).values(state="done"))
    db.execute(
        update(REQUEST).where(REQUEST.c.id.in_(left - set(over))).values(body=None, version=REQUEST.c.version + 1)
    )


def others(db: Connection, cases: Collection[int], organisation: str) -> list[int]:
    """Records that may be of the same person: from the same talks, or known by an import to be theirs. To be chosen."""
    fact = table(models.CaseFact)
    talks = select(CASE.c.talk).where(CASE.c.id.in_(cases))
    persons = select(fact.c.value).where(fact.c.case_id.in_(cases), fact.c.fact == "person")
    same = select(fact.c.case_id).where(fact.c.organisation == organisation, fact.c.fact == "person")
    same = same.where(fact.c.value.in_(persons))
    query = select(CASE.c.id).where(CASE.c.organisation == organisation, CASE.c.place != "", CASE.c.id.not_in(cases))
    query = query.where(or_(CASE.c.talk.in_(talks), CASE.c.id.in_(same))).order_by(CASE.c.id.desc()).limit(50)
    return list(db.execute(query).scalars())


def waiting(db: Connection, organisation: str) -> tuple[int, date | None]:
    """How many wait for an answer, and the first last day of theirs."""
    count, first = db.execute(select(func.count(), func.min(REQUEST.c.due)).where(*_waiting(organisation))).one()
    return int(count), first


def _choose(db: Connection, organisation: str, number: int, cases: Collection[int]) -> None:
    if rows := [{"request": number, "case_id": case, "organisation": organisation} for case in sorted(set(cases))]:
        db.execute(insert(CHOSEN), rows)


def _mark(db: Connection, request: Request, values: Mapping[str, Any], also: Sequence[str] = ()) -> None:
    same = (REQUEST.c.id == request.id, REQUEST.c.version == request.version, REQUEST.c.state.in_(("open", *also)))
    changed = db.execute(update(REQUEST).where(*same).values({**values, "version": request.version + 1}))
    if changed.rowcount != 1:
        raise Changed


def _over(db: Connection, numbers: Collection[int]) -> None:
    rows = db.execute(select(REQUEST).where(REQUEST.c.id.in_(numbers))).mappings().all()
    for row in rows:
        if row["key"]:
            doom(db, row["organisation"], "key", [str(row["key"])])
        if row["file"]:
            doom(db, row["organisation"], "file", [row["file"]])
    db.execute(delete(CHOSEN).where(CHOSEN.c.request.in_(numbers)))
    gone = {"key": 0, "file": "", "body": None, "until": None}
    db.execute(update(REQUEST).where(REQUEST.c.id.in_(numbers)).values(gone))


def _request(db: Connection, vault: Vault | None, row: Mapping[Any, Any]) -> Request:
    query = select(CASE.c.id, CASE.c.reference).join(CHOSEN, CHOSEN.c.case_id == CASE.c.id)
    going = row["state"] in ("open", "released")
    chosen = db.execute(query.where(CHOSEN.c.request == row["id"])).all() if going else ()
    cases = {case: reference for case, reference in chosen}  # noqa: C416 - a row is no pair to mypy
    held: dict[str, Any] = {}
    if vault is not None and row["body"] is not None:
        held = json.loads(vault.unseal(f"rights_request.body:{row['id']}", row["body"]))
    same = {name: row[name] for name in Request.__dataclass_fields__ if name not in ("cases", *_HELD)}
    # A later release may have decided more about it.
    return Request(**same, cases=cases, **{name: one for name, one in held.items() if name in _HELD})
