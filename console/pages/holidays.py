"""The organisation's own holidays: added, taken back, with what that moves seen first and afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import bank_holidays
from console.page import Pages
from console.render import render
from console.request import Request
from console.settingsview import read_day, today
from console.words import N_
from storage import own_holidays, staff
from storage.own_holidays import Own, Preview, Taken

pages = Pages()
ORDER = 85
#: How long what has moved is shown here.
LATELY = timedelta(days=60)
#: Lines of what would move, or has moved.
SHOWN = 50


@pages.get(
    "/settings/holidays",
    "settings.view",
    menu=N_("Holidays"),
    hint=N_("Days on which the organisation does not work, besides the bank holidays. Due days move with them."),
)
async def show(ask: Request) -> web.StreamResponse:
    """The days of its own, the bank holidays, and what moved lately."""
    return await _show(ask)


@pages.get("/settings/holidays/look", "settings.change")
async def look(ask: Request) -> web.StreamResponse:
    """What would move, before anything is saved."""
    own = _asked(ask, ask.query.get("day", ""), ask.query.get("works", ""), ask.query.get("name", ""))
    if own is None:
        return await _show(ask, dict(ask.query))
    return await _preview(ask, own.day, own.works, own)


@pages.post("/settings/holidays/add", "settings.change", audit="holiday.add")
async def add(ask: Request) -> web.StreamResponse:
    """A day of its own; every open clock is counted again within moments."""
    given = {name: ask.text(name, 200) for name in ("day", "works", "name")}
    own = _asked(ask, given["day"], given["works"], given["name"])
    if own is None:
        return await _show(ask, given)
    organisation, procedures = ask.user.organisation, ask.site.store.procedures
    procedures.calendar_of(organisation)  # the bank holidays of the years are worked out before the writer needs them

    def write(db: sqlmodel.Session) -> None:
        own_holidays.add(db.connection(), procedures, organisation, own)

    ask.noted = f"day:{own.day.isoformat()}"
    try:
        await ask.write(write)
    except Taken:
        ask.errors.add("day", ask.say("This day is in the list already"))
        return await _show(ask, given)
    return ask.back_to("/settings/holidays", ask.say("Saved. Open time limits are counted again now."))


@pages.get("/settings/holidays/{day}", "settings.change")
async def removing(ask: Request) -> web.StreamResponse:
    """What would move when a day is taken back."""
    own = await _own(ask)
    return await _preview(ask, own.day, None, own)


@pages.post("/settings/holidays/{day}/remove", "settings.change", audit="holiday.remove")
async def remove(ask: Request) -> web.StreamResponse:
    """Take a day back; every open clock is counted again within moments."""
    own, now = await _own(ask), ask.now
    organisation, procedures = ask.user.organisation, ask.site.store.procedures
    procedures.calendar_of(organisation)
    ask.noted = f"day:{own.day.isoformat()}"
    await ask.write(lambda db: own_holidays.remove(db.connection(), procedures, organisation, own.day, now))
    return ask.back_to("/settings/holidays", ask.say("Taken back. Open time limits are counted again now."))


# Parts ------------------------------------------------------------------------------------------


def _asked(ask: Request, day: str, works: str, name: str) -> Own | None:
    """The day that a form asks for; None, with what is wrong in ``ask.errors``."""
    now = today(ask)
    first, last = date(now.year - 1, 1, 1), date(now.year + 5, 12, 31)
    if not day.strip():
        ask.errors.add("day", ask.say("Choose a day"))
    found = read_day(ask, "day", day.strip(), first=first, last=last)
    if not (name := " ".join(name.split())[:200]):
        ask.errors.add("name", ask.say("Write what the day is, as it may be told: “Council closed”"))
    elif len(name) > 80:
        ask.errors.add("name", ask.say("Shorten this to {most} characters; it has {count}", most=80, count=len(name)))
    if works not in ("no", "yes"):
        ask.errors.add("works", ask.say("Choose one"))
    if found is None or ask.errors:
        return None
    profile = ask.profile
    if found in ask.site.store.procedures.own_days(ask.user.organisation):
        ask.errors.add("day", ask.say("This day is in the list already"))
    elif found.weekday() >= 5:
        ask.errors.add("day", ask.say("Saturdays and Sundays never count; choose Monday to Friday"))
    elif works == "no" and not profile.calendar.works(found):
        ask.errors.add("day", ask.say("Nobody works on this day already; it is a holiday"))
    elif works == "yes" and profile.calendar.works(found):
        ask.errors.add("day", ask.say("This is a working day already"))
    if ask.errors:
        return None
    return Own(found, works == "yes", name, f"staff:{ask.user.id}", ask.now)


async def _own(ask: Request) -> Own:
    """The day of the path; 404 when it is not one of the organisation's own."""
    found = await ask.read(lambda db: own_holidays.every(db, ask.user.organisation))
    own = next((one for one in found if one.day.isoformat() == ask.http.match_info["day"]), None)
    if own is None:
        raise web.HTTPNotFound
    return own


async def _preview(ask: Request, day: date, works: bool | None, own: Own) -> web.Response:
    store, organisation = ask.site.store, ask.user.organisation
    found: Preview = await ask.read(
        lambda db: own_holidays.preview(db, store.vault, store.procedures, organisation, day, works)
    )
    spoken = ask.codes
    counted = Counter((spoken.clock(one.clock, one.name), one.before, one.after) for _, one in found.moves)
    lines = sorted(counted.items(), key=lambda line: (str(line[0][1]), line[0][0]))
    return render(
        ask,
        "holiday.html",
        own=own,
        removing=works is None,
        moves=len(found.moves),
        records=len({number for number, _ in found.moves}),
        lines=lines[:SHOWN],
        more=max(0, len(lines) - SHOWN),
        unseen=found.unseen,
    )


async def _show(ask: Request, given: dict[str, Any] | None = None) -> web.Response:
    organisation, now = ask.user.organisation, ask.now

    def look(db: Connection) -> dict[str, Any]:
        names = {f"staff:{one.id}": one.name for one in staff.everyone(db, ask.site.sealer, (organisation,))}
        return {
            "names": names,
            "days": own_holidays.every(db, organisation),
            "moved": own_holidays.moved_lately(db, organisation, now - LATELY, SHOWN),
            "counting": own_holidays.counting(db, organisation),
        }

    known = await ask.read(look)
    spoken, profile, day = ask.codes, ask.profile, today(ask)
    own = {one.day for one in known["days"]}
    plain = ask.site.profiles[organisation]
    bank = sorted(
        {one for year in (day.year, day.year + 1) for one in bank_holidays(profile.nation, year)}
        - own
        - {*plain.not_holidays}
        | {*plain.extra_holidays}
    )
    return render(
        ask,
        "holidays.html",
        given=given or {},
        days=known["days"],
        names=known["names"],
        moved=[(spoken.clock(clock, name), *rest) for clock, name, *rest in known["moved"]],
        counting=known["counting"],
        bank=[one for one in bank if one >= day and one.weekday() < 5],
    )
