"""The one door: what is sent of ourselves, when it leaves, and that nothing passes by it."""

from __future__ import annotations

import ast
import itertools
import json
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from casework.calendar import LONDON
from casework.contact import Verdict
from casework.record import CaseEvent
from flows import phrases
from flows.message import Message
from storage import casefile, models, outbox, sending, undelivered
from storage.models import table
from storage.outbox import Parcel
from storage.sending import Sent
from storage.store import Store
from storage.talks import Talks
from tests.storage.conftest import Site, made
from tests.storage.looking import rows, to_do
from tests.storage.people import Person

NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)  # a Friday
NIGHT = datetime(2026, 11, 20, 23, tzinfo=LONDON)
_numbers = itertools.count(700_900_000)
ANSWER = Message(("We have looked into Jo and your placement.",), "en")


class Known(Person):
    """Somebody who keeps the number of their record."""

    receipt = ""


def complained(
    store: Store, channel: str = "sms", at: datetime = NOON - timedelta(hours=1), endpoint: str = ""
) -> Known:
    """Somebody whose complaint is filed, and who was sent everything."""
    person = Known(store.writer, f"+447{next(_numbers):09}", channel=channel, endpoint=endpoint)
    person.now = at
    person.receipt = person.complain().receipt
    deliver(store, channel, person.now, endpoint)
    return person


def case_of(store: Store, person: Person) -> int:
    hashed = store.vault.ring.hashed("sender", person.organisation, person.channel, person.endpoint, person.sender)
    talk = table(models.Talk)
    with store.database.reading() as db:
        query = select(table(models.Case).c.id).join(talk, talk.c.id == table(models.Case).c.talk)
        return int(db.execute(query.where(talk.c.sender_hash == hashed)).scalar_one())


def send(store: Store, case: int, now: datetime, purpose: str = "reply", message: Message = ANSWER) -> Sent:
    return store.writer.write(lambda db: sending.send(db, store.vault, case, purpose, message, now)).result(30)


def judge(store: Store, case: int, now: datetime = NOON, purpose: str = "reply") -> Verdict:
    with store.database.reading() as db:
        return sending.judge(db, store.vault, case, purpose, now)[0]


def claim(store: Store, now: datetime, channel: str = "sms", endpoint: str = "") -> list[Parcel]:
    return store.writer.write(lambda db: outbox.claim(db, store.vault, channel, now, endpoint=endpoint)).result(30)


def deliver(store: Store, channel: str, now: datetime, endpoint: str = "") -> list[Parcel]:
    """Everything that may leave now, in turn."""
    gone: list[Parcel] = []
    while parcels := claim(store, now, channel, endpoint):
        gone += parcels
        mark(store, parcels, now)
    return gone


def mark(store: Store, parcels: list[Parcel], now: datetime) -> None:
    store.writer.write(lambda db: outbox.sent(db, [(one.id, "SM") for one in parcels], now)).result(30)


def settle(store: Store, case: int, at: datetime, **data: Any) -> None:
    event = CaseEvent("contact_settled", at, "staff:1", "they said so", data)
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(30)


def change(person: Person, *ways: str, news: str = "both") -> bool:
    """CONTACT, and what they choose then; False where something new is half told, and it is asked when that is sent."""
    person.say("contact")
    assert person.last is not None
    if person.last.step == "!reach":
        return False
    assert person.last.step == "contact"
    person.say("", choice="\n".join(f"contact={way}" for way in ways))
    if person.last.step == "details":
        person.say("After school, and not a word to my dad")
    if person.last.step == "news":
        person.say("", choice=f"news={news}")
    return True


def said(parcels: list[Parcel]) -> list[tuple[str, ...]]:
    return [parcel.outgoing.message.lines for parcel in parcels]


# What is written ---------------------------------------------------------------------------------


