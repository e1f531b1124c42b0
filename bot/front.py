"""A number for each request, in every log line about it; how long it took; no more web sockets than there is room.

The path of a request is never logged: it may hold an address that opens something. The part of the site is.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.limits import ROOM, Room

log = structlog.get_logger()

#: First word of a route -> the part of the site it belongs to; all else is the web chat.
PARTS = {
    **{name: name for name in ("staff", "sms", "notify", "telegram", "api", "health", "ready", "metrics")},
    "u": "upload",
}
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Answers that took longer are logged, in seconds.
SLOW = 2.0
#: Web sockets of one server; a page without one sends its forms.
SOCKETS = 20_000
HEADER = "X-Request-Id"


class Observer(Protocol):
    """What is told of each request."""

    def request(self, part: str, status: int, seconds: float) -> None:
        """One answer: the part of the server that gave it (a few fixed words), its HTTP status, the seconds it took."""
        ...


class Requests:
    """The middleware of a server, and its open web sockets.

    They would wait for ever: when the server stops they are ended, and pages come back.
    """

    def __init__(self, largest: int, sockets: int = SOCKETS) -> None:
        self.observer: Observer | None = None
        self.room = Room(largest)
        self._most = sockets
        self._sockets: set[asyncio.Task[Any]] = set()

    def sockets(self) -> int:
        """How many are open."""
        return len(self._sockets)

    @web.middleware
    async def remember(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Numbers a request, and measures it."""
        number = secrets.token_hex(4)
        ROOM.set(self.room)
        with structlog.contextvars.bound_contextvars(request=number):
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._socket(request, handler)
            return await self._measured(request, handler, number)

    async def _measured(self, request: web.Request, handler: Handler, number: str) -> web.StreamResponse:
        began, status = time.monotonic(), 500
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                _headed(response, number)
            return response
        except web.HTTPException as error:
            status = error.status
            _headed(error, number)
            raise
        except asyncio.CancelledError:
            status = 499
            raise
        finally:
            await self.room.leave(request)
            took = time.monotonic() - began
            part = part_of(request)
            if self.observer is not None:
                self.observer.request(part, status, took)
            level = log.warning if status >= 500 else log.info if took > SLOW else log.debug
            method = request.method if request.method in METHODS else "other"
            level("answered", area=part, method=method, status=status, ms=round(took * 1000))

    async def _socket(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        if len(self._sockets) >= self._most:
            log.warning("too many web sockets", count=len(self._sockets))
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
        self._sockets.add(task)
        try:
            return await handler(request)
        finally:
            self._sockets.discard(task)
            await self.room.leave(request)  # whatever its headers said, it may have brought files

    async def hang_up(self, _: web.Application) -> None:
        """Ends every one; what it had handed to the store is saved all the same."""
        for task in self._sockets:
            task.cancel()


def _headed(response: web.StreamResponse, number: str) -> None:
    response.headers.setdefault(HEADER, number)
    if response.status == 503:
        response.headers.setdefault("Retry-After", "5")


def part_of(request: web.Request) -> str:
    """One of PARTS, "chat", or "nowhere"; never anything of the address."""
    resource = request.match_info.route.resource
    if resource is None:
        return "nowhere"
    return PARTS.get(resource.canonical.strip("/").partition("/")[0], "chat")
