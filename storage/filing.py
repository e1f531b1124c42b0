"""From the effects of a turn to rows: what each effect means to the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flows.session import Alert, Amend, CallPerson, Entry, FileIt
from storage.ids import new_id, new_reference
from storage.receipts import Receipts, grouped
from storage.rows import Rows
from storage.vault import Vault
from storage.work import Work, packed

#: (organisation, kind, filed at) -> clock ("acknowledge_by", "answer_by") -> day it falls due.
Dues = Callable[[str, str, datetime], Mapping[str, date]]

_STAGES = {"withdrawn": "withdrawn"}


class Filing:
    """Turns effects into rows of one batch; ``cases`` are the records it knows, by (talk, number) and reference."""

    def __init__(self, rows: Rows, vault: Vault, receipts: Receipts, dues: Dues) -> None:
        self.rows = rows
        self.vault = vault
        self.receipts = receipts
        self.dues = dues
        self.by_number: dict[tuple[int, int], dict[str, Any]] = {}
        self.by_reference: dict[str, dict[str, Any]] = {}

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
                "stage": "begun",
                "key": talk["key"],
                "events": 0,
                "begun_at": at,
                "filed_at": None,
                "receipt_hash": None,
            }
            self.rows.new["cases"].append(case)
            self.know(case)
        else:
            self.rows.changed_cases[case["id"]] = case
        case["kind"] = effect.kind
        case["language"] = work.after.voice.language
        what = "updated" if case["events"] else "begun"
        if effect.complete and not case["complete"]:
            what = "filed"
            digits, case["receipt_hash"] = self.receipts.take()
            case["complete"], case["stage"], case["filed_at"] = True, "received", at
            work.receipt = grouped(digits)
            for clock, due in self.dues(case["organisation"], effect.kind, at).items():
                self.rows.new["case_due"].append(
                    {"case_id": case["id"], "clock": clock, "organisation": case["organisation"], "due": due}
                )
            work.case_id, work.reference = case["id"], case["reference"]
        self.event(case, at, "person", what, effect.entries)
        if case["events"] > 1:
            self.rows.cases_restated.append(case["id"])
        facts = dict(effect.facts)
        facts["kind"] = (effect.kind,)
        facts["channel"] = (talk["channel"],)
        facts["language"] = (work.after.voice.language,)
        facts["organisation"] = (talk["organisation"],)
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
        case["stage"] = _STAGES.get(effect.event, case["stage"])
        self.event(case, work.job.at, "person", effect.event, effect.entries)
        self.facts(case, effect.facts)

    def event(self, case: dict[str, Any], at: datetime, who: str, what: str, entries: tuple[Entry, ...]) -> None:
        """Append to what happened to the record."""
        case["events"] += 1
        place = f"case_event.body:{case['id']}:{case['events']}"
        body = packed({"entries": [entry_json(entry) for entry in entries]})
        self.rows.new["case_event"].append(
            {
                "case_id": case["id"],
                "seq": case["events"],
                "organisation": case["organisation"],
                "at": at,
                "who": who,
                "type": what,
                "body": self.vault.seal(case["key"], place, body),
            }
        )

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
                "words": words,
                "at": work.job.at,
                "done_at": None,
            }
        )


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
