"""Who has a page open: wakes the sockets of a talk when something new was committed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Rooms:
    """The open sockets of this process, by talk. What others commit is heard too, or noticed by looking again.

    ``listen(heard)`` is the writer's: it calls ``heard(talk)`` in a thread of the store's after each commit.
    """

    def __init__(self, listen: Callable[[Callable[[int], None]], object]) -> None:
        self._open: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        listen(self._heard)

    @contextmanager
    def enter(self, talk: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be news."""
        self._loop = asyncio.get_running_loop()
        news = asyncio.Event()
        self._open[talk].add(news)
        try:
            yield news
        finally:
            self._open[talk].discard(news)
            if not self._open[talk]:
                del self._open[talk]

    def count(self, talk: int) -> int:
        """How many have it open."""
        return len(self._open.get(talk, ()))

    def wake(self, talk: int) -> None:
        """There is news for a talk; only from the event loop."""
        for news in self._open.get(talk, ()):
            news.set()

    def _heard(self, talk: int) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wake, talk)
