"""The person's words in the reader's language, by machine and marked so; and asking an interpreter."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

import locales
from console.page import Pages
from console.recordread import load
from console.render import render
from console.request import Request
from console.translating import WHY
from locales.machine import NotTranslated
from storage import reading, working

pages = Pages()


@pages.get("/record/{reference}/translation", "record.view")
async def translation(ask: Request) -> web.StreamResponse:
    """Every word the person wrote, beside what a machine makes of it; kept nowhere."""
    translator = ask.site.translator
    found = await ask.read(lambda db: load(ask, db))
    language = str(found.row["language"])
    # Without a letter it is a choice, "2", and nothing to translate.
    spoken = [one for one in found.said if not one.ours and any(map(str.isalpha, "".join(one.lines)))]
    theirs = [replace(one, language=language) for one in spoken]
    lines = [line for one in theirs for line in one.lines]
    made: list[str] = []
    problem = ""
    if translator is None:
        problem = ask.say("No machine translator is set up here. Ask an interpreter.")
    elif lines and language != ask.language:
        try:
            made = await translator.translate(lines, language, ask.language)
        except NotTranslated as error:
            problem = ask.say(WHY[error.code])
    return render(
        ask,
        "translation.html",
        reference=ask.record.reference,
        tongue=locales.language(language),
        pairs=_paired(theirs, made),
        problem=problem,
        asked=any(one["why"] == "interpreter" and not one["done_at"] for one in found.whole["tasks"]),
    )


def _paired(theirs: list[reading.Said], made: list[str]) -> list[tuple[reading.Said, list[tuple[str, str]]]]:
    """Each message with its lines and their translations, "" where there is none."""
    left = iter(made)
    return [(one, [(line, next(left, "")) for line in one.lines]) for one in theirs]


@pages.post("/record/{reference}/interpreter", "record.work")
async def interpreter(ask: Request) -> web.StreamResponse:
    """A task: somebody asks an interpreter. Once for as long as it is open."""
    case, now = ask.record.id, ask.now
    await ask.write(lambda db: working.ask_interpreter(db.connection(), case, now))
    said = ask.say("Asking an interpreter is now a task of this record.")
    return ask.back_to(f"/record/{ask.record.reference}#now", said)
