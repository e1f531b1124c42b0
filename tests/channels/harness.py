"""What every channel is tested with: the whole server on a loopback port, with numbers and bots of its own.

A channel's tests bring a stand-in of their provider (an aiohttp application) and accounts; nothing else differs from
a real deployment.
"""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from sqlalchemy import select

from bot import app, jobs, logs
from bot.channels.contract import Account, Counts
from bot.config import Settings
from bot.deployment import profiles, watch, worlds
from bot.outbox import Patience
from bot.store import open_store
from locales import identify
from storage import models_clocks, redacting
from storage.cases import Cases
from storage.models import table
from storage.post import Inbound
from storage.store import Store
from tests.serving import Clock

T = TypeVar("T")
JOB = table(models_clocks.Job)
#: Failures are tried again at once, and a provider that stalls is noticed.
QUICK = Patience(first=0.02, most=0.1, tries=5, call=5.0, lease=20.0, look=0.05, stop=2.0)


class Looping:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def end(self) -> None:
        async def rest() -> None:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        self.do(rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    make: Callable[[], web.Application], port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, Looping]]:
    """An application on a loopback port, from a thread of its own: its address, and its loop."""
    port, looping = port or free_port(), Looping()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(make(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        return runner

    try:
        runner = looping.do(start())
        try:
            yield f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}", looping
        finally:
            looping.do(runner.cleanup())
    finally:
        looping.end()


@dataclass
class Running:
    """A server that is running, the store behind it, and what it counted and logged."""

    url: str
    store: Store
    clock: Clock
    counts: Counts
    looping: Looping
    log: io.StringIO

    def rows(self, query: str) -> list[Any]:
        with self.store.database.reading() as db:
            return list(db.exec_driver_sql(query).mappings())

    def quiet(self, within: float = 20.0) -> None:
        """Wait until nothing is left to be sent."""
        end = time.monotonic() + within
        while self.rows("SELECT id FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1"):
            assert time.monotonic() < end, f"still to be sent: {self.rows('SELECT state, error, attempts FROM outbox')}"
            time.sleep(0.01)

    def worked(self, within: float = 20.0) -> None:
        """Do what is due, and wait for what the server itself leased first, until nothing is due or left to be sent."""
        end = time.monotonic() + within
        jobs.work_due(self.store, self.clock)
        # What is emptied at a provider takes its time, and nothing waits for it.
        due = select(JOB.c.kind).where(JOB.c.run_at <= self.clock(), JOB.c.kind != redacting.KIND).limit(1)
        while True:
            with self.store.database.reading() as db:
                left = db.execute(due).first()
            if left is None:
                break
            assert time.monotonic() < end, f"still to be done: {left.kind}"
            time.sleep(0.01)
        self.quiet(within)

    def cases(self) -> list[dict[str, Any]]:
        """Every record, whole, oldest first."""
        cases = Cases(self.store.database, self.store.vault)
        organisations = [row["organisation"] for row in self.rows("SELECT DISTINCT organisation FROM cases")]
        return [cases.show(row["reference"]) for row in reversed(cases.list(organisations))]

    def tasks(self) -> list[str]:
        return [row["why"] for row in self.rows("SELECT why FROM task ORDER BY id")]

    def by_web(self, organisation: str, answers: Sequence[str], language: str) -> dict[str, Any]:
        """The record that the web chat makes of the same answers."""
        known = {case["reference"] for case in self.cases()}
        for number, text in enumerate(answers):
            inbound = Inbound(
                organisation, "web", "web", "web-person", f"web-{number}", self.clock(), text=text,
                entry={"language": language},
            )  # fmt: skip
            self.store.writer.take(inbound).result(30)
        (case,) = (case for case in self.cases() if case["reference"] not in known)
        return case


def same_record(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """The two are the same but for what is each one's own: reference, times, and the channel."""

    def bare(case: Mapping[str, Any]) -> dict[str, Any]:
        facts = {name: values for name, values in case["facts"].items() if name != "channel"}
        entries = [{name: value for name, value in entry.items() if name != "added_at"} for entry in case["entries"]]
        kept = ("organisation", "kind", "stage", "complete", "language", "dues")
        return {name: case[name] for name in kept} | {"facts": facts, "entries": entries}

    assert bare(one) == bare(other)


@contextmanager
def hearback(
    folder: Path,
    accounts: Sequence[Account],
    monkeypatch: pytest.MonkeyPatch,
    patience: Patience = QUICK,
    **settings: Any,
) -> Iterator[Running]:
    """The whole server for these accounts; ``settings`` as in the environment, in small letters."""
    port, clock, log = free_port(), Clock(), io.StringIO()
    settings.setdefault("base_url", f"http://127.0.0.1:{port}")
    chosen = Settings(
        _env_file=None, data=folder, port=port,
        organisations=tuple(dict.fromkeys(account.organisation for account in accounts)), **settings,
    )  # fmt: skip
    found = profiles(chosen)
    store = open_store(chosen, worlds(found, watch(), clock), found)
    monkeypatch.setattr(app, "london_now", clock)
    logs.set_up("debug", to=log)
    identify.warm().join()
    made: list[web.Application] = []

    def make() -> web.Application:
        made.append(app.application(chosen, found, store, accounts, patience))
        return made[0]

    try:
        with served(make, port) as (url, looping):
            yield Running(url, store, clock, made[0][app.COUNTS], looping, log)
    finally:
        store.close()
        logs.set_up()
