"""Drawing the pages: one Jinja environment, everything escaped, the words from the catalogue."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

import locales
from bot.channels.webchat import guard
from bot.channels.webchat.assets import address, assets
from bot.channels.webchat.intake import FILES
from bot.channels.webchat.numbers import linked
from bot.channels.webchat.site import MB, PALETTES, Place, Site
from bot.channels.webchat.view import View
from bot.channels.webchat.words import speaker
from storage.talks import Talk

_jinja = Environment(
    loader=PackageLoader("bot.channels.webchat"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_jinja.globals["asset"] = address
_jinja.filters["linked"] = linked
_jinja.filters["tag"] = locales.tag
_jinja.globals["symbols"] = frozenset(re.findall(r'id="(\w+)"', assets()["symbols.svg"].plain.decode()))
#: Characters of a label that fit below a third of a telephone's width.
SHORT = 10
#: So many languages are named at once, that of the page first; the others open below them.
NEAR = 4
#: The words that chat.js says.
_PHRASES = (
    "bad_type", "copied", "empty", "empty_file", "no_microphone", "not_saved_more", "offline", "online", "record",
    "record_stop", "recording", "remove", "sending", "sending_part", "thinking", "too_big", "too_many",
)  # fmt: skip


def once() -> str:
    """A number for one rendered form: posted twice, it is taken once."""
    return secrets.token_hex(16)


def preferred(request: web.Request, site: Site) -> str:
    """The language asked for by ``?lang=``, else the browser's first that is offered, else the default."""
    offered = [tongue.code for tongue in site.tongues]
    if (asked := request.query.get("lang", "")) in offered:
        return asked
    wanted = []
    for part in request.headers.get("Accept-Language", "")[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag))
        except ValueError:
            continue
    return locales.meant([tag for _, tag in sorted(wanted, key=itemgetter(0))], offered) or offered[0]


def page(
    site: Site,
    template: str,
    *,
    language: str,
    place: Place | None = None,
    held: str = "",
    status: int = 200,
    **values: Any,
) -> web.Response:
    """One page with every header it needs."""
    html = _draw(site, template, language=language, place=place, held=held, **values)
    return web.Response(text=html, content_type="text/html", status=status, headers=guard.headers(place))


def _draw(site: Site, template: str, *, language: str, place: Place | None, held: str, **values: Any) -> str:
    tongue = site.tongue(language)
    near = list(dict.fromkeys((tongue, *site.tongues)))[:NEAR] if len(site.tongues) > NEAR + 2 else list(site.tongues)
    say = speaker(site.translate, tongue.code)
    known: Mapping[str, Any] = {
        "tongue": tongue,
        "tongues": site.tongues,
        "near": near,
        "others": [other for other in site.tongues if other not in near],
        "carry": lambda code: urlencode({"lang": code}),
        "rtl": lambda code: site.tongue(code).rtl,
        "say": say,
        "place": place,
        "palette": site.palette(place) if place else PALETTES[0],
        "token": guard.token(held),
        "once": once(),
        "menu_once": once(),
        "easy": False,
        "picture_of": lambda concept: site.symbols.address(place.id if place else "", concept),
        "credits": site.symbols.credits(place.id if place else ""),
        "problem": "",
        "problem_title": say("problem"),
        "text": "",
        "again": (),
        "megabytes": site.largest // MB,
        "largest": site.largest,
        "phrases": (),
        "most": FILES,
        "demonstration": site.demonstration,
    }
    return _jinja.get_template(template).render({**known, **values})


def chat(
    site: Site, place: Place, held: str, talk: Talk, view: View, language: str, *, status: int = 200, **values: Any
) -> web.Response:
    """The conversation."""
    return page(
        site,
        "chat.html",
        language=language,
        place=place,
        held=held,
        status=status,
        view=view,
        phrases=_PHRASES,
        **_mode(view),
        **values,
    )


def fragments(site: Site, place: Place, held: str, view: View, language: str, before: int) -> dict[str, Any]:
    """What a socket sends: the new bubbles, and the answer part when another question is open than ``before``."""
    changed = view.ask is not None and view.asked != before
    shown: dict[str, Any] = {"language": language, "place": place, "held": held, "view": view, **_mode(view)}
    return {
        "type": "log",
        "seq": view.seq,
        "open": view.newest,
        "html": _draw(site, "_new.html", **shown),
        "answer": _draw(site, "_answer.html", **shown) if changed else "",
        "language": language,
        "easy": shown["easy"],
    }


def _mode(view: View) -> dict[str, bool]:
    """Whether words are easy and everything has its picture. Choices are cards then; few small ones stand in a row."""
    if view.ask is None or not view.ask.easy:
        return {"easy": False, "cards": False, "row": False}
    choices = view.ask.choices
    faces = all(choice.symbol.startswith("face") for choice in choices)
    three = len(choices) == 3 and all(len(choice.label) <= SHORT for choice in choices)
    return {"easy": True, "cards": any(choice.symbol for choice in choices), "row": faces or three}


def link(**query: str) -> str:
    """A query string without what is empty."""
    return urlencode({name: value for name, value in query.items() if value})
