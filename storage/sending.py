"""The one door for everything that is sent to a person of ourselves, outside the turns of their talk.

Whoever wants to tell a person something calls ``send``; the gate (``casework.contact``) says now, later, in neutral
words, or not by us, and the outbox asks it again when the message leaves. A test holds that nothing else writes
to the outbox but the turns themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import sqlmodel
from sqlalchemy import Connection, func, insert, select, update

from casework import contact
from casework.case import corrected
from casework.contact import Verdict, Wishes
from casework.record import CaseEvent
from flows import aside, phrases
from flows.message import Message, render
from flows.session import Line, Say, Session, Voice, World
from storage import casefile, models, models_clocks, undelivered
from storage.ids import new_id
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault
from storage.work import masked, packed

_TALK = table(models.Talk)
_MESSAGE = table(models.Message)
_OUTBOX = table(models.Outbox)
_CASE = table(models.Case)
_EVENT = table(models.CaseEvent)
_FACT = table(models.CaseFact)
_ALERT = table(models.Alert)
_VERSION = table(models_clocks.ProfileVersion)

#: Where ``Writer.write`` leaves what a message in a person's language is made with, and the talks to be shown anew.
WORLDS, TOLD = "worlds", "told"
#: The event that keeps the words which only a person with the number may read.
KEPT = "message_kept"
#: Facts and events that say how a person may be reached.
_FACTS = ("contact", "news", aside.REACH.id)
_STEPS = frozenset({"contact", "details", aside.REACH.id})
_EVENTS = (
    *("contact", "changed", "corrected", "contact_settled"),
    *("contact_planned", "contact_plan_ended", "contact_ended"),
)
#: Stands for the record that is still being written.
DRAFT = 0
_hours: dict[str, tuple[time, time]] = {}


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: number ``seq`` of the talk's log, row ``outbox``; 0: nothing was written."""

    verdict: Verdict
    seq: int = 0
    outbox: int = 0


# What the gate says ------------------------------------------------------------------------------


def wishes(db: Connection, vault: Vault, case: int) -> Wishes:
    """How the person of a record may be reached, by everything they and staff have said until now.

    LookupError when there is no such record, Erased when what they said is gone.
    """
    return _wishes(db, vault, _row(db, case), case)


def judge_talk(db: Connection, vault: Vault, row: Mapping[str, Any], purpose: str, now: datetime) -> Verdict:
    """What the gate would say now to a talk (its row) whose record is still being written.

    By what they have answered so far, and by everything that was said and decided about their earlier records. Where
    others read the phone the verdict is neutral, and where it may not go nobody has a task: nothing is owed yet.
    """
    if row["revoked_at"] is not None or (row["channel"] != "web" and row["address"] is None):
        return Verdict(False, reason="gone")
    newest = select(_VERSION.c.version).where(_VERSION.c.organisation == row["organisation"])
    version = db.execute(newest.order_by(_VERSION.c.at.desc()).limit(1)).scalar() or ""
    try:
        wishes = _wishes(db, vault, {**row, "profile": version}, DRAFT)
    except Erased:
        return Verdict(False, reason="gone")
    return contact.verdict(wishes, purpose, row["channel"], now)


def judge(db: Connection, vault: Vault, case: int, purpose: str, now: datetime) -> tuple[Verdict, str]:
    """What the gate would say now, and the channel: for previews. LookupError when there is no such record."""
    row = _row(db, case)
    return _judge(db, vault, row, case, purpose, now), row["channel"]


def _judge(db: Connection, vault: Vault, row: Mapping[str, Any], case: int, purpose: str, now: datetime) -> Verdict:
    if row["channel"] != "web" and (row["revoked_at"] is not None or row["address"] is None):
        return Verdict(False, reason="gone")
    try:
        verdict = contact.verdict(_wishes(db, vault, row, case), purpose, row["channel"], now)
    except Erased:
        return Verdict(False, reason="gone")
    # A page that was left shows nothing any more: what is said is there for whoever comes back with the number.
    return replace(verdict, neutral=True) if verdict.go and row["revoked_at"] is not None else verdict


