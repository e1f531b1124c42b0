"""How long papers are kept: the rules, and what has come to its end, seen before it goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from itertools import islice
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from console.page import Pages
from console.render import render
from console.request import Request
from console.rightsview import AGAINST, BESIDES
from console.roles import reach
from console.words import N_
from storage import learning, rights_besides, rights_retention, staff
from storage.about import about
from storage.rights_besides import Over
from storage.rights_retention import Ripe

pages = Pages()
ORDER = 88
#: Lines that are shown; names of what goes besides; days that can be looked ahead.
MOST = 200
NAMED = 20
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
    profile, now, codes = ask.profile, ask.now, ask.codes

    def look(db: Connection) -> tuple[list[Ripe], bool]:
        found = list(islice(rights_retention.every(db, profile, now, ahead=ahead), MOST + 1))
        return [one for one in found[:MOST] if _mine(ask, db, one)], len(found) > MOST

    found, more = await ask.read(look)
    besides = await ask.report(
        lambda db: [
            (one.rule.name.said(ask.language), ask.say(BESIDES[one.table.name]), len(one.rows), _named(ask, db, one))
            for one in rights_besides.over(db, profile, now)
        ]
    )
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
        besides=besides,
        going=Counter(bool(one.why) for one in found)[False] + sum(count for _, _, count, _ in besides),
        ahead=[(str(days), ask.say("in {count} days", count=days) if days else ask.say("now")) for days in AHEAD],
        chosen=str(ahead),
    )


def _mine(ask: Request, db: Connection, one: Ripe) -> bool:
    """Whether this user may see the record."""
    record = about(db, ask.user.organisation, one.reference, ask.now)
    return record is not None and ask.may("rights.manage", record)


def _named(ask: Request, db: Connection, one: Over) -> list[tuple[str, str]]:
    """The first of what may go, as far as people tell one from another: (what it is called, where it is)."""
    sealer, some = ask.site.sealer, one.rows[:NAMED]
    if one.table is rights_besides.STAFF:
        there = ask.may("staff.manage")
        members = [member for number in some if (member := staff.member(db, sealer, number))]
        return [(member.name, ask.address(f"/settings/staff/{member.id}") if there else "") for member in members]
    if one.table is rights_besides.LEARNING:
        mine = reach(ask.user, "records.list")
        found = [action for number in some if (action := learning.find(db, sealer, mine, number))]
        return [(action.learned[:80], ask.address(f"/learning/{action.id}")) for action in found]
    return []


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
    others = await asyncio.to_thread(rights_besides.let_go, store, organisation, now, by=by)
    said = ask.say("Records erased: {count}. Let go besides: {others}", count=count, others=others)
    return ask.back_to("/settings/retention", said)
