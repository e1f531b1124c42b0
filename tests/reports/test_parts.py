"""The parts of reports by themselves: facts as text, periods, what follows from a record's history, figures as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.case import fold
from casework.offer import Item, Name
from casework.procedure import Profile, load
from casework.record import CaseEvent
from casework.report_facts import complainant, counted
from casework.report_feed import FORMULA, as_csv, safe
from casework.report_lines import DIMENSIONS, Frame, lines
from casework.report_model import Cell, Column, Period, Report, Row, Sheet
from casework.report_periods import between, campaigns, earlier, kind_of, spanning
from casework.report_where import Is, Where, has, lacks, read
from casework.reports import PARTS, TABLES
from storage import recounting, reporting
from storage.counting import FACT
from storage.reporting import Asked
from storage.store import Store
from tests.reports.conftest import NOW, YEAR, bring, opened, settle

DUDLEY, SANDWELL = load("dudley"), load("sandwell")
CODES = st.text(min_size=1, max_size=12).filter(lambda said: ".." not in said and said not in ("*", "-"))


FACTS = st.from_regex(r"[a-z][a-z_.]{0,9}", fullmatch=True)


@given(st.lists(st.builds(Is, FACTS, st.tuples(CODES, CODES), st.booleans())))
def test_a_where_says_the_same_as_text(words: list[Is]) -> None:
    where = Where(tuple(dict.fromkeys(words)))
    assert read(str(where)) == where


@pytest.mark.parametrize("text", ["kind", "kind:", "kind:|", "Kind:x", ":x", "kind:a b"])
def test_what_is_no_where_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fact|has no value"):
        read(text)


def test_every_table_is_made_of_what_there_is() -> None:
    assert len({table.code for table in TABLES}) == len(TABLES)
    for table in TABLES:
        assert table.part in PARTS and table.rows in DIMENSIONS and (not table.across or table.across in DIMENSIONS)


@pytest.mark.parametrize(
    ("kind", "day", "name", "since", "until"),
    [
        ("annual", date(2021, 3, 31), "2020/21", date(2020, 4, 1), date(2021, 3, 31)),
        ("six-monthly", date(2021, 3, 31), "Q3–Q4 2020/21", date(2020, 10, 1), date(2021, 3, 31)),
        ("quarterly", date(2020, 4, 1), "Q1 2020/21", date(2020, 4, 1), date(2020, 6, 30)),
        ("monthly", date(2020, 2, 29), "2020-02-01 – 2020-02-29", date(2020, 2, 1), date(2020, 2, 29)),
        ("weekly", date(2021, 1, 3), "2020-12-28 – 2021-01-03", date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_periods(kind: str, day: date, name: str, since: date, until: date) -> None:
    found = spanning(kind, day, 4)
    assert (found.name, found.since, found.until) == (name, since, until)
    assert kind_of(found) == kind


def test_earlier_periods_and_other_years() -> None:
    leap = between(date(2020, 2, 29), date(2020, 2, 29), 4)
    assert [one.since for one in earlier(leap, 2, 4)] == [date(2018, 2, 28), date(2019, 2, 28)]
    week = spanning("weekly", date(2021, 1, 3), 4)
    assert [one.until for one in earlier(week, 1, 4)] == [date(2020, 12, 27)]
    afc = load("action-for-children")
    calendar_year = Period(date(2008, 1, 1), date(2008, 12, 31), "2008")
    assert campaigns(afc, spanning("annual", date(2008, 5, 1), 4)) == calendar_year
    assert spanning("annual", date(2020, 5, 1), 1).name == "2020"
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2020, 5, 2), date(2020, 5, 1), "")


def event(kind: str, day: str, why: str = "", /, **data: Any) -> CaseEvent:
    return CaseEvent(kind, datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=UTC), "staff:1", why, data)


def test_a_pause_and_an_extension_count_as_they_should() -> None:
    history = (
        event("filed", "2020-05-04", kind="complaint"),
        event("extended", "2020-05-06", "staffing", clock="stage1.response", agreed=True),
        event("paused", "2020-05-07", "court", clocks=["stage1.response"], review="2020-06-01"),
        event("resumed", "2020-05-14", clocks=["stage1.response"]),
        event("stage1.answered", "2020-06-01", working_days=12),
        event("cost", "2020-06-02", amount="120.50", what="translation"),
        event("flagged", "2020-06-03", flag="discrimination", characteristics=["race"]),
        event("remedy", "2020-06-04", remedy="apology"),
    )
    found = counted(DUDLEY, fold(DUDLEY, history), DUDLEY)
    # 5 and 6 May, then 14 May to 1 June without the bank holiday of the 25th: 2 + 12.
    assert found["days.stage1"] == ("0014",)
    assert found["days_recorded.stage1"] == ("12",)
    assert found["band.stage1"] == ("to20",)
    assert found["timescale.stage1"] == ("met",)
    assert found["extended.stage1"] == found["unacceptable"] == ("yes",)
    assert found["cost.stage1"] == ("120.50",)
    assert found["discrimination"] == ("race",)
    assert found["promised"] == ("owed",)
    assert found["closed"] == () and found["stands"] == ("open",)


def test_history_that_makes_no_sense_is_counted_all_the_same() -> None:
    odd = (event("stage2.answered", "2020-05-04"), event("cost", "2020-05-04", amount="much", what=""))
    assert counted(SANDWELL, fold(SANDWELL, odd), SANDWELL)["stands"] == ("open",)
    assert set(counted(SANDWELL, fold(SANDWELL, ()), SANDWELL).values()) == {()}
    assert complainant({"who": ("helper",), "role": ("iro",)}) == {"complainant": ("iro",)}
    assert complainant({"who": ("skipped",)}) == {}


def test_a_theme_that_was_renamed_keeps_its_records() -> None:
    item = Item(id="contact", name=Name({"en": "Family time"}), aliases=("family_contact",))
    profile = replace(DUDLEY, lists={**DUDLEY.lists, "themes": {"contact": item}})
    first, other, none = lines("theme", Frame(profile, Period(*YEAR, ""), {}, {}))
    assert first.where == has("theme", "contact", "family_contact")
    assert other.where == has("theme") & lacks("theme", "contact", "family_contact") and none.missing


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = opened(tmp_path, DUDLEY)
    row = {"source_id": "1", "kind": "complaint", "received": "2020-05-04", "stage1_answered": "2020-05-22"}
    bring(one, DUDLEY, tmp_path, [row | {"closed": "yes", "themes": "delay"}])
    settle(one, "dudley")
    yield one
    one.close()


def test_bands_that_changed_in_mid_year_are_those_of_now(store: Store) -> None:
    """One table has one set of bands: records of before are put into the new ones."""
    assert band(store, DUDLEY) == {"to20": 1, "total": 1}
    old = DUDLEY.listed("timescale_bands")["to10"]
    fresh = {"to15": replace(old, id="to15", most=15), "over15": replace(old, id="over15", least=16, most=None)}
    now = replace(DUDLEY, lists={**DUDLEY.lists, "timescale_bands": fresh})
    store.procedures.profiles = {"dudley": now}
    store.procedures._set_up = replace(store.procedures._set_up, now={"dudley": now})
    with store.database.writing() as db:
        assert not recounting.noticed(db, DUDLEY)
        assert recounting.noticed(db, now)
        store.procedures.keep(db, NOW)
    work = store.writer.write(lambda db: recounting.recount(db, store.vault, store.procedures, "dudley"))
    assert work.result() == 1
    assert band(store, now) == {"to15": 1, "total": 1}


def band(store: Store, profile: Profile) -> dict[str, Any]:
    with store.database.reading() as db:
        sheet = reporting.build(db, profile, Asked(*YEAR, earlier=0), reporting.PLAIN, NOW).sheet("bands")
        codes = list(db.execute(FACT.select().where(FACT.c.fact == "band.stage1")))
    assert len(codes) == 1
    return {row.code: row.cells[0].value for row in sheet.rows if row.cells[0].value}


def test_no_cell_is_a_formula(store: Store) -> None:
    """What a spreadsheet would carry out is written as words."""
    assert [safe(said) for said in ("=1+1", "+44", "-x", "@SUM(A1)", "\t=x", "plain", -5, None)] == [
        "'=1+1", "'+44", "'-x", "'@SUM(A1)", "'\t=x", "plain", -5, "",
    ]  # fmt: skip
    period = Period(*YEAR, "=2020/21")
    row = Row("=row", "=cmd|' /C calc'!A0", (Cell(1, where={"facts": "kind:complaint"}),))
    sheet = Sheet("s", "@title", "-stub", (Column("c", "+1", period=period),), (row,), part="glance")
    report = Report("dudley", "=Dudley", "annual", period, (), "en", NOW, "=", (sheet,), {"glance": "x"})
    for line in as_csv(report).splitlines()[1:]:
        assert not any(cell.strip('"').startswith(FORMULA) for cell in line.split(","))
    assert "kind:complaint" not in as_csv(report, links=False)
