"""How long papers are kept: the rules, and what has come to its end, seen before it goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from itertools import islice
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from console.codes import Codes
from console.page import Pages
from console.render import render
from console.request import Request
from console.rightsview import AGAINST
from console.words import N_
from storage import rights_retention
from storage.about import about
from storage.rights_retention import Ripe

pages = Pages()
ORDER = 88
#: Lines that are shown; days that can be looked ahead.
MOST = 200
AHEAD = (0, 30, 90, 365)


@pages.get(
    "/settings/retention",
    "rights.manage",
    audit="retention.seen",
    menu=N_("How long papers are kept"),
    hint=N_("The rules with their basis, what has come to its end, and what keeps it."),
)
async def show(ask: Request) -> web.StreamResponse:
    """The rules, and what goes next."""
    return await _show(ask)


async def _show(ask: Request) -> web.Response:
    text = ask.query.get("ahead", "")
    ahead = int(text) if text in {str(days) for days in AHEAD} else 0
    profile, now, codes = ask.profile, ask.now, Codes(ask.profile, ask.language, ask.say)

    def look(db: Connection) -> tuple[list[Ripe], bool]:
        found = list(islice(rights_retention.every(db, profile, now, ahead=ahead), MOST + 1))
        return [one for one in found[:MOST] if _mine(ask, db, one)], len(found) > MOST

    found, more = await ask.read(look)
    ask.shown += [one.reference for one in found]
    rules = profile.retention
    lines: list[dict[str, Any]] = [
        {
            "reference": one.reference,
            "kind": codes.kind(one.kind),
            "rule": rules[one.rule].name.said(ask.language) if one.rule else "–",
            "since": one.since,
            "until": one.until,
            "why": ask.say(AGAINST[one.why]) if one.why else "",
        }
        for one in found
    ]
    return render(
        ask,
        "retention.html",
        rules=[(one.name.said(ask.language), _length(ask, one), one.basis, one.decide) for one in rules.values()],
        lines=lines,
        more=more,
        going=Counter(bool(one.why) for one in found)[False],
        ahead=[(str(days), ask.say("in {count} days", count=days) if days else ask.say("now")) for days in AHEAD],
        chosen=str(ahead),
    )


def _mine(ask: Request, db: Connection, one: Ripe) -> bool:
    """Whether this user may see the record."""
    record = about(db, ask.user.organisation, one.reference, ask.now)
    return record is not None and ask.may("rights.manage", record)


def _length(ask: Request, rule: Any) -> str:
    parts = (
        (rule.years, ask.say("Years: {count}", count=rule.years)),
        (rule.months, ask.say("Months: {count}", count=rule.months)),
        (rule.days, ask.say("Days: {count}", count=rule.days)),
    )
    return ", ".join(words for count, words in parts if count)


@pages.post("/settings/retention", "rights.manage", audit="retention.run", fresh=True)
async def run(ask: Request) -> web.StreamResponse:
    """Let go what may go now."""
    if not ask.chosen("sure", ["yes"]):
        ask.errors.add("sure", ask.say("Tick this: nobody can bring it back"))
        return await _show(ask)
    store, organisation, now, by = ask.site.store, ask.user.organisation, ask.now, ask.user.id
    seen = partial(_mine, ask)
    await ask.begin()
    count = await asyncio.to_thread(rights_retention.run, store, organisation, now, by, seen)
    return ask.back_to("/settings/retention", ask.say("Records erased: {count}", count=count))
