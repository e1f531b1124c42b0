"""A record is the sum of what happened to it: ``fold`` adds the events up, ``moves`` says what may happen next.

``fold`` is total: history is never refused, also when it came from an older release or makes no sense.
Whether something may be added now is asked of ``casework.refusals`` before it is appended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from casework.calendar import Calendar, Deadline, Pause
from casework.procedure import Clock, Move, Profile
from casework.record import CaseEvent, CaseState, Running, day, moment

__all__ = ["CaseEvent", "CaseState", "Running", "allowed", "corrected", "fold", "moves", "stands"]

#: Clocks whose day an event gives, not the profile: event -> (clock, what it is called, the detail with the day).
DATED = {
    "paused": ("pause.review", "Look whether the pause is still right", "review"),
    "contact_planned": ("contact_plan.review", "Review the contact plan", "review"),
    "asked_more": ("more.details", "Hear what was asked for, or close it with an invitation to come back", "until"),
    "consent_asked": ("consent.view", "Hear about consent, or ask again", "until"),
}
#: Event -> the clock of those that it stops.
HEARD = {
    **dict.fromkeys(("heard_more", "added", "completed", "made_complaint", "talked"), "more.details"),
    "consent": "consent.view",
    "contact_plan_ended": "contact_plan.review",
}
#: Places that stop the clocks of a record -> the clocks that run on: what is still owed, and safety.
ENDS = {
    "closed": ("contact_plan.review",),
    "withdrawn": ("contact_plan.review", "safeguarding.referral"),
    "elsewhere": ("contact_plan.review", "safeguarding.referral", "acknowledgement"),
}
#: The events that lead there: what only they had stopped runs on when the record comes back.
ENDING = ("closed", "withdrawn", "withdrawal_decided", "routed")
#: The events after which a clock that they stopped may start anew: it is asked of somebody else.
ANEW = ("advocate_declined",)


def fold(profile: Profile, events: Iterable[CaseEvent]) -> CaseState:
    """Where a record stands. Never refuses: an event that makes no sense stays in the history and moves nothing."""
    book = _Book(profile)
    for event in corrected(events):
        book.take(event)
    return book.state()


def moves(profile: Profile, state: CaseState) -> tuple[Move, ...]:
    """What may happen next: the console's buttons. Each event comes once."""
    found: dict[str, Move] = {}
    for move in profile.moves:
        if move.event not in found and allowed(move, state):
            found[move.event] = move
    return tuple(found.values())


def allowed(move: Move, state: CaseState) -> bool:
    """Whether a record that stands so may make this move."""
    if move.kinds and state.kind not in move.kinds:
        return False
    if move.once and state.last(move.event):
        return False
    if state.last(*move.unless):
        return False
    return stands(move, state.place) and all(state.last(event) for event in move.after)


def stands(move: Move, place: str) -> bool:
    """Whether a move begins at a place."""
    if not move.at:
        return place not in ("", "closed")
    return place in move.at or (move.at == ("*",) and place != "")


def corrected(events: Iterable[CaseEvent]) -> tuple[CaseEvent, ...]:
    """History with every correction made: the event it names is struck out, or has its time or details mended."""
    out: list[CaseEvent] = []
    for event in events:
        found = next((i for i, e in enumerate(out) if e.id and e.id == str(event.said("of"))), None)
        if event.kind == "corrected" and found is not None:
            mended = _mended(out[found], event)
            out[found : found + 1] = [mended] if mended else []
        out.append(event)
    return tuple(out)


def _mended(wrong: CaseEvent, correction: CaseEvent) -> CaseEvent | None:
    at, data = correction.data.get("at"), correction.data.get("data")
    when = moment(at)
    if when is None and not isinstance(data, Mapping):
        return None
    more = data if isinstance(data, Mapping) else {}
    return replace(wrong, at=when or wrong.at, why=str(more.get("why", wrong.why)), data={**wrong.data, **more})


