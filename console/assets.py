"""Static files under names that hold their own hash: cached for ever, compressed once at start."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aiohttp import web

from console.site import PREFIX

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def _names() -> Mapping[str, str]:
    """File name -> the same with its hash."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            found[path.name] = f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
    return found


@cache
def _packed() -> Mapping[str, tuple[str, bytes, bytes]]:
    """Hashed name -> type, bytes, bytes gzipped."""
    return {
        hashed: (_TYPES[Path(name).suffix], plain, gzip.compress(plain, 9, mtime=0))
        for name, hashed in _names().items()
        for plain in ((_FOLDER / name).read_bytes(),)
    }


def address(name: str) -> str:
    """The path of a static file; KeyError when there is none of that name."""
    return f"{PREFIX}/assets/{_names()[name]}"


async def serve(request: web.Request) -> web.Response:
    """GET of a static file; an old name (a page from before an upgrade) is a 404."""
    found = _packed().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    kind, plain, packed = found
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=packed, content_type=kind, headers={**_HEADERS, "Content-Encoding": "gzip"})
    return web.Response(body=plain, content_type=kind, headers=_HEADERS)
