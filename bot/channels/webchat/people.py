"""Who may be turned to, with a face: a page of each organisation, in every language, to read, to ring and to print.

It needs no script and sets no cookie. Where nobody real may be shown, there is no such page.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.channels.webchat import render
from bot.channels.webchat.numbers import address
from bot.channels.webchat.site import Place, Site
from casework import faces

PREFIX = "/assets/people/"
_HEADERS = {
    # A day, and nowhere but in this browser: whoever leaves, or wants it gone, is not seen for long afterwards.
    "Cache-Control": "private, max-age=86400",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One card.

    role      what they are for, in the language ``tongue``
    photo     where their photograph is, "" for none
    call      where their number leads, "" where it is none that can be rung
    """

    name: str
    role: str
    tongue: str
    number: str
    call: str
    photo: str


def people(site: Site, place: Place, language: str) -> list[Person]:
    """The cards of an organisation."""
    found = []
    for face in site.faces(place):
        role, tongue = faces.role(face, language, site.translate)
        photo = place.photographs.get(face.id)
        call = address(face.number, "call") if any(char.isdigit() for char in face.number) else ""
        found.append(Person(face.name, role, tongue, face.number, call, PREFIX + photo.name if photo else ""))
    return found


def page(site: Site, place: Place, request: web.Request) -> web.Response:
    """GET /<organisation>/people"""
    language = render.preferred(request, site)
    if not (cards := people(site, place, language)):
        raise web.HTTPNotFound
    return render.page(site, "people.html", language=language, place=place, people=cards)


def photograph(site: Site, request: web.Request) -> web.Response:
    """GET of a photograph: only one that a page shows has an address; the name is looked up, never opened."""
    for place in site.places.values():
        for face in site.faces(place):
            found = place.photographs.get(face.id)
            if found and found.name == request.match_info["name"]:
                return web.Response(body=found.content, content_type=found.mime, headers=_HEADERS)
    raise web.HTTPNotFound
