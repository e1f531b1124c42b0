"""The interface for other programs: ``/api/v1``. Read ``declare.py``, ``records.py``, ``front.py``.

One declaration of an operation gives its route, its scope, its checks and its documentation.
"""

from __future__ import annotations

import json

from aiohttp import web

from bot.api import filing, hooks, records, reports  # noqa: F401 - they declare the operations
from bot.api.declare import OPERATIONS, PREFIX, Api
from bot.api.document import document, page
from bot.api.front import HEADERS, Front
from bot.api.style import STYLE

__all__ = ["OPERATIONS", "PREFIX", "Api", "document", "routes"]


def routes(api: Api) -> list[web.RouteDef]:
    """Every route of the interface; add them before the web chat's, which answer everything."""
    front = Front(api)
    whole = json.dumps(document(api.address), ensure_ascii=False).encode()
    policy = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    }

    async def shown(_: web.Request) -> web.Response:
        return web.Response(text=page(api.address, api.per_minute), content_type="text/html", headers=HEADERS | policy)

    async def given(_: web.Request) -> web.Response:
        return web.Response(body=whole, content_type="application/json", headers=HEADERS)

    async def style(_: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css", headers=HEADERS)

    async def slash(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(f"{PREFIX}/")

    return [
        *(web.route(one.method, PREFIX + one.path, front.serving(one)) for one in OPERATIONS),
        web.get(f"{PREFIX}/openapi.json", given),
        web.get(f"{PREFIX}/style.css", style),
        web.get(f"{PREFIX}/", shown),
        web.get(PREFIX, slash),
        web.get("/api", slash),
        web.route("*", "/api/{rest:.*}", front.nothing),
    ]
