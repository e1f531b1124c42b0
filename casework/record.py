"""The shapes of casework: something that happened, a clock of a record, where a record stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from casework.calendar import LONDON, Deadline, Pause


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened, at an aware time, by whom, why; appended and never changed.

    id     the store's, by which a later ``corrected`` names it in ``data["of"]``
    data   the details its move needs (``casework.moves``): strings, numbers, booleans, ISO dates, lists of strings
    """

    kind: str
    at: datetime
    by: str = ""
    why: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("CaseEvent.at needs a time zone: pass an aware datetime")

    @property
    def day(self) -> date:
        """The day in London."""
        return self.at.astimezone(LONDON).date()

    def said(self, detail: str) -> Any:
        """A detail, None when it did not come with it."""
        return {"why": self.why, "by": self.by, **self.data}.get(detail)

    def listed(self, detail: str) -> tuple[str, ...]:
        """A detail that may be one value or a list, as text."""
        value = self.said(detail)
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else () if value is None else (str(value),)


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of a record. ``deadline`` is None while it is paused; ``by`` is the event that stopped it."""

    clock: str
    name: str
    started: datetime
    deadline: Deadline | None = None
    warn: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    extended: bool = False
    window: bool = False
    stopped: datetime | None = None
    by: str = ""

    @property
    def paused(self) -> bool:
        """Whether it stands still now: it has not stopped, and some pause has no end yet."""
        return self.stopped is None and any(p.end is None for p in self.pauses)

    def status(self, now: datetime) -> str:
        """At an aware time: "running", "soon" (warned), "overdue", "paused"; once stopped "met" or "missed"."""
        if self.paused:
            return "paused"
        if self.deadline and (self.stopped or now) >= self.deadline.moment:
            return "missed" if self.stopped else "overdue"
        if self.stopped:
            return "met"
        return "soon" if self.warn and now >= self.warn else "running"


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a record stands after everything that happened to it.

    kind      complaint, informal, … ("" before it is filed)
    place     where it stands (``casework.moves``)
    stage     the stage it is in, or whose answer it has, "" before the first
    arrived   when it came to its place
    clocks    clock id -> Running, also stopped ones
    history   what happened, corrections already made
    """

    kind: str = ""
    place: str = ""
    stage: str = ""
    arrived: datetime | None = None
    clocks: Mapping[str, Running] = field(default_factory=dict)
    history: tuple[CaseEvent, ...] = ()

    @property
    def open(self) -> bool:
        """Whether there is still something to do: it was filed, and is not closed."""
        return self.place not in ("", "closed")

    @property
    def running(self) -> tuple[Running, ...]:
        """Clocks that have not stopped, the first to fall due in front; paused ones last."""
        going = (r for r in self.clocks.values() if r.stopped is None)
        return tuple(sorted(going, key=lambda r: (r.deadline is None, r.deadline and r.deadline.moment.timestamp())))

    def all(self, kind: str) -> tuple[CaseEvent, ...]:
        """Every event of a kind, in order."""
        return tuple(event for event in self.history if event.kind == kind)

    def last(self, *kinds: str) -> CaseEvent | None:
        """The latest event of any of these kinds."""
        return next((event for event in reversed(self.history) if event.kind in kinds), None)

    def since(self, kind: str, *ends: str) -> bool:
        """Whether ``kind`` has happened and none of ``ends`` after it."""
        found = self.last(kind, *ends)
        return found is not None and found.kind == kind

    @property
    def filed(self) -> datetime | None:
        """The aware time at which it was last sent in; None for what never was."""
        event = self.last("filed")
        return event.at if event else None

    @property
    def services(self) -> tuple[str, ...]:
        """Every service it is about; each counts."""
        return next((said for event in reversed(self.history) if (said := event.listed("services"))), ())

    @property
    def links(self) -> tuple[str, ...]:
        """Other records on the same matter; people and answers stay apart."""
        return tuple(dict.fromkeys(case for event in self.all("linked") for case in event.listed("case")))

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """Role -> the people who hold it."""
        held: dict[str, tuple[str, ...]] = {}
        for event in self.all("role"):
            role = str(event.said("role"))
            held[role] = tuple(dict.fromkeys((*held.get(role, ()), *event.listed("person"))))
        return held

    @property
    def outcomes(self) -> Mapping[str, str]:
        """Point -> outcome, as last decided."""
        return {str(event.said("point")): str(event.said("outcome")) for event in self.all("outcome")}

    @property
    def points(self) -> Mapping[str, str]:
        """Point before a court -> "waits" or "goes on", as last decided by a person."""
        return {str(event.said("point")): str(event.said("decision")) for event in self.all("point_decided")}

    @property
    def remedies(self) -> Mapping[str, str]:
        """Remedy -> "promised", "approved" or "done"."""
        states = {"remedy": "promised", "remedy_approved": "approved", "remedy_done": "done"}
        return {str(e.said("remedy")): states[e.kind] for e in self.history if e.kind in states}

    @property
    def held_by(self) -> str:
        """The organisation it was handed to, "" while it is here."""
        event = self.last("handed_over", "handed_back")
        return str(event.said("to")) if event and event.kind == "handed_over" else ""

    @property
    def contact_plan(self) -> CaseEvent | None:
        """The decision that is in force, for every send to obey."""
        return self.last("contact_planned") if self.since("contact_planned", "contact_plan_ended") else None


def moment(value: object) -> datetime | None:
    """An aware time from ISO text, None when it is not one."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def day(value: object) -> date | None:
    """A day from ISO text, None when it is not one."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
