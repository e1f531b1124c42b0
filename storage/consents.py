"""What a person agreed to, when, and in which words: read from their answers and from what staff recorded.

Consent is the legal basis of nothing here (docs/dpia.md); but whoever was asked may see what they said, and change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from flows import aside
from storage import casefile, rights
from storage.vault import Vault

#: Questions by which something is agreed to, or refused.
STEPS = (
    *("halfway", "contact", "details", "news", "share", "advocate", "advocate_who", "behalf_agrees", "alone", "visit"),
    *(aside.REACH.id, aside.SAFE.id),
)
#: Events by which staff record it.
EVENTS = ("consent_asked", "consent", "advocate_offered", "contact_settled")


@dataclass(frozen=True, slots=True)
class Agreed:
    """One answer. ``question`` as it was asked, in the language of the talk; "" for what staff recorded (``event``).

    now  it is the latest answer to its question: it holds
    """

    at: datetime
    who: str
    step: str
    question: str
    answer: tuple[str, ...]
    event: str = ""
    now: bool = True


def log(db: Connection, vault: Vault, case: int) -> list[Agreed]:
    """Everything that was agreed to or refused in a record, oldest first; [] once it is erased."""
    found: list[Agreed] = []
    for happened in rights.said(db, vault, case):
        at = datetime.fromisoformat(happened["at"])
        for entry in happened["entries"]:
            answer = _answer(entry)
            if entry["step"] not in STEPS or not answer:
                continue
            same = [n for n, one in enumerate(found) if one.step == entry["step"] and one.now]
            if same and found[same[-1]].answer == answer:
                continue  # said again with the whole record
            for n in same:
                found[n] = _past(found[n])
            found.append(Agreed(at, happened["who"], entry["step"], entry["question"], answer))
    for event in casefile.events(db, vault, case):
        if event.kind in EVENTS:
            answer = tuple(str(value) for name in ("answer", "what", "how") for value in event.listed(name))
            found.append(Agreed(event.at, event.by, "", "", answer or ((event.why,) if event.why else ()), event.kind))
    return sorted(found, key=lambda one: one.at)


def _answer(entry: Mapping[str, object]) -> tuple[str, ...]:
    for name in ("labels", "values", "words"):
        given = entry.get(name)
        if isinstance(given, list) and given:
            words = entry.get("words") if name != "words" else None
            return tuple(map(str, [*given, *(words if isinstance(words, list) else ())]))
    return ()


def _past(one: Agreed) -> Agreed:
    return Agreed(one.at, one.who, one.step, one.question, one.answer, one.event, now=False)
