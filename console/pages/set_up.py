"""The first time: the one-time link, a password, the second factor, the recovery codes."""

from __future__ import annotations

import io

import segno
import sqlmodel
from aiohttp import web

from console import entering, passwords, typed
from console.page import PUBLIC, SIGNED_IN, Pages
from console.render import render
from console.request import Request
from storage import sessions, staff
from storage.staff import Member

pages = Pages()


async def _invited(ask: Request) -> Member | None:
    token = ask.http.match_info["token"]
    found = await ask.read(lambda db: staff.by_setup(db, ask.site.sealer, token, ask.now))
    return found if found and found.organisation in ask.site.profiles else None


@pages.get("/welcome/{token}", PUBLIC)
async def welcome(ask: Request) -> web.StreamResponse:
    """Where a one-time link leads: choose a password."""
    member = await _invited(ask)
    return render(ask, "welcome.html", 0 if member else 404, member=member, provider=ask.site.provider)


@pages.post("/welcome/{token}", PUBLIC)
async def choose(ask: Request) -> web.StreamResponse:
    """The password; the link is used up."""
    member = await _invited(ask)
    if member is None:
        return render(ask, "welcome.html", 404, member=None, provider=None)
    password = str(ask.form.get("new_password", ""))
    if problem := passwords.problem(password, member.login, member.name):
        ask.errors.add("new_password", ask.say(problem))
        return render(ask, "welcome.html", member=member, provider=ask.site.provider)
    hashed = await passwords.hashed(password)
    await ask.write(lambda db: staff.set_password(db.connection(), member.id, hashed))
    return await entering.half(ask, member)


@pages.get("/set-up", PUBLIC)
async def show(ask: Request) -> web.StreamResponse:
    """The second factor: a QR code for an authenticator app, or its secret to type."""
    session = entering.half_way(ask, "setup")
    if session is None:
        return ask.back_to("/sign-in")
    return render(ask, "set_up.html", secret=grouped(session.state["secret"]))


@pages.get("/set-up/qr.svg", PUBLIC)
async def qr(ask: Request) -> web.StreamResponse:
    """The QR code, for the page above only."""
    session = entering.half_way(ask, "setup")
    member = await entering.who(ask, session) if session else None
    if session is None or member is None:
        raise web.HTTPNotFound
    name = str(ask.site.profiles[member.organisation].name)
    out = io.BytesIO()
    made = segno.make(passwords.provisioning(session.state["secret"], member.login, name), error="m")
    made.save(out, kind="svg", scale=6, border=2, xmldecl=False, omitsize=True)
    return web.Response(body=out.getvalue(), content_type="image/svg+xml")


@pages.post("/set-up", PUBLIC)
async def take(ask: Request) -> web.StreamResponse:
    """The first code: the app has the secret."""
    session = entering.half_way(ask, "setup")
    member = await entering.who(ask, session) if session else None
    if session is None or member is None:
        return ask.back_to("/sign-in")
    secret = session.state["secret"]
    step = passwords.step_of(secret, ask.text("code", 100), ask.now)
    if not step:
        ask.errors.add("code", ask.say("This code is not right. Look at the app again; is the phone's clock right?"))
        return render(ask, "set_up.html", secret=grouped(secret))
    codes = staff.new_codes()

    def write(db: sqlmodel.Session) -> None:
        staff.set_totp(db.connection(), ask.site.sealer, member.id, secret, step)
        staff.set_recovery(db.connection(), member.organisation, member.id, codes)

    await ask.write(write)
    return await entering.enter(ask, member, "signed_in.first", {"codes": list(codes), **_next(session.state)})


def _next(state: dict[str, str]) -> dict[str, str]:
    return {"next": state["next"]} if "next" in state else {}


@pages.get("/recovery-codes", SIGNED_IN)
async def show_codes(ask: Request) -> web.StreamResponse:
    """New recovery codes, until somebody says that they have them."""
    codes = ask.session.state.get("codes") if ask.session else None
    return render(ask, "recovery_codes.html", codes=codes) if codes else ask.back_to("/")


@pages.post("/recovery-codes", SIGNED_IN, audit="recovery_codes.kept")
async def keep_codes(ask: Request) -> web.StreamResponse:
    """They are written down; they are never shown again."""
    session = ask.session
    assert session is not None, "somebody is signed in"
    state = {name: value for name, value in session.state.items() if name not in ("codes", "next")}
    await ask.write(lambda db: sessions.keep(db.connection(), ask.site.sealer, session.hash, state))
    return entering.on(ask, typed.kept(ask) is not None, str(session.state.get("next", "")))


def grouped(secret: str) -> str:
    """As it is easy to type."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
