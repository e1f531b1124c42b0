"""Copies of everything about one person: begun by a worker who names the records, read through, covered, released."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection, select

import locales
from casework import withholding
from casework.covering import Found, to_cover
from casework.record import CaseState
from console.history import History
from console.page import Pages
from console.render import render
from console.request import Request
from console.rightsview import FOUND, KINDS, STATES, WITHHELD
from console.settingsview import today
from console.words import N_
from storage import audit, rights_copy, rights_page, rights_requests, staff
from storage.about import About, about
from storage.desk import CASE
from storage.ids import read_reference
from storage.rights_copy import Names, TooLarge
from storage.rights_requests import Changed
from storage.rights_requests import Request as Asked

pages = Pages()
ORDER = 80
#: Words to cover that a worker may add, in characters; reasons; records of one copy.
LONGEST, WHY, MOST = 4000, 300, 50


@pages.get("/rights", "rights.manage", audit="rights.list", menu=N_("Data rights"))
async def show(ask: Request) -> web.StreamResponse:
    """What people asked, and a new copy."""
    return await _show(ask)


async def _show(ask: Request) -> web.Response:
    organisation = ask.user.organisation
    found = await ask.read(lambda db: rights_requests.listed(db, organisation))
    names = await ask.read(lambda db: _staff(ask, db))
    rows = [
        {
            "one": one,
            "kind": ask.say(KINDS[one.kind]),
            "state": ask.say(STATES[one.state][0]),
            "colour": STATES[one.state][1],
            "late": one.state == "open" and one.due < today(ask),
            "by": names.get(one.ended_by or one.by, ask.say("The command line")),
        }
        for one in found
    ]
    return render(ask, "rights_requests.html", rows=rows, typed=str(ask.form.get("records", "")))


@pages.post("/rights", "rights.manage", audit="rights.begin")
async def begin(ask: Request) -> web.StreamResponse:
    """A new copy of the records that are named."""
    cases = await _named(ask)
    if ask.errors:
        return await _show(ask)
    by, now, vault, organisation = f"staff:{ask.user.id}", ask.now, ask.site.store.vault, ask.user.organisation

    def write(db: sqlmodel.Session) -> int:
        number = rights_requests.begin(db, vault, organisation, "access", cases, by, now)
        ask.noted = f"request:{number}"
        return number

    number = await ask.write(write)
    return ask.back_to(f"/rights/{number}")


async def _named(ask: Request) -> list[int]:
    """The records that were typed, as far as this user may see them; what is wrong is in ``ask.errors``."""
    given = [part for part in re.split(r"[\s,;]+", ask.text("records", LONGEST)) if part]
    found: dict[int, None] = {}
    if not given:
        ask.errors.add("records", ask.say("Write the number of at least one record, like HB-7K3M-2Q"))
    if len(given) > MOST:
        ask.errors.add("records", ask.say("At most {most} records go into one copy", most=MOST))
    for one in given[:MOST]:
        wanted = read_reference(one)
        record = await _known(ask, wanted) if wanted else None
        if record is None or not ask.may("rights.manage", record):
            said = ask.say("There is no record {reference} that you may copy", reference=one[:20])
            ask.errors.add("records", said)
        else:
            found[record.id] = None
    return list(found)


async def _known(ask: Request, reference: str) -> About | None:
    return await ask.read(lambda db: about(db, ask.user.organisation, reference, ask.now))


# One request ------------------------------------------------------------------------------------------


async def wanted(ask: Request) -> Asked:
    """The request of the path. 404 unless this user may see every record in it."""
    number, organisation, vault = ask.http.match_info["request"], ask.user.organisation, ask.site.store.vault
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise web.HTTPNotFound

    def look(db: Connection) -> Asked | None:
        found = rights_requests.one(db, vault, organisation, int(number))
        for reference in found.cases.values() if found else ():
            record = about(db, organisation, reference, ask.now)
            if record is None or not ask.may("rights.manage", record):
                return None
        return found

    found = await ask.read(look)
    if found is None or found.kind != "access":
        raise web.HTTPNotFound
    ask.noted = f"request:{found.id}"
    return found


@pages.get("/rights/{request}", "rights.manage", audit="rights.review")
async def review(ask: Request) -> web.StreamResponse:
    """What would be given, with what is covered, to be read through."""
    return await reviewed(ask, await wanted(ask))


Read = tuple[list[dict[str, Any]], list[Found]]


async def reviewed(ask: Request, one: Asked, status: int = 0, known: Read | None = None) -> web.Response:
    """The page of a request, with what would be given out. ``known``: what was read through already."""
    records, found = known or (await read_through(ask, one) if one.state == "open" else ([], []))
    codes = ask.codes

    def near(db: Connection) -> list[tuple[str, str]]:
        rows = rights_requests.others(db, list(one.cases), ask.user.organisation)
        query = select(CASE.c.id, CASE.c.reference, CASE.c.kind).where(CASE.c.id.in_(rows))
        out = []
        for row in db.execute(query):
            record = about(db, ask.user.organisation, row.reference, ask.now)
            if record is not None and ask.may("rights.manage", record):
                out.append((row.reference, codes.kind(row.kind)))
        return out

    words, left = to_cover(found, one.covered), withholding.apart(records, one.withheld)
    there = {item.words.casefold() for item in found}
    reasons = {word.casefold(): why for word, why in one.covered.items()}
    return render(
        ask,
        "rights_request.html",
        status,
        one=one,
        state=ask.say(STATES[one.state][0]),
        colour=STATES[one.state][1],
        waits=one.waits(ask.now),
        found=[(item, ask.say(FOUND[item.why]), reasons.get(item.words.casefold(), "")) for item in found],
        added=[word for word, why in one.covered.items() if not why and word.casefold() not in there],
        files=[
            (record["reference"], file, one.without.get(file["id"], ""))
            for record in records
            for file in record["files"]
        ],
        left=left,
        gone_with=withholding.files(records, left),
        ticked=frozenset(map(str, ask.form.getall("apart", ()))),
        lost=withholding.lost(records, one.withheld),
        reasons=[(code, ask.say(text)) for code, text in WITHHELD.items()],
        longer=one.extends_to(ask.now),
        records=rights_copy.hidden(records, words),
        near=await ask.read(near) if one.state == "open" else [],
        typed={name: str(value) for name, value in ask.form.items()},
    )


async def read_through(ask: Request, one: Asked) -> Read:
    """The records in it, and who else may be in them. That each was read is written down."""
    names = await ask.read(lambda db: _staff(ask, db))
    organisation, user, now = ask.user.organisation, ask.user.id, ask.now
    store, how = ask.site.store, _names(ask, names)
    records = await asyncio.to_thread(rights_copy.gathered, store, organisation, list(one.cases), how)
    references = list(one.cases.values())

    def note(db: sqlmodel.Session) -> None:
        for reference in references:
            audit.note(db.connection(), organisation, user, "rights.copied", reference, now)

    await ask.write(note, aside=True)
    found = await asyncio.to_thread(rights_copy.others, records, list(names.values()))
    return records, found


def _names(ask: Request, names: Mapping[str, str]) -> Names:
    codes = ask.codes
    history = History(codes, CaseState(), (), (), frozenset())

    def who(by: str) -> str:
        return names.get(by) or history.who(by) or ask.say("The command line")

    return Names(event=lambda event: history.event_name(event.kind), staff=who, place=codes.place)


def _staff(ask: Request, db: Connection) -> dict[str, str]:
    people = staff.everyone(db, ask.site.sealer, (ask.user.organisation,))
    return {f"staff:{one.id}": one.name for one in people}


@pages.post("/rights/{request}/records", "rights.manage", audit="rights.records")
async def choose(ask: Request) -> web.StreamResponse:
    """Other records."""
    one = await wanted(ask)
    cases = await _named(ask)
    if ask.errors:
        return await reviewed(ask, one)
    return await changing(ask, one, lambda db: rights_requests.choose(db, one, cases), ask.say("Saved."))


@pages.post("/rights/{request}/cover", "rights.manage", audit="rights.cover")
async def cover(ask: Request) -> web.StreamResponse:
    """What is covered: of what was found all that is ticked, what is not needs a reason; and words of one's own."""
    one = await wanted(ask)
    known = await read_through(ask, one)
    numbers = {item.words: number for number, item in enumerate(known[1], 1)}
    # What has been found only since the page was drawn is covered: nobody has seen it.
    shown, kept = ask.chosen("shown", numbers), set(ask.chosen("cover", numbers))
    decided: dict[str, str] = {}
    for word in shown:
        why = ask.text(f"why {word}", WHY)
        if word not in kept:
            decided[word] = why
            if not why:
                said = ask.say("Write why “{word}” may be read, or cover it", word=word)
                ask.errors.add(f"why-{numbers[word]}", said)
    for line in ask.text("more", LONGEST).splitlines():
        if line.strip():
            decided.setdefault(line.strip(), "")
    if ask.errors:
        return await reviewed(ask, one, known=known)
    vault = ask.site.store.vault
    return await changing(ask, one, lambda db: rights_requests.cover(db, vault, one, decided), ask.say("Saved."))


