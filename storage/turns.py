"""The writer: many people's turns in one transaction, and ``write(fn)`` for everybody else.

One thread owns the one writing connection. It takes what is waiting (at most 64 jobs, one a
talk, no added delay), runs the turns, writes by table, commits, and only then are those who
wait answered. A batch that fails is redone turn by turn, each in its own savepoint; a turn that
fails alone is parked for staff and its neighbours are unharmed. When the database itself fails
everybody waiting gets NotSaved, and nothing is believed to be saved.
"""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlmodel
from sqlalchemy import Connection, select

from flows import engine
from flows.session import World
from storage import floods, guessing, models
from storage.batch import Batch, Turning, plausible_need
from storage.database import Database, NotSaved, cause
from storage.erasing import carried_out, carry_out, doomed, erase_talk
from storage.jobs import PLANNED
from storage.loading import Revoked
from storage.models import table
from storage.post import Inbound
from storage.procedures import Procedures
from storage.pulse import Pulse
from storage.queue import SOON, USUAL, Busy, Limits, Queue
from storage.receipts import Receipts
from storage.vault import Vault
from storage.waking import KEYS, TALKS, WORK, News
from storage.work import Job, Outcome, Reply, cleaned
from storage.writes import lost, passing, run

__all__ = ["Busy", "NotSaved", "Reply", "Revoked", "Writer"]

T = TypeVar("T")
_log = logging.getLogger(__name__)

#: Turns in one transaction.
BATCH = 64
#: Times a transaction that got in another's way is tried, and a single turn that fails, before it is given up.
MEETINGS, TRIES = 6, 3
#: Seconds that the first pause takes at most; two that met do not meet again.
PAUSE = 0.01

_TALK = table(models.Talk)


