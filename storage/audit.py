"""Who did and who saw what: a chain of lines for each organisation, so that none is changed or taken away unseen.

Each line's hash covers the hash of the line before it (docs/decisions/0017). Of a record's reference the chain knows
only a salted hash: when the record is erased, the reference and its salt go, and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlmodel
from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit_lists, models_rights, models_staff, naming
from storage.ids import new_id
from storage.models import table

if TYPE_CHECKING:
    from storage.store import Store

_AUDIT = table(models_staff.Audit)
_HEAD = table(models_rights.AuditHead)
_LIST = audit_lists.LIST
#: What stands before the first line.
START = b"\0" * 32
#: What somebody was refused begins with it: "refused.record".
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``what`` is a code ("record", "record.reply", "signed_in"); ``staff`` None for the command line.

    reference  of a record; or what else it was about: "staff:<id>", "campaign:<code>", "day:<ISO day>",
               "template:<code> <language>", "task:<id>", "list:<how many> <hash>" (``storage.audit_lists``);
               "" for nothing
    """

    id: int
    staff: int | None
    what: str
    reference: str
    at: datetime


def note(db: Connection, organisation: str, staff: int | None, what: str, reference: str, at: datetime) -> int:
    """One line more, at the end of its organisation's chain; who else adds one there waits until this is committed.

    Its id. For ``Writer.write``.
    """
    line = new_id()
    row = {"id": line, "organisation": organisation, "staff": staff, "what": what, "reference": reference, "at": at}
    db.execute(insert(_AUDIT), _linked(db, [row])[0])
    return line


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be a line: who did or saw what, and what it was about.

    about    a record's reference or what else it was, "" for nothing
    records  references of the records that a list showed; several are one line all the same
    """

    organisation: str
    staff: int | None
    what: str
    at: datetime
    about: str = ""
    records: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """The records of the list, each once."""
        return tuple(dict.fromkeys(one for one in self.records if one))


def write(db: Connection, deed: Deed, known: Mapping[str, bytes] | None = None) -> None:
    """The lines of a deed: one, or a second where a list was shown besides. For ``Writer.write``.

    known  numbers of the records (``audit_lists.known``); at most ``audit_lists.AT_ONCE`` may be left out
    """

    def line(about: str) -> int:
        return note(db, deed.organisation, deed.staff, deed.what, about, deed.at)

    listed = deed.listed
    if deed.about or not listed:
        line(deed.about)
    if len(listed) == 1:
        line(listed[0])
    elif listed:
        numbers = dict(known or {})
        numbers |= audit_lists.number(db, [one for one in listed if one not in numbers])
        records = b"".join(numbers[one] for one in listed if one in numbers)
        audit_lists.keep(db, deed.organisation, line(audit_lists.named(records)), records)


def written(store: Store, deed: Deed, also: Callable[[Connection], None] = lambda db: None) -> None:
    """``write`` in a transaction of its own, however many records were shown; committed when this returns. Blocking.

    also  what is written in the same transaction. Raises NotSaved.
    """
    known: dict[str, bytes] = {}
    if len(listed := deed.listed) > 1:
        with store.database.reading() as db:
            known = audit_lists.known(db, listed)
        left = [one for one in listed if one not in known]
        while len(left) > audit_lists.AT_ONCE:
            some, left = left[: audit_lists.AT_ONCE], left[audit_lists.AT_ONCE :]
            known |= store.writer.write(partial(_number, some)).result()

    def line(db: sqlmodel.Session) -> None:
        write(db.connection(), deed, known)
        also(db.connection())

    store.writer.write(line).result()


def _number(references: Sequence[str], db: sqlmodel.Session) -> dict[str, bytes]:
    return audit_lists.number(db.connection(), references)


@dataclass
class Seldom:
    """What is noted once a minute for each person and thing, however often it happens: who is refused is no flood."""

    _last: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def now(self, staff: int, what: str, at: datetime) -> bool:
        """Whether it is to be noted this time."""
        before = self._last.get((staff, what))
        if before is not None and abs(at - before) < _SELDOM:
            return False
        if len(self._last) > 10_000:
            self._last = {key: one for key, one in self._last.items() if abs(at - one) < _SELDOM}
        self._last[staff, what] = at
        return True


_SELDOM = timedelta(minutes=1)


def link(db: Connection, organisation: str, most: int = 50) -> int:
    """Put lines into the chain that a process of an earlier release wrote beside it; how many. For ``Writer.write``."""
    outside = (_AUDIT.c.organisation == organisation, _AUDIT.c.number.is_(None))
    rows = [
        dict(row) for row in db.execute(select(_AUDIT).where(*outside).order_by(_AUDIT.c.id).limit(most)).mappings()
    ]
    for row in _linked(db, rows):
        values = {name: row[name] for name in ("number", "salt", "mark", "hash")}
        db.execute(update(_AUDIT).where(_AUDIT.c.id == row["id"]).values(values))
    return len(rows)


def _linked(db: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of one organisation as the next of its chain."""
    if not rows:
        return rows
    organisation = rows[0]["organisation"]
    number, hashed = _end(db, organisation)
    for row in rows:
        number += 1
        row["salt"] = secrets.token_bytes(16) if row["reference"] else None
        row |= {"number": number, "mark": _mark(row["salt"], row["reference"])}
        row["hash"] = hashed = _hash(hashed, row)
    db.execute(update(_HEAD).where(_HEAD.c.organisation == organisation).values(number=number, hash=hashed))
    return rows