def _row(db: Connection, case: int, *, lock: bool = False) -> dict[str, Any]:
    """The talk of a record with the record's own number, language and procedure."""
    query = (
        select(_TALK, _CASE.c.number, _CASE.c.profile, _CASE.c.key.label("case_key"), _CASE.c.events)
        .join(_CASE, _CASE.c.talk == _TALK.c.id)
        .where(_CASE.c.id == case)
    )
    if lock:  # the talk and then the record, as a turn does
        query = query.with_for_update()
    row = db.execute(query).mappings().first()
    if row is None:
        raise LookupError("there is no such record")
    return dict(row)


def _wishes(db: Connection, vault: Vault, row: Mapping[str, Any], case: int) -> Wishes:
    session = _session(vault, row)
    theirs = _CASE.c.talk == row["id"]
    facts: dict[int, dict[str, set[str]]] = {}
    query = select(_FACT.c.case_id, _FACT.c.fact, _FACT.c.value).join(_CASE, _CASE.c.id == _FACT.c.case_id)
    for number, fact, value in db.execute(query.where(theirs, _FACT.c.fact.in_(_FACTS))):
        facts.setdefault(number, {}).setdefault(fact, set()).add(value)
    if case == DRAFT and not session.filed:
        answered = {name: set(answer.values) for name, answer in session.answers.items() if name in _FACTS}
        facts[DRAFT] = {name: values for name, values in answered.items() if values}
    not_safe = (_ALERT.c.talk == row["id"], _ALERT.c.categories.contains("not_safe"))
    return contact.wishes(
        case,
        facts,
        _events(db, vault, theirs),
        not_safe=db.execute(select(func.max(_ALERT.c.at)).where(*not_safe)).scalar(),
        asking=aside.SAFE.id in session.pending,
        stopped=session.stopped,
        hours=_organisation_hours(db, row["organisation"], row["profile"]),
    )


def _events(db: Connection, vault: Vault, theirs: Any) -> dict[int, list[CaseEvent]]:
    """What was said and decided about contact, by record, corrections made."""
    found: dict[int, list[CaseEvent]] = {}
    query = select(_EVENT).join(_CASE, _CASE.c.id == _EVENT.c.case_id).where(theirs, _EVENT.c.type.in_(_EVENTS))
    for row in db.execute(query.order_by(_EVENT.c.case_id, _EVENT.c.seq)).mappings():
        body = json.loads(vault.unseal(casefile.place(row["case_id"], row["seq"]), row["body"]))
        if row["type"] in ("contact", "changed"):
            steps = [entry["step"] for entry in body.get("entries", ()) if entry["step"] in _STEPS]
            if steps:
                event = CaseEvent("contact", row["at"], row["who"], data={"steps": steps}, id=str(row["seq"]))
                found.setdefault(row["case_id"], []).append(event)
            continue
        found.setdefault(row["case_id"], []).append(casefile.event_of(dict(row), body))
    return {case: list(corrected(events)) for case, events in found.items()}


def _session(vault: Vault, row: Mapping[str, Any]) -> Session:
    if not row["session"]:
        raise Erased("the talk was erased")
    return Session.from_json(json.loads(vault.unseal(f"talk.session:{row['id']}", row["session"])))


def voice(db: Connection, vault: Vault, case: int) -> Voice:
    """How the person of a record is spoken to. LookupError when there is no such record, Erased when it is gone."""
    return _session(vault, _row(db, case)).voice


def _organisation_hours(db: Connection, organisation: str, version: str) -> tuple[time, time]:
    """When an organisation sends, by its procedure; a version never changes, so it is read once."""
    if version not in _hours:
        where = (_VERSION.c.organisation == organisation, _VERSION.c.version == version)
        text = db.execute(select(_VERSION.c.text).where(*where)).scalar()
        _hours[version] = contact.hours_of(json.loads(text) if text else {})
    return _hours[version]


# Sending -----------------------------------------------------------------------------------------


