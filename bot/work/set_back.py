"""Notices that the machine's clock was set back, and puts right what that would hold up (``storage.set_back``)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import structlog

from storage import set_back
from storage.store import Store

log = structlog.get_logger()

#: Seconds that a clock is put right by without anybody noticing.
SMALL = 20.0


class Watch:
    """Compares the clock with the machine's own count of time at each look. The first look always repairs."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._clock, self._steady = store, clock, steady
        self._before: float | None = None

    def look(self) -> int:
        """Rows put right. Raises NotSaved when the store is away; then it is looked at again."""
        now = self._clock()
        ahead = now.timestamp() - self._steady()
        back = self._before - ahead if self._before is not None else SMALL
        moved = 0
        if back >= SMALL:
            if self._before is not None:
                log.warning("the clock was set back", seconds=round(back))
            moved = self._store.writer.write(lambda db: set_back.repair(db, now)).result()
        self._before = ahead
        return moved