def _end(db: Connection, organisation: str) -> tuple[int, bytes]:
    """The number and the hash of the last line; its row is held until the transaction ends."""
    query = select(_HEAD.c.number, _HEAD.c.hash).where(_HEAD.c.organisation == organisation).with_for_update()
    found = db.execute(query).first()
    if found is None:
        make = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
        first = make(_HEAD).values(organisation=organisation, number=0, hash=START)
        db.execute(first.on_conflict_do_nothing())
        found = db.execute(query).one()
    return found.number, found.hash


def _mark(salt: bytes | None, reference: str) -> bytes:
    return hashlib.sha256((salt or b"") + reference.encode()).digest()


def _hash(before: bytes, row: Mapping[str, Any]) -> bytes:
    """The hash of a line that follows on ``before``."""
    when = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    staff = str(row["staff"] or "")
    line = [row["number"], str(row["id"]), row["organisation"], staff, row["what"], when, row["mark"].hex()]
    return hashlib.sha256(before + json.dumps(line).encode()).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many lines, and the hash of the last. Kept elsewhere, it proves what was there then."""

    organisation: str
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where a chain does not hold: the number of the line, and why, in words."""

    organisation: str
    number: int
    why: str


def heads(db: Connection) -> list[Head]:
    """The end of every organisation's chain."""
    query = select(_HEAD.c.organisation, _HEAD.c.number, _HEAD.c.hash).order_by(_HEAD.c.organisation)
    return [Head(name, number, hashed.hex()) for name, number, hashed in db.execute(query)]


