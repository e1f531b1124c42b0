"""A server on a demonstration: who makes it, while people may look already; and what it never does.

Decided so: ``hearback serve`` invents nobody. ``make run`` asks for a demonstration (``serve --demo``), and gets one
only where nothing is yet and nothing real is connected; ``HEARBACK_DEMO`` says yes or no to it before anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.channels.contract import Account, Endpoint, Finding
from bot.cli import Trouble
from bot.config import PREFIX, Settings
from bot.demo import mark
from bot.demo.make import Maker
from bot.demo.mark import Mark
from bot.demo.person import ENDPOINT
from casework import procedure
from casework.procedure import Profile
from storage.outbox import Parcel
from storage.store import Store

log = structlog.get_logger()

#: Where the tour is; it leads on to the console's page of that name.
TOUR = "/tour"


def wanted(settings: Settings, asked: bool) -> bool:
    """Whether somebody wants a demonstration where nothing is yet: by the setting, or by ``asked`` on a laptop."""
    if settings.demo is not None:
        return settings.demo
    return asked and not settings.base_url and settings.host in ("127.0.0.1", "::1", "localhost")


def real(settings: Settings, accounts: Sequence[Account]) -> str:
    """What connects this deployment with real people, in words; "" for nothing."""
    if accounts:
        return f"{accounts[0].channel} of {accounts[0].organisation} is set up"
    if settings.alert_routes.get_secret_value():
        return f"{PREFIX}ALERT_ROUTES is set"
    return ""


def before(settings: Settings, accounts: Sequence[Account]) -> None:
    """Before anything is opened: a demonstration that was not finished goes; nothing real joins one. Raises Trouble."""
    kept = mark.kept(settings)
    if kept is None:
        return
    if why := real(settings, accounts):
        raise Trouble(
            f"This is a demonstration: its people are invented. But {why}, and real people are never mixed with them. "
            "Take the demonstration away first (hearback demo remove), or point HEARBACK_DATA to another folder."
        )
    if not kept.finished:
        mark.remove(settings)


def opened(
    settings: Settings,
    store: Store,
    found: Mapping[str, Profile],
    accounts: Sequence[Account],
    asked: bool,
    clock: Callable[[], datetime],
) -> Demonstration | None:
    """The demonstration of an open store: the one that is there, or one to be made now; None for a real deployment."""
    with store.database.reading() as db:
        known, empty = mark.of(db), mark.empty(db)
    if known is not None:
        return Demonstration(store, shown(found), known, clock)
    if not (empty and wanted(settings, asked) and shown(found)) or real(settings, accounts):
        return None
    new = store.writer.write(lambda db: mark.begin(db.connection(), clock())).result()
    return Demonstration(store, shown(found), new, clock)


def shown(found: Mapping[str, Profile]) -> dict[str, Profile]:
    """The organisations that are shipped for demonstration: nobody is invented for one of somebody's own."""
    ours = procedure.shipped()
    return {name: profile for name, profile in found.items() if profile.demonstration and name in ours}


@dataclass
class Demonstration:
    """What runs beside the server. ``percent`` of it is made; 100 when nothing is missing."""

    store: Store
    profiles: Mapping[str, Profile]
    mark: Mark
    clock: Callable[[], datetime]
    percent: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: bool = False

    def make(self, said: Callable[[int], None] = lambda percent: None) -> Maker:
        """Make what is missing; blocking. The maker, for what the procedures refused."""

        def tell(percent: int) -> None:
            self.percent = percent
            said(percent)

        maker = Maker(self.store, self.profiles, self.clock(), self.mark.seed, tell)
        maker.make(lambda: self._stopped)
        if not self._stopped:
            self.store.writer.write(lambda db: mark.finish(db.connection(), self.mark)).result()
            tell(100)
        return maker

    async def made(self) -> None:
        """Wait until everything is there: only then may jobs look at what is due."""
        await self._ready.wait()

    async def beside(self, _: web.Application) -> AsyncIterator[None]:
        """Make it in the background, for ``cleanup_ctx``; stopped in the middle it is made anew at the next start."""

        async def work() -> None:
            if not self.mark.finished:
                log.info("the demonstration is being made: nobody in it exists")
                try:
                    await asyncio.to_thread(self.make)
                except Exception:
                    log.exception("the demonstration could not be made; what is there can be looked at")
                else:
                    log.info("the demonstration is ready", count=len(self.profiles))
            self.percent = 100
            self._ready.set()

        task = asyncio.create_task(work())
        yield
        self._stopped = True
        await asyncio.gather(task, return_exceptions=True)

    async def tour(self, request: web.Request) -> web.StreamResponse:
        """``/tour`` leads to the page of the console, with the organisation or language that was asked for."""
        raise web.HTTPSeeOther(request.rel_url.with_path(f"/staff{TOUR}", keep_query=True))

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The telephones at which nobody is: what is sent to the invented people goes nowhere, and counts as sent."""
        return tuple(
            Nowhere(Account(name, channel, ENDPOINT, {})) for name in self.profiles for channel in ("sms", "telegram")
        )


@dataclass
class Nowhere:
    """A number or bot that does not exist."""

    account: Account

    def routes(self) -> list[web.RouteDef]:
        """None: nobody can write to it."""
        return []

    def render(self, parcel: Parcel) -> tuple[Any, ...]:
        """The message itself, as one part: what it would look like is of no matter."""
        return (parcel.outgoing.message,)

    async def send(self, parcel: Parcel, part: Any, number: int) -> str:
        """Taken, and let go."""
        return f"demonstration-{parcel.id}"

    async def run(self) -> None:
        """Nothing is received."""

    async def check(self) -> list[Finding]:
        """Nothing can be wrong with it."""
        return []

    async def close(self) -> None:
        """Nothing is open."""


async def after(demonstration: Demonstration | None, work: Coroutine[Any, Any, None]) -> None:
    """Work that has to wait until a demonstration is made: before that, what is long due is not due for it."""
    try:
        if demonstration is not None:
            await demonstration.made()
    except asyncio.CancelledError:
        work.close()
        raise
    await work


def said(address: str, invented: Demonstration) -> tuple[str, ...]:
    """What is printed at the start of a demonstration."""
    making = () if invented.mark.finished else ("  It is being made now and is complete in a few minutes.",)
    return (
        "",
        "A demonstration: everybody in it is invented. Begin with the tour:",
        f"  {address}{TOUR}",
        *making,
        "  Take it away with: .venv/bin/hearback demo remove",
    )
