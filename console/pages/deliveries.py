"""What a webhook was told and what waits: looked at, and told again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import midnight
from console.history import event_name
from console.integrationview import hook_line
from console.page import Pages
from console.pages.integration import HOME, MANAGE
from console.render import render
from console.request import Request
from console.roles import may
from console.settingsview import read_day, read_number, today
from console.words import N_
from storage import webhooks
from storage.webhooks import Delivery, Webhook

pages = Pages()
#: Deliveries on a page.
PAGE = 50
#: What became of it -> words and colour.
STATES = {
    "due": (N_("Waiting"), "blue"),
    "again": (N_("Will be tried again"), "amber"),
    "failed": (N_("Given up"), "red"),
    "sent": (N_("Told"), "green"),
    "kept": (N_("Left out"), "grey"),
}
#: Codes of ours for what the other side said (``bot.work.webhooks``); any other is an HTTP status.
ANSWERS = {
    "timeout": N_("No answer in time"),
    "network": N_("No connection"),
    "refused": N_("The address leads into a network and was not called"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery. ``reference``: "" where the viewer may not open the record; ``next``: None for no further try."""

    id: int
    what: str
    at: datetime
    reference: str
    state: tuple[str, str]
    tried: int
    answer: str
    sent: datetime | None
    next: datetime | None
    again: bool
    left_out: bool
    ticked: bool


@pages.get(f"{HOME}/webhooks/{{webhook}}", MANAGE, audit="integration.deliveries")
async def deliveries(ask: Request) -> web.StreamResponse:
    """The newest first, of the last thirty days; ``?show=open``: what did not arrive."""
    return await _page(ask, await _hook(ask))


@pages.post(f"{HOME}/webhooks/{{webhook}}/replay", MANAGE, audit="integration.replay", fresh=True)
async def replay(ask: Request) -> web.StreamResponse:
    """Told again: one or the ticked ones, everything since a day, or, from the list of webhooks, what was given up."""
    hook, now, do = await _hook(ask), ask.now, str(ask.form.get("do", ""))
    chosen: list[int] = []
    since: datetime | None = None
    if ask.form.get("one") or do == "chosen":
        given = [ask.form["one"]] if ask.form.get("one") else ask.form.getall("delivery", ())
        chosen = [number for text in given[:PAGE] if (number := read_number(str(text))) is not None]
        if not chosen:
            ask.errors.add("delivery", ask.say("Tick what is to be told again"))
    elif do == "since":
        day = read_day(ask, "since", ask.text("since", 10), first=today(ask) - webhooks.KEPT, last=today(ask))
        if day is None:
            ask.errors.add("since", ask.say("Write a day, as 2027-03-31"))
        else:
            since = midnight(day)
    if ask.errors:
        return await _page(ask, hook)
    count = await ask.write(lambda db: webhooks.replay(db.connection(), hook, now, since=since, chosen=chosen))
    said = ask.say("{count} are told again now.", count=count)
    if not chosen and since is None:
        return ask.back_to(f"{HOME}#webhooks", said)
    return ask.back_to(f"{HOME}/webhooks/{hook.id}{'?show=open' if ask.form.get('show') == 'open' else ''}", said)


async def _hook(ask: Request) -> Webhook:
    """The webhook of the path. Raises 404."""
    number, organisation = read_number(ask.http.match_info["webhook"]), ask.user.organisation

    def look(db: Connection) -> Webhook | None:
        return None if number is None else webhooks.find(db, ask.site.sealer, organisation, number)

    if (found := await ask.read(look)) is None:
        raise web.HTTPNotFound
    ask.noted = f"webhook:{found.id}"
    return found


async def _page(ask: Request, hook: Webhook) -> web.Response:
    undelivered = "open" in (ask.query.get("show"), ask.form.get("show"))
    before = read_number(ask.query.get("before", "")) or 0

    def look(db: Connection) -> tuple[list[Delivery], dict[str, int]]:
        states = webhooks.OPEN if undelivered else ()
        found = webhooks.deliveries(db, hook.id, before=before, limit=PAGE + 1, states=states)
        return found, webhooks.states(db, hook.organisation).get(hook.id, {})

    found, states = await ask.read(look)
    path, show = f"{HOME}/webhooks/{hook.id}", "open" if undelivered else ""
    lines = [_line(ask, one) for one in found[:PAGE]]
    ask.shown = [line.reference for line in lines]
    return render(
        ask,
        "deliveries.html",
        hook=hook_line(ask, hook, states),
        lines=lines,
        path=path,
        show=show,
        tabs_of=[
            (ask.address(path), ask.say("Everything"), sum(states.values()), not undelivered),
            (ask.address(path, show="open"), ask.say("Not delivered"), sum(states.get(one, 0) for one in webhooks.OPEN),
             undelivered),
        ],
        since=str(ask.form.get("since", ""))[:10],
        days={"min": (today(ask) - webhooks.KEPT).isoformat(), "max": today(ask).isoformat()},
        kept=webhooks.KEPT.days,
        tries=webhooks.TRIES,
        first=ask.address(path, show=show) if before else "",
        later=ask.address(path, show=show, before=found[PAGE - 1].id) if len(found) > PAGE else "",
    )  # fmt: skip


def _line(ask: Request, one: Delivery) -> Line:
    name, colour = STATES["again" if one.state == "due" and one.attempts else one.state]
    seen = one.about is not None and may(ask.user, "record.view", one.about)
    answer = ask.say(ANSWERS[one.answer]) if one.answer in ANSWERS else one.answer
    return Line(
        one.id,
        event_name(ask.codes, ask.profile, one.type),
        one.at,
        one.reference if seen else "",
        (ask.say(name), colour),
        one.attempts,
        ask.say("The other side answered {code}", code=answer) if answer.isdecimal() else answer,
        one.sent_at,
        one.next_at if one.state == "due" and one.next_at > ask.now else None,
        one.state in webhooks.AGAIN,
        one.state == "kept",
        str(one.id) in ask.form.getall("delivery", ()),
    )
