"""A web application on a loopback port of its own, for tests that speak HTTP to it; and its clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web


class Clock:
    """The time, which a test may move on, or stop where a slow machine would tell another story."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        """From here only ``ahead`` moves it."""
        self.stopped = datetime.now(UTC)


@contextmanager
def listening(make: Callable[[], web.Application], **runner: Any) -> Iterator[int]:
    """The port on which it listens, in a thread of its own until the end. ``runner``: options of ``web.AppRunner``."""
    started, stop, port, loop = threading.Event(), threading.Event(), [0], asyncio.new_event_loop()

    async def serve() -> None:
        running = web.AppRunner(make(), access_log=None, shutdown_timeout=0.1, **runner)
        await running.setup()
        await web.TCPSite(running, "127.0.0.1", 0).start()
        port[0] = running.addresses[0][1]
        started.set()
        await asyncio.to_thread(stop.wait)
        await running.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert started.wait(60), "it does not listen"
        yield port[0]
    finally:
        stop.set()
        thread.join()
        loop.close()


@contextmanager
def serving(routes: Iterable[web.AbstractRouteDef], **options: int) -> Iterator[str]:
    """The address at which these routes are answered. ``options`` of ``web.Application``."""

    def make() -> web.Application:
        app = web.Application(**options)  # type: ignore[arg-type]  # numbers, such as client_max_size
        app.add_routes(routes)
        return app

    with listening(make) as port:
        yield f"http://127.0.0.1:{port}"
