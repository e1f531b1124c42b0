"""The job that tells a person of what staff did: planned in the transaction that appends the event (``telling``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from casework import milestones
from casework.procedure import Profile
from casework.record import CaseEvent
from storage.jobs import sooner

#: The kind of job; its key is "record:event".
KIND = "tell"
#: How long events wait for one another: a minute's events of a record are one message.
TOGETHER = timedelta(minutes=1)


def plan(db: Connection, case: Mapping[str, Any], profile: Profile, kind: str, event: CaseEvent) -> None:
    """Have a new event of a record of this kind told, when it is a milestone."""
    if milestones.milestone(profile, kind, event):
        sooner(db, KIND, f"{case['id']}:{event.id}", case["organisation"], event.at + TOGETHER)
