"""Signs of danger that nobody has acknowledged: how old, who was told, and the button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from casework.alerting import UNANSWERED, UNTOLD
from console.alertsview import error, groups, took
from console.codes import Codes
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.words import N_
from storage import alert_views, alert_ways, alerting

pages = Pages()
ORDER = 12
#: Over how long the time to an acknowledgement is counted.
LATELY = timedelta(days=90)


@pages.get("/alerts", "alerts.acknowledge", menu=N_("Signs of danger"), audit="alerts.list")
async def alerts(ask: Request) -> web.StreamResponse:
    """What is open, record by record, and how soon somebody usually answers."""
    mine, organisation = reach(ask.user, "alerts.acknowledge"), ask.user.organisation
    profile, now = ask.profile, ask.now
    assert profile.duty is not None
    hours, calendar = profile.duty.hours, profile.calendar

    def look(db: Connection) -> dict[str, Any]:
        signs = alert_views.waiting(db, mine)
        told = alert_views.told(db, organisation, [sign.id for sign in signs])
        calls = alert_views.tasks(db, signs, (UNANSWERED, UNTOLD))
        return {
            "groups": groups(signs, told, calls, Codes(profile, ask.language, ask.say), now),
            "answered": alert_views.answered(db, organisation, calendar, hours, now - LATELY),
            "ways": alert_ways.routes(db, ask.site.sealer, organisation),
        }

    known = await ask.read(look)
    ask.shown += [one.reference for one in known["groups"]]
    found = known["answered"]
    return render(
        ask,
        "alerts.html",
        groups=known["groups"],
        count=sum(len(one.ids) for one in known["groups"]),
        day=took(ask.say, found.day),
        days=found.days,
        night=took(ask.say, found.night),
        nights=found.nights,
        broken=[(one.label, error(ask.say, one.error)) for one in known["ways"] if one.broken],
        ways=len(known["ways"]),
        duty=profile.duty,
        opens=calendar.next_open(hours, now),
    )


@pages.post("/alerts", "alerts.acknowledge", audit="alerts.acknowledge")
async def acknowledge(ask: Request) -> web.StreamResponse:
    """The signs of a record are acknowledged from the list."""
    mine, organisation, now = reach(ask.user, "alerts.acknowledge"), ask.user.organisation, ask.now
    wanted = {str(one) for one in ask.form.getall("alert", ())}
    by = f"staff:{ask.user.id}"

    def write(db: sqlmodel.Session) -> int:
        signs = [sign for sign in alert_views.waiting(db.connection(), mine) if str(sign.id) in wanted]
        return alerting.acknowledge(db.connection(), organisation, [sign.id for sign in signs], by, now) if signs else 0

    signs = await ask.read(lambda db: [one for one in alert_views.waiting(db, mine) if str(one.id) in wanted])
    ask.shown += [sign.reference for sign in signs]
    done = await ask.write(write) if wanted else 0
    said = ask.say("You have acknowledged it.") if done else ask.say("Somebody had acknowledged it already.")
    return ask.back_to("/alerts", said)
