"""What one process commits wakes the others: two real processes on PostgreSQL, and the line between them cut."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import pytest

from bot import jobs as loop
from bot.channels.webchat.rooms import Rooms
from storage import jobs
from storage.store import Store, open_store
from storage.waking import MOST, TALKS, WORK, Waking, _payloads
from tests.storage.conftest import Site, made
from tests.storage.people import START, Person


@pytest.fixture
def pg(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Site]:
    with made("postgres", request.getfixturevalue, tmp_path) as site:
        yield site


def elsewhere(url: str, settings: dict[str, Any], orders: Connection) -> None:
    """Another process: does what it is told, and says when it is committed."""
    store = open_store(url, **settings)
    assert store.waking is not None and store.waking.listening.wait(20)
    orders.send("ready")
    while (order := orders.recv()) != "end":
        if order == "say":
            orders.send(Person(store.writer, "one").say(event="open").talk)
        else:
            store.writer.write(lambda db: jobs.sooner(db, "alerts", "example", "example", START)).result(20)
            orders.send("planned")
    store.close()


@contextmanager
def another(site: Site) -> Iterator[Connection]:
    """Orders to another process with a store of its own."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe()
    process = context.Process(target=elsewhere, args=(site.url, site.settings(), theirs))
    process.start()
    assert ours.poll(60) and ours.recv() == "ready"
    try:
        yield ours
    finally:
        ours.send("end")
        process.join(30)
        assert process.exitcode == 0


def ask(orders: Connection, order: str) -> Any:
    orders.send(order)
    assert orders.poll(30)
    return orders.recv()


def heard_within(seconds: float, fact: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def test_a_turn_in_one_process_wakes_the_page_and_the_outbox_of_another(pg: Site) -> None:
    store = pg.open()
    assert store.waking is not None and store.waking.listening.wait(20)
    outbox = threading.Event()
    store.writer.listen(lambda talk: outbox.set())

    async def page(orders: Connection) -> float:
        rooms = Rooms(store.writer.listen)
        first = await asyncio.to_thread(ask, orders, "say")
        with rooms.enter(first) as news:
            news.clear()
            said = asyncio.create_task(asyncio.to_thread(ask, orders, "say"))
            start = time.monotonic()
            await asyncio.wait_for(news.wait(), 10)
            assert await said == first
            return time.monotonic() - start

    with another(pg) as orders:
        assert asyncio.run(page(orders)) < 2, "sooner than the page would have looked by itself"
        assert outbox.wait(5)


def test_work_planned_in_one_process_is_begun_in_another(pg: Site) -> None:
    store, done = pg.open(), threading.Event()
    assert store.waking is not None and store.waking.listening.wait(20)

    def work(store: Store, job: jobs.Job, now: Any) -> None:
        store.writer.write(lambda db: jobs.done(db, job)).result()
        done.set()

    async def watch(orders: Connection) -> bool:
        looks = loop.alone(store, lambda: START + timedelta(hours=1), {"alerts": work}, lambda now: None, every=60)
        looking = asyncio.create_task(looks)
        await asyncio.sleep(0.3)  # the first look has found nothing
        await asyncio.to_thread(ask, orders, "plan")
        found = await asyncio.to_thread(done.wait, 5)
        looking.cancel()
        return found

    with another(pg) as orders:
        assert asyncio.run(watch(orders))


def test_a_job_planned_here_is_begun_at_once_without_postgresql(sqlite_site: Site) -> None:
    store, heard = sqlite_site.open(), threading.Event()
    assert store.waking is None
    store.writer.news.listen_work(heard.set)
    store.writer.write(lambda db: jobs.put(db, "clock", "1", "example", START)).result()
    assert heard.wait(5)
    heard.clear()
    store.writer.write(lambda db: None).result()
    assert not heard.wait(0.05)


def test_a_key_destroyed_in_one_process_is_forgotten_in_another(pg: Site) -> None:
    here, there = pg.open(), pg.open()
    for store in (here, there):
        assert store.waking is not None and store.waking.listening.wait(20)
    key = here.vault.take()
    there.vault.load([key])
    here.vault.destroy([key])
    here.writer.news.tell("keys", [key])
    assert heard_within(5, lambda: key not in there.vault._known)


def test_a_line_that_was_cut_is_opened_again(pg: Site) -> None:
    news: list[tuple[str, tuple[int, ...]]] = []
    with_ears = Waking(pg.url, lambda kind, numbers: news.append((kind, tuple(numbers))))
    teller = Waking(pg.url, lambda kind, numbers: None)
    assert with_ears.listening.wait(20) and teller.listening.wait(20)
    with psycopg.connect(pg.admin, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'hearback waking' AND datname = %s",
            (pg.url.split("/")[-1].split("?")[0],),
        )

    def told() -> bool:
        teller.tell(TALKS, [3, 1, 2])
        teller.tell(WORK)
        time.sleep(0.05)
        return {(TALKS, (1, 2, 3)), (WORK, ())} <= set(news)

    assert heard_within(10, told)
    with_ears.close()
    teller.close()


def test_a_notice_fits_and_holds_numbers_only() -> None:
    many = list(range(2**62, 2**62 + 2 * MOST + 1))
    payloads = _payloads(TALKS, many)
    assert len(payloads) == 3 and all(len(payload) < 8000 for payload in payloads)
    assert all(payload.partition(":")[2].replace(",", "").isdigit() for payload in payloads)


def test_a_notice_of_a_later_release_harms_nobody(pg: Site) -> None:
    news: list[str] = []

    def heard(kind: str, numbers: Any) -> None:
        if kind == "odd":
            raise ValueError("unheard of")
        news.append(kind)

    line, teller = Waking(pg.url, heard), Waking(pg.url, lambda kind, numbers: None)
    assert line.listening.wait(20) and teller.listening.wait(20)
    for kind in ("odd", TALKS):
        teller.tell(kind, [1])
        time.sleep(0.05)
    assert heard_within(5, lambda: news == [TALKS])
    line.close()
    teller.close()


def test_a_stop_whose_bell_is_silenced_with_another_s_is_heard(pg: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    store = pg.open()
    waking = store.waking
    assert waking is not None and waking.listening.wait(20)
    usual, stopping = waking._take, threading.Thread(target=store.close)

    def taken() -> dict[str, set[int]]:
        if not stopping.is_alive() and not waking._closing.is_set():
            stopping.start()
            assert waking._closing.wait(20)
            time.sleep(0.05)  # for its bell, rung just behind
        return usual()

    monkeypatch.setattr(waking, "_take", taken)
    waking.tell(WORK)
    assert waking._closing.wait(20)
    stopping.join(10)
    assert not stopping.is_alive()
