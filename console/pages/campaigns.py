"""Campaigns: made, changed, shown with their ways in and what came of them, and printed as a poster."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno
import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

import locales
from console.campaignview import KINDS, aim, poster_of, read, ways
from console.page import Pages
from console.render import render
from console.request import Request
from console.settingsview import today
from console.words import N_
from storage import campaigns, staff
from storage.campaigns import Campaign, Figures, Taken
from storage.staff import Member

pages = Pages()
ORDER = 84


@pages.get(
    "/settings/campaigns",
    "settings.view",
    menu=N_("Campaigns"),
    hint=N_("A window for feedback with its own keyword, link and poster, and its own figures."),
)
async def everyone(ask: Request) -> web.StreamResponse:
    """Every campaign, the newest first."""
    organisation, day = ask.user.organisation, today(ask)

    def look(db: Connection) -> tuple[list[Campaign], dict[str, Figures]]:
        found = campaigns.every(db, organisation)
        return found, campaigns.figures(db, organisation, {})

    found, figures = await ask.read(look)
    shown = [(one, *state(ask, one, day), figures.get(one.code, Figures())) for one in found]
    return render(ask, "campaigns.html", shown=shown)


@pages.get("/settings/campaigns/add", "settings.change")
async def adding(ask: Request) -> web.StreamResponse:
    """The form for a new one."""
    return await _form(ask, None, {})


@pages.post("/settings/campaigns/add", "settings.change", audit="campaign.add")
async def add(ask: Request) -> web.StreamResponse:
    """A new campaign; its ways in work as soon as this returns."""
    known, people = await _around(ask)
    made = read(ask, None, [one.code for one in known], people)
    ask.noted = f"campaign:{made.code}"
    if not ask.errors:
        try:
            await ask.write(_saving(ask, made))
        except Taken:
            ask.errors.add("code", ask.say("Another campaign has this keyword; its records would be counted together"))
    if ask.errors:
        return await _form(ask, None, ask.form)
    return ask.back_to(
        f"/settings/campaigns/{made.code}", ask.say("{name} is set up; its keyword works.", name=made.name)
    )


@pages.get("/settings/campaigns/{campaign}", "settings.view")
async def show(ask: Request) -> web.StreamResponse:
    """One campaign: its ways in, and what came of it."""
    return await _show(ask, await _campaign(ask))


@pages.get("/settings/campaigns/{campaign}/change", "settings.change")
async def changing(ask: Request) -> web.StreamResponse:
    """The form of a campaign that there is."""
    return await _form(ask, await _campaign(ask), {})


@pages.post("/settings/campaigns/{campaign}/change", "settings.change", audit="campaign.change")
async def change(ask: Request) -> web.StreamResponse:
    """The campaign as it is from now on; its keyword stays, since it may be printed."""
    now = await _campaign(ask)
    _, people = await _around(ask)
    new = read(ask, now, (), people)
    if ask.text("before", 60) != version(now):
        ask.errors.add("name", ask.say("Somebody has changed this meanwhile. Look at it again, then save."))
    if ask.errors:
        return await _form(ask, now, ask.form)
    ask.noted = f"campaign:{new.code}"
    await ask.write(_saving(ask, new))
    return ask.back_to(f"/settings/campaigns/{new.code}", ask.say("Saved."))


@pages.post("/settings/campaigns/{campaign}/remove", "settings.change", audit="campaign.remove")
async def remove(ask: Request) -> web.StreamResponse:
    """Take a campaign away that nothing has come of."""
    one, procedures = await _campaign(ask), ask.site.store.procedures
    ask.noted = f"campaign:{one.code}"

    def write(db: sqlmodel.Session) -> None:
        if not campaigns.remove(db.connection(), procedures, one):
            raise Used

    try:
        await ask.write(write)
    except Used:
        ask.errors.add(
            "remove", ask.say("Records have come of it, so it stays; give it a day on which it closes instead")
        )
        return await _show(ask, one)
    return ask.back_to("/settings/campaigns", ask.say("{name} is taken away.", name=one.name))


@pages.get("/settings/campaigns/{campaign}/qr.svg", "settings.view")
async def qr(ask: Request) -> web.StreamResponse:
    """The QR code of its link, in a language when one is asked for."""
    one = await _campaign(ask)
    out = io.BytesIO()
    made = segno.make(ways(ask, one, _asked_language(ask)).link, error="m", micro=False)
    made.save(out, kind="svg", scale=6, border=2, xmldecl=False, omitsize=True)
    headers = {}
    if "save" in ask.query:
        headers["Content-Disposition"] = f'attachment; filename="{one.code}.svg"'
    return web.Response(body=out.getvalue(), content_type="image/svg+xml", headers=headers)


@pages.get("/settings/campaigns/{campaign}/poster", "settings.view")
async def poster(ask: Request) -> web.StreamResponse:
    """A page to print, in one of the languages that people are offered."""
    one = await _campaign(ask)
    language = _asked_language(ask) or one.language or "en"
    return render(
        ask,
        "poster.html",
        campaign=one,
        poster=poster_of(ask, one, language),
        tongues=[(entry.code, entry.name) for entry in locales.offered()],
        chosen=language,
    )


# Parts ------------------------------------------------------------------------------------------


def state(ask: Request, one: Campaign, day: Any) -> tuple[str, str]:
    """Where a campaign is on a day: (words, colour)."""
    time = one.time(day)
    if time == "early":
        return ask.say("not open yet"), "blue"
    return (ask.say("closed"), "grey") if time == "late" else (ask.say("open"), "green")


class Used(Exception):
    """Records have come of a campaign."""


def version(one: Campaign) -> str:
    """Changes with every change of a campaign."""
    return one.at.isoformat() if one.at else ""


def _saving(ask: Request, one: Campaign) -> Any:
    procedures = ask.site.store.procedures

    def write(db: sqlmodel.Session) -> None:
        campaigns.save(db.connection(), procedures, one)

    return write


async def _campaign(ask: Request) -> Campaign:
    """The one of the path; 404 when the organisation has none of that code."""
    code = ask.http.match_info["campaign"]
    found = await ask.read(lambda db: campaigns.every(db, ask.user.organisation))
    one = next((one for one in found if one.code == code), None)
    if one is None:
        raise web.HTTPNotFound
    return one


async def _around(ask: Request) -> tuple[list[Campaign], list[Member]]:
    """The campaigns and the staff of the organisation."""
    organisation = ask.user.organisation
    return await ask.read(
        lambda db: (
            campaigns.every(db, organisation),
            staff.everyone(db, ask.site.sealer, (organisation,)),
        )
    )


def _asked_language(ask: Request) -> str:
    asked = ask.query.get("lang", "")
    return asked if asked in {entry.code for entry in locales.offered()} else ""


async def _show(ask: Request, one: Campaign) -> web.Response:
    aims = {one.code: aim(ask.profile.calendar, one, ask.now)}

    def look(db: Connection) -> tuple[Figures, Sequence[Member]]:
        came = campaigns.figures(db, one.organisation, aims).get(one.code, Figures())
        return came, staff.everyone(db, ask.site.sealer, (one.organisation,))

    figures, people = await ask.read(look)
    spoken = ask.codes
    return render(
        ask,
        "campaign.html",
        campaign=one,
        state=state(ask, one, today(ask)),
        ways=ways(ask, one),
        figures=figures,
        codes=spoken,
        responder=next((member.name for member in people if member.id == one.responder), ""),
        tongues=[(entry.code, entry.name) for entry in locales.offered()],
    )


async def _form(ask: Request, one: Campaign | None, given: Any) -> web.Response:
    _, people = await _around(ask)
    spoken = ask.codes
    kept: dict[str, Any] = {}
    if one is not None:
        kept = {
            "name": one.name,
            "kind": one.kind,
            "service": one.service,
            "language": one.language,
            "opens": one.opens or "",
            "closes": one.closes or "",
            "responder": one.responder or "",
            "action_days": one.action_days or "",
            "regulator": one.regulator,
        }
    return render(
        ask,
        "campaign_form.html",
        campaign=one,
        given=given or kept,
        before=version(one) if one else "",
        kinds=[(kind, spoken.kind(kind)) for kind in KINDS if kind in ask.profile.kinds],
        services=[(code, spoken.service(code)) for code in ask.profile.services],
        tongues=[(entry.code, spoken.tongue(entry.code)) for entry in locales.offered()],
        people=[(member.id, member.name) for member in people if not member.disabled],
    )
