"""The weekly list for the meeting: informal feedback and complaints, what was done, what comes next. It prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import LONDON
from casework.record import CaseState
from console import lists
from console.codes import Codes
from console.history import History
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.words import N_
from storage import staff, weekly
from storage.weekly import Line, Week

pages = Pages()
ORDER = 25
WEEK = timedelta(days=7)
#: Kind -> its lists: what is open, what is not, what was closed.
TITLES = {
    "informal": (
        N_("Informal feedback that is open"),
        N_("No informal feedback is open."),
        N_("Informal feedback closed this week"),
    ),
    "complaint": (
        N_("Complaints that are open"),
        N_("No complaint is open."),
        N_("Complaints closed this week"),
    ),
}


def asked(text: str, today: date) -> date:
    """The Monday of "2026-W47", of any day of the week, or of this week; never of a week to come."""
    now = weekly.begins(today)
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return now
    if found.year < 2000:
        return now
    return min(weekly.begins(found), now)


def named(monday: date) -> str:
    """A week as an address has it: "2026-W47"."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


@pages.get("/weekly", "records.list", menu=N_("Weekly list"), audit="records.week")
async def weekly_list(ask: Request) -> web.StreamResponse:
    """One week."""
    today = ask.now.astimezone(LONDON).date()
    monday, now, mine = asked(ask.query.get("week", ""), today), ask.now, reach(ask.user, "records.list")

    def look(db: Connection) -> tuple[Week, dict[int, str]]:
        names = {one.id: one.name for one in staff.everyone(db, ask.site.sealer, (ask.user.organisation,))}
        return weekly.week(db, mine, monday, now), names

    found, names = await ask.read(look)
    ask.shown += [one.item.reference for lists in (found.open, found.closed) for line in lists.values() for one in line]
    ask.shown += [item.reference for item in found.due]
    codes = ask.codes
    told = History(codes, CaseState(), (), (), frozenset())
    loop = "loop.action" in ask.profile.clocks
    due = [lists.line(item, codes, now, names) for item in found.due]
    return render(
        ask,
        "weekly.html",
        week=found,
        until=monday + WEEK - timedelta(days=1),
        next_until=monday + 2 * WEEK - timedelta(days=1),
        number=monday.isocalendar()[1],
        this=monday == weekly.begins(today),
        before=ask.address("/weekly", week=named(monday - WEEK)),
        after="" if monday == weekly.begins(today) else ask.address("/weekly", week=named(monday + WEEK)),
        here=ask.address("/weekly", week=named(monday)),
        numbers=[_numbers(codes, found, kind, loop) for kind in weekly.KINDS],
        loop=loop,
        sections=[
            {
                "kind": kind,
                "title": ask.say(TITLES[kind][0]),
                "nothing": ask.say(TITLES[kind][1]),
                "lines": _lines(found.open[kind], codes, told, now, names),
                "closed_title": ask.say(TITLES[kind][2]),
                "closed": _lines(found.closed[kind], codes, told, now, names),
                "more": kind in found.more,
            }
            for kind in weekly.KINDS
        ],
        due=due,
    )


def _numbers(codes: Codes, week: Week, kind: str, loop: bool) -> dict[str, Any]:
    lines = (*week.open[kind], *week.closed[kind])
    done = {step: sum(step in one.done for one in lines) for step in weekly.STEPS}
    answered = sum(any(event.endswith(".answered") for event in one.done) for one in lines)
    return {
        "name": codes.kind(kind),
        "new": week.new[kind],
        "open": len(week.open[kind]),
        "contacted": done["contacted"] if kind == "informal" else "",
        "acted": (done["acted"] if loop else "") if kind == "informal" else answered,
        "closed": len(week.closed[kind]),
        "late": sum(one.item.status == "overdue" for one in week.open[kind]),
    }


def _lines(
    lines: Sequence[Line], codes: Codes, told: History, now: datetime, names: dict[int, str]
) -> list[dict[str, Any]]:
    return [
        {
            "line": lists.line(one.item, codes, now, names),
            "came": one.item.at,
            "done": [told.event_name(event) for event in one.done],
            **{step: one.steps.get(step) for step in weekly.STEPS},
        }
        for one in lines
    ]
