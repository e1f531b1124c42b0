"""Who is signed in just now, everywhere at the organisation; an administrator ends any of them."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import Connection

from console.page import Pages
from console.render import render
from console.request import Request
from console.words import N_
from storage import sessions, staff
from storage.sessions import Session
from storage.staff import Member

pages = Pages()
ORDER = 82


@pages.get(
    "/settings/sessions",
    "staff.manage",
    audit="staff.sessions_seen",
    menu=N_("Signed in now"),
    hint=N_("Every browser in which somebody is signed in; sign any of them out."),
)
async def everywhere(ask: Request) -> web.StreamResponse:
    """The sessions, the last used first."""
    found, people = await ask.read(lambda db: _look(ask, db))
    names = {one.id: one.name for one in people}
    here = ask.session.hash if ask.session else b""
    return render(
        ask,
        "sessions.html",
        lines=[(one, names.get(one.staff or 0, ask.say("Unknown")), one.hash == here) for one in found],
        idle=int(sessions.IDLE.total_seconds() // 60),
        longest=int(sessions.LONGEST.total_seconds() // 3600),
    )


def _look(ask: Request, db: Connection) -> tuple[list[Session], list[Member]]:
    organisation = ask.user.organisation
    found = sessions.everywhere(db, ask.site.sealer, organisation, ask.now)
    return found, staff.everyone(db, ask.site.sealer, (organisation,))


@pages.post("/settings/sessions", "staff.manage", audit="staff.session")
async def end(ask: Request) -> web.StreamResponse:
    """Ends one of them."""
    wanted = ask.text("session", 100)
    found, _ = await ask.read(lambda db: _look(ask, db))
    one = next((one for one in found if one.hash.hex() == wanted), None)
    if one is None or one.staff is None:
        return ask.back_to("/settings/sessions", ask.say("This session had ended already."))
    number, hashed = one.staff, one.hash
    ask.noted = f"staff:{number}"
    await ask.write(lambda db: sessions.end(db.connection(), number, hashed))
    return ask.back_to("/settings/sessions", ask.say("Signed out there."))