def test_in_the_day_it_leaves_at_once_and_is_in_the_log(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    sent = send(store, case, NOON)
    assert sent.verdict == Verdict(True) and sent.seq and sent.outbox
    row = next(row for row in rows(store, models.Outbox) if row["id"] == sent.outbox)
    assert (row["purpose"], row["case_id"], row["seq"]) == ("reply", case, sent.seq)
    (parcel,) = claim(store, NOON)
    assert parcel.outgoing.to == person.sender and parcel.outgoing.message == ANSWER
    assert parcel.private, "a locked screen must not show it"
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find(person.organisation, "sms", person.endpoint, person.sender)
    assert talk is not None and talks.since(talk)[-1].message == ANSWER
    assert to_do(store) == []


def test_at_night_it_waits_and_holds_up_no_answer(store: Store) -> None:
    person = complained(store)
    sent = send(store, case_of(store, person), NIGHT)
    assert sent.verdict.until == datetime(2026, 11, 21, 8, tzinfo=LONDON)
    assert claim(store, NIGHT) == []
    person.now = NIGHT
    person.say("are you there?")
    (answer,) = deliver(store, "sms", person.now)
    assert answer.outgoing.message != ANSWER, "what they are having a talk about is answered at once"
    assert said(deliver(store, "sms", sent.verdict.until)) == [ANSWER.lines]


def test_a_page_shows_it_at_once_and_those_who_look_are_told(store: Store) -> None:
    person = complained(store, "web")
    heard: list[int] = []
    store.writer.listen(heard.append)
    sent = send(store, case_of(store, person), NIGHT)
    assert sent.verdict.go and sent.seq and not sent.outbox
    store.writer.write(lambda db: None).result(30)
    assert len(heard) == 1, "an open page looks at once"
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find(person.organisation, "web", person.endpoint, person.sender)
    assert talk is not None and talks.since(talk)[-1].message == ANSWER and talk.id == heard[0]


def test_a_write_that_fails_sends_nothing_and_wakes_nobody(store: Store) -> None:
    case = case_of(store, complained(store, "web"))
    heard: list[int] = []
    store.writer.listen(heard.append)

    def fails(db: Any) -> None:
        sending.send(db, store.vault, case, "reply", ANSWER, NOON)
        raise LookupError("something else went wrong")

    before = len(rows(store, models.Message))
    with pytest.raises(LookupError):
        store.writer.write(fails).result(30)
    store.writer.write(lambda db: None).result(30)
    assert len(rows(store, models.Message)) == before and not heard


def test_an_unknown_purpose_or_record_is_a_mistake(store: Store) -> None:
    case = case_of(store, complained(store))
    with pytest.raises(ValueError, match="use one of"):
        send(store, case, NOON, "advert")
    with pytest.raises(LookupError):
        send(store, 1, NOON)


# What they said ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ways", "purpose", "reason"),
    [
        (("none",), "reply", "none"),
        (("call",), "reply", "elsewhere"),
        (("here", "times"), "milestone", "times"),
        (("here",), "news", "refused"),
        (("here",), "survey", "refused"),
    ],
)
def test_what_may_not_be_sent_becomes_a_task_with_its_words(
    store: Store, ways: tuple[str, ...], purpose: str, reason: str
) -> None:
    person = complained(store)
    change(person, *ways, news="neither")
    deliver(store, "sms", NOON)
    case, before = case_of(store, person), len(rows(store, models.Message))
    sent = send(store, case, NOON, purpose)
    assert sent == Sent(Verdict(False, reason=reason))
    assert len(rows(store, models.Message)) == before and claim(store, NOON) == []
    task = rows(store, models.Task)[-1]
    assert (task["why"], task["about"], task["number"]) == ("by_hand", f"{purpose}:{reason}", 1)
    assert json.loads(store.vault.unseal(f"task.words:{task['id']}", task["words"])) == list(ANSWER.lines)


