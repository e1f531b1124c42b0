"""Is this month like the months before it? Counts a month, per service and theme, on a control chart.

The chart is the c-chart for counts of things that happen seldom and one by one (Shewhart 1931; ISO 7870-2): its middle
line is the mean of the base, the ``BASE`` months before the month looked at, and its limits lie three standard
deviations of a Poisson count from it. For small counts a normal limit is wrong, so the limits are those of the Poisson
distribution itself with the same chance of a false alarm, 0.00135 on each side. Counts that vary more from month to
month than chance alone (holidays, one event that brings ten complaints) would ring all the time: the limits are widened
by the spread found in the base, as Laney's u'-chart does (Quality Engineering 14, 2002), never narrowed.

Two rules ask a question: one month beyond a limit; ``RUN`` months in a row on one side of the middle (rule 4 of the
Western Electric rules, which finds small lasting changes). A warning is worded as a question: more complaints may be
more trust, and fewer may be less. So each chart shows informal feedback and compliments of the same months beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

from casework.words import S_

#: Months of the base, and the fewest with which anything is said.
BASE, FEWEST = 24, 12
#: Months in a row on one side of the middle that are a change.
RUN = 8
#: Chance of a month beyond one limit while nothing has changed: that of three standard deviations.
CHANCE = 0.00135
#: Below so many records in the base there is nothing to see.
ENOUGH = 12

Kind = Literal["more", "fewer", "run_more", "run_fewer"]

#: What is asked, by what was seen. {what} is a service or a theme, {month} its name, {count} of {usual} usually.
QUESTIONS: Mapping[Kind, str] = {
    "more": S_(
        "{what}: {count} in {month}, usually about {usual}. Did something happen, or did it become easier to tell us?"
    ),
    "fewer": S_("{what}: {count} in {month}, usually about {usual}. Is it better, or is it harder to tell us?"),
    "run_more": S_(
        "{what}: more than usual {months} months in a row, up to {month}. "
        "Has something changed, or do more people trust us with it?"
    ),
    "run_fewer": S_(
        "{what}: fewer than usual {months} months in a row, up to {month}. Is it better, or do we hear less of it?"
    ),
}
#: What stands beside every question.
BESIDE = S_(
    "A rise is not by itself bad news. In the same months: informal feedback {informal} (before {informal_before}), "
    "compliments {compliments} (before {compliments_before})."
)


@dataclass(frozen=True, slots=True)
class Point:
    """One month. ``middle`` and limits are None while the base is too short; a count on a limit is within."""

    month: date
    count: int
    middle: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to ask about. ``months``: how many it lasted; ``usual``: the middle, rounded."""

    kind: Kind
    month: date
    count: int
    usual: int
    months: int = 1


@dataclass(frozen=True)
class Trend:
    """The months of one service or theme, the oldest first; ``code`` and ``label`` say which.

    beside  other counts of the same months: "informal", "compliments"
    """

    code: str
    label: str
    points: tuple[Point, ...]
    beside: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    warnings: tuple[Warning, ...] = ()

    def around(self, kind: str, months: int) -> tuple[int, int]:
        """A count beside it: of the last ``months`` months, and of as many before."""
        counts = self.beside.get(kind, ())
        return sum(counts[-months:]), sum(counts[-2 * months : -months])


def trend(
    code: str, label: str, months: Sequence[date], counts: Sequence[int], beside: Mapping[str, Sequence[int]] = {}
) -> Trend:
    """The chart of counts by month, the oldest first. ValueError where they are not as many as the months."""
    others = {kind: tuple(values) for kind, values in beside.items()}
    if any(len(values) != len(months) for values in (counts, *others.values())):
        raise ValueError("as many counts as months")
    points = tuple(_point(month, counts, number) for number, month in enumerate(months))
    found = _last(points)
    return Trend(code, label, points, others, (found,) if found else ())


def _point(month: date, counts: Sequence[int], number: int) -> Point:
    """A month against the months before it: its own count is no part of what it is measured by."""
    base = counts[max(0, number - BASE) : number]
    if len(base) < FEWEST or sum(base) < ENOUGH:
        return Point(month, counts[number])
    middle = sum(base) / len(base)
    wider = max(1.0, spread(base))
    low, high = limits(middle)
    return Point(
        month, counts[number], middle, max(0.0, middle - (middle - low) * wider), middle + (high - middle) * wider
    )


def limits(mean: float) -> tuple[int, int]:
    """The counts between which a Poisson count of this mean lies, but for ``CHANCE`` on each side; both are within."""
    chance = math.exp(-mean)
    total, count, low = chance, 0, 0
    while total < 1 - CHANCE:
        if total < CHANCE:
            low = count + 1
        count += 1
        chance *= mean / count
        total += chance
    return low, count


def spread(counts: Sequence[int]) -> float:
    """How many times wider counts vary from month to month than chance alone: 1.0 for chance.

    By the mean moving range of the standardised counts, over 1.128 (Laney 2002), so that a slow drift does not count.
    """
    mean = sum(counts) / len(counts)
    if not mean:
        return 1.0
    ranges = [abs(a - b) / math.sqrt(mean) for a, b in pairwise(counts)]
    return sum(ranges) / len(ranges) / 1.128 if ranges else 1.0


def _last(points: Sequence[Point]) -> Warning | None:
    """What is to be asked about the last month, None for nothing."""
    if not points or points[-1].middle is None:
        return None
    last = points[-1]
    assert last.middle is not None and last.low is not None and last.high is not None, "they come together"
    usual = round(last.middle)
    if last.count > last.high:
        return Warning("more", last.month, last.count, usual)
    if last.count < last.low:
        return Warning("fewer", last.month, last.count, usual)
    for kind, above in (("run_more", True), ("run_fewer", False)):
        months = _run(points, above)
        if months >= RUN:
            return Warning("run_more" if kind == "run_more" else "run_fewer", last.month, last.count, usual, months)
    return None


def _run(points: Sequence[Point], above: bool) -> int:
    """Months in a row up to the last that lie on one side of the middle of before the run."""
    count = 0
    for point in reversed(points):
        if point.middle is None or (point.count <= point.middle if above else point.count >= point.middle):
            break
        count += 1
    return count


def asked(one: Trend, warning: Warning, month: str) -> dict[str, object]:
    """The places of ``QUESTIONS`` and ``BESIDE`` for a warning; ``month`` as people call it."""
    informal, informal_before = one.around("informal", warning.months)
    compliments, compliments_before = one.around("compliments", warning.months)
    return {
        "what": one.label,
        "month": month,
        "count": warning.count,
        "usual": warning.usual,
        "months": warning.months,
        "informal": informal,
        "informal_before": informal_before,
        "compliments": compliments,
        "compliments_before": compliments_before,
    }
