"""Trends from the records: the months of each service and theme on their charts, and what is to be asked about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from casework.calendar import DAY, add_months
from casework.report_lines import lines
from casework.report_model import Cell, Column, Prose, Row, Sheet
from casework.report_where import EVERYTHING, Where, between, has, lacks
from casework.reports import COMPLAINTS, COMPLIMENTS, INFORMAL
from casework.trends import BASE, BESIDE, QUESTIONS, Trend, asked, trend
from casework.words import S_
from storage.bits import Mask
from storage.report_build import Builder

#: Months that are looked at: those shown in full, and the base of the first of them.
SHOWN = 12
#: What is counted beside complaints.
_BESIDE = {"informal": INFORMAL, "compliments": COMPLIMENTS}


def trends(b: Builder) -> tuple[Trend, ...]:
    """The charts of a report's organisation, service by service and theme by theme; all of it in front.

    The last month is the last whole one of the report's period.
    """
    months = _months(b)
    counts = b.counts
    here = counts.mask(_level(b) & lacks("undated"))  # of whose month nobody knows
    days = [counts.mask(between("filed", month, add_months(month, 1) - DAY), here) for month in months]
    kinds = {"complaints": COMPLAINTS, **_BESIDE}
    begun = next((at for at, day in enumerate(days) if day), 0)  # before that nothing was recorded here
    months, days = months[begun:], days[begun:]
    masks: dict[str, list[Mask]] = {kind: [counts.mask(where, day) for day in days] for kind, where in kinds.items()}
    found = []
    frame = b.frame(b.period)
    wanted = [("all", b.say(S_("All complaints")), EVERYTHING)]
    for dimension in ("service", "theme"):
        wanted += [
            (f"{dimension}:{line.code}", b.voice.label(line.label), line.where)
            for line in lines(dimension, frame)
            if not line.missing
        ]
    for code, label, where in wanted:
        numbers = {kind: [counts.count(where, day) for day in each] for kind, each in masks.items()}
        found.append(trend(code, label, months, numbers["complaints"], {kind: numbers[kind] for kind in _BESIDE}))
    return tuple(found)


def _months(b: Builder) -> list[date]:
    """The first days of the months, the oldest first."""
    after = (b.period.until + DAY).replace(day=1)
    return [add_months(after, -back) for back in range(BASE + SHOWN, 0, -1)]


def parts(b: Builder) -> Iterator[Sheet | Prose]:
    """The section of a report: what is to be asked, then the chart of all complaints."""
    found = trends(b)
    questions = []
    for one in found:
        for warning in one.warnings:
            places = asked(one, warning, b.voice.show(warning.month))
            questions.append(b.say(QUESTIONS[warning.kind], **places) + " " + b.say(BESIDE, **places))
    if not any(point.count for one in found for point in one.points):
        return
    text = "\n\n".join(questions) or b.say(S_("No service and no theme stands out from the months before."))
    yield Prose("trend_questions", b.say(S_("What to ask")), text, part="trends")
    yield _sheet(b, found[0])


def _sheet(b: Builder, one: Trend) -> Sheet:
    first = max(0, len(one.points) - SHOWN)
    rows = []
    for at, point in list(enumerate(one.points))[first:]:
        span = between("filed", point.month, add_months(point.month, 1) - DAY) & lacks("undated")
        usual = None if point.middle is None else round(point.middle)
        low = None if point.low is None else max(0, round(point.low))
        high = None if point.high is None else round(point.high)
        cells = (
            Cell(point.count, where=_linked(b, COMPLAINTS & span)),
            *(Cell(value) for value in (usual, low, high)),
            *(Cell(one.beside[kind][at], where=_linked(b, which & span)) for kind, which in _BESIDE.items()),
        )
        rows.append(Row(f"{point.month:%Y-%m}", b.voice.month(point.month), cells))
    columns = (
        Column("complaints", b.say(S_("Complaints")), "records", b.period),
        Column("usual", b.say(S_("Usual")), "other", b.period),
        Column("low", b.say(S_("From")), "other"),
        Column("high", b.say(S_("To")), "other"),
        Column("informal", b.say(S_("Informal feedback")), "records", b.period),
        Column("compliments", b.say(S_("Compliments")), "records", b.period),
    )
    note = b.say(
        S_(
            "Usual is the mean of the {count} months before; between from and to lie nearly all months in which "
            "nothing changed. A rise is not by itself bad news: more people may trust us with it."
        ),
        count=BASE,
    )
    title = b.say(S_("Complaints month by month, and what is usual"))
    return Sheet(
        "trend", title, b.say(S_("Month")), columns, tuple(rows), note, sums=False, chart="line", part="trends"
    )


def _level(b: Builder) -> Where:
    return has("services", *b.level) if b.level else EVERYTHING


def _linked(b: Builder, where: Where) -> dict[str, str]:
    return (where & _level(b)).query
