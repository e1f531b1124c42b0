"""The disk refuses: nothing is acknowledged that is not there, and what is sent again is there once.

A process of its own is made to fail from outside: its files may not grow (RLIMIT_FSIZE), or the kernel answers its
calls with an error (strace, where there is one that may look into a process; elsewhere only the first is tried).
"""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.turns import NotSaved
from tests.faults.crowd import Process, whole_logs
from tests.faults.record import rounds, tried
from tests.storage.conftest import Site
from tests.storage.looking import texts
from tests.storage.people import Person

Fault = Callable[[int], AbstractContextManager[None]]


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """None of its files may be written beyond the first page."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def answering(pid: int, calls: str, error: str) -> Iterator[None]:
    """The kernel answers these calls with an error."""
    inject = [f"trace={calls}", f"inject={calls}:error={error}"]
    with subprocess.Popen(
        ["strace", "-f", "-p", str(pid), "-e", inject[0], "-e", inject[1]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as strace:  # fmt: skip
        assert strace.stderr is not None
        assert b"attached" in strace.stderr.readline()
        try:
            yield
        finally:
            strace.terminate()


def permitted() -> bool:
    """Whether strace is there and may look into a process of ours."""
    if not shutil.which("strace"):
        return False
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        tried = subprocess.run(
            ["timeout", "-s", "INT", "0.5", "strace", "-p", str(child.pid)], capture_output=True, check=False
        )
        return b"attached" in tried.stderr
    finally:
        child.kill()
        child.communicate()


FAULTS: dict[str, Fault] = {"no file may grow (RLIMIT_FSIZE)": no_room}
if permitted():
    FAULTS |= {
        "fsync fails (EIO)": partial(answering, calls="fsync,fdatasync", error="EIO"),
        "disk full (ENOSPC)": partial(answering, calls="pwrite64", error="ENOSPC"),
        "write error (EIO)": partial(answering, calls="pwrite64", error="EIO"),
        "disk has become read-only (EROFS)": partial(answering, calls="pwrite64,openat", error="EROFS"),
    }


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_disk_that_fails_loses_nothing_that_was_acknowledged(sqlite_site: Site, fresh: Any) -> None:
    site, chance = sqlite_site, random.Random(3)
    site.open()  # the keys are made; it stays open beside the other, as a reader does
    process = Process(fresh, site.url, site.settings())
    person = Person(process)  # type: ignore[arg-type]  # only ``take`` is used
    person.reach("story")
    refused = dict.fromkeys(FAULTS, 0)
    acknowledged: list[str] = []
    times = rounds(1)

    def say(number: int, fault: str = "") -> None:
        inbound = person.inbound(f"part {len(acknowledged)}: {'words ' * chance.choice((1, 50, 2_000))}".strip())
        for _ in range(number):
            try:
                process.take(inbound).result(30)
                break
            except NotSaved:
                refused[fault] += 1
        else:
            return waiting.append(inbound)
        acknowledged.append(inbound.text)

    for _ in range(times):
        for name, fault in FAULTS.items():
            waiting: list[Any] = []
            with fault(process.process.pid):
                for _ in range(2):
                    say(1, name)
            for inbound in waiting:
                process.take(inbound).result(30)
                acknowledged.append(inbound.text)
            say(1)
    assert process.process.is_alive()
    process.close()
    store = site.open()
    told = texts(store, person)
    assert [text for text in told if text.startswith("part ")] == acknowledged
    whole_logs(store)
    assert all(refused.values()), refused
    for name in FAULTS:
        note = f"{refused[name]} answered 503"
        tried(f"{name} (SQLite)", times, "messages", len(acknowledged) // len(FAULTS), note=note)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_write_that_was_torn_by_a_power_cut(sqlite_site: Site, tmp_path: Path) -> None:
    """The end of the log is cut anywhere, or is nonsense: what was acknowledged before is there, and nothing else."""
    site, chance = sqlite_site, random.Random(11)
    store = site.open()
    person = Person(store.writer)
    person.reach("story")
    log = site.file.with_name(site.file.name + "-wal")
    before = log.read_bytes()
    kept = texts(store, person)
    last = person.inbound("the message that was under way " * 30)
    store.writer.take(last).result(30)
    after = log.read_bytes()
    assert after.startswith(before) and len(after) > len(before) + 100
    times = rounds(4)
    for number in range(times):
        folder = tmp_path / f"cut{number}"
        folder.mkdir()
        for name in (site.file.name, "keys.db", "keys.db-wal", "ring.json"):
            if (site.folder / name).exists():
                shutil.copy(site.folder / name, folder / name)
        end = chance.randint(len(before), len(after) - 64)
        torn = after[:end]
        if number % 2:
            torn += chance.randbytes(len(after) - end)
        (folder / log.name).write_bytes(torn)
        other = Site(f"sqlite:///{folder / site.file.name}", folder)
        with other._open:
            again = other.open()
            assert texts(again, person) == kept, "nothing more and nothing less than what was acknowledged"
            assert not again.writer.take(last).result(30).duplicate
            assert again.writer.take(last).result(30).duplicate
            assert texts(again, person) == [*kept, last.text]
            whole_logs(again)
    tried("power cut in the middle of a write (torn log, SQLite)", times, "starts", times)
