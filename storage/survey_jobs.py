"""When people are asked how we did: planned in the transaction of the event that it follows (docs/survey.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.record import CaseEvent
from storage import jobs

#: The kind of job; its key is the record's id and the number of the event that it follows.
KIND = "survey"
#: When on its day.
MORNING = time(10)


def plan(db: Connection, case: Mapping[str, Any], profile: Profile, event: CaseEvent, seq: int) -> None:
    """Plan the survey that follows event number ``seq`` of a record, where the profile wants one after it."""
    if case["kind"] in profile.survey.kinds and follows(profile, event.kind):
        jobs.put(db, KIND, f"{case['id']}:{seq}", case["organisation"], after(profile, event.at, profile.survey.days))


def follows(profile: Profile, kind: str) -> bool:
    """Whether the survey follows an event of this kind."""
    wanted = profile.survey.after
    return (kind == "closed" and "closed" in wanted) or (kind.endswith(".answered") and "answered" in wanted)


def after(profile: Profile, at: datetime, days: int) -> datetime:
    """The morning of so many working days after an aware time; at once for none."""
    end = profile.calendar.deadline(at, days, "working days")
    assert end is not None, "only a pause leaves a limit open"
    return datetime.combine(end.day, MORNING, LONDON) if days else at
