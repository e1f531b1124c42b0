"""Campaigns: a keyword that works the moment it is saved, a poster, figures; holidays of ones own that move dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import console
from bot import jobs
from bot.app import place
from bot.channels.sms import again, entered
from console.campaignview import aim, understood
from console.roles import Reach
from storage import casefile, desk, own_holidays
from storage.campaigns import Campaign
from storage.desk import Filters
from storage.own_holidays import Own
from storage.post import Inbound
from storage.procedures import Procedures
from tests.console.conftest import Browser, House, running
from tests.console.desk import sent
from tests.storage.people import Person

WEEK = {"name": "Speak up week", "code": "speakup"}
WAYS = {"dudley": (console.Way("sms", "+44 7700 900123"), console.Way("telegram", "dudley_hearback_bot"))}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("campaigns"), lambda site: replace(site, ways=WAYS)) as made:
        yield made


@pytest.fixture(scope="module")
def boss(house: House) -> Browser:
    return house.person("dudley", "complaints")


@pytest.fixture(scope="module")
def week(house: House, boss: Browser) -> str:
    """A campaign of Dudley; its code."""
    given = {**WEEK, "kind": "informal", "service": "fostering", "action_days": "14", "regulator": "Not upheld."}
    assert boss.post("/staff/settings/campaigns/add", given).status_code == 303
    return WEEK["code"]


def come(house: House, entry: dict[str, str], at: datetime | None = None) -> Person:
    """Somebody who comes by a way in: greeted, and asked the first thing."""
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.now = at or person.now
    person.heard(house.store.writer.take(replace(person.inbound(event="open"), entry=entry)).result(30))
    return person


def facts(house: House, reference: str) -> dict[str, tuple[str, ...]]:
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
        rows = db.execute(desk.FACT.select().where(desk.FACT.c.case_id == case)).all()
    return {row.fact: tuple(other.value for other in rows if other.fact == row.fact) for row in rows}


# Ways in ----------------------------------------------------------------------------------------


def test_the_keyword_works_the_moment_it_is_saved(house: House, week: str) -> None:
    entries = house.store.procedures.entries("dudley")
    entry = {"campaign": "speakup", "kind": "informal", "services": "fostering"}
    assert entries["speakup"] == entries["SpeakUp"] == entry
    assert entries["maple"] == {"services": "home1"} and set(entries) >= {"speakup", "maple", "thanks"}
    chat = place(house.site.profiles["dudley"], entries)
    assert chat.entries.get("SPEAKUP") == entry and chat.entries.get("nothing") is None
    text = Inbound(
        "dudley", "sms", "dudley", "+447700900001", "SM1", datetime.now(UTC), text="SPEAKUP the food is cold"
    )
    assert (entered(text, entries).entry, entered(text, entries).text) == (entry, "the food is cold")
    alone = again(replace(text, text=" Speakup "), entries)
    assert (alone.entry, alone.text) == (entry, "start")
    assert again(text, entries) == text, "whoever has been here says a whole sentence: nothing is taken from it"
    assert "speakup" not in house.store.procedures.entries("sandwell")


def test_another_process_knows_it_with_its_next_transaction(house: House, week: str) -> None:
    other = Procedures(house.store.database, house.site.profiles)
    assert "speakup" not in other.entries("dudley")
    with house.store.database.reading() as db:
        other.refresh(db)
    assert other.entries("dudley")["speakup"]["campaign"] == "speakup"


def test_a_record_counts_to_its_campaign_and_is_found_by_it(house: House, boss: Browser, week: str) -> None:
    person = come(house, dict(house.store.procedures.entries("dudley")["speakup"]))
    reference = person.complain().reference
    found = facts(house, reference)
    assert found["campaign"] == ("speakup",) and found["kind"] == ("informal",) and found["services"] == ("fostering",)
    assert "campaign_time" not in found
    with house.store.database.reading() as db:
        page = desk.page(db, Reach("dudley", 1, all=True), "all", Filters(campaign="speakup"), house.clock())
    assert [item.reference for item in page.items] == [reference]
    assert reference in boss.get("/staff/records?campaign=speakup").text
    shown = boss.get("/staff/settings/campaigns/speakup").text
    assert "<strong>1</strong>Records" in shown and "/staff/records?campaign=speakup" in shown


def test_an_entry_makes_nothing_a_must(house: House, week: str) -> None:
    """What may be skipped without the campaign may be skipped with it, and the chosen service can be changed."""

    def optional(entry: dict[str, str]) -> set[str]:
        person, found = come(house, entry), set()
        for _ in range(30):
            assert person.last is not None
            if any(one.token.startswith("/skip") for one in person.last.choices):
                found.add(person.last.step)
            reply = person.heard(house.store.writer.take(person.next()).result(30))
            if reply.reference:
                return found
        raise AssertionError("no receipt")

    with_it = optional(dict(house.store.procedures.entries("dudley")["speakup"]))
    assert optional({"kind": "informal"}) - with_it <= {"services"}


def test_before_and_after_it_still_opens_and_says_so(house: House, boss: Browser) -> None:
    day = house.clock().date()
    for code, opens, closes, time in (
        ("tomorrow1", day + timedelta(days=1), None, "early"),
        ("yesterday1", None, day - timedelta(days=1), "late"),
        ("justtoday", day, day, ""),
    ):
        given = {"name": code, "code": code, "opens": opens or "", "closes": closes or ""}
        assert boss.post("/staff/settings/campaigns/add", given).status_code == 303
        reference = sent_by(house, code)
        assert facts(house, reference).get("campaign") == (code,)
        assert facts(house, reference).get("campaign_time", ("",)) == (time,)
    shown = boss.get("/staff/settings/campaigns").text
    assert "not open yet" in shown and ">closed<" in shown
    assert "Came after it closed" in boss.get("/staff/settings/campaigns/yesterday1").text


def sent_by(house: House, code: str) -> str:
    return come(house, dict(house.store.procedures.entries("dudley")[code]), at=house.clock()).complain().reference


def test_a_campaign_that_nobody_knows_is_not_counted(house: House) -> None:
    person = come(house, {"campaign": "made-up-by-a-stranger", "kind": "complaint"})
    assert "campaign" not in facts(house, person.complain().reference)


def test_somebody_who_comes_back_days_later_by_the_keyword(house: House, week: str) -> None:
    person = Person(house.store.writer, organisation="dudley", channel="sms", endpoint="dudley")
    first = person.complain().reference
    person.now += timedelta(days=3)
    entries = house.store.procedures.entries("dudley")
    person.heard(house.store.writer.take(again(person.inbound("Speakup"), entries)).result(30))
    second = person.complain().reference
    assert second != first and facts(house, second)["campaign"] == ("speakup",)
    assert "campaign" not in facts(house, first)


# Its pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write what it is called"),
        ({"name": "n" * 121}, "Shorten this to 120 characters"),
        ({"code": ""}, "Write a keyword"),
        ({"code": "ab"}, "3 to 20 letters and digits"),
        ({"code": "x" * 21}, "3 to 20 letters and digits"),
        ({"code": "speak up"}, "3 to 20 letters and digits"),
        ({"code": "llŷr"}, "3 to 20 letters and digits"),
        ({"code": "2026"}, "3 to 20 letters and digits"),
        ({"code": "'; drop"}, "3 to 20 letters and digits"),
        ({"code": "STOP"}, "already means something"),
        ({"code": "stopall"}, "already means something"),
        ({"code": "yes"}, "already means something"),
        ({"code": "stopio"}, "already means something"),
        ({"code": "welsh"}, "already means something"),
        ({"code": "Maple"}, "a keyword of the organisation already"),
        ({"code": "fostering"}, "is a service"),
        ({"code": "cedarhouse"}, "is a service"),
        ({"code": "complaint"}, "is a kind of record"),
        ({"code": "canmoliaeth"}, "is a kind of record"),
        ({"code": "SPEAKUP"}, "Another campaign has this keyword"),
        ({"opens": "soon"}, "Write a day, as 2027-03-31"),
        ({"opens": "1999-01-01"}, "Write a day from"),
        ({"opens": "2027-03-02", "closes": "2027-03-01"}, "It closes before it opens"),
        ({"action_days": "two"}, "Write a whole number of working days"),
        ({"action_days": "-1"}, "Write a whole number of working days"),
        ({"action_days": "9999"}, "Write a whole number of working days"),
        ({"regulator": "r" * 501}, "Shorten this to 500 characters"),
    ],
)
def test_a_form_with_something_wrong_says_what(
    house: House, boss: Browser, week: str, wrong: dict[str, str], said: str
) -> None:
    before = house.count("campaign")
    answer = boss.post("/staff/settings/campaigns/add", {"name": "Another", "code": "another", **wrong})
    assert answer.status_code == 422 and said in answer.text and house.count("campaign") == before
    assert "Another" in answer.text or "name" in wrong, "nothing typed is lost"


def test_what_was_never_offered_is_left_out(house: House, boss: Browser) -> None:
    given = {"name": "Odd", "code": "oddone", "kind": "person", "service": "moon", "language": "xx", "responder": "7"}
    assert boss.post("/staff/settings/campaigns/add", given).status_code == 303
    assert house.store.procedures.entries("dudley")["oddone"] == {"campaign": "oddone"}


def test_every_word_of_a_conversation_is_known() -> None:
    assert {"help", "stop", "unstop", "urgent", "danger", "cymraeg", "arabic", "dunno"} <= understood()


def test_a_campaign_is_changed_but_not_its_keyword(house: House, boss: Browser, week: str) -> None:
    page = boss.get("/staff/settings/campaigns/speakup/change").text
    before = re.findall(r'name="before" value="([^"]+)"', page)[0]
    given = {"name": "Speak up month", "code": "other", "kind": "informal", "service": "fostering", "before": before}
    assert boss.post("/staff/settings/campaigns/speakup/change", given).status_code == 303
    assert "Speak up month" in boss.get("/staff/settings/campaigns/speakup").text
    assert "other" not in house.store.procedures.entries("dudley")
    stale = boss.post("/staff/settings/campaigns/speakup/change", {**given, "name": "Mine"})
    assert stale.status_code == 422 and "Somebody has changed this meanwhile" in stale.text and "Mine" in stale.text


def test_only_a_campaign_without_records_is_taken_away(house: House, boss: Browser) -> None:
    for code in ("unused1", "used1"):
        boss.post("/staff/settings/campaigns/add", {"name": code, "code": code})
    sent_by(house, "used1")
    assert boss.post("/staff/settings/campaigns/unused1/remove").status_code == 303
    assert "unused1" not in house.store.procedures.entries("dudley")
    answer = boss.post("/staff/settings/campaigns/used1/remove")
    assert answer.status_code == 422 and "Records have come of it" in answer.text
    assert boss.get("/staff/settings/campaigns/unused1").status_code == 404


def test_the_poster_and_the_code_of_every_language(house: House, boss: Browser, week: str) -> None:
    page = boss.get("/staff/settings/campaigns/speakup").text
    assert f"{house.url}/dudley/?from=speakup" in page and "SPEAKUP to +44 7700 900123" in page
    assert "https://t.me/dudley_hearback_bot?start=speakup" in page
    said = set()
    for code in ("en", "cy", "ar"):
        poster = boss.get(f"/staff/settings/campaigns/speakup/poster?lang={code}").text
        assert "SPEAKUP" in poster and "+44 7700 900123" in poster and "999" in poster and "from=speakup" in poster
        assert f'lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}"' in poster
        said.add(re.findall(r'<p class="say">(.*?)</p>', poster)[0])
        drawn = boss.get(f"/staff/settings/campaigns/speakup/qr.svg?lang={code}")
        assert drawn.headers["Content-Type"] == "image/svg+xml" and drawn.text.startswith("<svg")
    assert len(said) == 3, "the poster speaks each language"
    assert boss.get("/staff/settings/campaigns/speakup/poster?lang=<b>").status_code == 200
    assert "attachment" in boss.get("/staff/settings/campaigns/speakup/qr.svg?save=1").headers["Content-Disposition"]
    assert house.person("dudley", "officer").get("/staff/settings/campaigns/speakup/poster").status_code == 200
    assert house.person("sandwell", "complaints").get("/staff/settings/campaigns/speakup").status_code == 404
    assert house.person("dudley", "officer").get("/staff/settings/campaigns/add").status_code == 403


def test_the_aim_counts_working_days() -> None:
    calendar = load_calendar()
    campaign = Campaign(1, "dudley", "a", "A", action_days=3)
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    # Sent on Monday: Tuesday, Wednesday, Thursday are its three days. What came earlier is past the aim on Friday.
    found = aim(calendar, campaign, friday)
    assert found is not None and found.date() == date(2026, 11, 17)
    assert aim(calendar, replace(campaign, action_days=0), friday) is None


def load_calendar() -> Any:
    from casework.procedure import load

    return load("dudley").calendar


# Holidays ---------------------------------------------------------------------------------------

SENT = datetime(2027, 3, 1, 10, tzinfo=UTC)  # a Monday; ten working days after it is the 15th


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console whose working days a test may change."""
    with running(tmp_path_factory.mktemp("holidays")) as made:
        made.clock.ahead = SENT + timedelta(hours=1) - datetime.now(UTC)
        yield made


