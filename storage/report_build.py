"""From a declaration to a sheet: every figure counted from the bits, with the facts that select its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from casework.calendar import DAY, add_months
from casework.offer import Name
from casework.procedure import Profile
from casework.report_lines import SPLITS, Frame, Line, lines
from casework.report_model import Cell, Column, Period, Row, Sheet
from casework.report_periods import campaigns
from casework.report_where import EVERYTHING, Where, between, has, lacks
from casework.reports import Table
from casework.words import S_
from storage.bits import Counts, Mask

#: The figures somebody brought: (sheet, row, column, first day of the report year) -> figure.
Totals = Mapping[tuple[str, str, str, date], Decimal]


@dataclass(frozen=True)
class Voice:
    """How a report speaks (``locales.reports``): a text for staff, a day, the month of a day, a language."""

    language: str
    say: Callable[..., str]
    show: Callable[[date], str] = str
    month: Callable[[date], str] = "{:%Y-%m}".format
    tongue: Callable[[str], str] = str

    def label(self, label: Name | str) -> str:
        """The words of a label: a name of the profile's, or a text for staff."""
        return label.said(self.language) if isinstance(label, Name) else self.say(label)


@dataclass(frozen=True)
class Builder:
    """Everything the sheets of one report are made from.

    level   the services it is narrowed to, () for the whole organisation
    split   a dimension by which tables without columns of their own are split, "" for none
    totals  figures of earlier years, where nothing was recorded here then
    """

    counts: Counts
    profile: Profile
    voice: Voice
    period: Period
    compared: tuple[Period, ...]
    campaigns: Mapping[str, str]
    tongues: Mapping[str, str]
    level: tuple[str, ...] = ()
    split: str = ""
    totals: Totals | None = None

    # Words and conditions -----------------------------------------------------------------------------

    def say(self, text: str, **places: object) -> str:
        """A text for staff in the report's language, its {places} filled."""
        return self.voice.say(text, **places)

    def frame(self, period: Period) -> Frame:
        """What the lines of a table need to know of a period (``casework.report_lines``)."""
        return Frame(self.profile, period, self.campaigns, self.tongues, self.voice.month)

    def of(self, where: Where, period: Period, by: str = "filed") -> Where:
        """The records that count in a period, on the level of the report."""
        level = has("services", *self.level) if self.level else EVERYTHING
        return where & between(by, period.since, period.until) & level

    @property
    def without(self) -> Where:
        """What is left in the percentages."""
        left_out = self.profile.counts.without
        return lacks("stands", *left_out) if left_out else EVERYTHING

    # Figures -------------------------------------------------------------------------------------------

    def cell(self, where: Where, mask: Mask | None = None) -> Cell:
        """How many records."""
        return Cell((self.counts.mask(where) if mask is None else mask).bit_count(), where=where.query)

    def people(self, where: Where, mask: Mask | None = None) -> Cell:
        """How many people sent them."""
        return Cell(self.counts.people(self.counts.mask(where) if mask is None else mask), where=where.query)

    def share(self, where: Where, of: Where) -> Cell:
        """How many of ``of`` the records are, in percent."""
        return percent(self.counts.count(where), self.counts.count(of), where.query)

    def here(self, period: Period) -> bool:
        """Whether anything at all was recorded here in a period."""
        return self.counts.count(between("filed", period.since, period.until)) > 0

    def brought(self, sheet: str, row: str, column: str, period: Period) -> Cell | None:
        """A figure that somebody brought, of a year of which nothing was recorded here."""
        whole = period.until == add_months(period.since, 12) - DAY
        if not self.totals or self.level or not whole or self.here(period):
            return None
        found = self.totals.get((sheet, row, column, period.since))
        if found is None:
            return Cell(None, state="not recorded")
        return Cell(int(found) if found == found.to_integral_value() else found, state="recorded figure")

    def knows(self, sheet: str, period: Period) -> bool:
        """Whether somebody brought figures of a table for a period."""
        known = (of for of, _, _, first in self.totals or {} if first == period.since)
        return not self.level and sheet in known

    def known(self, sheet: str) -> tuple[Period, ...]:
        """The earlier periods of which a table knows anything."""
        return tuple(one for one in self.compared if self.here(one) or self.knows(sheet, one))

    # Sheets ----------------------------------------------------------------------------------------------

    def table(self, table: Table) -> Sheet | None:
        """The sheet of a declaration; None where there is nothing and it is only there for something."""
        if self.split and not table.across and table.rows not in (self.split, "month", "quarter"):
            table = replace(table, across=self.split, chart="")
        period, compared = self.period, self.compared
        if table.part == "campaigns":
            period = campaigns(self.profile, period)
            compared = tuple(campaigns(self.profile, one) for one in compared)
        if table.own:
            own = [line.where for line in lines(table.rows, self.frame(period)) if not line.missing]
            values = [value for where in own for word in where for value in word.values]
            table = replace(table, where=table.where & has(own[0].words[0].fact, *values))
        sheet = _Drawn(self, table, period, compared).sheet()
        if table.only and all(cell.value in (0, None) for row in sheet.rows for cell in row.cells):
            return None
        return sheet


def percent(part: int, whole: int, where: Mapping[str, str]) -> Cell:
    """A share in percent, unrounded; nothing of nothing is no share."""
    return Cell(Decimal(100 * part) / whole if whole else None, of=whole, where=where)


