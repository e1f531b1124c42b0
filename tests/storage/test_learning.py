"""What was learned, from one record or many; and “you said, we did” to everybody who raised it, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.work import news as sender
from casework.calendar import LONDON
from casework.case import fold
from casework.tasks import tasks
from storage import casefile, jobs, learning, models, news, news_page
from storage.ids import new_id
from storage.learning import Action, Changed, Desk, TooMany
from storage.models import table
from storage.models_learning import Learning, NewsTold
from storage.news import Ask, Busy, Words
from storage.sealer import Sealer
from storage.store import Store
from tests.storage.looking import rows
from tests.storage.people import Person
from tests.storage.test_sending import NIGHT, NOON, case_of, change, complained, deliver, said

TODAY = NOON.date()
ENGLISH = Words("en", "Ringing back", "Nobody rings us back.", "A person now rings back within a day.")
MONTH = Ask(TODAY - timedelta(days=30), TODAY)


@dataclass(frozen=True)
class Seen:
    """A reach, as the console gives it."""

    organisation: str = "example"
    staff: int = 1
    all: bool = True
    services: frozenset[str] = frozenset()
    danger: bool = False
    referred: bool = False
    knows: str = "all"


def desk(store: Store, now: datetime = NOON) -> Desk:
    return Desk(Sealer(store.vault.ring), store.vault, store.procedures, "Sam Hall", "staff:1", now)


def learned(store: Store, cases: Iterable[int] = (), **more: Any) -> Action:
    made = Action(
        new_id(), more.pop("organisation", "example"), "Calls were forgotten.", "A list of calls to make.", 1,
        more.pop("due", date(2026, 12, 1)), **more,
    )  # fmt: skip
    store.writer.write(lambda db: learning.add(db, desk(store), made, cases)).result(30)
    return current(store, made)


def current(store: Store, one: Action) -> Action:
    with store.database.reading() as db:
        found = learning.action(db, Sealer(store.vault.ring), one.id)
    assert found is not None
    return found


def done(store: Store, one: Action, on: date = TODAY) -> Action:
    store.writer.write(lambda db: learning.done(db, desk(store), one, on, "The list is kept.")).result(30)
    return current(store, one)


def fact(store: Store, case: int, name: str, value: str) -> None:
    row = {"case_id": case, "fact": name, "value": value, "organisation": "example"}
    store.writer.write(lambda db: db.connection().execute(insert(table(models.CaseFact)), row)).result(30)


def state(store: Store, case: int) -> Any:
    with store.database.reading() as db:
        return casefile.state(db, store.vault, store.procedures, case)


# Actions -------------------------------------------------------------------------------------------


def test_one_action_from_two_records_is_done_checked_and_done_again(store: Store) -> None:
    cases = [case_of(store, complained(store)) for _ in range(2)]
    one = learned(store, cases, themes=("staff",), services=("youth",))
    for case in cases:
        (event,) = state(store, case).all("learned")
        assert event.said("learning") == str(one.id) and event.said("owner") == "Sam Hall"
        assert "learning" in tasks(store.procedures.now("example"), state(store, case))
    assert b"forgotten" not in bytes(rows(store, Learning)[0]["body"])
    one = done(store, one)
    assert (one.state, one.check_by, one.evidence) == ("done", date(2027, 2, 20), "The list is kept.")
    for case in cases:
        assert len(state(store, case).all("learning_done")) == 1
        assert "learning" not in tasks(store.procedures.now("example"), state(store, case))
    again = date(2027, 3, 1)
    store.writer.write(lambda db: learning.checked(db, desk(store), one, False, TODAY, "Slipped.", again)).result(30)
    one = current(store, one)
    assert (one.state, one.due, one.check_by) == ("slipped", again, None)
    assert "learning" in tasks(store.procedures.now("example"), state(store, cases[0]))
    one = done(store, one)
    store.writer.write(lambda db: learning.checked(db, desk(store), one, True, TODAY, "Seen.", None)).result(30)
    assert current(store, one).state == "lasted"


def test_two_who_change_it_at_once_do_not_overwrite_each_other(store: Store) -> None:
    one = learned(store)
    store.writer.write(lambda db: learning.change(db, desk(store), replace(one, action="First"))).result(30)
    with pytest.raises(Changed):
        store.writer.write(lambda db: learning.change(db, desk(store), replace(one, action="Second"))).result(30)
    with pytest.raises(Changed):
        done(store, one)
    assert current(store, one).action == "First"


def test_a_record_is_linked_once_and_an_erased_one_says_nothing(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    one = learned(store, [case])
    store.writer.write(lambda db: learning.link(db, desk(store), one, [case])).result(30)
    assert len(state(store, case).all("learned")) == 1
    store.writer.erase(rows(store, models.Talk)[0]["id"]).result(30)
    assert done(store, one).state == "done"
    with pytest.raises(TooMany):
        store.writer.write(lambda db: learning.link(db, desk(store), one, range(10**6, 10**6 + 60))).result(30)


def test_who_sees_which(store: Store) -> None:
    case = case_of(store, complained(store))
    mine, other = learned(store, [case], services=("youth",)), learned(store, services=("fostering",))
    sealer = Sealer(store.vault.ring)

    def seen(**more: Any) -> set[int]:
        with store.database.reading() as db:
            return {one.id for one in learning.every(db, sealer, Seen(**more))}

    assert seen() == {mine.id, other.id}
    assert seen(all=False, staff=9, services=frozenset({"youth"})) == {mine.id}
    assert seen(all=False, staff=9) == set() and seen(all=False, staff=1) == {mine.id, other.id}
    assert seen(organisation="another") == set()
    with store.database.reading() as db:
        assert learning.linked(db, Seen(), mine.id).records[0][1] == "complaint"
        assert learning.linked(db, Seen(all=False), mine.id).hidden == 1
        late = learning.overdue(db, sealer, Seen(), date(2026, 12, 2))
    assert {one.id for one in late} == {mine.id, other.id}


def test_a_later_stage_wants_an_action_plan_until_there_is_one() -> None:
    from casework.procedure import load
    from casework.record import CaseEvent

    profile, day = load("dudley"), timedelta(days=1)
    at = datetime(2026, 3, 2, 12, tzinfo=LONDON)
    history = [
        CaseEvent("filed", at, data={"kind": "complaint"}), CaseEvent("stage1.begun", at + day),
        CaseEvent("stage1.answered", at + 2 * day), CaseEvent("stage2.requested", at + 3 * day),
    ]  # fmt: skip
    assert "plan" not in tasks(profile, fold(profile, history))
    history.append(CaseEvent("stage2.answered", at + 9 * day))
    assert "plan" in tasks(profile, fold(profile, history))
    plan = {"what": "x", "owner": "y", "due": "2026-06-01"}
    assert "plan" not in tasks(profile, fold(profile, [*history, CaseEvent("learned", at + 10 * day, data=plan)]))


# You said, we did ---------------------------------------------------------------------------------


def raised(
    store: Store, person: Person, theme: str = "staff", *, news: str = "both", ways: tuple[str, ...] = ()
) -> int:
    """Their record has that theme, and they said that they want to hear what changed."""
    case = case_of(store, person)
    fact(store, case, "theme", theme)
    change(person, *(ways or ("here",)), news=news)
    deliver(store, person.channel, NOON, person.endpoint)
    return case


def ready(store: Store, *words: Words, **more: Any) -> Action:
    one = done(store, learned(store, themes=("staff",), **more))
    for each in words or (ENGLISH,):
        store.writer.write(lambda db, each=each: news.write(db, one, each, "staff:1", NOON)).result(30)
    return one


def begin(store: Store, one: Action, ask: Ask = MONTH, now: datetime = NOON) -> int:
    number = new_id()
    store.writer.write(lambda db: news.begin(db, number, one, ask, "staff:1", now)).result(30)
    return number


def work(store: Store, now: datetime = NOON) -> None:
    while leased := store.writer.write(lambda db: jobs.claim(db, now, (news.KIND,))).result(30):
        for job in leased:
            sender.run(store, job, now)


def send(store: Store, one: Action, ask: Ask = MONTH, now: datetime = NOON) -> news.News:
    number = begin(store, one, ask, now)
    work(store, now)
    with store.database.reading() as db:
        found = news.load(db, number)
    assert found is not None
    return found


def looked(store: Store, one: Action, ask: Ask = MONTH, now: datetime = NOON) -> news.Preview:
    with store.database.reading() as db:
        return news.preview(db, store.vault, one, ask, now)


def test_everybody_who_raised_it_is_told_once(store: Store) -> None:
    people = [complained(store) for _ in range(5)]
    for person in people[:3]:
        raised(store, person)
    raised(store, people[3], news="how")
    raised(store, people[4], "other")
    one = ready(store)
    before = looked(store, one)
    assert (before.now, before.later, dict(before.refused), before.people) == (3, 0, {"refused": 1}, 4)
    found = send(store, one)
    assert (found.state, found.people, found.refused, found.unwritten) == ("sent", 4, 1, 0)
    gone = deliver(store, "sms", NOON)
    assert {parcel.outgoing.to for parcel in gone} == {person.sender for person in people[:3]}
    assert "A person now rings back within a day." in said(gone)[0][2]
    assert send(store, one).people == 1, "only who was not told before"
    assert deliver(store, "sms", NOON) == [] and looked(store, one).told == 3
    with store.database.reading() as db:
        assert news.came(db, found.id)["sent"] == 3


def test_several_records_of_one_person_are_one_message(store: Store) -> None:
    person = complained(store)
    first = raised(store, person)
    person.say("1")
    for _ in range(40):
        if person.heard(store.writer.take(person.next()).result(30)).reference:
            break
    cases = [row["id"] for row in rows(store, models.Case)]
    assert len(cases) == 2 and first in cases
    fact(store, max(cases), "theme", "staff")
    deliver(store, "sms", person.now)
    assert send(store, ready(store)).people == 1
    assert len(deliver(store, "sms", NOON)) == 1


@pytest.mark.parametrize("killed", [0, 1, 2])
def test_killed_in_the_middle_it_goes_on_where_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    monkeypatch.setattr(sender, "TOGETHER", 1)
    people = [complained(store) for _ in range(4)]
    for person in people:
        raised(store, person)
    one = ready(store)
    number = begin(store, one)
    (job,) = store.writer.write(lambda db: jobs.claim(db, NOON, (news.KIND,))).result(30)
    with store.database.reading() as db:
        going = news.load(db, number)
        assert going is not None
        some = news.next_people(db, one, going, killed)
        messages = news.drawn(store.worlds("example"), news.words(db, one.id))
    if some:  # and then the process dies
        store.writer.write(lambda db: news.tell(db, store.vault, job, one, some, messages, NOON)).result(30)
    later = NOON + timedelta(minutes=5)
    work(store, later)
    assert len(deliver(store, "sms", later)) == 4 and len(rows(store, NewsTold)) == 4
    with pytest.raises(jobs.Lost):
        store.writer.write(lambda db: news.tell(db, store.vault, job, one, some, messages, NOON)).result(30)


def test_it_waits_for_the_morning_and_can_be_stopped_until_then(store: Store) -> None:
    people = [complained(store) for _ in range(2)]
    for person in people:
        raised(store, person)
    one = ready(store)
    assert looked(store, one, now=NIGHT).later == 2
    number = begin(store, one, now=NIGHT)
    with pytest.raises(Busy):
        begin(store, one, now=NIGHT)
    work(store, NIGHT)
    assert deliver(store, "sms", NIGHT) == []
    assert store.writer.write(lambda db: news.stop(db, one, number, NIGHT)).result(30) == 2
    assert deliver(store, "sms", NIGHT + timedelta(hours=12)) == []
    assert looked(store, one).now == 2, "they may be told another time"


def test_stopped_before_it_began_nobody_is_told(store: Store) -> None:
    raised(store, complained(store))
    one = ready(store)
    number = begin(store, one)
    store.writer.write(lambda db: news.stop(db, one, number, NOON)).result(30)
    work(store)
    assert deliver(store, "sms", NOON) == []


def test_nobody_to_tell_is_said_and_done(store: Store) -> None:
    one = ready(store)
    assert looked(store, one).people == 0
    assert send(store, one).state == "sent"


def test_who_may_not_be_told(store: Store) -> None:
    stopped, unsafe, shared, unasked = (complained(store) for _ in range(4))
    for person in (stopped, unsafe):
        raised(store, person)
    raised(store, shared, ways=("here", "shared"))
    stopped.say("stop")
    unsafe.say("my dad is hitting me")
    fact(store, case_of(store, unasked), "theme", "staff")
    deliver(store, "sms", NOON)
    one = ready(store)
    found = looked(store, one)
    assert found.refused["stopped"] == 1 and found.refused["danger"] == 1
    before = len(rows(store, models.Task))
    sent = send(store, one)
    assert sent.people - sent.refused == found.now and len(rows(store, models.Task)) == before, "no task for each"
    neutral = [parcel for parcel in deliver(store, "sms", NOON) if parcel.outgoing.to == shared.sender]
    assert [line for parcel in neutral for line in said([parcel])[0]] and "rings" not in str(said(neutral))


def test_a_language_without_words_is_left_out_or_told_in_english(store: Store) -> None:
    english, other = complained(store), complained(store)
    raised(store, english)
    case = raised(store, other)

    def welsh(db: Any) -> None:
        talk, cases = table(models.Talk), table(models.Case)
        of = cases.select().where(cases.c.id == case)
        db.connection().execute(
            talk.update().where(talk.c.id == db.connection().execute(of).one().talk).values(language="cy")
        )

    store.writer.write(welsh).result(30)
    one = ready(store)
    found = looked(store, one)
    assert (found.now, dict(found.unwritten)) == (1, {"cy": 1})
    assert looked(store, one, replace(MONTH, fallback="en")).now == 2
    assert send(store, one).unwritten == 1
    deliver(store, "sms", NOON)
    assert send(store, one, replace(MONTH, fallback="en")).people == 1, "now the other one is told"


def test_the_period_and_the_service_narrow_it_and_the_records_it_came_from_count(store: Store) -> None:
    here, elsewhere, source = (complained(store) for _ in range(3))
    case = raised(store, here)
    fact(store, case, "services", "swimming")
    raised(store, elsewhere)
    raised(store, source, "other")
    one = done(store, learned(store, [case_of(store, source)], themes=("staff",), services=("swimming",)))
    assert looked(store, one).people == 2
    old = Ask(TODAY - timedelta(days=90), TODAY - timedelta(days=60))
    assert looked(store, one, old).people == 1, "those it came from"


def test_what_is_published(store: Store) -> None:
    one = ready(store)

    def there(organisation: str = "example") -> list[news_page.Published]:
        with store.database.reading() as db:
            assert news_page.any_published(db, organisation) == bool(news_page.published(db, organisation))
            return news_page.published(db, organisation)

    assert there() == []
    store.writer.write(lambda db: news.publish(db, one, "staff:1", NOON)).result(30)
    (shown,) = there()
    assert (shown.day, shown.words["en"]) == (TODAY, ENGLISH) and there("another") == []
    store.writer.write(lambda db: news.publish(db, one, "staff:1", None)).result(30)
    assert there() == []
