"""Erasing people and single records for good: nothing of them is left but coded facts that reports count.

A talk that is erased whole loses its keys, so that no backup brings it back. Where others' records share the talk
(brothers and sisters on one telephone), what is left is sealed anew and the old key is destroyed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, Table, bindparam, delete, select, update
from sqlmodel import SQLModel

from casework.calendar import LONDON, midnight
from flows.session import Session
from storage import audit, models, models_access, models_clocks, models_desk, models_reports, models_rights, reading
from storage.erasing import SAID, doom, doom_media, erase_talk
from storage.ids import new_id
from storage.models import table
from storage.redacting import hurry
from storage.rights_requests import end_with
from storage.secrets import key_number
from storage.vault import Vault
from storage.work import packed

CASE = table(models.Case)
TALK = table(models.Talk)
INBOUND = table(models.Inbound)
MESSAGE = table(models.Message)
OUTBOX = table(models.Outbox)
ALERT = table(models.Alert)
TASK = table(models.Task)
MEDIA = table(models.Media)
GUESS = table(models.Guess)
FACT = table(models.CaseFact)
DUE = table(models.CaseDue)
JOB = table(models_clocks.Job)
RECORD = table(models_reports.ReportRecord)
SENT = table(models_desk.AlertSent)
SCAN = table(models_access.MediaScan)
MARK = table(models_rights.CaseMark)
#: Tables with a ``case_id`` whose rows stay: facts and counts without words, whose span a message was, who was told.
KEPT = frozenset({"case_fact", "report_record", "learning_case", "inbound", "outbox", "news_told", "rights_case"})
#: Facts that could lead back to somebody and that no report counts.
PERSONAL = ("person", "when")
#: Why somebody is erased (UK GDPR article 17(1)), and why although something speaks against it: codes for the audit.
GROUNDS = ("asked", "not_needed", "objected", "unlawful", "law")
ANYWAY = ("elsewhere", "mistake", "order")
#: Jobs whose key begins with the record's id.
JOBS = ("dues", "tell", "survey")


@dataclass(frozen=True, slots=True)
class Against:
    """A reason why a record is not erased now: "hold" (nothing gets past it), "danger", "clock", "open"."""

    case: int
    reference: str
    why: str

    @property
    def absolute(self) -> bool:
        """Whether nothing gets past it, not even a reason to erase all the same."""
        return self.why == "hold"


class Kept(Exception):
    """Nothing was erased; ``against`` says why."""

    def __init__(self, against: Sequence[Against]) -> None:
        super().__init__(", ".join(sorted({one.why for one in against})))
        self.against = tuple(against)


def against(db: Connection, cases: Collection[int]) -> list[Against]:
    """What speaks against erasing these records now, the weightiest of each."""
    held = set(db.execute(select(MARK.c.case_id).where(MARK.c.case_id.in_(cases), MARK.c.mark == "hold")).scalars())
    clocks = (DUE.c.case_id.in_(cases), ~DUE.c.window)
    running = set(db.execute(select(DUE.c.case_id).where(*clocks)).scalars())
    mine = (ALERT.c.talk == CASE.c.talk) & (ALERT.c.number.in_((0, CASE.c.number)))
    open_sign = select(CASE.c.id).join(ALERT, mine).where(CASE.c.id.in_(cases), ALERT.c.acknowledged_at.is_(None))
    sent = select(FACT.c.case_id).where(
        FACT.c.case_id.in_(cases), FACT.c.fact == "route", FACT.c.value == "safeguarding"
    )
    danger = set(db.execute(open_sign).scalars())
    safeguarding = set(db.execute(sent).scalars())
    out = []
    for row in db.execute(select(CASE.c.id, CASE.c.reference, CASE.c.place).where(CASE.c.id.in_(cases))):
        going = row.place not in ("", "closed")
        tests = (
            ("hold", row.id in held),
            ("danger", row.id in danger or (going and row.id in safeguarding)),
            ("clock", row.id in running),
            ("open", going),
        )
        why = next((name for name, true in tests if true), "")
        if why:
            out.append(Against(row.id, row.reference, why))
    return out


def erase(db: sqlmodel.Session, vault: Vault, cases: Collection[int], *, anyway: bool = False) -> int:
    """Erase records; how many. For ``Writer.dooming``, a few records at a time.

    ``anyway``: also what is open, as somebody decided with a reason; never what is held. Where they are all the
    records of a talk, the talk goes with them. Raises Kept.
    """
    connection = db.connection()
    rows = connection.execute(select(CASE.c.id, CASE.c.talk).where(CASE.c.id.in_(cases))).all()
    talks = sorted({row.talk for row in rows})
    connection.execute(select(TALK.c.id).where(TALK.c.id.in_(talks)).order_by(TALK.c.id).with_for_update()).all()
    found = against(connection, cases)
    if stopping := [one for one in found if one.absolute or not anyway]:
        raise Kept(stopping)
    for talk in talks:
        theirs = [row.id for row in rows if row.talk == talk]
        _of_talk(connection, vault, talk, theirs)
    return len(rows)


def erase_stray(db: sqlmodel.Session, vault: Vault, talks: Sequence[int]) -> int:
    """Erase talks from which no record came; how many. For ``Writer.dooming``."""
    connection, count = db.connection(), 0
    for talk in talks:
        connection.execute(select(TALK.c.id).where(TALK.c.id == talk).with_for_update()).all()
        if connection.execute(select(CASE.c.id).where(CASE.c.talk == talk).limit(1)).first() is None:
            _of_talk(connection, vault, talk, [])
            count += 1
    return count


def _of_talk(db: Connection, vault: Vault, talk: int, cases: Sequence[int]) -> None:
    others = select(CASE.c.id).where(CASE.c.talk == talk, CASE.c.id.not_in(cases), CASE.c.place != "").limit(1)
    if db.execute(others).first() is None:
        _whole(db, talk)
    else:
        _part(db, vault, talk, cases)
    _traces(db, cases)
    if db.execute(select(TALK.c.session).where(TALK.c.id == talk)).scalar():
        _sealed_anew(db, vault, talk)
    # A turn that began with the old key must begin again.
    db.execute(update(TALK).where(TALK.c.id == talk).values(turn_no=TALK.c.turn_no + 1))
    _nameless(db, cases)


def _whole(db: Connection, talk: int) -> None:
    """The talk itself: nobody who writes from there again is known to have written before."""
    signs = select(ALERT.c.id).where(ALERT.c.talk == talk)
    db.execute(delete(SENT).where(SENT.c.alert.in_(signs)))
    db.execute(delete(SCAN).where(SCAN.c.media.in_(select(MEDIA.c.id).where(MEDIA.c.talk == talk))))
    sender = select(TALK.c.sender_hash).where(TALK.c.id == talk).scalar_subquery()
    db.execute(delete(GUESS).where(GUESS.c.sender_hash == sender))
    erase_talk(db, talk)
    db.execute(update(TALK).where(TALK.c.id == talk).values(sender_hash=secrets.token_bytes(16), language=""))
    _to_the_day(db, TALK, TALK.c.id == talk, ("created_at", "last_said_at", "revoked_at"))
    _to_the_day(db, INBOUND, INBOUND.c.talk == talk, ("at",))


def _traces(db: Connection, cases: Sequence[int]) -> None:
    """What tells of these records elsewhere, and every row of theirs that holds words."""
    rows = db.execute(select(CASE.c.id, CASE.c.reference).where(CASE.c.id.in_(cases))).all()
    end_with(db, cases)
    audit.forget(db, [row.reference for row in rows])
    for gone in _of_a_record():
        db.execute(delete(gone).where(gone.c.case_id.in_(cases)))
    for row in rows:
        keys = (JOB.c.key == str(row.id)) | JOB.c.key.startswith(f"{row.id}:")
        db.execute(delete(JOB).where(JOB.c.kind.in_(JOBS), keys))


def _of_a_record() -> Iterator[Table]:
    """Every table with rows about one record that are not KEPT; also those that are added after this was written."""
    for one in SQLModel.metadata.sorted_tables:
        if "case_id" in one.c and one.name not in KEPT:
            yield one


def _nameless(db: Connection, cases: Sequence[int]) -> None:
    """What is left of the records is counted, is in no list, and has no reference that anybody knows."""
    db.execute(delete(FACT).where(FACT.c.case_id.in_(cases), FACT.c.fact.in_(PERSONAL)))
    _to_the_day(db, CASE, CASE.c.id.in_(cases), ("begun_at", "filed_at"))
    for case, organisation, person in db.execute(
        select(RECORD.c.case_id, RECORD.c.organisation, RECORD.c.person).where(RECORD.c.case_id.in_(cases))
    ).all():
        same = (RECORD.c.organisation == organisation, RECORD.c.person == person)
        left = select(RECORD.c.case_id).join(CASE, CASE.c.id == RECORD.c.case_id)
        left = left.where(*same, CASE.c.place != "", CASE.c.id.not_in(cases)).limit(1)
        if not person.startswith(("talk:", "erased:")) and db.execute(left).first() is None:
            # All of this person's records are erased: still one person in the counts, and nobody's hash.
            db.execute(update(RECORD).where(*same).values(person=f"erased:{new_id()}"))
        db.execute(
            update(CASE)
            .where(CASE.c.id == case)
            .values(
                reference=f"erased:{case}",
                receipt_hash=None,
                place="",
                acknowledge_by=None,
                answer_by=None,
                language="",
            )
        )


def _to_the_day(db: Connection, one: Table, where: Any, columns: Sequence[str]) -> None:
    """Of when something was only the day is left, as it is in London: reports count days."""
    (key,) = one.primary_key
    changes = [
        {"of": row[key.name]} | {f"{name}_day": _day(row[name]) for name in columns}
        for row in db.execute(select(key, *(one.c[name] for name in columns)).where(where)).mappings()
    ]
    if changes:
        values: dict[str, Any] = {name: bindparam(f"{name}_day") for name in columns}
        db.execute(update(one).where(key == bindparam("of")).values(values), changes)


def _day(at: datetime | None) -> datetime | None:
    return None if at is None else midnight(at.astimezone(LONDON).date())


# One record of several of a talk ----------------------------------------------------------------------


def _part(db: Connection, vault: Vault, talk: int, cases: Sequence[int]) -> None:
    """Their messages, files, alerts and tasks go; what belongs to the talk's other records stays."""
    rows = db.execute(select(CASE.c.id, CASE.c.number).where(CASE.c.id.in_(cases))).all()
    last_of_all = db.execute(select(TALK.c.last_seq).where(TALK.c.id == talk)).scalar_one()
    for row in rows:
        first, last = reading.span(db, row.id, talk)
        last = last or last_of_all
        of_ours = select(OUTBOX.c.seq).where(OUTBOX.c.talk == talk, OUTBOX.c.case_id == row.id)
        theirs = list(db.execute(of_ours).scalars())
        for one in (MESSAGE, OUTBOX):
            db.execute(delete(one).where(one.c.talk == talk, one.c.seq.between(first, last) | one.c.seq.in_(theirs)))
        files = (MEDIA.c.talk == talk) & MEDIA.c.seq.between(first, last)
        db.execute(delete(SCAN).where(SCAN.c.media.in_(select(MEDIA.c.id).where(files))))
        doom_media(db, files)
        inside = (INBOUND.c.talk == talk, INBOUND.c.first_seq.between(first, last))
        db.execute(update(INBOUND).where(*inside).values(SAID))
        signs = select(ALERT.c.id).where(ALERT.c.talk == talk, ALERT.c.number == row.number)
        db.execute(delete(SENT).where(SENT.c.alert.in_(signs)))
        for gone in (ALERT, TASK):
            db.execute(delete(gone).where(gone.c.talk == talk, gone.c.number == row.number))
    hurry(db, talk)
    _step_out(db, vault, talk, {row.number for row in rows})


