"""One's own page: language, password, recovery codes, and where one is signed in."""

from __future__ import annotations

import sqlmodel
from aiohttp import web

from console import entering, passwords
from console.page import SIGNED_IN, Pages
from console.pages.sign_in import right_code
from console.render import render
from console.request import Request
from console.words import LANGUAGES
from storage import sessions, staff

pages = Pages()
ORDER = 95


async def _page(ask: Request, status: int = 0) -> web.Response:
    user, now = ask.user, ask.now
    mine = await ask.read(lambda db: sessions.of(db, ask.site.sealer, user.id, now))
    left = await ask.read(lambda db: staff.recovery_left(db, user.id))
    services = [str(ask.profile.services[one].name) for one in sorted(user.services) if one in ask.profile.services]
    return render(
        ask,
        "account.html",
        status,
        sessions=[(one, one.hash == ask.session.hash if ask.session else False) for one in mine],
        member=await entering.oneself(ask),
        left=left,
        services=services,
    )


@pages.get("/account", SIGNED_IN)
async def show(ask: Request) -> web.StreamResponse:
    """One's own page."""
    return await _page(ask)


@pages.post("/account/language", SIGNED_IN)
async def language(ask: Request) -> web.StreamResponse:
    """The language of the console."""
    if (code := ask.text("language", 10)) in LANGUAGES:
        number = ask.user.id
        await ask.write(lambda db: staff.change(db.connection(), ask.site.sealer, number, language=code))
        ask.language = code
    return ask.back_to("/account", ask.say("Saved."))


@pages.post("/account/password", SIGNED_IN)
async def password(ask: Request) -> web.StreamResponse:
    """A new password, with the old one; other sessions end."""
    member = await entering.oneself(ask)
    given, new = str(ask.form.get("password", "")), str(ask.form.get("new_password", ""))
    if seconds := await entering.wait(ask, member, member.login, "password"):
        ask.errors.add("password", entering.too_many(ask, seconds))
        return await _page(ask, 429)
    if not await passwords.fits(given, member.password):
        ask.errors.add("password", ask.say("This is not your password"))
    elif problem := passwords.problem(new, member.login, member.name):
        ask.errors.add("new_password", ask.say(problem))
    if ask.errors:
        return await _page(ask)
    await entering.forgive(ask, member, "password")
    hashed, session = await passwords.hashed(new), ask.session

    def write(db: sqlmodel.Session) -> None:
        staff.set_password(db.connection(), member.id, hashed)
        sessions.end(db.connection(), member.id, but=session.hash if session else None)

    await ask.write(write)
    return ask.back_to("/account", ask.say("Your password is changed. You are signed out everywhere else."))


@pages.post("/account/codes", SIGNED_IN)
async def codes(ask: Request) -> web.StreamResponse:
    """New recovery codes, for whoever has the phone."""
    member, session = await entering.oneself(ask), ask.session
    if seconds := await entering.wait(ask, member, member.login, "code"):
        ask.errors.add("code", entering.too_many(ask, seconds))
        return await _page(ask, 429)
    if session is None or await right_code(ask, member, ask.text("code", 100)) != "signed_in.code":
        ask.errors.add("code", ask.say("This code is not right, or it was used before; wait for the next one"))
        return await _page(ask)
    await entering.forgive(ask, member, "code")
    new = staff.new_codes()

    def write(db: sqlmodel.Session) -> None:
        staff.set_recovery(db.connection(), member.organisation, member.id, new)
        sessions.keep(db.connection(), ask.site.sealer, session.hash, {**session.state, "codes": list(new)})

    await ask.write(write)
    return ask.back_to("/recovery-codes")


@pages.post("/account/sessions", SIGNED_IN)
async def end_sessions(ask: Request) -> web.StreamResponse:
    """Ends one of one's sessions, or all but this one."""
    number, session = ask.user.id, ask.session
    wanted = ask.text("session", 100)
    mine = await ask.read(lambda db: sessions.of(db, ask.site.sealer, number, ask.now))
    one = next((found.hash for found in mine if found.hash.hex() == wanted), None)
    if one is not None:
        await ask.write(lambda db: sessions.end(db.connection(), number, one))
    elif wanted == "others" and session is not None:
        await ask.write(lambda db: sessions.end(db.connection(), number, but=session.hash))
    return ask.back_to("/account", ask.say("Signed out there."))
