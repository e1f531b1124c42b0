"""The tour of a demonstration: be the child, be the worker, be the manager; one button signs in as an invented one.

Nowhere else: without a demonstration the pages are not there (404). A button opens the account of an invented member
of staff of a database that is marked as one (``storage.demonstration``), and of nobody else; the audit says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy import Connection

import locales
from console import entering, guard
from console.page import PUBLIC, Pages
from console.render import render
from console.request import Request
from console.words import N_
from storage import audit, demonstration
from storage.staff import Member

pages = Pages()

#: Whom somebody may be -> what they are called, and where they begin.
PARTS: Mapping[str, tuple[str, str]] = {
    "participation": (N_("Participation worker"), "/today"),
    "complaints": (N_("Complaints manager"), "/today"),
    "manager": (N_("Team manager"), "/today"),
    "safeguarding": (N_("Safeguarding lead"), "/alerts"),
    "advocate": (N_("Advocate"), "/referrals"),
    "director": (N_("Director, who reads reports"), "/reports"),
    "administrator": (N_("Administrator"), "/settings"),
}
#: The two that the page is about; the others stand below.
WORKER, MANAGER = "participation", "complaints"


def _organisation(ask: Request) -> str:
    """The organisation that was chosen, the first one otherwise. Raises 404 where there is no demonstration."""
    if ask.site.demonstration is None:
        raise web.HTTPNotFound
    shown = [name for name, profile in ask.site.profiles.items() if profile.demonstration]
    wanted = ask.query.get("organisation", "")
    return wanted if wanted in shown else shown[0]


@pages.get("/tour", PUBLIC)
async def show(ask: Request) -> web.StreamResponse:
    """Three ways to look at it."""
    here = _organisation(ask)
    sealer = ask.site.sealer

    def look(db: Connection) -> dict[str, Member]:
        found = {part: demonstration.member(db, sealer, here, part) for part in PARTS}
        return {part: one for part, one in found.items() if one is not None}

    cast = await ask.read(look)
    assert ask.site.demonstration is not None
    return render(
        ask,
        "tour.html",
        here=here,
        places=[(one, str(profile.name.said(ask.language))) for one, profile in ask.site.profiles.items()
                if profile.demonstration],
        tongues=locales.offered(),
        cast=cast,
        worker=WORKER,
        manager=MANAGER,
        others=[(part, ask.say(PARTS[part][0])) for part in cast if part not in (WORKER, MANAGER)],
        percent=ask.site.demonstration(),
        me=ask.signed_in,
    )  # fmt: skip


@pages.post("/tour/{organisation}/{part}", PUBLIC, quiet=True)
async def enter(ask: Request) -> web.StreamResponse:
    """Sign in as an invented member of staff."""
    _organisation(ask)
    organisation, part = ask.http.match_info["organisation"], ask.http.match_info["part"]
    if organisation not in ask.site.profiles or part not in PARTS:
        raise web.HTTPNotFound
    sealer = ask.site.sealer
    member = await ask.read(lambda db: demonstration.member(db, sealer, organisation, part))
    if member is None:
        raise web.HTTPNotFound
    await entering.begin(ask, "in", member, {}, proved=True)
    number, now = member.id, ask.now
    await ask.write(lambda db: audit.note(db.connection(), organisation, number, "signed_in.tour", "", now))
    ask.cookies[guard.BEFORE] = guard.new_secret()
    return ask.back_to(PARTS[part][1])
