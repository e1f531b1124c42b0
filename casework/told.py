"""What the person who sent a record is told about it: the days it is promised for, and how it stands, as codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from casework.dues import answer_clock, deadline
from casework.procedure import Profile
from casework.record import CaseState

#: Where a record stands -> what the person is told; ``new`` and the stages are told apart by their clocks.
PLACES = {
    "closed": "closed",
    "withdrawn": "withdrawn",
    "elsewhere": "elsewhere",
    **dict.fromkeys(
        ("contacted", "acted", "loop_closed", "passed_on", "referred", "resolved", "ombudsman"), "answered"
    ),
}


#: Clocks of informal feedback's own loop: while one runs something is still done for the person.
LOOP = ("loop.action", "loop.closing")


def promised(profile: Profile, state: CaseState) -> Mapping[str, date]:
    """``acknowledge_by`` and ``answer_by`` of a record as it stands, as far as it has them: the days of its clocks.

    ``answer_by`` is that of the stage it is in. An answer that is counted from the acknowledgement is counted from
    the latest one. An answer is an acknowledgement too, so that comes no later. While it is paused there is none.
    """
    out: dict[str, date] = {}
    acknowledgement = state.clocks.get("acknowledgement")
    if acknowledgement and acknowledgement.deadline:
        out["acknowledge_by"] = acknowledgement.deadline.day
    clock = answer_clock(profile, state.kind)
    if state.stage and state.kind == "complaint":
        clock = profile.clocks.get(f"{state.stage}.response")
    if clock is None:
        return out
    running = state.clocks.get(clock.id)
    if running and running.deadline:
        out["answer_by"] = running.deadline.day
    elif running is None and clock.starts == "acknowledged" and "acknowledge_by" in out:
        out["answer_by"] = deadline(profile, clock.id, out["acknowledge_by"]).day
    if out:
        out["acknowledge_by"] = min(out.values())
    return out


def standing(profile: Profile, state: CaseState) -> str:
    """How a record stands, for the person: "unfinished", "received", "answering", "answered", "withdrawn",
    "elsewhere", "closed"; "paused" or "waiting" when it is worked on and there is no day for the answer now.
    """
    if state.kind == "unfinished":
        return "unfinished"
    if any(running.clock in LOOP for running in state.running):
        return "waiting"
    if state.place in PLACES or state.place.endswith(".answered"):
        return PLACES.get(state.place, "answered")
    acknowledgement = state.clocks.get("acknowledgement")
    if state.place == "new" and acknowledgement and acknowledgement.stopped is None:
        return "received"
    if "answer_by" in promised(profile, state):
        return "answering"
    return "paused" if any(running.paused for running in state.running) else "waiting"
