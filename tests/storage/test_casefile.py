"""A record after it is filed, on both engines: what happened, where it stands, what staff add, and its clocks."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.record import CaseEvent
from storage import casefile, dues, models, models_clocks
from storage.cases import Cases
from storage.store import Store
from storage.turns import Reply
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import START, Person
from tests.storage.plainworld import PROFILES, profile

EXAMPLE = ("example",)


def number(store: Store, reference: str) -> int:
    with store.database.reading() as db:
        return casefile.find(db, reference)


def kinds(store: Store, case: int) -> list[str]:
    with store.database.reading() as db:
        return [event.kind for event in casefile.events(db, store.vault, case)]


def state(store: Store, case: int) -> Any:
    with store.database.reading() as db:
        return casefile.state(db, store.vault, store.procedures, case)


def view(store: Store, case: int, now: datetime = START) -> dict[str, Any]:
    with store.database.reading() as db:
        return casefile.view(db, store.vault, store.procedures, case, now)


def add(
    store: Store, case: int, kind: str, at: datetime = START + timedelta(hours=1), *, why: str = "", **data: Any
) -> Any:
    event = CaseEvent(kind, at, "ann", why, data)
    return store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(30)


def clocks(store: Store, case: int) -> dict[str, date | None]:
    return {row["clock"]: row["due"] for row in rows(store, models.CaseDue) if row["case_id"] == case}


def by_receipt(store: Store, receipt: str, *choices: str) -> Reply:
    """Somebody comes with a receipt, from another channel, and chooses."""
    person = Person(store.writer, channel="sms")
    person.say("hello")
    person.say(choice="kind=progress")
    reply = person.say(receipt)
    for choice in choices:
        reply = person.say(choice=choice)
    return reply


def inform(store: Store, words: str = "") -> tuple[Person, str, str]:
    """Informal feedback, filed: the person, its reference, its receipt."""
    person = Person(store.writer)
    person.say(event="open")
    person.say(choice="kind=informal")
    if words:
        person.say(words)
    for _ in range(30):
        reply = person.heard(store.writer.take(person.next()).result(30))
        if reply.reference:
            return person, reply.reference, reply.receipt
    raise AssertionError("never filed")


def test_a_filed_record_is_a_case_from_its_first_moment(store: Store) -> None:
    case = number(store, Person(store.writer).complain().reference)
    found = state(store, case)
    assert (found.kind, found.place, kinds(store, case)) == ("complaint", "new", ["filed"])
    assert {r.clock: r.deadline.day for r in found.running} == clocks(store, case)
    filed = found.last("filed")
    assert filed.by == "person" and filed.data["procedure"] == "example"
    (job,) = rows(store, models_clocks.Job)
    assert (job["kind"], job["key"], job["leased_until"]) == (dues.KIND, str(case), None)
    assert job["run_at"] == min(row["warn"] for row in rows(store, models.CaseDue))
    (row,) = rows(store, models.Case)
    assert (row["place"], row["profile"]) == ("new", PROFILES["example"].version)


def test_what_a_person_adds_moves_no_clock(store: Store) -> None:
    person = Person(store.writer)
    case = number(store, person.complain().reference)
    before = clocks(store, case)
    person.say("And it happened again today.")
    assert clocks(store, case) == before
    assert kinds(store, case)[0] == "filed" and "filed" not in kinds(store, case)[1:]


def test_danger_opens_an_unfinished_record_that_is_completed_later(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    person.say("he keeps hitting me")
    (row,) = rows(store, models.Case)
    found = state(store, row["id"])
    assert (found.kind, found.place, row["stage"], row["complete"]) == ("unfinished", "new", "unfinished", False)
    assert clocks(store, row["id"]) == {}, "the small procedure has no clock for it"
    assert view(store, row["id"])["to_do"], "so it has a task"
    person.now += timedelta(days=3)
    while not person.say(**chosen(person)).reference:
        pass
    found = state(store, row["id"])
    assert found.kind == "complaint" and "completed" in kinds(store, row["id"])
    told = Cases(store.database, store.vault).show(rows(store, models.Case)[0]["reference"])
    assert told["dues"]["answer_by"] == "2026-12-07", "from when it was sent: nobody is told a day that has passed"
    assert clocks(store, row["id"])["stage1.response"] == date(2026, 12, 7)
    consider = view(store, row["id"])["routing"]["consider"]
    assert consider[0]["urgent"] and consider[0]["reason"] == "danger"


def chosen(person: Person) -> dict[str, str]:
    said = person.next()
    return {"text": said.text, "choice": said.choice}


def test_informal_feedback_made_a_complaint_counts_from_the_first_message(store: Store) -> None:
    _, reference, receipt = inform(store)
    case = number(store, reference)
    assert clocks(store, case).keys() == {"acknowledgement"}
    by_receipt(store, receipt, "then=make_complaint")
    found = state(store, case)
    assert found.kind == "complaint" and found.clocks["stage1.response"].started == found.last("filed").at
    assert clocks(store, case)["stage1.response"] == date(2026, 12, 4)
    (row,) = rows(store, models.Case)
    assert (row["kind"], row["answer_by"]) == ("complaint", date(2026, 12, 4))
    facts = {(fact["fact"], fact["value"]) for fact in rows(store, models.CaseFact)}
    assert {("kind", "complaint"), ("was", "informal")} <= facts
    assert view(store, case)["routing"]["why"].startswith("The person has made it a complaint")


def test_a_withdrawal_stops_the_clocks_and_waits_for_a_person(store: Store) -> None:
    filed = Person(store.writer).complain()
    case = number(store, filed.reference)
    by_receipt(store, filed.receipt, "then=withdraw", "withdraw=yes")
    assert state(store, case).place == "withdrawn" and clocks(store, case) == {}
    assert rows(store, models_clocks.Job) == [] and rows(store, models.Case)[0]["stage"] == "withdrawn"
    assert "withdrawal" in view(store, case)["to_do"]


def test_staff_add_what_the_procedure_allows(store: Store) -> None:
    filed = Person(store.writer).complain()
    case = number(store, filed.reference)
    after = add(store, case, "acknowledged")
    assert after == state(store, case)
    assert clocks(store, case).keys() == {"stage1.response"}
    reply = by_receipt(store, filed.receipt)
    assert "4 December 2026" in "\n".join(line for _, message in reply.messages for line in message.lines)
    add(store, case, "extended", why="complex", clock="stage1.response")
    assert clocks(store, case) == {"stage1.response": date(2026, 12, 18)}
    add(store, case, "paused", why="court", clocks=["stage1.response"], review="2026-12-01")
    assert clocks(store, case) == {"stage1.response": None, "pause.review": date(2026, 12, 1)}
    assert rows(store, models.Case)[0]["stage"] == "paused" and rows(store, models.Case)[0]["answer_by"] is None
    add(store, case, "resumed", START + timedelta(days=3), clocks=["stage1.response"])
    assert clocks(store, case) == {"stage1.response": date(2026, 12, 20)}
    shown = Cases(store.database, store.vault).show(filed.reference)
    assert [event["who"] for event in shown["events"]][-1] == "ann"
    assert shown["events"][-3]["data"] == {"clock": "stage1.response"} and shown["events"][-3]["why"] == "complex"


def test_what_is_not_allowed_is_refused_in_words_and_leaves_nothing(store: Store) -> None:
    case = number(store, Person(store.writer).complain().reference)
    before = (rows(store, models.Case), rows(store, models.CaseDue), rows(store, models_clocks.Job))
    for kind, at, words in (
        ("outcome", START + timedelta(hours=1), "cannot happen where the record stands"),
        ("acknowledged", START - timedelta(days=1), "before the record was sent"),
        ("nonsense", START, "Nothing is called"),
    ):
        with pytest.raises(casefile.Refused, match=words):
            add(store, case, kind, at)
    assert kinds(store, case) == ["filed"]
    assert (rows(store, models.Case), rows(store, models.CaseDue), rows(store, models_clocks.Job)) == before
    with pytest.raises(LookupError):
        add(store, 12345, "acknowledged")


def test_clocks_make_one_task_each_before_the_limit_and_after_it(store: Store) -> None:
    case = number(store, Person(store.writer).complain().reference)

    def look(at: datetime) -> tuple[list[tuple[str, str]], datetime | None]:
        again = store.writer.write(lambda db: dues.fall_due(db.connection(), case, at)).result(30)
        tasks = sorted(rows(store, models.Task), key=lambda task: task["id"])
        return [(task["why"], task["about"]) for task in tasks if task["done_at"] is None], again

    answer = datetime(2026, 12, 5, tzinfo=LONDON)
    add(store, case, "acknowledged")
    assert look(answer - timedelta(days=5))[0] == []
    assert look(answer - timedelta(days=2)) == ([("soon", "stage1.response")], answer)
    assert look(answer - timedelta(days=1))[0] == [("soon", "stage1.response")]
    assert look(answer) == ([("overdue", "stage1.response")], None)
    assert look(answer + timedelta(days=9))[0] == [("overdue", "stage1.response")]
    with store.database.reading() as db:
        assert [row["clock"] for row in dues.overdue(db, EXAMPLE, answer)] == ["stage1.response"]
        assert dues.overdue(db, ("another",), answer) == dues.overdue(db, EXAMPLE, START) == []
        assert [row["status"] for row in dues.due_today(db, EXAMPLE, answer - timedelta(hours=2))] == ["soon"]
        assert [row["due"] for row in dues.warned(db, EXAMPLE, answer - timedelta(hours=50))] == ["2026-12-04"]
    add(store, case, "extended", answer + timedelta(days=9), why="complex", clock="stage1.response")
    assert look(answer + timedelta(days=9)) == ([], datetime(2026, 12, 16, tzinfo=LONDON))


def test_after_a_stop_there_is_one_task_that_it_was_missed(store: Store) -> None:
    case = number(store, Person(store.writer).complain().reference)
    late = START + timedelta(days=60)
    store.writer.write(lambda db: dues.fall_due(db.connection(), case, late)).result(30)
    tasks = [(task["why"], task["about"]) for task in rows(store, models.Task)]
    assert sorted(tasks) == [("overdue", "acknowledgement"), ("overdue", "stage1.response")]
    add(store, case, "stage1.answered", late)
    assert all(task["done_at"] for task in rows(store, models.Task)), "the tasks of a clock that stopped are over"


def other(**changes: Any) -> dict[str, Profile]:
    return {**PROFILES, "example": replace(profile("example"), **changes)}


def test_a_profile_that_changes_leaves_open_records_as_they_are(site: Site) -> None:
    store = site.open()
    old = number(store, Person(store.writer).complain().reference)
    before = (clocks(store, old), view(store, old))
    store.close()
    shorter = replace(profile("example").clocks["stage1.response"], days=7)
    store = site.open(profiles=other(clocks={**profile("example").clocks, "stage1.response": shorter}))
    assert (clocks(store, old), view(store, old)["clocks"]) == (before[0], before[1]["clocks"])
    assert view(store, old)["procedure"]["now"] is False
    new = number(store, Person(store.writer).complain().reference)
    assert clocks(store, new)["stage1.response"] == date(2026, 11, 27)
    assert view(store, new)["procedure"]["now"] is True
    add(store, old, "extended", why="complex", clock="stage1.response")
    assert clocks(store, old)["stage1.response"] == date(2026, 12, 18)
    assert len(rows(store, models_clocks.ProfileVersion)) == len(PROFILES) + 1


def working(**changes: Any) -> dict[str, Profile]:
    named = {name: replace(clock, unit="working days") for name, clock in profile("example").clocks.items()}
    return other(clocks=named, **changes)


def test_new_holidays_move_open_dues_and_say_so_once(site: Site) -> None:
    store = site.open(profiles=working())
    filed = Person(store.writer).complain()
    case = number(store, filed.reference)
    assert clocks(store, case) == {"acknowledgement": date(2026, 11, 23), "stage1.response": date(2026, 12, 10)}
    store.close()
    store = site.open(profiles=working(extra_holidays=(date(2026, 12, 1),)))
    now = START + timedelta(days=1)
    for _ in range(2):
        store.writer.write(lambda db: casefile.recompute(db, store.vault, store.procedures, case, now)).result(30)
    with store.database.reading() as db:
        (moved,) = casefile.moved(db, EXAMPLE)
        assert casefile.moved(db, ("another",)) == []
    assert (moved["reference"], moved["clock"]) == (filed.reference, "stage1.response")
    assert (moved["before"], moved["after"]) == ("2026-12-10", "2026-12-11")
    assert clocks(store, case) == {"acknowledgement": date(2026, 11, 23), "stage1.response": date(2026, 12, 11)}
    assert [(t["why"], t["about"]) for t in rows(store, models.Task)] == [("moved", "stage1.response")]
    assert rows(store, models.Case)[0]["answer_by"] == date(2026, 12, 11)


def test_an_erased_record_has_no_clocks_and_takes_nothing_more(store: Store) -> None:
    case = number(store, Person(store.writer).complain().reference)
    store.writer.erase(rows(store, models.Case)[0]["talk"]).result(30)
    left = [job["kind"] for job in rows(store, models_clocks.Job)]
    assert clocks(store, case) == {} and left == (["tidy"] if store.database.sqlite else []), "only the log to empty"
    assert kinds(store, case) == []
    with pytest.raises(casefile.Refused, match="erased"):
        add(store, case, "acknowledged")


def test_staff_and_the_person_at_once(site: Site) -> None:
    one, two = site.open(), site.open()
    person = Person(one.writer)
    case = number(one, person.complain().reference)
    person.say("I want to add something.")

    def staff() -> None:
        for hour in range(20):
            add(two, case, "informed", START + timedelta(hours=hour + 1))

    thread = threading.Thread(target=staff)
    thread.start()
    for part in range(20):
        person.say(f"And then there is part {part} of what happened.")
    thread.join()
    seqs = [row["seq"] for row in rows(one, models.CaseEvent)]
    assert sorted(seqs) == list(range(1, len(seqs) + 1)) and kinds(one, case).count("informed") == 20
    assert rows(one, models.Case)[0]["events"] == len(seqs)
    shown = Cases(one.database, one.vault).show(rows(one, models.Case)[0]["reference"])
    assert sum("And then there is part" in str(event["entries"]) for event in shown["events"]) == 20
