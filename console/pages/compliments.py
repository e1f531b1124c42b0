"""Compliments: the newest first, in their words; brought to the worker, celebrated with consent, counted, a poster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

import locales
from casework.calendar import add_months
from casework.helping import SHARING
from console import doing, helpingview
from console.choices import SHARE
from console.helpingview import Work, carry_out
from console.page import Handler, Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.settingsview import today
from console.words import N_
from storage import compliments, desk
from storage.about import CASE_STAFF
from storage.compliments import PAGE, Compliment, Filters

assert set(SHARE) == set(SHARING)

pages = Pages()
ORDER = 35
#: Months that can be chosen, back from this one.
BACK = 24
#: On a poster.
POSTER = 60
#: What the person agreed to -> how the board says it, and its colour.
AGREED: Mapping[str, tuple[str, str]] = {
    "both": (N_("May be shared, without a name"), "green"),
    "named": (N_("May be shared, with their name"), "green"),
    "tell": (N_("Only the worker may be told"), "amber"),
    "no": (N_("Tell nobody"), "red"),
    "": (N_("Not asked whether it may be shared"), "grey"),
}
#: What may be done: last part of the path -> (event, what it is called here).
DOES: Mapping[str, tuple[str, str]] = {
    "pass": ("passed_on", N_("Bring it to the worker and their manager")),
    "celebrate": ("celebrated", N_("Celebrate it: put it on the board")),
    "agreed": ("sharing", N_("Record what they agree to")),
    "down": ("taken_down", N_("Take it off the board")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense is left out."""

    filters: Filters
    page: int = 1

    def query(self, **changes: Any) -> dict[str, Any]:
        """For an address that shows the first page of the same with these changes; what is empty is left out."""
        found = self.filters
        named = {
            "service": found.service,
            "month": found.month.strftime("%Y-%m") if found.month else "",
            "passed": found.passed,
            "board": "1" if found.board else "",
        }
        return {name: value for name, value in {**named, **changes}.items() if value}


def asked(ask: Request) -> Asked:
    """From the address; there are no compliments of a month to come."""
    query = ask.query
    service = query.get("service", "")
    month, number = None, query.get("page", "")
    with suppress(ValueError):
        month = date.fromisoformat(query.get("month", "") + "-01")
    passed = query.get("passed", "")
    found = Filters(
        service if service in ask.profile.services else "",
        month if month and month <= today(ask) else None,
        passed if passed in ("yes", "no") else "",
        query.get("board") == "1",
    )
    return Asked(found, int(number) if number.isascii() and number.isdecimal() and 0 < len(number) < 5 else 1)


def _load(ask: Request, db: Connection, cases: Sequence[int]) -> list[Compliment]:
    store = ask.site.store
    return compliments.load(db, store.vault, compliments.procedures(db, cases, store.procedures.under), cases)


@pages.get("/compliments", "compliments.view", menu=N_("Compliments"), audit="compliments.list")
async def board(ask: Request) -> web.StreamResponse:
    """The newest first, with what may be done with each."""
    wanted, mine, day = asked(ask), reach(ask.user, "compliments.view"), today(ask)

    def look(db: Connection) -> dict[str, Any]:
        cases, count = compliments.page(db, mine, wanted.filters, wanted.page)
        own = select(CASE_STAFF.c.case_id).where(
            CASE_STAFF.c.case_id.in_(cases), CASE_STAFF.c.staff == mine.staff, CASE_STAFF.c.part == "shown"
        )
        found = _load(ask, db, cases)
        return {
            "found": [one for one in found if one.board or not wanted.filters.board],
            "count": count,
            "about": set(db.execute(own).scalars()),
            "counts": compliments.counts(db, mine, day),
        }

    known = await ask.read(look)
    ask.shown += [one.reference for one in known["found"]]
    number, count = wanted.page, known["count"]
    return render(
        ask,
        "compliments.html",
        cards=[_card(ask, one) | {"about_you": one.case in known["about"]} for one in known["found"]],
        count=f"{desk.MOST:,}+" if count > desk.MOST else f"{count:,}",
        filters=_filters(ask, wanted.filters, day),
        board=wanted.filters.board,
        narrowed=bool(wanted.filters),
        counted=_counted(ask, *known["counts"]),
        poster=ask.address("/compliments/poster", **wanted.query(passed="", board="")),
        earlier=ask.address("/compliments", **wanted.query(page=number - 1)) if number > 1 else "",
        later=ask.address("/compliments", **wanted.query(page=number + 1)) if count > number * PAGE else "",
    )


@pages.get("/compliments/poster", "compliments.view", audit="compliments.poster", fresh=True)
async def poster(ask: Request) -> web.StreamResponse:
    """What is celebrated, to be printed and hung up; no name but one that the person agreed to."""
    wanted, mine = asked(ask).filters, reach(ask.user, "compliments.view")
    shown = Filters(wanted.service, wanted.month, board=True)

    def look(db: Connection) -> list[Compliment]:
        cases, _ = compliments.page(db, mine, shown, 1, POSTER)
        return [one for one in _load(ask, db, cases) if one.board]

    found = await ask.read(look)
    ask.shown += [one.reference for one in found]
    parts = [ask.codes.service(wanted.service)] if wanted.service else []
    parts += [_month(ask, wanted.month)] if wanted.month else []
    return render(ask, "compliments_poster.html", cards=[_card(ask, one) for one in found], what=", ".join(parts))


