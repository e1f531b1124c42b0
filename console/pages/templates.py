"""Model replies of an organisation: which there are in which language, their wording, and back to the shipped one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

import locales
from casework import letters
from casework.letters import LETTERS
from console import replying
from console.page import Pages
from console.render import render
from console.replying import MOST_TEMPLATE, PLACES, TITLES
from console.request import Request
from console.settingsview import today
from console.words import N_
from storage import templates
from storage.templates import Changed, Template

pages = Pages()
ORDER = 84
#: What fills the places where a wording is shown without a record.
EXAMPLE: Mapping[str, str] = {
    "reference": "HB-7K3M-2Q",
    "name": "Sam",
    "who": "Ann Lee",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One model reply in the list: its cells are (language, its name, "own", "shipped" or "missing")."""

    code: str
    title: str
    cells: tuple[tuple[str, str, str], ...]


@pages.get(
    "/settings/templates",
    "settings.view",
    menu=N_("Model replies"),
    hint=N_("What staff begin a reply with, in every language; your own wording in place of ours."),
)
async def listed(ask: Request) -> web.StreamResponse:
    """Every model reply by language."""
    return await _list(ask)


@pages.post("/settings/templates", "settings.change", audit="templates.add")
async def added(ask: Request) -> web.StreamResponse:
    """A model reply of the organisation's own that we ship no wording of."""
    title = ask.text("title", 80)
    if not title:
        ask.errors.add("title", ask.say("Write what it is called"))
        return await _list(ask)
    code = _code(title)
    if code in {one.code for one in await _own(ask)}:
        ask.errors.add("title", ask.say("There is one of this name already"))
        return await _list(ask)
    ask.noted = _noted(code, "en")
    return ask.back_to(f"/settings/templates/{code}/en")


@pages.get("/settings/templates/{code}/{language}", "settings.view")
async def wording(ask: Request) -> web.StreamResponse:
    """One wording, to be read and changed."""
    return _edited(ask, await _own(ask))


@pages.post("/settings/templates/{code}/{language}", "settings.change", audit="templates.change")
async def change(ask: Request) -> web.StreamResponse:
    """Keep a wording, or only look how it will be."""
    own = await _own(ask)
    code, language = _where(ask, own)
    title, text = ask.text("title", 80), ask.text("text", MOST_TEMPLATE)
    _check(ask, code, title, text)
    if ask.errors or ask.form.get("do") == "preview":
        return _edited(ask, own, text=text, title=title)
    new = Template(0, code, language, title, text, f"staff:{ask.user.id}")
    instead, organisation, now = _instead(ask), ask.user.organisation, ask.now
    try:
        await ask.write(lambda db: templates.save(db.connection(), organisation, new, now, instead=instead))
    except Changed as changed:
        ask.errors.add("text", _said(ask, changed))
        return _edited(ask, await _own(ask), text=text, title=title, status=409)
    return ask.back_to("/settings/templates", ask.say("Kept: {title}", title=title or ask.say(TITLES.get(code, code))))


@pages.post("/settings/templates/{code}/{language}/retire", "settings.change", audit="templates.retire")
async def retire(ask: Request) -> web.StreamResponse:
    """Take the organisation's own wording out; where we ship one, that counts again."""
    own = await _own(ask)
    code, language = _where(ask, own)
    instead, organisation, now = _instead(ask), ask.user.organisation, ask.now
    try:
        await ask.write(
            lambda db: templates.retire(db.connection(), organisation, code, language, now, instead=instead)
        )
    except Changed as changed:
        ask.errors.add("text", _said(ask, changed))
        return _edited(ask, await _own(ask), status=409)
    return ask.back_to(
        "/settings/templates",
        ask.say("The shipped wording counts again.") if code in LETTERS else ask.say("It is not offered any more."),
    )


async def _own(ask: Request) -> tuple[Template, ...]:
    organisation = ask.user.organisation
    return await ask.read(lambda db: templates.own(db, organisation))


def _where(ask: Request, own: Sequence[Template]) -> tuple[str, str]:
    """The code and language of the path; 404 for what is neither ours, nor theirs, nor about to be."""
    code, language = ask.http.match_info["code"], ask.http.match_info["language"]
    known = code in LETTERS or any(one.code == code for one in own) or _code(code.removeprefix("own-")) == code
    if not known or language not in _languages():
        raise web.HTTPNotFound
    ask.noted = _noted(code, language)
    return code, language


def _noted(code: str, language: str) -> str:
    """What the audit is told of a wording."""
    return f"template:{code} {language}"


def _languages() -> list[str]:
    return [entry.code for entry in locales.offered()]


