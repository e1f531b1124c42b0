"""A report as it may be published: no small number, none that could be computed, no home by its name, no link.

Everything that was published before is taken into account: a figure that was hidden stays hidden, and
what periods tell of one another (a year and its quarters, one year beside the next) tells nothing new. Words are only
those that somebody has approved; tables of single records are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from casework.calendar import DAY
from casework.report_model import Cell, Column, Part, Report, Row, Sheet
from casework.report_where import PERSONS, Is, read
from casework.reports import TABLES
from casework.suppression import LEAST, Sum, small, to_hide

#: Tables with the longest line first.
RANKED = frozenset(table.code for table in TABLES if table.ranked)
#: Columns of these are of single records.
SINGLE = ("text", "day")
#: Facts of which a record has one value: what it is says what it is not.
ONE_VALUE = ("kind", "who", "filed", "stands")
#: Two ways to say one thing.
_SAME = {"complainant:child": "who:child"}
#: Words that only leave something out of a percentage: the figure is the same one to a reader.
LEFT_OUT = "stands"


@dataclass(frozen=True)
class Ledger:
    """What a publication told: name of a figure -> its number, which of them were hidden, which sums hold.

    Kept sealed, for the next publication; a name is the facts that a figure counts, and its number.
    """

    figures: Mapping[str, int] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    sums: tuple[Sum, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What a publication needs to know.

    homes     service -> what it is called in what is published, of those that are not named
    approved  codes of the words that somebody has approved
    earlier   what was published before
    note      the sentence that says that figures are hidden
    """

    homes: Mapping[str, str] = field(default_factory=dict)
    approved: Collection[str] = ()
    earlier: Sequence[Ledger] = ()
    note: str = ""
    least: int = LEAST


def published(report: Report, rules: Rules) -> tuple[Report, Ledger]:
    """The report to publish, and what it tells."""
    sheets = [sheet for sheet in report.sheets() if not _single(sheet)]
    told = _Told(sheets, rules)
    hidden = told.hidden()
    wheres = {_same(_where(name)) for name in hidden} - {""}
    parts: list[Part] = []
    for part in report.parts:
        if isinstance(part, Sheet):
            if not _single(part):
                parts.append(_covered(part, told, hidden, wheres, rules))
        elif part.code in rules.approved:
            parts.append(part)
    service = report.level.removeprefix("service:")
    home = rules.homes.get(service, "")
    if home:
        report = replace(report, level=f"service:{_code(home)}", level_name=home)
    return replace(report, parts=tuple(parts)), told.ledger(hidden)


def _single(sheet: Sheet) -> bool:
    """Whether its lines are single records."""
    return any(column.unit in SINGLE for column in sheet.columns) or any(
        "record" in cell.where for row in sheet.rows for cell in row.cells
    )


# What is told -----------------------------------------------------------------------------------------


