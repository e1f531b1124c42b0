"""From the effects of a turn to rows: what each effect means to the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from casework.calendar import LONDON
from casework.case import fold
from casework.escalation import asked
from casework.procedure import Profile
from casework.record import CaseEvent, day
from casework.report_facts import complainant, counted
from casework.routing import Known, suggestions
from flows.scripts.way_on import CHOICE
from flows.session import Alert, Amend, CallPerson, Entry, FileIt
from storage import casefile, dues, progress, words
from storage.ids import new_id, new_reference
from storage.procedures import Procedures
from storage.receipts import grouped
from storage.rows import Rows
from storage.vault import Vault
from storage.work import Work, packed

#: Task: the next stage was asked for after its last day, and a person decides whether to take it.
LATE_REQUEST = "late_request"
#: What a person adds that moves no clock: everything else is folded again.
STILL = ("changed", "contact", "surveyed", "ombudsman_told", *progress.OF_THE_NUMBER)


def stirs(effect: FileIt | Amend) -> bool:
    """Whether it may move the clocks of a record that is there already, so that its history is needed."""
    return effect.complete if isinstance(effect, FileIt) else effect.event not in STILL


class Minting(Protocol):
    """Where receipts come from: ``storage.receipts.Receipts``, or one that is known already."""

    def take(self) -> tuple[str, bytes]:
        """A receipt nobody has: its digits for the person, and the hash under which the record is found again."""
        ...


class Filing:
    """Turns effects into rows of one batch; it knows the records of it by (talk, number) and by reference.

    ``histories`` of the records that may move, and the rows of their ``clocks`` as they were; ``ids`` numbers records.
    """

    def __init__(
        self, rows: Rows, vault: Vault, receipts: Minting, procedures: Procedures, ids: Callable[[], int] = new_id
    ) -> None:
        self.rows = rows
        self.vault = vault
        self.receipts = receipts
        self.procedures = procedures
        self.ids = ids
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
                "id": self.ids(),
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
        facts |= complainant(facts)
        for campaign in facts.get("campaign", ()):
            facts |= self.procedures.counted(talk["organisation"], campaign, at.astimezone(LONDON).date())
        self.facts(case, facts)

    def amend(self, work: Work, effect: Amend) -> None:
        """Add to a record of this talk, or to an earlier one that the person has shown to be theirs."""
        if effect.reference:
            case = self.by_reference.get(effect.reference)
        else:
            case = self.by_number.get((work.talk["id"], effect.record))
        if case is None and effect.event == "contact" and not effect.reference:
            words = tuple(word for entry in effect.entries for word in entry.words)
            self.task(work, CallPerson("contact", 0, words))  # what they began was deleted, and perhaps alerted
            return
        if case is None or case["organisation"] != work.talk["organisation"]:
            raise LookupError("an addition to a record that is not there")
        self.rows.changed_cases[case["id"]] = case
        if effect.event in progress.OF_THE_NUMBER:
            self._number(work, case, effect)
            return
        at, facts = work.job.at, dict(effect.facts)
        if case["talk"] != work.talk["id"] and "here" in facts.get("contact", ()):
            # Where they are now, which is not where the record's messages go.
            facts["contact"] = tuple("other" if way == "here" else way for way in facts["contact"])
        event = self._said(case, effect, at, facts)
        facts |= complainant(facts)
        self.event(case, event, effect.entries)
        if effect.event not in STILL:
            before = case["kind"]
            self.stand(case, at)
            if case["kind"] != before:
                facts |= {"kind": (case["kind"],), "was": (before,)}
        self.facts(case, facts)

    def _number(self, work: Work, case: dict[str, Any], effect: Amend) -> None:
        """A picture chosen to go with the number, kept as a hash; or the number given up."""
        data: dict[str, Any] = {}
        if effect.event == progress.CHOSEN:
            picture = next(value for entry in effect.entries for value in entry.values)
            data["picture"] = progress.hashed(self.vault, case["id"], picture)
        else:
            case["receipt_hash"] = None
            self.rows.forget_receipts.append(case["talk"])
        self.event(case, CaseEvent(effect.event, work.job.at, "person", data=data), ())

    def _said(self, case: dict[str, Any], effect: Amend, at: datetime, facts: dict[str, tuple[str, ...]]) -> CaseEvent:
        """The event of an addition. ``facts`` gains what follows from it."""
        data: dict[str, Any] = {name: list(facts[name]) for name in ("services", "share") if facts.get(name)}
        answer = next((value for entry in effect.entries for value in entry.values), "")
        if effect.event == "next_stage":
            event = self._next_stage(case, at)
            facts["unhappy"] = ("said",) if event.kind == "unhappy" else ()
            return event
        if effect.event == "unhappy":
            facts["unhappy"] = ("said",)
        if effect.event == "asked_advocate":
            facts["advocacy"] = ("asked",)
        elif effect.event == "advocate_offered":
            facts["advocacy"], data["answer"] = (answer,), answer
        elif effect.event == "surveyed" and "unhappy" in facts:
            data["unhappy"] = bool(facts["unhappy"])
        elif effect.event == "ombudsman_told":
            facts["unhappy"] = ()
        if effect.event == "unhappy" and any(entry.step == CHOICE.id for entry in effect.entries):
            data["way"] = answer
        return CaseEvent(effect.event, at, "person", data=data)

    def _next_stage(self, case: dict[str, Any], at: datetime) -> CaseEvent:
        """The person goes further: the request for the next stage, with a task where a person decides about it."""
        profile = self.procedures.under(case["organisation"], case["profile"])
        found = asked(profile, fold(profile, self.histories.get(case["id"], [])), at)
        if found.way is not None and found.way.late:
            self.rows.new["task"].append(dues.task(case, LATE_REQUEST, f"{found.way.stage}.window", None, at))
        return found.event

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
        standing = fold(profile, history)
        rows = dues.stand(case, profile, standing, before)
        self.clocks[number] = rows
        self.rows.clocks(case, before, rows, at)
        found = counted(profile, standing, self.procedures.now(case["organisation"]))
        if case["events"] > 1:
            self.rows.counted_gone[number] = tuple(found)
        for fact, values in found.items():
            self.rows.facts[number, fact] = self._fact_rows(case, fact, values)

    def facts(self, case: dict[str, Any], facts: Mapping[str, tuple[str, ...]]) -> None:
        """Replace the named facts of the record."""
        for fact, values in facts.items():
            if case["events"] > 1:
                self.rows.facts_gone.append({"gone_case": case["id"], "gone_fact": fact})
            self.rows.facts[case["id"], fact] = self._fact_rows(case, fact, values)

    def _fact_rows(self, case: dict[str, Any], fact: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
        of = {"case_id": case["id"], "fact": fact, "organisation": case["organisation"]}
        return [{**of, "value": value} for value in dict.fromkeys(values) if value]

    def alert(self, work: Work, effect: Alert) -> None:
        """The row of a sign of danger; which words it was found by, and by which rules, is sealed."""
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
                "matched": self.vault.seal(
                    talk["key"], f"alert.matched:{number}", packed({"matched": effect.matched, "rules": effect.rules})
                ),
                "at": work.job.at,
                "acknowledged_at": None,
                "acknowledged_by": "",
            }
        )

    def task(self, work: Work, effect: CallPerson) -> None:
        """The row of something a person has to do; words for them are sealed."""
        number = new_id()
        talk, record = work.talk, effect.record
        if case := self.by_reference.get(effect.reference):
            # With the record's own key, so that the words go when it is erased.
            talk, record = (
                {"id": case["talk"], "key": case["key"], "organisation": case["organisation"]},
                case["number"],
            )
        words = (
            self.vault.seal(talk["key"], f"task.words:{number}", packed(list(effect.words))) if effect.words else None
        )
        self.rows.new["task"].append(
            {
                "id": number,
                "organisation": talk["organisation"],
                "talk": talk["id"],
                "number": record,
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
        "share": next((one for one in facts.get("share", ()) if one != "skipped"), ""),
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
