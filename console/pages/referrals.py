"""Advocates: the referrals made to them and nothing else; taking one on, reporting back; the list for a visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

import locales
from casework.helping import ENDS, SENT
from casework.record import CaseEvent, day
from console import doing, helpingview, reaching
from console.choices import HELP_ENDS
from console.helpingview import Work, carry_out
from console.page import Handler, Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.words import N_
from storage import referrals
from storage.desk import PAGE
from storage.referrals import Referral
from storage.working import Deed, Todo

assert set(HELP_ENDS) == set(ENDS)

pages = Pages()
ORDER = 30
#: How a referral stands -> its name, and the colour of that.
STANDS: Mapping[str, tuple[str, str]] = {
    "asked": (N_("Waits for your answer"), "amber"),
    "accepted": (N_("Taken on"), "blue"),
    "arranged": (N_("Meeting arranged"), "blue"),
    "met": (N_("Met"), "green"),
    "reported": (N_("Reported back"), "green"),
    "declined": (N_("Not possible"), "grey"),
    "ended": (N_("Ended"), "grey"),
    "withdrawn": (N_("Taken back by the person"), "grey"),
}
AGES: Mapping[str, str] = {
    "under8": N_("7 or younger"),
    "8to11": N_("8 to 11"),
    "12to15": N_("12 to 15"),
    "16to17": N_("16 or 17"),
    "18to20": N_("18 to 20"),
    "21to25": N_("21 to 25"),
}
#: What an advocate may record: last part of the path -> (event, what it is called on their page).
DOES: Mapping[str, tuple[str, str]] = {
    "accept": ("advocate_accepted", N_("Take it on")),
    "decline": ("advocate_declined", N_("It is not possible for me")),
    "arrange": ("advocate_arranged", N_("Arrange a meeting")),
    "met": ("advocate_met", N_("We have met")),
    "report": ("advocate_reported", N_("Tell the team what the young person wants")),
    "end": ("advocate_ended", N_("My help has ended")),
}
#: How it stands -> what comes next for the advocate, in order; the rest of what is possible stands below.
NEXT: Mapping[str, tuple[str, ...]] = {
    "asked": ("accept", "decline"),
    "accepted": ("arrange", "met"),
    "arranged": ("met", "arrange"),
    "met": ("report", "arrange", "end"),
    "reported": ("end", "arrange", "met", "report"),
}
#: What may be recorded from each, besides.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "asked": ("arrange",),
    "accepted": ("decline", "end"),
    "arranged": ("decline", "report", "end"),
    "met": ("met",),
}


@pages.get("/referrals", "referrals.list", menu=N_("Referrals"), audit="referrals.list")
async def listed(ask: Request) -> web.StreamResponse:
    """The referrals made to whoever asks: what waits for an answer first."""
    over = ask.query.get("list") == "ended"
    number = int(text) if (text := ask.query.get("page", "")).isdecimal() and len(text) < 5 and int(text) else 1
    mine, vault = reach(ask.user, "referrals.list"), ask.site.store.vault

    def look(db: Connection) -> tuple[list[int], list[int], list[Referral]]:
        going, ended = referrals.numbers(db, mine)
        return going, ended, referrals.load(db, vault, referrals.page(ended if over else going, number), mine.staff)

    going, ended, found = await ask.read(look)
    ask.shown += [one.reference for one in found]
    first = list(STANDS)
    if not over:
        found.sort(key=lambda one: (first.index(one.stands), _meets(one), one.sent.at))
    shown = len(ended if over else going)
    turn = {"list": "ended"} if over else {}
    return render(
        ask,
        "referrals.html",
        rows=[_line(ask, one) for one in found],
        over=over,
        lists=[
            (ask.address("/referrals"), ask.say("Under way"), len(going), not over),
            (ask.address("/referrals", list="ended"), ask.say("Over"), len(ended), over),
        ],
        earlier=ask.address("/referrals", **turn, page=number - 1) if number > 1 else "",
        later=ask.address("/referrals", **turn, page=number + 1) if shown > number * PAGE else "",
    )


@pages.get("/referrals/visit", "referrals.list", audit="referrals.visit")
async def visit(ask: Request) -> web.StreamResponse:
    """Who asked to be seen at the advocate's next visit, home by home: to be printed and taken along."""
    mine, vault, codes = reach(ask.user, "referrals.list"), ask.site.store.vault, ask.codes

    def look(db: Connection) -> list[Referral]:
        return referrals.load(db, vault, referrals.numbers(db, mine)[0], mine.staff)

    wanted = [one for one in await ask.read(look) if one.visit and not one.over and not one.erased]
    homes = sorted({one.home for one in wanted}, key=lambda home: (not home, codes.service(home).casefold()))
    chosen = ask.query.get("home", "")
    if chosen in homes:
        wanted = [one for one in wanted if one.home == chosen]
    ask.shown += [one.reference for one in wanted]
    lists: list[dict[str, Any]] = [
        {
            "home": codes.service(home) if home else ask.say("No home is known"),
            "rows": sorted((_line(ask, one) for one in wanted if one.home == home), key=_by_name),
        }
        for home in homes
        if any(one.home == home for one in wanted)
    ]
    offered = [(home, codes.service(home)) for home in homes if home]
    return render(ask, "referral_visit.html", lists=lists, homes=offered, chosen=chosen, day=ask.now)


