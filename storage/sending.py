"""The one door for everything that is sent to a person of ourselves, outside the turns of their talk.

Whoever wants to tell a person something calls ``send``; the gate (``casework.contact``) says now, later, in neutral
words, or not by us, and the outbox asks it again when the message leaves. A test holds that nothing else writes
to the outbox but the turns themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, bindparam, insert, select, update

from casework.contact import Verdict, Wishes
from casework.record import CaseEvent
from flows import phrases
from flows.message import Message, render
from flows.session import Line, Say, Voice, World
from storage import casefile, gate, models, undelivered, webhooks
from storage.gate import Person
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
Row = dict[str, Any]

#: Where ``Writer.write`` leaves what a message in a person's language is made with, and the talks to be shown anew.
WORLDS, TOLD = "worlds", "told"
#: The event that keeps the words which only a person with the number may read.
KEPT = "message_kept"
_NEW_MESSAGE, _NEW_OUTBOX, _NEW_EVENT = insert(_MESSAGE), insert(_OUTBOX), insert(_EVENT)
_LOGGED = (
    update(_TALK)
    .where(_TALK.c.id == bindparam("of_id"))
    .values(last_seq=bindparam("last_seq"), draft_from=bindparam("draft_from"))
)
_HAPPENED = update(_CASE).where(_CASE.c.id == bindparam("of_id")).values(events=bindparam("events"))


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
    found = gate.one(db, vault, case).wishes
    if found is None:
        raise Erased("the talk was erased")
    return found


def judge_talk(db: Connection, vault: Vault, row: Mapping[str, Any], purpose: str, now: datetime) -> Verdict:
    """What the gate would say now to a talk (its row) whose record is still being written.

    By what they have answered so far, and by everything that was said and decided about their earlier records. Where
    others read the phone the verdict is neutral, and where it may not go nobody has a task: nothing is owed yet.
    """
    if row["revoked_at"] is not None:
        return Verdict(False, reason="gone")
    return gate.writing(db, vault, row).verdict(purpose, now)


def judge(db: Connection, vault: Vault, case: int, purpose: str, now: datetime) -> tuple[Verdict, str]:
    """What the gate would say now, and the channel: for previews. LookupError when there is no such record."""
    person = gate.one(db, vault, case)
    return person.verdict(purpose, now), person.row["channel"]


def voice(db: Connection, vault: Vault, case: int) -> Voice:
    """How the person of a record is spoken to. LookupError when there is no such record, Erased when it is gone."""
    return gate.one(db, vault, case).voice


# Sending -----------------------------------------------------------------------------------------


def send(db: sqlmodel.Session, vault: Vault, case: int, purpose: str, message: Message, now: datetime) -> Sent:
    """Send the person of a record a message, when and as the gate allows; inside ``Writer.write``.

    It joins the log of their talk and waits in the outbox (a web page shows the log itself). Where others read the
    phone, only the neutral words are sent; the message stays on the record for whoever has the number (``kept``).
    What only a person may do becomes a task with the message's words, and nothing else is written.
    ValueError for an unknown purpose, LookupError when there is no such record.
    """
    person = gate.one(db.connection(), vault, case, lock=True)
    return send_all(db, vault, [(person, message)], purpose, now)[0]


def send_all(
    db: sqlmodel.Session, vault: Vault, those: Sequence[tuple[Person, Message]], purpose: str, now: datetime
) -> list[Sent]:
    """``send`` to several people, whom ``gate.load`` has locked: no talk twice."""
    connection, rows = db.connection(), _Rows()
    out = []
    for person, message in those:
        row, verdict = person.row, person.verdict(purpose, now)
        if not verdict.go and verdict.until is None:
            by_hand(connection, vault, row, purpose, verdict.reason, message.lines, now)
            out.append(Sent(verdict))
            continue
        if verdict.neutral:
            rows.keep(vault, person, purpose, message, now)
            message = neutral(db, person)
        seq = rows.log(vault, row, message, now)
        if row["channel"] == "web":
            db.info.setdefault(TOLD, []).append(row["id"])
            out.append(Sent(verdict, seq))
        else:
            out.append(Sent(verdict, seq, rows.post(vault, person, purpose, message, seq, verdict, now)))
    rows.write(connection)
    return out


@dataclass(slots=True)
class _Rows:
    """The rows of what is sent, written by table."""

    messages: list[Row] = field(default_factory=list)
    talks: list[Row] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)

    def write(self, db: Connection) -> None:
        for statement, rows in (
            (_NEW_MESSAGE, self.messages),
            (_LOGGED, self.talks),
            (_NEW_OUTBOX, self.outbox),
            (_NEW_EVENT, self.events),
            (_HAPPENED, self.cases),
        ):
            if rows:
                db.execute(statement, rows)
        webhooks.stir(db, self.events)

    def log(self, vault: Vault, row: Row, message: Message, now: datetime) -> int:
        """The next entry of the talk's log. It belongs to a record: no draft that may be deleted begins with it."""
        seq: int = row["last_seq"] + 1
        place = f"{row['id']}:{seq}"
        body = vault.seal(row["key"], f"message.body:{place}", masked(message).to_json().encode("utf-8", "replace"))
        shown = message.secret if row["channel"] == "web" else ()
        secret = vault.seal(row["key"], f"message.secret:{place}", packed(shown)) if shown else None
        entry = {"talk": row["id"], "seq": seq, "organisation": row["organisation"], "direction": "out", "at": now}
        self.messages.append(entry | {"body": body, "secret": secret})
        if row["draft_from"] > row["last_seq"]:
            row["draft_from"] = seq + 1
        row["last_seq"] = seq
        self.talks.append({"of_id": row["id"], "last_seq": seq, "draft_from": row["draft_from"]})
        return seq

    def post(
        self, vault: Vault, person: Person, purpose: str, message: Message, seq: int, verdict: Verdict, now: datetime
    ) -> int:
        """A message for the outbox; the number of its row."""
        row, number = person.row, new_id()
        self.outbox.append(
            {
                "id": number,
                "organisation": row["organisation"],
                "talk": row["id"],
                "seq": seq,
                "channel": row["channel"],
                "endpoint": row["endpoint"],
                "body": sealed(vault, row, number, message, neutral=verdict.neutral),
                "state": "due",
                "attempts": 0,
                "next_at": verdict.until or now,
                "created_at": now,
                "sent_at": None,
                "provider_id": "",
                "error": "",
                "purpose": purpose,
                "case_id": person.case,
            }
        )
        return number

    def keep(self, vault: Vault, person: Person, purpose: str, message: Message, now: datetime) -> None:
        """Keep on the record what only somebody with its number may read."""
        row = person.row
        row["events"] += 1
        data = {"purpose": purpose, "lines": list(message.lines), "language": message.language}
        about = {"id": person.case, "key": row["case_key"], "organisation": row["organisation"]}
        event = CaseEvent(KEPT, now, "system", data=data)
        self.events.append(casefile.sealed(vault, about | {"events": row["events"]}, event))
        self.cases.append({"of_id": person.case, "events": row["events"]})


