"""Signing in, step by step: who is slowed down, the session of each step, and being in."""

from __future__ import annotations

from typing import Any

import sqlmodel
from aiohttp import web

from console import guard, typed
from console.passwords import new_secret
from console.request import Request
from console.site import PREFIX
from storage import audit, sessions, staff
from storage.sessions import Session
from storage.staff import Member

#: Failures of one account from one place, and of one place with any account, before there is a wait.
FREE, FREE_OF_PLACE = 5, 40
#: Where somebody tries who is signed in already.
INSIDE = "inside"


async def oneself(ask: Request) -> Member:
    """The account of whoever is signed in."""
    number = ask.user.id
    found = await ask.read(lambda db: staff.member(db, ask.site.sealer, number))
    assert found is not None, "whoever is signed in is a member"
    return found


async def wait(ask: Request, member: Member | None, login: str, step: str) -> int:
    """Count a try before it is made; seconds to wait when it may not be made now.

    Failures count against the account **from this place**, so nobody can lock somebody else out; on a browser
    where the member has signed in before they count against that browser alone. A wrong code can only come from
    somebody who has the password: it counts against the account, from anywhere but a known browser.
    """
    site, now = ask.site, ask.now
    device, place = guard.cookie(ask.http, site, guard.DEVICE), guard.source(ask.http, site)

    def count(db: sqlmodel.Session) -> int:
        connection = db.connection()
        here = ask.signed_in is not None
        known = here or (member is not None and sessions.knows(connection, member.id, device))
        account = str(member.id) if member else staff.spelt(login)
        where = INSIDE if here else device if known else "" if step == "code" else place
        counted = [(site.sealer.hashed("try", step, account, where), FREE)]
        if not known:
            counted.append((site.sealer.hashed("try from", place), FREE_OF_PLACE))
        waits = [guard.wait(*sessions.failures(connection, key, now), now, free) for key, free in counted]
        if not any(waits):
            sessions.failed(connection, [key for key, _ in counted], now)
        return max(waits)

    return await ask.write(count, aside=True)


async def forgive(ask: Request, member: Member, step: str) -> None:
    """The try was right after all."""
    site = ask.site
    device, place = guard.cookie(ask.http, site, guard.DEVICE), guard.source(ask.http, site)

    def clear(db: sqlmodel.Session) -> None:
        connection = db.connection()
        for where in (device, "", place, INSIDE):
            sessions.forgive(connection, site.sealer.hashed("try", step, str(member.id), where))
        if ask.signed_in is None:
            sessions.forgive_last(connection, site.sealer.hashed("try from", place))

    await ask.write(clear, aside=True)


def too_many(ask: Request, seconds: int) -> str:
    """What is said to somebody who has to wait."""
    if seconds < 120:
        return ask.say("Too many tries. Wait {seconds} seconds, then try again", seconds=seconds)
    return ask.say("Too many tries. Wait {minutes} minutes, then try again", minutes=-(-seconds // 60))


async def half(ask: Request, member: Member) -> web.Response:
    """The password was right: on to the code, or to setting the second factor up."""
    step = "code" if member.totp else "setup"
    state: dict[str, Any] = {**carried(ask)}
    if step == "setup":
        state["secret"] = new_secret()
    await begin(ask, step, member, state)
    return ask.back_to("/code" if step == "code" else "/set-up")


async def begin(ask: Request, step: str, member: Member | None, state: dict[str, Any], *, proved: bool = True) -> None:
    """A session for the next step, in place of the one there was; the browser gets its token with the answer.

    ``proved``: whether the second factor was given just now.
    """
    old = ask.session.hash if ask.session else None
    seen = guard.agent(ask.http)

    def write(db: sqlmodel.Session) -> str:
        sessions.sweep(db.connection(), ask.now)
        return sessions.begin(
            db.connection(),
            ask.site.sealer,
            step=step,
            at=ask.now,
            organisation=member.organisation if member else "",
            staff=member.id if member else None,
            agent=seen,
            state=state,
            instead_of=old,
            proved=proved,
        )

    ask.cookies[guard.SESSION] = await ask.write(write)


async def enter(
    ask: Request, member: Member, how: str, state: dict[str, Any] | None = None, *, proved: bool = True
) -> web.Response:
    """They are in: a new session, this browser is known from now on, and back to what they were doing.

    ``how``: what the audit says ("signed_in.code"). ``state``: besides what is carried. ``proved`` as in ``begin``.
    """
    kept = ask.session.state if ask.session else {}
    device = guard.cookie(ask.http, ask.site, guard.DEVICE) or guard.new_secret()
    mine = {**(state or {})}
    if (found := kept.get("typed")) and found.get("who") == typed.typist(ask.site, member.id):
        mine["typed"] = found
    await begin(ask, "in", member, mine, proved=proved)

    def write(db: sqlmodel.Session) -> None:
        sessions.know(db.connection(), member.organisation, member.id, device, ask.now)
        audit.note(db.connection(), member.organisation, member.id, how, "", ask.now)

    await ask.write(write)
    ask.cookies[guard.DEVICE] = device
    if "codes" in mine:
        return ask.back_to("/recovery-codes")
    return on(ask, "typed" in mine, str(kept.get("next", "")))


def on(ask: Request, typed_before: bool, where: str) -> web.Response:
    """Where somebody goes who has just come in."""
    path = "/typed" if typed_before else inside(where) or "/"
    return ask.back_to(path)


def carried(ask: Request) -> dict[str, Any]:
    """What goes through signing in: what was being typed, and the page that was asked for."""
    found: dict[str, Any] = {}
    if (kept := typed.unseal(ask.site, str(ask.form.get("typed", "")))) is not None:
        found["typed"] = kept
    if where := inside(str(ask.form.get("next", ""))):
        found["next"] = PREFIX + where
    return found


def inside(address: str) -> str:
    """The path under /staff of an address of the console; "" for any other: nobody is sent elsewhere."""
    if not address.startswith(f"{PREFIX}/") or "\\" in address or any(ord(char) < 32 for char in address):
        return ""
    return address.removeprefix(PREFIX)


def half_way(ask: Request, step: str) -> Session | None:
    """The session of somebody who is at this step."""
    return ask.session if ask.session and ask.session.step == step else None


async def who(ask: Request, session: Session) -> Member | None:
    """The member whose session this is, unless they have been disabled."""
    number = session.staff
    found = await ask.read(lambda db: staff.member(db, ask.site.sealer, number)) if number is not None else None
    return found if found and not found.disabled and found.organisation in ask.site.profiles else None
