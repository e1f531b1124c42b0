"""What has to happen without anybody writing: talks are woken when their time has come.

Any number of processes may run this: a talk that is due is woken once (``storage.turns.Writer.wake``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from storage.turns import NotSaved, Writer

log = structlog.get_logger()

#: Seconds between looks; silence after a sign of danger is noticed this much late at most.
EVERY = 5.0
#: Talks woken in one look; the rest follow at once.
AT_ONCE = 100


async def wake_due(writer: Writer, clock: Callable[[], datetime]) -> int:
    """Wake every talk that is due now; how many were. Raises NotSaved when the store is away."""
    woken = 0
    while due := await asyncio.to_thread(writer.due_talks, clock(), AT_ONCE):
        at = clock()
        await asyncio.gather(*(asyncio.wrap_future(writer.wake(talk, at)) for talk in due))
        woken += len(due)
        if len(due) < AT_ONCE:
            break
    return woken


async def run(writer: Writer, clock: Callable[[], datetime], every: float = EVERY) -> None:
    """Look again and again until cancelled. A store that is away is said once, and waited for."""
    away = False
    while True:
        try:
            if woken := await wake_due(writer, clock):
                log.debug("talks woken", count=woken)
            away = False
        except NotSaved:
            if not away:
                log.error("talks cannot be woken: the store is away")
            away = True
        except Exception:
            log.exception("waking talks failed")
        await asyncio.sleep(every)
