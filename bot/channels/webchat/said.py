"""“You said, we did”: an organisation's public page, in every language, to read and to print as a poster.

It needs no script, sets no cookie and says nothing of anybody: a person published each entry (``console.pages.said``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from aiohttp import web

import locales
from bot.channels.webchat import render
from bot.channels.webchat.site import Place, Site, Tongue
from bot.channels.webchat.talking import UNSAVED, unsaved
from storage import news_page
from storage.news_page import Published


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is shown. ``tongue``: the language of its words, where they are not the page's."""

    day: date
    date: str
    tongue: Tongue
    title: str
    said: str
    did: str


def entries(site: Site, found: list[Published], language: str) -> list[Entry]:
    """In the reader's language; else in the first of the page's languages that somebody has written it in."""
    order = [language, *(tongue.code for tongue in site.tongues)]
    out = []
    for one in found:
        code = next((code for code in order if code in one.words), "")
        if code:
            words, shown = one.words[code], locales.show_date(one.day, language)
            out.append(Entry(one.day, shown, site.tongue(code), words.title, words.said, words.did))
    return out


async def page(site: Site, place: Place, request: web.Request) -> web.Response:
    """GET /<organisation>/you-said"""
    language = render.preferred(request, site)

    def look() -> list[Published]:
        with site.writer.database.reading() as db:
            return news_page.published(db, place.id)

    found = await asyncio.to_thread(look)
    base = site.base_url or f"{request.scheme}://{request.host}"
    return render.page(
        site,
        "said.html",
        language=language,
        place=place,
        entries=entries(site, found, language),
        address=f"{base.partition('://')[2].rstrip('/')}/{place.id}/",
    )


async def anything(site: Site, place: Place) -> bool:
    """Whether that page has an entry; no when the store is away: the first page opens all the same."""

    def look() -> bool:
        with site.writer.database.reading() as db:
            return news_page.any_published(db, place.id)

    try:
        return await asyncio.to_thread(look)
    except UNSAVED as error:
        unsaved(error)
        return False
