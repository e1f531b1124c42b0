"""What has to happen without anybody writing: talks are woken, clocks looked at, when their time has come.

Any number of processes may run this: a talk that is due is woken once (``storage.turns.Writer.wake``), and a job is
leased by one of them and done exactly once (``storage.jobs``). What came due while nothing ran is done at the start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from bot.work import clocks, holidays, news, numbers, reports, surveys, telling, tidying
from bot.work.set_back import Watch
from storage.jobs import Job, Lost, claim, failed
from storage.store import Store
from storage.turns import NotSaved, Writer

log = structlog.get_logger()

#: Seconds between looks when nothing was heard; silence after a sign of danger is noticed this much late at most.
EVERY = 5.0
#: And at least, however much is heard.
BREATH = 0.05
#: Talks woken, and jobs leased, in one look; the rest follow at once.
AT_ONCE = 100
LEASED = 20

Clock = Callable[[], datetime]
Kinds = Mapping[str, Callable[[Store, Job, datetime], None]]
#: Kind of a job -> what does it: in its own thread, striking the job out in the transaction of what it wrote.
KINDS: Kinds = {
    clocks.KIND: clocks.run,
    holidays.KIND: holidays.run,
    numbers.KIND: numbers.run,
    reports.KIND: reports.run,
    surveys.KIND: surveys.run,
    news.KIND: news.run,
    telling.KIND: telling.run,
    tidying.KIND: tidying.run,
}


async def wake_due(writer: Writer, clock: Clock) -> int:
    """Wake every talk that is due now; how many were. Raises NotSaved when the store is away."""
    woken = 0
    while due := await asyncio.to_thread(writer.due_talks, clock(), AT_ONCE):
        at = clock()
        await asyncio.gather(*(asyncio.wrap_future(writer.wake(talk, at)) for talk in due))
        woken += len(due)
        if len(due) < AT_ONCE:
            break
    return woken


def plan(store: Store, now: datetime) -> None:
    """At the start: jobs that belong to an organisation rather than to a record, where they are not planned yet."""
    store.writer.write(lambda db: holidays.plan(db, store.procedures, now)).result()
    store.writer.write(lambda db: numbers.plan(db, store.procedures, now)).result()
    store.writer.write(lambda db: reports.plan(db, store.procedures, now)).result()


def work_due(store: Store, clock: Clock, kinds: Kinds | None = None) -> int:
    """Do every job that is due now, of KINDS or these; how many were done. Raises NotSaved when the store is away.

    A job that fails is tried again later, longer each time; the others are done all the same.
    """
    done = 0
    kinds = KINDS if kinds is None else kinds
    while True:
        leased = store.writer.write(lambda db: claim(db, clock(), tuple(kinds), limit=LEASED)).result()
        for job in leased:
            done += _one(store, job, clock, kinds)
        if len(leased) < LEASED:
            return done


def _one(store: Store, job: Job, clock: Clock, kinds: Kinds) -> bool:
    try:
        kinds[job.kind](store, job, clock())
        return True
    except Lost:
        log.debug("a job went to another", kind=job.kind)
    except NotSaved:
        raise
    except Exception:
        log.exception("a job failed; it is tried again", kind=job.kind, count=job.attempt)
        store.writer.write(lambda db: failed(db, job, clock())).result()
    return False


async def alone(
    store: Store,
    clock: Clock,
    kinds: Kinds,
    plan: Callable[[datetime], None],
    every: float = EVERY,
    limit: int = LEASED,
) -> None:
    """Do jobs of these kinds until cancelled, all that are due at once: what must not wait behind any other work.

    plan   what is done first, until it has worked
    limit  how many are begun in one look: few, where somebody else's machine is to be spared
    """
    planned = False

    def leased() -> list[Job]:
        return store.writer.write(lambda db: claim(db, clock(), tuple(kinds), limit=limit)).result()

    async with _resting(store.writer, every) as rest:
        while True:
            try:
                if not planned:
                    await asyncio.to_thread(plan, clock())
                    planned = True
                found = await asyncio.to_thread(leased)
                await asyncio.gather(*(asyncio.to_thread(_one, store, job, clock, kinds) for job in found))
            except NotSaved:
                pass  # ``run`` says it
            except Exception:
                log.exception("jobs of their own failed")
            await rest()


async def run(store: Store, clock: Clock, every: float = EVERY) -> None:
    """Look again and again until cancelled. A store that is away is said once, and waited for."""
    away, planned, watch = False, False, Watch(store, clock)
    async with _resting(store.writer, every) as rest:
        while True:
            try:
                await asyncio.to_thread(watch.look)
                if not planned:
                    await asyncio.to_thread(plan, store, clock())
                    planned = True
                if woken := await wake_due(store.writer, clock):
                    log.debug("talks woken", count=woken)
                if done := await asyncio.to_thread(work_due, store, clock):
                    log.debug("jobs done", count=done)
                away = False
            except NotSaved:
                if not away:
                    log.error("nobody is woken and no clock is watched: the store is away")
                away = True
            except Exception:
                log.exception("waking talks and watching clocks failed")
            await rest()


@asynccontextmanager
async def _resting(writer: Writer, every: float) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """What waits until a job was planned, by this process or another, or for ``every`` seconds."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def heard() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(news.set)

    async def rest() -> None:
        await asyncio.sleep(min(BREATH, every))
        try:
            async with asyncio.timeout(max(every - BREATH, 0)):
                await news.wait()
        except TimeoutError:
            pass
        news.clear()

    deaf = writer.news.listen_work(heard)
    try:
        yield rest
    finally:
        deaf()