class _Drawn:
    """One table while it is drawn."""

    def __init__(self, builder: Builder, table: Table, period: Period, compared: Sequence[Period]) -> None:
        self.b, self.t, self.period = builder, table, period
        self.base = builder.of(table.where, period, table.by)
        self.mask = builder.counts.mask(self.base)
        self.lines = lines(table.rows, builder.frame(period))
        # A year of which this table knows nothing has no column.
        compared = [one for one in compared if builder.here(one) or builder.knows(table.code, one)]
        self.compared = compared
        self.then = [
            (one, builder.of(table.where, one, table.by), lines(table.rows, builder.frame(one))) for one in compared
        ]
        self.before = [builder.counts.mask(base) for _, base, _ in self.then]
        self.across = self._across()
        self.total = Line("total", S_("All"))

    def _across(self) -> tuple[Line, ...]:
        if not self.t.across:
            return ()
        """The columns, without those in which nothing stands; what a share is shown of stays."""
        found = lines(self.t.across, self.b.frame(self.period))
        return tuple(line for line in found if line.code in self.t.among or self.b.counts.count(line.where, self.mask))

    def sheet(self) -> Sheet:
        b, t = self.b, self.t
        rows = [self.row(line, number) for number, line in enumerate(self.lines)]
        kept = [row for row in rows if row is not None]
        if t.ranked:
            at = len(self.columns_before()) + len(self.across)
            kept = [row for row in kept if any(cell.value for cell in row.cells)]
            kept.sort(key=lambda row: (self.line(row.code).missing, -_number(row.cells[at]), row.label))
        total = self.row(self.total, None)
        assert total is not None, "the total has no line of its own"
        title = f"{b.say(t.title)} ({self.period.name})" if self.period != b.period else b.say(t.title)
        return Sheet(
            t.code,
            title,
            b.say(t.stub),
            tuple(self.columns()),
            (*kept, replace(total, total=True)),
            note=self.note(),
            sums=t.sums,
            chart=t.chart,
            part=t.part,
            homes=t.rows == "service",
        )

    def note(self) -> str:
        said = [self.b.say(self.t.note)] if self.t.note else []
        if self.t.left_out and "withdrawn" in self.b.profile.counts.without:
            said.append(self.b.say("Withdrawn complaints are left out of the percentages."))
        if self.b.split and self.t.across == self.b.split:
            said.append(self.b.say("Split by: {what}.", what=self.b.say(SPLITS[self.b.split])))
        return " ".join(said)

    def line(self, code: str) -> Line:
        return next(line for line in self.lines if line.code == code)

    # Columns ------------------------------------------------------------------------------------------

    def columns_before(self) -> list[Column]:
        return [Column(f"records.{one.since}", one.name, "records", one) for one in self.compared]

    def columns(self) -> Iterator[Column]:
        b = self.b
        yield from self.columns_before()
        if not self.across:
            yield Column("records", self.period.name, "records", self.period)
            if "people" in self.t.measure:
                yield Column("people", b.say("People"), "people", self.period)
            if "percent" in self.t.measure:
                yield Column("percent", "%", "percent", self.period)
            return
        for line in self.across:
            yield Column(line.code, b.voice.label(line.label), "records", self.period)
        yield Column("records", b.say("All"), "records", self.period, total=True)
        for line in self.shared():
            yield Column(f"{line.code}_percent", f"{b.voice.label(line.label)} (%)", "percent", self.period)

    def shared(self) -> list[Line]:
        """The columns of which a percentage is shown."""
        return [line for line in self.across if line.code in self.t.among]

    # Cells --------------------------------------------------------------------------------------------

    def row(self, line: Line, number: int | None) -> Row | None:
        """One line, None for one that is only there for what is missing, where nothing is. ``number`` None: total."""
        mask = self.b.counts.mask(line.where, self.mask)
        earlier = tuple(self.earlier(line, number, at) for at in range(len(self.then)))
        if line.missing and not mask and not any(cell.value for cell in earlier):
            return None
        where = self.base & line.where
        cells = (*earlier, *(self.crossed(where, mask) if self.across else self.plain(where, mask)))
        return Row(line.code, self.b.voice.label(line.label), cells)

    def earlier(self, line: Line, number: int | None, at: int) -> Cell:
        """The figure of an earlier period; days are compared piece by piece."""
        period, base, then = self.then[at]
        same = line if number is None else next((one for one in then if one.code == line.code), None)
        if same is None:
            same = then[number] if number is not None and number < len(then) else line
        brought = self.b.brought(self.t.code, same.code, "", period)
        if brought is not None:
            return brought
        return self.b.cell(base & same.where, self.b.counts.mask(same.where, self.before[at]))

    def plain(self, where: Where, mask: Mask) -> Iterator[Cell]:
        yield self.b.cell(where, mask)
        if "people" in self.t.measure:
            yield self.b.people(where, mask)
        if "percent" in self.t.measure:
            without = self.b.without if self.t.left_out else EVERYTHING
            counts = self.b.counts
            part, whole = counts.count(without, mask), counts.count(without, self.mask)
            gone = mask and not part
            yield Cell(None, of=whole) if gone else percent(part, whole, (where & without).query)

    def crossed(self, where: Where, mask: Mask) -> Iterator[Cell]:
        b = self.b
        for line in self.across:
            yield b.cell(where & line.where, b.counts.mask(line.where, mask))
        yield b.cell(where, mask)
        shared = self.shared()
        without = b.counts.mask(b.without, mask) if self.t.left_out else mask
        parts = [b.counts.count(line.where, without) for line in shared]
        for line, part in zip(shared, parts, strict=True):
            left = where & line.where & (b.without if self.t.left_out else EVERYTHING)
            yield percent(part, sum(parts), left.query)


def _number(cell: Cell) -> int:
    return cell.value if isinstance(cell.value, int) else 0
