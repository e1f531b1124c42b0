"""What stands before every page and every callback: whose address was asked for, how fast a body comes, headers.

Slow headers are ended by the server itself (``IDLE``); a body that hardly moves is ended here. Both cost an attacker a
connection and nobody else anything; how many connections there may be is the proxy's to say (docs/security.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.channels.address import trusted
from bot.config import Settings

#: Seconds a connection may be open without a whole request: headers that trickle, or nothing at all.
IDLE = 75.0
#: A body must bring at least this many bytes in this many seconds: a phone at the edge of the network does.
LEAST, SPAN = 1024, 30.0
#: Seconds for which a browser asks by https only, once it has been here by https.
HSTS = "max-age=31536000"
#: What every answer has that says nothing else itself: pages and files bring stricter or fitting ones of their own.
USUAL = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: Paths that a watchdog on the same network asks for by any name.
ASKED_BY_MACHINES = ("/health", "/ready", "/metrics")
_ELSEWHERE = (
    "This address is not served here. Whoever runs this service: set HEARBACK_BASE_URL to the public address or name "
    "further hosts in HEARBACK_HOSTS, and have the proxy pass the Host header on.\n"
)


class Gate:
    """One for an application: a middleware, and what is added to every answer.

    hosts    that are answered, in lower case, with a port where it is not the usual one; empty: any
    proxies  networks whose X-Forwarded-Host is believed
    """

    def __init__(
        self,
        hosts: Collection[str] = (),
        proxies: Collection[str] = (),
        *,
        secure: bool = False,
        least: int = LEAST,
        span: float = SPAN,
    ) -> None:
        self.hosts = frozenset(hosts)
        self._proxies = frozenset(proxies)
        self._secure = secure
        self._least = least
        self._span = span

    @web.middleware
    async def stand(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuses other addresses; ends a request whose body hardly moves."""
        if not self.answers(request):
            return web.Response(status=421, text=_ELSEWHERE)
        if not request.body_exists or request.content.is_eof():
            return await handler(request)
        watch = asyncio.create_task(self._watch(request))
        try:
            return await handler(request)
        finally:
            watch.cancel()

    async def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal ``on_response_prepare``: headers that every answer has."""
        for name, value in USUAL.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "Hearback"
        if self._secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)

    def answers(self, request: web.Request) -> bool:
        """Whether the host that was asked for is one of ours; health checks and this very machine may use any."""
        if not self.hosts or request.path in ASKED_BY_MACHINES:
            return True
        asked = request.host
        if trusted(request.remote or "", self._proxies):
            asked = request.headers.get("X-Forwarded-Host", asked)
        asked = asked.lower()
        return asked in self.hosts or _loopback(asked)

    async def _watch(self, request: web.Request) -> None:
        body = request.content
        while not body.is_eof():
            before = body.total_bytes
            await asyncio.sleep(self._span)
            transport = request.transport
            if transport is None or body.is_eof():
                return
            # Where we do not read ourselves for a while, nobody else is slow.
            reading = transport.is_reading() if isinstance(transport, asyncio.Transport) else True
            if reading and body.total_bytes - before < self._least:
                transport.abort()
                return


def hosts(settings: Settings) -> frozenset[str]:
    """The hosts a deployment answers to: of its public address, and any others; none where none is set."""
    return frozenset(_hosts(settings))


def _hosts(settings: Settings) -> Iterator[str]:
    if settings.base_url:
        yield urlsplit(settings.base_url).netloc.lower()
    yield from (one.lower() for one in settings.hosts)


def _loopback(asked: str) -> bool:
    try:
        name = urlsplit(f"//{asked}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def guarding(settings: Settings) -> Gate:
    """The gate of a deployment."""
    return Gate(hosts(settings), settings.proxies, secure=settings.secure)
