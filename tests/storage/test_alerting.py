"""Signs of danger and the telling of them in a real store: nothing is lost between the two, whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import alarm, jobs
from casework.alerting import UNANSWERED, UNTOLD, Turn
from casework.calendar import LONDON, Calendar, Hours
from storage import (
    alert_jobs,
    alert_links,
    alert_naming,
    alert_views,
    alert_ways,
    alerting,
    models,
    models_clocks,
    models_desk,
    staff,
    words,
)
from storage.about import set_part
from storage.jobs import Lost, claim, done, sooner
from storage.models import table
from storage.sealer import Sealer
from storage.store import Store
from tests.alarms import SERVED, Receiver, add_way, alarm_until_killed, receiving, teller
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import START, Person

ROUNDS = int(os.environ.get("ROUNDS", "4"))


@pytest.fixture
def store(site: Site) -> Store:
    return site.open(profiles=SERVED)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def danger(store: Store, sender: str = "", story: str = "My uncle is hitting me", **more: Any) -> Person:
    person = Person(store.writer, sender, **more)
    person.reach("story")
    person.say(story)
    return person


def tell(store: Store, at: datetime) -> int:
    return jobs.work_due(store, lambda: at, teller().kinds)


def sent(store: Store) -> list[Any]:
    return sorted(rows(store, models_desk.AlertSent), key=lambda row: (row["at"], row["id"]))


def to_do(store: Store) -> list[str]:
    return sorted(task["why"] for task in rows(store, models.Task) if task["done_at"] is None)


# The job ----------------------------------------------------------------------------------------


def test_the_job_is_in_the_transaction_of_the_sign(store: Store) -> None:
    Person(store.writer).complain()
    assert not [job for job in rows(store, models_clocks.Job) if job["kind"] == alert_jobs.KIND]
    first, second = danger(store), danger(store)
    (job,) = [job for job in rows(store, models_clocks.Job) if job["kind"] == alert_jobs.KIND]
    assert job["key"] == "example" and job["run_at"] <= min(first.now, second.now)


def test_a_new_sign_brings_the_job_forward_and_disturbs_nobody_who_is_at_it(store: Store) -> None:
    write = store.writer.write
    write(lambda db: sooner(db, "alerts", "example", "example", START + timedelta(hours=1))).result()
    assert not write(lambda db: claim(db, START, ("alerts",))).result()
    write(lambda db: sooner(db, "alerts", "example", "example", START)).result()
    (job,) = write(lambda db: claim(db, START, ("alerts",))).result()
    write(lambda db: sooner(db, "alerts", "example", "example", START)).result()
    assert not write(lambda db: claim(db, START, ("alerts",))).result(), "it stays leased"
    write(lambda db: done(db, job, START + timedelta(minutes=10))).result()
    with pytest.raises(Lost):
        write(lambda db: alerting.next_look(db, job, alerting.Plan(), START)).result()


def test_a_sign_that_came_while_others_were_told_is_told_next(store: Store, receiver: Receiver) -> None:
    add_way(store, "example", "duty", receiver.address("ok"))
    danger(store)
    at = START + timedelta(minutes=1)
    (job,) = store.writer.write(lambda db: claim(db, at, (alert_jobs.KIND,))).result()
    with store.database.reading() as db:
        plan = alerting.look(db, store, Sealer(store.vault.ring), SERVED["example"], at)
    danger(store)
    store.writer.write(lambda db: done(db, job, alerting.next_look(db, job, plan, at))).result()
    (row,) = [one for one in rows(store, models_clocks.Job) if one["kind"] == alert_jobs.KIND]
    assert row["run_at"] == at


def test_rounds_are_written_down_and_end_with_an_acknowledgement(store: Store, receiver: Receiver) -> None:
    for tier, path in (("duty", "ok-duty"), ("duty", "bad"), ("wider", "ok-wider"), ("hours", "ok-hours")):
        add_way(store, "example", tier, receiver.address(path))
    danger(store)
    for minute in (1, 2, 12, 13, 24):
        tell(store, START + timedelta(minutes=minute))
    found = [(row["round"], row["state"], row["error"]) for row in sent(store)]
    first, worked = [(1, "sent", ""), (1, "failed", "404")], [(3, "sent", "")] * 3
    again = [(2, "sent", ""), (2, "failed", "404"), (2, "sent", "")]
    assert sorted(found) == sorted((*first, *again, *worked, (3, "failed", "404")))
    assert to_do(store) == [UNANSWERED]
    ways = {way.label: way for way in _ways(store)}
    assert ways["bad"].error == "404" and ways["ok-duty"].worked_at and not ways["ok-duty"].broken
    (alert,) = rows(store, models.Alert)
    at = START + timedelta(minutes=25)
    by = f"route:{ways['ok-duty'].id}"
    seen = store.writer.write(
        lambda db: alerting.acknowledge(db.connection(), "example", [alert["id"]], by, at)
    ).result()
    assert seen == 1 and to_do(store) == []
    tell(store, START + timedelta(hours=3))
    assert len(sent(store)) == 9, "nobody is told any more"
    assert not [job for job in rows(store, models_clocks.Job) if job["kind"] == alert_jobs.KIND]


def test_no_message_says_what_was_said(store: Store, receiver: Receiver) -> None:
    add_way(store, "example", "duty", receiver.address("ok"))
    danger(store, story="My uncle Zebedee is hitting me, ring 07700 900123")
    tell(store, START + timedelta(minutes=1))
    ((_, title, body),) = receiver.got
    (case,) = rows(store, models.Case)
    assert case["reference"] in body and "https://talk.example.org/staff/alarm/" in body and "Example" in title
    for word in ("Zebedee", "uncle", "hitting", "07700", "900123"):
        assert word not in title + body


def test_a_way_that_is_down_holds_up_no_other(store: Store, receiver: Receiver) -> None:
    for path in ("slow", "bad", "ok"):
        add_way(store, "example", "duty", receiver.address(path))
    add_way(store, "example", "duty", "json://127.0.0.1:9/nobody", label="nobody")
    danger(store)
    assert alarm.known(receiver.address("ok")), "apprise is loaded before the clock runs"
    begun = time.monotonic()
    jobs.work_due(store, lambda: START + timedelta(minutes=1), teller(1.0).kinds)
    assert time.monotonic() - begun < 4
    errors = {way.label: way.error for way in _ways(store)}
    assert errors == {"slow": "timeout", "bad": "404", "ok": "", "nobody": "no_connection"}
    assert len(receiver.texts("ok")) == 1


def test_nobody_to_tell_is_a_loud_task_and_told_when_there_is_a_way(store: Store, receiver: Receiver) -> None:
    danger(store)
    tell(store, START + timedelta(minutes=1))
    assert to_do(store) == [UNTOLD]
    add_way(store, "example", "wider", receiver.address("ok"))
    tell(store, START + timedelta(minutes=1, seconds=1))
    tell(store, START + timedelta(minutes=3))
    assert len(receiver.texts("ok")) == 1 and to_do(store) == [UNTOLD]


def test_many_at_once_are_one_message_and_every_one_is_written_down(store: Store, receiver: Receiver) -> None:
    add_way(store, "example", "duty", receiver.address("ok"))
    for number in range(30):
        danger(store, f"many{number}")
    tell(store, START + timedelta(minutes=1))
    ((_, title, _),) = receiver.got
    assert title.startswith("30 ") and len(sent(store)) == 30
    ring, (first, *_) = store.vault.ring, sent(store)
    link = alert_links.Link(first["route"], first["id"], START)
    with store.database.reading() as db:
        found = alert_views.of_link(db, store.vault, Sealer(ring), link)
    assert found is not None and len(found[1]) == 30


def test_an_accused_adult_is_a_task_for_a_trained_person_by_the_next_working_day(store: Store) -> None:
    person = danger(store)
    write = store.writer.write
    write(
        lambda db: db.connection().execute(table(models.Alert).update().values(categories="adult_with_children"))
    ).result()
    for minute in (1, 2, 30):
        tell(store, person.now + timedelta(minutes=minute))
    (task,) = [task for task in rows(store, models.Task) if task["why"] == "accused"]
    assert task["due"] == date(2026, 11, 23), "raised on a Friday"
    write(lambda db: db.connection().execute(table(models.Task).update().values(done_at=START))).result()
    tell(store, person.now + timedelta(hours=3))
    assert len([task for task in rows(store, models.Task) if task["why"] == "accused"]) == 1, "done is done"


# Never to whom it names ----------------------------------------------------------------------------


def test_a_way_of_whoever_the_record_names_is_left_out(store: Store, receiver: Receiver) -> None:
    sealer, ring = Sealer(store.vault.ring), store.vault.ring

    def hire(db: Any) -> list[int]:
        out = []
        for name in ("Jo Quirke", "Ann Lee"):
            number, _ = staff.add(
                db.connection(), sealer, "example", f"{name[:2]}@example.org", name, ("officer",), at=START
            )
            words.introduce(db.connection(), ring, "example", number, name)
            out.append(number)
        return out

    jo, ann = store.writer.write(hire).result()
    hers = add_way(store, "example", "duty", receiver.address("ok-jo"), staff=jo)
    home = add_way(store, "example", "duty", receiver.address("ok-home"), names=("Oak Lodge", "oak@example.org"))
    team = add_way(store, "example", "duty", receiver.address("ok-team"), services=("fostering",))
    other = add_way(store, "example", "duty", receiver.address("ok-ann"), staff=ann)
    danger(store, story="Jo Quirke of Oak Lodge is hitting me")
    (case,) = rows(store, models.Case)
    fact = {"case_id": case["id"], "fact": "services", "value": "fostering", "organisation": "example"}
    store.writer.write(lambda db: db.connection().execute(table(models.CaseFact).insert().values(fact))).result()
    with store.database.reading() as db:
        (sign,) = alerting.opened(db, "example")
        assert alert_naming.kept(db, store.vault, sign, _ways(store)) == {hers, home, team}
    tell(store, START + timedelta(minutes=1))
    assert {path for path, _, _ in receiver.got} == {"/ok-ann"}
    assert sorted(row["state"] for row in sent(store)) == ["kept", "kept", "kept", "sent"]
    store.writer.write(lambda db: set_part(db.connection(), "example", case["id"], "named", (ann,), START)).result()
    add_way(store, "example", "wider", receiver.address("ok-wider"))
    tell(store, START + timedelta(minutes=12))
    assert receiver.got[-1][0] == "/ok-wider", "now she is named as well: the next role"
    with store.database.reading() as db:
        first = next(row for row in sent(store) if row["route"] == other)
        assert alert_views.of_link(db, store.vault, sealer, alert_links.Link(other, first["id"], START)) is None


def test_whoever_is_shut_out_is_told_nothing_more(store: Store, receiver: Receiver) -> None:
    sealer = Sealer(store.vault.ring)

    def hire(db: Any) -> int:
        return staff.add(db.connection(), sealer, "example", "jo@example.org", "Jo Quirke", ("officer",), at=START)[0]

    jo = store.writer.write(hire).result()
    hers = add_way(store, "example", "duty", receiver.address("ok-jo"), staff=jo)
    add_way(store, "example", "wider", receiver.address("ok-wider"))
    turns = [Turn(jo, "duty", START, START + timedelta(days=1))]
    store.writer.write(lambda db: alert_ways.put_on(db.connection(), "example", turns, "test", START)).result()
    danger(store)
    tell(store, START + timedelta(minutes=1))
    assert [path for path, _, _ in receiver.got] == ["/ok-jo"]
    store.writer.write(lambda db: staff.change(db.connection(), sealer, jo, disabled=True)).result()
    tell(store, START + timedelta(minutes=12))
    assert [path for path, _, _ in receiver.got] == ["/ok-jo", "/ok-wider"]
    assert "rota_hole" in to_do(store), "nobody who can act is on duty"
    with store.database.reading() as db:
        first = next(row for row in sent(store) if row["route"] == hers)
        assert alert_views.of_link(db, store.vault, sealer, alert_links.Link(hers, first["id"], START)) is None


def test_a_rota_with_a_hole(store: Store, receiver: Receiver) -> None:
    add_way(store, "example", "duty", receiver.address("ok-duty"), staff=7)
    add_way(store, "example", "wider", receiver.address("ok-wider"))
    turns = [Turn(7, "duty", START + timedelta(hours=1), START + timedelta(hours=2))]
    store.writer.write(lambda db: alert_ways.put_on(db.connection(), "example", turns, "test", START)).result()
    danger(store)
    tell(store, START + timedelta(minutes=1))
    tell(store, START + timedelta(minutes=2))
    assert {path for path, _, _ in receiver.got} == {"/ok-duty", "/ok-wider"}
    assert [(t["why"], t["about"]) for t in rows(store, models.Task)] == [("rota_hole", "duty")]


# Links --------------------------------------------------------------------------------------------


def test_a_link_cannot_be_made_up_or_changed(store: Store) -> None:
    ring = store.vault.ring
    token = alert_links.make(ring, 5, 9, START)
    assert len(token) == 48
    assert alert_links.read(ring, token) == alert_links.Link(5, 9, START + alert_links.LIFE)
    for place in range(len(token)):
        wrong = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert alert_links.read(ring, wrong) is None
    for wrong in ("", "x", "é" * 48, "=" * 48, token + "A", "-" * 48):
        assert alert_links.read(ring, wrong) is None


def test_the_median_time_to_an_acknowledgement_nights_apart(store: Store) -> None:
    for number in range(5):
        danger(store, f"median{number}")
    noon = datetime(2026, 11, 20, 12, tzinfo=LONDON)
    times = [(noon, 4), (noon, 6), (noon, 20), (noon + timedelta(hours=10), 30), (noon + timedelta(hours=11), 90)]
    alert = table(models.Alert)
    for row, (at, minutes) in zip(rows(store, models.Alert), times, strict=True):
        values = {"at": at, "acknowledged_at": at + timedelta(minutes=minutes)}
        store.writer.write(
            lambda db, row=row, values=values: db.connection().execute(
                alert.update().where(alert.c.id == row["id"]).values(values)
            )
        ).result()
    hours = Hours.from_toml("09:00–17:00 on working days")
    with store.database.reading() as db:
        found = alert_views.answered(db, "example", Calendar.of("England"), hours, noon - timedelta(days=1))
    assert found == alert_views.Answered(360.0, 3, 3600.0, 2)


def test_ways_of_the_settings_come_and_go(store: Store) -> None:
    sealer = Sealer(store.vault.ring)
    own = add_way(store, "example", "duty", "json://own")

    def set_up(*addresses: str) -> None:
        given = {"example": [("duty", "settings", address) for address in addresses]}
        store.writer.write(lambda db: alert_ways.from_settings(db.connection(), sealer, given, START)).result()

    set_up("json://a", "json://b")
    set_up("json://b", "json://c")
    found = {way.address: way for way in _ways(store)}
    assert set(found) == {"json://own", "json://b", "json://c"} and found["json://own"].id == own
    assert "json://" not in repr(found["json://b"]), "an address is no part of a repr"
    with store.database.reading() as db:
        raw = b"".join(db.execute(select(alert_ways.ROUTE.c.address)).scalars())
    assert b"json" not in raw


# Two processes, and the end of one -------------------------------------------------------------------


def test_two_at_once_tell_each_sign_once(site: Site, store: Store, receiver: Receiver) -> None:
    other = site.open(profiles=SERVED)
    add_way(store, "example", "duty", receiver.address("ok"))
    stop = threading.Event()

    def telling(one: Store) -> None:
        while not stop.is_set():
            jobs.work_due(one, lambda: START + timedelta(minutes=1), teller().kinds)

    threads = [threading.Thread(target=telling, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for number in range(12):
        danger((store, other)[number % 2], f"two{number}")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len({row["alert"] for row in sent(store)}) < FEW_TOLD:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    told = [row["alert"] for row in sent(store)]
    assert len(told) == len(set(told)) and all(row["state"] == "sent" for row in sent(store))


#: As many as one way takes within a minute that stands still.
FEW_TOLD = 3


@pytest.mark.soak
@pytest.mark.timeout(60 + 15 * ROUNDS)
def test_kill_9_between_filing_and_telling_loses_nothing(site: Site, receiver: Receiver) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.alarms"])
    store = site.open(profiles=SERVED)
    add_way(store, "example", "duty", receiver.address("ok"))
    store.close()
    patience, acknowledged = random.Random(5), 0
    for number in range(ROUNDS):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(
            target=alarm_until_killed, args=(site.url, site.settings(profiles=SERVED), number, theirs)
        )
        process.start()
        theirs.close()
        try:
            assert ours.poll(60), "nobody was in danger"
            time.sleep(patience.uniform(0.05, 0.9))
        finally:
            process.kill()
            process.join()
        try:
            while ours.poll(0):
                ours.recv()
                acknowledged += 1
        except (EOFError, OSError):
            pass
    store = site.open(profiles=SERVED)
    signs = {row["id"]: row for row in rows(store, models.Alert)}
    assert len(signs) >= acknowledged >= ROUNDS
    jobs_left = [job for job in rows(store, models_clocks.Job) if job["kind"] == alert_jobs.KIND]
    assert jobs_left, "whatever was filed has its job"
    at = START + timedelta(hours=ROUNDS + 2)
    for minute in range(12):
        tell(store, at + timedelta(minutes=minute, seconds=1))
    told = {row["alert"] for row in sent(store) if row["state"] == "sent"}
    assert told == set(signs), "every sign was told to somebody"
    said = "".join(receiver.texts())
    assert said.count("/staff/alarm/") == len(receiver.got) > 2, "some were told before the end"


def _ways(store: Store) -> tuple[alert_ways.Route, ...]:
    with store.database.reading() as db:
        return alert_ways.routes(db, Sealer(store.vault.ring), "example")