@pages.get("/referral/{reference}", "referral.work")
async def referral(ask: Request) -> web.StreamResponse:
    """One referral."""
    return await _shown(ask)


async def _read(ask: Request) -> tuple[Referral, Work]:
    vault, case, me = ask.site.store.vault, ask.record.id, ask.user.id

    def look(db: Connection) -> tuple[list[Referral], Work]:
        return referrals.load(db, vault, (case,), me), helpingview.load(ask, db)

    found, work = await ask.read(look)
    if not found:
        raise web.HTTPNotFound
    return found[0], work


async def _shown(ask: Request, status: int = 0, tried: str = "") -> web.StreamResponse:
    one, work = await _read(ask)
    next_ones = NEXT.get(one.stands, ()) if not one.erased else ()
    also = _ALSO.get(one.stands, ()) if not one.erased else ()

    def forms(which: Sequence[str]) -> list[Any]:
        base = f"/referral/{one.reference}/"
        return helpingview.forms(
            ask, work, {DOES[each][0]: (ask.say(DOES[each][1]), ask.address(base + each)) for each in which}
        )

    return render(
        ask,
        "referral.html",
        status,
        one=one,
        line=_line(ask, one),
        facts=_facts(ask, one),
        rules=_rules(ask, one),
        steps=[_step(ask, work, event) for event in reversed((one.sent, *one.steps))] if not one.erased else [],
        forms=forms(next_ones),
        more=forms(also),
        seen=len(one.steps),
        direction=locales.language(one.language).direction,
        tried=tried,
        typed=doing.typed(ask.form, tried) if tried else {},
    )


async def _do(ask: Request) -> web.StreamResponse:
    """One step of the advocate's."""
    last = ask.page.path.rpartition("/")[2]
    event, label = DOES[last]
    one, work = await _read(ask)
    if str(ask.form.get("events", "")) != str(len(one.steps)):
        said = ask.say("Nothing was recorded: something else happened first. Look through it and send this again.")
        ask.errors.add(f"do-{event}", said)
        return await _shown(ask, 409, event)

    def besides(deed: Deed) -> tuple[Deed, ...]:
        if event == "advocate_declined":  # what they cannot help with is not theirs to see any longer
            others = sorted(ask.record.referred - {ask.user.id})
            return (Deed(deed.event, {"referred": others}),)
        if event == "advocate_reported":
            return (Deed(deed.event, todo=Todo("advocate_said")),)
        return (deed,)

    if not await carry_out(ask, work, event, besides):
        return await _shown(ask, 0, event)
    if event == "advocate_declined":
        return ask.back_to("/referrals", ask.say("The team has it back and asks somebody else. Thank you."))
    return ask.back_to(f"/referral/{one.reference}", ask.say("Recorded: {what}", what=ask.say(label)))