class _Told:
    """The counts of a report by name, and every sum that a reader can make of them."""

    def __init__(self, sheets: Sequence[Sheet], rules: Rules) -> None:
        self.rules = rules
        self.now: dict[str, int] = {}
        self.totals: set[str] = set()
        self.names: dict[tuple[str, int, int], str] = {}
        self.sums: list[Sum] = []
        for sheet in sheets:
            self._take(sheet)
        self.figures = dict(self.now)
        self.before: set[str] = set()
        self.shown: set[str] = set()
        for ledger in rules.earlier:
            self.figures |= ledger.figures
            self.before |= ledger.hidden
            self.shown |= set(ledger.figures) - ledger.hidden
            self.sums += ledger.sums
        self.shown -= self.before
        self.words = {name: frozenset(read(where)) for name in self.figures if (where := _where(name))}
        self.by_words: dict[frozenset[Is], list[str]] = {}
        for name, words in self.words.items():
            self.by_words.setdefault(words, []).append(name)
        self.sums += [*self._same_records(), *self._complements(), *self._periods()]

    def _take(self, sheet: Sheet) -> None:
        for r, row in enumerate(sheet.rows):
            for c, cell in enumerate(row.cells):
                if (name := _name(sheet, row, sheet.columns[c], cell)) is not None:
                    self.names[sheet.code, r, c] = name
                    if cell.where or cell.state == "recorded figure" or row.total:
                        assert isinstance(cell.value, int)
                        self.now[name] = cell.value
                    if row.total or sheet.columns[c].total:
                        self.totals.add(name)
        for total in [r for r, row in enumerate(sheet.rows) if row.total]:
            parts = [r for r, row in enumerate(sheet.rows) if not row.total]
            for c in range(len(sheet.columns)):
                self._sum(sheet, [(total, c), *((r, c) for r in parts)])
        for c, column in enumerate(sheet.columns):
            same = [
                d
                for d, other in enumerate(sheet.columns)
                if not other.total and (other.unit, other.period) == (column.unit, column.period)
            ]
            for r in range(len(sheet.rows)) if column.total else ():
                self._sum(sheet, [(r, c), *((r, d) for d in same)])

    def _sum(self, sheet: Sheet, places: Sequence[tuple[int, int]]) -> None:
        """A total and its parts, where they are counts and add up; a total that counts no records is no figure."""
        names = [self.names.get((sheet.code, r, c)) for r, c in places]
        known = [name for name in names if name is not None]
        if len(known) == len(names) > 1 and self.now.get(known[0]) == sum(self.now.get(name, -1) for name in known[1:]):
            self.sums.append(Sum(known[0], tuple(known[1:])))

    def _same_records(self) -> Iterator[Sum]:
        """Records among others that are as many are the same records."""
        for name, words in self.words.items():
            for word in words:
                for whole in self.by_words.get(words - {word}, ()):
                    if self.figures[whole] == self.figures[name]:
                        yield Sum(whole, (name,))

    def _complements(self) -> Iterator[Sum]:
        """What has a fact and what has not make up all of it."""
        for name, words in self.words.items():
            for word in words:
                other = words - {word} | {replace(word, no=True)}
                if word.no or word.span or word.values in (("*",), ("-",)) or other not in self.by_words:
                    continue
                for rest in self.by_words[other]:
                    for whole in self.by_words.get(words - {word}, ()):
                        yield Sum(whole, (name, rest))

    def _periods(self) -> Iterator[Sum]:
        """Periods that make up a longer one."""
        spans: dict[tuple[str, frozenset[Is]], list[tuple[date, date, str]]] = {}
        for name, words in self.words.items():
            for word in words:
                if word.span and (days := _days(word.span)):
                    spans.setdefault((word.fact, words - {word}), []).append((*days, name))
        for known in spans.values():
            for since, until, name in known:
                for parts in _paths(known, since, until, (since, until)):
                    yield Sum(name, parts)

    def hidden(self) -> frozenset[str]:
        """The names of the figures that are not shown."""
        forced = set(self.before) | self._differences() | self._again()
        again = {_where(name) for name in self.before}
        forced |= {name for name in self.now if _where(name) in again and name not in self.shown}
        plain = {name for name in self.figures if name not in self.now and name not in self.before}
        return to_hide(
            self.figures,
            self.sums,
            hidden=forced,
            fixed=self.shown | plain,
            last=self.totals,
            least=self.rules.least,
        )

    def _differences(self) -> set[str]:
        """Figures that lie within another and leave a small number of it: “213, of them 210”."""
        found = set()
        for name, words in self.words.items():
            for count in (1, 2):
                for some in combinations(sorted(words, key=str), count):
                    for whole in self.by_words.get(words - set(some), ()):
                        rest = self.figures[whole] - self.figures[name]
                        shown = self.figures[name] >= self.rules.least
                        if shown and small(rest, self.rules.least):
                            found.add(whole if name in self.shown else name)
        return found - self.shown

    def _again(self) -> set[str]:
        """People by how often they complained: the number of records tells more than a sum, so all of them or none."""
        groups: dict[frozenset[Is], set[str]] = {}
        for name, words in self.words.items():
            if any(word.fact == PERSONS for word in words) and self.figures[name]:
                groups.setdefault(frozenset(word for word in words if word.fact != PERSONS), set()).add(name)
        hides = (
            names for names in groups.values() if any(small(self.figures[name], self.rules.least) for name in names)
        )
        return {name for names in hides for name in names if name not in self.shown}

    def ledger(self, hidden: Collection[str]) -> Ledger:
        sums = tuple(one for one in dict.fromkeys(self.sums) if all(name in self.now for name, _ in one))
        return Ledger(self.now, frozenset(hidden) & set(self.now), sums)


