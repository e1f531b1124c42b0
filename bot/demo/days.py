"""The days of the demonstration: what the machinery does by itself while the year is told, and what is sent to people.

The jobs are the server's own; what leaves by text message or Telegram comes to telephones at which nobody is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlmodel
from sqlalchemy import bindparam, select

from bot import jobs
from bot.demo.house import House, Record
from bot.demo.person import ENDPOINT
from bot.demo.stories import book
from casework.calendar import LONDON
from storage import alerting, models, models_clocks, outbox, undelivered, working
from storage.desk import CASE
from storage.models import table
from storage.store import Store

#: When on each day the machinery looks.
LOOKS = (10, 16)
_JOB, _TASK, _OUTBOX = table(models_clocks.Job), table(models.Task), table(models.Outbox)
_ALERT = table(models.Alert)
_UNSEEN = select(_ALERT.c.id, _ALERT.c.organisation).where(
    _ALERT.c.acknowledged_at.is_(None), _ALERT.c.at < bindparam("before")
)
_JOBS = select(_JOB.c.key).where(_JOB.c.run_at <= bindparam("at")).limit(1)
_WAITING = select(_OUTBOX.c.channel).where(_OUTBOX.c.state == "due", _OUTBOX.c.endpoint == ENDPOINT).distinct()
#: Whoever can only be told by telephone or letter hears within days.
_BY_HAND = select(_TASK.c.id, _TASK.c.organisation, CASE.c.id.label("case_id")).where(
    CASE.c.talk == _TASK.c.talk,
    CASE.c.number == _TASK.c.number,
    _TASK.c.why == undelivered.BY_HAND,
    _TASK.c.done_at.is_(None),
    _TASK.c.at < bindparam("before"),
)

_UNFINISHED = select(CASE.c.id, CASE.c.organisation).where(CASE.c.stage == "unfinished", CASE.c.place == "new")
Act = Callable[[datetime], None]
_HAPPY = {
    "survey_understood": "yes", "survey_listened": "yes", "survey_promised": "yes", "survey_process": "good",
    "survey_outcome": "very_good",
}  # fmt: skip
_UNHAPPY = {
    "survey_understood": "partly", "survey_listened": "no", "survey_promised": "not_yet", "survey_process": "bad",
    "survey_outcome": "so_so",
}  # fmt: skip


class Days:
    """The days up to ``now``. ``at``: has something done at a time to come."""

    def __init__(
        self, store: Store, houses: Sequence[House], rng: Random, now: datetime, at: Callable[[datetime, Act], None]
    ) -> None:
        self.store, self.houses, self.rng, self.now, self.at = store, houses, rng, now, at
        self._said: set[str] = set()

    def looks(self, start: datetime) -> Iterator[datetime]:
        """When the machinery looks, from ``start`` on: at LOOKS of each day in London, and last of all now."""
        day = start.date()
        while day <= self.now.date():
            for hour in LOOKS:
                moment = datetime(day.year, day.month, day.day, hour, 5, tzinfo=LONDON)
                if start <= moment <= self.now:
                    yield moment
            day += timedelta(days=1)
        yield self.now

    def look(self, at: datetime) -> None:
        """What the machinery does at a time: people are woken, jobs done, messages taken to nobody's telephone."""
        writer = self.store.writer
        while due := writer.due_talks(at):
            for talk in due:
                writer.wake(talk, at).result(60)
        with self.store.database.reading() as db:
            due_jobs = db.execute(_JOBS, {"at": at}).first()
            unseen = db.execute(_UNSEEN, {"before": at - timedelta(minutes=30)}).all()
            unfinished = db.execute(_UNFINISHED).all()
            by_hand = db.execute(_BY_HAND, {"before": at - timedelta(days=2)}).all()
        if due_jobs:
            jobs.work_due(self.store, lambda: at)
        with self.store.database.reading() as db:
            channels = list(db.execute(_WAITING).scalars())
        for channel in channels:
            self._deliver(channel, at)
        for sign in unseen:
            self._seen(sign.organisation, sign.id, at)
        for task in by_hand:
            self._rung(task.organisation, task.id, task.case_id, at)
        if at < self.now - timedelta(days=4):
            for left in unfinished:
                self._looked_at(left.organisation, left.id, at)

    def _seen(self, organisation: str, sign: int, at: datetime) -> None:
        """A sign of danger that came with something said later."""
        house = next(one for one in self.houses if one.id == organisation)
        by = house.by("safeguarding")
        self.store.writer.write(lambda db: alerting.acknowledge(db.connection(), organisation, [sign], by, at)).result()

    def _rung(self, organisation: str, task: int, case: int, at: datetime) -> None:
        """Somebody was told by telephone or letter."""
        self.store.writer.write(lambda db: working.finish_task(db.connection(), organisation, task, at, case)).result()

    def _looked_at(self, organisation: str, case: int, at: datetime) -> None:
        """Somebody read what was left unfinished."""
        house = next(one for one in self.houses if one.id == organisation)
        record = Record(case, "", "unfinished", at, book().stories[0], False)
        house.do(record, "looked_at", at, "participation", "Nobody is in danger. The way back in is open to them.")
        house.do(record, "closed", at + timedelta(minutes=2), "complaints", "They can come back to it.")

    def _deliver(self, channel: str, at: datetime) -> None:
        """Mark what waits as sent, tell whoever it is for, and let one in eighty be lost."""
        writer, vault = self.store.writer, self.store.vault
        while parcels := writer.write(lambda db: outbox.claim(db, vault, channel, at, endpoint=ENDPOINT)).result():
            lost = {one.id for one in parcels if not one.outgoing.message.step and self.rng.random() < 0.0125}
            names = [(one.id, f"demonstration-{one.id}") for one in parcels if one.id not in lost]

            def mark(db: sqlmodel.Session, names: Any = names, lost: Any = lost) -> None:
                outbox.sent(db, names, at)
                for number in sorted(lost):
                    undelivered.give_up(db, number, "21610", at)

            writer.write(mark).result()
            for one in parcels:
                if one.outgoing.message.step == "survey_understood":
                    self._asked(one.outgoing.organisation, one.outgoing.to, at)

    def _asked(self, organisation: str, name: str, at: datetime) -> None:
        """Half of those who are asked how we did say so, most of them kindly."""
        house = next(one for one in self.houses if one.id == organisation)
        known = house.people.get(name)
        if known is None or name in self._said or self.rng.random() < 0.45:
            return
        self._said.add(name)
        person, _ = known
        happy = self.rng.random() < 0.7

        def act(at: datetime) -> None:
            person.now, answers = at, _HAPPY if happy else _UNHAPPY
            step = "survey_understood"
            while step in answers:
                person.send(choice=f"{step}={answers[step]}")
                step = person.last.step if person.last is not None else ""

        self.at(at + timedelta(hours=self.rng.randint(1, 40)), act)
