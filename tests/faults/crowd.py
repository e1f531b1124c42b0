"""People who do not give up, and processes that take what they say."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from storage import models
from storage.post import Inbound
from storage.store import Store, open_store
from storage.turns import NotSaved, Reply, Writer
from tests.storage.looking import rows, texts
from tests.storage.people import Person

#: Seconds after which something is wrong with the test itself.
LONG = 60.0


class Patient:
    """In place of a writer: sends again, as a provider does, what was not saved. ``refused`` counts how often."""

    def __init__(self, writer: Writer, pause: float = 0.02) -> None:
        self.writer = writer
        self.pause = pause
        self.refused = 0
        self.acknowledged = 0

    def take(self, inbound: Inbound) -> Future[Reply]:
        done: Future[Reply] = Future()
        end = time.monotonic() + LONG
        while True:
            try:
                done.set_result(self.writer.take(inbound).result(LONG))
                self.acknowledged += 1
                return done
            except NotSaved:
                self.refused += 1
                assert time.monotonic() < end, "it never gets through"
                time.sleep(self.pause)


class Process:
    """A process with a store of its own on the same database."""

    def __init__(self, context: Any, url: str, settings: dict[str, Any]) -> None:
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=take_turns, args=(url, settings, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self._lock = threading.Lock()
        self._tickets = itertools.count()
        self._waiting: dict[int, Future[Reply]] = {}
        assert self._pipe.poll(LONG) and self._pipe.recv() == "open", "it does not start"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def take(self, inbound: Inbound) -> Future[Reply]:
        future: Future[Reply] = Future()
        with self._lock:
            ticket = next(self._tickets)
            self._waiting[ticket] = future
            self._pipe.send((ticket, inbound))
        return future

    def _read(self) -> None:
        try:
            while True:
                ticket, result = self._pipe.recv()
                future = self._waiting.pop(ticket)
                if isinstance(result, Reply):
                    future.set_result(result)
                else:
                    future.set_exception(NotSaved(result))
        except (EOFError, OSError):
            for future in self._waiting.values():
                future.set_exception(NotSaved("the process is gone"))

    def close(self) -> None:
        with self._lock:
            self._pipe.send(None)
        self.process.join(LONG)


class Everywhere:
    """In place of a writer: hands each message to two processes at once, as a provider that repeats itself does, and
    the next one to the next two.
    """

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = processes
        self.twice = 0
        self.taken = 0
        self._turn = itertools.count()

    def take(self, inbound: Inbound) -> Future[Reply]:
        number, done = next(self._turn), Future[Reply]()
        chosen = [self.processes[(number + n) % len(self.processes)] for n in range(2)]
        replies = [future.result(LONG) for future in [process.take(inbound) for process in chosen]]
        fresh = [reply for reply in replies if not reply.duplicate]
        self.taken += 1
        self.twice += len(fresh) != 1
        done.set_result((fresh or replies)[0])
        return done


def take_turns(url: str, settings: dict[str, Any], pipe: Connection) -> None:
    """Take what comes through ``pipe``, several at once, until None comes."""
    store = open_store(url, **settings)
    lock = threading.Lock()

    def answer(ticket: int, inbound: Inbound) -> None:
        result: Any
        try:
            result = store.writer.take(inbound).result(LONG)
        except Exception as error:
            result = type(error).__name__
        with lock:
            pipe.send((ticket, result))

    pipe.send("open")
    with ThreadPoolExecutor(16) as pool:
        while (message := pipe.recv()) is not None:
            pool.submit(answer, *message)
    store.close()


def together(people: Sequence[Person]) -> list[Reply]:
    """Everybody complains at once, each to the end; their receipts' replies in the same order."""
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(Person.complain, people))


def whole_logs(store: Store) -> None:
    """No log has a gap."""
    logs: dict[int, list[int]] = {}
    for row in rows(store, models.Message):
        logs.setdefault(row["talk"], []).append(row["seq"])
    for talk in rows(store, models.Talk):
        assert sorted(logs.get(talk["id"], ())) == list(range(1, talk["last_seq"] + 1)), "the log has a gap"


def all_there(store: Store, people: Sequence[Person], filed: Sequence[Reply]) -> None:
    """Every complaint is there once, with the story of whoever made it."""
    assert len({reply.reference for reply in filed}) == len(filed) == len(people)
    assert {reply.reference for reply in filed} <= {row["reference"] for row in rows(store, models.Case)}
    for person in people:
        said = texts(store, person)
        assert said.count(person.story) == 1 and len(said) == len(set(said)), said
    whole_logs(store)
