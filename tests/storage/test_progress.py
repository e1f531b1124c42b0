"""A record by its number: what is told, what opens with the picture, what is never told, and guessing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flows.message import Message
from storage import guessing, models, progress
from storage.cases import Cases
from storage.looking import Looking
from storage.models import table
from storage.store import Store
from storage.work import Reply
from tests.storage.looking import rows
from tests.storage.people import START, Person
from tests.storage.test_sending import case_of, send

LATER = START + timedelta(hours=2)


def filed(store: Store, picture: str = "cat", channel: str = "sms", contact: str = "shared") -> tuple[Person, str]:
    """Somebody on a shared phone whose complaint is filed, and its number; "" chooses no picture."""
    person = Person(store.writer, channel=channel)
    for _ in range(30):
        if person.last is not None and person.last.step == "contact":
            reply = person.say("1 8" if contact == "shared" else "1")
        else:
            reply = person.heard(store.writer.take(person.next()).result(30))
        if reply.reference:
            break
    assert person.last is not None and person.last.step == "picture"
    person.say(choice=f"picture={picture}") if picture else person.say("skip")
    return person, reply.receipt


def asks(store: Store, receipt: str, **more: str) -> tuple[Person, str]:
    """Somebody who asks from elsewhere, and what they are told."""
    other = Person(store.writer, **more)
    other.now = LATER
    other.say(event="open")
    other.say(choice="kind=progress")
    return other, told(other.say(receipt))


def told(reply: Reply) -> str:
    return "\n".join(line for _, message in reply.messages for line in message.lines)


@pytest.fixture
def looking(store: Store) -> Iterator[Looking]:
    looking = Looking(store)
    yield looking
    looking.close()


def answer(store: Store, person: Person, words: str = "We have looked into it.") -> None:
    assert send(store, case_of(store, person), LATER, message=Message((words,), "en")).verdict.neutral


def test_the_number_shows_how_it_stands_and_the_picture_opens_what_was_written(store: Store) -> None:
    person, receipt = filed(store)
    answer(store, person)
    other, said = asks(store, receipt)
    assert "20 November 2026" in said and "looked into" not in said
    assert other.last is not None and other.last.step == "picture_proof"
    assert "not the picture" in told(other.say(choice="picture_proof=fish"))
    said = told(other.say(choice="picture_proof=cat"))
    assert "We have looked into it." in said and other.last.step == "then"


def test_three_wrong_pictures_and_only_a_person_helps(store: Store) -> None:
    person, receipt = filed(store)
    answer(store, person)
    other, _ = asks(store, receipt)
    for picture in ("fish", "sun"):
        other.say(choice=f"picture_proof={picture}")
    assert "PERSON" in told(other.say(choice="picture_proof=boat")) and other.last and other.last.step == "then"
    assert [task["why"] for task in rows(store, models.Task) if task["why"] == progress.SHUT] == [progress.SHUT]
    again, said = asks(store, receipt)
    assert "PERSON" in said and "looked into" not in said and "20 November 2026" in said
    assert again.last is not None and again.last.step == "then", "how it stands is still told"


def test_without_a_picture_messages_open_only_where_it_came_from(store: Store) -> None:
    person, receipt = filed(store, picture="")
    answer(store, person)
    other, said = asks(store, receipt)
    assert "looked into" not in said and "first wrote" in said
    assert other.last is not None and "then=picture" not in [one.token for one in other.last.choices]
    person.now = LATER
    person.say(choice="next=bye")
    person.say("hello there")
    person.say(choice="kind=progress")
    assert "looked into" in told(person.say(receipt))
    assert person.last is not None and "then=picture" in [one.token for one in person.last.choices]
    person.say(choice="then=picture")
    person.say(choice="picture=tree")
    other, _ = asks(store, receipt)
    assert "looked into" in told(other.say(choice="picture_proof=tree"))


def test_the_picture_is_kept_as_a_hash_and_shown_nowhere(store: Store) -> None:
    person, receipt = filed(store, picture="flower")
    answer(store, person)
    other, _ = asks(store, receipt)
    other.say(choice="picture_proof=flower")
    with store.database.reading() as db:
        sessions = [
            store.vault.unseal(f"talk.session:{row['id']}", row["session"]).decode()
            for row in db.execute(select(table(models.Talk))).mappings()
        ]
        log = [
            store.vault.unseal(f"message.body:{row['talk']}:{row['seq']}", row["body"]).decode()
            for row in db.execute(
                select(table(models.Message)).where(table(models.Message).c.direction == "in")
            ).mappings()
        ]
    assert not [one for one in (*sessions, *log) if "flower" in one]
    assert "flower" not in str([fact["value"] for fact in rows(store, models.CaseFact)])
    case = Cases(store.database, store.vault).show(str(rows(store, models.Case)[0]["reference"]))
    assert "flower" not in str(case).lower()


def test_a_small_child_may_keep_no_number(store: Store) -> None:
    person = Person(store.writer)
    presses = {"who": "child", "age": "8to11", "alone": "alone"}
    for _ in range(30):
        step = person.last.step if person.last else ""
        if step in presses:
            reply = person.say(choice=f"{step}={presses[step]}")
        else:
            reply = person.heard(store.writer.take(person.next()).result(30))
        if reply.reference:
            break
    assert person.last is not None and person.last.step == "picture"
    assert "someone you trust" in told(person.say(choice="picture=no_number"))
    assert [case["receipt_hash"] for case in rows(store, models.Case)] == [None]
    _, said = asks(store, reply.receipt)
    assert "cannot find" in said


def test_nobody_else_is_offered_to_keep_no_number(store: Store) -> None:
    person = Person(store.writer)
    person.complain()
    assert person.last is not None and "picture=no_number" not in [one.token for one in person.last.choices]


@pytest.mark.parametrize("channel", ["web", "sms", "telegram"])
def test_a_look_up_never_tells_the_other_way_nor_what_was_sent(store: Store, looking: Looking, channel: str) -> None:
    person = Person(store.writer, "+447700900777", channel=channel)
    person.story = "Zebedee at Quillfeather House never rings."
    receipt = person.complain().receipt
    person.say(choice="picture=cat")
    _, said = asks(store, receipt, channel="telegram" if channel == "sms" else "sms")
    page = looking.look("example", receipt, "you", "en", LATER).result(30).message
    for text in (said, "\n".join((*page.lines, *(one.label for one in page.choices)))):
        assert "20 November 2026" in text
        for never in ("Zebedee", "Quillfeather", "7700900777", "An apology", "sms", "SMS", "Telegram", "web"):
            assert never not in text


def test_the_page_says_what_the_chat_says_and_leaves_no_talk(store: Store, looking: Looking) -> None:
    person, receipt = filed(store)
    answer(store, person)
    talks = len(rows(store, models.Talk))
    spoken = receipt.replace(" ", "-").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    looked = looking.look("example", spoken, "you", "en", LATER).result(30)
    assert looked.state == "found" and looked.message.step == "picture_proof"
    opened = looking.look("example", receipt, "you", "en", LATER, "cat").result(30).message
    assert opened.step == "then" and "We have looked into it." in "\n".join(opened.lines)
    closed = looking.look("example", receipt, "you", "en", LATER, "skip").result(30).message
    assert closed.step == "then" and "looked into" not in "\n".join(closed.lines)
    assert looking.look("another", receipt, "you", "en", LATER).result(30).state == "missing"
    assert len(rows(store, models.Talk)) == talks


def test_wrong_numbers_on_the_page(store: Store, looking: Looking) -> None:
    _, receipt = filed(store)
    digits = receipt.replace(" ", "")
    slip = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert looking.look("example", slip, "me", "en", LATER).result(30).state == "mistyped"
    assert not rows(store, models.Guess), "a slip is no guess"
    for _ in range(guessing.GUESSES):
        assert looking.look("example", store.receipts.mint()[0], "me", "en", LATER).result(30).state == "missing"
    assert looking.look("example", receipt, "me", "en", LATER).result(30).state == "wait"
    assert looking.look("example", receipt, "you", "en", LATER).result(30).state == "found", "nobody else waits"


def test_many_wrong_numbers_make_everybody_slower_and_shut_nobody_out(
    store: Store, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guessing, "MANY", 3)
    monkeypatch.setattr(guessing, "PAUSE", 0.05)
    _, receipt = filed(store)
    for number in range(3):
        looking.look("example", store.receipts.mint()[0], f"bot{number}", "en", LATER).result(30)

    def pause(organisation: str, now: datetime) -> float:
        with store.database.reading() as db:
            return guessing.pause(db, organisation, now)

    assert (pause("example", LATER), pause("another", LATER)) == (0.05, 0.0)
    assert pause("example", LATER + timedelta(hours=2)) == 0.0
    assert looking.look("example", receipt, "you", "en", LATER).result(30).state == "found"
    assert "20 November 2026" in asks(store, receipt)[1]


def test_after_erasure_a_number_is_one_that_nobody_knows(store: Store) -> None:
    _, receipt = filed(store)
    talk = rows(store, models.Talk)[0]["id"]
    store.writer.erase(talk).result(30)
    _, said = asks(store, receipt)
    assert "cannot find" in said and "erase" not in said


def record(store: Store) -> Any:
    """The row of the record that was filed first."""
    return rows(store, models.Case)[0]


# Who is meant -------------------------------------------------------------------------------------


def test_a_person_asked_for_stands_on_the_record_they_look_at(store: Store) -> None:
    person, receipt = filed(store)
    other, _ = asks(store, receipt, channel="telegram")
    other.say("person")
    other.say("ring my aunt on Tuesday")
    found = [task for task in rows(store, models.Task) if task["talk"] == record(store)["talk"]]
    assert {(task["why"], task["number"]) for task in found} >= {("asked", 1), ("contact", 1)}
    tasks = Cases(store.database, store.vault).show(record(store)["reference"])["tasks"]
    assert "ring my aunt on Tuesday" in str(tasks)
    store.writer.erase(record(store)["talk"]).result(30)
    assert "ring my aunt" not in str(Cases(store.database, store.vault).show(record(store)["reference"]))
    assert person.sender != other.sender


def test_urgent_has_a_record_of_its_own_and_the_one_they_look_at_says_so(store: Store) -> None:
    _, receipt = filed(store)
    other, _ = asks(store, receipt)
    other.say("urgent")
    (sign,) = rows(store, models.Alert)
    seen = record(store)
    assert sign["talk"] != seen["talk"] and sign["level"] == "red"
    (task,) = [task for task in rows(store, models.Task) if task["talk"] == seen["talk"]]
    assert (task["why"], task["number"]) == ("unsafe", seen["number"])
