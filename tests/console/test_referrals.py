"""Advocates: what they see, what they never see, what they do, and what the team sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from casework.case import fold
from casework.tasks import tasks
from storage import casefile, desk, dues
from storage.post import Inbound
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.console.test_record import do, events, facts
from tests.storage.people import Person

#: They filed it this long ago: an hour, so that nothing of it lies ahead.
AGO = timedelta(hours=1)


class Young(Person):
    """Somebody who asks for an advocate, and says it in given words."""

    answers: dict[str, str] = {}

    def next(self) -> Inbound:
        step = self.last.step if self.last else ""
        given = self.answers.get(step)
        if given is None:
            return super().next()
        return self.inbound(choice=given) if "=" in given else self.inbound(given)


def asks(house: House, organisation: str = "dudley", channel: str = "sms", **answers: str) -> str:
    """A request for an advocate; its reference."""
    person = Young(house.store.writer, channel=channel, organisation=organisation, endpoint="+441632960000")
    person.now = datetime.now(UTC) - AGO
    person.answers = {"kind": "kind=advocate", "advocate_for": "advocate_for=me", **answers}
    return person.complain().reference


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("referrals")) as made:
        yield made


@pytest.fixture
def team(house: House) -> Browser:
    return house.person("dudley", "complaints")


def advocate(house: House, organisation: str = "dudley") -> tuple[int, Browser]:
    number, _ = house.add(organisation, ("advocate",))
    return number, house.signed_in(number)


def refer(house: House, team: Browser, reference: str, number: int, **more: Any) -> None:
    event = more.pop("event", "referred")
    answer = do(team, reference, event, events(house, reference), staff=str(number), **more)
    assert answer.status_code == 303, answer.text


def step(browser: Browser, reference: str, last: str, seen: int, **values: str) -> Any:
    """Send one of the advocate's forms, as it was drawn when they had recorded ``seen`` steps."""
    name = {"accept": "accepted", "decline": "declined", "arrange": "arranged", "report": "reported", "end": "ended"}
    event = f"advocate_{name.get(last, last)}"
    given = {f"{event}-{key}": value for key, value in values.items()}
    return browser.post(f"/staff/referral/{reference}/{last}", {"events": str(seen), **given})


def owed(house: House, reference: str) -> tuple[tuple[str, ...], set[str]]:
    """Tasks of a record, and its clocks."""
    store = house.store
    with store.database.reading() as db:
        case = casefile.find(db, reference)
        row = db.execute(desk.CASE.select().where(desk.CASE.c.id == case)).one()
        profile = store.procedures.under(row.organisation, row.profile)
        state = fold(profile, casefile.events(db, store.vault, case))
        return tasks(profile, state), {one["clock"] for one in dues.of(db, [case]).get(case, [])}


def test_an_advocate_sees_their_own_and_nothing_else(house: House, team: Browser) -> None:
    first, other = asks(house, story="My placement is ending."), asks(house, story="Something else.")
    number, jo = advocate(house)
    _, stranger = advocate(house)
    assert jo.get(f"/staff/referral/{first}").status_code == 404
    assert "Nobody waits for you" in jo.get("/staff/referrals").text
    refer(house, team, first, number, home="home1", visit="yes", note="The mother is not to know.")
    page = jo.get(f"/staff/referral/{first}").text
    assert "My placement is ending." in page and "Waits for your answer" in page and "The mother" not in page
    assert "they may be reached" in page.casefold()
    assert first in jo.get("/staff/referrals").text and other not in jo.get("/staff/referrals").text
    for path in (f"/referral/{other}", f"/record/{first}", f"/record/{other}"):
        assert jo.get(f"/staff{path}").status_code in (403, 404)
    assert jo.get("/staff/today").status_code == 403 and jo.get("/staff/records?q=placement").status_code == 403
    assert stranger.get(f"/staff/referral/{first}").status_code == 404
    assert first not in stranger.get("/staff/referrals").text
    assert step(stranger, first, "accept", 0).status_code == 404
    assert team.get(f"/staff/referral/{first}").status_code in (403, 404)
    elsewhere, _ = house.add("sandwell", ("advocate",))
    assert house.signed_in(elsewhere).get(f"/staff/referral/{first}").status_code == 404
    assert {"referral", "referrals.list"} <= set(house.audited())


def test_who_would_rather_tell_them_is_taken_at_their_word(house: House, team: Browser) -> None:
    reference = asks(house, story="story=tell_them")
    number, jo = advocate(house)
    refer(house, team, reference, number)
    assert "They would rather tell you themselves." in jo.get(f"/staff/referral/{reference}").text


