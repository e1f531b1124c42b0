"""Signing in by OpenID Connect. The provider asks for the second factor; here it is not asked again."""

from __future__ import annotations

import logging
from secrets import compare_digest

import sqlmodel
from aiohttp import web

from console import entering
from console.oidc import Refused, Who
from console.page import PUBLIC, Pages
from console.pages.sign_in import form
from console.request import Request
from console.site import PREFIX
from storage import sessions, staff
from storage.staff import Member

pages = Pages()
log = logging.getLogger(__name__)


def _back(ask: Request) -> str:
    base = ask.site.base_url or f"{ask.http.scheme}://{ask.http.host}"
    return f"{base}{PREFIX}/sign-in/return"


def _no(ask: Request, said: str, status: int = 403) -> web.Response:
    ask.errors.add("login", said)
    return form(ask, status)


@pages.post("/sign-in/provider", PUBLIC)
async def go(ask: Request) -> web.StreamResponse:
    """Off to the provider."""
    client = ask.site.client
    if client is None:
        raise web.HTTPNotFound
    try:
        again = ask.form.get("again") == "yes"
        begun = await client.begin(_back(ask), again=again)
    except Refused:
        log.warning("signing in elsewhere was refused", exc_info=True)
        return _no(ask, ask.say("Signing in there does not work just now; use your password or try again later"), 502)
    state = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "again": again}
    state |= entering.carried(ask)
    await entering.begin(ask, "provider", None, state)
    return web.Response(status=303, headers={"Location": begun.address})


@pages.get("/sign-in/return", PUBLIC)
async def come_back(ask: Request) -> web.StreamResponse:
    """Back from the provider, with a code or a refusal."""
    client, session = ask.site.client, entering.half_way(ask, "provider")
    if client is None:
        raise web.HTTPNotFound
    if session is None or not compare_digest(ask.query.get("state", "").encode(), session.state["state"].encode()):
        return _no(ask, ask.say("That sign-in was begun in another window, or too long ago; please begin again"))
    if ask.query.get("iss", client.provider.issuer) != client.provider.issuer or "code" not in ask.query:
        return _no(ask, ask.say("You were not signed in there; please begin again"))
    try:
        who = await client.finish(
            ask.query["code"], _back(ask), nonce=session.state["nonce"], verifier=session.state["verifier"]
        )
    except Refused:
        log.warning("signing in elsewhere was refused", exc_info=True)
        return _no(ask, ask.say("Signing in there does not work just now; use your password or try again later"), 502)
    member = await _member(ask, who)
    if member is None:
        return _no(ask, ask.say("You have no account here. The administrator of your organisation can add you."))
    # A provider that was told to ask anew and does not say when it did is believed (HEARBACK_OIDC_ISSUER).
    lately = who.lately(sessions.FRESH.total_seconds()) or (session.state.get("again") is True and not who.signed_in)
    return await entering.enter(ask, member, "signed_in.provider", proved=lately)


async def _member(ask: Request, who: Who) -> Member | None:
    """Whose account it is: by subject; the first time by e-mail address, and the subject is remembered."""
    sealer = ask.site.sealer

    def find(db: sqlmodel.Session) -> Member | None:
        connection = db.connection()
        found = staff.by_subject(connection, sealer, who.issuer, who.subject)
        if found is None and who.email:
            found = staff.by_login(connection, sealer, who.email)
            if found and not staff.set_subject(connection, sealer, found.id, who.issuer, who.subject):
                found = None
        return found

    found = await ask.write(find)
    return found if found and not found.disabled and found.organisation in ask.site.profiles else None
