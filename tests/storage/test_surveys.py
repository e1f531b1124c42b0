"""Asking people how we did, and somebody who is not happy going further: through the whole store, on both engines."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select

from bot.danger import watch
from bot.work import surveys as work
from bot.world import OrganisationWorld
from casework.calendar import LONDON
from casework.procedure import Profile, load
from casework.record import CaseEvent
from storage import casefile, models, models_clocks, sending, survey_jobs
from storage.cases import Cases
from storage.jobs import Job, claim
from storage.models import table
from storage.outbox import Parcel
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.looking import rows
from tests.storage.people import Person
from tests.storage.test_sending import change, deliver, settle, to_do
from tests.storage.test_sending import claim as leaving

ORGANISATION = "sandwell"
FILED = datetime(2026, 11, 16, 10, tzinfo=LONDON)  # a Monday
CLOSED = datetime(2026, 11, 20, 12, tzinfo=LONDON)
#: Three working days after it was closed, in the morning.
ASKED = datetime(2026, 11, 25, 10, tzinfo=LONDON)
AGAIN = datetime(2026, 12, 2, 10, tzinfo=LONDON)
_numbers = itertools.count(700_800_000)


@cache
def world(organisation: str) -> OrganisationWorld:
    return OrganisationWorld(load(organisation), watch(), lambda: FILED)


@pytest.fixture
def store(site: Site) -> Store:
    return served(site)


def served(site: Site, profile: Profile | None = None) -> Store:
    found = profile or load(ORGANISATION)
    return site.open(worlds=world, profiles={found.id: found})


class Closed:
    """Somebody whose complaint was answered at stage 1 and closed."""

    def __init__(
        self,
        store: Store,
        channel: str = "sms",
        organisation: str = ORGANISATION,
        *,
        consent: bool = True,
        **person: Any,
    ) -> None:
        self.store = store
        self.person = Person(
            store.writer, f"+447{next(_numbers):09}", channel=channel, organisation=organisation, **person
        )
        self.person.now = FILED
        reply = self.person.complain()
        self.reference, self.receipt = reply.reference, reply.receipt
        if consent:
            self.person.say("skip")  # a picture for the number
            self.person.say("no")  # "a few more questions"
            change(self.person, "here")
        deliver(store, channel, self.person.now, self.person.endpoint)
        with store.database.reading() as db:
            self.case = casefile.find(db, self.reference)

    def done(self, kind: str, at: datetime, **data: Any) -> None:
        event = CaseEvent(kind, at, "staff:1", data.pop("why", ""), data)
        store = self.store
        store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, self.case, event)).result(30)

    def answered(self) -> Closed:
        self.done("acknowledged", FILED + timedelta(hours=1))
        self.done("talked", FILED + timedelta(hours=2), who="Pat")
        self.done("stage1.answered", CLOSED - timedelta(hours=2))
        return self

    def closed(self, *, promised: bool = False) -> Closed:
        self.answered()
        if promised:
            self.done("remedy", CLOSED - timedelta(hours=1), remedy="apology")
        self.done("outcome", CLOSED - timedelta(hours=1), point="all", outcome="upheld" if promised else "not_upheld")
        self.done("closed", CLOSED, why="the rest follows")
        return self

    def texts(self, at: datetime) -> list[Parcel]:
        self.person.now = at
        return deliver(self.store, self.person.channel, at, self.person.endpoint)

    def answer(self, at: datetime, *texts: str) -> str:
        """They answer, one after the other; the last message they get."""
        self.person.now = at
        for text in texts:
            self.person.say(text)
        deliver(self.store, self.person.channel, self.person.now, self.person.endpoint)
        assert self.person.last is not None
        return " ".join(self.person.last.lines)

    @property
    def record(self) -> dict[str, Any]:
        return Cases(self.store.database, self.store.vault).show(self.reference)

    @property
    def happened(self) -> list[str]:
        return [event["type"] for event in self.record["events"]]


def due(store: Store, now: datetime) -> list[Job]:
    return store.writer.write(lambda db: claim(db, now, (work.KIND,))).result(30)


def look(store: Store, now: datetime) -> int:
    """Do the surveys that are due; how many."""
    found = due(store, now)
    for job in found:
        work.run(store, job, now)
    return len(found)


# Asking --------------------------------------------------------------------------------------------


def test_three_working_days_after_closing_they_are_asked_once(store: Store) -> None:
    someone = Closed(store).closed()
    assert look(store, ASKED - timedelta(minutes=1)) == 0 and look(store, ASKED) == 1
    (text,) = someone.texts(ASKED)
    message = text.outgoing.message
    assert message.lines[-1] == "Did we understand you?" and [one.label for one in message.choices] == [
        "Yes",
        "Partly",
        "No",
    ]
    assert someone.happened.count("survey_asked") == 1
    assert look(store, ASKED + timedelta(days=1)) == 0
    row = next(row for row in rows(store, models.Outbox) if row["purpose"] == "survey")
    assert row["case_id"] == someone.case, "the gate is asked again as it leaves"


def test_every_answer_is_on_the_record_as_it_comes(store: Store) -> None:
    someone = Closed(store).closed(promised=True)
    look(store, ASKED)
    someone.texts(ASKED)
    monday = ASKED + timedelta(days=5)
    assert someone.answer(monday, "1") == "Were you listened to?"
    assert someone.record["facts"]["survey_understood"] == ["yes"], "late by days: it is an answer all the same"
    assert someone.answer(monday, "2") == "Was what we promised done?"
    assert "anything else" in someone.answer(monday, "1", "2", "1")
    assert "Thank you" in someone.answer(monday, "Jo was kind to us", "1")
    facts = someone.record["facts"]
    assert {name: facts[name] for name in facts if name.startswith("survey_")} == {
        "survey_understood": ["yes"], "survey_listened": ["partly"], "survey_promised": ["yes"],
        "survey_process": ["good"], "survey_outcome": ["very_good"], "survey_words": ["said"],
    }  # fmt: skip
    assert "unhappy" not in facts and someone.record["place"] == "closed"
    words = [word for entry in someone.record["entries"] for word in entry.get("words", ())]
    assert "Jo was kind to us" in words
    assert look(store, AGAIN) == 1 and someone.texts(AGAIN) == [], "who answered is not reminded"


def test_one_reminder_and_no_more(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    assert look(store, AGAIN - timedelta(minutes=1)) == 0 and look(store, AGAIN) == 1
    (text,) = someone.texts(AGAIN)
    assert "We do not ask again" in text.outgoing.message.lines[0]
    assert look(store, AGAIN + timedelta(days=90)) == 0
    assert someone.happened.count("survey_asked") == 2
    assert someone.answer(AGAIN + timedelta(days=2), "1") == "Were you listened to?"


def test_done_again_after_a_crash_it_asks_once(store: Store) -> None:
    someone = Closed(store).closed()
    (job,) = due(store, ASKED)
    later = ASKED + timedelta(minutes=5)
    (again,) = due(store, later)  # the lease ran out: another process does it
    work.run(store, again, later)
    with pytest.raises(Exception, match=f"survey {someone.case}"):
        work.run(store, job, later)
    assert len(someone.texts(later)) == 1 and someone.happened.count("survey_asked") == 1


@pytest.mark.parametrize("why", ["refused", "none", "unasked", "stopped", "plan"])
def test_nobody_is_asked_who_did_not_want_it(store: Store, why: str) -> None:
    someone = Closed(store, consent=why != "unasked").closed()
    before = to_do(store)
    if why == "refused":
        change(someone.person, "here", news="what")
    elif why == "none":
        change(someone.person, "none")
    elif why == "stopped":
        someone.person.say("stop")
    elif why == "plan":
        plan = {"plan": "form", "until": "2027-03-01", "review": "2027-02-01", "threat": True}
        someone.done("contact_planned", CLOSED + timedelta(hours=1), why="they asked", **plan)
    tasks = to_do(store)
    someone.texts(CLOSED + timedelta(hours=2))
    if why == "unasked":
        gone = table(models.CaseFact)
        with store.database.writing() as db:
            db.execute(gone.delete().where(gone.c.fact == "contact"))
    assert look(store, ASKED) == 1
    assert someone.texts(ASKED) == [] and "survey_asked" not in someone.happened
    assert to_do(store) == tasks and len(before) <= len(tasks), "and nobody has to ring them about it"


def test_not_while_something_else_is_under_way(store: Store) -> None:
    someone = Closed(store).closed()
    someone.person.now = ASKED - timedelta(minutes=5)
    someone.person.say("hello again")
    someone.person.say("3")
    someone.texts(ASKED)
    asked = someone.person.last
    assert look(store, ASKED) == 1 and someone.texts(ASKED) == []
    someone.person.say("help")
    assert someone.person.last is not None and asked is not None and someone.person.last.step == asked.step
    someone.person.now = ASKED
    someone.person.say("delete")
    someone.person.say("1")
    someone.texts(ASKED + timedelta(minutes=1))
    assert look(store, ASKED + timedelta(hours=23)) == 0, "the next working day, not before"
    assert look(store, ASKED + timedelta(days=1)) == 1
    assert len(someone.texts(ASKED + timedelta(days=1))) == 1


def test_where_others_read_the_phone_the_questions_wait_with_the_number(store: Store) -> None:
    someone = Closed(store, consent=False)
    change(someone.person, "here", "shared")
    someone.closed()
    someone.texts(CLOSED)
    look(store, ASKED)
    (text,) = someone.texts(ASKED)
    assert text.outgoing.message.lines == ("There is a message for you. To read it, send your 16-digit number here.",)
    assert look(store, AGAIN) == 0
    with store.database.reading() as db:
        assert sending.kept(db, store.vault, someone.case) == ("We would like to know how we did.",)
    assert "How we did" not in someone.answer(ASKED + timedelta(hours=1), someone.receipt)
    assert someone.person.last is not None
    assert "Tell you how you did" in [one.label for one in someone.person.last.choices]
    assert someone.answer(ASKED + timedelta(hours=1), "Tell you how you did").endswith("Did we understand you?")
    assert someone.answer(ASKED + timedelta(hours=1), "yes") == "Were you listened to?"
    assert someone.record["facts"]["survey_understood"] == ["yes"]


def test_at_night_it_waits_for_the_morning(store: Store) -> None:
    someone = Closed(store).closed()
    settle(store, someone.case, CLOSED + timedelta(hours=1), safe=True, **{"from": "16:00", "until": "18:00"})
    assert look(store, ASKED) == 1 and someone.texts(ASKED) == []
    assert look(store, ASKED.replace(hour=16)) == 1 and len(someone.texts(ASKED.replace(hour=16))) == 1


def test_a_record_that_is_open_again_is_not_asked_about(store: Store) -> None:
    someone = Closed(store).closed()
    someone.done("reopened", CLOSED + timedelta(hours=1), why="more came")
    assert look(store, ASKED) == 1 and someone.texts(ASKED) == []
    someone.done("closed", ASKED + timedelta(hours=1), why="the rest follows")
    assert look(store, ASKED + timedelta(days=5)) == 1, "asked of the second closing"
    assert len(someone.texts(ASKED + timedelta(days=5))) == 1


def test_per_stage_where_the_profile_wants_it(site: Site) -> None:
    profile = load(ORGANISATION)
    store = served(site, replace(profile, survey=replace(profile.survey, after=("answered",), remind=0)))
    someone = Closed(store).answered()
    assert look(store, ASKED) == 1 and len(someone.texts(ASKED)) == 1
    assert [row["kind"] for row in rows(store, models_clocks.Job) if row["kind"] == survey_jobs.KIND] == []


# Answers that are none -----------------------------------------------------------------------------


def test_stop_is_an_answer_and_ends_it(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    assert "not write to you here again" in someone.answer(ASKED + timedelta(hours=1), "stop")
    assert look(store, AGAIN) == 1 and someone.texts(AGAIN) == []
    assert "surveyed" not in someone.happened


def test_a_sign_of_danger_in_the_words_is_an_alert(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    said = someone.answer(ASKED + timedelta(hours=1), "1", "2", "3", "3", "he hit me with a belt last night")
    assert "999" in said and [row["level"] for row in rows(store, models.Alert)] == ["red"]
    words = [word for entry in someone.record["entries"] for word in entry.get("words", ())]
    assert "he hit me with a belt last night" in words
    (sign,) = rows(store, models.Alert)
    with store.database.reading() as db:
        case, talk = table(models.Case), sign["talk"]
        own = db.execute(select(case.c.reference).where(case.c.talk == talk, case.c.number == sign["number"])).scalar()
    found = Cases(store.database, store.vault).show(str(own))
    assert "he hit me with a belt last night" in str(found["entries"]), "the record of the sign says what was said"


@pytest.mark.parametrize(("word", "why"), [("person", "asked"), ("call me", "call")])
def test_a_person_asked_for_stands_on_the_record_that_was_closed(store: Store, word: str, why: str) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    assert "will contact you" in someone.answer(ASKED + timedelta(hours=1), word)
    assert why in [task["why"] for task in someone.record["tasks"]]


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_a_photo_joins_the_record_and_the_question_comes_again(store: Store, channel: str) -> None:
    someone = Closed(store, channel).closed()
    assert look(store, ASKED) == 1
    someone.texts(ASKED)
    photo = store.media.store(ORGANISATION, io.BytesIO(b"\xff\xd8\xff a photo"), "a.jpg")
    someone.person.say(media=(photo,))
    assert someone.person.last is not None and someone.person.last.step == "!hurt"
    someone.answer(ASKED + timedelta(minutes=1), "no")
    assert someone.person.last.step == "survey_understood"
    assert len(someone.record["media"]) == 1 and "media" in [task["why"] for task in someone.record["tasks"]]


def test_an_essay_is_kept_whole_and_a_late_answer_still_counts(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    essay = "It was good at first and then nobody rang. " * 400
    someone.answer(ASKED + timedelta(days=20), "1", "2", "3", "3", essay.strip())
    words = [word for entry in someone.record["entries"] for word in entry.get("words", ())]
    assert essay.strip() in words and someone.record["facts"]["survey_understood"] == ["yes"]


def test_a_new_story_is_a_new_record_when_they_say_so(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    story = "My new worker has not rung me for two weeks"
    assert "something new" in someone.answer(ASKED + timedelta(hours=1), story)
    assert "What would you like to do?" in someone.answer(ASKED + timedelta(hours=1), "2")
    assert story not in str(someone.record["entries"])
    someone.person.story = "no more"
    someone.person.reach("check")
    assert someone.person.last is not None and story in str(someone.person.last.choices)


def test_a_new_story_and_silence_is_an_unfinished_record(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    someone.answer(ASKED + timedelta(hours=1), "My new worker has not rung me for two weeks")
    for days in range(1, 9):
        now = ASKED + timedelta(days=days)
        for talk in store.writer.due_talks(now):
            store.writer.wake(talk, now).result(30)
    assert [row["complete"] for row in rows(store, models.Case)] == [True, False]


def test_answered_twice_the_second_counts_and_both_are_kept(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    someone.texts(ASKED)
    someone.answer(ASKED + timedelta(hours=1), "no", "back", "yes")
    assert someone.record["facts"]["survey_understood"] == ["yes"]
    assert someone.happened.count("surveyed") == 2 and "unhappy" not in someone.record["facts"]


# Not happy -----------------------------------------------------------------------------------------


def unhappy(someone: Closed, at: datetime) -> str:
    look(someone.store, ASKED)
    someone.texts(ASKED)
    return someone.answer(at, "no", "2", "4", "5")


def test_an_unhappy_answer_opens_the_way_on_and_one_message_goes_further(store: Store) -> None:
    someone = Closed(store).closed()
    said = unhappy(someone, ASKED + timedelta(hours=1))
    assert "We are sorry" in said and "Stage 2: investigation" in said and "18 December 2026" in said
    assert someone.record["facts"]["unhappy"] == ["survey"]
    assert someone.person.last is not None
    assert [one.token.partition("=")[2] for one in someone.person.last.choices] == [
        "next", "mediation", "advocate", "ombudsman", "person", "nothing",
    ]  # fmt: skip
    said = someone.answer(ASKED + timedelta(hours=1), "1")
    assert "We have passed it on: Stage 2: investigation" in said
    record = someone.record
    assert record["place"] == "stage2" and record["kind"] == "complaint" and "unhappy" not in record["facts"]
    assert "stage2.requested" in someone.happened and "late_request" not in str(to_do(store))
    assert someone.answer(ASKED + timedelta(hours=1), "he never listened") and someone.record["place"] == "stage2"


def test_one_day_late_it_is_taken_and_a_person_decides(store: Store) -> None:
    someone = Closed(store).closed()
    late = datetime(2026, 12, 19, 9, tzinfo=LONDON)
    assert "The last day" in unhappy(someone, late)
    assert "a person decides" in someone.answer(late, "1")
    assert someone.record["place"] == "stage2" and ("late_request", "stage2.window") in to_do(store)
    event = next(event for event in someone.record["events"] if event["type"] == "stage2.requested")
    assert event["data"] == {"after": "2026-12-18"} and event["who"] == "person"


def test_by_receipt_on_another_channel(store: Store) -> None:
    someone = Closed(store).closed()
    other = Person(store.writer, organisation=ORGANISATION)
    other.now = ASKED
    other.say(event="open")
    other.say(someone.receipt)
    other.say("I am not happy with it")
    assert other.last is not None and "18 December 2026" in " ".join(other.last.lines)
    other.say(choice="way_on=next")
    assert "Stage 2: investigation" in " ".join(other.last.lines) and someone.record["place"] == "stage2"
    before = someone.happened
    other.say(choice="way_on=next")
    assert someone.happened == before, "pressed twice it is asked for once"


@pytest.mark.parametrize(
    ("chosen", "event", "way"), [("person", "unhappy", "person"), ("mediation", "unhappy", "mediation")]
)
def test_other_ways_are_recorded_for_a_person_to_take_up(store: Store, chosen: str, event: str, way: str) -> None:
    someone = Closed(store).closed()
    unhappy(someone, ASKED + timedelta(hours=1))
    someone.person.say(choice=f"way_on={chosen}")
    found = [one for one in someone.record["events"] if one["type"] == event]
    assert [one["data"] for one in found] == [{"way": way}] and someone.record["facts"]["unhappy"] == ["said"]
    assert someone.record["place"] == "stage1.answered", "it is open again"


def test_the_ombudsman_is_told_and_recorded(store: Store) -> None:
    someone = Closed(store).closed()
    unhappy(someone, ASKED + timedelta(hours=1))
    someone.person.say(choice="way_on=ombudsman")
    assert someone.person.last is not None
    assert "www.lgo.org.uk" in " ".join(someone.person.last.lines)
    assert "ombudsman_told" in someone.happened and someone.record["place"] == "closed"


def test_why_is_asked_only_where_the_procedure_asks(site: Site) -> None:
    store = served(site, load("together-for-children"))
    someone = Closed(store, organisation="together-for-children").closed()
    unhappy(someone, ASKED + timedelta(hours=1))
    someone.person.say(choice="way_on=next")
    assert someone.person.last is not None and someone.person.last.step == "way_why"
    assert someone.record["place"] == "stage2", "it is asked for already"
    someone.person.say("1")
    assert someone.record["facts"]["way_why"] == ["answer"]


def test_a_text_that_leaves_later_asks_the_gate_again(store: Store) -> None:
    someone = Closed(store).closed()
    look(store, ASKED)
    plan = {"plan": "form", "until": "2027-03-01", "review": "2027-02-01", "threat": True}
    someone.done("contact_planned", ASKED, why="they asked", **plan)
    assert leaving(store, ASKED, endpoint=someone.person.endpoint) == []