def test_stop_makes_a_task_closes_nothing_and_start_lifts_it(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    waiting = send(store, case, NIGHT)
    person.say("stop")
    assert to_do(store) == [("stopped", "")]
    deliver(store, "sms", NIGHT)  # the answer to STOP
    assert deliver(store, "sms", datetime(2026, 11, 21, 9, tzinfo=LONDON)) == []
    row = next(row for row in rows(store, models.Outbox) if row["id"] == waiting.outbox)
    assert (row["state"], row["error"], row["body"]) == ("failed", "gate:stopped", None)
    assert to_do(store) == [("stopped", ""), ("by_hand", "reply:stopped")]
    assert not send(store, case, NOON).seq, "whoever sends"
    with store.database.reading() as db:
        assert casefile.state(db, store.vault, store.procedures, case).open, "it goes on"
    person.say("start")
    deliver(store, "sms", NOON)
    assert said([*filter(None, deliver(store, "sms", NOON))]) == [] and send(store, case, NOON).verdict.go


def test_not_safe_binds_until_a_person_has_settled_it(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    person.say("my dad is hitting me")
    assert person.last is not None and person.last.step == "!safe"
    assert judge(store, case).reason == "unsafe", "while the question is open"
    person.say("", choice="!safe=no")
    assert judge(store, case).reason == "unsafe"
    settle(store, case, person.now + timedelta(minutes=1), safe=True)
    person.say("", choice="!goon=enough")
    assert judge(store, case).go


def test_please_do_not_contact_me_when_in_danger(store: Store) -> None:
    person = Person(store.writer, "+447700900555", channel="sms")
    person.now = NOON - timedelta(hours=1)
    person.say("hello")
    person.say("my dad is hitting me")
    person.say("", choice="!safe=yes")
    assert person.last is not None and person.last.step == "!reach"
    person.say("", choice="!reach=not")
    assert judge(store, case_of(store, person)).reason == "unsafe"


def test_a_contact_plan_stops_everything_of_ourselves(store: Store) -> None:
    case = case_of(store, complained(store))
    data = {"plan": "officer", "threat": True, "until": "2027-01-01", "review": "2026-12-01"}
    event = CaseEvent("contact_planned", NOON, "staff:1", "threats", data)
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(30)
    assert judge(store, case).reason == "plan"


def test_a_window_that_staff_set_from_their_words(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    change(person, "here", "times")
    settle(store, case, person.now + timedelta(minutes=1), **{"from": "16:30", "until": "18:00", "days": ["0", "4"]})
    sent = send(store, case, NOON)
    assert sent.verdict.until == NOON.replace(hour=16, minute=30)
    with store.database.reading() as db:
        assert sending.wishes(db, store.vault, case).window == (time(16, 30), time(18))
    change(person, "here", "times")
    deliver(store, "sms", person.now)
    assert judge(store, case).reason == "times", "they said something else since"
    assert deliver(store, "sms", NOON.replace(hour=17)) == [], "and what waits obeys it too"
    assert to_do(store)[-1] == ("by_hand", "reply:times")


def test_the_times_must_be_times(store: Store) -> None:
    case = case_of(store, complained(store))
    for wrong in ({"from": "half four"}, {"from": "16:30"}, {"from": "16:30", "until": "16:30"}):
        with pytest.raises(casefile.Refused):
            settle(store, case, NOON, **wrong)


# Shared phones -------------------------------------------------------------------------------------


def test_where_others_read_the_phone_only_neutral_words_leave(store: Store) -> None:
    person = complained(store)
    change(person, "here", "shared")
    deliver(store, "sms", person.now)
    case = case_of(store, person)
    sent = send(store, case, NOON)
    assert sent.verdict.go and sent.verdict.neutral
    (parcel,) = deliver(store, "sms", NOON)
    assert parcel.outgoing.message.lines == (phrases.MESSAGE_WAITS.plain,) and not parcel.private
    assert "Jo" not in log_of(store, person) and phrases.MESSAGE_WAITS.plain in log_of(store, person)
    person.say(person.receipt)
    assert person.last is not None and f"For you: {ANSWER.lines[0]}" in person.last.lines, "read with the number"


def test_shared_since_it_was_written(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    sent = send(store, case, NIGHT)
    change(person, "here", "shared")
    deliver(store, "sms", person.now)
    morning = sent.verdict.until
    assert morning is not None
    (parcel,) = claim(store, morning)
    assert parcel.outgoing.message.lines == (phrases.MESSAGE_WAITS.plain,)
    assert said(claim(store, morning + timedelta(minutes=3))) == [(phrases.MESSAGE_WAITS.plain,)], "also once more"
    with store.database.reading() as db:
        assert sending.kept(db, store.vault, case) == ANSWER.lines, "kept once"


def test_a_page_that_was_left_keeps_it_for_whoever_has_the_number(store: Store) -> None:
    person = complained(store, "web")
    talks = Talks(store.database, store.vault, store.writer)
    talks.revoke(person.organisation, "web", person.endpoint, person.sender, NOON)
    sent = send(store, case_of(store, person), NOON)
    assert sent.verdict.go and sent.verdict.neutral
    with store.database.reading() as db:
        assert sending.kept(db, store.vault, case_of(store, person)) == ANSWER.lines


def test_answer_me_here_said_elsewhere_is_another_here(store: Store) -> None:
    person = complained(store)
    other = Person(store.writer, "browser", channel="web")
    other.now = NOON
    other.say("", choice="kind=progress")
    other.say(person.receipt)
    other.say("", choice="then=contact")
    other.say("", choice="contact=here")
    assert judge(store, case_of(store, person)).reason == "elsewhere", "here is the page, not the telephone"


def log_of(store: Store, person: Person) -> str:
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find(person.organisation, person.channel, person.endpoint, person.sender)
    assert talk is not None
    return " ".join(line for item in talks.since(talk) if item.message for line in item.message.lines)


# Whatever happens ----------------------------------------------------------------------------------

WAYS = st.sets(st.sampled_from(["here", "text", "call", "times", "shared"]), min_size=1) | st.just({"none"})
HOURS = st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1])
STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(["reply", "milestone", "reminder", "survey", "news"])),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("change"), WAYS),
    st.tuples(st.just("settle"), HOURS, st.sets(st.integers(0, 6), max_size=6)),
    st.tuples(st.just("stop")),
    st.tuples(st.just("hurt")),
    st.tuples(st.just("safe")),
)
#: A week in which London's clocks go back, and one in which they go forward.
STARTS = st.sampled_from([datetime(2026, 10, 23, 11, tzinfo=UTC), datetime(2027, 3, 26, 11, tzinfo=UTC)])