def work(house: House) -> None:
    """What the server's background work does."""
    jobs.work_due(house.store, house.clock)


def due(house: House, reference: str) -> date:
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
        query = desk.DUE.select().where(desk.DUE.c.case_id == case, desk.DUE.c.clock == "stage1.response")
        return db.execute(query).one().due


def test_a_holiday_of_ones_own_moves_the_day_and_the_day_that_is_told(own: House) -> None:
    reference = sent(own, "dudley", SENT)
    jobs.plan(own.store, own.clock())
    work(own)
    assert due(own, reference) == date(2027, 3, 15)
    boss = own.person("dudley", "complaints")
    given = {"day": "2027-03-08", "name": "Council closed", "works": "no"}
    seen = boss.get("/staff/settings/holidays/look", params=given).text
    assert "Open dates that move: " in seen and "Monday 15 March 2027" in seen and "Tuesday 16 March 2027" in seen
    assert own.count("own_holiday") == 0, "looking saves nothing"
    assert boss.post("/staff/settings/holidays/add", given).status_code == 303
    assert "being counted again" in boss.get("/staff/settings/holidays").text
    work(own)
    assert due(own, reference) == date(2027, 3, 16)
    shown = boss.get("/staff/settings/holidays").text
    assert "Council closed" in shown and "What moved lately" in shown and "Tuesday 16 March 2027" in shown
    assert "being counted again" not in shown
    record = boss.get(f"/staff/record/{reference}").text
    assert "Tuesday 16 March 2027" in record and "tell the person" in record
    # Somebody new is told the day with the holiday in it, and its remaining days are counted so.
    person = Person(own.store.writer, organisation="dudley", channel="sms", endpoint="+441632960000")
    person.now = SENT + timedelta(hours=2)
    later = person.complain()
    assert "16 March 2027" in str([message for _, message in later.messages])
    assert due(own, later.reference) == date(2027, 3, 16)
    # Taken back, it all moves back.
    assert "Monday 15 March 2027" in boss.get("/staff/settings/holidays/2027-03-08").text
    assert boss.post("/staff/settings/holidays/2027-03-08/remove").status_code == 303
    work(own)
    assert due(own, reference) == due(own, later.reference) == date(2027, 3, 15)
    assert {"holiday.add", "holiday.remove"} <= set(own.audited())


