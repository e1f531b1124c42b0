"""What is counted of a record because of what happened to it: coded values, written in the transaction of the event.

Days are ISO days in London. A stage's facts begin with its id. Nothing here says what anybody said.

    filed                 the day it came: completed, else first sent
    stands                open, closed, withdrawn or elsewhere
    reached               the stages that were opened, and "mediation", "ombudsman"
    closed                the day it was closed, while it is
    asked.<stage>         the day the person asked for it, also where it was refused; refused.<stage> the day of that
    opened.<stage>        the day it was opened (the first stage: the day it was filed)
    step.<stage>.<step>   the day of a step of it, such as the signed terms of reference
    answered.<stage>      the day of its answer
    started.<stage>       the day its clock began, where that is another one
    timescale.<stage>     met, missed, paused, or running (whether that is late is asked with the day)
    days.<stage>          working days that its answer took, less pauses, in four digits; days_recorded.<stage>: as
                          somebody entered it
    band.<stage>          the band of those days, of the bands the organisation has now
    extended.<stage>      yes
    acknowledged          met or missed, the limit of the acknowledgement
    upheld                yes or no: whether any point was upheld; nothing before an outcome
    mediation_offered     the day
    mediated              the day
    ombudsman_day         the day the ombudsman decided
    complainant           child, parent, …; of those who help or work with children their role (``complainant``)
    cost.<stage>          pounds, all costs recorded while it was in that stage or named after it
    unacceptable          yes: a limit was extended for a reason that is no good one
    promised              kept or owed: whether every remedy that was promised is done
    discrimination        alleged, by characteristic; "unspecified" where none was recorded
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import chain

from casework.calendar import DAY, LONDON
from casework.offer import Item
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState, Running

#: Raised when these facts change, so that records of before are counted again (``storage.recounting``).
VERSION = 2
Values = tuple[str, ...]
#: Places after which nothing is worked on.
ENDED = {"closed": "closed", "withdrawn": "withdrawn", "elsewhere": "elsewhere"}
_PLAIN = (
    *(
        "filed",
        "closed",
        "stands",
        "reached",
        "acknowledged",
        "upheld",
        "mediation_offered",
        "mediated",
        "ombudsman_day",
    ),
    *("unacceptable", "promised", "discrimination"),
)
_BY_STAGE = (
    "asked",
    "refused",
    "opened",
    "answered",
    "started",
    "timescale",
    "days",
    "days_recorded",
    "band",
    "extended",
    "cost",
)
_STEP = "step"


def is_counted(fact: str) -> bool:
    """Whether a fact is one of these."""
    return fact in _PLAIN or fact.partition(".")[0] in (*_BY_STAGE, _STEP)


def bands(profile: Profile) -> tuple[Item, ...]:
    """The bands of working days an organisation reports, in order, without "not recorded"."""
    found = profile.listed("timescale_bands").values()
    return tuple(band for band in found if band.least is not None or band.most is not None)


def counted(profile: Profile, state: CaseState, now: Profile) -> dict[str, Values]:
    """Every one of these facts of a record as it stands; () for those it has not, so that an old value goes.

    profile  the version it is under; ``now`` the organisation's own, for its bands: one table has one set of them
    """
    found: dict[str, Values] = dict.fromkeys(_PLAIN, ())
    if not state.history:
        return found
    filed = state.last("completed") or state.last("filed") or state.history[0]
    found["filed"] = (filed.day.isoformat(),)
    found["stands"] = (_stands(state),)
    if state.place == "closed" and (closed := state.last("closed", "withdrawal_decided")):
        found["closed"] = (closed.day.isoformat(),)
    found["reached"] = tuple(_reached(profile, state))
    found["acknowledged"] = _acknowledged(state)
    found["upheld"] = _upheld(profile, state)
    for fact, kind in (
        ("mediation_offered", "mediation_offered"),
        ("mediated", "mediated"),
        ("ombudsman_day", "ombudsman_decided"),
    ):
        if event := state.last(kind):
            found[fact] = (event.day.isoformat(),)
    if any(_unacceptable(profile, event) for event in state.all("extended")):
        found["unacceptable"] = ("yes",)
    if state.remedies:
        found["promised"] = ("kept" if set(state.remedies.values()) == {"done"} else "owed",)
    found["discrimination"] = _discrimination(state)
    touched = {event.kind.partition(".")[0] for event in state.history}
    for number, stage in enumerate(profile.stages):
        found |= dict.fromkeys(_names(stage, tuple(profile.stages[stage].steps)), ())
        if stage in touched or (number == 0 and state.kind == "complaint"):
            found |= _stage(profile, state, stage, now, filed.day if number == 0 else None)
    return found


@cache
def _names(stage: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    """Every fact that a stage may have."""
    return (*(f"{name}.{stage}" for name in _BY_STAGE), *(f"{_STEP}.{stage}.{step}" for step in steps))


def _acknowledged(state: CaseState) -> Values:
    """An import that names no day of it may have been acknowledged in time all the same: then nothing is said."""
    clock = state.clocks.get("acknowledgement")
    found = _status(clock, ("met", "missed"))
    imported = any(event.said("source") for event in state.all("entered"))
    written = clock is not None and clock.by in ("acknowledged", "contacted")
    return () if imported and found == ("missed",) and not written else found


def _stands(state: CaseState) -> str:
    if state.place == "closed" and state.last("withdrawn") and not state.since("reopened", "withdrawn"):
        return "withdrawn"
    return ENDED.get(state.place, "open")


def _reached(profile: Profile, state: CaseState) -> Iterator[str]:
    for number, stage in enumerate(profile.stages):
        if (number == 0 and state.kind == "complaint") or state.since(f"{stage}.requested", f"{stage}.refused"):
            yield stage
    if state.last("mediation_offered", "mediated"):
        yield "mediation"
    if state.last("ombudsman_referred", "ombudsman_decided"):
        yield "ombudsman"


def _stage(profile: Profile, state: CaseState, stage: str, now: Profile, filed: date | None) -> dict[str, Values]:
    """``filed``: the day, of the first stage, which is open from then on."""
    found: dict[str, Values] = {}
    steps = {step: state.last(f"{stage}.{step}") for step in profile.stages[stage].steps}
    found |= {f"{_STEP}.{stage}.{name}": (step.day.isoformat(),) if step else () for name, step in steps.items()}
    opened = filed if state.kind == "complaint" else None
    requested, refused = state.last(f"{stage}.requested"), state.last(f"{stage}.refused")
    if event := requested or refused:
        found[f"asked.{stage}"] = (event.day.isoformat(),)
    if refused is not None:
        found[f"refused.{stage}"] = (refused.day.isoformat(),)
    if requested is not None and state.since(f"{stage}.requested", f"{stage}.refused"):
        opened = requested.day
    if opened is None:
        return found
    found[f"opened.{stage}"] = (opened.isoformat(),)
    clock, answer = state.clocks.get(f"{stage}.response"), state.last(f"{stage}.answered")
    over = state.last(f"{stage}.answered", *(("resolved_at_once",) if filed else ()))
    if over is not None:
        found[f"answered.{stage}"] = (over.day.isoformat(),)
    if clock is not None:
        began = clock.started.astimezone(LONDON).date()
        if began != opened:
            found[f"started.{stage}"] = (began.isoformat(),)
        found[f"timescale.{stage}"] = _status(clock, ("met", "missed", "paused", "running"))
        found[f"extended.{stage}"] = ("yes",) if clock.extended else ()
        if over is not None:
            days = _taken(profile, clock, over)
            found[f"days.{stage}"] = (f"{days:04}",)
            found[f"band.{stage}"] = _band(now, days, _agreed(state, clock))
    if answer is not None and (recorded := answer.said("working_days")) not in (None, ""):
        found[f"days_recorded.{stage}"] = (str(recorded),)
    if state.all("cost") and (spent := sum(_costs(profile, state, stage), Decimal())):
        found[f"cost.{stage}"] = (str(spent),)
    return found


def _status(clock: Running | None, known: Values) -> Values:
    """How a clock ended, or stands as far as that does not change by itself: "running" until it is stopped."""
    if clock is None:
        return ()
    if clock.paused:
        status = "paused"
    elif clock.stopped is None:
        status = "running"
    elif clock.by in ("closed", "withdrawn", "withdrawal_decided", "routed"):
        return ()
    else:
        status = clock.status(clock.stopped)
    return (status,) if status in known else ()


def _taken(profile: Profile, clock: Running, answer: CaseEvent) -> int:
    """Working days after the day the clock began, up to and with the day of the answer, less those it was paused."""
    began, calendar = clock.started.astimezone(LONDON).date(), profile.calendar
    paused = sum(
        calendar.between(max(pause.start - DAY, began), min(pause.end - DAY, answer.day))
        for pause in clock.pauses
        if pause.end is not None
    )
    return max(0, calendar.between(began, answer.day) - paused)


def _agreed(state: CaseState, clock: Running) -> bool:
    return any(event.said("agreed") is True and clock.clock in event.listed("clock") for event in state.all("extended"))


def _band(now: Profile, days: int, agreed: bool) -> Values:
    """The first band that takes it in; one that is only for what was agreed stands before the one for the others."""
    fits = (
        band.id
        for band in bands(now)
        if (band.least or 0) <= days <= (days if band.most is None else band.most) and (agreed or not band.agreed)
    )
    return tuple(fits)[:1]


def _upheld(profile: Profile, state: CaseState) -> Values:
    outcomes = state.outcomes.values()
    if not outcomes:
        return ()
    found = (profile.item("outcomes", outcome) for outcome in outcomes)
    return ("yes" if any(item is not None and item.upheld for item in found) else "no",)


def _unacceptable(profile: Profile, extension: CaseEvent) -> bool:
    item = profile.item("extension_reasons", extension.why) if extension.why else None
    return item is not None and not item.acceptable


def _costs(profile: Profile, state: CaseState, stage: str) -> Iterator[Decimal]:
    """The costs of a stage: those that name it, and those recorded while it was the latest."""
    current = next(iter(profile.stages), "")
    for event in state.history:
        if event.kind.endswith(".requested"):
            current = event.kind.removesuffix(".requested")
        if event.kind == "cost":
            named = [one for one in profile.stages if one in str(event.said("what")).lower().replace(" ", "")]
            if (named or [current])[0] == stage:
                try:
                    yield Decimal(str(event.said("amount")))
                except InvalidOperation:
                    continue


def _discrimination(state: CaseState) -> Values:
    flags = [event for event in state.all("flagged") if "discrimination" in event.listed("flag")]
    if not flags:
        return ()
    named = tuple(dict.fromkeys(chain.from_iterable(event.listed("characteristics") for event in flags)))
    return named or ("unspecified",)


def complainant(facts: Mapping[str, Values]) -> dict[str, Values]:
    """Who complains, as one fact of two answers: their role where they gave one, else who they are."""
    said = facts.get("role") or facts.get("who") or ()
    known = tuple(one for one in said if one != "skipped")
    return {"complainant": known} if known else {}