for _last in DOES:
    _handler: Handler = _do
    pages.post(f"/referral/{{reference}}/{_last}", "referral.work")(_handler)


# Words --------------------------------------------------------------------------------------------


def _by_name(row: Mapping[str, Any]) -> tuple[bool, str]:
    return (not row["named"], str(row["name"]).casefold())


def _meets(one: Referral) -> str:
    return str(one.meeting.said("day") or "9") if one.meeting else "9"


def _rules(ask: Request, one: Referral) -> tuple[tuple[str, bool], ...]:
    """How it is safe to reach them; not when messages of ours leave."""
    return reaching.told(one.wishes, ask.say, ("hours",)) if one.wishes else ()


def _line(ask: Request, one: Referral) -> dict[str, Any]:
    """One referral in few words."""
    say, codes = ask.say, ask.codes
    name, colour = STANDS[one.stands]
    needs = [say("Interpreter, large print or signing")] if one.needs else []
    needs += [say("Easy words")] if one.easy else []
    who = one.name or (say("Somebody asked for them") if one.other else "")
    return {
        "reference": one.reference,
        "name": who or say("First name not given"),
        "named": bool(one.name),
        "age": say(AGES[one.age]) if one.age in AGES else "",
        "stands": say(name),
        "colour": colour,
        "tongue": codes.tongue(one.language),
        "needs": ", ".join(needs),
        "home": codes.service(one.home) if one.home else "",
        "sent": one.sent.at,
        "meeting": _meeting(ask, one.meeting) if one.meeting else "",
        "over": one.over,
        "rules": _rules(ask, one),
        "details": one.details,
        "number": one.number,
        "language": one.language,
    }


def _meeting(ask: Request, event: CaseEvent) -> str:
    parts = [locales.show_date(found, ask.language)] if (found := day(event.said("day"))) else []
    parts += [str(event.said(name)) for name in ("time", "where") if event.said(name)]
    if event.said("visit") is True:
        parts.append(ask.say("at the next visit to the home"))
    return ", ".join(parts)


def _facts(ask: Request, one: Referral) -> list[tuple[str, str]]:
    """What an advocate needs to know, as pairs; nothing of it once their help is over."""
    say, codes, line = ask.say, ask.codes, _line(ask, one)
    if one.over or one.erased:
        return []
    first = one.name or (one.child if one.other else "") or say("Not given")
    out = [(say("First name"), first), (say("Age"), line["age"] or say("Not given"))]
    if one.other:
        out.append((say("Who asked"), say("Somebody else, for them")))
    out += [(say("Language"), line["tongue"]), (say("Needs"), line["needs"] or say("Nothing was said"))]
    home = line["home"] or say("Not known")
    out.append((say("Home or service"), f"{home}. {say('Asks for your next visit there.')}" if one.visit else home))
    complaint = say("None that is linked to this")
    if one.complaint:
        complaint = say("Yes")
        if one.due:
            when = locales.show_date(one.due, ask.language)
            complaint = say("Yes. The next date: {day} ({what})", day=when, what=codes.clock(one.clock))
    out.append((say("A complaint under way"), complaint))
    if line["meeting"]:
        out.append((say("Meeting"), line["meeting"]))
    return out


def _step(ask: Request, work: Work, event: CaseEvent) -> dict[str, Any]:
    """Something that happened to the referral; the team's own notes are not the advocate's to read."""
    shown = event
    if event.kind in SENT:
        shown = replace(event, data={"to": event.said("to")})
    details = work.view.details(shown)
    return {
        "name": work.view.event_name(event.kind),
        "who": work.view.who(event.by),
        "at": event.at,
        "details": details,
    }
