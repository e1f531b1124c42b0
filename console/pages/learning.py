"""Learning: what was learned, who does what about it by when, the evidence, and whether it lasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import DAY
from casework.learning import OWED, check_day
from console.learningview import card, desk, members, read, references, services, themes, wanted
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.settingsview import read_day, today
from console.words import N_, spoken
from storage import casefile, learning, news
from storage.casefile import Refused
from storage.learning import Action, Changed, TooMany
from storage.staff import Member

pages = Pages()
ORDER = 38
#: Tabs of the list -> what they are called, and how the actions of each stand.
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": (N_("Everything"), ()),
    "open": (N_("To do"), ("open", "overdue", "slipped")),
    "overdue": (N_("Overdue"), ("overdue", "check")),
    "done": (N_("Done"), ("done", "check", "lasted")),
}
PAGE = 50


@pages.get("/learning", "records.list", audit="learning.list", menu=N_("Learning"))
async def everything(ask: Request) -> web.StreamResponse:
    """Every action the user may see, narrowed by the address."""
    mine, sealer = reach(ask.user, "records.list"), ask.site.sealer
    query = {name: ask.query.get(name, "") for name in ("state", "service", "theme", "mine", "record", "page")}
    tab = query["state"] if query["state"] in TABS else ""

    def look(db: Connection) -> tuple[list[Action], list[Member], set[int]]:
        of: set[int] = set()
        if query["record"]:
            try:
                of = set(learning.of_record(db, casefile.find(db, query["record"], (ask.user.organisation,))))
            except LookupError:
                of = set()
        return learning.every(db, sealer, mine), members(ask, db), of

    found, people, of = await ask.read(look)
    names = {one.id: one.name for one in people}
    cards = [
        card(ask, one, names)
        for one in found
        if (not query["service"] or query["service"] in one.services)
        and (not query["theme"] or query["theme"] in one.themes)
        and (not query["mine"] or one.owner == ask.user.id)
        and (not query["record"] or one.id in of)
    ]
    counts = {name: sum(not states or one.stands in states for one in cards) for name, (_, states) in TABS.items()}
    shown = [one for one in cards if not TABS[tab][1] or one.stands in TABS[tab][1]]
    if tab in ("open", "overdue"):
        shown.sort(key=lambda one: one.one.due)
    number = max(1, int(query["page"])) if query["page"].isascii() and query["page"].isdecimal() else 1
    kept = {name: query[name] for name in ("service", "theme", "mine", "record") if query[name]}
    codes = ask.codes
    return render(
        ask,
        "learning.html",
        cards=shown[(number - 1) * PAGE : number * PAGE],
        tabs_of=[
            (ask.address("/learning", state=name, **kept), ask.say(words), counts[name], name == tab)
            for name, (words, _) in TABS.items()
        ],
        tab=tab,
        kept=kept,
        services=[(one, codes.service(one)) for one in ask.profile.services],
        themes=[(one, codes.theme(one)) for one in themes(ask.profile)],
        earlier=ask.address("/learning", state=tab, page=number - 1, **kept) if number > 1 else "",
        later=ask.address("/learning", state=tab, page=number + 1, **kept) if len(shown) > number * PAGE else "",
    )


@pages.get("/learning/new", "record.work")
async def adding(ask: Request) -> web.StreamResponse:
    """The form for a new one; ``?record=`` is where it came from."""
    people = await ask.read(lambda db: members(ask, db))
    return _form(ask, None, people, {"records": ask.query.get("record", "")[:20]})


@pages.post("/learning/new", "record.work", audit="learning.add")
async def add(ask: Request) -> web.StreamResponse:
    """A new action, and the records that it came from say so."""
    typed = ask.text("records", 400)

    def look(db: Connection) -> tuple[list[Member], list[int]]:
        return members(ask, db), references(ask, db, typed)

    people, cases = await ask.read(look)
    one = read(ask, None, people)
    at = desk(ask, one.owner, people)
    ask.noted = f"learning:{one.id}"
    if ask.errors or not await _kept(ask, "records", lambda db: learning.add(db, at, one, cases)):
        return _form(ask, None, people, ask.form)
    return ask.back_to(f"/learning/{one.id}", ask.say("Kept."))


@pages.get("/learning/{learning}", "records.list", audit="learning.seen")
async def show(ask: Request) -> web.StreamResponse:
    """One action."""
    one, people = await wanted(ask)
    return await _show(ask, one, people)


@pages.get("/learning/{learning}/change", "record.work", audit="learning.seen")
async def changing(ask: Request) -> web.StreamResponse:
    """The form of one that there is."""
    one, people = await wanted(ask)
    kept: dict[str, Any] = {
        "learned": one.learned, "action": one.action, "owner": one.owner, "due": one.due.isoformat(),
        "check_by": one.check_by.isoformat() if one.check_by else "", "version": one.version,
        "services": one.services, "themes": one.themes,
    }  # fmt: skip
    return _form(ask, one, people, kept)


@pages.post("/learning/{learning}/change", "record.work", audit="learning.change")
async def change(ask: Request) -> web.StreamResponse:
    """The action as it is from now on."""
    one, people = await wanted(ask)
    asked = read(ask, one, people)
    kept = [code for code in one.services if code not in services(ask)]
    new = _changed(one, asked, tuple(dict.fromkeys((*asked.services, *kept))))
    at = desk(ask, new.owner, people)
    if not ask.errors and not await _kept(ask, "learned", lambda db: learning.change(db, at, new)):
        one, _ = await wanted(ask)
    if ask.errors:
        return _form(ask, one, people, ask.form)
    return ask.back_to(f"/learning/{one.id}", ask.say("Saved."))


@pages.post("/learning/{learning}/link", "record.work", audit="learning.link")
async def link(ask: Request) -> web.StreamResponse:
    """It came from these records too."""
    one, people = await wanted(ask)
    typed = ask.text("records", 400)
    cases = await ask.read(lambda db: references(ask, db, typed))
    if not typed:
        ask.errors.add("records", ask.say("Write the reference of a record, like HB-7K3M-2Q"))
    at = desk(ask, one.owner, people)
    if ask.errors or not await _kept(ask, "records", lambda db: learning.link(db, at, one, cases)):
        return await _show(ask, one, people)
    return ask.back_to(f"/learning/{one.id}", ask.say("Kept."))


@pages.post("/learning/{learning}/done", "record.work", audit="learning.done")
async def done(ask: Request) -> web.StreamResponse:
    """It was done, and this is how we know."""
    one, people = await wanted(ask)
    day, evidence = today(ask), ask.text("evidence", 4000)
    on = read_day(ask, "on", ask.text("on", 20), first=date(day.year - 1, 1, 1), last=day)
    check = read_day(ask, "check_by", ask.text("check_by", 20), first=day + DAY, last=date(day.year + 6, 12, 31))
    if not evidence:
        ask.errors.add("evidence", ask.say("Write how we know that it was done"))
    if one.state not in OWED:
        ask.errors.add("evidence", ask.say("Somebody has recorded that it was done"))
    write = learning.done
    on, at = on or day, desk(ask, one.owner, people)
    if ask.errors or not await _kept(
        ask, "evidence", lambda db: write(db, at, one, on, evidence, check or _after(one, on))
    ):
        return await _show(ask, one, people)
    return ask.back_to(f"/learning/{one.id}", ask.say("Done. Well done."))


@pages.post("/learning/{learning}/check", "record.work", audit="learning.check")
async def check(ask: Request) -> web.StreamResponse:
    """Somebody looked again."""
    one, people = await wanted(ask)
    day, note = today(ask), ask.text("note", 4000)
    lasted = next(iter(ask.chosen("lasted", ("yes", "no"))), "")
    due = read_day(ask, "due", ask.text("due", 20), first=day, last=date(day.year + 5, 12, 31))
    if not lasted:
        ask.errors.add("lasted", ask.say("Choose one"))
    if not note:
        ask.errors.add("note", ask.say("Write what you saw"))
    if lasted == "no" and due is None:
        ask.errors.add("due", ask.say("Choose the day by which it is done again"))
    if one.state != "done":
        ask.errors.add("lasted", ask.say("Somebody has looked meanwhile"))
    at, write = desk(ask, one.owner, people), learning.checked
    if ask.errors or not await _kept(ask, "lasted", lambda db: write(db, at, one, lasted == "yes", day, note, due)):
        return await _show(ask, one, people)
    return ask.back_to(f"/learning/{one.id}", ask.say("Recorded."))


# Parts ------------------------------------------------------------------------------------------


def _after(one: Action, on: date) -> date:
    """When somebody looks again: the day that was chosen, if it is still to come."""
    return one.check_by if one.check_by and one.check_by > on else check_day(on)


def _changed(one: Action, asked: Action, about: Sequence[str]) -> Action:
    return replace(
        one, learned=asked.learned, action=asked.action, owner=asked.owner, due=asked.due, version=asked.version,
        check_by=asked.check_by or one.check_by, services=tuple(about), themes=asked.themes,
    )  # fmt: skip


async def _kept(ask: Request, name: str, write: Any) -> bool:
    """Whether it was written; else the error of the field says why: somebody was quicker, a record refuses it."""
    try:
        await ask.write(write)
    except Changed:
        ask.errors.add(name, ask.say("Somebody has changed this meanwhile. Look at it again, then save."))
    except TooMany:
        ask.errors.add(name, ask.say("An action has at most {most} records", most=learning.MOST))
    except Refused as refusal:
        ask.errors.add(name, spoken(refusal.why, ask.say, ask.language))
    return not ask.errors


async def _show(ask: Request, one: Action, people: Sequence[Member]) -> web.Response:
    mine = reach(ask.user, "records.list")

    def look(db: Connection) -> tuple[learning.Linked, int]:
        return learning.linked(db, mine, one.id), len(news.words(db, one.id))

    found, written = await ask.read(look)
    ask.shown += [reference for reference, _ in found.records]
    names = {f"staff:{member.id}": member.name for member in people}
    codes = ask.codes
    return render(
        ask,
        "learning_one.html",
        one=one,
        card=card(ask, one, {member.id: member.name for member in people}),
        who=lambda by: names.get(by, "?"),
        records=[(reference, codes.kind(kind)) for reference, kind in found.records],
        hidden=found.hidden,
        written=written,
        works=ask.may("record.work") and learning.covers(reach(ask.user, "record.work"), one),
        owed=one.state in OWED,
        today=today(ask),
        asks_check=(_after(one, today(ask))).isoformat(),
        given=ask.form,
    )


def _form(ask: Request, one: Action | None, people: Sequence[Member], given: Any) -> web.Response:
    codes = ask.codes
    many = getattr(given, "getall", None)

    def ticked(name: str) -> Sequence[str]:
        return list(many(name, ())) if many else list(given.get(name, ()))

    return render(
        ask,
        "learning_form.html",
        one=one,
        given=given,
        ticked=ticked,
        services=[(code, codes.service(code)) for code in services(ask)],
        themes=[(code, codes.theme(code)) for code in themes(ask.profile)],
        people=[
            (member.id, member.name) for member in people if not member.disabled or (one and member.id == one.owner)
        ],
    )