def verify(db: Connection, organisation: str, kept: Sequence[Head] = ()) -> Broken | None:
    """Go through an organisation's chain from its first line; the first that does not hold, None when all do.

    ``kept``: ends that were written down earlier, which the chain must still go through. One reading connection.
    """
    earlier = {one.number: one.hash for one in kept if one.organisation == organisation}
    before, number = START, 0
    mine = _AUDIT.c.organisation == organisation
    if outside := db.execute(select(func.count()).where(mine, _AUDIT.c.number.is_(None))).scalar_one():
        why = f"{outside} lines stand outside the chain: an earlier release wrote them, or somebody put them there"
        return Broken(organisation, 0, why)
    query = select(_AUDIT, _LIST.c.records).outerjoin(_LIST, _LIST.c.id == _AUDIT.c.id).where(mine)
    query = query.order_by(_AUDIT.c.number)
    for row in db.execute(query, execution_options={"yield_per": 1000}).mappings():
        number += 1
        if row["number"] != number:
            return Broken(organisation, number, "this line is missing")
        # Without a salt the record was erased, or there was none: nothing to compare with, and nothing may stand there.
        if row["reference"] if row["salt"] is None else row["mark"] != _mark(row["salt"], row["reference"]):
            return Broken(organisation, number, "the record it is about was changed")
        if not audit_lists.fits(row["reference"], row["records"]):
            return Broken(organisation, number, "the list of records that it showed was changed")
        before = _hash(before, dict(row))
        if row["hash"] != before:
            return Broken(organisation, number, "it was changed, or put there later")
        if earlier.pop(number, before.hex()) != before.hex():
            return Broken(organisation, number, "it is not what was written down elsewhere: the chain was made anew")
    head = db.execute(select(_HEAD.c.number, _HEAD.c.hash).where(_HEAD.c.organisation == organisation)).first()
    last = (head.number, head.hash) if head else (0, START)
    if last != (number, before):
        return Broken(organisation, number + 1, "lines at the end are missing")
    if earlier:
        return Broken(organisation, number + 1, "lines that were written down elsewhere are missing")
    return None


def forget(db: Connection, references: Sequence[str]) -> None:
    """Lines no longer say which of these records they were about; the chain still holds."""
    if references:
        where = _AUDIT.c.reference.in_(list(references))
        db.execute(update(_AUDIT).where(where).values(reference="", salt=None))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines. ``staff`` 0 for the command line; ``since`` and ``until`` aware, the second not included.

    unnamed   leave out the lines about records that name this member of staff
    """

    reference: str = ""
    staff: int | None = None
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unnamed: int = 0


def entries(
    db: Connection,
    organisation: str,
    asked: Asked | None = None,
    *,
    before: int = 0,
    most: int = 100,
) -> list[Entry]:
    """The newest first; ``before`` is the id of the last one of the page before."""
    query = select(_AUDIT.c.id, _AUDIT.c.staff, _AUDIT.c.what, _AUDIT.c.reference, _AUDIT.c.at).where(
        _AUDIT.c.organisation == organisation, *_conditions(db, organisation, asked or Asked())
    )
    if before:
        query = query.where(_AUDIT.c.id < before)
    return [Entry(*row) for row in db.execute(query.order_by(_AUDIT.c.id.desc()).limit(most))]


def _about(db: Connection, organisation: str, asked: Asked) -> ColumnElement[bool]:
    """The condition that a line was about the record of ``asked``, or showed it in a list."""
    itself = _AUDIT.c.reference == asked.reference
    if asked.unnamed:
        theirs = select(naming.CASE.c.id).where(
            naming.CASE.c.reference == asked.reference, naming.naming(db, asked.unnamed)
        )
        if db.execute(theirs.limit(1)).first() is not None:
            return itself
    lists = audit_lists.showing(db, organisation, asked.reference)
    if lists is None:
        return itself
    mine = select(_AUDIT.c.id).where(_AUDIT.c.organisation == organisation, itself)
    return _AUDIT.c.id.in_(union_all(mine, lists))


def _conditions(db: Connection, organisation: str, asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.reference:
        yield _about(db, organisation, asked)
    if asked.staff is not None:
        yield _AUDIT.c.staff == asked.staff if asked.staff else _AUDIT.c.staff.is_(None)
    if asked.what:
        yield or_(_AUDIT.c.what == asked.what, _AUDIT.c.what.startswith(f"{asked.what}.", autoescape=True))
    if asked.since is not None:
        yield _AUDIT.c.at >= asked.since
    if asked.until is not None:
        yield _AUDIT.c.at < asked.until
    if asked.unnamed:
        yield _AUDIT.c.reference.not_in(select(naming.CASE.c.reference).where(naming.naming(db, asked.unnamed)))