def _step_out(db: Connection, vault: Vault, talk: int, numbers: Collection[int]) -> None:
    """Where the talk stands in one of these records, it stands nowhere: its answers are the record's."""
    row = db.execute(select(TALK.c.session, TALK.c.key).where(TALK.c.id == talk)).one()
    session = Session.from_json(json.loads(vault.unseal(f"talk.session:{talk}", row.session)))
    if session.mine or (session.begun and session.record in numbers):
        voice = replace(session.voice, register="")
        session = Session("over", record=session.record, channel=session.channel, voice=voice, stopped=session.stopped)
    sealed = vault.seal(row.key, f"talk.session:{talk}", packed(session.to_json()))
    db.execute(update(TALK).where(TALK.c.id == talk).values(session=sealed, wake_at=session.wake))


def _sealed_anew(db: Connection, vault: Vault, talk: int) -> None:
    """Everything that is left of a talk under a new key; the old ones are destroyed."""
    row = db.execute(select(TALK.c.organisation, TALK.c.key).where(TALK.c.id == talk)).one()
    new, old = vault.take(), {row.key}
    own = TALK.c.id == talk
    old |= _resealed(db, vault, new, TALK, own, "talk.session", "session", ("id",))
    old |= _resealed(db, vault, new, TALK, own, "talk.address", "address", ("id",))
    for column in ("body", "secret"):
        old |= _resealed(db, vault, new, MESSAGE, MESSAGE.c.talk == talk, f"message.{column}", column, ("talk", "seq"))
    old |= _resealed(db, vault, new, OUTBOX, OUTBOX.c.talk == talk, "outbox.body", "body", ("id",))
    for column in ("external_id", "sealed"):
        place = "inbound.external_id" if column == "external_id" else "inbound.sealed"
        old |= _resealed(db, vault, new, INBOUND, INBOUND.c.talk == talk, place, column, ("id",))
    old |= _resealed(db, vault, new, ALERT, ALERT.c.talk == talk, "alert.matched", "matched", ("id",))
    old |= _resealed(db, vault, new, TASK, TASK.c.talk == talk, "task.words", "words", ("id",))
    theirs = select(CASE.c.id).where(CASE.c.talk == talk)
    for place, column, keys in OF_RECORDS:
        one = SQLModel.metadata.tables[place.partition(".")[0]]
        old |= _resealed(db, vault, new, one, one.c.case_id.in_(theirs), place, column, keys)
    db.execute(update(TALK).where(own).values(key=new))
    db.execute(update(CASE).where(CASE.c.talk == talk).values(key=new))
    doom(db, row.organisation, "key", sorted(str(one) for one in old))


