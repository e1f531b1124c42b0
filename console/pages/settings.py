"""The settings: what there is to set, and the procedure of the organisation as its file says it."""

from __future__ import annotations

from aiohttp import web

from console.page import Pages
from console.procedureview import Spoken, sections
from console.render import render
from console.request import Request
from console.settingsview import cards
from console.words import N_

pages = Pages()
ORDER = 80


@pages.get("/settings", "settings.view", menu=N_("Settings"))
async def hub(ask: Request) -> web.StreamResponse:
    """Every page of the settings that the user may open."""
    return render(ask, "settings.html", cards=cards(ask))


@pages.get(
    "/settings/procedure",
    "settings.view",
    menu=N_("Procedure"),
    hint=N_("Stages, time limits, ways out, lists and help lines, and where each comes from. Read only."),
)
async def procedure(ask: Request) -> web.StreamResponse:
    """The profile, in words."""
    spoken = Spoken(ask.profile, ask.language, ask.say)
    version = ask.site.profiles[ask.user.organisation].version
    found = sections(spoken, ask.now)
    return render(ask, "procedure.html", sections=found, profile=ask.profile, profile_version=version)
