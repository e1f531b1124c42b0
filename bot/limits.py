"""Room for what people send: a body that is not read stays on its way, so that memory does not grow with a crowd."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from aiohttp import web

from storage.turns import Busy

#: Bytes of a body that need no room: a form without files.
SMALL = 64 * 1024
#: Files of the largest size that may be in memory at once, and seconds that somebody waits for room.
AT_ONCE, PATIENCE = 4, 10.0


class Room:
    """``size`` bytes for all bodies together."""

    def __init__(self, largest: int, patience: float = PATIENCE) -> None:
        self.size = AT_ONCE * largest
        self.used = 0
        self._largest = largest
        self._patience = patience
        self._held: dict[int, int] = {}
        self._freed = asyncio.Condition()

    async def enter(self, request: web.Request) -> None:
        """Wait until there is room for this request's body. Raises Busy when there is none for too long."""
        length = request.content_length
        needs = min(self._largest if length is None else length, self._largest)
        if needs <= SMALL or id(request) in self._held:
            return
        async with self._freed:
            try:
                async with asyncio.timeout(self._patience):
                    await self._freed.wait_for(lambda: self.used + needs <= self.size)
            except TimeoutError:
                raise Busy("too many files are being sent", self._patience) from None
            self.used += needs
            self._held[id(request)] = needs

    async def leave(self, request: web.Request) -> None:
        """The request is answered; what it held is free."""
        if needs := self._held.pop(id(request), 0):
            self.used -= needs  # before anything that might be cancelled
            async with self._freed:
                self._freed.notify_all()


#: The room of the server that answers this request.
ROOM: ContextVar[Room | None] = ContextVar("room", default=None)


async def admitted(request: web.Request) -> None:
    """Called before a body is read that may hold files. Raises Busy."""
    if (room := ROOM.get()) is not None:
        await room.enter(request)
