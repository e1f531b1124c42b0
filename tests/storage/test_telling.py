"""Milestones told: once, a moment later, in the person's words, through the gate; and what is not told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import jobs as work
from bot.work import telling as kind
from casework.calendar import LONDON
from casework.milestone_texts import Wording
from casework.milestones import Part, Telling
from casework.offer import Name, OwnMilestone
from casework.procedure import Route
from casework.record import CaseEvent
from flows.session import Voice
from storage import casefile, jobs, models, models_clocks, replies, staff, tell_jobs, working
from storage.about import set_part
from storage.cases import Cases
from storage.entered import Entered, Given, enter
from storage.models import table
from storage.replies import Reply
from storage.sealer import Sealer
from storage.store import Store
from storage.telling import FOREIGN, compose
from storage.working import Deed
from tests.storage.conftest import Site, made
from tests.storage.looking import rows
from tests.storage.plainworld import PROFILES, PlainWorld
from tests.storage.test_sending import Known, case_of, change, complained, deliver, said, to_do

NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)  # a Friday
SOON = NOON + timedelta(minutes=2)
CASE = table(models.Case)


def do(store: Store, case: int, *events: str, at: datetime = NOON, told: bool = False, **data: Any) -> None:
    found = [Deed(CaseEvent(event, at, "staff:1", str(data.get("why", "")), data), told=told) for event in events]
    with store.database.reading() as db:
        expected = db.execute(select(CASE.c.events).where(CASE.c.id == case)).scalar_one()
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, case, expected, found)).result(30)


def work_off(store: Store, now: datetime = SOON) -> int:
    return work.work_due(store, lambda: now, {kind.KIND: kind.run})


def waiting(store: Store) -> list[str]:
    return sorted(row["key"] for row in rows(store, models_clocks.Job) if row["kind"] == tell_jobs.KIND)


def history(store: Store, case: int) -> list[CaseEvent]:
    with store.database.reading() as db:
        return list(casefile.events(db, store.vault, case))


def told(store: Store, case: int) -> list[CaseEvent]:
    return [event for event in history(store, case) if event.kind == "told"]


def begun(store: Store, channel: str = "sms") -> tuple[Known, int]:
    person = complained(store, channel)
    return person, case_of(store, person)


def test_what_staff_do_is_told_a_moment_later_and_stands_on_the_record(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "acknowledged")
    assert work_off(store, NOON) == 0, "not before its minute is over"
    assert work_off(store) == 1 and waiting(store) == []
    (parcel,) = deliver(store, "sms", SOON)
    first, second = parcel.outgoing.message.lines
    assert first.startswith("A person has read what you sent (HB-") and second.startswith(
        "You will have our answer by "
    )
    (event,) = told(store, case)
    assert event.by == "system" and event.data["what"] == ["acknowledged"]
    assert event.data["lines"] == [first, second] and event.data["seq"] and event.data["outbox"]
    row = next(row for row in rows(store, models.Outbox) if row["id"] == event.data["outbox"])
    assert (row["purpose"], row["case_id"], row["state"]) == ("milestone", case, "sent")
    assert work_off(store, SOON + timedelta(days=1)) == 0, "and never again"


def test_a_minute_is_one_message(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "acknowledged", "stage1.begun")
    do(store, case, "role", at=NOON + timedelta(seconds=20), role="responder", person=["Sam Field"], staff=["7"])
    do(store, case, "paused", at=NOON + timedelta(seconds=40), clocks=["stage1.response"], why="x", review="2026-12-01")
    assert len(waiting(store)) == 3
    assert work_off(store, NOON + timedelta(seconds=70)) == 1 and waiting(store) == []
    (lines,) = said(deliver(store, "sms", SOON))
    assert lines[0].startswith("Somebody is looking into it now") and lines[1].startswith("We have to wait with HB-")
    assert lines[-1] == "We look at it again on 1 December 2026." and "Sam" not in " ".join(lines)
    assert told(store, case)[0].data["what"] == ["looking", "paused"]


def test_what_a_reply_says_itself_is_not_told_twice(store: Store) -> None:
    _, case = begun(store)
    event = CaseEvent("acknowledged", NOON, "staff:1")
    reply = Reply("We have it.", "en", "acknowledge", "staff:1", event=event)
    expected = len(history(store, case))
    store.writer.write(lambda db: replies.send(db, store.vault, store.procedures, case, expected, reply, NOON)).result(
        30
    )
    assert waiting(store) == []


def test_a_correction_tells_nothing_and_takes_back_what_was_not_told_yet(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "acknowledged")
    wrong = history(store, case)[-1].id
    do(store, case, "corrected", at=NOON + timedelta(seconds=30), of=wrong, why="another record was meant")
    assert work_off(store) == 1
    assert deliver(store, "sms", SOON) == [] and told(store, case) == [] and to_do(store) == []


def test_what_the_person_does_is_answered_in_the_talk(store: Store) -> None:
    _, case = begun(store)
    event = CaseEvent("withdrawn", NOON, "person")
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(30)
    assert waiting(store) == []


def test_at_night_it_waits_for_the_morning(store: Store) -> None:
    _, case = begun(store)
    night = NOON.replace(hour=22)
    do(store, case, "acknowledged", at=night)
    work_off(store, night + timedelta(minutes=2))
    assert deliver(store, "sms", night + timedelta(minutes=2)) == []
    assert len(deliver(store, "sms", datetime(2026, 11, 21, 8, tzinfo=LONDON))) == 1


def test_where_others_read_only_that_there_is_a_message(store: Store) -> None:
    person, case = begun(store)
    change(person, "here", "shared")
    deliver(store, "sms", person.now)
    do(store, case, "acknowledged")
    work_off(store)
    (lines,) = said(deliver(store, "sms", SOON))
    assert "HB-" not in " ".join(lines)
    kinds = [event.kind for event in history(store, case)]
    assert kinds[-2:] == ["message_kept", "told"]


def test_no_contact_and_no_talk_are_a_task_with_the_words(store: Store) -> None:
    person, case = begun(store)
    change(person, "none")
    do(store, case, "acknowledged")
    work_off(store)
    assert all("read what you sent" not in " ".join(lines) for lines in said(deliver(store, "sms", SOON)))
    assert ("by_hand", "milestone:none") in to_do(store) and told(store, case) == []


def test_a_record_that_staff_entered_has_nobody_to_write_to(store: Store) -> None:
    words = {"story": Given(words="They never ring back.")}
    filed = enter(store, Entered("example", "complaint", words, "phone", NOON, NOON, 7, "a"))
    with store.database.reading() as db:
        case = casefile.find(db, filed.reference)
    do(store, case, "acknowledged")
    work_off(store)
    assert ("by_hand", "milestone:gone") in to_do(store) and told(store, case) == []


def test_a_page_shows_it_at_once(store: Store) -> None:
    _, case = begun(store, "web")
    heard: list[int] = []
    store.writer.listen(heard.append)
    do(store, case, "acknowledged", at=NOON.replace(hour=23))
    work_off(store, NOON.replace(hour=23) + timedelta(minutes=2))
    assert heard and told(store, case)[0].data["outbox"] == 0


def test_what_hearback_wrote_makes_nothing_stale(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "acknowledged")
    seen = len(history(store, case))
    work_off(store)
    more = [Deed(CaseEvent("stage1.begun", SOON, "staff:1"))]
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, case, seen, more)).result(30)
    with pytest.raises(working.Stale):
        store.writer.write(lambda db: working.do(db, store.vault, store.procedures, case, seen, more)).result(30)
    with pytest.raises(working.Stale):
        store.writer.write(lambda db: working.do(db, store.vault, store.procedures, case, 99, more)).result(30)


def test_two_workers_and_a_crash_tell_it_once(site: Site) -> None:
    store = site.open()
    _, case = begun(store)
    do(store, case, "acknowledged")
    do(store, case, "stage1.begun")
    do(store, case, "role", at=NOON + timedelta(seconds=10), role="manager", person=["A B"])
    leased = store.writer.write(lambda db: jobs.claim(db, SOON, (tell_jobs.KIND,))).result(30)
    assert len(leased) == 2
    kind.run(store, leased[0], SOON)
    with pytest.raises(jobs.Lost):
        kind.run(store, leased[1], SOON)
    assert len(told(store, case)) == 1
    store.close()
    again = site.open()
    assert work_off(again, SOON + timedelta(hours=1)) == 0
    assert len(told(again, case)) == 1


def test_somebody_erased_is_told_nothing(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "acknowledged")
    talk = next(row["talk"] for row in rows(store, models.Case) if row["id"] == case)
    store.writer.erase(talk).result(30)
    work_off(store)
    assert waiting(store) == [] and deliver(store, "sms", SOON) == []


# What an organisation tells otherwise ---------------------------------------------------------------


@pytest.fixture
def own(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Store]:
    plain = PROFILES["example"]
    mine = {
        "acknowledged": OwnMilestone(id="acknowledged", told=False),
        "looking": OwnMilestone(id="looking", named=True),
        "extended": OwnMilestone(id="extended", wording=Name({"en": "Sorry, {organisation} needs until {answer_by}."})),
    }
    routes = {
        "corporate": Route(id="corporate", name=Name({"en": "Corporate"}), to="them"),
        "safeguarding": Route(id="safeguarding", name=Name({"en": "S"}), to="officer", urgent=True, ends=False),
    }
    profile = replace(plain, milestones=mine, routes=routes)
    with made("sqlite", request.getfixturevalue, tmp_path) as site:
        yield site.open(profiles={**PROFILES, "example": profile})


def test_the_organisations_own_wording_and_what_it_does_not_tell(own: Store) -> None:
    _, case = begun(own)
    do(own, case, "acknowledged")
    assert waiting(own) == []
    do(own, case, "extended", clock="stage1.response", why="y")
    work_off(own)
    ((line,),) = said(deliver(own, "sms", SOON))
    assert line == "Sorry, Example needs until 18 December 2026."


def test_a_name_is_told_where_it_may_and_never_of_whom_it_is_about(own: Store) -> None:
    _, case = begun(own)
    do(own, case, "stage1.begun")
    do(own, case, "role", role="responder", person=["Sam Field"], staff=["7"])
    work_off(own)
    ((line, *_),) = said(deliver(own, "sms", SOON))
    assert line.startswith("Sam Field is looking into it now")
    later = SOON + timedelta(hours=1)
    sealer = Sealer(own.vault.ring)
    kim, _ = own.writer.write(
        lambda db: staff.add(db.connection(), sealer, "example", "kim", "Kim Named", ("officer",), at=later)
    ).result(30)
    own.writer.write(lambda db: set_part(db.connection(), "example", case, "named", [kim], later)).result(30)
    outside = {"role": "adjudicator", "person": ["Somebody From Outside"]}
    for who in ({"role": "manager", "person": ["Kim Named"], "staff": [str(kim)]}, outside):
        do(own, case, "role", at=later, **who)
        later += timedelta(minutes=5)
        work_off(own, later)
        ((line, *_),) = said(deliver(own, "sms", later))
        assert line.startswith("Somebody is looking into it now")


def test_safeguarding_tips_nobody_off(own: Store) -> None:
    _, case = begun(own)
    do(own, case, "routed", route="safeguarding", why="a person is accused")
    assert waiting(own) == []
    do(own, case, "routed", route="corporate", why="about roads")
    work_off(own)
    ((line, *_),) = said(deliver(own, "sms", SOON))
    assert line.startswith("Other people look into HB-")


def test_a_reason_that_is_not_for_a_message_is_a_task(store: Store) -> None:
    _, case = begun(store)
    do(store, case, "paused", clocks=["stage1.response"], why="a disciplinary matter", review="2026-12-01")
    work_off(store)
    (lines,) = said(deliver(store, "sms", SOON))
    assert "A person will tell you why." in lines and "disciplinary" not in " ".join(lines)
    assert ("tell_why", "") in to_do(store)


# In whose language ----------------------------------------------------------------------------------


class WelshOnly(PlainWorld):
    """The other catalogue was taken away."""

    def __init__(self, organisation: str) -> None:
        super().__init__(organisation)
        self.languages = (("cy", "Cymraeg"),)


def test_a_language_that_is_offered_no_longer_is_a_task_with_the_words(site: Site) -> None:
    before = site.open()
    _, case = begun(before)
    do(before, case, "acknowledged")
    before.close()
    store = site.open(worlds=WelshOnly)
    work_off(store)
    assert deliver(store, "sms", SOON) == [] and told(store, case) == []
    reference = next(row["reference"] for row in rows(store, models.Case) if row["id"] == case)
    (task,) = [task for task in Cases(store.database, store.vault).show(reference)["tasks"] if task["why"] == FOREIGN]
    assert "A person has read what you sent" in " ".join(task["words"])


def test_a_wording_of_their_own_only_in_english_is_for_whoever_speaks_it(own: Store) -> None:
    part = Part(Wording("Ours."), own={"en": "Their own."})
    telling, world = Telling(("closed",), ("1",), (part,)), own.worlds("example")
    assert compose(world, Voice("en"), telling).lines == ("Their own.",)
    assert compose(world, Voice("cy"), telling).lines == ("Ours.",)
