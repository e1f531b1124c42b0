"""Static files under names that hold their own hash: cached for ever, compressed once at start."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

PREFIX = "/assets/webchat/"
_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its hashed name, its type, and its bytes plain and gzipped."""

    name: str
    content_type: str
    plain: bytes
    packed: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """File name -> Asset, for every file in ``static``."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            plain = path.read_bytes()
            digest = hashlib.sha256(plain).hexdigest()[:12]
            found[path.name] = Asset(
                name=f"{path.stem}.{digest}{path.suffix}",
                content_type=_TYPES[path.suffix],
                plain=plain,
                packed=gzip.compress(plain, 9, mtime=0),
            )
    return found


@cache
def _by_hashed_name() -> Mapping[str, Asset]:
    return {asset.name: asset for asset in assets().values()}


def address(name: str) -> str:
    """The path of a static file; KeyError when there is none of that name."""
    return PREFIX + assets()[name].name


async def serve(request: web.Request) -> web.Response:
    """GET of a static file. An old name (a page from before an upgrade) is a 404; the page then asks again."""
    asset = _by_hashed_name().get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=asset.packed if packed else asset.plain, content_type=asset.content_type, headers=headers)
