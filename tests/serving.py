"""A web application on a loopback port of its own, for tests that speak HTTP to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def serving(routes: Iterable[web.AbstractRouteDef], **options: int) -> Iterator[str]:
    """Where it listens, in a thread of its own until the end. ``options`` of ``web.Application``."""
    started, stop, port, loop = threading.Event(), threading.Event(), [0], asyncio.new_event_loop()

    async def serve() -> None:
        app = web.Application(**options)  # type: ignore[arg-type]  # numbers, such as client_max_size
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port[0] = runner.addresses[0][1]
        started.set()
        await asyncio.to_thread(stop.wait)
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert started.wait(30), "it does not listen"
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        stop.set()
        thread.join()
        loop.close()
