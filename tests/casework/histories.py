"""Case histories as text: what happened, line by line, and below each where the record stands.

    2020-12-21 filed kind=complaint child=true
      at    new
      due   acknowledgement 2020-12-22 · stage1.response 2021-01-07
      do    decide
      next  acknowledged · routed · stage1.begun …

``at`` is the place, with the stage where the place does not say it; ``due`` the running clocks, the first to end
in front; ``do`` the tasks; ``next`` the moves, without those that a record always has. ``python -m
tests.casework.histories FILE`` writes what the code says now, for a person to read before it is kept.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.calendar import LONDON
from casework.case import CaseEvent, CaseState, fold, moves
from casework.moves import ALWAYS, anytime
from casework.procedure import Profile, load
from casework.refusals import refusal
from casework.tasks import tasks

FOLDER = Path(__file__).with_name("histories")


def event(line: str, number: int = 0) -> CaseEvent:
    """An event from "2020-12-21T16:00 filed kind=complaint"; a time is noon when none is given."""
    when, kind, *details = shlex.split(line)
    at = datetime.fromisoformat(when if "T" in when else f"{when}T12:00").replace(tzinfo=LONDON)
    data = dict(detail.split("=", 1) for detail in details)
    values: dict[str, Any] = {key: _value(key, text) for key, text in data.items() if key != "why"}
    return CaseEvent(kind, at, "staff", data.get("why", ""), values, str(number))


def _value(key: str, text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return text.split(",") if key in ("clocks", "services", "themes", "named") else text


def shown(profile: Profile, state: CaseState) -> Iterator[str]:
    """The lines below an event."""
    yield f"at    {state.place}" + (f" ({state.stage})" if state.stage not in ("", *state.place.split(".")) else "")
    due = [f"{r.clock} {'paused' if r.paused else _moment(r)}" for r in state.running]
    yield f"due   {' · '.join(due)}".rstrip()
    yield f"do    {' · '.join(tasks(profile, state))}".rstrip()
    always = {move.event for move in anytime(profile)} | {m.event for m in profile.moves if m.at == ALWAYS}
    yield f"next  {' · '.join(move.event for move in moves(profile, state) if move.event not in always)}".rstrip()


def _moment(running: Any) -> str:
    unit_hours = running.deadline.moment.time() != datetime.min.time()
    return running.deadline.moment.strftime("%Y-%m-%dT%H:%M") if unit_hours else running.deadline.day.isoformat()


def play(profile: Profile, text: str) -> str:
    """The same history with what the code says below each event; raises AssertionError where one is refused."""
    out, happened = [], []
    for number, line in enumerate(text.splitlines()):
        if line.startswith("  "):
            continue
        out.append(line)
        if not line or line.startswith("#"):
            happened = [] if line.startswith("#") else happened
            continue
        state = fold(profile, happened)
        new = event(line, number)
        why = refusal(profile, state, new)
        assert why is None, f"{profile.id}: {line}: {why}"
        happened.append(new)
        out.extend(f"  {one}" for one in shown(profile, fold(profile, happened)))
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(play(load(path.stem), path.read_text("utf-8")), "utf-8")
