"""The page of an alert's signed link: nothing that was said, and one button. It needs no signing in.

Only the button acknowledges: mail scanners open links, and must change nothing.
"""

from __future__ import annotations

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from console import guard
from console.alertsview import who
from console.codes import DANGERS, LEVELS, Codes
from console.entering import too_many
from console.page import PUBLIC, Pages
from console.render import render
from console.request import Request
from storage import alert_links, alert_views, alert_ways, alerting, audit, sessions, staff
from storage.alert_views import Sign
from storage.alert_ways import Route

pages = Pages()
#: Links that are none, from one address, before it has to wait.
FREE = 20
#: Lines of the audit that one press of the button writes, and records that the page names.
MOST = 50
Found = tuple[Route, list[Sign]]


@pages.get("/alarm/{alarm}", PUBLIC)
async def alarm(ask: Request) -> web.StreamResponse:
    """What kind of danger, in which record, since when; and who has acknowledged it."""
    found = await _found(ask)
    return found if isinstance(found, web.StreamResponse) else await _shown(ask, *found)


@pages.post("/alarm/{alarm}", PUBLIC, audit="alarm.acknowledge", bearer=True)
async def acknowledge(ask: Request) -> web.StreamResponse:
    """Whoever has the message has seen it and acts on it."""
    found = await _found(ask)
    if isinstance(found, web.StreamResponse):
        return found
    way, signs = found
    user, now, organisation = ask.signed_in, ask.now, way.organisation
    known = user is not None and user.organisation == organisation and ask.may("alerts.acknowledge")
    member = user.id if user is not None and known else way.staff
    by = f"staff:{user.id}" if user is not None and known else f"route:{way.id}"
    open_ones = [sign for sign in signs if sign.acknowledged_at is None]

    def write(db: sqlmodel.Session) -> None:
        alerting.acknowledge(db.connection(), organisation, [sign.id for sign in open_ones], by, now)
        for reference in dict.fromkeys(sign.reference for sign in open_ones[:MOST]):
            audit.note(db.connection(), organisation, member, "alarm.acknowledge", reference, now)

    if open_ones:
        await ask.write(write)
    return ask.back_to(f"/alarm/{ask.http.match_info['alarm']}")


async def _found(ask: Request) -> Found | web.StreamResponse:
    """The message of the link; or the page that says why there is none."""
    vault, sealer, now = ask.site.store.vault, ask.site.sealer, ask.now
    link = alert_links.read(vault.ring, ask.http.match_info["alarm"])
    if link is None:
        return await _forged(ask)
    if link.until <= now:
        return render(ask, "alarm_gone.html", 404, why="expired", wait="")
    reader = ask.signed_in.id if ask.signed_in else None
    found = await ask.read(lambda db: alert_views.of_link(db, vault, sealer, link, reader))
    if found is None or found[0].organisation not in ask.site.profiles:
        return render(ask, "alarm_gone.html", 404, why="gone", wait="")
    return found


async def _forged(ask: Request) -> web.StreamResponse:
    """Who makes links up has to wait after some; whoever holds a real one never does, from the same address neither."""
    counted, now = ask.site.sealer.hashed("alarm from", guard.source(ask.http, ask.site)), ask.now
    many, last = await ask.read(lambda db: sessions.failures(db, counted, now))
    if seconds := guard.wait(many, last, now, FREE):
        return render(ask, "alarm_gone.html", 429, why="wait", wait=too_many(ask, seconds))
    await ask.write(lambda db: sessions.failed(db.connection(), [counted], now))
    return render(ask, "alarm_gone.html", 404, why="forged", wait="")


async def _shown(ask: Request, way: Route, signs: list[Sign]) -> web.StreamResponse:
    profile = ask.site.profiles[way.organisation]
    codes = Codes(profile, ask.language, ask.say)

    def names(db: Connection) -> tuple[dict[str, str], dict[int, str]]:
        people = staff.everyone(db, ask.site.sealer, (way.organisation,))
        return {f"staff:{one.id}": one.name for one in people}, alert_ways.labels(db, way.organisation)

    people, ways = await ask.read(names)
    lines = [
        {
            "level": sign.level,
            "level_name": codes.of(LEVELS, sign.level),
            "dangers": ", ".join(codes.of(DANGERS, code) for code in sign.categories),
            "reference": sign.reference,
            "at": sign.at,
            "seen": sign.acknowledged_at,
            "by": who(ask.say, sign.acknowledged_by, people, ways),
        }
        for sign in signs
    ]
    left = [line for line in lines if not line["seen"]]
    return render(
        ask,
        "alarm.html",
        lines=lines[:MOST],
        left=len(left),
        count=len(lines),
        more=max(0, len(lines) - MOST),
        place=profile.name.said(ask.language),
        way=way.label,
        token=ask.http.match_info["alarm"],
    )