class Writer:
    """Takes messages and other people's writes. Thread-safe; ``close`` finishes what waits."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        receipts: Receipts,
        worlds: Callable[[str], World],
        procedures: Procedures,
        *,
        media: Path,
        turning: Turning = engine.turn,
        limits: Limits = USUAL,
    ) -> None:
        self.database = database
        self._vault = vault
        self._receipts = receipts
        self._worlds = worlds
        self._procedures = procedures
        self._media = media
        self._turning = turning
        self._room = threading.Condition()
        self.pulse = Pulse()
        self._queue = Queue(limits)
        self._writes: deque[tuple[Callable[[sqlmodel.Session], Any], Future[Any]]] = deque()
        self._closing = False
        self.news = News(vault.forget)
        self._helpers = ThreadPoolExecutor(2, thread_name_prefix="writer-helper")
        self._line = guessing.Line()
        self._sweep()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    def take(self, inbound: Inbound) -> Future[Reply]:
        """Take a message. The future resolves when its turn is committed: only then acknowledge it.

        Errors of the future: NotSaved (answer 503, it may be sent again; Busy says after how long), Revoked (the
        credential was given up), ValueError (the message number belongs to somebody else).
        """
        self._receipts.start()
        inbound = cleaned(inbound)
        ring = self._vault.ring
        lane = ring.hashed("sender", inbound.organisation, inbound.channel, inbound.endpoint, inbound.sender)
        key = ring.hashed("inbound", inbound.organisation, inbound.endpoint, inbound.external_id)
        size = sys.getsizeof(inbound.text)
        job = Job(lane, inbound.at, Future(), inbound, key, size=size)
        job.organisation, job.channel = inbound.organisation, inbound.channel
        return self._enqueue(job)

    def wake(self, talk: int, at: datetime) -> Future[Reply]:
        """Give a talk that is due its turn; once, however often and by however many this is called."""
        return self._enqueue(Job(b"wake:%d" % talk, at, Future(), talk=talk))

    def write(self, fn: Callable[[sqlmodel.Session], T]) -> Future[T]:
        """Run ``fn(db)`` in its own savepoint in the writer's next transaction; at most 5 ms, no network.

        The future resolves with what ``fn`` returned once it is committed, or with its error. ``fn`` may
        be run again when a transaction has to be repeated.
        """
        future: Future[T] = Future()
        _started(future)
        with self._room:
            if self._closing or len(self._writes) >= self._queue.limits.writes:
                full = Busy("too much is waiting", SOON)
                future.set_exception(NotSaved("the store is closing") if self._closing else full)
                return future
            self._writes.append((fn, future))
            self._room.notify()
        return future

    def dooming(self, fn: Callable[[sqlmodel.Session], T]) -> Future[T]:
        """``write`` for an ``fn`` that dooms keys or files; they are ended after the commit."""

        def swept(done: Future[T]) -> None:
            if done.exception() is None:
                self._helpers.submit(self._sweep)

        future = self.write(fn)
        future.add_done_callback(swept)
        return future

    def erase(self, talk: int) -> Future[None]:
        """Erase a person's talk: words, files, keys. What was counted about their records stays, without words."""
        return self.dooming(lambda db: erase_talk(db.connection(), talk))

    def listen(self, heard: Callable[[int], None]) -> Callable[[], None]:
        """Call ``heard(talk)`` after each commit of a turn, of this process or another; returns how to stop it."""
        return self.news.listen(heard)

    def close(self) -> None:
        """Finish what is waiting, then stop."""
        with self._room:
            self._closing = True
            self._queue.hurry()
            self._room.notify()
        self._line.hurry()
        self._thread.join()
        self._line.close()
        self._helpers.shutdown()

    def due_talks(self, now: datetime, limit: int = 100) -> list[int]:
        """Talks to be woken now, the longest due first."""
        with self.database.reading() as db:
            query = select(_TALK.c.id).where(_TALK.c.wake_at <= now).order_by(_TALK.c.wake_at).limit(limit)
            return list(db.execute(query).scalars())

    # The queue ---------------------------------------------------------------------------------

    def waiting(self) -> tuple[int, int, int]:
        """Turns, bytes of their text, and other people's writes that wait now."""
        with self._room:
            return self._queue.count, self._queue.size, len(self._writes)

    def alive(self) -> bool:
        """Whether the writer's thread is there."""
        return self._thread.is_alive()

    def _enqueue(self, job: Job) -> Future[Reply]:
        _started(job.future)
        job.began = time.monotonic()
        opened = job.inbound is not None and job.inbound.event == "open"
        with self._room:
            if self._closing:
                job.future.set_exception(NotSaved("the store is closing"))
                return job.future
            try:
                flood = self._queue.add(job)
            except Busy as error:
                self.pulse.refused += 1
                job.future.set_exception(error)
                return job.future
            many = opened and self._queue.opened(job.organisation)
            self._room.notify()
        if flood:
            self.write(lambda db: floods.of_person(db, job.lane, job.at))
        if many:
            self.write(lambda db: floods.of_organisation(db, job.organisation, job.at))
        return job.future

    def _loop(self) -> None:
        while True:
            with self._room:
                while not (self._queue.ready() or self._writes):
                    if self._closing and not self._queue.held:
                        return
                    self._room.wait(self._queue.pause())
                jobs = self._queue.take(BATCH)
                writes = [self._writes.popleft() for _ in range(min(BATCH, len(self._writes)))]
            try:
                self._do(jobs, writes)
            except Exception as error:
                # A mistake in this file must not leave everybody waiting for ever. What was committed is known
                # by its number when it comes again.
                _log.error("the writer failed and goes on: %s", type(error).__name__)
                undone = [job for job in jobs if not job.future.done()]
                self._lost(undone, [future for _, future in writes if not future.done()], error)

    def _release(self, jobs: Sequence[Job]) -> None:
        """These jobs' lanes may go on."""
        with self._room:
            self._queue.release(jobs)
            self._room.notify()

    def _first(self, job: Job) -> None:
        """This job is the next of its lane, before whatever else waits there."""
        with self._room:
            self._queue.first(job)
            self._room.notify()

    # One transaction ---------------------------------------------------------------------------

    def _do(self, jobs: list[Job], writes: list[tuple[Callable[[sqlmodel.Session], Any], Future[Any]]]) -> None:
        written: list[tuple[Future[Any], Any, BaseException | None]] = []
        told: dict[int, None] = {}
        for attempt in range(1, MEETINGS + 1):
            written.clear()
            told.clear()
            try:
                with self.database.writing() as db:
                    db.info.pop(PLANNED, None)
                    self._procedures.refresh(db)
                    for fn, future in writes:
                        written.append((future, *run(db, fn, self._worlds, told)))
                    outcomes, deferred, failed = self._turns(db, jobs)
                    planned = PLANNED in db.info
                break
            except Exception as error:
                if attempt < MEETINGS and passing(error):
                    time.sleep(random.uniform(0, PAUSE * 2**attempt))
                    continue
                if not isinstance(error, NotSaved):
                    _log.error("a transaction failed: %s", cause(error))
                self._lost(jobs, [future for _, future in writes], error)
                return
        for future, result, wrong in written:
            if wrong is not None:
                future.set_exception(wrong)
            else:
                future.set_result(result)
        self._answer(outcomes, deferred, failed, told)
        self.news.tell(TALKS, told)
        if planned:
            self.news.tell(WORK)
        if any(outcome.erased for outcome in outcomes):
            self._helpers.submit(self._sweep)

    def _turns(self, db: Connection, jobs: list[Job]) -> tuple[list[Outcome], list[Job], list[tuple[Job, Exception]]]:
        if not jobs:
            return [], [], []
        batch = self._batch(db)
        try:
            with db.begin_nested():
                outcomes = batch.run(jobs)
            return outcomes, batch.loading.deferred, batch.loading.failed
        except Exception as error:
            if lost(error):
                raise
        outcomes, deferred, failed = [], [], []
        for job in jobs:
            alone, result = self._alone(db, job)
            outcomes += result
            deferred += alone.loading.deferred
            failed += alone.loading.failed
        return outcomes, deferred, failed

    def _alone(self, db: Connection, job: Job) -> tuple[Batch, list[Outcome]]:
        """One turn in its own savepoint, tried again, then parked."""
        wrong: Exception | None = None
        for attempt in range(1, TRIES + 1):
            batch = self._batch(db)
            try:
                with db.begin_nested():
                    return batch, batch.run([job], park_all=wrong if attempt == TRIES else None)
            except Exception as error:
                if lost(error):
                    raise
                wrong = error
        assert wrong is not None
        _log.error("a turn could not even be parked: %s", type(wrong).__name__)
        batch = self._batch(db)
        batch.loading.failed.append((job, NotSaved("this message could not be saved")))
        return batch, []

    def _batch(self, db: Connection) -> Batch:
        return Batch(db, self._vault, self._receipts, self._worlds, self._procedures, self._turning)

    # After the commit --------------------------------------------------------------------------

    def _answer(
        self,
        outcomes: list[Outcome],
        deferred: list[Job],
        failed: list[tuple[Job, Exception]],
        told: dict[int, None],
    ) -> None:
        """Answer those who wait; ``told`` gains the talks in which something was said."""
        done: list[Job] = []
        for job, error in failed:
            done.append(job)
            job.future.set_exception(error)
        refused = {id(job) for job, _ in failed}
        for outcome in outcomes:
            job = outcome.job
            if id(job) in refused or outcome.reply is None:
                continue
            if outcome.need is not None and outcome.pause:
                if self._line.join(outcome.pause, self._look_up, outcome) is None:
                    self._helpers.submit(self._look_up, replace(outcome, barred=True))
            elif outcome.need is not None:
                self._helpers.submit(self._look_up, outcome)
            else:
                done.append(job)
        for job in deferred:
            self._first(job)
        self._release(done)
        now = time.monotonic()
        for outcome in outcomes:
            if outcome.reply is None or id(outcome.job) in refused:
                continue
            if outcome.need is None:
                if outcome.job.channel:
                    self.pulse.took(outcome.job.channel, now - outcome.job.began)
                outcome.job.future.set_result(outcome.reply)
            if outcome.reply.messages and not outcome.reply.duplicate:
                told[outcome.talk] = None

    def _look_up(self, outcome: Outcome) -> None:
        """Off the writer: the slow hash of a receipt, then the turn that tells what was found."""
        job, need, reply = outcome.job, outcome.need, outcome.reply
        assert need is not None and reply is not None
        found = None
        try:
            if plausible_need(need) and not outcome.barred:
                found = self._receipts.hashed(need.about)
        except Exception as error:
            self._lost([job], [], error)
            return
        self._first(
            replace(
                job,
                inbound=None,
                talk=outcome.talk,
                need=need,
                found=found,
                barred=outcome.barred,
                so_far=job.so_far + reply.messages,
            )
        )

    def _lost(self, jobs: list[Job], futures: list[Future[Any]], error: Exception) -> None:
        wrong = error if isinstance(error, NotSaved) else NotSaved("the database could not save this")
        wrong.__cause__ = None if wrong is error else error
        self.pulse.failed += len(jobs)
        self._release(jobs)
        for job in jobs:
            job.future.set_exception(wrong)
        for future in futures:
            future.set_exception(wrong)

    # What was erased ---------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Carry out at the start what a crash left undone."""
        found = doomed(self.database)
        if found:
            self._finish(found)

    def _finish(self, found: list[tuple[int, str, str]]) -> None:
        carry_out(found, self._vault, self._media)
        self.news.tell(KEYS, [int(what) for _, kind, what in found if kind == "key"])
        self.write(lambda db: carried_out(db.connection(), found))


def _started(future: Future[Any]) -> None:
    """From here on it cannot be cancelled: a browser that goes away does not take back what was said."""
    future.set_running_or_notify_cancel()
