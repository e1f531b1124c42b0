"""Marks on records: held (nothing erases it), limited (kept and seen, not worked with); and answers put right.

UK GDPR articles 16 and 18. What is decided is an event of the record as well, with the reason; only a person decides.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, delete, insert, select, update

from casework.record import CaseEvent
from casework.words import say
from storage import casefile, dues, models_rights, words
from storage.casefile import Refused
from storage.cases import standing
from storage.dues import CASE
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

MARK = table(models_rights.CaseMark)
#: A mark -> the events that set it and take it away.
MARKS = {"hold": ("held", "released"), "limited": ("limited", "unlimited")}
#: What may still be done with a record whose use is limited: safeguarding, and what the person's rights need.
STILL = ("routed", "allegation_settled", "named_settled", "corrected", "contact_settled")
#: The longest reason, in characters.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a record. ``why`` "" once the record is erased."""

    mark: str
    by: str
    at: datetime
    why: str = field(repr=False)


def is_marked(db: Connection, case: int, mark: str) -> bool:
    """Whether a record has a mark."""
    return db.execute(select(MARK.c.mark).where(MARK.c.case_id == case, MARK.c.mark == mark)).first() is not None


def marks(db: Connection, vault: Vault, case: int) -> dict[str, Mark]:
    """The marks of a record."""
    found = {}
    for row in db.execute(select(MARK).where(MARK.c.case_id == case)).mappings():
        try:
            why = vault.unseal(_place(case, row["mark"]), row["why"]).decode()
        except Erased:
            why = ""
        found[row["mark"]] = Mark(row["mark"], row["by"], row["at"], why)
    return found


def put_mark(db: sqlmodel.Session, vault: Vault, case: int, mark: str, why: str, by: str, at: datetime) -> None:
    """Set a mark, with its reason, and write it into the history. For ``Writer.write``.

    Raises Refused where it is set already, or what was said is erased; LookupError when there is no such record.
    """
    row = _row(db, vault, case)
    if is_marked(db.connection(), case, mark):
        raise Refused(say("This is so already."))
    sealed = vault.seal(row["key"], _place(case, mark), why.encode("utf-8", "replace"))
    new = {"case_id": case, "mark": mark, "organisation": row["organisation"], "why": sealed, "by": by, "at": at}
    db.connection().execute(insert(MARK), new)
    add(db, vault, row, CaseEvent(MARKS[mark][0], at, by, why))


def lift_mark(db: sqlmodel.Session, vault: Vault, case: int, mark: str, why: str, by: str, at: datetime) -> None:
    """Take a mark away, with a reason. Raises as ``put_mark`` does."""
    row = _row(db, vault, case)
    if not is_marked(db.connection(), case, mark):
        raise Refused(say("This is so already."))
    db.connection().execute(delete(MARK).where(MARK.c.case_id == case, MARK.c.mark == mark))
    add(db, vault, row, CaseEvent(MARKS[mark][1], at, by, why))


def put_right(
    db: sqlmodel.Session, vault: Vault, case: int, step: str, new: Sequence[str], why: str, by: str, at: datetime
) -> None:
    """Put another answer in an answer's place, in the person's words; the old one stays in the history. Article 16.

    Only words are put right here: what was chosen is counted, and is put right by the deed that it belongs to. The
    record is found by the new words as well. Raises Refused for a step that has no words, or none were given.
    """
    row = _row(db, vault, case)
    entry = next((one for one in answers(db.connection(), vault, case) if one["step"] == step), None)
    texts = [text.strip() for text in new if text.strip()]
    if entry is None or not entry.get("words"):
        raise Refused(say("There is no answer in words to put right here."))
    if not texts:
        raise Refused(say("Write the answer as it should be."))
    if texts == list(entry["words"]):
        raise Refused(say("This is so already."))
    kept = {name: entry[name] for name in ("step", "question", "values", "labels", "media") if entry.get(name)}
    event = CaseEvent("changed", at, by, why)
    add(db, vault, row, event, entries=[kept | {"words": texts}])
    named = texts if step == "worker" else ()
    words.keep(db.connection(), words.rows(vault.ring, row, texts, named))


def answers(db: Connection, vault: Vault, case: int) -> list[dict[str, Any]]:
    """The answers of a record as they stand now, as ``storage.cases`` shows them; [] when they were erased."""
    return standing(said(db, vault, case))


def said(db: Connection, vault: Vault, case: int) -> list[dict[str, Any]]:
    """What each event of a record said, oldest first: ``at`` (ISO), who, type, ``whole``, ``entries``."""
    found = []
    for row in db.execute(select(casefile.EVENT).where(casefile.EVENT.c.case_id == case).order_by("seq")).mappings():
        try:
            body = json.loads(vault.unseal(casefile.place(case, row["seq"]), row["body"]))
        except Erased:
            continue
        whole, entries = bool(body.get("whole")), body.get("entries", [])
        happened = {"at": row["at"].isoformat(), "who": row["who"], "type": row["type"]}
        found.append(happened | {"whole": whole, "entries": entries})
    return found


def add(db: sqlmodel.Session, vault: Vault, row: dict[str, Any], event: CaseEvent, **more: Any) -> None:
    """One event more that moves no clock; ``row`` as ``dues.lock`` gave it."""
    row["events"] += 1
    db.connection().execute(insert(casefile.EVENT), casefile.sealed(vault, row, event, **more))
    db.connection().execute(update(CASE).where(CASE.c.id == row["id"]).values(events=row["events"]))


def refuse_limited(db: Connection, case: int, event: str) -> None:
    """Raises Refused for an event that may not be added while the use of the record is limited."""
    if event not in STILL and is_marked(db, case, "limited"):
        raise Refused(say("The use of this record is limited: lift that first, under its data rights."))


def _row(db: sqlmodel.Session, vault: Vault, case: int) -> dict[str, Any]:
    row = dues.lock(db.connection(), case)
    if row is None:
        raise LookupError("there is no such record")
    if not casefile.events(db.connection(), vault, case):
        raise Refused(say("What was said here has been erased: nothing can be added to it."))
    return row


def _place(case: int, mark: str) -> str:
    return f"case_mark.why:{case}:{mark}"
