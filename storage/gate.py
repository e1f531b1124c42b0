"""People as the gate of safe contact sees them: read many at once, then judged one by one (``casework.contact``).

What is read here is everything that they and staff have said about being reached, of every record of their talk.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from casework import contact
from casework.case import corrected
from casework.contact import Verdict, Wishes
from casework.record import CaseEvent
from flows import aside
from flows.session import Session, Voice
from storage import casefile, models, models_clocks, models_rights
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

_TALK = table(models.Talk)
_CASE = table(models.Case)
_EVENT = table(models.CaseEvent)
_FACT = table(models.CaseFact)
_ALERT = table(models.Alert)
_MARK = table(models_rights.CaseMark)
_VERSION = table(models_clocks.ProfileVersion)

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

# Statements are made once: making them takes longer than running them.
_ROWS = (
    select(
        *(_TALK, _CASE.c.id.label("case_id"), _CASE.c.number, _CASE.c.profile),
        *(_CASE.c.key.label("case_key"), _CASE.c.events),
    )
    .join(_CASE, _CASE.c.talk == _TALK.c.id)
    .where(_CASE.c.id.in_(bindparam("cases", expanding=True)))
)
_LIMITED = select(_MARK.c.case_id).where(
    _MARK.c.mark == "limited", _MARK.c.case_id.in_(bindparam("cases", expanding=True))
)
_LOCKED = _ROWS.order_by(_TALK.c.id).with_for_update()  # the talk and then the record, as a turn does
_THEIRS = _CASE.c.talk.in_(bindparam("talks", expanding=True))
_SAID = (
    select(_CASE.c.talk, _FACT.c.case_id, _FACT.c.fact, _FACT.c.value)
    .join(_CASE, _CASE.c.id == _FACT.c.case_id)
    .where(_THEIRS, _FACT.c.fact.in_(_FACTS))
)
_HAPPENED = (
    select(_CASE.c.talk, _EVENT.c.case_id, _EVENT.c.seq, _EVENT.c.at, _EVENT.c.who, _EVENT.c.type, _EVENT.c.body)
    .join(_CASE, _CASE.c.id == _EVENT.c.case_id)
    .where(_THEIRS, _EVENT.c.type.in_(_EVENTS))
    .order_by(_EVENT.c.case_id, _EVENT.c.seq)
)
_NOT_SAFE = (
    select(_ALERT.c.talk, func.max(_ALERT.c.at))
    .where(_ALERT.c.talk.in_(bindparam("talks", expanding=True)), _ALERT.c.categories.contains("not_safe"))
    .group_by(_ALERT.c.talk)
)
_NEWEST = select(_VERSION.c.version).where(_VERSION.c.organisation == bindparam("organisation"))
_NEWEST = _NEWEST.order_by(_VERSION.c.at.desc()).limit(1)


@dataclass(slots=True)
class Person:
    """Whoever a record came from.

    row      their talk, with the record's own number, profile (procedure), case_key and events
    session  where their talk stands; None when what they said was erased
    wishes   how they may be reached; None when what they said was erased
    limited  the use of the record is limited: nothing is sent about it
    """

    case: int
    row: dict[str, Any]
    session: Session | None
    wishes: Wishes | None
    limited: bool = False

    @property
    def voice(self) -> Voice:
        """How they are spoken to. Raises Erased when that is gone."""
        if self.session is None:
            raise Erased("the talk was erased")
        return self.session.voice

    def verdict(self, purpose: str, now: datetime) -> Verdict:
        """What the gate says to one message now."""
        left = self.row["revoked_at"] is not None
        if self.row["channel"] != "web" and (left or self.row["address"] is None):
            return Verdict(False, reason="gone")
        if self.wishes is None:
            return Verdict(False, reason="gone")
        if self.limited:
            return Verdict(False, reason="limited")
        verdict = contact.verdict(self.wishes, purpose, self.row["channel"], now)
        # A page that was left shows nothing any more: what is said is there for whoever comes back with the number.
        return replace(verdict, neutral=True) if verdict.go and left else verdict


def load(db: Connection, vault: Vault, cases: Collection[int], *, lock: bool = False) -> dict[int, Person]:
    """The people of these records, by record; a record that is not there is left out. A handful of questions in all.

    ``lock``: their talks and records are held until the transaction ends.
    """
    query = _LOCKED if lock else _ROWS
    rows = [dict(row) for row in db.execute(query, {"cases": list(cases)}).mappings()]
    vault.load(key for row in rows for key in (row["key"], row["case_key"]))
    known, limited = (
        _known(db, {row["id"] for row in rows}),
        set(db.execute(_LIMITED, {"cases": list(cases)}).scalars()),
    )
    people = {row["case_id"]: _person(db, vault, row, row["case_id"], known) for row in rows}
    for case in limited & people.keys():
        people[case].limited = True
    return people


def one(db: Connection, vault: Vault, case: int, *, lock: bool = False) -> Person:
    """The person of one record. LookupError when there is no such record."""
    found = load(db, vault, (case,), lock=lock).get(case)
    if found is None:
        raise LookupError("there is no such record")
    return found


def writing(db: Connection, vault: Vault, talk: Mapping[str, Any]) -> Person:
    """Whoever is still writing: their talk's row, and no record of it yet."""
    version = db.execute(_NEWEST, {"organisation": talk["organisation"]}).scalar() or ""
    return _person(db, vault, {**talk, "profile": version}, DRAFT, _known(db, {talk["id"]}))