#: What is sealed with a record's key in rows of their own: place, column, the columns that the place names.
OF_RECORDS = (
    ("case_event.body", "body", ("case_id", "seq")),
    ("case_mark.why", "why", ("case_id", "mark")),
    ("report_example", "body", ("case_id",)),
    ("glass.reason", "reason", ("id",)),
)


def _resealed(
    db: Connection, vault: Vault, new: int, one: Table, where: Any, place: str, column: str, names: tuple[str, ...]
) -> set[int]:
    """Seal a column of some rows with another key; the keys they were sealed with."""
    changes, old = [], set()
    query = select(*(one.c[name] for name in names), one.c[column].label("held")).where(
        where, one.c[column].is_not(None)
    )
    for row in db.execute(query).mappings():
        if not row["held"]:
            continue
        at = ":".join([place, *(v.hex() if isinstance(v := row[name], bytes) else str(v) for name in names)])
        old.add(key_number(row["held"]))
        sealed = vault.seal(new, at, vault.unseal(at, row["held"]))
        changes.append({f"of_{name}": row[name] for name in names} | {"now": sealed})
    if changes:
        on = [one.c[name] == bindparam(f"of_{name}") for name in names]
        db.execute(update(one).where(*on).values({column: bindparam("now")}), changes)
    return old