class Model:
    """What a person has said, in the plainest words."""

    def __init__(self) -> None:
        self.ways = {"here"}
        self.window: tuple[int, int] | None = None
        self.days: set[int] = set()
        self.settled = self.stopped = self.unsafe = False

    def may(self, now: datetime) -> bool:
        if self.stopped or self.unsafe or "none" in self.ways:
            return False
        if self.ways & {"here", "text", "call"} and not self.ways & {"here", "text"}:
            return False
        if "times" in self.ways and self.window is None and not self.settled:
            return False
        local = now.astimezone(LONDON)
        first, last = self.window or (8, 20)
        day = local.date()
        if first < last:
            inside = first <= local.hour < last
        else:
            inside = local.hour >= first or local.hour < last
            if local.hour < last:
                day -= timedelta(days=1)
        return inside and (not self.days or day.weekday() in self.days)


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Store]:
    with made("sqlite", request.getfixturevalue, tmp_path_factory.mktemp("sending")) as site:
        yield site.open()


@settings(max_examples=40, derandomize=True, deadline=None)
@example(start=datetime(2026, 10, 23, 11, tzinfo=UTC), steps=[("wait", 12), ("hurt",), ("safe",), ("change", {"none"})])
@given(start=STARTS, steps=st.lists(STEPS, min_size=4, max_size=14))
def test_nothing_ever_leaves_outside_the_window_or_against_not_safe(
    one_store: Store, start: datetime, steps: list[tuple[Any, ...]]
) -> None:
    store, model = one_store, Model()
    person = complained(store, at=start, endpoint=f"number {next(_numbers)}")
    case, left = case_of(store, person), 0

    def look() -> None:
        nonlocal left
        for parcel in deliver(store, "sms", person.now, person.endpoint):
            row = next(row for row in rows(store, models.Outbox) if row["id"] == parcel.id)
            if row["purpose"]:
                left += 1
                assert model.may(person.now), f"{row['purpose']} left at {person.now.astimezone(LONDON):%a %H:%M}"
                assert "shared" not in model.ways or parcel.outgoing.message.lines == (phrases.MESSAGE_WAITS.plain,)

    for what, *more in steps:
        if what == "send":
            send(store, case, person.now, more[0])
        elif what == "wait":
            for _ in range(more[0]):
                person.now += timedelta(hours=1)
                look()
        elif what == "change" and not model.unsafe and not model.stopped:
            if change(person, *sorted(more[0])):
                model.ways, model.window, model.days, model.settled = more[0], None, set(), False
        elif what == "settle":
            (first, last), days = more
            hours = {"from": f"{first:02}:00", "until": f"{last:02}:00", "days": [str(day) for day in days]}
            person.now += timedelta(seconds=1)
            settle(store, case, person.now, **hours)
            model.window, model.days, model.settled = (first, last), days, True
        elif what == "stop" and not model.unsafe:
            person.say("stop")
            model.stopped = True
        elif what == "hurt" and not model.unsafe and not model.stopped:
            person.say("he is hitting me")
            if person.last is not None and person.last.step == "!safe":
                person.say("", choice="!safe=no")
                person.say("", choice="!goon=on")
                model.unsafe = True
        elif what == "safe" and model.unsafe:
            person.now += timedelta(seconds=1)
            settle(store, case, person.now, safe=True)
            model.unsafe, model.window, model.days, model.settled = False, None, set(), True
        look()
    by_hand = [
        task for task in rows(store, models.Task) if task["why"] == "by_hand" and task["talk"] == talk_of(store, case)
    ]
    waiting = [
        row
        for row in rows(store, models.Outbox)
        if row["case_id"] == case and row["purpose"] and row["state"] in ("due", "claimed")
    ]
    sends = sum(step[0] == "send" for step in steps)
    assert left + len(waiting) + len(by_hand) == sends, "never silently dropped"


