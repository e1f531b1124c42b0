"""From the effects of a turn to rows: what each effect means to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.calendar import LONDON
from casework.case import fold
from casework.procedure import Profile
from casework.record import CaseEvent, day
from casework.routing import Known, suggestions
from flows.session import Alert, Amend, CallPerson, Entry, FileIt
from storage import casefile, dues, words
from storage.ids import new_id, new_reference
from storage.procedures import Procedures
from storage.receipts import Receipts, grouped
from storage.rows import Rows
from storage.vault import Vault
from storage.work import Work, packed

#: What a person adds that moves no clock: everything else is folded again.
STILL = ("changed", "contact")


def stirs(effect: FileIt | Amend) -> bool:
    """Whether it may move the clocks of a record that is there already, so that its history is needed."""
    return effect.complete if isinstance(effect, FileIt) else effect.event not in STILL


class Filing:
    """Turns effects into rows of one batch; it knows the records of it by (talk, number) and by reference.

    ``histories`` of the records that may move, and the rows of their ``clocks`` as they were.
    """

    def __init__(self, rows: Rows, vault: Vault, receipts: Receipts, procedures: Procedures) -> None:
        self.rows = rows
        self.vault = vault
        self.receipts = receipts
        self.procedures = procedures
        self.by_number: dict[tuple[int, int], dict[str, Any]] = {}
        self.by_reference: dict[str, dict[str, Any]] = {}
        self.histories: dict[int, list[CaseEvent]] = {}
        self.clocks: dict[int, list[dict[str, Any]]] = {}

    def know(self, case: dict[str, Any]) -> None:
        """Have a record's row at hand."""
        known = self.by_reference.setdefault(case["reference"], case)
        self.by_number[known["talk"], known["number"]] = known

    def file(self, work: Work, effect: FileIt) -> None:
        """Begin, carry on or complete record number ``effect.record`` of the talk."""
        talk, at = work.talk, work.job.at
        case = self.by_number.get((talk["id"], effect.record))
        if case is None:
            case = {
                "id": new_id(),
                "organisation": talk["organisation"],
                "talk": talk["id"],
                "number": effect.record,
                "reference": new_reference(),
                "kind": effect.kind,
                "channel": talk["channel"],
                "language": work.after.voice.language,
                "complete": False,
                "stage": "",
                "place": "",
                "profile": self.procedures[talk["organisation"]].version,
                "acknowledge_by": None,
                "answer_by": None,
                "key": talk["key"],
                "events": 0,
                "begun_at": at,
                "filed_at": None,
                "receipt_hash": None,
            }
            self.rows.new["cases"].append(case)
            self.know(case)
            self.histories[case["id"]] = []
        else:
            self.rows.changed_cases[case["id"]] = case
        case["kind"] = effect.kind
        case["language"] = work.after.voice.language
        what = "updated" if case["events"] else "filed"
        if effect.complete and not case["complete"]:
            what = "completed" if case["events"] else "filed"
            digits, case["receipt_hash"] = self.receipts.take()
            case["complete"], case["filed_at"] = True, at
            work.receipt = grouped(digits)
            work.case_id, work.reference = case["id"], case["reference"]
        profile = self.procedures.under(case["organisation"], case["profile"])
        reasons = _routing(profile, work, effect)
        data = _filed(profile, effect, reasons) if what != "updated" else {}
        self.event(case, CaseEvent(what, at, "person", data=data), effect.entries, whole=True)
        if what != "updated":
            self.stand(case, at)
        if case["events"] > 1:
            self.rows.cases_restated.append(case["id"])
        facts = dict(effect.facts)
        facts["kind"] = (effect.kind,)
        facts["channel"] = (talk["channel"],)
        facts["language"] = (work.after.voice.language,)
        facts["organisation"] = (talk["organisation"],)
        facts["procedure"] = (profile.id,)
        facts["consider"] = tuple(reason for reason, _ in reasons)
        self.facts(case, facts)

    def amend(self, work: Work, effect: Amend) -> None:
        """Add to a record of this talk, or to an earlier one that the person has shown to be theirs."""
        if effect.reference:
            case = self.by_reference.get(effect.reference)
        else:
            case = self.by_number.get((work.talk["id"], effect.record))
        if case is None or case["organisation"] != work.talk["organisation"]:
            raise LookupError("an addition to a record that is not there")
        self.rows.changed_cases[case["id"]] = case
        at, facts = work.job.at, dict(effect.facts)
        if effect.event == "asked_advocate":
            facts["advocacy"] = ("asked",)
        data = {"services": list(facts["services"])} if facts.get("services") else {}
        self.event(case, CaseEvent(effect.event, at, "person", data=data), effect.entries)
        if effect.event not in STILL:
            before = case["kind"]
            self.stand(case, at)
            if case["kind"] != before:
                facts |= {"kind": (case["kind"],), "was": (before,)}
        self.facts(case, facts)

    def event(self, case: dict[str, Any], event: CaseEvent, entries: tuple[Entry, ...], whole: bool = False) -> None:
        """Append to what happened to the record. ``whole``: the entries are all of it, not an addition."""
        case["events"] += 1
        said = [entry_json(entry) for entry in entries]
        self.rows.new["case_event"].append(casefile.sealed(self.vault, case, event, entries=said, whole=whole))
        texts = [word for entry in entries for word in entry.words]
        named = [word for entry in entries if entry.step == "worker" for word in entry.words]
        self.rows.tokens += words.rows(self.vault.ring, case, texts, named)
        if case["id"] in self.histories:
            self.histories[case["id"]].append(replace(event, id=str(case["events"])))

    def stand(self, case: dict[str, Any], at: datetime) -> None:
        """Have the record and its clocks say where it stands after what happened to it."""
        number, history = case["id"], self.histories.get(case["id"])
        if not history:
            return  # it was erased
        profile = self.procedures.under(case["organisation"], case["profile"])
        before = self.clocks.get(number, [])
        rows = dues.stand(case, profile, fold(profile, history), before)
        self.clocks[number] = rows
        self.rows.clocks(case, before, rows, at)

    def facts(self, case: dict[str, Any], facts: Mapping[str, tuple[str, ...]]) -> None:
        """Replace the named facts of the record."""
        for fact, values in facts.items():
            if case["events"] > 1:
                self.rows.facts_gone.append({"gone_case": case["id"], "gone_fact": fact})
            self.rows.facts[case["id"], fact] = [
                {"case_id": case["id"], "fact": fact, "value": value, "organisation": case["organisation"]}
                for value in dict.fromkeys(values)
                if value
            ]

    def alert(self, work: Work, effect: Alert) -> None:
        number = new_id()
        talk = work.talk
        self.rows.new["alert"].append(
            {
                "id": number,
                "organisation": talk["organisation"],
                "talk": talk["id"],
                "number": effect.record,
                "level": effect.level,
                "categories": " ".join(effect.categories),
                "matched": self.vault.seal(talk["key"], f"alert.matched:{number}", packed({"matched": effect.matched})),
                "at": work.job.at,
                "acknowledged_at": None,
                "acknowledged_by": "",
            }
        )

    def task(self, work: Work, effect: CallPerson) -> None:
        number = new_id()
        talk = work.talk
        words = (
            self.vault.seal(talk["key"], f"task.words:{number}", packed(list(effect.words))) if effect.words else None
        )
        self.rows.new["task"].append(
            {
                "id": number,
                "organisation": talk["organisation"],
                "talk": talk["id"],
                "number": effect.record,
                "why": effect.why,
                "about": "",
                "due": None,
                "words": words,
                "at": work.job.at,
                "done_at": None,
            }
        )


