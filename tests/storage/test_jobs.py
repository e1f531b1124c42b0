"""Jobs as rows, on both engines: leased by one, done exactly once, late ones caught up, a kill made good."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import pytest

from storage import dues, jobs, models, models_clocks
from storage.store import Store, open_store
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import START, Person

KINDS = ("one", "two")
LATER = START + timedelta(hours=1)


def put(store: Store, key: str, kind: str = "one", at: Any = START) -> None:
    store.writer.write(lambda db: jobs.put(db, kind, key, "example", at)).result(30)


def claim(store: Store, at: Any = START, **more: Any) -> list[jobs.Job]:
    return store.writer.write(lambda db: jobs.claim(db, at, KINDS, **more)).result(30)


def done(store: Store, job: jobs.Job, again: Any = None) -> None:
    store.writer.write(lambda db: jobs.done(db, job, again)).result(30)


def test_a_job_is_leased_when_its_time_has_come_the_longest_due_first(store: Store) -> None:
    put(store, "b", at=START + timedelta(minutes=1))
    put(store, "a")
    put(store, "c", "two", at=START + timedelta(minutes=2))
    put(store, "d", "unknown here")
    assert claim(store, START - timedelta(seconds=1)) == []
    assert [job.key for job in claim(store, START + timedelta(minutes=1))] == ["a", "b"]
    assert [job.key for job in claim(store, START + timedelta(days=30), limit=1)] == ["a"], "late ones are caught up"


def test_a_leased_job_is_nobody_elses_until_the_lease_has_run_out(store: Store) -> None:
    put(store, "a")
    (first,) = claim(store)
    assert (first.attempt, claim(store, START + timedelta(minutes=1))) == (1, [])
    (second,) = claim(store, START + timedelta(minutes=3))
    assert second.attempt == 2
    with pytest.raises(jobs.Lost):
        done(store, first)
    done(store, second)
    with pytest.raises(jobs.Lost):
        done(store, second)
    assert rows(store, models_clocks.Job) == []


def test_what_a_lost_job_wrote_is_undone_with_it(store: Store) -> None:
    put(store, "a")
    (job,) = claim(store)
    put(store, "a", at=LATER)  # planned anew in the meantime

    def work(db: Any) -> None:
        jobs.put(db, "two", "its work", "example", START)
        jobs.done(db, job)

    with pytest.raises(jobs.Lost):
        store.writer.write(work).result(30)
    assert [(row["kind"], row["run_at"]) for row in rows(store, models_clocks.Job)] == [("one", LATER)]


def test_a_job_that_comes_again_and_one_that_fails(store: Store) -> None:
    put(store, "a")
    (job,) = claim(store)
    done(store, job, LATER)
    assert claim(store) == []
    at, waits = LATER, []
    for _ in range(10):
        (job,) = claim(store, at)
        store.writer.write(lambda db, job=job, at=at: jobs.failed(db, job, at)).result(30)  # type: ignore[misc]
        (row,) = rows(store, models_clocks.Job)
        waits.append((row["run_at"] - at).total_seconds())
        at = row["run_at"]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_two_processes_never_do_one_twice(site: Site) -> None:
    one, two = site.open(), site.open()
    for number in range(60):
        put(one, f"job{number}")
    did: list[str] = []

    def work(store: Store) -> None:
        while leased := claim(store, limit=5):
            for job in leased:
                done(store, job)
                did.append(job.key)

    threads = [threading.Thread(target=work, args=(store,)) for store in (one, two) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(did) == Counter(f"job{number}" for number in range(60))
    assert rows(one, models_clocks.Job) == []


def hold(url: str, settings: dict[str, Any], told: Connection) -> None:
    """Lease what is due, and be killed with it in hand."""
    store = open_store(url, **settings)
    told.send([job.key for job in claim(store)])
    threading.Event().wait()


def test_a_process_killed_in_the_middle_leaves_it_to_be_done_again(site: Site) -> None:
    store = site.open()
    put(store, "a")
    heard, told = multiprocessing.get_context("spawn").Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(target=hold, args=(site.url, site.settings(), told))
    child.start()
    assert heard.poll(60) and heard.recv() == ["a"]
    child.kill()
    child.join()
    assert claim(store, START + timedelta(seconds=30)) == []
    (job,) = claim(store, START + timedelta(minutes=2))
    assert job.attempt == 2
    done(store, job)


def test_clocks_of_many_records_by_two_processes_make_each_task_once(site: Site) -> None:
    one, two = site.open(), site.open()
    for _ in range(12):
        Person(one.writer).complain()
    at = START + timedelta(days=30)

    def look(store: Store) -> None:
        while leased := store.writer.write(lambda db: jobs.claim(db, at, (dues.KIND,), limit=3)).result(30):
            for job in leased:
                store.writer.write(
                    lambda db, job=job: jobs.done(db, job, dues.fall_due(db.connection(), int(job.key), at))  # type: ignore[misc]
                ).result(30)

    threads = [threading.Thread(target=look, args=(store,)) for store in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = Counter((task["talk"], task["why"], task["about"]) for task in rows(one, models.Task))
    assert len(made) == 24 and set(made.values()) == {1}
    assert rows(one, models_clocks.Job) == []


def test_a_record_that_is_gone_leaves_no_job_behind(store: Store) -> None:
    put(store, "12345", dues.KIND)
    (job,) = store.writer.write(lambda db: jobs.claim(db, START, (dues.KIND,))).result(30)
    done(store, job, store.writer.write(lambda db: dues.fall_due(db.connection(), int(job.key), START)).result(30))
    assert rows(store, models_clocks.Job) == []