class _Book:
    """The open page while a history is added up."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.kind = self.place = self.stage = self.back = ""
        self.arrived: datetime | None = None
        self.history: list[CaseEvent] = []
        self.clocks: dict[str, Running] = {}

    def take(self, event: CaseEvent) -> None:
        self.history.append(event)
        if event.kind == "filed" and not self.kind:
            self.kind = str(event.said("kind") or "complaint")
        if event.kind == "made_complaint":
            self.kind = "complaint"
            first = next((e for e in self.history if e.kind == "filed"), event)
            self._start("filed", first.at)
        if event.kind == "completed":
            # From now, not from the first words: nobody is told a day that has passed.
            self.kind = str(event.said("kind") or self.kind)
            self._start("filed", event.at)
        self._tick(event)
        place = self._place(event)
        if place in ENDS and place != self.place:
            self._stop(event, [r for r in self.clocks.values() if not r.window and r.clock not in ENDS[place]])
            self.back = self.back if self.place in ENDS else self.place
        elif place not in ENDS and self.place in ENDS:
            self._go_on()
        self.arrived = event.at if place != self.place else self.arrived
        self.place = place
        if event.kind == "withdrawn":
            self._start(event.kind, event.at)
        stage = place.removesuffix(".answered")
        self.stage = stage if stage in self.profile.stages else self.stage

    def _place(self, event: CaseEvent) -> str:
        """Where the record stands after it."""
        if event.kind == "filed" and self.place:
            return self.place
        if event.kind == "routed":
            route = self.profile.routes.get(str(event.said("route")))
            return "elsewhere" if route is None or route.ends else self.place
        if event.kind == "withdrawal_decided":
            return (self.back or "new") if event.said("look") else "closed"
        if event.kind == "reopened" or (event.kind == "unhappy" and self.place == "closed"):
            return self.back or "new"
        known = [move for move in self.profile.moves if move.event == event.kind]
        here = next((move for move in known if stands(move, self.place)), known[0] if known else None)
        return (here.to if here else "") or self.place

    def _tick(self, event: CaseEvent) -> None:
        """Start and stop the clocks that name the event, and those that it gives a day or changes."""
        named = self.profile.clocks
        self._stop(event, [r for c, r in self.clocks.items() if c in named and event.kind in named[c].stops])
        if event.kind != "withdrawn":
            self._start(event.kind, event.at)
        if event.kind == "routed":
            self._start(f"routed.{event.said('route')}", event.at)
        if event.kind == "advocate_referred":
            self._start("referred", event.at)
        for clock in event.listed("clocks") or event.listed("clock"):
            if clock in self.clocks:
                self._put(_changed(self.clocks[clock], event))
        if event.kind in DATED and (due := day(event.said(DATED[event.kind][2]))):
            clock, name, _ = DATED[event.kind]
            self._put(Running(clock, name, event.at, Deadline.of(due)))
        paused = any(running.paused for running in self.clocks.values())
        over = (HEARD.get(event.kind), "" if paused else "pause.review")
        self._stop(event, [running for clock, running in self.clocks.items() if clock in over])

    def _start(self, event: str, at: datetime) -> None:
        for clock in self.profile.clocks.values():
            old = self.clocks.get(clock.id)
            if clock.starts == event and self.kind in clock.kinds and (old is None or old.by in ANEW):
                self._put(Running(clock.id, str(clock.name), at, window=clock.window))

    def _stop(self, event: CaseEvent, clocks: Iterable[Running]) -> None:
        for running in clocks:
            if running.stopped is None:
                self._put(replace(running, stopped=event.at, by=event.kind))

    def _go_on(self) -> None:
        """Back from where the record had ended: what only that end had stopped runs on from its own start."""
        for running in list(self.clocks.values()):
            clock = self.profile.clocks.get(running.clock)
            fits = clock is None or (self.kind in clock.kinds and running.by not in clock.stops)
            if running.by in ENDING and fits:
                self._put(replace(running, stopped=None, by=""))

    def _put(self, running: Running) -> None:
        self.clocks[running.clock] = running

    def state(self) -> CaseState:
        calendar = self.profile.calendar
        timed = {r.clock: _timed(r, self.profile.clocks.get(r.clock), calendar) for r in self.clocks.values()}
        return CaseState(self.kind, self.place, self.stage, self.arrived, timed, tuple(self.history))


def _changed(running: Running, event: CaseEvent) -> Running:
    """A clock that an event pauses, lets run on or extends."""
    if event.kind == "paused" and not running.paused and not running.stopped:
        return replace(running, pauses=(*running.pauses, Pause(event.day)))
    if event.kind == "resumed" and running.paused:
        return replace(running, pauses=tuple(p if p.end else replace(p, end=event.day) for p in running.pauses))
    return replace(running, extended=True) if event.kind == "extended" else running


def _timed(running: Running, clock: Clock | None, calendar: Calendar) -> Running:
    """With its deadline and warning, from the profile's limit or from the day it was given."""
    if clock is None:
        due = running.deadline
        return replace(running, warn=calendar.before(due, 2, "working days") if due else None)
    limit = (clock.extended or clock.days) if running.extended else clock.days
    due = calendar.deadline(running.started, limit, clock.unit, running.pauses)
    warn = calendar.before(due, clock.warns, clock.unit) if due else None
    if due and warn and warn <= running.started:  # not at once: halfway
        warn = running.started + max(due.moment - running.started, timedelta()) / 2
    return replace(running, deadline=due, warn=warn)
