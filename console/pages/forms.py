"""Blank forms and model letters to print, in every language that is offered."""

from __future__ import annotations

from aiohttp import web

import locales
from console import blank
from console.page import Pages
from console.render import render
from console.request import Request
from storage import asked, templates
from storage.asked import Voice

ORDER = 31
pages = Pages()


@pages.get("/forms", "record.enter")
async def every(ask: Request) -> web.StreamResponse:
    """What there is to print, in the language of ?language."""
    return render(
        ask,
        "blank_all.html",
        kinds=_kinds(ask),
        letters=[(code, ask.say(name)) for code, name in blank.LETTERS.items()],
        tongues=_tongues(),
        chosen=_language(ask),
        wordings=[(code, ask.say(name)) for code, (_, _, name) in blank.WORDINGS.items()],
    )


@pages.get("/forms/form", "record.enter", audit="forms.form")
async def form(ask: Request) -> web.StreamResponse:
    """One blank form: ?kind, ?language, ?wording. What is none of those is a complaint, English, ordinary."""
    kind = _of(ask, "kind", [one for one, _ in _kinds(ask)], "complaint")
    language, wording = _language(ask), _wording(ask)
    return render(
        ask, "blank_form.html", sheet=blank.sheet(ask, kind, language, wording), kind=kind, wording=wording,
        tongues=_tongues(), wordings=[(code, ask.say(name)) for code, (_, _, name) in blank.WORDINGS.items()],
    )  # fmt: skip


@pages.get("/forms/letter", "record.enter", audit="forms.letter")
async def letter(ask: Request) -> web.StreamResponse:
    """One model letter: ?code, ?language, ?wording; it may be changed on the page before it is printed."""
    organisation = ask.user.organisation
    own = await ask.read(lambda db: templates.own(db, organisation))
    code, language, wording = _of(ask, "code", list(blank.LETTERS), "acknowledge"), _language(ask), _wording(ask)
    return render(
        ask, "blank_letter.html", letter=blank.letter(ask, code, language, wording, own), code=code, wording=wording,
        name=ask.say(blank.LETTERS[code]), tongues=_tongues(),
        wordings=[(one, ask.say(name)) for one, (_, easy, name) in blank.WORDINGS.items() if not easy],
    )  # fmt: skip


def _kinds(ask: Request) -> list[tuple[str, str]]:
    world = ask.site.store.worlds(ask.user.organisation)
    codes = ask.codes
    return [(one.value, codes.kind(one.value)) for one in asked.kinds(world, Voice(ask.language))]


def _tongues() -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in locales.offered()]


def _of(ask: Request, name: str, offered: list[str], otherwise: str) -> str:
    wanted = ask.query.get(name, "")
    return wanted if wanted in offered else otherwise


def _language(ask: Request) -> str:
    return _of(ask, "language", [code for code, _ in _tongues()], "en")


def _wording(ask: Request) -> str:
    return _of(ask, "wording", list(blank.WORDINGS), "plain")
