"""Waiting in the event loop for what the writer's thread commits."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class _Line:
    """What one event loop waits for. A batch of sixty answers wakes it once, not sixty times."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._ended: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._called = False

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(lambda done: self._end(mine, done))
        return mine

    def _end(self, mine: asyncio.Future[Any], done: Future[Any]) -> None:
        """In the writer's thread."""
        self._ended.append((mine, done))
        loop = self._loop()
        if self._called or loop is None or loop.is_closed():
            return
        self._called = True
        with suppress(RuntimeError):  # it was closed this moment: nobody waits any more
            loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """In the loop's thread. From here on another answer calls again."""
        self._called = False
        while self._ended:
            mine, done = self._ended.popleft()
            if mine.done():
                continue  # whoever waited has gone
            if (wrong := done.exception()) is not None:
                mine.set_exception(wrong)
            else:
                mine.set_result(done.result())


_lines: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = weakref.WeakKeyDictionary()


async def committed(future: Future[T]) -> T:
    """The result of a future of the writer. That nobody waits for it any more does not take it back."""
    loop = asyncio.get_running_loop()
    line = _lines.get(loop)
    if line is None:
        line = _lines[loop] = _Line(loop)
    return await line.wait(future)
