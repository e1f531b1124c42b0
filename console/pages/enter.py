"""Enter a record that came by telephone, letter, leaflet, in person: the questions of the flows on one page."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any, BinaryIO, cast

from aiohttp import web
from sqlalchemy import Connection

from console import entering_form as form
from console.page import Pages
from console.render import render
from console.request import Request
from console.words import N_
from storage import asked, audit, media
from storage.about import about
from storage.asked import Question
from storage.entered import Media, OffPath, enter, known_media

ORDER = 30
pages = Pages()

#: What a stack of leaflets has in common: kept from one record to the next.
KEPT = ("channel", "campaign", "day", "language", "tongue", "took", "present", "easy")


@pages.get("/enter", "record.enter", menu=N_("Enter a record"))
async def empty(ask: Request) -> web.StreamResponse:
    """The form; the address may say what is in it already (``KEPT``)."""
    kept = {field: ask.query[field][: form.MOST_LINE] for field in KEPT if field in ask.query}
    return await _show(ask, _kind(ask, ask.query.get("kind", "")), kept=kept)


@pages.post("/enter", "record.enter")
async def entered(ask: Request) -> web.StreamResponse:
    """File it; or draw the form of another kind with everything that was typed."""
    kind = _kind(ask, str(ask.form.get("kind", "")))
    held = await _held(ask)
    if "switch" in ask.form:
        return await _show(ask, _kind(ask, str(ask.form["switch"])), held)
    world = ask.site.store.worlds(ask.user.organisation)
    questions = asked.questions(world, kind, _voice(ask))
    offered = await ask.read(lambda db: form.around(ask, db))
    record = form.entered(ask, kind, questions, offered, held)
    if record is None:
        return await _show(ask, kind, held)

    def besides(db: Connection, reference: str) -> None:
        ask.noted = reference
        audit.write(db, ask.deed)

    try:
        filed = await asyncio.to_thread(enter, ask.site.store, record, besides)
    except OffPath as stray:
        for one in questions:
            if one.id in stray.steps:
                ask.errors.add(form.name(one.id), _stray(ask, one))
        return await _show(ask, kind, held)
    except LookupError:
        ask.errors.add(form.FILES[0], ask.say("A file is not there any more. Choose it again."))
        return await _show(ask, kind)
    ask.owed = False
    kept = {field: str(ask.form.get(field, "")) for field in (*KEPT, "kind")}
    done = {"reference": filed.reference, "receipt": filed.receipt, "level": filed.level, "kept": kept}
    ask.flash(json.dumps(done), "entered")
    return ask.back_to("/enter/done")


@pages.get("/enter/done", "record.enter", audit="entered")
async def done(ask: Request) -> web.StreamResponse:
    """What was entered, and the person's number: shown this once."""
    told = next((json.loads(text) for kind, text in ask.said if kind == "entered"), None)
    ask.said = [(kind, text) for kind, text in ask.said if kind != "entered"]
    if told is None:
        return render(ask, "enter_done.html", reference="", receipt="", level="", kept={}, readable=False)
    ask.said.append(("done", ask.say("Entered: {reference}", reference=told["reference"])))
    organisation, ask.noted = ask.user.organisation, told["reference"]
    found = await ask.read(lambda db: about(db, organisation, told["reference"]))
    readable = found is not None and ask.may("record.view", found)
    kept = {field: value for field, value in told["kept"].items() if value}
    return render(
        ask, "enter_done.html", reference=told["reference"], receipt=told["receipt"], level=told["level"],
        kept=kept, readable=readable,
    )  # fmt: skip


async def _show(
    ask: Request, kind: str, held: tuple[Media, ...] = (), *, kept: dict[str, str] | None = None
) -> web.Response:
    world = ask.site.store.worlds(ask.user.organisation)
    codes = ask.codes
    voice = _voice(ask)
    questions = asked.questions(world, kind, voice)

    def read(db: Connection) -> form.Around:
        return form.around(ask, db)

    offered = await ask.read(read)
    values = form.values(ask, kept or {})
    parts = [(name, [one for one in questions if form.part(one) == part]) for part, name in form.PARTS.items()]
    return render(
        ask,
        "enter.html",
        kind=kind,
        kinds=[(one.value, codes.kind(one.value)) for one in asked.kinds(world, voice)],
        parts=[(ask.say(name), found) for name, found in parts if found],
        only={one.id: _only(ask, one) for one in questions},
        values=values,
        carried=form.carried(ask, questions),
        ways=form.ways(ask),
        tongues=form.tongues(ask),
        campaigns=offered.campaigns,
        staff=[(str(one.id), one.name) for one in offered.staff],
        held=held,
        files=form.FILES[len(held) :],
        drawn=next(iter(values.get("drawn", ())), "") or secrets.token_hex(16),
        today=ask.now,
        largest=ask.site.store.media.limit,
        about_me="about-me" in values or bool(ask.errors.of("about-me")),
    )


def _kind(ask: Request, wanted: str) -> str:
    """The flow asked for, a complaint where it is none."""
    world = ask.site.store.worlds(ask.user.organisation)
    known = [one.value for one in asked.kinds(world, _voice(ask))]
    return wanted if wanted in known else "complaint"


def _voice(ask: Request) -> asked.Voice:
    return asked.Voice(ask.language)


async def _held(ask: Request) -> tuple[Media, ...]:
    """The files of the form: those kept from before, and new ones, stored before anything else can go wrong."""
    organisation, store = ask.user.organisation, ask.site.store.media
    left_out = set(ask.form.getall("drop", ()))
    before = [str(one) for one in ask.form.getall("media", ()) if one not in left_out][: len(form.FILES)]
    held = list(await ask.read(lambda db: known_media(db, organisation, before)))
    for field in form.FILES:
        file = ask.files.get(field)
        if file is None or not file.filename or len(held) >= len(form.FILES):
            continue
        try:
            stream = cast(BinaryIO, file.file)
            held.append(await asyncio.to_thread(store.store, organisation, stream, file.filename, file.content_type))
        except media.Refused as refused:
            ask.errors.add(field, _refused(ask, refused.why, store.limit))
    return tuple(held)


def _refused(ask: Request, why: str, limit: int) -> str:
    if why == "empty":
        return ask.say("This file is empty. Choose it again, or another.")
    if why == "large":
        return ask.say("This file is too large: at most {most} MB", most=limit // 2**20)
    return ask.say("This kind of file cannot be taken. Choose a photo, a scan, a PDF, a recording or a document.")


def _only(ask: Request, one: Question) -> str:
    """Of whom a question is asked, in words: "Only if “Who is speaking”: A parent, A carer"."""
    said = []
    for clause in one.only:
        places: dict[str, Any] = {"question": clause.question, "choices": ", ".join(clause.choices)}
        if clause.wanted:
            said.append(ask.say("Only if “{question}” is: {choices}", **places))
        else:
            said.append(ask.say("Not if “{question}” is: {choices}", **places))
    return ". ".join(said)


def _stray(ask: Request, one: Question) -> str:
    only = _only(ask, one)
    return ask.say("“{question}” is not asked here. Clear it, or change what is above.", question=one.name) + (
        f" ({only})" if only else ""
    )
