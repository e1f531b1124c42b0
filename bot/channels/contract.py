"""What a channel is: one module that exposes ``CHANNEL``; the composition root and the outbox know nothing else.

To add one: name the fields that the endpoints file gives for it, and write ``opened(account, house)``, which returns
an ``Endpoint``. What an endpoint hears becomes ``storage.post.Inbound`` and goes to ``house.take``; what it is to
say comes to ``render`` (pure) and then, part by part, to ``send``.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.committed import committed
from bot.symbols import Symbols
from flows.message import Message
from storage.media import MediaStore
from storage.outbox import Parcel
from storage.post import Inbound
from storage.talks import Talk, Talks
from storage.turns import Busy, NotSaved, Reply, Writer

log = structlog.get_logger()

#: One finding of ``hearback check``: "ok", "note" or "wrong", and a sentence that says what to do. No secrets.
Finding = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """One number or bot of one organisation, as the endpoints file or the environment gives it.

    id       its name in addresses and in the store; it never changes, or people's talks are not found again
    values   field -> value; what the file calls ``env:`` or ``file:`` is already read
    carrier  the table of the file that it stands in, where another one carries the channel's messages ("notify")
    """

    organisation: str
    channel: str
    id: str
    values: Mapping[str, str] = field(repr=False)
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What rendering may know besides the message.

    first    it is the first message of the talk: what has to be said once is said here
    private  a locked screen must not show what it says, where the channel can help it
    upload   address of a page that takes one answer's files, "" when the channel takes files itself
    """

    first: bool = False
    private: bool = False
    upload: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """What a channel module exposes as ``CHANNEL``.

    name     "sms", "telegram", "email": ``Inbound.channel``; two carriers may have one name
    needs    fields an account must have; ``may`` those it may have besides
    secrets  fields whose value must come from the environment or a file
    limits   what a part may be, for the documentation and the tests: name -> number, with its unit in the name
    parse    what the provider sent -> an ``Inbound``, or None for what is no message; ValueError when it is malformed
    render   pure: what is said -> parts in the order they are sent; a question and its choices are never parted
    opened   makes the endpoint of an account
    """

    name: str
    needs: frozenset[str]
    may: frozenset[str]
    secrets: frozenset[str]
    limits: Mapping[str, int]
    parse: Callable[..., Inbound | None]
    render: Callable[[Message, Occasion], tuple[Any, ...]]
    opened: Callable[[Account, House], Endpoint]


class Endpoint(Protocol):
    """One open number or bot."""

    account: Account

    def routes(self) -> list[web.RouteDef]:
        """What the server answers for it."""
        ...

    def render(self, parcel: Parcel) -> tuple[Any, ...]:
        """The parts of a parcel, each one a message at the provider."""
        ...

    async def send(self, parcel: Parcel, part: Any, number: int) -> str:
        """Send part ``number`` (from 0); the provider's id of it. Raises ``bot.message.SendError`` and nothing else.

        Every call to the provider has a timeout. Only what the provider said yes to counts as sent.
        """
        ...

    async def run(self) -> None:
        """Work beside sending (long polling, fetching files) until cancelled; may return at once."""
        ...

    async def check(self) -> list[Finding]:
        """Ask the provider what is right and wrong with the set-up."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Emptied(Endpoint, Protocol):
    """An endpoint whose provider can be asked to forget what a message said.

    redact_after  how long after it was saved here, or sent; None for never
    """

    redact_after: timedelta | None

    async def redact(self, number: str) -> None:
        """Have the message of that id emptied, its files with it; nothing where it is gone already.

        Raises ``bot.message.SendError`` and nothing else: ``retryable`` where it may work later.
        """
        ...


def redact_after(endpoint: Endpoint) -> timedelta | None:
    """How long what an endpoint carried stays with its provider; None where nobody asks to have it emptied."""
    return endpoint.redact_after if isinstance(endpoint, Emptied) else None


@dataclass(frozen=True)
class House:
    """What every endpoint is given.

    base_url  the public address, without a slash at the end; what the provider is given as ours
    proxies   networks whose X-Forwarded-* headers are believed; None when ``base_url`` was set and decides alone
    provider  channel -> address of its provider, "" for the real one; tests put theirs here
    entries   organisation -> keyword of a poster -> what it preselects
    largest   bytes one file may have
    hashed    the store's keyed hash of some texts: what only this deployment can make, and always the same
    marks     what signs some texts for a while, the one for a new signature first (``KeyRing.marks``)
    symbols   the pictures of concepts, for people who do not read
    """

    writer: Writer
    talks: Talks
    files: MediaStore
    clock: Callable[[], datetime]
    hashed: Callable[..., bytes]
    marks: Callable[..., tuple[bytes, ...]]
    base_url: str = ""
    proxies: tuple[str, ...] | None = None
    provider: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    largest: int = 25 * 1024 * 1024
    symbols: Symbols = field(default_factory=Symbols)
    counts: Counts = field(default_factory=lambda: Counts())

    async def take(self, inbound: Inbound) -> Reply:
        """Hand a message to the store; committed when this returns. NotSaved and Revoked pass through."""
        return await committed(self.writer.take(inbound))

    async def take_or_503(self, inbound: Inbound) -> Reply:
        """``take`` for a webhook: when it could not be saved the provider is told so, and sends it again."""
        try:
            return await self.take(inbound)
        except NotSaved as error:
            self.counts.add(inbound.channel, "not saved")
            raise unavailable(error) from None

    async def talk(self, account: Account, sender: str) -> Talk | None:
        """The talk of a person on an endpoint, None when there is none yet.

        NotSaved where the database cannot be read: the message was not taken, and may be sent again.
        """
        try:
            return await asyncio.to_thread(self.talks.find, account.organisation, account.channel, account.id, sender)
        except (SQLAlchemyError, OSError) as error:
            raise NotSaved(type(error).__name__) from error

    async def talk_or_503(self, account: Account, sender: str) -> Talk | None:
        """``talk`` for a webhook, as ``take_or_503``."""
        try:
            return await self.talk(account, sender)
        except NotSaved as error:
            self.counts.add(account.channel, "not saved")
            raise unavailable(error) from None


class Lately:
    """People whose talk was looked up a moment ago and need not be looked up again for each message of it."""

    SECONDS, MOST = 60.0, 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}

    def add(self, sender: str) -> None:
        """They were looked up just now."""
        if len(self._seen) >= self.MOST:
            self._seen.clear()
        self._seen[sender] = self._clock()

    def has(self, sender: str) -> bool:
        """Whether they were looked up within the last minute."""
        return self._clock() - self._seen.get(sender, -math.inf) < self.SECONDS


def unavailable(error: NotSaved) -> web.HTTPServiceUnavailable:
    """503: nothing was saved; when it is worth sending again."""
    return web.HTTPServiceUnavailable(headers={"Retry-After": str(later(error))})


def later(error: BaseException) -> int:
    """Whole seconds after which to come again."""
    return math.ceil(error.after) if isinstance(error, Busy) else 5


class Counts(Counter[tuple[str, str]]):
    """(channel, why) -> how often something was refused or given up; told to the log without words."""

    def add(self, channel: str, why: str) -> None:
        """Count one, and log the first, the tenth, the hundredth … of its kind."""
        self[channel, why] += 1
        count = self[channel, why]
        if str(count).strip("0") == "1":
            log.warning("a channel refused something", channel=channel, kind=why, count=count)

    def refuse(self, channel: str, why: str, status: type[web.HTTPException]) -> web.HTTPException:
        """Count it; the answer to raise. Nothing of what was sent is repeated in it."""
        self.add(channel, why)
        return status(text=why)
