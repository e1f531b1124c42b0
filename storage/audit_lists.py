"""The records that one line of the audit showed together: a list of fifty is one line, and so is an export of them all.

A line cannot name them: an erased record must go from it, and the chain must hold without it. So each record has a
random number for this alone. The line holds a hash of the numbers, ``audit_list`` the numbers; what a number means goes
with the record.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, LargeBinary, Select, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import models, models_rights
from storage.ids import new_id
from storage.models import table

_CASE = table(models.Case)
_RECORD = table(models_rights.AuditRecord)
LIST = table(models_rights.AuditList)
#: References that are asked for, and numbers that are given, at once.
AT_ONCE = 100
#: Bytes of a number: no other one, nor a piece of two, is the same by chance.
_SIZE = 8
#: How far the clocks of two machines may differ, as ids count it.
_SLACK = 3_600_000 << 22


def known(db: Connection, references: Sequence[str]) -> dict[str, bytes]:
    """Reference -> number, of those records that have one."""
    found: dict[str, bytes] = {}
    for start in range(0, len(references), AT_ONCE):
        wanted = _CASE.c.reference.in_(references[start : start + AT_ONCE])
        query = select(_CASE.c.reference, _RECORD.c.number).join(_RECORD, _RECORD.c.case_id == _CASE.c.id).where(wanted)
        found |= {row.reference: row.number for row in db.execute(query)}
    return found


def number(db: Connection, references: Sequence[str]) -> dict[str, bytes]:
    """Give these records, at most AT_ONCE, a number where they have none. For ``Writer.write``."""
    if not references:
        return {}
    make = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    cases = select(_CASE.c.id, _CASE.c.organisation).where(_CASE.c.reference.in_(references)).order_by(_CASE.c.id)
    since = new_id() - _SLACK
    rows = [
        {"case_id": case, "organisation": whose, "number": secrets.token_bytes(_SIZE), "since": since}
        for case, whose in db.execute(cases)
    ]
    if rows:
        db.execute(make(_RECORD).on_conflict_do_nothing(), rows)
    return known(db, references)


def named(records: bytes) -> str:
    """What a line says that it was about: "list:<how many> <hash>"."""
    return f"list:{len(records) // _SIZE} {hashlib.sha256(records).hexdigest()[:32]}"


def fits(about: str, records: bytes | None) -> bool:
    """Whether what a line says that it was about is what is kept beside it."""
    return not about.startswith("list:") if records is None else about == named(records)


def keep(db: Connection, organisation: str, line: int, records: bytes) -> None:
    """The numbers that a line showed, one after another. For ``Writer.write``."""
    db.execute(insert(LIST).values(id=line, organisation=organisation, records=records))


def showing(db: Connection, organisation: str, reference: str) -> Select[tuple[int]] | None:
    """The ids of the lines whose list showed this record; None where none can have."""
    query = select(_RECORD.c.number, _RECORD.c.since).join(_CASE, _CASE.c.id == _RECORD.c.case_id)
    found = db.execute(query.where(_CASE.c.reference == reference)).first()
    if found is None:
        return None
    wanted = literal(found.number, LargeBinary)
    # Every list since then is looked through: rare, and a list is a few hundred bytes.
    if db.dialect.name == "postgresql":
        there = func.position(wanted.op("IN")(LIST.c.records))
    else:
        there = func.instr(LIST.c.records, wanted)
    return select(LIST.c.id).where(LIST.c.organisation == organisation, LIST.c.id >= found.since, there > 0)
