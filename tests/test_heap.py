"""What was read and is not needed any more goes back to the system."""

from __future__ import annotations

import psutil

from bot.heap import give_back

#: Bytes that Python asks the C library for, and does not keep in arenas of its own.
LARGE = 1000


def test_what_was_freed_goes_back() -> None:
    process = psutil.Process()
    many = [bytes(LARGE) for _ in range(60_000)]
    last = many.pop()  # the heap cannot shrink past it
    many.clear()
    kept = process.memory_info().rss
    give_back()
    assert kept - process.memory_info().rss > 40 * 2**20
    assert len(last) == LARGE