@dataclass(slots=True)
class _Known:
    """What is known of one talk: record -> fact -> values, rows of events by record, when they last were not safe."""

    facts: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    events: dict[int, list[Mapping[Any, Any]]] = field(default_factory=dict)
    not_safe: datetime | None = None


def _known(db: Connection, talks: Iterable[int]) -> dict[int, _Known]:
    found = {talk: _Known() for talk in talks}
    theirs = {"talks": list(found)}
    for talk, case, fact, value in db.execute(_SAID, theirs):
        found[talk].facts.setdefault(case, {}).setdefault(fact, set()).add(value)
    for row in db.execute(_HAPPENED, theirs).mappings():
        found[row["talk"]].events.setdefault(row["case_id"], []).append(row)
    for talk, at in db.execute(_NOT_SAFE, theirs):
        found[talk].not_safe = at
    return found


def _person(db: Connection, vault: Vault, row: dict[str, Any], case: int, known: Mapping[int, _Known]) -> Person:
    about, session = known[row["id"]], None
    try:
        session = _session(vault, row)
        events = {number: _events(vault, rows) for number, rows in about.events.items()}
    except Erased:
        return Person(case, row, session, None)
    if case == DRAFT and not session.filed:
        answered = {name: set(answer.values) for name, answer in session.answers.items() if name in _FACTS}
        about.facts[DRAFT] = {name: values for name, values in answered.items() if values}
    wishes = contact.wishes(
        case,
        about.facts,
        events,
        not_safe=about.not_safe,
        asking=aside.SAFE.id in session.pending,
        stopped=session.stopped,
        hours=_organisation_hours(db, row["organisation"], row["profile"]),
    )
    return Person(case, row, session, wishes)


def _session(vault: Vault, row: Mapping[str, Any]) -> Session:
    if not row["session"]:
        raise Erased("the talk was erased")
    return Session.from_json(json.loads(vault.unseal(f"talk.session:{row['id']}", row["session"])))


def _events(vault: Vault, rows: Sequence[Mapping[Any, Any]]) -> list[CaseEvent]:
    """What was said and decided about contact on one record, corrections made."""
    found: list[CaseEvent] = []
    for row in rows:
        body = json.loads(vault.unseal(casefile.place(row["case_id"], row["seq"]), row["body"]))
        if row["type"] in ("contact", "changed"):
            steps = [entry["step"] for entry in body.get("entries", ()) if entry["step"] in _STEPS]
            if steps:
                found.append(CaseEvent("contact", row["at"], row["who"], data={"steps": steps}, id=str(row["seq"])))
            continue
        found.append(casefile.event_of(row, body))
    return list(corrected(found))


def _organisation_hours(db: Connection, organisation: str, version: str) -> tuple[time, time]:
    """When an organisation sends, by its procedure; a version never changes, so it is read once."""
    if version not in _hours:
        where = (_VERSION.c.organisation == organisation, _VERSION.c.version == version)
        text = db.execute(select(_VERSION.c.text).where(*where)).scalar()
        _hours[version] = contact.hours_of(json.loads(text) if text else {})
    return _hours[version]