def send(db: sqlmodel.Session, vault: Vault, case: int, purpose: str, message: Message, now: datetime) -> Sent:
    """Send the person of a record a message, when and as the gate allows; inside ``Writer.write``.

    It joins the log of their talk and waits in the outbox (a web page shows the log itself). Where others read the
    phone, only the neutral words are sent; the message stays on the record for whoever has the number (``kept``).
    What only a person may do becomes a task with the message's words, and nothing else is written.
    ValueError for an unknown purpose, LookupError when there is no such record.
    """
    connection = db.connection()
    row = _row(connection, case, lock=True)
    verdict = _judge(connection, vault, row, case, purpose, now)
    if not verdict.go and verdict.until is None:
        by_hand(connection, vault, row, purpose, verdict.reason, message.lines, now)
        return Sent(verdict)
    if verdict.neutral:
        keep(connection, vault, row, case, purpose, message, now)
        message = neutral(db, vault, row)
    seq = _log(connection, vault, row, message, now)
    if row["channel"] == "web":
        db.info.setdefault(TOLD, []).append(row["id"])
        return Sent(verdict, seq)
    number = new_id()
    parcel = sealed(vault, row, number, message, neutral=verdict.neutral)
    connection.execute(
        insert(_OUTBOX),
        {
            "id": number,
            "organisation": row["organisation"],
            "talk": row["id"],
            "seq": seq,
            "channel": row["channel"],
            "endpoint": row["endpoint"],
            "body": parcel,
            "state": "due",
            "attempts": 0,
            "next_at": verdict.until or now,
            "created_at": now,
            "sent_at": None,
            "provider_id": "",
            "error": "",
            "purpose": purpose,
            "case_id": case,
        },
    )
    return Sent(verdict, seq, number)


def sealed(vault: Vault, row: Mapping[str, Any], number: int, message: Message, *, neutral: bool) -> bytes:
    """The body of outbox row ``number``: whom it is for, then what it says."""
    to = vault.unseal(f"talk.address:{row['id']}", row["address"]).decode()
    head = packed({"to": to, "secret": message.secret, "neutral": neutral})
    plain = message.to_json().encode("utf-8", "replace")
    return vault.seal(row["key"], f"outbox.body:{number}", head + b"\n" + plain)


def neutral(db: sqlmodel.Session, vault: Vault, row: Mapping[str, Any]) -> Message:
    """That there is a message, in the person's language and words; whom from and what about stays unsaid."""
    world: World = db.info[WORLDS](row["organisation"])
    voice = _session(vault, row).voice
    return render(Say((Line(phrases.MESSAGE_WAITS),), replace(voice, language=voice.language or "en")), world)


def keep(
    db: Connection, vault: Vault, row: dict[str, Any], case: int, purpose: str, message: Message, now: datetime
) -> None:
    """Keep on the record what only somebody with its number may read."""
    row["events"] += 1
    data = {"purpose": purpose, "lines": list(message.lines), "language": message.language}
    about = {"id": case, "key": row["case_key"], "organisation": row["organisation"], "events": row["events"]}
    db.execute(insert(_EVENT), casefile.sealed(vault, about, CaseEvent(KEPT, now, "system", data=data)))
    db.execute(update(_CASE).where(_CASE.c.id == case).values(events=row["events"]))


def kept(db: Connection, vault: Vault, case: int) -> tuple[str, ...]:
    """The messages kept for whoever has the record's number, oldest first."""
    query = select(_EVENT).where(_EVENT.c.case_id == case, _EVENT.c.type == KEPT).order_by(_EVENT.c.seq)
    found = []
    for row in db.execute(query).mappings():
        try:
            body = json.loads(vault.unseal(casefile.place(case, row["seq"]), row["body"]))
        except Erased:
            continue
        found.append("\n".join(body["data"]["lines"]))
    return tuple(found)


def by_hand(
    db: Connection,
    vault: Vault,
    row: Mapping[str, Any],
    purpose: str,
    reason: str,
    words: tuple[str, ...],
    now: datetime,
) -> None:
    """A task: somebody has to tell the person, or decide not to. Of somebody erased it holds no words."""
    about = f"{purpose}:{reason}"
    told = (db, row["organisation"], row["id"], undelivered.BY_HAND, now)
    try:
        undelivered.tell(*told, number=row["number"], about=about, words=(vault, row["key"], words))
    except Erased:
        undelivered.tell(*told, number=row["number"], about=about)


