"""What happens when nobody writes, in the real store with the real procedures; time is simulated, nothing sleeps."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import deployment, jobs
from bot.config import Settings
from bot.store import open_store
from bot.work import clocks, numbers
from casework.calendar import LONDON
from casework.case import fold
from casework.procedure import Profile
from casework.record import CaseEvent
from casework.tasks import tasks
from flows.message import Message
from storage import casefile, dues, models, models_clocks
from storage.cases import Cases
from storage.jobs import Lost
from storage.post import Inbound
from storage.store import Store
from storage.talks import Talks
from storage.turns import NotSaved
from tests.storage.looking import rows, to_do
from tests.storage.people import Person

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=LONDON)
MORNING = dt.datetime(2026, 11, 20, 9, tzinfo=LONDON)


def opened(folder: Path, profiles: Mapping[str, Profile] = {}) -> Store:
    settings = Settings(_env_file=None, data=folder)
    found = deployment.profiles(settings) | dict(profiles)
    return open_store(settings, deployment.worlds(found, deployment.watch(), lambda: NOON), found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = opened(tmp_path)
    yield store
    store.close()


def work(store: Store, at: dt.datetime) -> int:
    return jobs.work_due(store, lambda: at)


def complain(store: Store, organisation: str) -> int:
    reference = Person(store.writer, organisation=organisation).complain().reference
    with store.database.reading() as db:
        return casefile.find(db, reference)


def add(store: Store, case: int, kind: str, at: dt.datetime, *, why: str = "", **data: Any) -> None:
    event = CaseEvent(kind, at, "ann", why, data)
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(10)


def test_silence_after_a_sign_of_danger_wakes_the_talk_once(store: Store) -> None:
    said = Inbound("dudley", "web", "web", "somebody", "1", NOON, text="I am in danger, he has a knife", language="en")
    store.writer.take(said).result(10)
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find("dudley", "web", "web", "somebody")
    assert talk is not None
    before = len(talks.since(talk))
    assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=4))) == 0
    assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=6))) == 1
    assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=6))) == 0
    after = talks.since(talk)
    assert len(after) > before
    (case,) = Cases(store.database, store.vault).list(("dudley",))
    assert case["open_alerts"] >= 1


def test_staff_are_warned_before_a_limit_and_told_when_it_is_missed(store: Store) -> None:
    case = complain(store, "sandwell")
    assert work(store, MORNING + dt.timedelta(minutes=5)) == 0
    add(store, case, "acknowledged", MORNING + dt.timedelta(hours=2))
    assert work(store, dt.datetime(2026, 12, 1, 23, 59, tzinfo=LONDON)) == 0, "ten working days end with 4 December"
    assert work(store, dt.datetime(2026, 12, 2, tzinfo=LONDON)) == 1
    assert to_do(store) == [("soon", "stage1.response")]
    assert work(store, dt.datetime(2026, 12, 4, 23, 59, tzinfo=LONDON)) == 0
    assert work(store, dt.datetime(2026, 12, 5, tzinfo=LONDON)) == 1
    assert to_do(store) == [("overdue", "stage1.response")]
    assert work(store, dt.datetime(2027, 12, 5, tzinfo=LONDON)) == 0


def test_what_came_due_while_nothing_ran_is_done_at_the_next_look(store: Store) -> None:
    complain(store, "sandwell")
    assert work(store, MORNING + dt.timedelta(days=100)) == 1
    assert sorted(to_do(store)) == [("overdue", "acknowledgement"), ("overdue", "stage1.response")]


def test_pauses_statements_and_contact_plans_are_watched(store: Store) -> None:
    case = complain(store, "sandwell")
    at = MORNING + dt.timedelta(hours=2)
    add(store, case, "acknowledged", at)
    add(store, case, "paused", at, why="court", clocks=["stage1.response"], review="2026-12-10")
    plan = {"plan": "officer", "until": "2027-05-01", "review": "2027-02-01", "threat": True}
    add(store, case, "contact_planned", at, why="threats", **plan)
    assert work(store, dt.datetime(2026, 12, 7, 23, tzinfo=LONDON)) == 0
    work(store, dt.datetime(2026, 12, 8, tzinfo=LONDON))
    assert to_do(store) == [("soon", "pause.review")]
    add(store, case, "resumed", dt.datetime(2026, 12, 9, tzinfo=LONDON), clocks=["stage1.response"])
    assert to_do(store) == [], "looked at: the task is over"
    asked = dt.datetime(2026, 12, 10, 12, tzinfo=LONDON)
    add(store, case, "stage2.requested", asked, why="no answer")
    work(store, dt.datetime(2026, 12, 18, 12, tzinfo=LONDON))
    assert to_do(store) == [("overdue", "stage2.statement")], "stage 2 never waits unwatched for signed terms"
    work(store, dt.datetime(2027, 1, 28, tzinfo=LONDON))
    assert to_do(store) == [("overdue", "stage2.statement"), ("soon", "contact_plan.review")]


def test_numbers_past_their_date_are_a_task_for_the_administrator_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    jobs.plan(store, NOON)
    jobs.plan(store, NOON)
    organisations = len(store.procedures.profiles)
    assert work(store, NOON) == organisations + 1 and to_do(store) == []  # and the reports
    assert work(store, NOON) == 0
    late = dt.datetime(2027, 4, 1, 12, tzinfo=LONDON)
    work(store, late)
    made = [task for task in rows(store, models.Task) if task["organisation"] == "dudley"]
    assert [(task["why"], task["about"], task["talk"]) for task in made] == [(numbers.WHY, "duty", None)]
    count = len(rows(store, models.Task))
    work(store, late + dt.timedelta(days=1))
    assert len(rows(store, models.Task)) == count
    planned = [row["run_at"] for row in rows(store, models_clocks.Job) if row["kind"] == numbers.KIND]
    assert {at.astimezone(LONDON).hour for at in planned} == {6}
    store.close()


def test_a_new_holiday_moves_open_dues_after_a_restart(tmp_path: Path) -> None:
    store = opened(tmp_path)
    jobs.plan(store, NOON)
    case, other = complain(store, "dudley"), complain(store, "sandwell")
    store.close()
    dudley = deployment.profiles(Settings(_env_file=None, data=tmp_path))["dudley"]
    store = opened(tmp_path, {"dudley": replace(dudley, extra_holidays=(dt.date(2026, 11, 30),))})
    jobs.plan(store, NOON)
    work(store, NOON)
    with store.database.reading() as db:
        moved = casefile.moved(db, ("dudley", "sandwell"))
        days = {row["clock"]: row["due"] for row in dues.of(db, [case])[case]}
        untouched = {row["clock"]: row["due"] for row in dues.of(db, [other])[other]}
    assert [(one["organisation"], one["clock"], one["before"], one["after"]) for one in moved] == [
        ("dudley", "stage1.response", "2026-12-04", "2026-12-07")
    ]
    assert days["stage1.response"] == dt.date(2026, 12, 7) and untouched["stage1.response"] == dt.date(2026, 12, 4)
    assert to_do(store) == [("moved", "stage1.response")]
    jobs.plan(store, NOON)
    assert work(store, NOON) == 0
    store.close()


def test_a_job_that_fails_is_tried_again_and_holds_up_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = complain(store, "sandwell"), complain(store, "dudley")
    at = MORNING + dt.timedelta(days=100)

    def run(store: Store, job: Any, now: dt.datetime) -> None:
        if job.key == str(broken):
            raise RuntimeError("a mistake of ours")
        clocks.run(store, job, now)

    monkeypatch.setattr(jobs, "KINDS", {clocks.KIND: run})
    assert work(store, at) == 1
    (left,) = rows(store, models_clocks.Job)
    assert (left["key"], left["attempts"], left["leased_until"]) == (str(broken), 1, None)
    assert work(store, at) == 0, "not at once"
    monkeypatch.undo()
    assert work(store, at + dt.timedelta(minutes=1)) == 1
    assert rows(store, models_clocks.Job) == [] and fine != broken


def test_a_lost_lease_is_left_to_the_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    complain(store, "sandwell")

    def run(store: Store, job: Any, now: dt.datetime) -> None:
        raise Lost(job.key)

    monkeypatch.setattr(jobs, "KINDS", {clocks.KIND: run})
    assert work(store, MORNING + dt.timedelta(days=9)) == 0
    assert len(rows(store, models_clocks.Job)) == 1


def test_a_store_that_is_away_is_waited_for(store: Store) -> None:
    store.writer.close()
    with pytest.raises(NotSaved):
        work(store, NOON)


# What talks file -----------------------------------------------------------------------------------

TEXTS = ("My worker never rings me back and nobody listens.", "last week", "no", "done", "I want to add this too.")
DANGER = ("he hits me with a belt", "I want to die")


def at_random(store: Store, rng: random.Random, organisation: str, number: int) -> None:
    """Somebody who presses and writes what comes to mind, and comes back."""
    person = Person(store.writer, f"anybody{organisation}{number}", organisation=organisation, endpoint="web")
    person.now = MORNING + dt.timedelta(days=rng.randrange(60))
    reply = person.say(event="open")
    receipt = ""
    for _ in range(rng.randrange(8, 45)):
        person.now += dt.timedelta(minutes=rng.choice((0, 1, 5, 3000)))
        last: Message | None = person.last
        tokens = [choice.token for choice in last.choices] if last else []
        if rng.random() < 0.03:
            reply = person.say(rng.choice(DANGER))
        elif receipt and last is not None and last.step == "receipt":
            reply = person.say(receipt)
        elif tokens and rng.random() < 0.8:
            reply = person.say(choice=rng.choice(tokens))
        else:
            reply = person.say(rng.choice(TEXTS))
        receipt = reply.receipt or receipt
        assert not reply.parked


def test_every_open_record_that_talks_file_has_a_clock_or_a_task(store: Store) -> None:
    rng = random.Random(7)
    for organisation in store.procedures.profiles:
        for number in range(16):
            at_random(store, rng, organisation, number)
    cases = rows(store, models.Case)
    assert len(cases) > 40
    seen = set()
    for row in cases:
        with store.database.reading() as db:
            profile = store.procedures.under(row["organisation"], row["profile"])
            state = fold(profile, casefile.events(db, store.vault, row["id"]))
            written = {one["clock"]: one["due"] for one in dues.of(db, [row["id"]]).get(row["id"], [])}
        assert state.open == (row["place"] not in ("", "closed")) and state.place == row["place"]
        assert {r.clock: r.deadline.day if r.deadline else None for r in state.running} == written
        watched = [running for running in state.running if not running.window]
        assert watched or tasks(profile, state) or not state.open, row["reference"]
        assert row["complete"] == bool(row["receipt_hash"]) and (row["complete"] or state.kind == "unfinished")
        planned = {job["key"] for job in rows(store, models_clocks.Job)}
        assert (str(row["id"]) in planned) == bool(watched), "whoever has a clock is looked at"
        seen |= {event.kind for event in state.history}
    assert {"filed", "completed", "added"} <= seen, seen
