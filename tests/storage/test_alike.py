"""Messages with nearly the same words: put together for a person, never held back, gone with their record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from casework.record import CaseEvent
from console.roles import Reach
from flows.session import Entry
from storage import alike, audit, casefile, models, pranks, rights, rights_erasing, rights_retention, working
from storage.alike import ALIKE, ENOUGH, KEPT, WITHIN, fingerprint
from storage.models import table
from storage.pranks import LeftOut
from storage.secrets import KeyRing
from storage.store import Store
from storage.working import Deed
from tests.storage.conftest import Site
from tests.storage.people import START, Person

CASE, TASK = table(models.Case), table(models.Task)
PRANK = "Mister Broccoli has stolen the school again!!"
ALL = Reach("example", 1, all=True, knows="all")
RING = KeyRing("1", {"1": b"k" * 32}, b"l" * 32, b"r" * 32)


def sends(store: Store, story: str, at: datetime = START, organisation: str = "example") -> int:
    """Somebody new sends it; their record."""
    person = Person(store.writer, organisation=organisation)
    person.story, person.now = story, at
    reply = person.complain()
    assert reply.messages and reply.receipt, "everybody is answered, and has their number"
    with store.database.reading() as db:
        return casefile.find(db, reply.reference)


def rows(store: Store, of: Any, *where: Any) -> list[Any]:
    with store.database.reading() as db:
        return list(db.execute(select(of).where(*where)).mappings())


def tasks(store: Store) -> list[Any]:
    return rows(store, TASK, TASK.c.why == alike.WHY)


def flooded(store: Store, count: int = ENOUGH, story: str = PRANK) -> tuple[int, list[int]]:
    """A group, and its records."""
    cases = [sends(store, story, START + timedelta(minutes=n)) for n in range(count)]
    return tasks(store)[0]["id"], cases


def judged(store: Store, group: int, reach: Reach = ALL) -> dict[int, str]:
    with store.database.reading() as db:
        return {one.item.id: one.why for one in pranks.page(db, reach, group, START).members}


def closed(store: Store, group: int, case: int, seen: int | None = None) -> None:
    row = rows(store, CASE, CASE.c.id == case)[0]
    with store.database.reading() as db:
        assert pranks.known(db, ALL, group, [row["reference"]]) == {row["reference"]: case}
    asked = (case, 1, row["events"] if seen is None else seen, "Eleven year olds in ICT.", START + timedelta(hours=1))
    store.writer.write(lambda db: pranks.close(db, store.vault, store.procedures, *asked)).result(20)


def story(*said: str, step: str = "story") -> list[Entry]:
    return [Entry(step, "What happened?", words=said)]


@pytest.mark.parametrize(
    "other",
    [
        "mister broccoli has stolen the school again",
        "  Míster BROCCOLI: has stolen, the school -- again 😀 12345 ",
        "Misterr Broccoli has stooolen the school again",
    ],
)
def test_capitals_accents_marks_numbers_and_emoji_make_no_other_words(other: str) -> None:
    assert fingerprint(RING, "example", story(other)) == fingerprint(RING, "example", story(PRANK))
    assert fingerprint(RING, "example", story(*other.split("has", 1))) != fingerprint(RING, "other", story(other))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "hi",
        "😀" * 20,
        "1 2 3 4 5 6 7 8",
        "ha ha ha ha ha ha ha ha",
        "My worker never rings back.",
        "我不喜欢我的社工",
    ],
)
def test_what_is_too_short_is_like_others_by_chance_and_is_never_compared(said: str) -> None:
    assert fingerprint(RING, "example", story(said)) is None


def test_other_words_in_another_order_or_answer_are_others() -> None:
    first = fingerprint(RING, "example", story("Dad hit Mum when I was at home"))
    assert first and first != fingerprint(RING, "example", story("Mum hit Dad when I was at home"))
    assert fingerprint(RING, "example", story(PRANK, step="want")) is None
    long = "word and more of it " * 300
    assert fingerprint(RING, "example", story(long)) != fingerprint(RING, "example", story(long + "help me"))
    assert fingerprint(RING, "example", story("我的社工从来不给我回电话我很难过"))


def test_five_alike_in_a_day_are_one_task_and_everybody_is_answered(store: Store) -> None:
    for number in range(ENOUGH - 1):
        sends(store, f"{PRANK} {number}", START + timedelta(hours=number))
    sends(store, "A long story about something else that is true.")
    assert not tasks(store)
    sends(store, PRANK.upper(), START + timedelta(hours=5))
    (task,) = tasks(store)
    assert (task["talk"], task["done_at"], task["about"]) == (None, None, "")
    sends(store, PRANK, START + timedelta(hours=6))
    assert len(tasks(store)) == 1
    kept = rows(store, ALIKE, ALIKE.c.together == task["id"])
    assert len(kept) == ENOUGH + 1 and len(rows(store, ALIKE)) == ENOUGH + 2
    assert {row["place"] for row in rows(store, CASE)} == {"new"}, "nothing is closed by itself"


def test_what_came_days_ago_does_not_count(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    for number in range(ENOUGH):
        sends(store, PRANK, START + number * (WITHIN / 3))
    assert not tasks(store), "four of them within a day"


def test_after_it_was_seen_five_more_bring_the_task_back(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    group, _ = flooded(store)
    seen = START + timedelta(hours=1)
    done = store.writer.write(lambda db: working.finish_task(db.connection(), "example", group, seen)).result(20)
    assert done
    for number in range(1, ENOUGH):
        sends(store, PRANK, seen + timedelta(minutes=number))
    assert tasks(store)[0]["done_at"] is not None
    sends(store, PRANK, seen + timedelta(minutes=30))
    assert [(one["id"], one["done_at"]) for one in tasks(store)] == [(group, None)]


def test_pranks_are_closed_one_by_one_by_a_person_with_a_reason_and_taken_back(store: Store) -> None:
    group, cases = flooded(store)
    for case in cases[:2]:
        closed(store, group, case)
    assert [judged(store, group)[case] for case in cases] == ["closed", "closed", "", "", ""]
    with store.database.reading() as db:
        last = casefile.events(db, store.vault, cases[0])[-1]
        whole = casefile.state(db, store.vault, store.procedures, cases[0])
        lines = [one.what for one in audit.entries(db, "example")]
    assert (last.kind, last.by, last.why) == ("closed", "staff:1", "Eleven year olds in ICT.")
    assert not [one for one in whole.running if not one.window], "its clocks have stopped"
    assert lines == ["record.prank"] * 2
    with pytest.raises(LeftOut, match="closed"):
        closed(store, group, cases[0])
    events = rows(store, CASE, CASE.c.id == cases[0])[0]["events"]
    back = (cases[0], 1, events, "It was none.", START + timedelta(hours=2))
    store.writer.write(lambda db: pranks.undo(db, store.vault, store.procedures, *back)).result(20)
    again = rows(store, CASE, CASE.c.id == cases[0])[0]
    assert again["place"] == "new"
    with store.database.reading() as db:
        assert [one for one in casefile.state(db, store.vault, store.procedures, cases[0]).running if not one.window]
    assert judged(store, group)[cases[0]] == "", "and may be looked at again"


def test_a_sign_of_danger_is_never_closed_with_others(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    words = f"{PRANK} He keeps hitting me"
    group, cases = flooded(store, ENOUGH, words)
    assert set(judged(store, group).values()) == {"danger"}
    with pytest.raises(LeftOut, match="danger"):
        closed(store, group, cases[0])
    assert rows(store, CASE, CASE.c.id == cases[0])[0]["place"] == "new"


def test_what_has_something_of_its_own_is_left_out(store: Store) -> None:
    group, cases = flooded(store)
    mine = Deed(CaseEvent("themed", START + timedelta(hours=1), "staff:2", data={"themes": ["other"]}))
    events = rows(store, CASE, CASE.c.id == cases[0])[0]["events"]
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, cases[0], events, [mine])).result(20)
    mark = (cases[1], "limited", "They dispute it.", "staff:2", START + timedelta(hours=1))
    store.writer.write(lambda db: rights.put_mark(db, store.vault, *mark)).result(20)
    assert [judged(store, group)[case] for case in cases] == ["worked", "worked", "", "", ""]
    with pytest.raises(LeftOut, match="moved"):
        closed(store, group, cases[2], seen=0)
    reference = rows(store, CASE, CASE.c.id == cases[2])[0]["reference"]
    with store.database.reading() as db:
        assert not pranks.known(db, Reach("example", 1, services=frozenset({"none"})), group, [reference])
        assert not pranks.known(db, ALL, group + 1, [reference])
    assert {row["place"] for row in rows(store, CASE)} == {"new"}


def test_the_hash_goes_with_the_record_and_after_two_days_by_itself(site: Site) -> None:
    store = site.open()
    group, cases = flooded(store)
    alone = sends(store, "A long story about something else that is true.")
    new = sends(store, "Another long story that came a day later than that.", START + timedelta(hours=30))
    hashes = {row["words"] for row in rows(store, ALIKE)}
    assert len(hashes) == 3 and None not in hashes
    store.writer.dooming(lambda db: rights_erasing.erase(db, store.vault, cases[:1], anyway=True)).result(20)
    assert not rows(store, ALIKE, ALIKE.c.case_id == cases[0])
    with store.database.reading() as db:
        talk = db.execute(select(CASE.c.talk).where(CASE.c.id == cases[1])).scalar_one()
    store.writer.erase(talk).result(20)
    assert not rows(store, ALIKE, ALIKE.c.case_id == cases[1])
    rights_retention.sweep(store, "example", START + KEPT + timedelta(hours=1))
    left = {row["case_id"]: (row["words"], row["together"]) for row in rows(store, ALIKE)}
    assert alone not in left and left[new][0] in hashes
    assert {left[case] for case in cases[2:]} == {(None, group)}, "that they were alike is known, no word of them"
    assert len(judged(store, group)) == 3
    rights_retention.sweep(store, "example", START + 2 * KEPT)
    assert new not in {row["case_id"] for row in rows(store, ALIKE)}


def test_what_is_written_for_it_is_few_statements_however_many_came(sqlite_site: Site) -> None:
    store = sqlite_site.open()
    group, _ = flooded(store, ENOUGH + 3)
    said: list[str] = []
    listen = ("before_cursor_execute", lambda *args: said.append(args[2]))
    engine = store.database._writer
    event.listen(engine, *listen)
    try:
        sends(store, PRANK, START + timedelta(hours=2))
    finally:
        event.remove(engine, *listen)
    ours = [one for one in said if "alike" in one or ("FROM task" in one and "done_at" in one)]
    assert 0 < len(ours) <= 4, ours
    assert len(rows(store, ALIKE, ALIKE.c.together == group)) == ENOUGH + 4
