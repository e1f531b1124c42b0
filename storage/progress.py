"""What whoever has the number of a record is told of it: how it stands, what has happened, and, with their picture,
what staff have written. Never which way it came, nor a name, nor a word of what was sent.

The number alone shows how the record stands. Messages open with the picture that the person chose to go with it;
where none was chosen, only in the talk that the record came from. After three wrong pictures only a person helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from casework.calendar import LONDON
from casework.case import corrected
from casework.record import CaseEvent
from storage import casefile, models, sending, undelivered
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

_CASE = table(models.Case)

#: What happens to the number of a record, and to the picture that goes with it.
CHOSEN, MISSED, DECLINED, RENEWED = "picture_chosen", "picture_missed", "receipt_declined", "receipt_renewed"
#: Of these, what a person does in a talk (``flows.session.Amend``).
OF_THE_NUMBER = (CHOSEN, DECLINED)
#: Why a task: somebody with the number does not know its picture.
SHUT = "picture"
#: Wrong pictures before only a person helps.
TRIES = 3
#: How a record stands -> the day the person waits for then.
PROMISED = {"received": "acknowledge_by", "answering": "answer_by"}
#: Messages of staff shown at once, the newest.
MOST = 5


@dataclass(frozen=True, slots=True)
class Key:
    """What opens the messages of a record besides its number.

    picture  keyed hash of the picture, "" for none; ``missed``: wrong ones since it was chosen
    renewed  staff gave out the number anew, after checking who asked, and no picture was chosen since
    """

    picture: str = ""
    missed: int = 0
    renewed: bool = False


def hashed(vault: Vault, case: int, picture: str) -> str:
    """What is kept of a picture: nothing without the key ring says which it was."""
    return vault.ring.hashed("picture", str(case), picture).hex()


def key(events: Iterable[CaseEvent]) -> Key:
    """What opens the messages, by everything that happened until now."""
    found = Key()
    for event in events:
        if event.kind == CHOSEN:
            found = Key(str(event.said("picture") or ""))
        elif event.kind == MISSED:
            found = Key(found.picture, found.missed + 1, found.renewed)
        elif event.kind == RENEWED:
            found = Key(renewed=True)
    return found


def messages(events: Iterable[CaseEvent], *, own: bool) -> tuple[str, ...]:
    """What staff wrote, oldest first. ``own``: in the talk it came from, which has all but what was kept from it."""
    found: list[str] = []
    kept: set[str] = set()
    for event in events:
        if event.kind == sending.KEPT:
            words = "\n".join(event.listed("lines"))
            kept.add(" ".join(words.split()))
            found.append(words)
        elif event.kind == "replied" and not own:
            words = str(event.said("text") or "")
            if words and " ".join(words.split()) not in kept:
                found.append(words)
    return tuple(found[-MOST:])


def standing(db: Connection, vault: Vault, case: Mapping[str, Any], now: datetime, *, talk: int = 0) -> dict[str, str]:
    """What "progress" answers about a record (``flows.session.Need``): codes and ISO dates.

    ``talk``: the one that asks, 0 for none. "kept" holds the messages where they open at once; else one of these is
    "yes": "locked" (they open with the picture), "shut" (three wrong ones), "apart" (they open where it came from).
    "unlocked" is "yes" where a picture may be chosen now.
    """
    events = casefile.histories(db, vault, (case["id"],))[case["id"]]
    found = {
        "state": "found",
        "reference": case["reference"],
        "kind": case["kind"],
        "stage": case["stage"],
        "filed_on": _day(case["filed_at"]),
    }
    days = {name: case[name] for name in PROMISED.values() if case[name] is not None}
    found |= {name: day.isoformat() for name, day in days.items()}
    if days.get(PROMISED.get(case["stage"], ""), date.max) < now.astimezone(LONDON).date():
        found["stage"] = "late"  # nobody is told to expect it on a day that has passed
    found |= happened(events)
    own, opens = case["talk"] == talk, key(events)
    if not opens.picture and (own or opens.renewed):
        found["unlocked"] = "yes"
    if written := messages(events, own=own and not opens.picture):
        if opens.missed >= TRIES:
            found["shut"] = "yes"
        elif opens.picture:
            found["locked"] = "yes"
        elif own or opens.renewed:
            found["kept"] = "\n\n".join(written)
        else:
            found["apart"] = "yes"
    return found


def happened(events: Iterable[CaseEvent]) -> dict[str, str]:
    """The days on which something happened that the person is told, the latest of each: ISO dates."""
    found: dict[str, str] = {}
    for event in corrected(events):
        if event.kind in ("acknowledged", "extended", "resumed"):
            found[f"{event.kind}_on"] = event.day.isoformat()
        elif event.kind == "resolved_at_once" or event.kind.endswith(".answered"):
            found["answered_on"] = event.day.isoformat()
    return found


def opened(db: Connection, vault: Vault, reference: str, picture: str, now: datetime) -> dict[str, str]:
    """What "messages" answers: {"state": "opened", "kept"}, or "missed" or "shut". For a writing connection.

    A wrong picture is written down; the third is a task for a person.
    """
    case = db.execute(select(_CASE).where(_CASE.c.reference == reference).with_for_update()).mappings().first()
    if case is None:
        return {"state": "shut"}
    try:
        events = casefile.histories(db, vault, (case["id"],))[case["id"]]
        opens = key(events)
        if not opens.picture or opens.missed >= TRIES:
            return {"state": "shut"}
        if opens.picture == hashed(vault, case["id"], picture):
            return {"state": "opened", "kept": "\n\n".join(messages(events, own=False))}
        _missed(db, vault, dict(case), now)
    except Erased:
        return {"state": "shut"}
    if opens.missed + 1 < TRIES:
        return {"state": "missed"}
    undelivered.tell(db, case["organisation"], case["talk"], SHUT, now, number=case["number"])
    return {"state": "shut"}


def _missed(db: Connection, vault: Vault, case: dict[str, Any], now: datetime) -> None:
    case["events"] += 1
    casefile.put_event(db, casefile.sealed(vault, case, CaseEvent(MISSED, now, "person")))
    db.execute(update(_CASE).where(_CASE.c.id == case["id"]).values(events=case["events"]))


def _day(at: datetime) -> str:
    return at.astimezone(LONDON).date().isoformat()