def _log(db: Connection, vault: Vault, row: Mapping[str, Any], message: Message, now: datetime) -> int:
    """The next entry of the talk's log. It belongs to a record: no draft that may be deleted begins with it."""
    seq: int = row["last_seq"] + 1
    place = f"{row['id']}:{seq}"
    body = vault.seal(row["key"], f"message.body:{place}", masked(message).to_json().encode("utf-8", "replace"))
    shown = message.secret if row["channel"] == "web" else ()
    secret = vault.seal(row["key"], f"message.secret:{place}", packed(shown)) if shown else None
    db.execute(
        insert(_MESSAGE),
        {
            "talk": row["id"],
            "seq": seq,
            "organisation": row["organisation"],
            "direction": "out",
            "at": now,
            "body": body,
            "secret": secret,
        },
    )
    drafting = row["draft_from"] <= row["last_seq"]
    changes = {"last_seq": seq} if drafting else {"last_seq": seq, "draft_from": seq + 1}
    db.execute(update(_TALK).where(_TALK.c.id == row["id"]).values(changes))
    return seq


# Leaving -----------------------------------------------------------------------------------------


def leaving(db: sqlmodel.Session, vault: Vault, parcel: Mapping[str, Any], now: datetime) -> bytes | None:
    """The gate once more, for an outbox row with a purpose that is about to leave; what may leave now, sealed.

    None when it may not: it waits until it may, or has failed with "gate:<reason>" and a task.
    """
    connection, number, case = db.connection(), parcel["id"], parcel["case_id"]
    this = _OUTBOX.c.id == number
    if case is None:
        return _leaving_draft(connection, vault, parcel, now)
    try:
        row = _row(connection, case, lock=True)
    except LookupError:
        connection.execute(update(_OUTBOX).where(this).values(state="failed", error="gate:gone", body=None))
        return None
    verdict = _judge(connection, vault, row, case, parcel["purpose"], now)
    if verdict.until is not None:
        connection.execute(update(_OUTBOX).where(this).values(state="due", next_at=verdict.until))
        return None
    head, _, plain = vault.unseal(f"outbox.body:{number}", parcel["body"]).partition(b"\n")
    message = masked(replace(Message.from_json(plain.decode()), secret=tuple(json.loads(head).get("secret", ()))))
    if not verdict.go:
        error = f"gate:{verdict.reason}"
        connection.execute(update(_OUTBOX).where(this).values(state="failed", error=error, body=None))
        by_hand(connection, vault, row, parcel["purpose"], verdict.reason, message.lines, now)
        return None
    body: bytes = parcel["body"]
    if verdict.neutral and not json.loads(head).get("neutral"):
        keep(connection, vault, row, case, parcel["purpose"], message, now)
        body = sealed(vault, row, number, neutral(db, vault, row), neutral=True)
        connection.execute(update(_OUTBOX).where(this).values(body=body))
    return body


def _leaving_draft(db: Connection, vault: Vault, parcel: Mapping[str, Any], now: datetime) -> bytes | None:
    """The same for what belongs to no record yet. Whoever has written meanwhile needs it no more."""
    this = _OUTBOX.c.id == parcel["id"]
    row = db.execute(select(_TALK).where(_TALK.c.id == parcel["talk"]).with_for_update()).mappings().first()
    verdict = Verdict(False, reason="gone")
    if row is not None:
        verdict = judge_talk(db, vault, dict(row), parcel["purpose"], now)
    if row is not None and row["last_said_at"] > parcel["created_at"]:
        verdict = Verdict(False, reason="answered")
    if verdict.until is not None:
        db.execute(update(_OUTBOX).where(this).values(state="due", next_at=verdict.until))
        return None
    if not verdict.go or verdict.neutral:
        error = f"gate:{verdict.reason or 'shared'}"
        db.execute(update(_OUTBOX).where(this).values(state="failed", error=error, body=None))
        return None
    body: bytes = parcel["body"]
    return body
