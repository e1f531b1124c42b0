"""Today: what is due, first; every list with its filters in the address; search; the export of a list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection, select

import locales
from casework.calendar import LONDON
from console import lists
from console.codes import LISTS
from console.learningview import card
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.words import N_
from storage import alike, desk, finding, learning, rights_requests, staff
from storage.desk import FACT, Page
from storage.ids import read_reference
from storage.lines import Item, lines
from storage.secrets import Erased
from storage.working import TASK, finish_task

pages = Pages()
ORDER = 10
#: Lists of Today itself, and how many lines of each it shows.
FIRST = {"alerts": 10, "overdue": 25, "today": 25, "unhappy": 10, "week": 10}
#: Those of them that are left out where nothing is in them.
IF_ANY = ("alerts", "unhappy")
#: Overdue learning that Today itself shows.
LATE = 5
#: Lists that only whoever has open records of their own, or all of them, needs.
SHOWN = tuple(name for name in LISTS if name != "all")


@pages.get("/today", "records.list", menu=N_("Today"), audit="records.list")
async def today(ask: Request) -> web.StreamResponse:
    """What is due is seen first."""
    wanted = lists.asked(ask.query)
    mine, now = reach(ask.user, "records.list"), ask.now
    filters = wanted.filters(ask.profile, ask.user.id)

    def look(db: Connection) -> dict[str, Any]:
        counts = desk.counts(db, mine, filters, now, SHOWN)
        names = [wanted.name] if wanted.name else [name for name in FIRST if counts.get(name) or name not in IF_ANY]
        found = {name: desk.page(db, mine, name, filters, now, wanted.page, counts.get(name)) for name in names}
        late = learning.overdue(db, ask.site.sealer, mine, now.astimezone(LONDON).date())
        context = _context(ask, db, [i for p in found.values() for i in p.items])
        asked = rights_requests.waiting(db, ask.user.organisation) if ask.may("rights.manage") else (0, None)
        return {"counts": counts, "found": found, "late": late, "asked": asked, **context}

    known = await ask.read(look)
    sections = [_section(ask, known, name, page, wanted) for name, page in known["found"].items()]
    tiles = [
        {
            "name": name,
            "title": ask.say(LISTS[name][0]),
            "count": _many(known["counts"][name]),
            "empty": not known["counts"][name],
            "here": wanted.name == name,
            "href": ask.address("/today", **wanted.query(name=name)),
        }
        for name in SHOWN
    ]
    late: list[learning.Action] = known["late"]
    asked, first = known["asked"]
    if asked:
        day = locales.show_date(first, ask.language)
        tiles.append(
            {
                "name": "rights",
                "title": ask.say("Data rights, by {day}", day=day),
                "count": f"{asked:,}",
                "empty": False,
                "here": False,
                "href": ask.address("/rights"),
            }
        )
    tiles.append(
        {
            "name": "learning",
            "title": ask.say("Learning that is overdue"),
            "count": f"{len(late):,}",
            "empty": not late,
            "here": False,
            "href": ask.address("/learning", state="overdue"),
        }
    )
    return render(
        ask,
        "today.html",
        wanted=wanted,
        sections=sections,
        tiles=tiles,
        late=[] if wanted.name or wanted.narrowed else [card(ask, one, known["staff"]) for one in late[:LATE]],
        day=now,
        filters=_filters(ask, known, wanted),
        clear=ask.address("/today", **({"list": wanted.name} if wanted.name else {})),
    )


@pages.get("/records", "records.list", menu=N_("Records"), audit="records.search")
async def records(ask: Request) -> web.StreamResponse:
    """Every record: by reference, by name and whole words, by filters."""
    wanted = lists.asked(ask.query)
    mine, now, ring = reach(ask.user, "records.list"), ask.now, ask.site.store.vault.ring
    filters = wanted.filters(ask.profile, ask.user.id)

    def look(db: Connection) -> dict[str, Any]:
        found = finding.search(db, ring, mine, wanted.words, filters, now, wanted.page)
        return {"found": found, **_context(ask, db, found.items)}

    known = await ask.read(look)
    page: Page = known["found"]
    if page.items and page.items[0].reference == read_reference(wanted.words):
        ask.shown.append(page.items[0].reference)
        return ask.back_to(f"/record/{page.items[0].reference}")
    section = _section(ask, known, "all", page, wanted, path="/records")
    section["title"] = (
        ask.say("Found") if wanted.words or wanted.narrowed else ask.say("Every record, the newest first")
    )
    if wanted.words or wanted.narrowed:
        section["nothing"] = ask.say("Nothing was found. Only whole words are found, in any order; try fewer of them.")
    return render(
        ask,
        "records.html",
        wanted=wanted,
        section=section,
        filters=_filters(ask, known, wanted),
        clear=ask.address("/records"),
    )


@pages.get("/export", "records.export", audit="records.export", fresh=True)
async def export(ask: Request) -> web.StreamResponse:
    """A list as a spreadsheet, under the same filters."""
    wanted = lists.asked(ask.query)
    name = wanted.name or "all"
    mine, now, ring = reach(ask.user, "records.export"), ask.now, ask.site.store.vault.ring
    filters = wanted.filters(ask.profile, ask.user.id)

    def look(db: Connection) -> dict[str, Any]:
        if wanted.words:
            query = finding.found(db, ring, mine, wanted.words, filters, now)
            rows = [] if query is None else [dict(r) for r in db.execute(query.limit(100_000)).mappings()]
            items = tuple(i for n in range(0, len(rows), 500) for i in lines(db, rows[n : n + 500], now))
        else:
            items = desk.everything(db, mine, name, filters, now)
        return {"items": items, **_context(ask, db, ())}

    known = await ask.report(look)
    ask.shown += [item.reference for item in known["items"]]
    spoken = ask.codes
    text = lists.as_csv((lists.line(item, spoken, now, known["staff"]) for item in known["items"]), spoken)
    day = now.date().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="{ask.user.organisation}-{name}-{day}.csv"'}
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


@pages.post("/task/{task}/done", "record.work", audit="task.done")
async def task_done(ask: Request) -> web.StreamResponse:
    """A task that belongs to no record is done."""
    if not reach(ask.user, "record.work").all:
        raise web.HTTPNotFound
    number = ask.http.match_info["task"]
    now, organisation = ask.now, ask.user.organisation
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise web.HTTPNotFound

    def write(db: sqlmodel.Session) -> None:
        if not finish_task(db.connection(), organisation, int(number), now):
            raise web.HTTPNotFound

    ask.noted = f"task:{int(number)}"
    await ask.write(write)
    return ask.back_to("/today?list=tasks", ask.say("Done."))


# Parts of the pages -----------------------------------------------------------------------------


def _context(ask: Request, db: Connection, items: Sequence[Item]) -> dict[str, Any]:
    organisation = ask.user.organisation
    names = {one.id: one.name for one in staff.everyone(db, ask.site.sealer, (organisation,))}
    query = select(FACT.c.value).where(FACT.c.organisation == organisation, FACT.c.fact == "campaign").distinct()
    campaigns = sorted(db.execute(query).scalars())
    loose = [item.about["about_id"] for item in items if not item.id and "why" in item.about]
    together = [item.about["about_id"] for item in items if item.about.get("why") == alike.WHY]
    together += alike.of(db, [item.id for item in items]) if ask.query.get("list") == "alike" else []
    mine = desk.within(db, reach(ask.user, "records.list"))
    groups = alike.groups(db, organisation, together, mine) if together else {}
    return {"staff": names, "campaigns": campaigns, "words": _words(ask, db, loose), "groups": groups}


def _words(ask: Request, db: Connection, tasks: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
    """How to reach the people of tasks that belong to no record."""
    out: dict[int, tuple[str, ...]] = {}
    query = select(TASK.c.id, TASK.c.words).where(TASK.c.id.in_(list(tasks)), TASK.c.words.is_not(None))
    for number, sealed in db.execute(query):
        try:
            out[number] = tuple(json.loads(ask.site.store.vault.unseal(f"task.words:{number}", sealed)))
        except Erased:
            continue
    return out


def _section(
    ask: Request, known: Mapping[str, Any], name: str, page: Page, wanted: lists.Asked, path: str = "/today"
) -> dict[str, Any]:
    spoken, now = ask.codes, ask.now
    whole = wanted.name == name or path != "/today"
    items = page.items if whole else page.items[: FIRST[name]]
    ask.shown += [item.reference for item in items]
    words = known["words"]
    query = wanted.query(name="" if path != "/today" else name)
    return {
        "name": name,
        "title": ask.say(LISTS[name][0]),
        "nothing": ask.say(LISTS[name][1]) if not wanted.narrowed else ask.say("Nothing here under these filters."),
        "count": _many(page.count),
        "lines": [
            lists.line(item, spoken, now, known["staff"], words.get(item.about.get("about_id", 0), ()), known["groups"])
            for item in items
        ],
        "together": [
            (ask.address(f"/alike/{one.id}"), lists.together(one, spoken, now))
            for one in known["groups"].values()
            if name == "alike"
        ],
        "more": ask.address(path, **query) if page.count > len(items) and not whole else "",
        "earlier": ask.address(path, **{**query, "page": page.number - 1}) if whole and page.number > 1 else "",
        "later": ask.address(path, **{**query, "page": page.number + 1}) if whole and page.number < page.pages else "",
        "number": page.number,
        "pages": page.pages,
        "export": ask.address("/export", **{**query, "list": name}) if ask.may("records.export") else "",
    }


def _filters(ask: Request, known: Mapping[str, Any], wanted: lists.Asked) -> list[dict[str, Any]]:
    names = {
        "service": ask.say("Service"),
        "team": ask.say("Team"),
        "kind": ask.say("Kind"),
        "stage": ask.say("Stands"),
        "theme": ask.say("Theme"),
        "language": ask.say("Language"),
        "speaker": ask.say("Child or adult"),
        "channel": ask.say("Channel"),
        "campaign": ask.say("Campaign"),
    }
    return [
        {"name": name, "label": names[name], "options": options, "chosen": getattr(wanted, name)}
        for name, options in lists.choices(ask.codes, known["campaigns"]).items()
    ]


def _many(count: int) -> str:
    return f"{desk.MOST:,}+" if count > desk.MOST else f"{count:,}"