def _code(title: str) -> str:
    """The permanent name of a model reply of the organisation's own."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return f"own-{'-'.join(re.findall('[a-z0-9]+', plain))[:40].strip('-') or 'reply'}"


def _instead(ask: Request) -> int:
    text = str(ask.form.get("row", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1


def _check(ask: Request, code: str, title: str, text: str) -> None:
    if not text:
        ask.errors.add("text", ask.say("Write the wording"))
    if not title and code not in LETTERS:
        ask.errors.add("title", ask.say("Write what it is called"))
    if found := letters.unknown(text):
        said = N_("Nothing is called {places}. What can be filled in: {known}")
        known = replying.braced(letters.PLACES)
        ask.errors.add("text", ask.say(said, places=replying.braced(found), known=known))


def _said(ask: Request, changed: Changed) -> str:
    if changed.now is None:
        return ask.say("Nothing was kept: somebody took this wording out meanwhile. Send yours again to put it in.")
    return ask.say("Nothing was kept: somebody wrote another wording meanwhile. Read it below, then send yours again.")


# Shown ------------------------------------------------------------------------------------------


async def _list(ask: Request) -> web.Response:
    own = await _own(ask)
    have = {(one.code, one.language): one for one in own}
    spoken = [(code, _tongue(ask, code)) for code in _languages()]
    codes = [*TITLES, *sorted({one.code for one in own} - set(TITLES))]
    rows = [
        Row(code, _title(ask, code, own), tuple((*one, _state(have, code, one[0])) for one in spoken)) for code in codes
    ]
    return render(ask, "templates.html", rows=rows, typed=str(ask.form.get("title", ""))[:80])


def _state(have: Mapping[tuple[str, str], Template], code: str, language: str) -> str:
    return "own" if (code, language) in have else "shipped" if code in LETTERS else "missing"


def _title(ask: Request, code: str, own: Sequence[Template]) -> str:
    named = sorted((one for one in own if one.code == code and one.title), key=lambda one: one.language != ask.language)
    return named[0].title if named else ask.say(TITLES[code]) if code in TITLES else code.removeprefix("own-")


def _tongue(ask: Request, code: str) -> str:
    entry = locales.language(code)
    return entry.english if ask.language == "en" else entry.name


def _edited(
    ask: Request, own: Sequence[Template], *, text: str | None = None, title: str | None = None, status: int = 0
) -> web.Response:
    code, language = _where(ask, own)
    mine = next((one for one in own if (one.code, one.language) == (code, language)), None)
    ours = replying.shipped(code, language) if code in LETTERS else ""
    shown = text if text is not None else mine.text if mine else ours
    letter = LETTERS.get(code)
    registers = [] if letter is None else [(name, letter.wording(name)) for name in ("young", "child")]
    stands = mine.text if mine and text is not None and text != mine.text else ""
    return render(
        ask,
        "template.html",
        status,
        code=code,
        tongue=_tongue(ask, language),
        language_of=locales.language(language),
        others=[(one, _tongue(ask, one)) for one in _languages() if one != language],
        heading=_title(ask, code, own),
        title=title if title is not None else mine.title if mine else "",
        text=shown,
        row=mine.id if mine else 0,
        mine=mine,
        ours=ours if ours and ours != shown else "",
        stands=stands,
        wordings=[(name, replying.shipped(code, language, which)) for name, which in registers if which[0] == name],
        original=_english(code, own) if language != "en" else "",
        looks=_looks(ask, shown, language),
        places=[("{" + place + "}", ask.say(words)) for place, words in PLACES.items()],
        gaps=letters.gaps(shown),
        most=MOST_TEMPLATE,
        changes=ask.may("settings.change"),
    )


def _english(code: str, own: Sequence[Template]) -> str:
    found = replying.wording(code, "en", "", own)
    return found.text if found else ""


def _looks(ask: Request, text: str, language: str) -> list[tuple[str, Any]]:
    """How it will look as a text message, with an example in its places; [] where this deployment cannot say."""
    if not ask.site.preview or not text or len(text) > MOST_TEMPLATE:
        return []
    profile, day = ask.profile, locales.show_date(today(ask), language)
    days = dict.fromkeys(("sent_on", "acknowledge_by", "answer_by", "next_by", "look_again"), day)
    stages = list(profile.stages.values())
    ombudsman = profile.ombudsman.name.said(language) if profile.ombudsman else ""
    step = stages[1].name.said(language) if len(stages) > 1 else ombudsman
    way_on = replying.goes_on(step, day, language)
    names = {"way_on": way_on, "organisation": profile.name.said(language), "ombudsman": ombudsman, "next_step": step}
    return [("sms", ask.site.preview("sms", locales.fill(text, {**EXAMPLE, **days, **names}, language), language))]