def sealed(
    vault: Vault, row: Mapping[str, Any], number: int, message: Message, *, neutral: bool, again: bool = False
) -> bytes:
    """The body of outbox row ``number``: whom it is for, then what it says. ``again``: it has left once before."""
    to = vault.unseal(f"talk.address:{row['id']}", row["address"]).decode()
    head = packed({"to": to, "secret": message.secret, "neutral": neutral, "again": again})
    plain = message.to_json().encode("utf-8", "replace")
    return vault.seal(row["key"], f"outbox.body:{number}", head + b"\n" + plain)


def neutral(db: sqlmodel.Session, person: Person) -> Message:
    """That there is a message, in the person's language and words; whom from and what about stays unsaid."""
    world: World = db.info[WORLDS](person.row["organisation"])
    voice = replace(person.voice, language=person.voice.language or "en")
    return render(Say((Line(phrases.MESSAGE_WAITS),), voice), world)


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


# Leaving -----------------------------------------------------------------------------------------


def leaving(
    db: sqlmodel.Session, vault: Vault, parcel: Mapping[str, Any], people: Mapping[int, Person], now: datetime
) -> bytes | None:
    """The gate once more, for an outbox row with a purpose that is about to leave; what may leave now, sealed.

    None when it may not: it waits until it may, or has failed with "gate:<reason>" and a task. ``people`` are those of
    the records, locked (``gate.load``).
    """
    connection, number, case = db.connection(), parcel["id"], parcel["case_id"]
    this = _OUTBOX.c.id == number
    if case is None:
        return _leaving_draft(connection, vault, parcel, now)
    person = people.get(case)
    if person is None:
        connection.execute(update(_OUTBOX).where(this).values(state="failed", error="gate:gone", body=None))
        return None
    row, verdict = person.row, person.verdict(parcel["purpose"], now)
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
        words = neutral(db, person)
        if not (json.loads(head).get("again") and _is_kept(connection, vault, case, message, words)):
            kept_back = _Rows()
            kept_back.keep(vault, person, parcel["purpose"], message, now)
            kept_back.write(connection)
        body = sealed(vault, row, number, words, neutral=True)
        connection.execute(update(_OUTBOX).where(this).values(body=body))
    return body


def _is_kept(db: Connection, vault: Vault, case: int, message: Message, words: Message) -> bool:
    """Whether a message that left before was only the neutral words, or is kept on the record since then."""
    return message.lines == words.lines or "\n".join(message.lines) in kept(db, vault, case)


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
