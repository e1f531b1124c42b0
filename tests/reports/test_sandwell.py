"""Every figure that Sandwell published for 2020/21, from records that have its properties."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from casework.report_model import Report
from storage import reporting
from storage.reporting import Asked
from storage.store import Store
from tests.reports.conftest import NOW, YEAR
from tests.reports.sandwell import FIGURES, PROFILE, theme

STAGE1 = FIGURES["stage1"]
FIRST = {"2018/19": date(2018, 4, 1), "2019/20": date(2019, 4, 1)}


@pytest.fixture(scope="module")
def report(sandwell_store: Store) -> Report:
    with sandwell_store.database.reading() as db:
        return reporting.build(db, PROFILE, Asked(*YEAR), reporting.PLAIN, NOW)


def rounded(value: Any, places: str = "1") -> Any:
    return float(Decimal(value).quantize(Decimal(places), ROUND_HALF_UP))


def figure(report: Report, row: str, year: str = "2020/21", sheet: str = "glance") -> Any:
    """A key figure of a year; those before are as they were brought."""
    column = "figure" if year == "2020/21" else f"figure.{FIRST[year]}"
    cell = report.sheet(sheet).cell(row, column)
    assert cell.state == ("counted" if year == "2020/21" else "recorded figure")
    return cell.value


def rows(report: Report, sheet: str, column: str = "records") -> dict[str, Any]:
    found = report.sheet(sheet)
    at = [one.code for one in found.columns].index(column)
    return {row.code: row.cells[at].value for row in found.rows}


@pytest.mark.parametrize("year", ["2018/19", "2019/20", "2020/21"])
def test_received_and_upheld(report: Report, year: str) -> None:
    assert figure(report, "complaints", year) == STAGE1["received"][year]
    assert figure(report, "upheld", year) == STAGE1["upheld_or_partly"][year]
    assert rounded(figure(report, "upheld_percent", year)) == STAGE1["upheld_or_partly_percent"][year]


def test_the_change_on_the_year_before(report: Report) -> None:
    change = report.sheet("glance").cell("complaints", "change_percent").value
    assert rounded(change) == STAGE1["change_on_previous_year_percent"]


def test_timescales_by_quarter(report: Report) -> None:
    for column, wanted in (("met", STAGE1["timescale_met"]), ("missed", STAGE1["timescale_missed"])):
        assert rows(report, "timescales", column) == wanted
    shares = report.sheet("timescales")
    assert rounded(shares.cell("total", "met_percent").value) == STAGE1["timescale_met_percent"]
    assert rounded(shares.cell("total", "missed_percent").value) == STAGE1["timescale_missed_percent"]
    for year, share in STAGE1["timescale_met_percent_previous"].items():
        assert figure(report, "met_percent", year) == share


def test_children(report: Report) -> None:
    for year, number in STAGE1["from_children_and_young_people"].items():
        assert figure(report, "complaints_children", year) == number


def test_people_who_complained_again(report: Report) -> None:
    people = rows(report, "repeats", "people")
    assert {code: people[code] for code in ("two", "three", "four")} == FIGURES["repeat_complainants"]
    assert people["more"] == 0


@pytest.mark.parametrize(
    ("sheet", "wanted", "source"),
    [
        ("themes", "all_formal", "themes"),
        ("themes_children", "children_formal", "themes"),
        ("themes_informal", "children_informal", "informal_themes"),
    ],
)
def test_themes(report: Report, sheet: str, wanted: str, source: str) -> None:
    published = {theme(name, source): number for name, number in FIGURES["themes"][wanted].items()}
    found = rows(report, sheet)
    assert found.pop("total") == sum(published.values())
    assert found == published


def test_the_five_themes_that_were_upheld_most(report: Report) -> None:
    published = [(theme(name), n) for name, n in FIGURES["themes"]["upheld_or_partly_top_five"].items()]
    assert list(rows(report, "themes_upheld").items())[:5] == published
    before = rows(report, "themes_upheld", f"records.{FIRST['2019/20']}")
    for name, number in FIGURES["themes"]["upheld_or_partly_2019_20"].items():
        assert before[theme(name)] == number


def test_mediation(report: Report) -> None:
    m, found = FIGURES["mediation"], rows(report, "mediation")
    assert found.pop("total") == m["offered"]
    assert found == {
        "withdrew": m["withdrew"],
        "declined": m["declined_and_went_on"],
        "went_on": m["mediated_and_went_on"],
        "resolved": m["resolved"],
    }
    saved = rows(report, "savings", "figure")
    assert saved == {"resolved": m["resolved"], "average": m["average_stage2_cost"], "saved": m["saved"]}


def test_stage_2(report: Report) -> None:
    s = FIGURES["stage2"]
    assert figure(report, "asked", sheet="stage2") == s["concluded"]
    assert figure(report, "missed", sheet="stage2") == s["outside_timescale"]
    assert figure(report, "paused", sheet="stage2") == 1
    assert figure(report, "cost", sheet="stage2") == s["total_cost"]
    assert report.sheet("stage2").cell("cost", "change").value == -s["less_than_previous_year"]
    for year, days in s["average_working_days"].items():
        assert rounded(figure(report, "days_recorded", year, "stage2")) == days


def test_stage_2_one_by_one(report: Report) -> None:
    """The published dates and costs; the true count of working days, and the published one beside it."""
    found = []
    sheet = report.sheet("stage2_records")
    codes = [column.code for column in sheet.columns]
    for row in sheet.rows:
        cell = dict(zip(codes, row.cells, strict=True))
        if cell["cost"].value is None:
            continue
        signed, decided = cell["step.stage2.statement_agreed"].value, cell["step.stage2.adjudicated"].value
        assert isinstance(signed, date)
        assert isinstance(decided, date)
        assert cell["days"].value == PROFILE.calendar.between(signed, decided)
        assert cell["days"].state == "counted"
        assert cell["days_recorded"].state == "recorded figure"
        found.append(
            {
                "service": str(cell["service"].value).casefold(),
                "terms_signed": signed,
                "adjudicated": decided,
                "closed": cell["closed"].value,
                "working_days": cell["days_recorded"].value,
                "cost": cell["cost"].value,
            }
        )
    assert found == [{**row, "service": row["service"].casefold()} for row in FIGURES["stage2"]["rows"]]


def test_stage_3_and_the_ombudsman(report: Report) -> None:
    assert figure(report, "asked", sheet="stage3") == FIGURES["stage3"]["requested"]
    assert figure(report, "refused", sheet="stage3") == FIGURES["stage3"]["declined"]
    published = FIGURES["ombudsman"]
    found = rows(report, "ombudsman")
    assert found["upheld"] == published["Upheld and recommendations accepted"]
    assert found["initial"] == published["Closed after initial enquiries - no further actions"]
    assert found["total"] == sum(published.values())


def test_compliments(report: Report) -> None:
    c = FIGURES["compliments"]
    for year, number in c["received"].items():
        assert figure(report, "compliments", year) == number
    assert rounded(report.sheet("glance").cell("compliments", "change_percent").value) == c["change_percent"]
    assert rows(report, "compliments")["external"] == c["external"]


def test_informal_feedback(report: Report) -> None:
    i = FIGURES["informal_feedback"]
    assert figure(report, "informal") == i["received"]
    assert rounded(report.sheet("glance").cell("informal", "change_percent").value) == i["change_percent"]


def test_complaints_per_cases_held(report: Report) -> None:
    rates = rows(report, "services", "rate")
    for service, share in FIGURES["cases_held_share_percent"].items():
        assert rounded(rates[service.lower().replace(" ", "_")], "0.1") == share


def test_every_published_figure_is_looked_at() -> None:
    """Nothing was added to the file that no test here reads."""
    assert set(FIGURES) == {
        "stage1", "repeat_complainants", "themes", "mediation", "stage2", "stage3", "ombudsman", "compliments",
        "informal_feedback", "cases_held_share_percent",
    }  # fmt: skip
    assert set(FIGURES["themes"]) == {
        "all_formal", "children_formal", "children_informal", "upheld_or_partly_top_five", "upheld_or_partly_2019_20",
    }  # fmt: skip
