"""When something breaks: nobody else is harmed, nothing is lost, and what is said about it is true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from flows import engine
from flows.session import Amend, Said, Session, Turn, World
from storage import models
from storage.models import table
from storage.queue import Limits
from storage.store import Store
from storage.turns import NotSaved
from tests.faults.record import tried
from tests.storage.conftest import Site
from tests.storage.looking import rows, texts
from tests.storage.people import Person


def breaks(word: str, how: Callable[[Session], Turn]) -> Callable[[Session, Said, World], Turn]:
    def turning(session: Session, said: Said, world: World) -> Turn:
        return how(session) if word in said.text else engine.turn(session, said, world)

    return turning


def crash(session: Session) -> Turn:
    raise ZeroDivisionError


def bad_rows(session: Session) -> Turn:
    return session, (Amend("added", (), {}, record=77),)


@pytest.mark.soak
@pytest.mark.parametrize("how", [crash, bad_rows])
def test_a_poison_turn_is_parked_and_its_neighbours_are_unharmed(site: Site, how: Callable[[Session], Turn]) -> None:
    store = site.open(turning=breaks("poison", how))
    people = [Person(store.writer) for _ in range(30)]
    for person in people:
        person.reach("story")
    gate, reached = threading.Event(), threading.Event()
    store.writer.write(lambda db: (reached.set(), gate.wait(20)))  # so that they share one transaction
    reached.wait(20)
    futures = [person.send("poison: he is hitting me" if n == 7 else f"fine {n}") for n, person in enumerate(people)]
    gate.set()
    replies = [future.result(30) for future in futures]
    assert [reply.parked for reply in replies] == [n == 7 for n in range(30)]
    assert "kept it" in replies[7].messages[0][1].lines[0]
    assert texts(store, people[7])[-1] == "poison: he is hitting me"
    assert [task["why"] for task in rows(store, models.Task)] == ["stuck"]
    assert [alert["level"] for alert in rows(store, models.Alert)] == ["red"], "danger in it is found all the same"
    assert all(texts(store, person)[-1] == f"fine {n}" for n, person in enumerate(people) if n != 7)
    assert not people[7].say("and this is fine").parked
    engine, kind = "SQLite" if site.sqlite else "PostgreSQL", how.__name__.replace("_", " ")
    tried(f"a message our program cannot do ({kind}, {engine})", 1, "messages beside it", 29, note="kept for staff")


def test_a_waking_that_fails_is_a_task_and_not_a_loop(site: Site) -> None:
    def turning(session: Session, said: Said, world: World) -> Turn:
        return crash(session) if said.event == "wake" else engine.turn(session, said, world)

    store = site.open(turning=turning)
    person = Person(store.writer)
    person.reach("story")
    person.say("He took my phone.")
    (talk,) = rows(store, models.Talk)
    later = person.now + timedelta(days=30)
    reply = store.writer.wake(talk["id"], later).result(30)
    assert reply.parked and reply.messages == (), "they said nothing, so they are told nothing"
    assert store.writer.due_talks(later) == []
    assert [task["why"] for task in rows(store, models.Task)] == ["stuck"]


def test_a_browser_that_goes_away_takes_nothing_back(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    future = person.send("I said this")
    assert not future.cancel()
    assert future.result(30).messages
    assert texts(store, person)[-1] == "I said this"


def test_when_too_much_waits_it_is_said_at_once(site: Site) -> None:
    store = site.open(limits=Limits(waiting=6))  # one organisation may have half of it
    gate, reached = threading.Event(), threading.Event()
    store.writer.write(lambda db: (reached.set(), gate.wait(20)))
    reached.wait(20)
    people = [Person(store.writer) for _ in range(5)]
    futures = [person.send(event="open") for person in people]
    for future in futures[3:]:
        with pytest.raises(NotSaved, match="too much"):
            future.result(0)
    gate.set()
    assert all(future.result(30).messages for future in futures[:3])


def test_a_listener_that_fails_stops_nobody(store: Store) -> None:
    def wrong(talk: int) -> None:
        raise ZeroDivisionError

    store.writer.listen(wrong)
    person = Person(store.writer)
    person.say(event="open")
    assert person.say("hello").messages


def test_a_full_disk_is_said_and_nothing_is_half_there(sqlite_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite is told that it may not grow; PostgreSQL reports a full disk as any other failure."""
    store = sqlite_site.open()
    person = Person(store.writer)
    person.reach("story")
    room = [3]

    def limited(raw: Any, record: Any) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages + room[0]}")

    event.listen(store.database._writer, "connect", limited)
    store.database.drop()
    with pytest.raises(NotSaved):
        for n in range(50):
            inbound = person.inbound(f"part {n} " + "long " * 2000)
            store.writer.take(inbound).result(30)
    assert "a transaction failed: OperationalError SQLITE_FULL" in caplog.text and "long" not in caplog.text
    before = texts(store, person)
    assert inbound.text not in before
    room[0] = 0
    with pytest.raises(NotSaved):
        store.writer.take(inbound).result(30)
    room[0] = 10_000
    store.database.drop()
    assert not store.writer.take(inbound).result(30).duplicate
    assert texts(store, person) == [*before, inbound.text]


@pytest.mark.soak
def test_a_database_that_is_gone_is_said_and_a_retry_is_taken_once(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    person.reach("story")
    away = site.file.with_suffix(".away")
    if site.sqlite:
        site.file.rename(away)
    else:
        name = site.url.partition("?")[0].rpartition("/")[2]
        site.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        site.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    inbound = person.inbound("is anybody there?")
    with pytest.raises(NotSaved):
        store.writer.take(inbound).result(30)
    with pytest.raises(NotSaved):
        store.writer.write(lambda db: None).result(30)
    if site.sqlite:
        away.rename(site.file)
    else:
        site.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert not store.writer.take(inbound).result(30).duplicate
    assert store.writer.take(inbound).result(30).duplicate
    assert texts(store, person).count("is anybody there?") == 1
    tried(f"database gone ({'SQLite' if site.sqlite else 'PostgreSQL'})", 1, "messages", 1, note="503, then taken once")


def test_a_closed_store_takes_nothing(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    waiting = [person.send(f"part {n}") for n in range(50)]
    store.writer.close()
    assert [future.result(0).seq for future in waiting], "what was waiting is finished first"
    with pytest.raises(NotSaved):
        person.say("too late")
    with pytest.raises(NotSaved):
        store.writer.write(lambda db: None).result(30)


def test_writes_of_others_are_all_or_nothing(store: Store) -> None:
    meta = table(models.Meta)

    def write(name: str, wrong: bool) -> Any:
        def fn(db: Any) -> str:
            db.add(models.Meta(name=name, value="x"))
            db.flush()
            if wrong:
                raise ValueError("not this one")
            return name

        return fn

    good, bad = store.writer.write(write("good", False)), store.writer.write(write("bad", True))
    assert good.result(30) == "good"
    with pytest.raises(ValueError, match="not this one"):
        bad.result(30)
    assert [row["name"] for row in rows(store, models.Meta, meta.c.name.in_(["good", "bad"]))] == ["good"]
