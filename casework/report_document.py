"""A report as a document is read: sections with sentences, charts and tables in words, the same for every format.

What is the same in a page, in Word and in a workbook is decided here: what a figure looks like, which lines are worth
printing, what a chart shows and how it is told to whoever cannot see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from casework.report_model import Cell, Column, Prose, Quotes, Report, Row, Sheet
from casework.words import S_

#: Signs beside or instead of a figure.
HIDDEN, NONE, RECORDED = "*", "–", "†"
#: Lines of a chart; a table shows all of them.
MOST_BARS = 18
#: Tables of so many lines are printed whole, also where nothing is.
SHORT = 4
#: Figures that stand at the top, in large type.
KEYS = ("complaints", "complaints_children", "informal", "compliments", "met_percent", "upheld_percent")
#: Lines of tables of all sorts of figures that are money.
POUNDS = ("cost", "cost_mean", "average", "saved")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Speech:
    """How a document speaks: a text for staff, a day, a month of its day (``locales.reports.voice``)."""

    say: Callable[..., str]
    show: Callable[[date], str]
    month: Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in words. ``value`` as it is, for a workbook; ``where``: what its list is asked for."""

    text: str
    value: int | Decimal | date | str | None
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its name, and a figure for each column. ``total``: it sums up the others."""

    label: str
    cells: tuple[Shown, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table in words. ``numbers``: which columns are figures (and stand to the right)."""

    code: str
    title: str
    stub: str
    heads: tuple[str, ...]
    numbers: tuple[bool, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """``series``: name -> a value for each label, None where there is none to show. ``told``: the same in sentences."""

    code: str
    kind: Literal["bars", "stacked", "line"]
    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]
    told: str


