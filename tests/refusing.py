"""A store whose writer refuses, as it does while the database is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from storage.database import NotSaved
from storage.store import Store


@contextmanager
def refusing(store: Store, allowed: int) -> Iterator[None]:
    """A writer that takes so many writes and then refuses every other one."""
    writer, left = store.writer, [allowed]
    taking = writer.write

    def write(fn: Callable[[Any], Any]) -> Future[Any]:
        left[0] -= 1
        if left[0] >= 0:
            return taking(fn)
        refused: Future[Any] = Future()
        refused.set_exception(NotSaved("away"))
        return refused

    writer.write = write  # type: ignore[method-assign]  # for as long as this lasts
    try:
        yield
    finally:
        del writer.write  # type: ignore[method-assign]  # the class's own again
