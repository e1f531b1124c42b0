"""Records that staff enter for somebody: on the telephone, from a letter, a leaflet, a group meeting.

The same questions, filed by the same hands as a talk's (``storage.filing``): the record, its clocks, its words to
search by, its receipt, its alert are those of a talk in which the person gave these answers. What differs is told: how
it came, and an event "entered" that says who entered it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from casework.record import CaseEvent
from flows.reading import clean
from flows.session import Alert, Amend, CallPerson, Effect, Entry, FileIt, Media, Session, Voice
from storage import about
from storage.as_talk import CHANNEL, CHANNELS, SEEN, Entered, Given, OffPath, conversation
from storage.database import NotSaved
from storage.filing import Filing
from storage.ids import new_id
from storage.receipts import grouped
from storage.rows import CASE, INBOUND, MEDIA, Rows
from storage.store import Store
from storage.work import Job, Work, packed

__all__ = [
    "CHANNEL", "CHANNELS", "SEEN", "Entered", "Filed", "Given", "Media", "OffPath", "enter", "known_media",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of it. ``level`` of the alert that was raised, "" for none; ``again``: it had been filed before."""

    reference: str
    receipt: str
    level: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """A receipt that is known already, where ``Filing`` takes one."""

    digits: str
    hash: bytes

    def take(self) -> tuple[str, bytes]:
        return self.digits, self.hash


@dataclass(slots=True)
class _Press:
    """One press of the button: what it is known by, and its receipt, which is kept nowhere and is the same again."""

    lane: bytes
    key: bytes
    receipt: _Known
    external: str = field(repr=False, default="")


def enter(
    store: Store, entered: Entered, besides: Callable[[Connection, str], None] = lambda db, reference: None
) -> Filed:
    """File it, committed when this returns; the same ``press`` gives the record of the first time. Blocking.

    besides  what is written in the same transaction: it is given the record's reference

    Raises OffPath, NotSaved, ValueError for a channel that is none or a time to come.
    """
    if entered.channel not in CHANNELS:
        raise ValueError(f"{entered.channel!r} is no way in; there are: {', '.join(CHANNELS)}")
    if entered.came_at > entered.at:
        raise ValueError("a record cannot come in the future")
    world = store.worlds(entered.organisation)
    session, effects = conversation(world, entered)
    ring = store.vault.ring
    whose = (entered.organisation, str(entered.by), entered.press)
    digits, hashed = store.receipts.of(ring.hashed("entered.receipt", *whose))
    press = _Press(
        ring.hashed("sender", entered.organisation, CHANNEL, CHANNEL, "\0".join(whose)),
        ring.hashed("entered", *whose),
        _Known(digits, hashed),
        entered.press,
    )

    def write(db: sqlmodel.Session) -> Filed:
        filed = _write(db.connection(), store, entered, session, effects, press)
        besides(db.connection(), filed.reference)
        return filed

    for _ in range(2):
        future: Future[Filed] = store.writer.write(write)
        try:
            return future.result()
        except IntegrityError:  # another process was quicker with the same press: the second look finds it
            continue
    raise NotSaved("this record could not be saved")


def _write(
    db: Connection, store: Store, entered: Entered, session: Session, effects: Sequence[Effect], press: _Press
) -> Filed:
    level = next((effect.level for effect in effects if isinstance(effect, Alert)), "")
    query = select(CASE.c.reference).join(INBOUND, INBOUND.c.case_id == CASE.c.id).where(INBOUND.c.id == press.key)
    if before := db.execute(query).scalar():
        return Filed(before, grouped(press.receipt.digits), level, again=True)
    rows = Rows()
    filing = Filing(rows, store.vault, press.receipt, store.procedures)
    talk = _talk(store, entered, session, press)
    then = _work(talk, session, press, entered.came_at)
    now = _work(talk, session, press, entered.at)
    for effect in effects:
        if isinstance(effect, FileIt):
            filing.file(then, effect)
        elif isinstance(effect, Alert):
            filing.alert(now, effect)
        elif isinstance(effect, CallPerson):
            filing.task(now, effect)
        elif isinstance(effect, Amend):
            filing.amend(then, effect)
    case = filing.by_reference[then.reference]
    case["channel"] = entered.channel
    filing.facts(case, {"channel": (entered.channel,), "entered": (CHANNEL,)})
    filing.event(case, _event(entered), _summary(entered))
    _media(db, rows, entered, talk["id"])
    rows.new["talk"].append(talk)
    rows.new["inbound"].append(_inbound(store, entered, talk, press, case["id"]))
    rows.write(db)
    if entered.named:
        about.set_part(db, entered.organisation, case["id"], "named", entered.named, entered.at)
    return Filed(then.reference, then.receipt, level)


