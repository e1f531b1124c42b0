"""The register of what people asked under their rights, and the records a worker chose for each.

Nobody merges people: a worker names the records, and is shown others from the same telephone or of the same name.
An ended request keeps only what was done, when and by whom; its words and its copy have a key of their own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
KINDS = ("access", "erasure", "rectification", "restriction")
#: How long a copy waits to be fetched.
WAITS = timedelta(days=14)


class Changed(Exception):
    """Somebody else has changed the request meanwhile, or it is over."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``covered``: word or name -> "" for covered, else the reason why it may be read.

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

    def waits(self, now: datetime) -> bool:
        """Whether there is a copy to fetch."""
        return self.state == "released" and self.until is not None and now < self.until


def month_later(day: date) -> date:
    """One calendar month on, the last day of that month where it has no such day. UK GDPR article 12(3)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return date(year, month, min(day.day, last.day))


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
        "due": month_later(at.astimezone(LONDON).date()),
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
    row |= {"records": records, "by": by, "at": at, "due": month_later(day), "ended_by": by, "ended_at": at}
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
    key = db.connection().execute(select(REQUEST.c.key).where(REQUEST.c.id == request.id)).scalar_one()
    body = vault.seal(key, f"rights_request.body:{request.id}", packed({"covered": dict(covered)}))
    _mark(db.connection(), request, {"body": body})


def release(db: sqlmodel.Session, request: Request, file: str, by: str, at: datetime) -> None:
    """The copy is made (``storage.rights_copy``) and waits. Raises Changed."""
    _mark(db.connection(), request, {"state": "released", "file": file, "until": at + WAITS, "ended_by": by,
                                     "ended_at": at})  # fmt: skip


def end(db: sqlmodel.Session, request: Request, state: str, by: str, at: datetime) -> None:
    """It is over, "done" or "refused": words and copy go. For ``Writer.dooming``. Raises Changed."""
    _mark(db.connection(), request, {"state": state, "ended_by": by, "ended_at": at}, also=("released",))
    _over(db.connection(), [request.id])


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


def open_count(db: Connection, organisation: str) -> int:
    """How many wait for an answer."""
    where = (REQUEST.c.organisation == organisation, REQUEST.c.state == "open")
    return int(db.execute(select(func.count()).select_from(REQUEST).where(*where)).scalar_one())


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
    covered: dict[str, str] = {}
    if vault is not None and row["body"] is not None:
        covered = json.loads(vault.unseal(f"rights_request.body:{row['id']}", row["body"]))["covered"]
    same = {name: row[name] for name in Request.__dataclass_fields__ if name not in ("cases", "covered")}
    return Request(**same, cases=cases, covered=covered)
