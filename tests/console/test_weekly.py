"""The weekly list: the informal loop step by step, complaints, a week by its address, narrow and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from casework.calendar import LONDON
from casework.record import CaseEvent
from console.pages.weekly import asked, named
from storage import about, casefile, weekly, working
from storage.working import Deed
from tests.console.conftest import House, running
from tests.console.desk import DESKTOP, PHONE, Desk, overflows, sent, serious
from tests.storage.people import CHOICES, Person

NOW = datetime(2026, 11, 18, 12, tzinfo=LONDON)  # a Wednesday
TODAY = NOW.date()
MONDAY = weekly.begins(TODAY)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("weekly")) as made:
        made.clock.ahead = NOW - datetime.now(UTC)
        yield made


def felt(house: House, at: datetime, story: str) -> str:
    """Informal feedback by text message; its reference."""
    person = Person(house.store.writer, channel="sms", organisation="sandwell", endpoint="+441632960000")
    person.now, person.story = at, story
    before = CHOICES["kind"]
    CHOICES["kind"] = "informal"
    try:
        return person.complain().reference
    finally:
        CHOICES["kind"] = before


def did(house: House, reference: str, *events: tuple[str, datetime, dict[str, Any]]) -> None:
    with house.store.database.reading() as db:
        found = about.about(db, "sandwell", reference)
        assert found is not None
        seen = len(casefile.events(db, house.store.vault, found.id))
    deeds = [Deed(CaseEvent(kind, at, "staff:1", str(data.get("why", "")), data)) for kind, at, data in events]
    store = house.store
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, found.id, seen, deeds)).result(30)


@pytest.fixture(scope="module")
def records(house: House) -> dict[str, str]:
    long = NOW - timedelta(days=20)
    found = {
        "fresh": felt(house, NOW - timedelta(minutes=50), "The minibus never comes."),
        "acted": felt(house, long, "Nobody tells me about meetings."),
        "closed": felt(house, long, "The food is cold."),
        "complaint": sent(house, "sandwell", NOW - timedelta(minutes=40), "They lost my green rucksack."),
    }
    steps = [
        ("contacted", long + timedelta(days=2), {"who": "Kai"}),
        ("acted", NOW - timedelta(minutes=30), {"what": "Rang them"}),
    ]
    did(house, found["acted"], *steps)
    end = NOW - timedelta(minutes=20)
    did(house, found["closed"], *steps, ("loop_closed", end, {"who": "Kai"}), ("closed", end, {}))
    return found


def test_the_week_of_an_address() -> None:
    assert asked("2020-W47", TODAY).isoformat() == "2020-11-16" and named(asked("2020-11-18", TODAY)) == "2020-W47"
    for odd in ("", "soon", "2020-W99", "9999-W01", "0001-01-01", "٢٠٢٠"):
        assert asked(odd, TODAY) == MONDAY, odd


def test_each_step_of_the_loop_is_on_the_list(house: House, records: dict[str, str]) -> None:
    page = house.person("sandwell", "officer").get("/staff/weekly").text
    informal = page[page.index("Informal feedback that is open") : page.index("Informal feedback closed this week")]
    assert records["fresh"] in informal and records["acted"] in informal and records["closed"] not in informal
    assert "Acted on it" in informal and "Closing contact: ask the person how it went" in informal
    closed = page[page.index("Informal feedback closed this week") : page.index("Complaints that are open")]
    assert records["closed"] in closed
    complaints = page[page.index("Complaints that are open") : page.index("Due by ")]
    assert records["complaint"] in complaints
    due = page[page.index('id="w-due"') :]
    assert records["fresh"] in due and "Contact the person" in due
    assert "minibus" not in page, "no words of theirs"


def test_an_earlier_week_and_another_organisation(house: House, records: dict[str, str]) -> None:
    officer = house.person("sandwell", "officer")
    week = named(weekly.begins((NOW - timedelta(days=18)).astimezone(LONDON).date()))
    page = officer.get(f"/staff/weekly?week={week}").text
    assert records["acted"] in page and records["closed"] in page and records["fresh"] not in page
    assert "Contacted" in page and "as of today" in page
    other = house.person("dudley", "officer").get("/staff/weekly").text
    assert not any(reference in other for reference in records.values()) and "No complaint is open." in other
    nobody = house.person("sandwell", "reports").get("/staff/weekly")
    assert nobody.status_code == 403


def test_narrow_wide_and_on_paper(house: House, records: dict[str, str], browser: Browser) -> None:
    number, _ = house.add("sandwell", ("participation",))
    for size in (PHONE, DESKTOP):
        desk = Desk(house, browser, number, size)
        page = desk.open("/weekly")
        assert not overflows(page) and serious(page) == [] and desk.wrong == []
        page.emulate_media(media="print")
        assert page.locator("h1").is_visible() and not page.get_by_text("The week before").is_visible()
        desk.context.close()


def test_what_is_due_and_given_to_me_comes_first_in_today(house: House, records: dict[str, str]) -> None:
    number, _ = house.add("sandwell", ("officer",))
    mine, theirs = records["acted"], records["fresh"]
    page = house.signed_in(number).get("/staff/today?list=week").text
    assert page.index(theirs) < page.index(mine)
    with house.store.database.reading() as db:
        case = casefile.find(db, mine)
    house.store.writer.write(
        lambda db: about.set_part(db.connection(), "sandwell", case, "assigned", [number], NOW)
    ).result(30)
    page = house.signed_in(number).get("/staff/today?list=week").text
    assert page.index(mine) < page.index(theirs)
