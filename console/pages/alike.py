"""Messages with nearly the same words, seen together: a campaign that is real, or pranks that a person closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from console import lists
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.words import N_
from storage import alike, desk, pranks, working
from storage.casefile import Refused
from storage.pranks import LeftOut
from storage.store import Store
from storage.working import finish_task

pages = Pages()
#: Why a record is not closed with the others -> how its line says it, and its colour.
LEFT: Mapping[str, tuple[str, str]] = {
    pranks.CLOSED: (N_("Closed"), "grey"),
    pranks.DANGER: (N_("Sign of danger"), "red"),
    pranks.FILE: (N_("Came with a file"), "amber"),
    pranks.WORKED: (N_("Worked on, or more was said"), "amber"),
    pranks.MOVED: (N_("Something happened to it just now"), "amber"),
    pranks.REFUSED: (N_("Its procedure does not let it be closed now"), "amber"),
}


@pages.get("/alike/{together}", "records.list", audit="records.alike")
async def together(ask: Request) -> web.StreamResponse:
    """All that are alike and that this user may see, with what they say."""
    return await _shown(ask)


async def _shown(ask: Request) -> web.Response:
    group, mine, now, vault = _group(ask), reach(ask.user, "records.list"), ask.now, ask.site.store.vault
    number = ask.query.get("page", "1")
    wanted = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1

    def look(db: Connection) -> dict[str, Any]:
        open_ = alike.task(db, ask.user.organisation, group)
        page = pranks.page(db, mine, group, now, wanted)
        if open_ is None or not (page.members or mine.all):
            raise web.HTTPNotFound
        first = page.members[0].item if page.members else None
        words = pranks.said(db, vault, first.id) if first else ()
        found = alike.groups(db, ask.user.organisation, [group], desk.within(db, mine)).get(group)
        return {"open": open_, "page": page, "first": first, "words": words, "group": found}

    known = await ask.read(look)
    page: pranks.Page = known["page"]
    ask.shown += [one.item.reference for one in page.members]
    codes, first = ask.codes, known["first"]
    chosen = {str(one) for one in ask.form.getall("record", ())} if ask.errors else None
    rows = [
        {
            "line": lists.line(one.item, codes, now, {}),
            "value": f"{one.item.reference}.{one.events}",
            "ticked": chosen is None or f"{one.item.reference}.{one.events}" in chosen,
            "events": one.events,
            "why": one.why,
            "left": ask.say(LEFT[one.why][0]) if one.why else "",
            "colour": LEFT[one.why][1] if one.why else "",
            "came": lists.ago(codes, one.item.at, now) if one.item.at else "",
        }
        for one in page.members
    ]
    path = f"/alike/{group}"
    return render(
        ask,
        "alike.html",
        group=group,
        what=lists.together(known["group"], codes, now) if known["group"] else "",
        open=known["open"],
        page=page,
        first=first,
        words=known["words"],
        rows=rows,
        closable=any(not row["why"] for row in rows),
        decides=ask.may("record.decide"),
        tasks=reach(ask.user, "record.work").all,
        earlier=ask.address(path, page=page.number - 1) if page.number > 1 else "",
        later=ask.address(path, page=page.number + 1) if page.number < page.pages else "",
    )


@pages.post("/alike/{together}/pranks", "record.decide", audit="records.pranks")
async def close(ask: Request) -> web.StreamResponse:
    """The ticked ones are pranks: each is closed in a write of its own, or left out and said."""
    group, mine, now, store = _group(ask), reach(ask.user, "record.decide"), ask.now, ask.site.store
    organisation = ask.user.organisation
    if await ask.read(lambda db: alike.task(db, organisation, group)) is None:
        raise web.HTTPNotFound
    why, chosen = ask.text("why", 2000), list(dict.fromkeys(map(str, ask.form.getall("record", ()))))[: pranks.PAGE]
    if not why:
        ask.errors.add("why", ask.say("Write why these are pranks: it is kept with each of them"))
    if not ask.chosen("sure", ("yes",)):
        ask.errors.add("sure", ask.say("Tick this once you have read what they say"))
    if not chosen:
        ask.errors.add("record", ask.say("Tick the records that are pranks"))
    if ask.errors:
        return await _shown(ask)
    reason = ask.say("Prank, seen by a person: {why}", why=why)
    await ask.begin()
    left: Counter[str] = Counter()
    seen = dict(one.partition(".")[::2] for one in chosen)
    cases = await ask.read(lambda db: pranks.known(db, mine, group, list(seen)))
    for reference, events in seen.items():
        if reference not in cases:
            left[pranks.MOVED] += 1
            continue
        deed = (cases[reference], mine.staff, _count(events), reason, now)
        try:
            await ask.write(partial(_close, store, deed))
        except LeftOut as out:
            left[out.why] += 1
    whole = reach(ask.user, "record.decide").all
    remaining = await ask.read(lambda db: pranks.page(db, mine, group, now).left)
    if whole and not remaining:
        await ask.write(lambda db: finish_task(db.connection(), organisation, group, now))
    for code, count in left.items():
        ask.flash(ask.say("Left as they are: {count} ({why})", count=count, why=ask.say(LEFT[code][0])), "warning")
    return ask.back_to(f"/alike/{group}", ask.say("Records closed: {count}", count=len(seen) - left.total()))


def _close(store: Store, deed: tuple[int, int, int, str, datetime], db: sqlmodel.Session) -> None:
    pranks.close(db, store.vault, store.procedures, *deed)


@pages.post("/record/{reference}/prank/undo", "record.decide")
async def undo(ask: Request) -> web.StreamResponse:
    """This one was none: it is open again, as anybody opens a closed record again."""
    store, case, by, now = ask.site.store, ask.record.id, ask.user.id, ask.now
    events = _count(str(ask.form.get("events", "")))
    group = str(ask.form.get("group", ""))
    back = f"/alike/{group}" if group.isascii() and group.isdecimal() and len(group) < 20 else "/today?list=alike"
    why = ask.say("Taken back: it was closed with others as a prank, and is none.")
    try:
        await ask.write(lambda db: pranks.undo(db, store.vault, store.procedures, case, by, events, why, now))
    except (working.Stale, Refused):
        said = ask.say(
            "Nothing was changed: something else has happened to {reference}. Open it and look.",
            reference=ask.record.reference,
        )
        return ask.back_to(back, said, "warning")
    return ask.back_to(back, ask.say("{reference} is open again.", reference=ask.record.reference))


def _group(ask: Request) -> int:
    number = ask.http.match_info["together"]
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise web.HTTPNotFound
    return int(number)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
