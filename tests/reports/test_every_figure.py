"""Every figure of a whole report leads to a list, and the list adds up to it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, select

from casework.report_model import Cell, Column, Report, Row, Sheet
from console import lists
from storage import reporting
from storage.counting import CASE, RECORD
from storage.desk import narrowed, within
from storage.reach import Reach
from storage.reporting import Asked
from storage.store import Store
from tests.reports.conftest import NOW, YEAR
from tests.reports.sandwell import PROFILE


class Everybody:
    """The reach of a complaints manager, whom no record names."""

    organisation, staff, all, danger, referred, knows = "sandwell", 1, True, False, False, "all"
    services: frozenset[str] = frozenset()


def figures(report: Report) -> Iterator[tuple[Sheet, Row, Column, Cell]]:
    for sheet in report.sheets():
        for row in sheet.rows:
            for column, cell in zip(sheet.columns, row.cells, strict=True):
                yield sheet, row, column, cell


def listed(db: Connection, cell: Cell) -> tuple[int, int]:
    """Records and people of the list behind a figure, as the console finds them from the address."""
    reach: Reach = Everybody()
    asked = lists.asked(cell.where)
    assert asked.facts == cell.where["facts"], "the address says the same again"
    of = (within(db, reach), *narrowed(asked.filters(PROFILE, 1)))
    query = select(func.count(), func.count(func.distinct(RECORD.c.person)))
    row = db.execute(query.select_from(CASE.join(RECORD, RECORD.c.case_id == CASE.c.id)).where(*of)).one()
    return row[0], row[1]


@pytest.mark.parametrize(
    "asked",
    [
        Asked(*YEAR),
        Asked(*YEAR, level="service:children_in_care", earlier=1),
        Asked(*YEAR, split="speaker", earlier=0),
    ],
    ids=["organisation", "service", "split"],
)
def test_the_list_adds_up_to_the_figure(sandwell_store: Store, asked: Asked) -> None:
    wrong, followed = [], 0
    with sandwell_store.database.reading() as db:
        report = reporting.build(db, PROFILE, asked, reporting.PLAIN, NOW)
        for sheet, row, column, cell in figures(report):
            if "facts" not in cell.where or cell.value is None:
                continue
            followed += 1
            records, people = listed(db, cell)
            if row.code == "saved":
                right = records * PROFILE.costs["stage2"] == cell.value
            elif column.unit == "people" or row.code == "complaints_people":
                right = people == cell.value
            elif isinstance(cell.value, Decimal) and cell.of is not None and _is_share(column, row):
                right = Decimal(100 * records) / cell.of == cell.value
            elif isinstance(cell.value, Decimal):
                right = records == cell.of
            else:
                right = records == cell.value
            if not right:
                wrong.append(f"{sheet.code}/{row.code}/{column.code}: {cell.value} of {cell.of}, listed {records}")
    assert not wrong, wrong[:20]
    assert followed > 300


def _is_share(column: Column, row: Row) -> bool:
    return column.unit == "percent" or row.code.endswith("_percent")


def test_counted_figures_have_a_list(sandwell_store: Store) -> None:
    """Nothing that counts records is without its list, but how many services reported anything."""
    with sandwell_store.database.reading() as db:
        report = reporting.build(db, PROFILE, Asked(*YEAR), reporting.PLAIN, NOW)
    without = {
        sheet.code
        for sheet, _, column, cell in figures(report)
        if column.unit in ("records", "people") and cell.value and cell.state == "counted" and not cell.where
    }
    assert without == {"coverage"}