def _name(sheet: Sheet, row: Row, column: Column, cell: Cell) -> str | None:
    """What a count is known by: what it counts, and its number. None for what is no count."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int) or cell.of is not None or cell.value < 0:
        return None
    if column.unit not in ("records", "people", "other"):
        return None
    if cell.state == "counted" and not cell.where and not row.total:
        return None  # a difference, a number of services
    where = plainly(cell.where.get("facts", ""))
    place = "" if where else f"{sheet.code}/{row.code}/{column.code}/{column.period.name if column.period else ''}"
    return f"{where}#{place}#{cell.value}"


def _where(name: str) -> str:
    return name.partition("#")[0]


def _same(where: str) -> str:
    """Facts as a reader takes them: what is only left out of percentages makes no other figure."""
    return " ".join(word for word in plainly(where).split() if not word.startswith(f"{LEFT_OUT}:!"))


@lru_cache(maxsize=20_000)
def plainly(where: str) -> str:
    """Facts in one spelling, sorted, each as narrow as all that is said: two ways to say the same are one figure."""
    narrow: dict[tuple[str, bool], Is] = {}
    for word in read(where):
        if str(word) in _SAME:
            word = next(iter(read(_SAME[str(word)])))
        key = (word.fact, word.no or word.values == ("-",))
        narrow[key] = _both(narrow[key], word) if key in narrow else word
    for fact, no in list(narrow):
        if no and fact in ONE_VALUE and (fact, False) in narrow:
            del narrow[fact, no]
    return " ".join(sorted(str(replace(word, values=tuple(sorted(word.values)))) for word in narrow.values()))


def _both(one: Is, other: Is) -> Is:
    """What holds where both hold, of one fact."""
    if one.span and other.span:
        until = min(one.span[1] or "~", other.span[1] or "~").replace("~", "")
        return replace(one, values=(f"{max(one.span[0], other.span[0])}..{until}",))
    if one.no:
        return replace(one, values=tuple(dict.fromkeys((*one.values, *other.values))))
    if one.span or one.values == ("*",):
        return other
    if other.span or other.values == ("*",):
        return one
    return replace(one, values=tuple(value for value in one.values if value in other.values) or one.values)


def _days(span: tuple[str, str]) -> tuple[date, date] | None:
    try:
        return date.fromisoformat(span[0]), date.fromisoformat(span[1])
    except ValueError:
        return None


def _paths(
    known: Sequence[tuple[date, date, str]], since: date, until: date, whole: tuple[date, date]
) -> Iterator[tuple[str, ...]]:
    """Every way to go from one day to another by periods shorter than the whole."""
    for first, last, name in known:
        if first == since and last <= until and (first, last) != whole:
            if last == until:
                yield (name,)
            else:
                yield from ((name, *rest) for rest in _paths(known, last + DAY, until, whole))


# What is shown ----------------------------------------------------------------------------------------


def _covered(sheet: Sheet, told: _Told, hidden: Collection[str], wheres: Collection[str], rules: Rules) -> Sheet:
    """A table without what is hidden, what would tell it, links, and the names of homes."""
    gone = {
        (r, c)
        for r, row in enumerate(sheet.rows)
        for c, cell in enumerate(row.cells)
        if (name := told.names.get((sheet.code, r, c))) in hidden
        or (name is None and _tells(cell, wheres, rules.least))
    }
    lines = {r for r, _ in gone}
    totals = any(sheet.rows[r].total for r, c in gone if (sheet.code, r, c) in told.names)
    rows = []
    for r, row in enumerate(sheet.rows):
        cells = []
        for c, cell in enumerate(row.cells):
            derived = (sheet.code, r, c) not in told.names and cell.value is not None
            away = (r, c) in gone or (derived and ((r in lines and not cell.where) or (totals and cell.of is not None)))
            cells.append(Cell(None, state="suppressed") if away else replace(cell, where={}, of=None))
        rows.append(replace(row, cells=tuple(cells)))
    if sheet.code in RANKED:
        rows = list(_reordered(rows))
    if sheet.homes:
        rows = list(_numbered(rows, rules.homes))
    columns = tuple(
        replace(column, code=_code(rules.homes[column.code]), label=rules.homes[column.code])
        if column.code in rules.homes
        else column
        for column in sheet.columns
    )
    note = f"{sheet.note} {rules.note}".strip() if gone else sheet.note
    return replace(sheet, rows=tuple(rows), columns=columns, note=note)


def _tells(cell: Cell, wheres: Collection[str], least: int) -> bool:
    """Whether a percentage, an average or a sum tells a count that is hidden, or a small one."""
    if cell.value is None:
        return False
    if (where := cell.where.get("facts", "")) and _same(where) in wheres:
        return True
    if cell.of is None or isinstance(cell.value, (str, date)):
        return False
    part = Decimal(cell.value) * cell.of / 100
    share = abs(part - round(part)) < Decimal("0.000001")  # a mean is hardly ever a whole number of records
    return small(cell.of, least) or (share and (small(round(part), least) or small(cell.of - round(part), least)))


def _reordered(rows: Sequence[Row]) -> Iterator[Row]:
    """Of a table with the longest line first: lines with something hidden by their names, so that no place tells it."""

    def hides(row: Row) -> bool:
        return any(cell.state == "suppressed" for cell in row.cells)

    yield from (row for row in rows if not row.total and not hides(row))
    yield from sorted((row for row in rows if not row.total and hides(row)), key=lambda row: row.label)
    yield from (row for row in rows if row.total)


def _numbered(rows: Iterable[Row], homes: Mapping[str, str]) -> Iterator[Row]:
    """Homes by their number, after the services that are named and before the totals."""
    known = list(rows)
    yield from (row for row in known if row.code not in homes and not row.total)
    numbered = [replace(row, code=_code(homes[row.code]), label=homes[row.code]) for row in known if row.code in homes]
    yield from sorted(numbered, key=lambda row: (len(row.label), row.label))
    yield from (row for row in known if row.total)


def _code(label: str) -> str:
    return "-".join(label.casefold().split())


def numbers(homes: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """Home -> its number, for ever: those of before, and the next ones for new homes in the order given."""
    found = dict(known)
    for home in homes:
        if home not in found:
            found[home] = max(found.values(), default=0) + 1
    return found