def _routing(profile: Profile, work: Work, effect: FileIt) -> list[tuple[str, str]]:
    """(reason, route) of everything a person should consider, by what is known when it is filed."""
    filed = work.job.at.astimezone(LONDON).date()
    known = Known(effect.kind, effect.facts, filed, work.after.dangers)
    return [(one.reason, one.route) for one in suggestions(profile, known)]


def _filed(profile: Profile, effect: FileIt, reasons: list[tuple[str, str]]) -> dict[str, Any]:
    """The details of the event "filed" or "completed"; what is empty is left out."""
    facts = effect.facts
    happened = day(next(iter(facts.get("when", ())), ""))
    data: dict[str, Any] = {
        "kind": effect.kind if effect.complete else "unfinished",
        "services": [service for service in facts.get("services", ()) if service != "skipped"],
        "happened": happened.isoformat() if happened else "",
        "child": "child" in facts.get("who", ()),
        "named": [word for entry in effect.entries if entry.step == "worker" for word in entry.words],
        "procedure": profile.id,
        "consider": [f"{reason} {route}".strip() for reason, route in reasons],
    }
    return {name: value for name, value in data.items() if value}


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as it is sealed; what is empty is left out."""
    out: dict[str, Any] = {"step": entry.step, "question": entry.question}
    for name in ("values", "labels", "words"):
        if value := getattr(entry, name):
            out[name] = list(value)
    if entry.media:
        out["media"] = [[m.id, m.kind, m.size] for m in entry.media]
    if entry.skipped:
        out["skipped"] = True
    return out