@pages.get("/compliment/{reference}", "compliments.view")
async def compliment(ask: Request) -> web.StreamResponse:
    """One compliment, and what may be done with it; another record is opened as what it is."""
    return await _shown(ask)


async def _read(ask: Request) -> tuple[Compliment | None, Work]:
    def look(db: Connection) -> tuple[Compliment | None, Work]:
        work = helpingview.load(ask, db)
        return _load(ask, db, [ask.record.id])[0] if work.state.kind in ("compliment", "") else None, work

    return await ask.read(look)


async def _shown(ask: Request, status: int = 0, tried: str = "") -> web.StreamResponse:
    from console.pages import every

    one, work = await _read(ask)
    if one is None:
        return ask.back_to(f"/record/{ask.record.reference}")
    base = f"/compliment/{one.reference}/"
    filled = {
        doing.field_id("celebrated", "words"): "\n\n".join(one.words),
        doing.field_id("passed_on", "to"): " ".join(one.about)[:200],
    }
    wanted = {event: (ask.say(label), ask.address(base + last)) for last, (event, label) in DOES.items()}
    if one.sharing not in ("both", "named"):
        wanted.pop("celebrated")
    if one.sharing == "no":
        wanted.pop("passed_on")
    if not one.board:
        wanted.pop("taken_down")
    elif "celebrated" in wanted:
        wanted["celebrated"] = (ask.say("Change the words on the board"), wanted["celebrated"][1])
        filled[doing.field_id("celebrated", "words")] = str(one.board.said("words"))
    reply = "/record/{reference}/reply"
    thanks = any(page.path == reply for page in every()) and ask.may("record.reply")
    return render(
        ask,
        "compliment.html",
        status,
        one=one,
        card=_card(ask, one),
        forms=[] if one.erased else helpingview.forms(ask, work, wanted, filled),
        thanks=ask.address(reply.replace("{reference}", one.reference)) if thanks and not one.erased else "",
        whole=ask.address(f"/record/{one.reference}"),
        tried=tried,
        typed=doing.typed(ask.form, tried) if tried else {},
    )


async def _do(ask: Request) -> web.StreamResponse:
    """One form."""
    event, label = DOES[ask.page.path.rpartition("/")[2]]
    one, work = await _read(ask)
    if one is None:
        return ask.back_to(f"/record/{ask.record.reference}", ask.say("This record is no compliment."), "warning")
    if str(ask.form.get("events", "")) != str(work.events):
        said = ask.say("Nothing was recorded: something else happened first. Look through it and send this again.")
        ask.errors.add(f"do-{event}", said)
        return await _shown(ask, 409, event)
    if not await carry_out(ask, work, event):
        return await _shown(ask, 0, event)
    return ask.back_to(f"/compliment/{one.reference}", ask.say("Recorded: {what}", what=ask.say(label)))


for _last in DOES:
    _handler: Handler = _do
    pages.post(f"/compliment/{{reference}}/{_last}", "compliments.view")(_handler)


# Words --------------------------------------------------------------------------------------------


def _month(ask: Request, month: date) -> str:
    return locales.show_month(month, ask.language)


def _card(ask: Request, one: Compliment) -> dict[str, Any]:
    codes = ask.codes
    agreed, colour = AGREED.get(one.sharing, AGREED[""])
    named = one.sharing == "named"
    return {
        "reference": one.reference,
        "language": one.language,
        "direction": locales.language(one.language).direction,
        "tongue": codes.tongue(one.language),
        "at": one.at,
        "about": " ".join(one.about),
        "words": one.words,
        "name": one.name,
        "signed": one.name if named else "",
        "agreed": ask.say(agreed),
        "colour": colour,
        "services": ", ".join(codes.service(each) for each in one.services),
        "passed": one.passed,
        "to": str(one.passed.said("to") or "") if one.passed else "",
        "board": str(one.board.said("words")) if one.board else "",
        "erased": one.erased,
    }


def _filters(ask: Request, chosen: Filters, day: date) -> list[dict[str, Any]]:
    codes, first = ask.codes, day.replace(day=1)
    months = [add_months(first, -back) for back in range(BACK)]
    if chosen.month and chosen.month not in months:
        months.append(chosen.month)
    return [
        {
            "name": "service", "label": ask.say("Service"), "chosen": chosen.service,
            "options": [(one, codes.service(one)) for one in ask.profile.services],
        },
        {
            "name": "month", "label": ask.say("Month"),
            "chosen": chosen.month.strftime("%Y-%m") if chosen.month else "",
            "options": [(month.strftime("%Y-%m"), _month(ask, month)) for month in months],
        },
        {
            "name": "passed", "label": ask.say("Brought to the worker"), "chosen": chosen.passed,
            "options": [("no", ask.say("Not yet")), ("yes", ask.say("Yes"))],
        },
    ]  # fmt: skip


def _counted(ask: Request, months: Sequence[date], found: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """The table of how many: heads, rows by service, the last of all of them."""
    codes = ask.codes
    services = sorted((one for one in found if one not in ("", "*")), key=lambda one: codes.service(one).casefold())
    names = {"": ask.say("No service named yet"), "*": ask.say("Every compliment")}
    order = [*services, *(one for one in ("", "*") if one in found)]
    return {
        "heads": [ask.say("Service"), *(_month(ask, month) for month in months), ask.say("Together")],
        "rows": [(names.get(one) or codes.service(one), *found[one], sum(found[one])) for one in order],
    }