@dataclass(frozen=True, slots=True)
class Key:
    """A figure in large type: its name, the figure, how it was before ("" for nothing to compare with)."""

    label: str
    figure: str
    before: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One table under its heading: a sentence, perhaps a chart, the table."""

    table: Table
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs somebody wrote, or chosen examples."""

    heading: str
    paragraphs: tuple[str, ...]
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """``silent``: the tables of it in which there is nothing."""

    code: str
    number: int
    heading: str
    blocks: tuple[Topic | Words, ...]
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. ``about``: (name, value) pairs for the first page."""

    language: str
    organisation: str
    title: str
    level: str
    about: tuple[tuple[str, str], ...]
    keys: tuple[Key, ...]
    sections: tuple[Section, ...]
    words: Mapping[str, str]


#: What a document says of itself, by what it is for.
WORDS: Mapping[str, str] = {
    "contents": S_("Contents"),
    "keys": S_("In figures"),
    "chart": S_("Chart: {title}"),
    "table": S_("Table: {title}"),
    "back": S_("Back to the contents"),
    "page": S_("Page"),
}


#: Ending of a file -> what it is called.
NAMES: Mapping[str, str] = {
    "docx": S_("Word document, to edit"),
    "html": S_("Page, to read and print"),
    "xlsx": S_("Workbook (Excel)"),
}


def document(report: Report, speech: Speech) -> Document:
    """The report as a document."""
    say, maker = speech.say, _Maker(report, speech)
    shown = {column.period for sheet in report.sheets() for column in sheet.columns}
    about = [
        (say(S_("Period")), f"{speech.show(report.period.since)} – {speech.show(report.period.until)}"),
        (say(S_("Compared with")), ", ".join(one.name for one in report.compared if one in shown)),
        (say(S_("Level")), report.level_name),
        (say(S_("Made on")), speech.show(report.made_at.date())),
    ]
    return Document(
        report.language,
        report.name,
        report.title,
        report.level_name,
        tuple((name, value) for name, value in about if value),
        tuple(maker.keys()),
        tuple(maker.sections()),
        {code: say(text) for code, text in WORDS.items() if "{" not in text},
    )


class _Maker:
    def __init__(self, report: Report, speech: Speech) -> None:
        self.report, self.speech, self.say = report, speech, speech.say

    def sections(self) -> Iterator[Section]:
        number = 0
        for code, heading in self.report.sections.items():
            blocks: list[Topic | Words] = []
            silent = []
            for part in self.report.parts:
                if part.part != code:
                    continue
                if isinstance(part, Prose):
                    blocks.append(Words(part.heading, tuple(filter(None, re.split(r"\n\s*\n", part.text.strip())))))
                elif isinstance(part, Quotes):
                    blocks.append(Words(part.heading, part.quotes, quotes=True))
                elif empty(part):
                    silent.append(part.title)
                else:
                    blocks.append(Topic(self.table(part), self.chart(part)))
            if blocks or silent:
                number += 1
                said = self.say(S_("Nothing was recorded of: {what}."), what="; ".join(silent)) if silent else ""
                yield Section(code, number, heading, tuple(blocks), said)

    def keys(self) -> Iterator[Key]:
        sheet = next((one for one in self.report.sheets() if one.code == "glance"), None)
        for row in sheet.rows if sheet else ():
            assert sheet is not None, "its rows are walked"
            here = [n for n, column in enumerate(sheet.columns) if column.period == self.report.period]
            if row.code not in KEYS or not here or row.cells[here[0]].value is None:
                continue
            at = here[0]
            figure = self.shown(sheet.columns[at], row.cells[at], row.code).text
            before = ""
            if at and row.cells[at - 1].value is not None:
                then = self.shown(sheet.columns[at - 1], row.cells[at - 1], row.code).text
                before = self.say(S_("{period}: {figure}"), period=sheet.columns[at - 1].label, figure=then)
            yield Key(re.sub(r"\s*\((%|£)\)$", "", row.label), figure, before)

    # Tables --------------------------------------------------------------------------------------

    def table(self, sheet: Sheet) -> Table:
        rows = [row for row in sheet.rows if row.total or len(sheet.rows) <= SHORT or not _blank(row)]
        cells = [cell for row in rows for cell in row.cells]
        # A column of which nothing is known at all only takes room from the others.
        kept = [n for n in range(len(sheet.columns)) if not rows or any(_known(row.cells[n]) for row in rows)]
        notes = [sheet.note] if sheet.note else []
        if len(rows) < len(sheet.rows):
            notes.append(self.say(S_("Lines on which there is nothing are left out.")))
        if any(cell.state == "suppressed" for cell in cells):
            notes.append(self.say(S_("{sign} Not shown: it is a figure under five, or would tell one."), sign=HIDDEN))
        if any(cell.state == "recorded figure" and cell.value is not None for cell in cells):
            notes.append(self.say(S_("{sign} As it was recorded or published at the time."), sign=RECORDED))
        return Table(
            sheet.code,
            sheet.title,
            sheet.stub,
            tuple(sheet.columns[n].label for n in kept),
            tuple(sheet.columns[n].unit != "text" for n in kept),
            tuple(self.line(sheet, row, kept) for row in rows),
            tuple(notes),
        )

    def line(self, sheet: Sheet, row: Row, kept: Sequence[int]) -> Line:
        pairs = ((sheet.columns[n], row.cells[n]) for n in kept)
        return Line(
            self.label(row.label), tuple(self.shown(column, cell, row.code) for column, cell in pairs), row.total
        )

    def label(self, label: str) -> str:
        return self.speech.month(date.fromisoformat(f"{label}-01")) if _MONTH.fullmatch(label) else label

    def shown(self, column: Column, cell: Cell, row: str = "") -> Shown:
        """1,234; 63 %; 1 April 2020; – for none; * for hidden."""
        value = cell.value
        if cell.state == "suppressed":
            return Shown(HIDDEN, HIDDEN, {})
        if value is None:
            return Shown(NONE, None, {})
        if isinstance(value, date):
            return Shown(self.speech.show(value), value, cell.where)
        if isinstance(value, str):
            return Shown(value, value, cell.where)
        text = money(value) if pounds(column, row) else number(value)
        if column.code.startswith("change"):
            text = f"−{text[1:]}" if text.startswith("-") else f"+{text}" if value else text
        share = column.unit == "percent" or (row.endswith("_percent") and column.code != "change")
        text = (
            f"{rounded(value)} %" if share and not column.code.startswith("change") else f"{text} %" if share else text
        )
        return Shown(text + (RECORDED if cell.state == "recorded figure" else ""), value, cell.where)

    # Charts --------------------------------------------------------------------------------------

    def chart(self, sheet: Sheet) -> Chart | None:
        if not sheet.chart:
            return None
        rows = [row for row in sheet.rows if not row.total and not _blank(row)]
        at = self.series_of(sheet)
        if sheet.chart == "line":  # what has no month has no place on it
            rows = [row for row in rows if row.code != "not_recorded"]
        if sheet.chart == "bars":
            rows = rows[:MOST_BARS]
        series = tuple((self.called(sheet, n), tuple(_count(row.cells[n]) for row in rows)) for n in at)
        series = tuple((name, values) for name, values in series if any(values))
        if len(rows) < 2 or not series:
            return None
        labels = tuple(self.label(row.label) for row in rows)
        return Chart(sheet.code, sheet.chart, sheet.title, labels, series, self.told(sheet, labels, series))

    def called(self, sheet: Sheet, number: int) -> str:
        """What a series is: of bars its period, of the others what its column is called."""
        column = sheet.columns[number]
        return column.period.name if sheet.chart == "bars" and column.period else column.label

    def series_of(self, sheet: Sheet) -> list[int]:
        """The columns that a chart draws: of bars this period and the one before, of the others those of now."""
        counts = [n for n, c in enumerate(sheet.columns) if c.unit in ("records", "other") and c.period]
        if sheet.chart == "bars":
            main = [n for n in counts if sheet.columns[n].code == "records"] or counts[-1:]
            return [*[n for n in counts if sheet.columns[n].code.startswith("records.")][-1:], *main[:1]]
        counts = [n for n in counts if not sheet.columns[n].total]
        return [n for n in counts if not sheet.columns[n].code.startswith("records.")] or counts[-1:]

    def told(self, sheet: Sheet, labels: Sequence[str], series: Sequence[tuple[str, Sequence[int | None]]]) -> str:
        """What the chart shows, in a sentence or two."""
        name, values = series[-1] if sheet.chart == "bars" else series[0]
        known = sorted(
            ((value, label) for value, label in zip(values, labels, strict=True) if value is not None),
            key=lambda o: -o[0],
        )
        if not known or not known[0][0]:
            return self.say(S_("The figures are in the table below."))
        if sheet.chart == "bars":
            first = ", ".join(f"{label} ({number(value)})" for value, label in known[:3] if value)
            return self.say(S_("The most: {first}."), first=first)
        if sheet.chart == "line":
            return self.say(
                S_("{name}: the most in {high} ({most}), the fewest in {low} ({fewest})."),
                name=name, high=known[0][1], most=number(known[0][0]), low=known[-1][1], fewest=number(known[-1][0]),
            )  # fmt: skip
        sums = ", ".join(f"{label}: {number(sum(value or 0 for value in values))}" for label, values in series)
        if any(value is None for _, values in series for value in values):
            return self.say(S_("The figures are in the table below."))
        return self.say(S_("In all: {sums}."), sums=sums)


def empty(sheet: Sheet) -> bool:
    """Whether there is nothing in a table."""
    return all(_blank(row) for row in sheet.rows)


def _blank(row: Row) -> bool:
    return all(cell.value in (0, None) and cell.state != "suppressed" for cell in row.cells)


def _known(cell: Cell) -> bool:
    return cell.value is not None or cell.state == "suppressed"


def _count(cell: Cell) -> int | None:
    return int(cell.value) if isinstance(cell.value, (int, Decimal)) else None


def number(value: int | Decimal) -> str:
    """Whole where it is whole, else to one place; halves go up, as people round."""
    if isinstance(value, int) or value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value.quantize(Decimal('0.1'), ROUND_HALF_UP):,}"


def pounds(column: Column, row: str) -> bool:
    """Whether a figure is money: by its column, or by its line in a table of figures of all sorts."""
    return column.unit == "pounds" or (column.unit == "other" and row in POUNDS)


def money(value: int | Decimal) -> str:
    """Pounds, with pence where there are any."""
    if isinstance(value, int) or value == value.to_integral_value():
        return number(value)
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def short(label: str) -> str:
    """A label where there is room for three letters or six: of a month its name."""
    return label.split()[0][:3] if " " in label else label[:6]


def rounded(value: int | Decimal) -> str:
    """A percentage, to the whole."""
    return str(int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)))
