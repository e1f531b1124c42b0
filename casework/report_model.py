"""What a report is made of: sheets of figures, prose, quotations. Plain shapes that every document is drawn from.

A figure knows what it counts (``where``), out of how many (``of``), and how it came to be (``state``); whoever draws
it adds the link, hides it or leaves it plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

State = Literal["counted", "suppressed", "not recorded", "recorded figure"]
#: What the values of a column are.
Unit = Literal["records", "people", "percent", "working days", "pounds", "day", "text", "other"]
Chart = Literal["", "bars", "stacked", "line"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both counted; ``name`` is what people call them: "2020/21", "Q1 2020/21"."""

    since: date
    until: date
    name: str

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"a period that ends ({self.until}) before it begins ({self.since})")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure.

    value  a count; a Decimal (percentages unrounded, money in pounds); a day or a text in tables of single records;
           None where there is none ("–"), or where it is suppressed
    of     the denominator of a percentage, else None
    where  the query of the list that holds exactly the records behind it: {"facts": "…"} (``casework.report_where``),
           or {"record": reference}; empty where no list can be had (earlier years as entered, averages of nothing)
    state  "counted" from the records; "recorded figure": somebody entered it (an earlier year, working days as
           published); "not recorded": the records do not say; "suppressed": hidden for publication
    """

    value: int | Decimal | date | str | None
    of: int | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    state: State = "counted"


@dataclass(frozen=True, slots=True)
class Column:
    """``period`` None: the sheet's own. ``total``: it sums up others of its unit, so that they suppress one another."""

    code: str
    label: str
    unit: Unit = "records"
    period: Period | None = None
    total: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line; as many cells as the sheet has columns. ``total``: it sums up the other lines."""

    code: str
    label: str
    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of figures.

    stub   heading of the first column: what the rows are
    note   one or two sentences below it: what counts and what does not
    sums   the rows, without the total, add up to the total row (a record counts in one of them only)
    chart  how it is best drawn, "" for not at all
    part   the section it belongs to (a code of ``casework.reports.PARTS``)
    homes  its rows are services: small homes are numbered in what is published
    """

    code: str
    title: str
    stub: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    sums: bool = True
    chart: Chart = ""
    part: str = ""
    homes: bool = False

    def cell(self, row: str, column: str) -> Cell:
        """A figure by the codes of its row and column. KeyError where there is none."""
        at = next((i for i, one in enumerate(self.columns) if one.code == column), None)
        line = next((one for one in self.rows if one.code == row), None)
        if at is None or line is None:
            raise KeyError((self.code, row, column))
        return line.cells[at]


@dataclass(frozen=True, slots=True)
class Prose:
    """Words a person wrote: "how we listened", a foreword. Paragraphs are separated by an empty line."""

    code: str
    heading: str
    text: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Chosen examples, names removed, each approved by a person."""

    code: str
    heading: str
    quotes: tuple[str, ...]
    part: str = ""


Part = Sheet | Prose | Quotes


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one organisation, complete and in one language.

    organisation  its code, and ``name`` what it is called
    kind          "annual", "six-monthly", "quarterly", "monthly", "weekly" or "period"
    level         "organisation", or "service:<id>", "team:<name>"; ``level_name`` in words
    compared      the earlier periods beside it, the oldest first
    sections      code -> heading, in order; each part names one of them
    """

    organisation: str
    name: str
    kind: str
    period: Period
    compared: tuple[Period, ...]
    language: str
    made_at: datetime
    title: str
    parts: tuple[Part, ...]
    sections: Mapping[str, str]
    level: str = "organisation"
    level_name: str = ""

    def sheets(self) -> Iterator[Sheet]:
        """The tables, in order."""
        return (one for one in self.parts if isinstance(one, Sheet))

    def sheet(self, code: str) -> Sheet:
        """A table by its code. KeyError where the report has none."""
        found = next((one for one in self.sheets() if one.code == code), None)
        if found is None:
            raise KeyError(code)
        return found