def talk_of(store: Store, case: int) -> int:
    with store.database.reading() as db:
        return int(db.execute(select(table(models.Case).c.talk).where(table(models.Case).c.id == case)).scalar_one())


# Nothing goes by it --------------------------------------------------------------------------------


def test_only_turns_and_this_door_write_to_the_outbox() -> None:
    """A new row of the outbox is made in two files; whoever adds a third has to think of this gate."""
    root, found = Path(__file__).parents[2], set()
    for package in ("storage", "bot", "console", "casework", "flows"):
        for file in sorted((root / package).rglob("*.py")):
            text = file.read_text()
            makes = _inserts(ast.parse(text)) or 'new["outbox"]' in text
            found |= {str(file.relative_to(root))} if makes else set()
    assert found == {"storage/batch.py", "storage/sending.py"}
    rows_py = (root / "storage/rows.py").read_text()
    assert rows_py.count("OUTBOX") == 2, "its statement writes what storage/batch.py has gathered, and nothing else"


def _inserts(tree: ast.AST) -> bool:
    """Whether somewhere a row of the outbox is inserted, or made as an object."""
    names = {"OUTBOX", "_OUTBOX", "Outbox"}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = getattr(call.func, "id", getattr(call.func, "attr", ""))
        told = {getattr(node, "id", getattr(node, "attr", "")) for one in call.args for node in ast.walk(one)}
        if called == "Outbox" or (called == "insert" and told & names):
            return True
    return False


def test_an_answer_in_a_talk_costs_no_question_more(store: Store) -> None:
    from sqlalchemy import event

    person = complained(store)
    person.say("hello again")
    asked: list[str] = []
    engine = store.database._writer
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *rest: asked.append(statement))
    assert claim(store, NOON)
    outboxes = [one for one in asked if "outbox" in one]
    assert len(outboxes) == 2 and not [one for one in asked if "case_fact" in one or "FROM talk" in one]


def test_ten_thousand_that_wait_do_not_slow_down_the_rest(sqlite_site: Site) -> None:
    """A broadcast in the night: what waits is not looked at again before its time, and answers pass by it."""
    store = sqlite_site.open()
    person = complained(store)
    case, talk = case_of(store, person), talk_of(store, case_of(store, person))
    sent = send(store, case, NIGHT, "milestone")
    (row,) = [dict(row) for row in rows(store, models.Outbox) if row["id"] == sent.outbox]
    many = [row | {"id": row["id"] + n, "talk": talk} for n in range(1, 10_001)]

    def fill(db: Any) -> None:
        db.connection().execute(insert(table(models.Outbox)), many)

    store.writer.write(fill).result(60)
    other = complained(store, at=NIGHT)
    began = clock.perf_counter()
    for _ in range(20):
        assert claim(store, NIGHT) == []
    assert (clock.perf_counter() - began) / 20 < 0.05
    other.say("hello again")
    assert deliver(store, "sms", other.now)


def test_the_gate_is_quick(sqlite_site: Site) -> None:
    """A broadcast asks it for each: 10,000 in well under a minute."""
    store = sqlite_site.open()
    case = case_of(store, complained(store))
    began = clock.perf_counter()
    for _ in range(200):
        judge(store, case)
    assert (clock.perf_counter() - began) / 200 < 0.005


def test_a_draft_that_is_deleted_takes_no_answer_of_staff_with_it(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    person.say("hello again")
    person.say("", choice="kind=compliment")
    person.say("Jo")
    send(store, case, NOON)
    person.say("delete")
    person.say("yes")
    assert ANSWER.lines in said(deliver(store, "sms", NOON))


def test_who_is_told_once_for_each_message(store: Store) -> None:
    person = complained(store)
    change(person, "none")
    case = case_of(store, person)
    for words in ("One.", "Two."):
        send(store, case, NOON, message=Message((words,), "en"))
    assert to_do(store) == [(undelivered.BY_HAND, "reply:none")] * 2, "no words are lost behind an earlier task"


@pytest.mark.parametrize("channel", ["sms", "web"])
def test_of_somebody_erased_nothing_is_sent_and_no_words_are_kept(store: Store, channel: str) -> None:
    case = case_of(store, complained(store, channel))
    store.writer.erase(talk_of(store, case)).result(30)
    assert send(store, case, NOON).verdict.reason == "gone"
    task = rows(store, models.Task)[-1]
    assert (task["why"], task["about"]) == ("by_hand", "reply:gone")
    assert task["words"] is None or claim(store, NOON) == []
