"""Figures of earlier years that an organisation has only as totals: one line a figure, for reports to stand beside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from casework import import_dates as dates
from casework.errors import nearest
from casework.import_dates import Unclear
from casework.import_fields import plain
from casework.imports import Problem, strays
from casework.procedure import Profile

#: The columns, and what each holds.
COLUMNS: Mapping[str, str] = {
    "year": "The report year, as 2020/21 (2020 where the report year is the calendar year).",
    "table": "The code of the table, as a report's JSON names it.",
    "row": "The code of the line in that table; “total” for its total.",
    "figure": "The figure: a number; percentages without the sign.",
    "column": "Empty: it is the count that stands beside a later year.",
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
    number: int,
    row: Mapping[str, Any],
    columns: Mapping[str, str],
    profile: Profile,
    today: date,
    known: Mapping[str, Collection[str]],
) -> tuple[Total | None, list[Problem]]:
    """One line, or everything that is wrong with it. ``columns``: heading -> column.

    ``known``: table -> the codes of its lines, () where they are not known beforehand (months, campaigns).
    """
    problems = strays(number, row)
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
    table, line = plain(_text(said["table"])), _text(said["row"])
    codes = known.get(table, ())
    code = next((one for one in codes if plain(one) == plain(line)), "") if codes else line
    if table not in known:
        problems.append(Problem(number, "table", f"no table is called “{table}”. {nearest(table, known)}"))
    elif not code:
        problems.append(Problem(number, "row", f"{table} has no line “{line}”. {nearest(line, codes)}"))
    if _text(said.get("column") or ""):
        problems.append(Problem(number, "column", "only counts stand beside a later year: leave it empty"))
    if problems:
        return None, problems
    return Total(found["year"], table, code, "", found["figure"]), []


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