def _event(entered: Entered) -> CaseEvent:
    data: dict[str, Any] = {
        "took": entered.took,
        "present": entered.present,
        "tongue": entered.tongue,
        "staff": [str(one) for one in entered.named],
    }
    return CaseEvent(
        "entered", entered.at, entered.who or f"staff:{entered.by}", data={n: v for n, v in data.items() if v}
    )


def _summary(entered: Entered) -> tuple[Entry, ...]:
    return (Entry("summary", "", words=(clean(entered.summary),)),) if entered.summary else ()


def _work(talk: dict[str, Any], session: Session, press: _Press, at: datetime) -> Work:
    job = Job(press.lane, at, Future())
    return Work(job, talk, fresh=True, session=session, after=session)


def _talk(store: Store, entered: Entered, session: Session, press: _Press) -> dict[str, Any]:
    number, key = new_id(), store.vault.take()
    over = Session(flow="over", record=session.record, channel=CHANNEL, voice=Voice(entered.language))
    return {
        "id": number,
        "organisation": entered.organisation,
        "channel": CHANNEL,
        "endpoint": CHANNEL,
        "sender_hash": press.lane,
        "key": key,
        "turn_no": 1,
        "session": store.vault.seal(key, f"talk.session:{number}", packed(over.to_json())),
        "address": None,
        "language": entered.language,
        "wake_at": None,
        "last_seq": 0,
        "shown_from": 1,
        "draft_from": 1,
        "last_said_at": entered.came_at,
        "created_at": entered.at,
        "revoked_at": None,
    }


def _inbound(store: Store, entered: Entered, talk: Mapping[str, Any], press: _Press, case: int) -> dict[str, Any]:
    place = f"inbound.external_id:{press.key.hex()}"
    return {
        "id": press.key,
        "organisation": entered.organisation,
        "endpoint": CHANNEL,
        "external_id": store.vault.seal(talk["key"], place, press.external.encode("utf-8", "replace")),
        "talk": talk["id"],
        "at": entered.at,
        "state": "taken",
        "first_seq": 1,
        "last_seq": 0,
        "case_id": case,
        "sealed": None,
    }


def _media(db: Connection, rows: Rows, entered: Entered, talk: int) -> None:
    """Only files of this organisation that belong to nothing yet. LookupError for others."""
    wanted = [media.id for media in entered.media]
    if not wanted:
        return
    query = select(MEDIA.c.id).where(
        MEDIA.c.id.in_(wanted), MEDIA.c.organisation == entered.organisation, MEDIA.c.talk.is_(None)
    )
    if set(db.execute(query).scalars()) != set(wanted):
        raise LookupError("a file is not there, or belongs to another record")
    for number in wanted:
        # After the last message, of which there is none: erasing the draft of a talk (draft_from) never reaches it.
        rows.media.append({"of_id": number, "talk": talk, "seq": 0})


def known_media(db: Connection, organisation: str, numbers: Sequence[str]) -> tuple[Media, ...]:
    """The files of these numbers that this organisation has and that belong to no record yet, in their order."""
    query = select(MEDIA.c.id, MEDIA.c.kind, MEDIA.c.size).where(
        MEDIA.c.id.in_(list(numbers)), MEDIA.c.organisation == organisation, MEDIA.c.talk.is_(None)
    )
    found = {row.id: Media(row.id, row.kind, row.size) for row in db.execute(query)}
    return tuple(found[number] for number in numbers if number in found)
