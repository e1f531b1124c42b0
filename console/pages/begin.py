"""The first administrator of a new deployment: whoever sees the terminal that it was started in."""

from __future__ import annotations

from secrets import compare_digest

import sqlmodel
from aiohttp import web

from console import entering, passwords
from console.page import PUBLIC, Pages
from console.render import render
from console.request import Request
from console.roles import ROLES
from storage import audit, staff
from storage.staff import Member

pages = Pages()


async def _open(ask: Request) -> None:
    """Raises 404 unless the code is right and there are no staff yet."""
    code, given = ask.site.first, ask.query.get("code", "")
    if not code or not compare_digest(given.encode("utf-8", "replace"), code.encode()):
        raise web.HTTPNotFound
    if await ask.read(staff.count):
        raise web.HTTPNotFound


def _page(ask: Request) -> web.Response:
    return render(
        ask,
        "begin.html",
        code=ask.site.first,
        organisations=[(name, str(profile.name)) for name, profile in ask.site.profiles.items()],
        chosen=ask.form.getall("roles", ["administrator"]),
    )


@pages.get("/begin", PUBLIC)
async def show(ask: Request) -> web.StreamResponse:
    """Who they are."""
    await _open(ask)
    return _page(ask)


@pages.post("/begin", PUBLIC)
async def take(ask: Request) -> web.StreamResponse:
    """The first member of staff, and on to the second factor."""
    await _open(ask)
    login, name, organisation = ask.text("login", 100), ask.text("name", 100), ask.text("organisation", 100)
    password = str(ask.form.get("new_password", ""))
    roles = {"administrator", *ask.chosen("roles", ROLES)}
    if not name:
        ask.errors.add("name", ask.say("Enter your name"))
    if organisation not in ask.site.profiles:
        ask.errors.add("organisation", ask.say("Choose your organisation"))
    if staff.login_problem(login):
        ask.errors.add("login", ask.say("Choose a login of 3 characters or more, without spaces"))
    if problem := passwords.problem(password, login, name):
        ask.errors.add("new_password", ask.say(problem))
    if ask.errors:
        return _page(ask)
    hashed = await passwords.hashed(password)

    def write(db: sqlmodel.Session) -> Member | None:
        connection = db.connection()
        if staff.count(connection):
            return None
        services = ask.site.profiles[organisation].services if "manager" in roles else ()
        number, _ = staff.add(connection, ask.site.sealer, organisation, login, name, roles, services, at=ask.now)
        staff.set_password(connection, number, hashed)
        staff.change(connection, ask.site.sealer, number, language=ask.language)
        audit.note(connection, organisation, number, "staff.first", "", ask.now)
        return staff.member(connection, ask.site.sealer, number)

    member = await ask.write(write)
    if member is None:
        raise web.HTTPNotFound
    return await entering.half(ask, member)
