"""What somebody can do who is not happy with what came of it, and what their choosing to go on files. Pure.

The ways follow from the procedure of the record (``docs/procedures.md``). A person's right to go on is never refused
by the software: late it is recorded as late, and a person decides; where a person has refused a stage before, the way
after it is shown instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from casework.calendar import LONDON
from casework.case import allowed
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState
from casework.told import promised

#: In the order in which they are offered.
KINDS = ("next", "complaint", "mediation", "advocate", "ombudsman", "person")
#: The answer to "why" of somebody who was not answered in time, where the profile's list has it.
LATE = "late"
NO_ANSWER = "No answer in time"


@dataclass(frozen=True, slots=True)
class Way:
    """One way on: ``kind`` is one of KINDS.

    stage    of "next": the stage that may be asked for
    by       the last day to choose it, None where the procedure names none
    late     that day has passed: it is taken all the same, and a person decides
    early    there is no answer yet, and its day has passed
    refused  a person has refused this stage: it is not offered again
    """

    kind: str
    stage: str = ""
    by: date | None = None
    late: bool = False
    early: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What "I want to go on" files: the event, and the way it took (None: nothing is open, a person offers it)."""

    event: CaseEvent
    way: Way | None = None


def ways(profile: Profile, state: CaseState, now: datetime) -> tuple[Way, ...]:
    """What may be done about a record as it stands at an aware time, in the order of KINDS."""
    return tuple(_ways(profile, state, now)) if state.place else ()


def _ways(profile: Profile, state: CaseState, now: datetime) -> Iterator[Way]:
    following = _next(profile, state, now)
    if following is not None:
        yield following
    if _may(profile, state, "made_complaint"):
        yield Way("complaint")
    if _may_mediate(profile, state):
        yield Way("mediation")
    if state.kind != "compliment" and not state.since("asked_advocate", "advocate_ended"):
        yield Way("advocate")
    if (ombudsman := _ombudsman(profile, state, following, now)) is not None:
        yield ombudsman
    yield Way("person")


def _next(profile: Profile, state: CaseState, now: datetime) -> Way | None:
    """The stage after the one it is in: once that is answered, or when its answer is late and the profile says so."""
    stages = tuple(profile.stages)
    current = state.stage or (stages[0] if stages else "")
    if state.kind != "complaint" or current not in stages or current == stages[-1]:
        return None
    after = stages[stages.index(current) + 1]
    if not _may(profile, state, f"{after}.requested"):
        return None
    if state.last(f"{current}.answered"):
        by, late = _window(profile, state, f"{after}.window", now)
        return Way("next", after, by, late, refused=state.last(f"{after}.refused") is not None)
    clock = profile.clocks.get(f"{current}.response")
    allows = clock is not None and f"{after}.requested" in clock.stops
    answer_by = promised(profile, state).get("answer_by")
    if state.open and allows and answer_by is not None and answer_by < now.astimezone(LONDON).date():
        return Way("next", after, early=True)
    return None


def _ombudsman(profile: Profile, state: CaseState, following: Way | None, now: datetime) -> Way | None:
    if profile.ombudsman is None or state.kind != "complaint" or state.last("ombudsman_referred"):
        return None
    stages = tuple(profile.stages)
    over = bool(stages) and state.last(f"{stages[-1]}.answered") is not None
    if not (over or profile.ombudsman.early or (following is not None and following.refused)):
        return None
    return Way("ombudsman", "", *_window(profile, state, "ombudsman.window", now))


def _window(profile: Profile, state: CaseState, clock: str, now: datetime) -> tuple[date | None, bool]:
    running = state.clocks.get(clock)
    if running is None or running.deadline is None:
        return None, False
    return running.deadline.day, now >= running.deadline.moment


def _may_mediate(profile: Profile, state: CaseState) -> bool:
    if profile.mediation is None or state.kind != "complaint" or state.last("mediated"):
        return False
    stages, stage = tuple(profile.stages), profile.mediation.before
    before = stages[stages.index(stage) - 1] if stage in stages else ""
    return state.last(f"{before}.answered") is not None and state.last(f"{stage}.answered") is None


def _may(profile: Profile, state: CaseState, event: str) -> bool:
    return any(move.event == event and allowed(move, state) for move in profile.moves)


def asked(profile: Profile, state: CaseState, at: datetime, by: str = "person") -> Asked:
    """The event of somebody who wants the next stage; where none is open now, that they are not happy.

    After its last day the event says so (``after``), for a person to decide.
    """
    way = _next(profile, state, at)
    if way is None or way.refused:
        return Asked(CaseEvent("unhappy", at, by))
    why = (LATE if profile.item("request_reasons", LATE) else NO_ANSWER) if way.early else ""
    data = {"after": way.by.isoformat()} if way.late and way.by else {}
    return Asked(CaseEvent(f"{way.stage}.requested", at, by, why, data), way)


# Until somebody has looked at it ---------------------------------------------------------------------

#: What ends "they are still not happy: offer what can be done next".
OFFERED = (
    *("closed", "informed", "talked", "contacted", "made_complaint", "mediation_offered", "replied", "reopened"),
    *("ombudsman_referred", "ombudsman_told"),
)


#: What a person is asked afterwards -> the answers of somebody who is not happy; the facts are ``survey_<question>``.
SURVEY = {
    **dict.fromkeys(("understood", "listened", "promised"), ("no",)),
    **dict.fromkeys(("process", "outcome"), ("bad", "very_bad")),
}


def answers(event: CaseEvent) -> dict[str, tuple[str, ...]]:
    """The facts of a survey that staff have written down, from the details of its event."""
    return {f"survey_{name}": given for name in SURVEY if (given := event.listed(name))}


def _unhappy(event: CaseEvent) -> bool | None:
    """Whether an answer says that they are not happy; None when it says neither."""
    if event.said("unhappy") is not None:
        return event.said("unhappy") is True
    found = [given in wrong for name, wrong in SURVEY.items() for given in event.listed(name)]
    return any(found) if found else None


def offers(kind: str) -> bool:
    """Whether an event of this kind offers somebody who is not happy a way on, or takes theirs."""
    return kind in OFFERED or kind.endswith((".requested", ".refused"))


def waits(state: CaseState) -> bool:
    """Whether they said that they are not happy, in words or in the survey, and nobody has offered anything since."""
    for event in reversed(state.history):
        if event.kind == "unhappy":
            return True
        if event.kind == "surveyed" and (unhappy := _unhappy(event)) is not None:
            return unhappy or _before(state, event)
        if offers(event.kind):
            return False
    return False


def _before(state: CaseState, answer: CaseEvent) -> bool:
    """Whether "unhappy" was said before a survey answer that says otherwise, and nothing was offered in between."""
    history = state.history[: state.history.index(answer)]
    for event in reversed(history):
        if event.kind == "unhappy":
            return True
        if offers(event.kind):
            return False
    return False
