"""Signing in with a password and a code, and signing out."""

from __future__ import annotations

from aiohttp import web

from console import entering, guard, passwords, typed
from console.page import PUBLIC, SIGNED_IN, Pages
from console.render import render
from console.request import Request
from storage import sessions, staff
from storage.staff import Member

pages = Pages()


def form(ask: Request, status: int = 0) -> web.Response:
    """The sign-in page; it carries what was being typed, and where somebody wanted to go."""
    carried = ask.typed or str(ask.form.get("typed", ""))
    where = str(ask.form.get("next", "")) or ask.query.get("next", "")
    return render(
        ask,
        "sign_in.html",
        status,
        typed=carried if typed.unseal(ask.site, carried) is not None else "",
        next=where if entering.inside(where) else "",
        login=str(ask.form.get("login", "")) if ask.page.path == "/sign-in" else "",
        provider=ask.site.provider,
    )


@pages.get("/sign-in", PUBLIC)
async def show(ask: Request) -> web.StreamResponse:
    """The sign-in page."""
    return ask.back_to("/") if ask.signed_in else form(ask)


@pages.post("/sign-in", PUBLIC)
async def take(ask: Request) -> web.StreamResponse:
    """A login and a password."""
    login, password = ask.text("login", 200), str(ask.form.get("password", ""))
    if not login:
        ask.errors.add("login", ask.say("Enter your login"))
    if not password:
        ask.errors.add("password", ask.say("Enter your password"))
    if ask.errors:
        return form(ask)
    member = await ask.read(lambda db: staff.by_login(db, ask.site.sealer, login))
    if seconds := await entering.wait(ask, member, login, "password"):
        ask.errors.add("login", entering.too_many(ask, seconds))
        return form(ask, 429)
    right = await passwords.fits(password, member.password if member else "")
    if member is None or not right or member.disabled or member.organisation not in ask.site.profiles:
        ask.errors.add("login", ask.say("The login or the password is not right"))
        return form(ask)
    if passwords.outdated(member.password):
        fresh, number = await passwords.hashed(password), member.id
        await ask.write(lambda db: staff.set_password(db.connection(), number, fresh))
    await entering.forgive(ask, member, "password")
    return await entering.half(ask, member)


@pages.get("/code", PUBLIC)
async def show_code(ask: Request) -> web.StreamResponse:
    """Asks for the code."""
    return render(ask, "code.html") if entering.half_way(ask, "code") else ask.back_to("/sign-in")


@pages.post("/code", PUBLIC)
async def take_code(ask: Request) -> web.StreamResponse:
    """A code of the authenticator app, or a recovery code."""
    session = entering.half_way(ask, "code")
    member = await entering.who(ask, session) if session else None
    if member is None:
        return ask.back_to("/sign-in")
    code = ask.text("code", 100)
    if not code:
        ask.errors.add("code", ask.say("Enter the code"))
        return render(ask, "code.html")
    if seconds := await entering.wait(ask, member, member.login, "code"):
        ask.errors.add("code", entering.too_many(ask, seconds))
        return render(ask, "code.html", 429)
    how = await right_code(ask, member, code)
    if not how:
        ask.errors.add("code", ask.say("This code is not right, or it was used before; wait for the next one"))
        return render(ask, "code.html")
    await entering.forgive(ask, member, "code")
    if how == "signed_in.recovery":
        left = await ask.read(lambda db: staff.recovery_left(db, member.id))
        ask.flash(ask.say("You used a recovery code. Codes left: {left}. Make new ones on your own page.", left=left))
    return await entering.enter(ask, member, how)


async def right_code(ask: Request, member: Member, code: str) -> str:
    """What the audit calls it when the code is right: "signed_in.code" or "signed_in.recovery"; else ""."""
    if step := passwords.step_of(member.totp, code, ask.now):
        used = await ask.write(lambda db: staff.use_totp(db.connection(), member.id, step), aside=True)
        return "signed_in.code" if used else ""
    used = await ask.write(lambda db: staff.use_recovery(db.connection(), member.id, code), aside=True)
    return "signed_in.recovery" if used else ""


@pages.post("/sign-out", SIGNED_IN, audit="signed_out")
async def sign_out(ask: Request) -> web.StreamResponse:
    """Ends this session."""
    session, user = ask.session, ask.user
    if session is not None:
        await ask.write(lambda db: sessions.end(db.connection(), user.id, session.hash))
    ask.cookies[guard.SESSION] = ""
    return ask.back_to("/sign-in", ask.say("You are signed out."))


@pages.get("/typed", SIGNED_IN, audit="account.typed")
async def show_typed(ask: Request) -> web.StreamResponse:
    """What was being typed when the session ended."""
    found = typed.kept(ask)
    if found is None:
        return ask.back_to("/")
    return typed.show(
        ask, found, ask.say("Your session had ended, so it was not sent. Look through it and send it again.")
    )


@pages.post("/typed/leave", SIGNED_IN, audit="typed.left")
async def leave_typed(ask: Request) -> web.StreamResponse:
    """It is not wanted any more."""
    await typed.done(ask)
    return ask.back_to("/")
