"""What happened to a record of the history, from the cells of its row. Each event at a time of its day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.record import CaseEvent

NOON = time(12)
#: A day, the kind of an event, its details.
Step = tuple[date, str, dict[str, Any]]


def events(profile: Profile, said: Mapping[str, Any], came: date) -> Iterator[Step]:
    """In the order of the columns; what has no day of its own has that of the first answer, or the first day."""
    stages = tuple(profile.stages)
    answered = said.get(f"{stages[0]}_answered", came) if stages else came
    yield from _beginning(profile, said, came, answered)
    for stage in stages:
        yield from _stage(profile, said, came, stage)
        if stage == stages[0]:
            yield from _decided(said, answered)
    if not stages:
        yield from _decided(said, answered)
    yield from _ending(said, came)


def _beginning(profile: Profile, said: Mapping[str, Any], came: date, answered: date) -> Iterator[Step]:
    if "acknowledged" in said:
        yield said["acknowledged"], "acknowledged", {}
    if "contacted" in said:
        yield said["contacted"], "contacted", {}
    if themes := said.get("themes"):
        yield came, "themed", {"themes": list(themes)}
    if alleged := said.get("discrimination"):
        named = [one for one in alleged if one != "yes"]
        yield came, "flagged", {"flag": "discrimination"} | ({"characteristics": named} if named else {})
    for flag in ("agency_staff", "partner_agency"):
        if said.get(flag):
            yield came, "flagged", {"flag": flag}
    if "advocate" in said:
        more = {"kind": said.get("advocacy_who"), "why_not": said.get("advocate_why")}
        yield came, "advocate_offered", {"answer": said["advocate"], **{name: one for name, one in more.items() if one}}
    if "extended" in said or "extension_reason" in said:
        clock = f"{next(iter(profile.stages), '')}.response"
        details: dict[str, Any] = {"clock": clock if clock in profile.clocks else ""}
        details |= {"why": said.get("extension_reason", ""), "agreed": bool(said.get("extension_agreed"))}
        yield said.get("extended", answered), "extended", {name: one for name, one in details.items() if one}


def _stage(profile: Profile, said: Mapping[str, Any], came: date, stage: str) -> Iterator[Step]:
    days = [said[name] for name in said if name.startswith(f"{stage}_") and isinstance(said[name], date)]
    if (asked := said.get(f"{stage}_requested")) is not None:
        yield asked, f"{stage}.requested", {}
    elif days and stage != next(iter(profile.stages)):
        yield min(days), f"{stage}.requested", {}  # it was asked for at the latest then
    for step in profile.stages[stage].steps:
        if (on := said.get(f"{stage}_{step}")) is not None:
            yield on, f"{stage}.{step}", {}
    counted = said.get(f"{stage}_working_days")
    if (on := said.get(f"{stage}_answered")) is not None:
        yield on, f"{stage}.answered", {} if counted is None else {"working_days": int(counted)}
    if (on := said.get(f"{stage}_refused")) is not None:
        yield on, f"{stage}.refused", {}
    if (cost := said.get(f"{stage}_cost")) is not None:
        yield max(days, default=came), "cost", {"amount": str(cost), "what": stage}


def _decided(said: Mapping[str, Any], answered: date) -> Iterator[Step]:
    """Outcomes, remedies, and what came of mediation."""
    if "mediation" in said or "mediation_offered" in said:
        on = said.get("mediation_offered", answered)
        yield on, "mediation_offered", {}
        if "mediation" in said:
            yield on, "mediated", {"result": said["mediation"]}
    for point, outcome in enumerate(said.get("outcome", ()), 1):
        yield answered, "outcome", {"point": str(point), "outcome": outcome}
    for remedy in said.get("remedies", ()):
        yield answered, "remedy", {"remedy": remedy}


def _ending(said: Mapping[str, Any], came: date) -> Iterator[Step]:
    last = max((one for one in said.values() if isinstance(one, date)), default=came)
    if "ombudsman" in said or "ombudsman_referred" in said:
        on = said.get("ombudsman_referred", said.get("ombudsman_decided", last))
        yield on, "ombudsman_referred", {}
        if "ombudsman" in said:
            yield said.get("ombudsman_decided", on), "ombudsman_decided", {"result": said["ombudsman"]}
    if "route" in said:
        yield came, "routed", {"route": said["route"]}
    if "withdrawn" in said:
        yield said["withdrawn"], "withdrawn", {}
    if "closed" in said:
        ended = {"resolution": said["resolution"]} if "resolution" in said else {}
        yield last if said["closed"] == "yes" else said["closed"], "closed", ended


def placed(came: date, steps: Sequence[Step]) -> Iterator[CaseEvent]:
    """As events, the oldest first; on one day as they came.

    A row knows days only: the record is filed at noon, and what happened on later days happened before noon, so that
    no limit of hours is missed by it.
    """
    for index, (on, kind, details) in enumerate(sorted(steps, key=lambda one: one[0])):
        start = datetime.combine(on, NOON if on == came else time(9), LONDON)
        data = {name: value for name, value in details.items() if name != "why"}
        yield CaseEvent(kind, start + timedelta(minutes=1 + index), "system", str(details.get("why", "")), data)
