"""A flood is slowed, shown to staff and bounded in memory; nobody else notices it."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.limits import Room
from storage import models
from storage.queue import USUAL, Busy, Limits, Pace, Queue
from storage.store import Store
from storage.work import Job
from tests.faults.record import ROUNDS, tried
from tests.storage.conftest import Site
from tests.storage.looking import rows, texts
from tests.storage.people import START, Person

MB = 1024 * 1024
#: As usual, but quick enough to be waited for.
SMALL = Limits(burst=10, every=0.05, patience=0.5)


@contextmanager
def held(store: Store) -> Iterator[None]:
    """The writer is busy with something long."""
    gate, reached = threading.Event(), threading.Event()
    store.writer.write(lambda db: (reached.set(), gate.wait(60)))
    reached.wait(20)
    try:
        yield
    finally:
        gate.set()


def job(lane: str, organisation: str = "example", text: str = "words") -> Job:
    found = Job(lane.encode(), START, None, inbound=Person(None).inbound(text), size=len(text))  # type: ignore[arg-type]  # nobody waits, nobody writes
    found.organisation = organisation
    return found


@pytest.mark.soak
def test_who_sends_a_flood_is_slowed_and_shown_to_staff_and_nobody_else_waits(site: Site) -> None:
    store = site.open(limits=SMALL)
    flooder, other = Person(store.writer), Person(store.writer)
    flooder.say(event="open")
    other.say(event="open")
    began = time.monotonic()
    futures = [flooder.send(f"word {n}") for n in range(100)]
    answered = 0.0
    for number in range(3):
        then = time.monotonic()
        assert other.say(f"a word of somebody else {number}").messages
        answered = max(answered, time.monotonic() - then)
    refused = [future.exception(30) for future in futures]
    told = [error for error in refused if error is not None]
    assert all(isinstance(error, Busy) and 0.4 < error.after < 10 for error in told) and len(told) > 60
    assert time.monotonic() - began >= 0.3, "slowed"
    assert answered < 2
    kept = [f"word {n}" for n, error in enumerate(refused) if error is None]
    assert [text for text in texts(store, flooder) if text.startswith("word")] == kept, "what was taken is all there"
    assert [row["why"] for row in rows(store, models.Task)] == ["flood"], "once"
    assert len(rows(store, models.Task, models.Task.talk == rows(store, models.Talk)[0]["id"])) <= 1
    engine = "SQLite" if site.sqlite else "PostgreSQL"
    tried(f"a flood from one person ({engine})", 1, "messages", len(futures), note=f"{len(told)} answered 503")


def test_a_flood_that_was_refused_may_be_sent_again(sqlite_site: Site) -> None:
    store = sqlite_site.open(limits=SMALL)
    person = Person(store.writer)
    person.say(event="open")
    sent = [person.inbound(f"word {n}") for n in range(28)]
    for future in [store.writer.take(one) for one in sent]:
        future.exception(30)
    for one in sent:
        while True:
            error = store.writer.take(one).exception(30)
            if error is None:
                break
            assert isinstance(error, Busy)
            time.sleep(error.after)
    assert len(texts(store, person)) == 28


def test_a_closing_store_makes_nobody_wait(sqlite_site: Site) -> None:
    store = sqlite_site.open(limits=Limits(burst=5, every=1.0, patience=60))
    person = Person(store.writer)
    futures = [person.send(f"word {n}") for n in range(20)]
    began = time.monotonic()
    store.writer.close()
    assert all(future.result(0).seq for future in futures) and time.monotonic() - began < 10


def test_a_home_with_one_connection_is_many_people() -> None:
    """No address comes into it: thirty people who write at once are each alone."""
    queue = Queue(Limits(), lambda: 5.0)
    for number in range(30):
        for _ in range(20):
            assert not queue.add(job(f"young person {number}"))
    taken = 0
    while queue.ready():
        jobs = queue.take(64)
        taken += len(jobs)
        queue.release(jobs)
    assert taken == 600 and queue.pause() is None and (queue.count, queue.size) == (0, 0)


def test_organisations_are_served_in_turn() -> None:
    queue = Queue(Limits(), lambda: 5.0)
    for number in range(500):
        queue.add(job(f"busy {number}", "busy"))
    for name in ("quiet", "calm"):
        queue.add(job(f"somebody {name}", name))
    assert queue.ready()
    first = [one.organisation for one in queue.take(5)]
    assert {"quiet", "calm"} <= set(first)


def test_one_organisation_leaves_room_for_the_others() -> None:
    queue = Queue(Limits(waiting=20), lambda: 5.0)
    for number in range(10):
        queue.add(job(f"busy {number}", "busy"))
    with pytest.raises(Busy, match="one organisation"):
        queue.add(job("one more", "busy"))
    assert not queue.add(job("somebody", "quiet"))


def test_staff_are_told_again_after_it_has_been_quiet() -> None:
    pace = Pace(3, 1.0)
    for _ in range(4):
        pace.use(b"one", 0.0)
    assert pace.wait(b"one", 0.0) > 0 and pace.newly_fast(b"one") and not pace.newly_fast(b"one")
    pace.use(b"one", 100.0)
    assert pace.wait(b"one", 100.0) < 0 and pace.newly_fast(b"one")


def test_very_many_new_conversations_are_shown_to_staff_and_none_is_slowed(sqlite_site: Site) -> None:
    store = sqlite_site.open(limits=Limits(openings=(20, 60.0)))
    futures = [Person(store.writer).send(event="open") for _ in range(40)]
    assert all(future.result(30).messages for future in futures)
    store.writer.write(lambda db: None).result(30)
    (task,) = rows(store, models.Task)
    assert (task["why"], task["talk"], task["organisation"]) == ("many", None, "example")


@pytest.mark.soak
@pytest.mark.timeout(120)
def test_memory_is_bounded_when_nothing_gets_through(sqlite_site: Site) -> None:
    """The disk hangs and everybody sends the longest messages there are: beyond 64 MB they are told to come again."""
    limits, people = (USUAL, 1_200) if ROUNDS else (Limits(size=4 * MB), 75)
    store = sqlite_site.open(limits=limits)
    story = "\U0001f3e0" * 19_000  # four bytes each
    tracemalloc.start()
    try:
        with held(store):
            before, refused = tracemalloc.get_traced_memory()[0], 0
            for number in range(people):
                future = Person(store.writer, organisation=f"org{number % 3}").send(f"{number} {story}")
                if future.done():
                    assert isinstance(future.exception(0), Busy)
                    refused += 1
            grown = tracemalloc.get_traced_memory()[0] - before
            waiting, size, _ = store.writer.waiting()
    finally:
        tracemalloc.stop()
    assert refused > people // 6 and waiting + refused == people
    assert size <= limits.size and grown < 1.25 * limits.size + 8 * MB
    tried(
        "a flood of the longest messages while the disk hangs", 1, "messages", people,
        note=f"memory grew by {grown // MB} MB, then {refused} were answered 503",
    )  # fmt: skip


def test_writes_of_others_are_bounded_too(sqlite_site: Site) -> None:
    store = sqlite_site.open(limits=Limits(writes=5))
    with held(store):
        futures = [store.writer.write(lambda db: None) for _ in range(8)]
        assert [future.done() for future in futures] == [False] * 5 + [True] * 3
    assert [isinstance(future.exception(30), Busy) for future in futures] == [False] * 5 + [True] * 3


def test_four_large_files_are_in_memory_at_once() -> None:
    """The fifth is not read before one is done; who waits too long is told to come again; small forms never wait."""

    async def crowd() -> list[str]:
        room, log, go = Room(largest=MB, patience=0.3), [], asyncio.Event()

        async def send(name: str, size: int, until: asyncio.Event | None) -> None:
            request = make_mocked_request("POST", "/dudley/", headers={"Content-Length": str(size)})
            try:
                await room.enter(request)
                log.append(name)
                if until is not None:
                    await until.wait()
            except Busy as error:
                log.append(f"{name} comes again after {error.after} seconds")
            finally:
                await room.leave(request)

        large = [asyncio.create_task(send("large", 9 * MB, go)) for _ in range(4)]
        await asyncio.sleep(0.01)
        assert room.used == room.size == 4 * MB
        late = asyncio.create_task(send("late", MB, None))
        await send("small", 500, None)
        await late
        next_one = asyncio.create_task(send("next", MB, None))
        await asyncio.sleep(0.01)
        go.set()
        await asyncio.gather(*large, next_one)
        assert room.used == 0
        return log

    expected = [*["large"] * 4, "small", "late comes again after 0.3 seconds", "next"]
    assert asyncio.run(crowd()) == expected
