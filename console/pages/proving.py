"""The second factor once more, before records leave or somebody's way in is changed: a session may have been left open.

A page asks for it by ``fresh=True`` (``console.page``). What was typed is kept meanwhile and shown again to be sent.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from console import entering, typed
from console.page import SIGNED_IN, Pages
from console.pages.sign_in import right_code
from console.render import render
from console.request import Request
from console.site import PREFIX
from storage import sessions

pages = Pages()


async def asked(ask: Request) -> web.StreamResponse:
    """The page that asks, instead of the one that was wanted; it leads there, or back to what was typed."""
    kept = where = ""
    if ask.page.method == "POST":
        kept = typed.seal(ask.site, typed.of(ask))
    else:
        where = ask.http.rel_url.path_qs
    return await _form(ask, kept, where, 401)


async def _form(ask: Request, kept: str, where: str, status: int = 0) -> web.Response:
    member = await entering.oneself(ask)
    provider = ask.site.provider if member.provider and not member.totp else None
    return render(ask, "prove.html", status, kept=kept, next=where, provider=provider)


@pages.get("/prove", SIGNED_IN, quiet=True)
async def show(ask: Request) -> web.StreamResponse:
    """Asks for the code, to come back to a page."""
    where = ask.query.get("next", "")
    return await _form(ask, "", where if entering.inside(where) else "")


@pages.post("/prove", SIGNED_IN, audit="account.proved")
async def take(ask: Request) -> web.StreamResponse:
    """A code of the authenticator app, or a recovery code."""
    member, session, now = await entering.oneself(ask), ask.session, ask.now
    kept, where = str(ask.form.get("typed", "")), str(ask.form.get("next", ""))
    found = typed.unseal(ask.site, kept) if kept else None
    kept, where = kept if found else "", where if entering.inside(where) else ""
    code = ask.text("code", 100)
    if not code:
        ask.errors.add("code", ask.say("Enter the code"))
        return await _form(ask, kept, where)
    if seconds := await entering.wait(ask, member, member.login, "code"):
        ask.errors.add("code", entering.too_many(ask, seconds))
        return await _form(ask, kept, where, 429)
    if session is None or not await right_code(ask, member, code):
        ask.errors.add("code", ask.say("This code is not right, or it was used before; wait for the next one"))
        return await _form(ask, kept, where)
    await entering.forgive(ask, member, "code")
    mine = found is not None and found.get("who") == typed.typist(ask.site, member.id)
    state: dict[str, Any] = {**session.state, "typed": found} if mine else session.state

    def write(db: Any) -> None:
        sessions.prove(db.connection(), session.hash, now)
        sessions.keep(db.connection(), ask.site.sealer, session.hash, state)

    await ask.write(write)
    return entering.on(ask, mine, where or f"{PREFIX}/")
