"""Processes wake each other: what one of them committed is news in all, by PostgreSQL's LISTEN and NOTIFY.

A notice holds numbers, never words. It is a hint and not the truth: whoever misses one finds the same by looking a few
seconds later, as everybody does on SQLite, where one process has it all. That is why a notice is sent after the commit,
on a connection of its own: PostgreSQL makes transactions that notify commit one after the other, in every process.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import make_url

from storage.database import RUNNING

_log = logging.getLogger(__name__)

CHANNEL = "hearback"
#: Kinds of news: talks with new messages (their numbers); work that is due; data keys that were destroyed.
TALKS, WORK, KEYS = "talks", "work", "keys"
#: Numbers in one notice: PostgreSQL takes 8,000 bytes.
MOST = 300
#: Seconds: until the first and the longest wait for a server that is away; between proofs that the line still holds.
FIRST, LONGEST, PROOF = 0.2, 5.0, 30.0
#: A line that was cut without a word, by a firewall or a failover, is noticed within half a minute.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 10}
_LINE: dict[str, Any] = {"application_name": "hearback waking", **_ALIVE}

Heard = Callable[[str, Collection[int]], None]


class News:
    """Who in this process is told what was committed, here or elsewhere. Called in a thread of the store's: never wait.

    share  tells the other processes
    """

    def __init__(self, forget: Callable[[Iterable[int]], None]) -> None:
        self._talks: list[Callable[[int], None]] = []
        self._work: list[Callable[[], None]] = []
        self._forget = forget
        self.share: Callable[[str, Collection[int]], None] = lambda kind, numbers: None

    def listen(self, heard: Callable[[int], None]) -> Callable[[], None]:
        """``heard(talk)`` where something was said in a talk; returns how to stop it."""
        self._talks.append(heard)
        return lambda: self._talks.remove(heard)

    def listen_work(self, heard: Callable[[], None]) -> Callable[[], None]:
        """``heard()`` where a job was planned or brought forward; returns how to stop it."""
        self._work.append(heard)
        return lambda: self._work.remove(heard)

    def tell(self, kind: str, numbers: Collection[int] = ()) -> None:
        """Tell everybody, here and elsewhere. Nothing without numbers, but of WORK."""
        if numbers or kind == WORK:
            self.heard(kind, numbers)
            self.share(kind, numbers)

    def heard(self, kind: str, numbers: Collection[int]) -> None:
        """Tell everybody here; a kind of a later release is news to nobody."""
        if kind == TALKS:
            for talk in numbers:
                _each(self._talks, talk)
        elif kind == WORK:
            _each(self._work)
        elif kind == KEYS:
            self._forget(numbers)


def _each(listeners: Sequence[Callable[..., None]], *what: int) -> None:
    for heard in tuple(listeners):
        try:
            heard(*what)
        except Exception as error:
            _log.error("a listener failed: %s", type(error).__name__)


class Waking:
    """One line to the database at ``url`` that hears what other processes tell, and tells them.

    heard  called in this thread with (kind, numbers) of another process; what one's own process tells is left out
    """

    def __init__(self, url: str, heard: Heard) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self._lock = threading.Lock()
        self._told: dict[str, set[int]] = {}
        self._closing = threading.Event()
        #: Set while the line is open.
        self.listening = threading.Event()
        self._bell, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="waking", daemon=True)
        self._thread.start()

    def tell(self, kind: str, numbers: Collection[int] = ()) -> None:
        """Tell every other process, soon. From any thread; never waits. What is told while the line is away is lost."""
        with self._lock:
            first = not self._told
            self._told.setdefault(kind, set()).update(numbers)
        if first:
            self._bell.send(b"!")

    def close(self) -> None:
        """Tell what is left, then hang up. Safe to do again."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._bell.send(b"!")
        self._thread.join()
        self._bell.close()
        self._rung.close()

    def _run(self) -> None:
        wait = FIRST
        while not self._closing.is_set():
            try:
                with psycopg.connect(self._address, autocommit=True, **_LINE) as on:
                    if on.execute("SELECT pg_try_advisory_lock_shared(%s)", (RUNNING,)).fetchone() != (True,):
                        raise OSError("the tables are being changed")
                    on.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    wait = FIRST
                    self._talk(on)
            except (psycopg.Error, OSError) as error:
                if self.listening.is_set():
                    _log.warning("other processes are not heard for the moment: %s", type(error).__name__)
                self.listening.clear()
                self._take()
                self._closing.wait(wait)
                wait = min(2 * wait, LONGEST)

    def _talk(self, on: psycopg.Connection[Any]) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(on.fileno(), selectors.EVENT_READ)
            ready.register(self._rung, selectors.EVENT_READ)
            while True:
                # Asked first: the bell of ``close`` may have been silenced with another's, and rings no second time.
                if not self._closing.is_set() and not ready.select(PROOF):
                    on.execute("SELECT 1")
                last = self._closing.is_set()
                for kind, numbers in self._take().items():
                    for payload in _payloads(kind, sorted(numbers)):
                        on.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
                if last:
                    return
                for notice in on.notifies(timeout=0):
                    if notice.pid != on.info.backend_pid:
                        self._news(notice.payload)

    def _take(self) -> dict[str, set[int]]:
        """What is to be told, and the bell silenced."""
        with suppress(BlockingIOError):
            self._rung.recv(64)
        with self._lock:
            told, self._told = self._told, {}
        return told

    def _news(self, payload: str) -> None:
        kind, _, numbers = payload.partition(":")
        try:
            self._heard(kind, tuple(map(int, numbers.split(","))) if numbers else ())
        except Exception as error:  # of a listener's, or a notice of a later release: neither ends the line
            _log.error("a notice was not understood: %s", type(error).__name__)


def _payloads(kind: str, numbers: list[int]) -> list[str]:
    """Notices for these numbers; one without any where the kind has none."""
    parts = [numbers[start : start + MOST] for start in range(0, len(numbers), MOST)] or [[]]
    return [f"{kind}:{','.join(map(str, part))}" for part in parts]
