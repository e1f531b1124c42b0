"""The privacy notice of an organisation: for children, young people and adults, in every language, to read and print.

It needs no script and sets no cookie. The words are ``casework.privacy``.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

import locales
from bot.channels.webchat import render
from bot.channels.webchat.site import Place, Site
from casework.privacy import Paragraph


@dataclass(frozen=True, slots=True)
class Part:
    """The notice for one age, in the reader's language."""

    age: str
    title: str
    paragraphs: tuple[str, ...]


def parts(site: Site, place: Place, language: str) -> list[Part]:
    """The notice in a language."""

    def said(one: Paragraph, age: str) -> str:
        name = place.called(language)
        places = {key: name if value == "{organisation}" else value for key, value in one.places.items()}
        return locales.fill(
            site.translate(language, one.text, locales.reader("", "" if age == "adult" else age)),
            {"organisation": name, **places},
            language,
        )

    return [
        Part(part.age, site.translate(language, part.title), tuple(said(one, part.age) for one in part.paragraphs))
        for part in place.notice
    ]


def page(site: Site, place: Place, request: web.Request) -> web.Response:
    """GET /<organisation>/privacy"""
    language = render.preferred(request, site)
    return render.page(site, "privacy.html", language=language, place=place, parts=parts(site, place, language))
