"""Services: what came about each this year, and how many cases it held, which the reports set it against."""

from __future__ import annotations

from datetime import date

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from console.page import Pages
from console.render import render
from console.request import Request
from console.settingsview import today
from console.words import N_
from storage import cases_held

pages = Pages()
ORDER = 83
#: The most cases one service may hold.
MOST = 1_000_000


@pages.get(
    "/settings/services",
    "settings.view",
    menu=N_("Services and cases held"),
    hint=N_("What came about each service this year, and how many cases it held, for the reports."),
)
async def show(ask: Request) -> web.StreamResponse:
    """The services in one report year."""
    return await _show(ask, _year(ask, ask.query.get("year", "")), {})


@pages.post("/settings/services", "settings.change", audit="cases_held")
async def enter(ask: Request) -> web.StreamResponse:
    """The cases that each service held in a year."""
    year = _year(ask, ask.text("year", 20))
    given = {service: ask.text(f"held-{service}", 20) for service in ask.profile.services}
    numbers: dict[str, int | None] = {}
    for service, text in given.items():
        plain = text.replace(",", "").replace(" ", "")
        if plain and not (plain.isascii() and plain.isdecimal() and int(plain) <= MOST):
            ask.errors.add(f"held-{service}", ask.say("Write a whole number, or nothing"))
        else:
            numbers[service] = int(plain) if plain else None
    if ask.errors:
        return await _show(ask, year, given)
    organisation, by, now = ask.user.organisation, f"staff:{ask.user.id}", ask.now

    def write(db: sqlmodel.Session) -> None:
        cases_held.enter(db.connection(), organisation, year, numbers, by, now)

    ask.noted = f"year:{cases_held.named(year)}"
    await ask.write(write)
    return ask.back_to(f"/settings/services?year={year.isoformat()}", ask.say("Saved."))


def _year(ask: Request, asked: str) -> date:
    """The one that is asked for; this one for anything else."""
    known = cases_held.years(ask.profile, today(ask))
    return next((year for year in known if year.isoformat() == asked), known[0])


async def _show(ask: Request, year: date, given: dict[str, str]) -> web.Response:
    profile = ask.profile

    def look(db: Connection) -> tuple[dict[str, int], dict[str, cases_held.Came]]:
        return cases_held.held(db, profile, year), cases_held.came(db, profile.id, year)

    held, came = await ask.read(look)
    whole = sum(held.values())
    lines = [
        {
            "id": service.id,
            "name": service.name.said(ask.language),
            "team": service.team or service.area,
            "came": came.get(service.id, cases_held.Came()),
            "held": given.get(service.id, str(held.get(service.id, ""))),
            "share": _percent(held[service.id], whole) if service.id in held else "",
            "rate": _percent(came.get(service.id, cases_held.Came()).records, held.get(service.id, 0)),
        }
        for service in profile.services.values()
    ]
    return render(
        ask,
        "services.html",
        lines=lines,
        year=year,
        years=[(one.isoformat(), cases_held.named(one)) for one in cases_held.years(ask.profile, today(ask))],
        whole=whole,
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