@pages.post("/rights/{request}/release", "rights.manage", audit="rights.release", fresh=True)
async def release(ask: Request) -> web.StreamResponse:
    """Make the copy and let it be fetched, for two weeks."""
    one = await wanted(ask)
    if not ask.chosen("read", ["yes"]):
        ask.errors.add("read", ask.say("Tick this when you have read all of it"))
    if not one.cases:
        ask.errors.add("records", ask.say("Choose at least one record"))
    if ask.errors:
        return await reviewed(ask, one)
    records, found = await read_through(ask, one)
    if withholding.lost(records, one.withheld):
        ask.errors.add("read", ask.say("Something that is left out has changed: look at 3 again and save it"))
        return await reviewed(ask, one, known=(records, found))
    store, now, by = ask.site.store, ask.now, f"staff:{ask.user.id}"
    words = to_cover(found, one.covered)
    left = withholding.apart(records, one.withheld)
    hidden = rights_copy.hidden(withholding.without(records, left), words)
    files = {*one.without, *withholding.files(records, left)}
    language = str(ask.form.get("language", "")) or records[0]["language"]
    draw = drawing(ask, language, covers=bool(words))

    def make() -> str:
        content = rights_copy.packed(store, ask.user.organisation, hidden, draw, now, files)
        return rights_copy.keep(store, one, content)

    try:
        name = await asyncio.to_thread(make)
    except TooLarge:
        ask.errors.add(
            "records",
            ask.say("The files are too large for one copy: make two, with fewer records each, or leave one out"),
        )
        return await reviewed(ask, one)
    try:
        await ask.write(lambda db: rights_requests.release(db, one, name, by, now))
    except Changed:
        await asyncio.to_thread(rights_copy.discard, store, name)
        return await _changed(ask)
    return ask.back_to(f"/rights/{one.id}", ask.say("Released. It can be fetched for two weeks, then it is destroyed."))


