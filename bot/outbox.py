"""Delivers what was committed. Each endpoint has a loop of its own: a slow provider holds up nobody else.

A person's messages leave in order, one at a time (the store leases only the first unsent one). A message whose
sending is under way when the process dies is sent again, from the part that was under way: at most
``Patience.at_once`` texts of an endpoint, and never lost.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlmodel
import structlog

from bot.channels.contract import Counts, Endpoint, redact_after
from bot.message import SendError
from storage import outbox, redacting, undelivered, windows
from storage.outbox import Parcel
from storage.turns import NotSaved, Writer
from storage.vault import Vault
from storage.windows import Wait

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds; ``at_once`` messages of an endpoint are under way at a time.

    first, most  wait after a failure: doubled each time up to ``most``, half of it by chance
    tries        then a message is given up, and staff are told: after about eight hours
    call         one part at the provider, at most
    lease        how long nobody else sends a message, renewed with each part: what a process that died was sending
                 goes out after it, so it is little more than ``call``
    look         between looks when nothing was heard
    """

    first: float = 2.0
    most: float = 900.0
    tries: int = 40
    call: float = 18.0
    lease: float = 25.0
    look: float = 2.0
    at_once: int = 8
    stop: float = 10.0


USUAL = Patience()


class Delivery:
    """The loop of one endpoint. ``run`` until ``stop``."""

    def __init__(
        self,
        endpoint: Endpoint,
        writer: Writer,
        vault: Vault,
        clock: Callable[[], datetime],
        counts: Counts,
        patience: Patience = USUAL,
    ) -> None:
        self.endpoint = endpoint
        self.account = endpoint.account
        self.patience = patience
        self._writer = writer
        self._vault = vault
        self._clock = clock
        self._counts = counts
        self._wake = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._not_before = 0.0
        self._stopping = False
        self._chance = random.Random()

    # The loop ------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send what is due, again and again; a store that is away is waited for."""
        loop = asyncio.get_running_loop()
        deaf = self._writer.listen(lambda _: _quietly(loop, self._wake.set))
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    found = await self._send_what_is_due()
                except NotSaved:
                    found = False
                except Exception:
                    log.exception("the outbox failed and goes on", channel=self.account.channel)
                    found = False
                if not found and not self._stopping:
                    await self._rest()
        finally:
            deaf()

    async def stop(self) -> None:
        """Begin nothing more and finish what is under way; what cannot be finished is due again later."""
        self._stopping = True
        self._wake.set()
        under_way = tuple(self._under_way.values())
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=self.patience.stop)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send_what_is_due(self) -> bool:
        """Lease and begin; whether anything was due."""
        room = self.patience.at_once - len(self._under_way)
        if room <= 0 or asyncio.get_running_loop().time() < self._not_before:
            return False
        parcels = await self._write(
            lambda db: outbox.claim(
                db,
                self._vault,
                self.account.channel,
                self._clock(),
                organisation=self.account.organisation,
                endpoint=self.account.id,
                limit=room,
                lease=timedelta(seconds=self.patience.lease),
            )
        )
        # Set forward, the clock ends every lease: what is being sent here is not begun again.
        new = [parcel for parcel in parcels if parcel.id not in self._under_way]
        for parcel in new:
            task = self._under_way[parcel.id] = asyncio.create_task(self._deliver(parcel))
            task.add_done_callback(partial(self._done, parcel.id))
        return bool(new)

    def _done(self, number: int, task: asyncio.Task[None]) -> None:
        self._under_way.pop(number, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a message was left for later", channel=self.account.channel, exc_info=task.exception())

    async def _rest(self) -> None:
        """Wait for something to happen: a turn, a message done, or a while."""
        pause = self._not_before - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(self.patience.look, pause) if pause > 0 else self.patience.look):
                await self._wake.wait()
        except TimeoutError:
            return
        if pause > 0:
            await asyncio.sleep(min(self.patience.look, pause))

    # One message ---------------------------------------------------------------------------------------

    async def _deliver(self, parcel: Parcel) -> None:
        """Send every part that has not gone yet, then mark it; or have it tried again; or give it up."""
        gone = list(parcel.gone)
        try:
            parts = self.endpoint.render(parcel)
            for number in range(len(gone), len(parts)):
                if number:
                    await self._renew(parcel, tuple(gone))
                try:
                    async with asyncio.timeout(self.patience.call):
                        gone.append(await self.endpoint.send(parcel, parts[number], number))
                except TimeoutError:
                    raise SendError("the provider did not answer", retryable=True, code="timeout") from None
        except SendError as error:
            await self._not_sent(parcel, error, gone)
        except Exception as error:  # a mistake of ours: it may be another one's message that works
            log.error("a message could not be made", channel=self.account.channel, exc_info=error)
            await self._not_sent(parcel, SendError("a mistake", retryable=True, code="mistake"), gone)
        else:
            await self._mark(lambda db: self._sent(db, parcel, gone))
            self._counts["sent", self.account.channel] += 1

    def _sent(self, db: sqlmodel.Session, parcel: Parcel, gone: Sequence[str]) -> None:
        outbox.sent(db, [(parcel.id, " ".join(gone))], self._clock())
        self._emptied(db, parcel, gone)

    def _held(self, db: sqlmodel.Session, parcel: Parcel, wait: Wait) -> None:
        windows.hold(db, parcel.id, wait, self._clock())
        self._emptied(db, parcel, (wait.sid,) if wait.sid else ())

    def _emptied(self, db: sqlmodel.Session, parcel: Parcel, gone: Sequence[str]) -> None:
        """Nothing more is sent of it: what the provider keeps of the parts that have gone is not needed there."""
        after = redact_after(self.endpoint)
        if after is not None:
            parts = [redacting.Carried(parcel.talk, self.account.id, one) for one in gone]
            now = self._clock()
            redacting.plan_sent(db, self.account.organisation, parcel.id, parts, now + after, now)

    async def _renew(self, parcel: Parcel, gone: tuple[str, ...]) -> None:
        until = self._clock() + timedelta(seconds=self.patience.lease)
        await self._mark(lambda db: outbox.renew(db, parcel.id, gone, until))

    async def _not_sent(self, parcel: Parcel, error: SendError, gone: Sequence[str]) -> None:
        channel, code = self.account.channel, error.code or "refused"
        if error.pause and error.after is not None:
            self._not_before = asyncio.get_running_loop().time() + error.after
        if (wait := error.waits) is not None:
            self._counts.add(channel, "waits until they write")
            await self._mark(lambda db: self._held(db, parcel, wait))
            return
        if error.retryable and parcel.attempt < self.patience.tries:
            at = self._clock() + timedelta(seconds=self._wait(parcel.attempt, error.after))
            self._counts.add(channel, f"again: {code}")
            await self._mark(lambda db: outbox.again(db, parcel.id, code, at))
            return
        self._counts.add(channel, f"given up: {code}")

        def given_up(db: sqlmodel.Session) -> None:
            undelivered.give_up(db, parcel.id, code, self._clock(), stopped=error.stopped)
            self._emptied(db, parcel, gone)

        await self._mark(given_up)

    def _wait(self, attempt: int, after: float | None) -> float:
        """Seconds until the next try: what the provider asks for, else twice the last, half of it by chance."""
        if after is not None:
            return after + self._chance.uniform(0, 0.1 * after)
        most: float = min(self.patience.most, self.patience.first * 2.0 ** min(attempt - 1, 30))
        return most * self._chance.uniform(0.5, 1.0)

    # The store -----------------------------------------------------------------------------------------

    async def _mark(self, fn: Callable[[Any], Any]) -> None:
        """Write what happened; while the store is away, for a minute: then it is sent again rather than lost."""
        wait = 0.05
        end = asyncio.get_running_loop().time() + max(60.0, self.patience.lease)
        while True:
            try:
                await self._write(fn)
                return
            except NotSaved:
                if asyncio.get_running_loop().time() > end:
                    raise
                await asyncio.sleep(wait)
                wait = min(2 * wait, 5.0)

    async def _write(self, fn: Callable[[Any], Any]) -> Any:
        return await asyncio.wrap_future(self._writer.write(fn))


def _quietly(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """From the writer's thread; a loop that has ended needs no waking."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return


@asynccontextmanager
async def delivering(
    endpoints: Sequence[Endpoint],
    writer: Writer,
    vault: Vault,
    clock: Callable[[], datetime],
    counts: Counts | None = None,
    patience: Patience = USUAL,
) -> AsyncIterator[tuple[Delivery, ...]]:
    """Everything that endpoints do beside answering requests, for as long as the server runs."""
    counts = Counts() if counts is None else counts
    deliveries = tuple(Delivery(endpoint, writer, vault, clock, counts, patience) for endpoint in endpoints)
    sending = [asyncio.create_task(delivery.run()) for delivery in deliveries]
    working = [asyncio.create_task(endpoint.run()) for endpoint in endpoints]
    try:
        yield deliveries
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*(delivery.stop() for delivery in deliveries))
        await asyncio.gather(*sending, *working, return_exceptions=True)
        await asyncio.gather(*(endpoint.close() for endpoint in endpoints), return_exceptions=True)