def test_only_ones_own_organisation_and_its_working_days_move(own: House) -> None:
    other, ours = sent(own, "sandwell", SENT), sent(own, "dudley", SENT)
    jobs.plan(own.store, own.clock())
    boss = own.person("dudley", "complaints")
    before = due(own, other)
    assert (
        boss.post("/staff/settings/holidays/add", {"day": "2027-03-03", "name": "Closed", "works": "no"}).status_code
        == 303
    )
    work(own)
    assert due(own, other) == before and due(own, ours) == date(2027, 3, 16)
    # On Good Friday, 26 March 2027, they work after all.
    late = sent(own, "dudley", SENT + timedelta(days=21))
    assert due(own, late) == date(2027, 4, 7)
    given = {"day": "2027-03-26", "name": "Open on Good Friday", "works": "yes"}
    assert boss.post("/staff/settings/holidays/add", given).status_code == 303
    work(own)
    assert due(own, late) == date(2027, 4, 6)


def test_a_store_that_opens_again_has_the_same_days(own: House) -> None:
    at = own.clock()
    day = Own(date(2027, 3, 8), False, "Closed", "staff:1", at)
    procedures = own.store.procedures
    own.store.writer.write(lambda db: own_holidays.add(db.connection(), procedures, "dudley", day)).result(10)
    fresh = Procedures(own.store.database, own.site.profiles)
    with own.store.database.reading() as db:
        fresh.refresh(db)
    assert not fresh.now("dudley").calendar.works(date(2027, 3, 8)) and fresh.now("sandwell").calendar.works(day.day)
    version = own.site.profiles["dudley"].version
    assert fresh["dudley"].version == version, "a holiday of staff makes no new version of the procedure"
    assert not fresh.under("dudley", version).calendar.works(day.day)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": ""}, "Choose a day"),
        ({"day": "Monday"}, "Write a day, as 2027-03-31"),
        ({"day": "2027-02-30"}, "Write a day, as 2027-03-31"),
        ({"day": "1990-03-05"}, "Write a day from"),
        ({"day": "2027-03-06"}, "Saturdays and Sundays never count"),
        ({"day": "2027-03-26"}, "Nobody works on this day already"),
        ({"works": "yes"}, "This is a working day already"),
        ({"works": "perhaps"}, "Choose one"),
        ({"name": "  "}, "Write what the day is"),
        ({"name": "n" * 100}, "Shorten this to 80 characters"),
    ],
)
def test_a_day_with_something_wrong_says_what(house: House, boss: Browser, wrong: dict[str, str], said: str) -> None:
    house.clock.ahead = SENT - datetime.now(UTC)
    try:
        jo = house.person("dudley", "complaints")
        given = {"day": "2027-03-08", "name": "Closed", "works": "no", **wrong}
        for answer in (
            jo.get("/staff/settings/holidays/look", params=given),
            jo.post("/staff/settings/holidays/add", given),
        ):
            assert answer.status_code == 422 and said in answer.text
        assert house.count("own_holiday") == 0
        assert jo.get("/staff/settings/holidays/2027-03-08").status_code == 404
        assert jo.post("/staff/settings/holidays/nonsense/remove").status_code == 404
    finally:
        house.clock.ahead = timedelta()


def test_the_same_day_twice_is_said(own: House) -> None:
    boss = own.person("dudley", "administrator")
    given = {"day": "2027-03-08", "name": "Closed", "works": "no"}
    assert boss.post("/staff/settings/holidays/add", given).status_code == 303
    answer = boss.post("/staff/settings/holidays/add", given)
    assert answer.status_code == 422 and "This day is in the list already" in answer.text
    assert own.person("dudley", "officer").post("/staff/settings/holidays/add", given).status_code == 403
