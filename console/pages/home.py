"""The start: whatever comes first in the user's menu."""

from __future__ import annotations

from aiohttp import web

from console.page import SIGNED_IN, Pages
from console.render import menu, render
from console.request import Request

pages = Pages()
ORDER = 0


@pages.get("/", SIGNED_IN)
async def home(ask: Request) -> web.StreamResponse:
    """On to the first page of the menu; whoever has none is told why."""
    from console.pages import every

    found = menu(ask, every())
    if found and found[0][0] != ask.address("/account"):
        return web.Response(status=303, headers={"Location": found[0][0]})
    return render(ask, "home.html")
