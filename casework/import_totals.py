"""Figures of earlier years that an organisation has only as totals: one line a figure, for reports to stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from casework import import_dates as dates
from casework.import_dates import Unclear
from casework.import_fields import plain
from casework.imports import Problem
from casework.procedure import Profile

#: The columns, and what each holds.
COLUMNS: Mapping[str, str] = {
    "year": "The report year, as 2020/21 (2020 where the report year is the calendar year).",
    "table": "The code of the table, as a report's JSON names it.",
    "row": "The code of the line in that table; “total” for its total.",
    "figure": "The figure: a number; percentages without the sign.",
    "column": "The code of the column, where it is not the count: “percent”, “met”, …",
}
#: Other headings for them.
ALIASES: Mapping[str, str] = {
    "report_year": "year",
    "sheet": "table",
    "line": "row",
    "value": "figure",
    "number": "figure",
}
NEEDED = ("year", "table", "row", "figure")


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of a report year. ``column``: "" for the count of the sheet."""

    year: date
    table: str
    row: str
    column: str
    figure: Decimal


def headed(heading: str) -> str:
    """The column that a heading means, "" for none."""
    wanted = plain(heading)
    return wanted if wanted in COLUMNS else ALIASES.get(wanted, "")


def total(
    number: int, row: Mapping[str, Any], columns: Mapping[str, str], profile: Profile, today: date
) -> tuple[Total | None, list[Problem]]:
    """One line, or everything that is wrong with it. ``columns``: heading -> column."""
    problems: list[Problem] = []
    said = {column: row.get(heading) for heading, column in columns.items()}
    for column in NEEDED:
        if said.get(column) in (None, ""):
            problems.append(Problem(number, column, f"it is empty. {COLUMNS[column]}"))
    if problems:
        return None, problems
    found: dict[str, Any] = {}
    for column, read in (
        ("year", lambda value: dates.report_year(_text(value), profile.report_year, today)),
        ("figure", dates.amount),
    ):
        try:
            found[column] = read(said[column])
        except Unclear as unclear:
            problems.append(Problem(number, column, str(unclear)))
    if problems:
        return None, problems
    names = {column: plain(_text(said.get(column) or "")) for column in ("table", "row", "column")}
    return Total(found["year"], names["table"], names["row"], names["column"], found["figure"]), []


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
