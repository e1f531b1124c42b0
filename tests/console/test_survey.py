"""What staff see of "How did we do?": faces on the record; on Today whoever is not happy and was offered nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.console.test_record import do, events, facts
from tests.storage.test_surveys import ASKED, Closed, unhappy

LIST = "/staff/today?list=unhappy"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("survey")) as made:
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("sandwell", "complaints")


@pytest.fixture
def someone(house: House) -> Closed:
    """Closed, asked, and not happy; they have chosen nothing."""
    found = Closed(house.store).closed()
    unhappy(found, ASKED + timedelta(hours=1))
    return found


def test_the_answers_are_on_the_record_with_faces(jo: Browser, someone: Closed) -> None:
    someone.answer(ASKED + timedelta(hours=2), "6", "Nobody told us a thing", "1")
    page = jo.get(f"/staff/record/{someone.reference}").text
    card = page.partition('id="survey"')[2].partition("</section>")[0]
    for words in (
        "Did we understand them?",
        "Partly",
        "🙁",
        "Bad",
        "😭",
        "Very bad",
        "Nobody told us a thing",
        "Nothing more",
    ):
        assert words in card, words
    account = page.partition('id="account"')[2].partition("</section>")[0]
    assert "Nobody told us a thing" not in account, "said once, where it belongs"
    assert "Asked how we did" in page and page.count("The person said how we did") == 1


def test_an_answer_that_was_changed_shows_what_it_was_before(house: House, jo: Browser) -> None:
    found = Closed(house.store).closed()
    unhappy(found, ASKED + timedelta(hours=1))
    found.answer(ASKED + timedelta(hours=2), "back", "1")
    assert "Changed. Before: Very bad" in jo.get(f"/staff/record/{found.reference}").text


def test_today_shows_them_until_somebody_offers_something(house: House, jo: Browser, someone: Closed) -> None:
    assert someone.reference in jo.get(LIST).text and "Not happy" in jo.get("/staff/today").text
    seen = events(house, someone.reference)
    assert do(jo, someone.reference, "informed", seen, note="Told them about stage 2").status_code in (200, 303)
    assert someone.reference not in jo.get(LIST).text and "unhappy" not in facts(house, someone.reference)


def test_who_goes_further_is_not_on_that_list(jo: Browser, someone: Closed) -> None:
    someone.answer(ASKED + timedelta(hours=2), "1")
    assert someone.reference not in jo.get(LIST).text


def test_staff_write_down_what_was_said_on_the_telephone(house: House, jo: Browser) -> None:
    found = Closed(house.store, consent=False).closed()
    seen = events(house, found.reference)
    do(jo, found.reference, "surveyed", seen, listened="no", outcome="bad", note="She was cross")
    assert facts(house, found.reference)["survey_outcome"] == {"bad"}
    assert found.reference in jo.get(LIST).text


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_in_a_browser(house: House, someone: Closed, size: dict[str, int], tmp_path: Any) -> None:
    number = house.add("sandwell", ("complaints",))[0]
    with chromium() as browser:
        desk = Desk(house, browser, number, size)
        page = desk.open("/today?list=unhappy")
        assert page.get_by_text(someone.reference).first.is_visible() and not serious(page) and not overflows(page)
        page = desk.open(f"/record/{someone.reference}#survey")
        assert page.locator("#survey .bad").count() >= 2 and not serious(page) and not overflows(page)
        assert desk.wrong == []
