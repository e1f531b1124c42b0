"""The equivalent tables of the other four organisations: their own bands, lists, years and ways of counting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from casework.procedure import Profile, load
from casework.report_model import Report
from storage import reporting
from storage.reporting import Asked
from storage.store import Store
from tests.reports.conftest import NOW, YEAR, bring, opened, settle
from tests.reports.sandwell import answered

Built = Callable[..., Report]
Rows = list[dict[str, Any]]
AGREED = {"extension_reason": "complexity", "extension_agreed": "yes"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[str, Rows], tuple[Store, Built]]]:
    """(store, build) of an organisation with these rows of the import."""
    stores = []

    def make(organisation: str, rows: Rows) -> tuple[Store, Built]:
        profile = load(organisation)
        store = opened(tmp_path, profile)
        stores.append(store)
        bring(store, profile, tmp_path, [{"source_id": f"R{n}", **row} for n, row in enumerate(rows)])
        settle(store, organisation)
        return store, partial(built, store, profile)

    yield make
    for store in stores:
        store.close()


def built(store: Store, profile: Profile, asked: Asked = Asked(*YEAR, earlier=1)) -> Report:  # noqa: B008 - frozen
    with store.database.reading() as db:
        return reporting.build(db, profile, asked, reporting.PLAIN, NOW)


def column(report: Report, sheet: str, code: str = "records") -> dict[str, Any]:
    """Line -> figure, of the lines that have any."""
    found = report.sheet(sheet)
    at = [one.code for one in found.columns].index(code)
    return {row.code: row.cells[at].value for row in found.rows if row.cells[at].value}


def complaint(day: date, days: int | None = None, profile: str = "dudley", **more: Any) -> dict[str, Any]:
    """A complaint of a day, answered after so many working days of England."""
    row = {"kind": "complaint", "received": day.isoformat(), **more}
    if days is not None:
        row |= {"stage1_answered": answered(day, days).isoformat(), "closed": "yes"}
    return row


def test_dudley(made: Callable[[str, Rows], tuple[Store, Built]]) -> None:
    """Bands in which withdrawn complaints count for nothing; services, people and complaints counted apart; homes."""
    first = date(2020, 5, 4)
    rows: Rows = [
        complaint(first, 4, services="home1; fostering", who="parent", person="A", themes="attitude"),
        complaint(first, 15, services="home1", who="parent", person="A", themes="decisions", outcome="upheld"),
        complaint(first, 23, services="adoption", who="child", age="12to15", person="B", themes="delay"),
        complaint(first, 28, services="adoption", who="relative", person="C", outcome="partly_upheld"),
        complaint(first, 40, services="disability", who="helper", role="iro", person="D", outcome="service_provided"),
        complaint(first, withdrawn="2020-05-12", services="disability", who="carer", person="E"),
        {"kind": "informal", "received": "2020-06-01", "who": "parent", "closed": "yes", "contacted": "2020-06-02"},
        *({"kind": "compliment", "received": "2020-07-01", "compliment_source": one, "closed": "yes"}
          for one in ("judge", "judge", "family", "head")),
    ]  # fmt: skip
    _, build = made("dudley", rows)
    report = build()
    bands = report.sheet("bands")
    assert [row.label for row in bands.rows][:5] == ["≤10", "11–20", "21–25", "26–30", "≥31"]
    assert column(report, "bands") == {
        "to10": 1, "to20": 1, "to25": 1, "to30": 1, "over30": 1, "ended": 1, "total": 6,
    }  # fmt: skip
    shares = column(report, "bands", "percent")
    assert shares["to10"] == Decimal(20) and "ended" not in shares, "of the five that were not withdrawn"
    assert column(report, "services") == {
        "home1": 2, "fostering": 1, "adoption": 2, "disability": 2, "counted": 7, "total": 6,
    }  # fmt: skip
    assert column(report, "complainants") == {"parent": 4, "child": 1, "iro": 1, "total": 6}
    assert column(report, "complainants", "people") == {"parent": 3, "child": 1, "iro": 1, "total": 5}
    assert column(report, "outcomes")["withdrawn"] == 1
    assert column(report, "compliments_sources") == {"judge": 2, "family": 1, "head": 1, "total": 4}
    assert report.sheet("services").homes, "homes are numbered in what is published"
    assert report.sheet("informal_reasons").rows
    assert column(build(Asked(*YEAR, level="service:adoption", earlier=0)), "bands")["total"] == 2


def test_action_for_children(made: Callable[[str, Rows], tuple[Store, Built]]) -> None:
    """Bands by agreement, "not recorded" for records without days, its age bands, coverage, fundraising by its year."""
    day = date(2020, 5, 4)
    rows: Rows = [
        complaint(day, 8, services="families", who="child", age="8to11", advocate="declined"),
        complaint(day, 12, services="families", who="parent", behalf="child", **AGREED),
        complaint(day, 30, services="youth", who="parent", behalf="self"),
        {"kind": "complaint", "year": "2020/21", "who": "helper", "role": "health", "closed": "yes"},
        {"kind": "compliment", "received": "2020-08-01", "services": "families", "closed": "yes"},
        complaint(date(2020, 2, 3), 5, campaign="tv"),
        complaint(date(2020, 10, 5), 5, campaign="tv"),
        complaint(date(2021, 2, 1), 5, campaign="name_cost"),
    ]
    _, build = made("action-for-children", rows)
    report = build()
    assert column(report, "bands") == {"within10": 3, "within20": 1, "over20": 1, "not_recorded": 1, "total": 6}
    ages = column(report, "ages")
    assert (ages["under12"], ages["adult_child"], ages["adult"], ages["none"]) == (1, 1, 1, 1)
    assert report.sheet("ages").rows[0].label == "Under 12"
    coverage = report.sheet("coverage")
    assert (coverage.cell("reported", "records").value, coverage.cell("reported", "percent").value) == (2, Decimal(50))
    assert "75 %" in coverage.note
    fundraising = report.sheet("fundraising")
    assert fundraising.title == "Fundraising (2020)", "counted by the calendar year"
    assert column(report, "fundraising") == {"tv": 2, "total": 2}
    assert column(report, "campaign_matters") == {}, "January to March is another year of campaigns"
    assert column(report, "advocacy") == {"declined": 1, "total": 1}
    assert report.sheet("resolutions").rows[0].label == "Wholly or partly resolved locally"
    months = column(report, "months")
    assert months["not_recorded"] == 1 and sum(months.values()) == 2 * months["total"]


def test_together_for_children(made: Callable[[str, Rows], tuple[Store, Built]]) -> None:
    """No bands: the limit met and missed, also when it is resolved at once; what went another way; six months."""
    day = date(2020, 5, 4)
    rows: Rows = [
        complaint(day, 9, services="send", acknowledged="2020-05-05"),
        complaint(day, 14, services="send", outcome="upheld", remedies="apology; explanation"),
        complaint(day, 10, stage2_requested="2020-06-01", stage2_answered="2020-06-20", closed="2020-06-22"),
        {"kind": "complaint", "received": "2020-11-02", "route": "school"},
    ]
    _, build = made("together-for-children", rows)
    report = build()
    with pytest.raises(KeyError):
        report.sheet("bands")
    met, missed = column(report, "timescales", "met"), column(report, "timescales", "missed")
    assert met == {"Q1": 2, "total": 2}
    assert missed == {"Q1": 1, "total": 1}
    assert column(report, "routes") == {"school": 1, "total": 1}
    assert column(report, "stages") == {"stage1": 4, "stage2": 1, "total": 4}
    half = build(Asked(date(2020, 10, 1), date(2021, 3, 31)))
    assert half.kind == "six-monthly" and half.period.name == "Q3–Q4 2020/21"
    assert column(half, "kinds") == {"complaint": 1, "total": 1}


def test_childrens_links(made: Callable[[str, Rows], tuple[Store, Built]]) -> None:
    """Formal complaint and two appeals, each with its own limit; who complains, by its own list."""
    day = date(2020, 5, 4)
    rows: Rows = [
        complaint(day, 20, who="helper", role="elected", services="childcare"),
        complaint(day, 30, who="carer", services="holidays"),
        complaint(day, 20, who="parent", services="holidays") | {
            "stage2_requested": "2020-06-15", "stage2_answered": "2020-06-25",
            "stage3_requested": "2020-06-26", "stage3_answered": "2020-08-31", "closed": "2020-09-01",
        },
    ]  # fmt: skip
    _, build = made("childrens-links", rows)
    report = build()
    assert column(report, "complainants") == {"elected": 1, "carer": 1, "parent": 1, "total": 3}
    assert column(report, "timescales", "met")["total"] == 2 and column(report, "timescales", "missed")["total"] == 1
    assert report.sheet("stage2").title == "Appeal"
    assert column(report, "stage2", "figure")["met"] == 1
    assert column(report, "stage3", "figure")["missed"] == 1


@pytest.mark.parametrize("organisation", ["dudley", "action-for-children", "together-for-children", "childrens-links"])
def test_a_period_with_nothing(tmp_path: Path, organisation: str) -> None:
    """Every table is there, empty, and nothing is divided by nothing."""
    profile = load(organisation)
    store = opened(tmp_path, profile)
    try:
        for asked in (Asked(*YEAR), Asked(date(2020, 4, 6), date(2020, 4, 12)), Asked(*YEAR, split="ethnicity")):
            report = built(store, profile, asked)
            figures: Mapping[Any, Any] = {
                (sheet.code, row.code, n): cell.value
                for sheet in report.sheets()
                for row in sheet.rows
                for n, cell in enumerate(row.cells)
                if cell.state == "counted"
            }
            assert figures and {value for value in figures.values() if value} <= {Decimal(100), len(profile.services)}
    finally:
        store.close()
