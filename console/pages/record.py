"""The record: read from top to bottom and worked without leaving the page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

from casework.case import moves
from casework.refusals import cautions
from console import deeds, doing
from console.page import Handler, Pages
from console.recordread import Record, load
from console.recordview import View
from console.render import render
from console.request import Request
from console.restrictedview import few
from storage import scans, working
from storage.about import about
from storage.casefile import Refused
from storage.desk import CASE
from storage.working import Stale

pages = Pages()
#: A file that somebody sent does nothing by itself: it runs, loads and sends nothing, and no page of ours holds it.
INERT = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@pages.get("/record/{reference}", "record.view")
async def record(ask: Request) -> web.StreamResponse:
    """The record."""
    return shown(ask, await ask.read(lambda db: load(ask, db)))


def shown(
    ask: Request, found: Record, status: int = 0, *, event: str = "", news: Sequence[dict[str, Any]] = ()
) -> web.StreamResponse:
    """The page; ``event`` is the form that was sent, with what was typed in it."""
    view = View(ask, found)
    return render(
        ask,
        "record.html",
        status,
        head=view.head(),
        alerts=view.alerts(),
        todo=view.todo(),
        consider=view.consider(),
        marks=view.marks(),
        clocks=view.clocks(ask.now),
        answers=view.answers(),
        survey=view.survey(),
        said=found.said,
        happened=view.happened(),
        people=view.people(),
        unscanned=found.unscanned,
        placed=found.placed,
        few=few(ask, *found.few, found.staff),
        groups=view.deeds(),
        others=[(one[0], view.codes.kind(one[1]), view.codes.place(one[2])) for one in found.others],
        links=found.state.links,
        tried=event,
        typed=doing.typed(ask.form, event) if event else {},
        news=news,
        procedure=found.profile.name.said(ask.language),
        replying=_exists("/record/{reference}/reply") and ask.may("record.reply"),
    )


def _exists(path: str) -> bool:
    from console.pages import every

    return any(page.path == path for page in every())


@pages.get("/record/{reference}/changes", "record.view", quiet=True)
async def changes(ask: Request) -> web.StreamResponse:
    """How many things have happened to the record, or as many as were ``seen``; pages ask now and then."""
    case = ask.record.id
    seen = _number(ask.query.get("seen", ""))

    def look(db: Connection) -> int:
        events = db.execute(select(CASE.c.events).where(CASE.c.id == case)).scalar_one()
        return events if working.moved_on(db, case, seen) else seen

    events = await ask.read(look)
    said = ask.say("Somebody has worked on this record, or the person has written. What you typed here is still here.")
    return web.json_response({"events": events, "said": said})


# What is done -----------------------------------------------------------------------------------


async def _do(ask: Request) -> web.StreamResponse:
    """One deed of the form."""
    event = str(ask.form.get("event", ""))[:80]
    found = await ask.read(lambda db: load(ask, db))
    view = View(ask, found)
    if not event or deeds.permission(event) != ask.page.permission:
        ask.errors.add("now", ask.say("Choose what was done"))
        return shown(ask, found)
    expected = _number(str(ask.form.get("events", "")))
    if found.moved_on(expected):
        return _stale(ask, found, view, event, expected)
    move = next((one for one in moves(found.profile, found.state) if one.event == event), None)
    known = next((one for one in found.profile.moves if one.event == event), None)
    form = deeds.deed(move or known, found.profile, view.codes) if known else None
    if form is None:
        ask.errors.add("now", ask.say("Choose what was done"))
        return shown(ask, found)
    deed = doing.parse(ask, event, form, found.state, found.staff, found.about.named)
    if deed and event == "linked":
        await _linked(ask, str(deed.event.data.get("case", "")))
    if deed is None or ask.errors:
        return shown(ask, found, event=event)
    store, case = ask.site.store, ask.record.id
    warn = cautions(found.profile, found.state, deed.event)
    try:
        await ask.write(lambda db: working.do(db, store.vault, store.procedures, case, expected, [deed]))
    except Stale:
        again = await ask.read(lambda db: load(ask, db))
        return _stale(ask, again, View(ask, again), event, expected)
    except Refused as refusal:
        ask.errors.add(f"do-{event.replace('.', '-')}", view.spoken(refusal.why))
        return shown(ask, found, event=event)
    for one in warn:
        ask.flash(view.spoken(one), "warning")
    name = form.label if event not in deeds.DEEDS else ask.say(form.label)
    return ask.back_to(f"/record/{ask.record.reference}#now", ask.say("Recorded: {what}", what=name))


def _stale(ask: Request, found: Record, view: View, event: str, expected: int) -> web.StreamResponse:
    """Somebody was quicker: what they did, and everything typed, ready to be sent again."""
    news = [one for one in view.happened() if str(one["id"]).isdecimal() and int(one["id"]) > expected]
    ask.errors.add(
        f"do-{event.replace('.', '-')}",
        ask.say("Nothing was recorded: something else happened first. Read what is new, then send this again."),
    )
    return shown(ask, found, 409, event=event, news=news)


async def _linked(ask: Request, reference: str) -> None:
    """Only a record that this user may see can be linked; whether there are others is not told."""
    organisation = ask.user.organisation
    other = await ask.read(lambda db: about(db, organisation, reference, ask.now))
    if other is None or other.id == ask.record.id or not ask.may("record.view", other):
        ask.errors.add("linked-case", ask.say("There is no other record {reference} here", reference=reference))


for _path, _permission in (
    ("work", "record.work"),
    ("assign", deeds.ASSIGN),
    ("route", deeds.ROUTE),
    ("decide", deeds.DECIDE),
):
    _handler: Handler = _do
    pages.post(f"/record/{{reference}}/{_path}", _permission)(_handler)


@pages.post("/record/{reference}/alert/{alert}", "alerts.acknowledge", audit="record.alert")
async def alert(ask: Request) -> web.StreamResponse:
    """Somebody has seen a sign of danger."""
    number, case, by, now = _number(ask.http.match_info["alert"]), ask.record.id, f"staff:{ask.user.id}", ask.now
    done = await ask.write(lambda db: working.acknowledge_alert(db.connection(), case, number, by, now))
    said = ask.say("You have acknowledged it.") if done else ask.say("Somebody had acknowledged it already.")
    return ask.back_to(f"/record/{ask.record.reference}", said)


@pages.post("/record/{reference}/task/{task}", "record.work", audit="record.task")
async def task(ask: Request) -> web.StreamResponse:
    """A task of the record is done."""
    number, case, now = _number(ask.http.match_info["task"]), ask.record.id, ask.now
    organisation = ask.user.organisation
    await ask.write(lambda db: working.finish_task(db.connection(), organisation, number, now, case))
    return ask.back_to(f"/record/{ask.record.reference}#now", ask.say("Done."))


@pages.get("/record/{reference}/media/{media}", "record.view", audit="record.media")
async def media(ask: Request) -> web.StreamResponse:
    """A file of the record; that it was opened is written down (the audit's line is there before the file is sent)."""
    number, organisation = ask.http.match_info["media"], ask.user.organisation
    found = await ask.read(lambda db: load(ask, db))
    known = {str(one["id"]) for one in found.whole["media"]} | {m.id for one in found.said for m in one.media}
    if number not in known:
        raise web.HTTPNotFound
    store = ask.site.store.media
    if await ask.read(lambda db: scans.state(db, number)) == scans.FOUND:
        return render(ask, "locked.html", 403)

    def content() -> tuple[str, bytes]:
        mime, pieces = store.read(number, organisation)
        return mime, b"".join(pieces)

    try:
        mime, body = await asyncio.to_thread(content)
    except (LookupError, OSError):
        raise web.HTTPNotFound from None
    inline = mime.startswith(("image/", "audio/", "video/")) and mime != "image/svg+xml"
    ending = mime.partition("/")[2].partition(";")[0].rpartition(".")[2] or "bin"
    where = f'{"inline" if inline else "attachment"}; filename="{ask.record.reference}.{ending}"'
    headers = {"Content-Disposition": where, "Content-Security-Policy": INERT}
    return web.Response(body=body, content_type=mime, headers=headers)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
