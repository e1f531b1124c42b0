"""The writer's contract, on both engines: once, in order, all or nothing, and honest when it fails."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from flows import engine
from flows.session import Said, Session, Turn, World
from storage import models
from storage.cases import Cases
from storage.models import table
from storage.store import Store
from storage.talks import Talks
from storage.turns import NotSaved, Revoked
from tests.storage.conftest import Site
from tests.storage.looking import rows, said_by, texts
from tests.storage.people import Person


def test_a_complaint_is_filed_whole(store: Store) -> None:
    person = Person(store.writer)
    filed = person.complain()

    record = Cases(store.database, store.vault).show(filed.reference)
    entries = {entry["step"]: entry for entry in record["entries"]}
    assert entries["story"]["words"] == ["My worker never rings back."]
    assert entries["story"]["question"].startswith("What happened?")
    assert entries["who"]["labels"] == ["A parent"]
    assert record["complete"] and record["stage"] == "received" and record["channel"] == "web"
    assert record["dues"] == {"acknowledge_by": "2026-11-21", "answer_by": "2026-12-04"}
    assert record["facts"]["kind"] == ["complaint"] and record["facts"]["organisation"] == ["example"]
    assert [event["type"] for event in record["events"]] == ["filed"]
    told = filed.messages[-1][1].lines[0]
    assert filed.reference in told and filed.receipt in told and "21 November 2026" in told
    assert filed.receipt.replace(" ", "").isdigit() and len(filed.receipt) == 19


def test_answers_after_filing_join_the_record(store: Store) -> None:
    person = Person(store.writer)
    reference = person.complain().reference
    person.say("And it happened again today.")
    record = Cases(store.database, store.vault).show(reference)
    assert any("And it happened again today." in entry.get("words", ()) for entry in record["entries"])
    assert len(record["events"]) > 1 and record["events"][0]["type"] == "filed"


def test_the_same_message_five_times_is_one_turn(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    inbound = person.inbound("Only once, please.", number="the-same")
    first = store.writer.take(inbound).result(30)
    for _ in range(4):
        again = store.writer.take(inbound).result(30)
        assert again == replace(first, duplicate=True)
    together = [store.writer.take(replace(inbound, external_id="five")) for _ in range(5)]
    assert sorted(future.result(30).duplicate for future in together) == [False, True, True, True, True]
    assert texts(store, person).count("Only once, please.") == 2


def test_a_repeated_last_step_gives_the_same_receipt(store: Store) -> None:
    person = Person(store.writer)
    person.reach("check")
    send = person.inbound(choice="check=send")
    first = store.writer.take(send).result(30)
    again = store.writer.take(send).result(30)
    assert (again.reference, again.receipt, again.messages) == (first.reference, first.receipt, first.messages)
    assert len(rows(store, models.Case)) == 1


def test_a_message_number_of_somebody_else_tells_nothing(store: Store) -> None:
    one, other = Person(store.writer, endpoint="same"), Person(store.writer, endpoint="same")
    one.say(event="open", number="n1")
    with pytest.raises(ValueError, match="number was used"):
        other.say(event="open", number="n1")
    other.say(event="open", number="n2")
    with pytest.raises(ValueError, match="number was used"):
        other.say(event="open", number="n1")


def test_messages_of_one_person_keep_their_order(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    futures = [person.send(f"part {n}") for n in range(50)]
    seqs = [future.result(30).seq for future in futures]
    assert seqs == sorted(seqs)
    assert texts(store, person)[-50:] == [f"part {n}" for n in range(50)]


def test_many_people_at_once(store: Store) -> None:
    people = [Person(store.writer, organisation=f"org{n % 3}") for n in range(40)]
    filed: list[Any] = []
    threads = [threading.Thread(target=lambda p=p: filed.append((p, p.complain()))) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({reply.reference for _, reply in filed}) == len({reply.receipt for _, reply in filed}) == 40
    cases = Cases(store.database, store.vault)
    for person, reply in filed:
        assert cases.show(reply.reference, [person.organisation])["organisation"] == person.organisation
    with pytest.raises(LookupError):
        cases.show(filed[0][1].reference, ["another"])
    assert len(cases.list(["org0"])) == 14


def test_two_writers_on_one_talk(site: Site) -> None:
    one, two = site.open(), site.open()
    person = Person(one.writer)
    person.reach("story")
    futures = []
    for n in range(60):
        inbound = person.inbound(f"part {n}")
        futures.append((one if n % 2 else two).writer.take(inbound))
        if n % 7 == 0:  # a provider's retry that reaches the other process
            futures.append((two if n % 2 else one).writer.take(inbound))
    replies = [future.result(30) for future in futures]
    assert not any(reply.parked for reply in replies)
    assert sorted(texts(one, person)[-60:]) == sorted(f"part {n}" for n in range(60))
    assert sum(reply.duplicate for reply in replies) == 9


def test_two_writers_greet_a_new_person_once(site: Site) -> None:
    one, two = site.open(), site.open()
    for n in range(10):
        a, b = Person(one.writer, f"new{n}"), Person(two.writer, f"new{n}")
        wait([a.send("hello there"), b.send("it is me")])
        assert len(rows(one, models.Talk, table(models.Talk).c.last_seq == 4)) == n + 1


def test_a_stale_turn_is_read_again(site: Site) -> None:
    """Another process goes on with the talk between reading it and writing it."""
    overtaken = threading.Event()

    def overtake(session: Session, said: Said, world: World) -> Turn:
        if said.text == "late" and not overtaken.is_set():
            overtaken.set()
            raise_turn_no()
        return engine.turn(session, said, world)

    store = site.open(turning=overtake)
    person = Person(store.writer)
    person.reach("story")
    talk = rows(store, models.Talk)[0]

    def raise_turn_no() -> None:
        connection = store.database._connection  # the transaction that the turn is in
        assert connection is not None
        connection.execute(text("UPDATE talk SET turn_no = turn_no + 1 WHERE id = :id"), {"id": talk["id"]})

    reply = person.say("late")
    assert overtaken.is_set() and not reply.parked
    assert texts(store, person).count("late") == 1


def test_a_talk_that_is_due_is_woken_once(site: Site) -> None:
    one, two = site.open(), site.open()
    person = Person(one.writer)
    person.reach("story")
    person.say("He took my phone and never gave it back.")
    talk = rows(one, models.Talk)[0]
    assert talk["wake_at"] is not None
    assert one.writer.due_talks(person.now) == []
    later = person.now + timedelta(days=30)
    assert one.writer.due_talks(later) == two.writer.due_talks(later) == [talk["id"]]
    wait([store.writer.wake(talk["id"], later) for store in (one, two, one)])
    assert one.writer.due_talks(later) == []
    cases = rows(one, models.Case)
    assert len(cases) == 1 and not cases[0]["complete"] and cases[0]["stage"] == "unfinished"
    assert len(rows(one, models.CaseEvent)) == 1


def test_a_sign_of_danger_raises_an_alert_with_the_message(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    person.say("He is hitting me at night.")
    (alert,) = rows(store, models.Alert)
    assert alert["level"] == "red" and alert["categories"] == "hurt"
    cases = Cases(store.database, store.vault)
    (listed,) = cases.list(["example"], alerts=True)
    record = cases.show(listed["reference"])
    assert record["alerts"][0]["matched"] == ["hitting me"] and not record["complete"]
    assert listed["alert"] == "red" and listed["open_alerts"] == 1


def test_a_record_begun_by_danger_is_completed_not_doubled(store: Store) -> None:
    person = Person(store.writer)
    person.story = "He is hitting me at night."
    reply = person.complain()
    assert len(rows(store, models.Case)) == 1
    record = Cases(store.database, store.vault).show(reply.reference)
    assert record["complete"] and {event["type"] for event in record["events"]} == {"filed", "updated", "completed"}
    assert record["facts"]["who"] == ["parent"]


def test_progress_is_told_by_receipt_from_another_channel(store: Store) -> None:
    receipt = Person(store.writer).complain().receipt
    other = Person(store.writer, "+447700900123", channel="sms")
    other.say("hello there")
    other.say(choice="kind=progress")
    reply = other.say(receipt.replace(" ", "-"))
    assert any("20 November 2026" in line for _, message in reply.messages for line in message.lines)
    elsewhere = Person(store.writer, organisation="another")
    elsewhere.say(event="open")
    elsewhere.say(choice="kind=progress")
    reply = elsewhere.say(receipt)
    assert not any("20 November 2026" in line for _, message in reply.messages for line in message.lines)


def test_guessing_receipts_is_slowed_down_for_that_person_only(store: Store) -> None:
    receipt = Person(store.writer).complain().receipt
    guesser, other = Person(store.writer), Person(store.writer)
    for person in (guesser, other):
        person.say(event="open")
        person.say(choice="kind=progress")
    for _ in range(5):
        guesser.say(store.receipts.mint()[0])
    assert len(rows(store, models.Guess)) == 5
    barred = guesser.say(receipt)
    assert not any("20 November" in line for _, message in barred.messages for line in message.lines)
    fine = other.say(receipt)
    assert any("20 November" in line for _, message in fine.messages for line in message.lines)
    guesser.now += timedelta(hours=2)
    guesser.last = None
    guesser.say(choice="kind=progress")


def test_a_mistyped_receipt_is_not_counted_as_a_guess(store: Store) -> None:
    receipt = Person(store.writer).complain().receipt.replace(" ", "")
    person = Person(store.writer)
    person.say(event="open")
    person.say(choice="kind=progress")
    person.say(receipt[:-1] + str((int(receipt[-1]) + 1) % 10))
    assert rows(store, models.Guess) == []


def test_a_look_up_cut_short_is_finished_by_the_retry(site: Site) -> None:
    store = site.open()
    receipt = Person(store.writer).complain().receipt
    person = Person(store.writer)
    person.say(event="open")
    person.say(choice="kind=progress")
    inbound = person.inbound(receipt)
    real = store.receipts.hashed

    def no_memory(digits: str) -> bytes:
        raise MemoryError

    store.receipts.hashed = no_memory  # type: ignore[method-assign]  # the machine's fault, not the person's
    with pytest.raises(NotSaved):
        store.writer.take(inbound).result(30)
    store.receipts.hashed = real  # type: ignore[method-assign]  # as it was
    reply = store.writer.take(inbound).result(30)
    assert any("20 November 2026" in line for _, message in reply.messages for line in message.lines)
    assert store.writer.take(inbound).result(30).messages == reply.messages


def test_a_message_for_a_channel_waits_in_the_outbox(store: Store) -> None:
    web, sms = Person(store.writer), Person(store.writer, "+447700900123", channel="sms")
    web.say(event="open")
    assert rows(store, models.Outbox) == []
    sms.say("hello there")
    (row,) = rows(store, models.Outbox)
    assert row["state"] == "due" and row["channel"] == "sms" and row["endpoint"] == "example-sms"


def test_a_credential_given_up_opens_nothing(store: Store) -> None:
    person = Person(store.writer)
    filed = person.complain()
    talks = Talks(store.database, store.vault, store.writer)
    place = (person.organisation, person.channel, person.endpoint, person.sender)
    before = talks.find(*place)
    assert before is not None
    talks.revoke(*place, at=person.now)
    assert talks.find(*place) is None
    with pytest.raises(Revoked):
        person.say("hello again")
    assert not any(filed.receipt in line for item in talks.since(before) if item.message for line in item.message.lines)
    assert Cases(store.database, store.vault).show(filed.reference)["complete"]


def test_the_page_shows_the_receipt_until_the_person_was_away(store: Store) -> None:
    person = Person(store.writer)
    filed = person.complain()
    assert any(filed.receipt in line for item in said_by(store, person) if item.message for line in item.message.lines)
    assert rows(store, models.Message)[0]["secret"] is None
    person.now += timedelta(days=2)
    person.say(event="open")
    shown = said_by(store, person)
    assert len(shown) < 5, "what was said before is not shown to whoever holds the phone now"
    assert not any(row["secret"] for row in rows(store, models.Message))


def test_a_listener_hears_of_committed_turns(store: Store) -> None:
    heard: list[int] = []
    stop = store.writer.listen(heard.append)
    person = Person(store.writer)
    person.say(event="open")
    store.writer.write(lambda db: None).result(30)
    assert heard == [rows(store, models.Talk)[0]["id"]]
    stop()
    person.say("hello")
    store.writer.write(lambda db: None).result(30)
    assert len(heard) == 1


def test_counts_agree(store: Store) -> None:
    """One inbound row a message, and a gapless log."""
    people = [Person(store.writer) for _ in range(5)]
    for person in people:
        person.complain()
    with store.database.reading() as db:
        message = table(models.Message)
        for talk in rows(store, models.Talk):
            seqs = list(db.execute(select(message.c.seq).where(message.c.talk == talk["id"])).scalars())
            assert sorted(seqs) == list(range(1, talk["last_seq"] + 1))
        inbound = table(models.Inbound)
        turns = db.execute(select(func.sum(table(models.Talk).c.turn_no))).scalar()
        assert db.execute(select(func.count()).select_from(inbound)).scalar() == turns