def test_of_a_complaint_they_see_that_there_is_one_and_what_the_person_agreed_to(house: House, team: Browser) -> None:
    person = Young(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
    person.now, person.story = datetime.now(UTC) - AGO, "Ms Hill shouts at me every evening."
    person.answers = {"who": "who=child", "contact": "contact=text"}
    reference = person.complain().reference
    number, jo = advocate(house)
    refer(house, team, reference, number, event="advocate_referred")
    page = jo.get(f"/staff/referral/{reference}").text
    assert "shouts" not in page and "Hill" not in page and "The next date:" in page
    assert "They will tell you what they want you to know." in page and person.sender in page
    assert owed(house, reference)[1] >= {"advocate.reply", "acknowledgement"}
    assert facts(house, reference)["advocacy"] == {"referred"}
    other = Young(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
    other.now = person.now
    again = other.complain().reference
    refer(house, team, again, number, event="advocate_referred", shared="I am shouted at.")
    assert "I am shouted at." in jo.get(f"/staff/referral/{again}").text


def test_from_taking_it_on_to_its_end_and_the_team_sees_each(house: House, team: Browser) -> None:
    reference = asks(house)
    number, jo = advocate(house)
    refer(house, team, reference, number)
    assert owed(house, reference) == (("advocate_helps",), {"advocate.reply"})
    assert step(jo, reference, "accept", 0, note="Gladly").status_code == 303
    assert owed(house, reference) == (("advocate_helps",), set())
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    answer = step(jo, reference, "arrange", 1, time="16:30", where="The library")
    assert answer.status_code == 422 and "16:30" in answer.text and "needs a day or the next visit" in answer.text
    assert step(jo, reference, "arrange", 1, day=day, time="16:30", where="The library").status_code == 303
    assert "16:30, The library" in jo.get(f"/staff/referral/{reference}").text
    assert step(jo, reference, "met", 2).status_code == 303
    answer = step(jo, reference, "report", 3, what="I want to see my brother.")
    assert answer.status_code == 422 and "I want to see my brother." in answer.text
    assert step(jo, reference, "report", 3, what="I want to see my brother.", agreed="yes").status_code == 303
    assert step(jo, reference, "report", 3, what="Again.", agreed="yes").status_code == 409
    page = team.get(f"/staff/record/{reference}").text
    for said in ("Gladly", "The library", "I want to see my brother.", "The advocate says what the young person wants"):
        assert said in page
    assert step(jo, reference, "end", 4, result="flown away").status_code == 422
    assert step(jo, reference, "end", 4, result="helped").status_code == 303
    assert owed(house, reference)[0] == ("finish",)
    page = jo.get(f"/staff/referral/{reference}").text
    assert "My worker never rings back." not in page and "not shown any more" in page
    assert reference in jo.get("/staff/referrals?list=ended").text
    assert reference not in jo.get("/staff/referrals").text


def test_what_is_not_possible_goes_back_to_the_team_and_is_theirs_no_longer(house: House, team: Browser) -> None:
    reference = asks(house)
    number, jo = advocate(house)
    refer(house, team, reference, number)
    assert step(jo, reference, "decline", 0).status_code == 422
    answer = step(jo, reference, "decline", 0, why="I am full until May.")
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/referrals")
    assert jo.get(f"/staff/referral/{reference}").status_code == 404
    assert reference not in jo.get("/staff/referrals").text + jo.get("/staff/referrals?list=ended").text
    assert owed(house, reference)[0] == ("advocate_again",)
    assert facts(house, reference)["advocacy"] == {"asked"}
    assert reference in team.get("/staff/today?list=advocate").text
    assert "I am full until May." in team.get(f"/staff/record/{reference}").text
    second, sam = advocate(house)
    refer(house, team, reference, second)
    assert sam.get(f"/staff/referral/{reference}").status_code == 200
    assert owed(house, reference) == (("advocate_helps",), {"advocate.reply"})
    assert jo.get(f"/staff/referral/{reference}").status_code == 404


def test_the_list_before_a_visit_has_homes_and_needs_and_no_story(house: House, team: Browser) -> None:
    number, jo = advocate(house)
    here, there, nowhere = (asks(house, story="A secret of mine.") for _ in range(3))
    refer(house, team, here, number, home="home1", visit="yes", called="Amara")
    refer(house, team, there, number, home="home2", visit="yes")
    refer(house, team, nowhere, number, home="home1")
    page = jo.get("/staff/referrals/visit").text
    assert (
        "Amara" in page and here in page and there in page and nowhere not in page and "A secret of mine." not in page
    )
    one = jo.get("/staff/referrals/visit?home=home2").text
    assert there in one and here not in one
    step(jo, nowhere, "accept", 0)
    step(jo, nowhere, "arrange", 1, visit="yes")
    assert nowhere in jo.get("/staff/referrals/visit").text
    step(jo, here, "end", 0, result="not_reached")
    assert here not in jo.get("/staff/referrals/visit").text


def test_a_missed_reply_is_a_task_of_the_team(house: House, team: Browser) -> None:
    from storage.dues import fall_due

    reference = asks(house)
    number, _ = advocate(house)
    refer(house, team, reference, number)
    later = datetime.now(UTC) + timedelta(days=14)

    def look(db: Any) -> None:
        case = casefile.find(db.connection(), reference)
        fall_due(db.connection(), case, later)

    house.store.writer.write(look).result(10)
    with house.store.database.reading() as db:
        query = select(desk.TASK.c.why).where(desk.TASK.c.about == "advocate.reply", desk.TASK.c.done_at.is_(None))
        assert "overdue" in set(db.execute(query).scalars())


def test_by_keyboard_and_on_a_phone_with_nothing_that_axe_finds(house: House, team: Browser) -> None:
    number, _ = advocate(house)
    for home, story in (("home1", "My placement is ending. " * 30), ("home2", "story=tell_them")):
        refer(house, team, asks(house, story=story), number, home=home, visit="yes")
    with chromium() as browser:
        for size in (DESKTOP, PHONE):
            desk_ = Desk(house, browser, number, size)
            for path in ("/referrals", "/referrals/visit", "/referrals?list=ended"):
                page = desk_.open(path)
                assert serious(page) == [] and not overflows(page), path
            desk_.open("/referrals").locator("a.reference").first.click()
            page = desk_.page
            page.get_by_text("It is not possible for me").click()
            assert serious(page) == [] and not overflows(page)
            desk_.context.close()
