"""The ways staff are told of a sign of danger, and the rota: who is on duty when, and where nobody is."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from casework.alerting import TIERS, Telling, Turn, holes, needed
from casework.calendar import LONDON, midnight
from console import alertsview
from console.alarms import wording
from console.page import Pages
from console.render import render
from console.request import Request
from console.settingsview import read_day, read_number, today
from console.words import N_
from storage import alert_ways, alerting, staff

pages = Pages()
ORDER = 86
#: Days of the rota that are shown, and weeks for which a turn can be repeated.
DAYS, WEEKS = 14, 52
#: Characters of a label, an address, a list of names.
LABEL, ADDRESS, NAMES = 80, 2000, 2000


@pages.get(
    "/settings/alerts",
    "settings.view",
    audit="alerts.ways",
    menu=N_("Alerts"),
    hint=N_("Who is told of a sign of danger, over which ways; and whether the ways work."),
)
async def ways(ask: Request) -> web.StreamResponse:
    """The ways there are, and the form for another."""
    return await _ways(ask, {})


@pages.post("/settings/alerts", "settings.change", audit="alerts.add", fresh=True)
async def add(ask: Request) -> web.StreamResponse:
    """A way more; its address is sealed and never shown again."""
    given: dict[str, Any] = {
        "label": ask.text("label", LABEL),
        "address": ask.text("address", ADDRESS),
        "names": ask.text("names", NAMES),
        "tier": next(iter(ask.chosen("tier", TIERS)), ""),
        "staff": str(ask.form.get("staff", "")),
        "services": ask.chosen("services", ask.profile.services),
    }
    people = {str(one.id): one for one in await ask.read(lambda db: _people(ask, db))}
    kind = ask.site.kind
    if not given["tier"]:
        ask.errors.add("tier", ask.say("Choose when it is used"))
    if not given["label"]:
        ask.errors.add("label", ask.say("Write what colleagues call it, such as “Duty phone”"))
    if not given["address"]:
        ask.errors.add("address", ask.say("Write the address"))
    elif kind is not None and not kind(given["address"]):
        ask.errors.add("address", ask.say("No such address is known. It begins with its kind, as in mailtos://…"))
    elif ask.site.inside is not None and await asyncio.to_thread(ask.site.inside, given["address"]):
        said = ask.say("This leads to a file or into the network of Hearback itself. Ask whoever runs it to allow it.")
        ask.errors.add("address", said)
    if given["staff"] and given["staff"] not in people:
        ask.errors.add("staff", ask.say("Choose somebody of the list"))
    if ask.errors:
        return await _ways(ask, given)
    organisation, by, now = ask.user.organisation, f"staff:{ask.user.id}", ask.now

    def write(db: sqlmodel.Session) -> None:
        way = alert_ways.add(
            db.connection(), ask.site.sealer, organisation, given["tier"], given["label"], given["address"],
            staff=int(given["staff"]) if given["staff"] else None,
            names=[line.strip() for line in given["names"].splitlines() if line.strip()],
            services=given["services"], by=by, at=now,
        )  # fmt: skip
        ask.noted = f"way:{way}"

    await ask.write(write)
    return ask.back_to("/settings/alerts", ask.say("Added. Send a test over it now, so that you know it arrives."))


@pages.post("/settings/alerts/{way}/test", "settings.change", audit="alerts.test")
async def test(ask: Request) -> web.StreamResponse:
    """A marked test, sent now; what became of it is shown and kept. Who sent it is written down before it leaves."""
    one, now = await _way(ask), ask.now
    await ask.begin()
    title, body = wording(ask.profile, Telling({}, test=True))
    send = ask.site.alarm
    code = await asyncio.to_thread(send, one.address, title, body) if send else "off"
    await ask.write(lambda db: alert_ways.mark(db.connection(), one.id, code, now))
    if code:
        why = alertsview.error(ask.say, code)
        return ask.back_to(
            "/settings/alerts", ask.say("The test over “{way}” failed: {why}", way=one.label, why=why), "warning"
        )
    return ask.back_to(
        "/settings/alerts", ask.say("The test over “{way}” was taken. See that it arrived.", way=one.label)
    )


@pages.post("/settings/alerts/{way}/retire", "settings.change", audit="alerts.retire")
async def retire(ask: Request) -> web.StreamResponse:
    """A way is not used any more."""
    one, organisation, now = await _way(ask), ask.user.organisation, ask.now
    if alertsview.from_settings(one):
        raise web.HTTPNotFound
    await ask.write(lambda db: alert_ways.retire(db.connection(), organisation, one.id, now))
    return ask.back_to("/settings/alerts", ask.say("“{way}” is not used any more.", way=one.label))


async def _way(ask: Request) -> alert_ways.Route:
    """The way of the path. Raises 404."""
    number, organisation = read_number(ask.http.match_info["way"]), ask.user.organisation
    if number is None:
        raise web.HTTPNotFound
    found = await ask.read(lambda db: alert_ways.route(db, ask.site.sealer, organisation, number))
    if found is None or found.gone:
        raise web.HTTPNotFound
    ask.noted = f"way:{found.id}"
    return found


def _people(ask: Request, db: Connection) -> list[staff.Member]:
    everybody = staff.everyone(db, ask.site.sealer, (ask.user.organisation,))
    return [one for one in everybody if not one.disabled]


async def _ways(ask: Request, given: dict[str, Any]) -> web.StreamResponse:
    organisation = ask.user.organisation

    def look(db: Connection) -> tuple[tuple[alert_ways.Route, ...], list[staff.Member]]:
        return alert_ways.routes(db, ask.site.sealer, organisation), _people(ask, db)

    found, people = await ask.read(look)
    known = {one.id: one for one in people}
    codes = ask.codes
    lines = [
        {
            "id": one.id,
            "tier": ask.say(alertsview.TIERS[one.tier][0]),
            "label": one.label,
            "address": alertsview.masked(one),
            "whose": alertsview.whose(ask.say, one, known),
            "about": [*one.names, *(codes.service(service) for service in one.services)],
            "worked": one.worked_at,
            "failed": one.failed_at if one.broken else None,
            "why": alertsview.error(ask.say, one.error),
            "fixed": alertsview.from_settings(one),
        }
        for one in found
    ]
    return render(
        ask,
        "alert_ways.html",
        lines=lines,
        given=given,
        missing=[
            ask.say(alertsview.TIERS[tier][0]) for tier in ("duty", "hours") if all(o.tier != tier for o in found)
        ],
        tiers=[(tier, f"{ask.say(name)}: {ask.say(when)}") for tier, (name, when) in alertsview.TIERS.items()],
        people=[(one.id, one.name) for one in people],
        services=[(one, codes.service(one)) for one in ask.profile.services],
        duty=ask.profile.duty,
        change=ask.may("settings.change"),
    )


# The rota ---------------------------------------------------------------------------------------


@pages.get(
    "/settings/rota",
    "settings.view",
    audit="rota.seen",
    menu=N_("Rota"),
    hint=N_("Who is on duty when, and where nobody is in the next fourteen days."),
)
async def rota(ask: Request) -> web.StreamResponse:
    """Who is on duty in the next days."""
    return await _rota(ask, {})


@pages.post("/settings/rota", "settings.change", audit="rota.add")
async def put_on(ask: Request) -> web.StreamResponse:
    """Somebody is on duty from a time to a time, once or every week."""
    given = {name: ask.text(name, 20) for name in ("staff", "from_day", "from_time", "to_day", "to_time", "weeks")}
    given["tier"] = next(iter(ask.chosen("tier", TIERS)), "")
    people = {str(one.id) for one in await ask.read(lambda db: _people(ask, db))}
    if given["staff"] not in people:
        ask.errors.add("staff", ask.say("Choose who is on duty"))
    if not given["tier"]:
        ask.errors.add("tier", ask.say("Choose when it is used"))
    begins, ends = _moment(ask, given, "from"), _moment(ask, given, "to")
    weeks = int(given["weeks"]) if given["weeks"].isdecimal() and len(given["weeks"]) < 4 else 1
    if not 1 <= weeks <= WEEKS or (given["weeks"] and not given["weeks"].isdecimal()):
        ask.errors.add("weeks", ask.say("Write a number from 1 to {most}", most=WEEKS))
    if begins and ends and ends <= begins:
        ask.errors.add("to_day", ask.say("It ends after it begins"))
    elif begins and ends and ends - begins > timedelta(days=31):
        ask.errors.add("to_day", ask.say("Write at most 31 days at a time"))
    if ask.errors or begins is None or ends is None:
        return await _rota(ask, given)
    organisation, by, now = ask.user.organisation, f"staff:{ask.user.id}", ask.now
    who, tier = int(given["staff"]), given["tier"]
    turns = [Turn(who, tier, begins + timedelta(weeks=week), ends + timedelta(weeks=week)) for week in range(weeks)]
    ask.noted = f"staff:{who}"
    await ask.write(lambda db: alert_ways.put_on(db.connection(), organisation, turns, by, now))
    return ask.back_to("/settings/rota", ask.say("The rota is saved."))


@pages.post("/settings/rota/{turn}/remove", "settings.change", audit="rota.remove")
async def take_off(ask: Request) -> web.StreamResponse:
    """Somebody is not on duty after all."""
    number, organisation = read_number(ask.http.match_info["turn"]), ask.user.organisation

    def write(db: sqlmodel.Session) -> None:
        who = None if number is None else alert_ways.take_off(db.connection(), organisation, number)
        if who is None:
            raise web.HTTPNotFound
        ask.noted = f"staff:{who}"

    await ask.write(write)
    return ask.back_to("/settings/rota", ask.say("Taken off the rota."))


def _moment(ask: Request, given: dict[str, str], name: str) -> datetime | None:
    """A day and a time of London; an error of the field where it is none."""
    now = today(ask)
    first, last = date(now.year - 1, 1, 1), date(now.year + 5, 12, 31)
    day = read_day(ask, f"{name}_day", given[f"{name}_day"], first=first, last=last)
    if not given[f"{name}_day"]:
        ask.errors.add(f"{name}_day", ask.say("Write a day, as 2027-03-31"))
    try:
        at = time.fromisoformat(given[f"{name}_time"])
    except ValueError:
        ask.errors.add(f"{name}_time", ask.say("Write a time, as 09:00"))
        return None
    return datetime.combine(day, at.replace(tzinfo=None), LONDON) if day else None


async def _rota(ask: Request, given: dict[str, str]) -> web.StreamResponse:
    organisation, profile, sealer = ask.user.organisation, ask.profile, ask.site.sealer
    start = midnight(today(ask))
    end = start + timedelta(days=DAYS)

    def look(db: Connection) -> dict[str, Any]:
        found = alert_ways.routes(db, sealer, organisation)
        return {
            "desk": alerting.desk(db, profile, found, ask.now),
            "shifts": alert_ways.shifts(db, organisation, start, end),
            "people": _people(ask, db),
            "everybody": {one.id: one.name for one in staff.everyone(db, sealer, (organisation,))},
            "reached": {way.staff for way in found if way.staff is not None},
        }

    known = await ask.read(look)
    now = ask.now.astimezone(LONDON)
    sections = []
    for tier, (name, when) in alertsview.TIERS.items():
        mine = [one for one in known["shifts"] if one.turn.tier == tier]
        spans = needed(known["desk"], tier, now, DAYS) if tier != "wider" and mine else []
        lines = [
            {
                "id": one.id, "from": one.turn.begins, "to": one.turn.ends,
                "who": known["everybody"].get(one.turn.staff, "?"), "hole": False,
                "unreached": one.turn.staff not in known["reached"], "now": one.turn.begins <= now < one.turn.ends,
            }
            for one in mine
        ]  # fmt: skip
        lines += [
            {
                "id": 0, "from": first, "to": last, "who": "", "hole": True, "unreached": False,
                "now": first <= now < last,
            }
            for first, last in holes([one.turn for one in mine], spans)
        ]  # fmt: skip
        lines.sort(key=lambda line: line["from"])
        gaps = sum(1 for line in lines if line["hole"])
        sections.append({"tier": tier, "name": ask.say(name), "when": ask.say(when), "lines": lines, "holes": gaps})
    return render(
        ask,
        "rota.html",
        sections=sections,
        given=given,
        days=DAYS,
        people=[(one.id, one.name) for one in known["people"]],
        tiers=[(tier, ask.say(name)) for tier, (name, _) in alertsview.TIERS.items()],
        change=ask.may("settings.change"),
    )
