"""A report on the page: what the address asks for, the periods to choose from, the tables as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import locales.reports
from casework.calendar import DAY, add_months
from casework.procedure import Profile
from casework.report_document import money, number, pounds
from casework.report_lines import SPLITS
from casework.report_model import Cell, Column, Sheet
from casework.report_periods import KINDS, MOST, spanning, written
from casework.reports import PARTS
from console.request import Request
from storage.report_build import Voice
from storage.reporting import Asked

#: How many periods of each kind are offered.
OFFERED: Mapping[str, int] = {"annual": 6, "six-monthly": 4, "quarterly": 8, "monthly": 12, "weekly": 6}


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of report, and its periods: (address of the period, what it is called)."""

    kind: str
    periods: tuple[tuple[str, str], ...]


def voice(language: str) -> Voice:
    """How a report speaks to a reader of the console."""
    return Voice(language, **locales.reports.voice(language))


def wanted(ask: Request, today: date) -> Asked:
    """What the address asks for; the report year before this one ends where it says nothing. Errors are added.

    ``period`` is "2020-04-01..2021-03-31"; ``since`` and ``until`` go before it.
    """
    profile, query = ask.profile, ask.query
    since, until = _days(ask, profile, today)
    levels = {code for code, _ in level_choices(ask)}
    level = query.get("level", "")
    earlier = query.get("earlier", "2")
    split = query.get("split", "")
    part = query.get("part", "")
    return Asked(
        since,
        until,
        level if level in levels else "organisation",
        min(int(earlier), MOST) if earlier.isascii() and earlier.isdecimal() and len(earlier) == 1 else 2,
        split if split in SPLITS else "",
        (part,) if part in PARTS else ("glance",),
    )


def _days(ask: Request, profile: Profile, today: date) -> tuple[date, date]:
    query = ask.query
    usual = spanning("annual", add_months(today, -6), profile.report_year)
    typed = {name: query.get(name, "").strip() for name in ("since", "until")}
    if any(typed.values()):
        found = {name: written(text) for name, text in typed.items()}
        for name, text in typed.items():
            if found[name] is None:
                ask.errors.add(
                    name, ask.say("Choose a day") if not text else ask.say("“{typed}” is no day", typed=text)
                )
        since, until = found["since"], found["until"]
        if since and until and until < since:
            ask.errors.add("until", ask.say("The last day is before the first. Change one of them."))
        elif since and until:
            return since, until
        return usual.since, usual.until
    first, _, last = query.get("period", "").partition("..")
    since, until = written(first), written(last)
    return (since, until) if since and until and since <= until else (usual.since, usual.until)


def address(asked: Asked) -> str:
    """The period of a report as its address has it."""
    return f"{asked.since}..{asked.until}"


def query(asked: Asked, **changes: object) -> dict[str, str]:
    """For an address that shows the same with these changes."""
    now = replace(asked, **changes)  # type: ignore[arg-type]  # fields of Asked
    pairs = {"period": address(now), "level": now.level, "earlier": str(now.earlier), "split": now.split}
    pairs |= {"part": now.parts[0] if now.parts else ""}
    usual = {"level": "organisation", "earlier": "2", "part": "glance"}
    return {name: value for name, value in pairs.items() if value and value != usual.get(name)}


def period_choices(ask: Request, asked: Asked, today: date) -> list[Choice]:
    """The periods that are offered, and the one that is open where it is none of them."""
    profile, say = ask.profile, voice(ask.language)
    found = []
    for kind, count in OFFERED.items():
        periods, on = [], today
        for _ in range(count):
            one = spanning(kind, on, profile.report_year, say.show)
            periods.append((f"{one.since}..{one.until}", say.month(one.since) if kind == "monthly" else one.name))
            on = one.since - DAY
        found.append(Choice(ask.say(KINDS[kind]), tuple(periods)))
    known = {code for choice in found for code, _ in choice.periods}
    if address(asked) not in known:
        name = f"{say.show(asked.since)} – {say.show(asked.until)}"
        found.insert(0, Choice(ask.say("Other days"), ((address(asked), name),)))
    return found


def level_choices(ask: Request) -> list[tuple[str, str]]:
    """The whole organisation, its teams, its services."""
    profile = ask.profile
    teams = sorted({service.team for service in profile.services.values() if service.team})
    return [
        ("organisation", ask.say("The whole organisation")),
        *((f"team:{team}", ask.say("Team: {team}", team=team)) for team in teams),
        *((f"service:{one.id}", one.name.said(ask.language)) for one in profile.services.values()),
    ]


# A table as it is drawn -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell in words. ``href`` "" for no link; ``bar`` its share of the longest, in percent; ``mark`` a small note."""

    text: str
    href: str = ""
    bar: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table: its sheet, and its lines as (label, whether it is a total, figures)."""

    sheet: Sheet
    lines: tuple[tuple[str, str, bool, tuple[Figure, ...]], ...]
    empty: bool


def drawn(ask: Request, sheet: Sheet, links: bool) -> Drawn:
    """A sheet as the page shows it. ``links``: whoever looks may see the lists behind the figures."""
    longest = _longest(sheet)
    lines = []
    for row in sheet.rows:
        figures = []
        for column, cell in zip(sheet.columns, row.cells, strict=True):
            bar = 0
            if sheet.chart == "bars" and column.code == "records" and not row.total and isinstance(cell.value, int):
                bar = round(100 * cell.value / longest) if longest else 0
            figures.append(
                Figure(shown(ask, column, cell, row.code), link(ask, cell) if links else "", bar, _mark(ask, cell))
            )
        href = ask.address(f"/record/{row.code}") if links and row.code.startswith("HB-") else ""
        lines.append((row.label, href, row.total, tuple(figures)))
    return Drawn(sheet, tuple(lines), not any(cell.value for row in sheet.rows for cell in row.cells))


def _longest(sheet: Sheet) -> int:
    at = next((n for n, column in enumerate(sheet.columns) if column.code == "records"), None)
    if at is None:
        return 0
    values = (row.cells[at].value for row in sheet.rows if not row.total)
    return max((value for value in values if isinstance(value, int)), default=0)


def _mark(ask: Request, cell: Cell) -> str:
    return ask.say("as recorded") if cell.state == "recorded figure" else ""


def shown(ask: Request, column: Column, cell: Cell, row: str = "") -> str:
    """A figure as people read it: 1,234; 63 %; 1 April 2020; – for none."""
    value = cell.value
    if value is None:
        return "–"
    if isinstance(value, date):
        return voice(ask.language).show(value)
    if isinstance(value, str):
        return value
    said = money(value) if pounds(column, row) else number(value)
    if column.code.startswith("change"):
        said = f"−{said[1:]}" if said.startswith("-") else f"+{said}" if value else said
    return f"{said} %" if column.unit == "percent" else said


def link(ask: Request, cell: Cell) -> str:
    """The list of exactly the records behind a figure, "" where there is none or nothing in it."""
    if not cell.where or not cell.value:
        return ""
    if "record" in cell.where:
        return ask.address(f"/record/{cell.where['record']}")
    return ask.address("/records", **cell.where)


def parts(ask: Request, asked: Asked, known: Sequence[str]) -> Iterator[tuple[str, str, None, bool]]:
    """The sections as tabs: (address, name, no count, whether it is open)."""
    for code in known:
        here = asked.parts == (code,)
        yield ask.address("/reports", **query(asked, parts=(code,))), ask.say(PARTS[code]), None, here
