"""Today and the lists: what is due first, filters in the address, search, export, and nothing that one may not see."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from casework.record import CaseEvent
from console import lists
from console.codes import LISTS
from storage import about, desk, staff, words, working
from storage.desk import Filters
from storage.models import table
from storage.working import Deed
from tests.console.conftest import House, running
from tests.console.desk import DESKTOP, PHONE, Desk, overflows, sent, serious

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("today")) as made:
        yield made


@pytest.fixture(scope="module")
def sent_in(house: House) -> dict[str, str]:
    """Three records of Sandwell on three days, and one of Dudley."""
    return {
        "old": sent(
            house, "sandwell", NOW - timedelta(days=21), "The minibus to Gwynedd never came for Llŷr's sister."
        ),
        "new": sent(house, "sandwell", NOW - timedelta(hours=1), "They lost my green rucksack at the placement."),
        "theirs": sent(house, "dudley", NOW - timedelta(days=21), "They lost my green rucksack in Dudley."),
        "named": sent(house, "sandwell", NOW - timedelta(hours=2), "Philippa Oakes shouted at my rucksack."),
    }


def case(house: House, reference: str, organisation: str = "sandwell") -> about.About:
    with house.store.database.reading() as db:
        found = about.about(db, organisation, reference)
    assert found is not None
    return found


def test_what_is_due_is_seen_first(house: House, sent_in: dict[str, str]) -> None:
    page = house.person("sandwell", "officer").get("/staff/today").text
    assert sent_in["old"] in page and sent_in["theirs"] not in page
    assert page.index("Overdue <span") < page.index("Due today <span") < page.index("Due this week <span")
    assert "late by" in page and "Answer at stage 1" in page
    empty = house.person("childrens-links", "officer").get("/staff/today").text
    assert LISTS["overdue"][1] in empty and LISTS["today"][1] in empty


@pytest.mark.parametrize("name", [name for name in LISTS if name != "all"])
def test_every_list_can_be_opened_by_its_address(house: House, sent_in: dict[str, str], name: str) -> None:
    jo = house.person("sandwell", "officer")
    answer = jo.get(f"/staff/today?list={name}")
    assert answer.status_code == 200 and LISTS[name][0] in answer.text


def test_filters_are_in_the_address(house: House, sent_in: dict[str, str]) -> None:
    jo = house.person("sandwell", "officer")
    assert sent_in["old"] in jo.get("/staff/today?kind=complaint&channel=sms&speaker=adult&language=en").text
    for other in ("kind=compliment", "channel=web", "speaker=child", "language=cy", "service=adoption", "mine=1",
                  "theme=carer", "campaign=none", "stage=stage2"):  # fmt: skip
        page = jo.get(f"/staff/today?{other}").text
        assert sent_in["old"] not in page and "Show all again" in page, other
    assert jo.get("/staff/today?list=nonsense&page=-4&kind='%22<script>&service=x&team=y").status_code == 200


def test_records_are_found_by_reference_and_by_whole_words(house: House, sent_in: dict[str, str]) -> None:
    jo = house.person("sandwell", "officer")
    answer = jo.get(f"/staff/records?q={sent_in['old'].lower().replace('-', ' ')}")
    assert answer.headers["Location"].endswith(f"/staff/record/{sent_in['old']}")
    for text in ("gwynedd", "LLYR sister", "Llŷr's", "minibus never"):
        found = jo.get("/staff/records", params={"q": text}).text
        assert sent_in["old"] in found and sent_in["new"] not in found, text
    for text in ("gwyn", "minibus rucksack", "…", "the"):
        assert sent_in["old"] not in jo.get("/staff/records", params={"q": text}).text, text
    found = jo.get("/staff/records?q=rucksack").text
    assert sent_in["new"] in found and sent_in["theirs"] not in found
    assert sent_in["new"] in jo.get("/staff/records").text


def test_the_index_holds_no_word(house: House, sent_in: dict[str, str]) -> None:
    with house.store.database.reading() as db:
        rows = db.execute(table(words.models.SearchToken).select()).all()
    assert rows and all(len(row.token) == words.SIZE for row in rows)
    assert not any(b"rucksack" in row.token for row in rows)


def test_a_record_is_kept_from_whoever_it_names(house: House, sent_in: dict[str, str]) -> None:
    number, _ = house.add("sandwell", ("complaints",))
    write = house.store.writer.write
    write(lambda db: staff.change(db.connection(), house.site.sealer, number, name="Philippa Oakes")).result(10)
    philippa, jo = house.signed_in(number), house.person("sandwell", "complaints")
    path = f"/staff/record/{sent_in['named']}"
    assert sent_in["named"] in jo.get("/staff/records?q=rucksack").text
    assert sent_in["named"] not in philippa.get("/staff/records?q=rucksack").text
    assert sent_in["named"] not in philippa.get("/staff/today?list=new").text
    assert jo.get(path).status_code == 200 and philippa.get(path).status_code == 404
    assert sent_in["new"] in philippa.get("/staff/today?list=new").text
    # Somebody else settles that it is not about her.
    found = case(house, sent_in["named"])
    event = CaseEvent("named_settled", datetime.now(UTC), "staff:1", "Another Philippa Oakes")
    store = house.store
    with store.database.reading() as db:
        events = db.execute(select(desk.CASE.c.events).where(desk.CASE.c.id == found.id)).scalar_one()
    deeds = [Deed(event, {"named": ()})]
    write(lambda db: working.do(db, store.vault, store.procedures, found.id, events, deeds)).result(10)
    assert philippa.get(path).status_code == 200


def test_a_team_manager_sees_their_services_and_an_advocate_no_list(house: House, sent_in: dict[str, str]) -> None:
    own = house.person("sandwell", "manager", services=("assessment",)).get("/staff/records").text
    other = house.person("sandwell", "manager", services=("adoption",)).get("/staff/records").text
    assert sent_in["new"] in own and sent_in["new"] not in other
    assert house.person("sandwell", "advocate").get("/staff/today").status_code == 403
    assert house.person("sandwell", "safeguarding").get("/staff/today").status_code == 200


def test_an_export_is_no_formula_and_has_no_words(house: House, sent_in: dict[str, str]) -> None:
    jo = house.person("sandwell", "officer")
    answer = jo.get("/staff/export?list=overdue&kind=complaint")
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row[0] for row in rows[1:] if row[0] == sent_in["old"]]
    assert "minibus" not in answer.text and len({len(row) for row in rows}) == 1
    assert lists.safe("=1+1") == "'=1+1" and lists.safe("@x") == "'@x" and lists.safe("HB-7") == "HB-7"
    assert sent_in["new"] in jo.get("/staff/export?q=rucksack").text


def test_lists_are_paged(house: House, sent_in: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PAGE", 1)
    reach = _Reach("sandwell")
    with house.store.database.reading() as db:
        pages = [desk.page(db, reach, "all", Filters(), datetime.now(UTC), n) for n in (1, 2, 3)]
    assert len({page.items[0].reference for page in pages}) == 3 and pages[0].count == 3 == pages[0].pages


class _Reach:
    staff, all, services, danger, referred, knows = 0, True, frozenset[str](), False, False, "all"

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation


def test_words_are_compared_plainly() -> None:
    assert words.words("Sam's  CAFÉ – don’t, Llŷr’s 07700!") == ("sam", "cafe", "dont", "llyr", "07700")
    assert words.words("the a I …") == ()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_the_lists(
    house: House, sent_in: dict[str, str], browser: Browser, size: dict[str, int]
) -> None:
    seen = Desk(house, browser, house.add("sandwell", ("complaints",))[0], size)
    for path in ("/today", "/today?list=new&kind=complaint", "/records?q=rucksack", "/records?q=nothing"):
        page = seen.open(path)
        assert serious(page) == [], path
        assert not overflows(page), path
    assert not seen.wrong


def test_today_is_worked_by_keyboard(house: House, sent_in: dict[str, str], browser: Browser) -> None:
    seen = Desk(house, browser, house.add("sandwell", ("complaints",))[0])
    page = seen.open("/records")
    page.locator("a.reference").first.focus()
    page.keyboard.press("ArrowDown")
    second = page.locator("table.due").first.locator("a.reference").nth(1)
    assert page.evaluate("document.activeElement.textContent") == second.text_content()
    page.keyboard.press("Enter")
    page.wait_for_url("**/record/**")
