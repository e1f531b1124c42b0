"""The days a person is told, and the answer to ``hearback deadline``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from casework.calendar import LONDON, Deadline
from casework.procedure import Clock, Profile
from casework.record import CaseEvent, CaseState

#: What happens at the latest when a record is filed: where an answer's clock may start.
BEGINNING = ("filed", "acknowledged")


def deadline(profile: Profile, clock_id: str, start: date | datetime) -> Deadline:
    """When a clock that starts on a day (or at an aware time) runs out. Raises ProfileError for an unknown clock."""
    clock = profile.clock(clock_id)
    at = start if isinstance(start, datetime) else datetime.combine(start, time(12), LONDON)
    end = profile.calendar.deadline(at, clock.days, clock.unit)
    assert end is not None, "only a pause leaves a limit open"
    return end


def answer_clock(profile: Profile, kind: str) -> Clock | None:
    """The clock by which a person who sent this kind of record hears what comes of it, None when there is none."""
    fitting = (c for c in profile.clocks.values() if kind in c.kinds and c.starts in BEGINNING and not c.window)
    return next((clock for clock in fitting if clock.id != "acknowledgement"), None)


def dues(profile: Profile, kind: str, filed_at: datetime) -> Mapping[str, date]:
    """``acknowledge_by`` and ``answer_by`` of a record filed at an aware time (``casework.told.promised``)."""
    from casework.case import fold
    from casework.told import promised

    return promised(profile, fold(profile, [CaseEvent("filed", filed_at, data={"kind": kind})]))


@dataclass(frozen=True, slots=True)
class Moved:
    """A running clock whose day is another one now; None while it is paused, or where it did not run."""

    clock: str
    name: str
    before: date | None
    after: date | None


def moved(before: CaseState, after: CaseState) -> tuple[Moved, ...]:
    """What a changed holiday or profile does to the open dues of a record: its fold before, and its fold after."""
    old, new = ({r.clock: r for r in state.running} for state in (before, after))
    out = []
    for clock in dict.fromkeys((*old, *new)):
        days = [r.deadline.day if r and r.deadline else None for r in (old.get(clock), new.get(clock))]
        if days[0] != days[1]:
            out.append(Moved(clock, (new.get(clock) or old[clock]).name, *days))
    return tuple(out)
