"""Numbers for Prometheus, at ``/metrics``: to whoever has the token, or on an address of their own.

Labels are few and fixed: a channel, a level, a part of the site. Nothing a person wrote, no name, number, address or
record is ever one; a test plants them and looks.
"""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Counts
from bot.cli import Trouble
from bot.config import PREFIX, Settings
from storage.figures import Figures, figures
from storage.pulse import ENDS
from storage.store import Store
from storage.turns import NotSaved

#: Seconds for which numbers of the database are shown again rather than counted anew.
FRESH = 5.0
#: Upper ends of the counts of requests, in seconds.
REQUESTS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_GAUGES = {
    "undelivered": "People whom a message did not reach, not dealt with yet.",
    "tasks": "Everything that waits for a member of staff.",
    "due_today": "Clocks of records whose last day is today.",
    "overdue": "Clocks of records that were missed.",
    "jobs_late": "Jobs whose time has come and that nobody has begun.",
}


class Metrics:
    """Everything that is shown of one server."""

    def __init__(self, store: Store, counts: Counts, sockets: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "hearback_request_seconds", "How long requests took, by part of the site and kind of answer.",
            ("part", "answer"), buckets=REQUESTS, registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Standing(store, counts, sockets, clock))
        ProcessCollector(registry=self._registry)

    def request(self, part: str, status: int, seconds: float) -> None:
        """One request was answered; ``part`` is one of a few fixed words (``bot.front``)."""
        self._requests.labels(part, f"{status // 100}xx").observe(seconds)

    def text(self) -> bytes:
        """As Prometheus reads it. Asks the database: call it in a thread."""
        return generate_latest(self._registry)

    async def show(self, _: web.Request) -> web.Response:
        """GET, for an address that only the machine's own network reaches."""
        body = await asyncio.to_thread(self.text)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


class _Standing(Collector):
    """Asked at each look: the writer, the channels, the database."""

    def __init__(self, store: Store, counts: Counts, sockets: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._store, self._counts, self._sockets, self._clock = store, counts, sockets, clock
        self._lock = threading.Lock()
        self._known: tuple[float, Figures | None] = (-FRESH, None)

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are fixed, and the database need not answer for them."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every number, once."""
        yield from self._writer()
        yield _gauge("sockets", "Open web sockets.", self._sockets())
        yield self._channels()
        now = self._figures()
        yield _gauge("database_up", "Whether the database answers.", now is not None)
        if now is not None:
            yield from _standing(now)

    def _writer(self) -> Iterator[Metric]:
        writer = self._store.writer
        pulse = writer.pulse
        turns = HistogramMetricFamily(
            "hearback_turn_seconds", "From the moment a message was handed over until it was committed.",
            labels=["channel"],
        )  # fmt: skip
        for channel, counts in sorted(pulse.counts.copy().items()):
            total, buckets = 0, []
            for end, count in zip((*map(str, ENDS), "+Inf"), tuple(counts), strict=True):
                total += count
                buckets.append((end, total))
            turns.add_metric([channel], buckets, pulse.sums[channel])
        yield turns
        yield _counter("turns_not_saved", "Turns that failed; whoever sent them was told so.", pulse.failed)
        yield _counter("turns_refused", "Messages not let in, because too much waited.", pulse.refused)
        jobs, size, writes = writer.waiting()
        yield _gauge("queue_turns", "Turns that wait for the writer.", jobs)
        yield _gauge("queue_bytes", "Bytes of text that wait for the writer.", size)
        yield _gauge("queue_writes", "Other writes that wait for the writer.", writes)

    def _channels(self) -> Metric:
        refused = CounterMetricFamily(
            "hearback_channel_events", "Sent, refused, tried again, given up: by channel.", labels=["channel", "kind"]
        )
        kinds: dict[tuple[str, str], int] = {}
        for (channel, why), count in tuple(self._counts.items()):
            kind = (channel, why.partition(":")[0])  # without the provider's code: there are hundreds
            kinds[kind] = kinds.get(kind, 0) + count
        for key, total in sorted(kinds.items()):
            refused.add_metric(key, total)
        return refused

    def _figures(self) -> Figures | None:
        with self._lock:
            at, known = self._known
            if time.monotonic() - at < FRESH:
                return known
            try:
                with self._store.database.reading() as db:
                    known = figures(db, self._clock())
            except (SQLAlchemyError, NotSaved):
                known = None
            self._known = (time.monotonic(), known)
            return known


def _standing(now: Figures) -> Iterator[Metric]:
    for name, words in _GAUGES.items():
        yield _gauge(name, words, getattr(now, name))
    yield _gauge("jobs_late_seconds", "By how much the latest of them is late.", now.late)
    for name, words, found in (
        ("outbox", "Messages to be sent.", now.outbox),
        ("alerts_open", "Signs of danger that nobody has acknowledged.", now.alerts),
    ):
        label = "channel" if name == "outbox" else "level"
        count = GaugeMetricFamily(f"hearback_{name}", words, labels=[label])
        age = GaugeMetricFamily(f"hearback_{name}_age_seconds", "Age of the oldest of them.", labels=[label])
        for key, (number, seconds) in sorted(found.items()):
            count.add_metric([key], number)
            age.add_metric([key], seconds)
        yield count
        yield age


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hearback_{name}", words, value=float(value))


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"hearback_{name}", words, value=value)


def guarded(metrics: Metrics, token: str) -> web.RouteDef:
    """``/metrics`` on the public address, for whoever has the token; to everybody else there is no such page."""
    expected = f"Bearer {token}".encode()

    async def show(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            raise web.HTTPNotFound
        return await metrics.show(request)

    return web.get("/metrics", show)


def listening(settings: Settings, metrics: Metrics) -> Callable[[web.Application], AsyncIterator[None]]:
    """Serves ``/metrics`` alone on the address of HEARBACK_METRICS while the server runs; nothing where none is set."""

    async def serve(_: web.Application) -> AsyncIterator[None]:
        if not settings.metrics:
            yield
            return
        own = web.Application()
        own.add_routes([web.get("/metrics", metrics.show)])
        runner = web.AppRunner(own, access_log=None, shutdown_timeout=1)
        await runner.setup()
        host, _colon, port = settings.metrics.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            await runner.cleanup()
            where = f"{PREFIX}METRICS={settings.metrics}"
            raise Trouble(f"Nothing can listen on {where} ({error.strerror}). Choose another one.") from None
        yield
        await runner.cleanup()

    return serve
