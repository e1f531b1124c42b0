"""From a form that was sent to what is done: the event with its details, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from casework.calendar import LONDON
from casework.helping import SENT
from casework.milestones import ANSWERING
from casework.record import CaseEvent, CaseState, day
from console import deeds
from console.deeds import Field
from console.request import Request
from console.words import N_
from storage.staff import Member
from storage.working import Deed, Todo

_POUNDS = re.compile(r"£?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?")


def field_id(event: str, name: str) -> str:
    """The name of a field in the page, where many forms stand together."""
    return f"{event.replace('.', '-')}-{name}"


@dataclass
class Parsed:
    """The details of a form, so far."""

    data: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def parse(
    ask: Request, event: str, form: deeds.Deed, state: CaseState, staff: Sequence[Member], named: frozenset[int]
) -> Deed | None:
    """What to do, or None with the errors in ``ask.errors``."""
    found = Parsed()
    for one in form.fields:
        _take(ask, event, one, found)
    at = _when(ask, event, form, state)
    _follow(ask, event, found, staff, named)
    if ask.errors:
        return None
    data = {deeds.RENAMED.get(name, name): value for name, value in found.data.items()}
    parts: dict[str, Sequence[int]] = {}
    adds: dict[str, Sequence[int]] = {}
    todo = None
    chosen = [int(one) for one in data.get("staff", ())]
    if event == "role" and chosen:
        adds["assigned"] = chosen
    if event == "role" and data["role"] in ANSWERING and data.get("told") is not True:
        todo = Todo("tell_who", data["role"])
    if event in SENT and chosen:
        adds["referred"] = chosen
    if event == "passed_on" and chosen:
        adds["shown"] = chosen
    if event == "named_settled":
        parts = {"named": chosen, "shown": chosen if data.get("shown") is True else ()}
    return Deed(CaseEvent(event, at, f"staff:{ask.user.id}", found.why, data), parts, adds, todo)


def _take(ask: Request, event: str, one: Field, found: Parsed) -> None:
    name = field_id(event, one.name)
    if one.kind == "ticks" or (one.kind == "staff" and one.name == "staff"):
        values = [str(value)[:200] for value in ask.form.getall(name, ()) if value]
        if not values and not one.optional:
            ask.errors.add(name, ask.say("{field}: choose at least one", field=ask.say(one.label)))
        if values:
            found.data[one.name] = values
        return
    text = ask.text(name)
    if not text:
        if not one.optional:
            wanted = N_("{field}: choose one") if one.kind in ("choice", "staff") else N_("{field}: write it here")
            ask.errors.add(name, ask.say(wanted, field=ask.say(one.label)))
        return
    if one.kind == "yes":
        found.data[one.name] = True
    elif one.kind == "day":
        if (found_day := day(text)) is None:
            ask.errors.add(name, ask.say("{field}: write a day, as 2027-03-31", field=ask.say(one.label)))
        else:
            found.data[one.name] = found_day.isoformat()
    elif one.kind == "money":
        if not (pounds := _POUNDS.fullmatch(text)):
            ask.errors.add(name, ask.say("{field}: write an amount, as 120 or 120.50", field=ask.say(one.label)))
        else:
            found.data[one.name] = float(f"{pounds[1].replace(',', '')}.{pounds[2] or '0'}")
    elif one.name == "why":
        found.why = text
    elif one.source == "looks":
        found.data[one.name] = text == "yes"
    else:
        found.data[one.name] = text


def _when(ask: Request, event: str, form: deeds.Deed, state: CaseState) -> datetime:
    """Now, or the day that the form says; never before what came last on that day."""
    now, name = ask.now, field_id(event, "on")
    if not form.dated or not (text := ask.text(name)):
        return now
    found = day(text)
    if found is None:
        ask.errors.add(name, ask.say("Write the day as 2027-03-31"))
        return now
    if found >= now.astimezone(LONDON).date():
        if found > now.astimezone(LONDON).date():
            ask.errors.add(name, ask.say("This day has not come yet. Write the day on which it happened"))
        return now
    at = datetime.combine(found, time(12), LONDON)
    same = [one.at + timedelta(seconds=1) for one in state.history if one.day == found]
    return max([at, *same])


def _follow(ask: Request, event: str, found: Parsed, staff: Sequence[Member], named: frozenset[int]) -> None:
    """What a detail means besides: names for the staff who were chosen, and nobody whom the record is about."""
    known = {str(one.id): one for one in staff}
    chosen = found.data.get("staff", [])
    name = field_id(event, "staff")
    if any(one not in known for one in chosen):
        ask.errors.add(name, ask.say("Choose somebody from the list"))
        return
    if event == "role":
        if any(int(one) in named for one in chosen):
            ask.errors.add(name, ask.say("The record is about them: choose somebody else"))
        if not chosen and not found.data.get("person"):
            ask.errors.add(name, ask.say("Choose a member of staff, or write who it is"))
        elif chosen:
            found.data["person"] = [known[one].name for one in chosen]
    if event in (*SENT, "passed_on") and chosen:
        found.data.setdefault("to", ", ".join(known[one].name for one in chosen))
    if event in SENT and not found.data.get("to"):
        ask.errors.add(field_id(event, "to"), ask.say("Choose an advocate, or write who it is"))
    if event == "named_settled":
        found.data["person"] = [known[one].name for one in chosen]


def typed(form: Mapping[str, Any], event: str) -> dict[str, Any]:
    """What was typed into a form, by the fields' names, to be shown again."""
    start = f"{event.replace('.', '-')}-"
    getall = getattr(form, "getall", None)
    return {name: (getall(name) if getall else [form[name]]) for name in dict.fromkeys(form) if name.startswith(start)}
