"""The words of a report: kept from year to year, approved by a person, compliments without names, a copy to publish."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import docx
import pytest
import requests

import console
from bot.reports import FORMATS
from casework.record import CaseEvent
from console.site import Document
from storage import casefile, cases_held, report_texts, working
from storage.report_texts import Text
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.console.test_compliments import thanks

WORDS = "We asked, and we listened.\n\nMarmalade was the word of the year."


def documents(site: console.Site) -> console.Site:
    """With the files that the deployment has."""
    made = {
        code: Document(one.name, one.mime, lambda report, one=one: one.make(report, ""))
        for code, one in FORMATS.items()
    }
    return replace(site, documents=made)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("report_texts"), change=documents) as made:
        yield made


@pytest.fixture(scope="module")
def boss(house: House) -> Browser:
    return house.person("dudley", "complaints")


def year(house: House) -> date:
    """The report year that is under way."""
    return cases_held.year_of(house.site.profiles["dudley"], house.clock().date())


def path(house: House) -> str:
    return f"/staff/reports/words?year={year(house)}"


def save(house: House, boss: Browser, code: str, words: str, version: int) -> requests.Response:
    form = {"year": str(year(house)), "code": code, f"words-{code}": words, "version": str(version), "save": "1"}
    return boss.post("/staff/reports/words", form)


def test_words_are_kept_and_a_change_takes_the_approval_back(house: House, boss: Browser) -> None:
    save(house, boss, "foreword", WORDS, 0)
    page = boss.get(path(house)).text
    assert "Marmalade" in page and "Not approved" in page
    approving = {"year": str(year(house)), "code": "foreword", "words-foreword": WORDS, "version": "1", "approve": "1"}
    assert "Read it as a neighbour would" in boss.post("/staff/reports/words", approving).text
    other = boss.post("/staff/reports/words", approving | {"looked-foreword": "yes", "words-foreword": "Not saved."})
    assert "These words are not saved yet" in other.text and "Not saved." in other.text
    boss.post("/staff/reports/words", approving | {"looked-foreword": "yes"})
    assert "May be published" in boss.get(path(house)).text
    save(house, boss, "foreword", WORDS + " More.", 1)
    assert "May be published" not in boss.get(path(house)).text
    answer = save(house, boss, "foreword", "Somebody slower.", 1)
    assert "Somebody has changed this meanwhile" in answer.text and "Somebody slower." in answer.text


def test_last_years_words_are_there_to_begin_with(house: House, boss: Browser) -> None:
    before = date(2025, 4, 1)
    write = report_texts.save
    house.store.writer.write(
        lambda db: write(
            db.connection(), "dudley", before, "en", Text("next_year", "Ring back."), "staff:1", house.clock()
        )
    ).result(10)
    page = boss.get(path(house)).text
    assert "Ring back." in page and f"These are the words of {cases_held.named(before)}" in page
    with house.store.database.reading() as db:
        assert report_texts.texts(db, "dudley", year(house), "en")["next_year"].version == 0


def celebrated(house: House, words: str) -> str:
    """A compliment that stands on the board; its reference."""
    reference = thanks(house, "both", story=words)
    with house.store.database.reading() as db:
        number = casefile.find(db, reference)
        events = db.exec_driver_sql(f"SELECT events FROM cases WHERE id = {number}").scalar_one()
    deed, store = working.Deed(CaseEvent("celebrated", house.clock(), "staff:1", data={"words": words})), house.store
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, number, events, [deed])).result(10)
    return reference


def test_a_compliment_stands_in_the_report_when_a_person_has_taken_out_the_names(house: House, boss: Browser) -> None:
    reference = celebrated(house, "Sam listened to me.")
    page = boss.get(path(house)).text
    assert reference in page and "Perhaps a name: sam" in page
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
    form = {
        "year": str(year(house)),
        "case": str(case),
        "version": "0",
        f"example-{case}": "My worker listened to me.",
        "show": "1",
    }
    assert "Read it as a neighbour would" in boss.post("/staff/reports/words/example", form).text
    boss.post("/staff/reports/words/example", form | {f"looked-{case}": "yes"})
    assert "In the report" in boss.get(path(house)).text
    with house.store.database.reading() as db:
        assert b"listened" not in bytes(db.exec_driver_sql("SELECT body FROM report_example").scalar_one())
    published = boss.post("/staff/reports/publish", {"year": str(year(house)), "format": "docx"})
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(published.content)).paragraphs)
    assert "My worker listened to me." in text and "Sam" not in text and "Marmalade" not in text
    assert cases_held.named(year(house)) in re.sub(r"\s+", " ", boss.get(path(house)).text.split("Made before")[1])
    boss.post("/staff/reports/words/example", form | {"leave": "1"})
    with house.store.database.reading() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM report_example").scalar_one() == 0


def test_only_who_may_write_reports_is_here(house: House) -> None:
    assert house.person("dudley", "reports").get("/staff/reports/words").status_code == 403
    assert house.person("dudley", "officer").get("/staff/reports/words").status_code == 403


def test_the_page_reads_well(house: House, boss: Browser) -> None:
    number, _ = house.add("dudley", ["complaints"])
    with chromium() as browser:
        for size in (PHONE, DESKTOP):
            page = Desk(house, browser, number, size).open(path(house).removeprefix("/staff"))
            assert not overflows(page) and serious(page) == []