def drawing(ask: Request, language: str, *, covers: bool) -> Any:
    """Draws the page of a copy in a language that is offered."""
    code = language if language in {entry.code for entry in locales.offered()} else locales.offered()[0].code
    say, made = locales.speaker(code), locales.show_date(today(ask), code)

    def draw(records: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> str:
        direction, name = locales.language(code).direction, ask.profile.name.said(code)
        return rights_page.page(
            records, files, say=say, language=code, direction=direction, organisation=name, made=made, covers=covers
        )

    return draw


@pages.get("/rights/{request}/file", "rights.manage", audit="rights.file", fresh=True)
async def file(ask: Request) -> web.StreamResponse:
    """The copy, to be given to the person."""
    one, store, now = await wanted(ask), ask.site.store, ask.now
    try:
        body = await asyncio.to_thread(rights_copy.fetch, store, one, now)
    except (LookupError, OSError):
        raise web.HTTPNotFound from None
    name = f"{ask.user.organisation}-copy-{today(ask).isoformat()}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type="application/zip", headers=headers)


@pages.post("/rights/{request}/end", "rights.manage", audit="rights.end")
async def end(ask: Request) -> web.StreamResponse:
    """It is over: handed over, or refused. The copy is destroyed."""
    one = await wanted(ask)
    state = next(iter(ask.chosen("state", ("done", "refused"))), "")
    if not state:
        raise web.HTTPNotFound
    by, now = f"staff:{ask.user.id}", ask.now
    try:
        await ask.doom(lambda db: rights_requests.end(db, one, state, by, now))
    except Changed:
        return await _changed(ask)
    return ask.back_to("/rights", ask.say("Ended. Its copy and its words are destroyed."))


async def changing(ask: Request, one: Asked, fn: Any, said: str) -> web.StreamResponse:
    """Write a change and say so; where somebody else changed the request meanwhile, show it anew."""
    try:
        await ask.write(fn)
    except Changed:
        return await _changed(ask)
    return ask.back_to(f"/rights/{one.id}", said)


async def _changed(ask: Request) -> web.StreamResponse:
    ask.errors.add("records", ask.say("Somebody else has changed this meanwhile. Look again, then do it once more."))
    return await reviewed(ask, await wanted(ask), 409)
