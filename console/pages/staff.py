"""Staff: who they are, what they may do, how they get in. Nothing here shows a record."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import PERMISSIONS, REACHES, ROLES
from console.settingsview import outside, read_number
from console.words import N_
from storage import sessions, staff, words
from storage.staff import LastAdministrator, Member, Taken

pages = Pages()
ORDER = 81
NAME = 100


@pages.get(
    "/settings/staff",
    "staff.manage",
    audit="staff.list",
    menu=N_("Staff"),
    hint=N_("Add somebody, change their roles and services, reset their sign-in."),
)
async def everyone(ask: Request) -> web.StreamResponse:
    """The staff of the organisation."""
    found = await ask.read(lambda db: staff.everyone(db, ask.site.sealer, (ask.user.organisation,)))
    shown = [(one, roles_of(ask, one), services_of(ask, one), way_in(ask, one)) for one in found]
    return render(
        ask,
        "staff.html",
        active=[line for line in shown if not line[0].disabled],
        gone=[line for line in shown if line[0].disabled],
    )


# Adding -----------------------------------------------------------------------------------------


@pages.get("/settings/staff/add", "staff.manage")
async def adding(ask: Request) -> web.StreamResponse:
    """The form for somebody new."""
    return _adding(ask, {})


@pages.post("/settings/staff/add", "staff.manage", audit="staff.add", fresh=True)
async def add(ask: Request) -> web.StreamResponse:
    """Somebody new, and their one-time link, which is shown this once."""
    given = _given(ask)
    login = given["login"] = ask.text("login", 200)
    if problem := staff.login_problem(login):
        ask.errors.add("login", ask.say(problem))
    if ask.errors:
        return _adding(ask, given)
    organisation, now = ask.user.organisation, ask.now

    def write(db: sqlmodel.Session) -> str:
        connection = db.connection()
        number, token = staff.add(
            connection, ask.site.sealer, organisation, login, given["name"], given["roles"], given["services"], at=now
        )
        ask.noted = f"staff:{number}"
        return token

    try:
        token = await ask.write(write)
    except Taken:
        ask.errors.add("login", ask.say("Somebody has this login already; choose another one."))
        return _adding(ask, given)
    return _link(ask, given["name"], token, now)


def _adding(ask: Request, given: dict[str, Any]) -> web.Response:
    return render(ask, "staff_add.html", given=given, **_choices(ask))


# One of them ------------------------------------------------------------------------------------


@pages.get("/settings/staff/{member}", "staff.manage", audit="staff.seen")
async def show(ask: Request) -> web.StreamResponse:
    """What somebody may do and where they are signed in."""
    return await _show(ask, await _member(ask))


@pages.post("/settings/staff/{member}", "staff.manage", audit="staff.role", fresh=True)
async def change(ask: Request) -> web.StreamResponse:
    """Another name, other roles, other services."""
    member = await _member(ask)
    given = _given(ask)
    if member.id == ask.user.id and set(given["roles"]) != member.roles:
        ask.errors.add("roles", ask.say("Nobody changes their own roles: ask another administrator"))
    elif member.id == ask.user.id and set(given["services"]) != set(member.services):  # they say how far a role reaches
        ask.errors.add("services", ask.say("Nobody changes their own roles: ask another administrator"))
    if ask.text("before", 100) != state_of(member):
        ask.errors.add("name", ask.say("Somebody has changed this meanwhile. Look at it again, then save."))
    if ask.errors:
        return await _show(ask, member, given)

    def write(db: sqlmodel.Session) -> None:
        connection = db.connection()
        staff.change(
            connection,
            ask.site.sealer,
            member.id,
            name=given["name"],
            roles=given["roles"],
            services=given["services"],
        )
        if set(given["roles"]) != set(member.roles) or set(given["services"]) != set(member.services):
            sessions.end(connection, member.id)  # what is open was opened under the old ones
        _leave_one(connection, member, "administrator" not in given["roles"])

    return await _done(ask, member, write, ask.say("Saved."), given)


@pages.post("/settings/staff/{member}/called", "staff.manage", audit="staff.called", fresh=True)
async def called(ask: Request) -> web.StreamResponse:
    """Another name by which people know somebody."""
    member, name = await _member(ask), ask.text("called", NAME)
    if not words.words(name):
        ask.errors.add("called", ask.say("Write the name that people use"))
        return await _show(ask, member)

    def write(db: sqlmodel.Session) -> None:
        staff.call(db.connection(), ask.site.sealer, member, name)

    said = ask.say("What names {name} like this is kept from them.", name=member.name)
    return await _done(ask, member, write, said)


@pages.post("/settings/staff/{member}/disable", "staff.manage", audit="staff.disable", fresh=True)
async def disable(ask: Request) -> web.StreamResponse:
    """Shut somebody out, at once and everywhere."""
    member = await _member(ask)

    def write(db: sqlmodel.Session) -> None:
        staff.change(db.connection(), ask.site.sealer, member.id, disabled=True)
        _leave_one(db.connection(), member, True)

    if member.id == ask.user.id:
        ask.errors.add("disable", ask.say("Nobody shuts themselves out: ask another administrator"))
        return await _show(ask, member)
    return await _done(ask, member, write, ask.say("{name} is signed out and cannot sign in.", name=member.name))


@pages.post("/settings/staff/{member}/enable", "staff.manage", audit="staff.enable", fresh=True)
async def enable(ask: Request) -> web.StreamResponse:
    """Let somebody in again, with what they signed in with before."""
    member = await _member(ask)

    def write(db: sqlmodel.Session) -> None:
        staff.change(db.connection(), ask.site.sealer, member.id, disabled=False)

    return await _done(ask, member, write, ask.say("{name} can sign in again.", name=member.name))


@pages.post("/settings/staff/{member}/sessions", "staff.manage", audit="staff.sessions")
async def end_sessions(ask: Request) -> web.StreamResponse:
    """Sign somebody out everywhere (oneself everywhere else)."""
    member = await _member(ask)
    here = ask.session.hash if ask.session and member.id == ask.user.id else None

    def write(db: sqlmodel.Session) -> None:
        sessions.end(db.connection(), member.id, but=here)

    return await _done(ask, member, write, ask.say("{name} is signed out everywhere.", name=member.name))


@pages.post("/settings/staff/{member}/reset", "staff.manage", audit="staff.reset", fresh=True)
async def reset(ask: Request) -> web.StreamResponse:
    """Forget a lost phone or password: a new one-time link, shown this once."""
    member, now = await _member(ask), ask.now
    if member.id == ask.user.id:
        ask.errors.add("reset", ask.say("Nobody resets their own sign-in here: ask another administrator"))
        return await _show(ask, member)
    if member.disabled:
        ask.errors.add("reset", ask.say("{name} cannot sign in: let them in again first", name=member.name))
        return await _show(ask, member)

    def write(db: sqlmodel.Session) -> str:
        token = staff.reset(db.connection(), member.id, now)
        _leave_one(db.connection(), member, True)
        return token

    try:
        token = await ask.write(write)
    except LastAdministrator:
        ask.errors.add("reset", last(ask))
        return await _show(ask, member)
    return _link(ask, member.name, token, now)


def _leave_one(db: Connection, member: Member, losing: bool) -> None:
    """Raises LastAdministrator when ``member`` was the last of them."""
    if losing and "administrator" in member.roles and not member.disabled:
        staff.keep_administrator(db, member.organisation)


def last(ask: Request) -> str:
    """Why the last administrator stays one."""
    return ask.say("This is the last administrator who can sign in: make somebody else one first")


async def _done(
    ask: Request, member: Member, write: Any, said: str, given: dict[str, Any] | None = None
) -> web.StreamResponse:
    try:
        await ask.write(write)
    except LastAdministrator:
        ask.errors.add("roles" if given else "disable", last(ask))
        return await _show(ask, member, given)
    return ask.back_to(f"/settings/staff/{member.id}", said)


async def _member(ask: Request) -> Member:
    """Whom the path names, of this organisation; 404 for anybody else."""
    number = read_number(ask.http.match_info["member"])
    if number is None:
        raise web.HTTPNotFound
    found = await ask.read(lambda db: staff.member(db, ask.site.sealer, number))
    if found is None or found.organisation != ask.user.organisation:
        raise web.HTTPNotFound
    ask.noted = f"staff:{found.id}"
    return found


async def _show(ask: Request, member: Member, given: dict[str, Any] | None = None) -> web.Response:
    now = ask.now
    where = await ask.read(lambda db: sessions.of(db, ask.site.sealer, member.id, now))
    kept = {"name": member.name, "roles": tuple(member.roles), "services": tuple(member.services)}
    return render(
        ask,
        "staff_member.html",
        member=member,
        given=given or kept,
        before=state_of(member),
        way=way_in(ask, member),
        sessions=where,
        oneself=member.id == ask.user.id,
        **_choices(ask),
    )


# Words ------------------------------------------------------------------------------------------


def _given(ask: Request) -> dict[str, Any]:
    """The form of a member of staff as it was sent, with what is wrong in it."""
    name = ask.text("name", NAME)
    given = {
        "name": name,
        "roles": ask.chosen("roles", ROLES),
        "services": ask.chosen("services", ask.profile.services),
    }
    if not name:
        ask.errors.add("name", ask.say("Write their name"))
    if not given["roles"]:
        ask.errors.add("roles", ask.say("Choose at least one role"))
    if "manager" in given["roles"] and not given["services"]:
        ask.errors.add("services", ask.say("A team manager sees the records of their own services: choose which"))
    return given


def _choices(ask: Request) -> dict[str, Any]:
    return {
        "all_roles": [(code, ask.say(role.name)) for code, role in ROLES.items()],
        "explained": [
            (ask.say(role.name), ask.say(REACHES[role.reach]), [ask.say(PERMISSIONS[one]) for one in sorted(role.may)])
            for role in ROLES.values()
        ],
        "all_services": [(code, one.name.said(ask.language)) for code, one in ask.profile.services.items()],
    }


def roles_of(ask: Request, member: Member) -> str:
    """Their roles in words."""
    return ", ".join(ask.say(role.name) for code, role in ROLES.items() if code in member.roles)


def services_of(ask: Request, member: Member) -> str:
    """Their services in words."""
    known = ask.profile.services
    return ", ".join(known[one].name.said(ask.language) for one in sorted(member.services) if one in known)


def way_in(ask: Request, member: Member) -> tuple[str, str]:
    """How somebody signs in: (words, colour of a tag)."""
    if member.disabled:
        return ask.say("cannot sign in"), "grey"
    if member.waiting is not None:
        open_ = member.waiting > ask.now
        return (ask.say("has a link, not used yet"), "amber") if open_ else (ask.say("link has run out"), "red")
    if member.totp:
        return ask.say("password and phone"), "green"
    if member.provider:
        return ask.say("through {name}", name=ask.site.provider.name if ask.site.provider else "OpenID"), "green"
    return ask.say("no second factor yet"), "amber"


def state_of(member: Member) -> str:
    """Changes when the form of somebody would show something else."""
    parts = (member.name, sorted(member.roles), sorted(member.services))
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _link(ask: Request, name: str, token: str, now: datetime) -> web.Response:
    address = f"{outside(ask)}{ask.address(f'/welcome/{token}')}"
    return render(ask, "staff_link.html", name=name, link=address, until=(now + staff.SETUP).date())
