"""Working days, limits, pauses and warnings. Dates and times are Europe/London.

A working day is Monday to Friday and not a bank holiday of the nation. Day 1 is the first working day
after the event. Days from a pause up to, not including, the resumption do not count.
"""

from __future__ import annotations

import calendar as months
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
Unit = Literal["working days", "calendar days", "hours", "months"]
#: Nation -> the part of the United Kingdom whose bank holidays the ``holidays`` package gives it.
NATIONS = {"England": "ENG", "Wales": "WLS", "Scotland": "SCT", "Northern Ireland": "NIR"}


def midnight(day: date) -> datetime:
    """The aware time at which a day begins in London."""
    return datetime.combine(day, time(), LONDON)


@dataclass(frozen=True, slots=True)
class Pause:
    """No day counts from ``start`` up to, not including, ``end``; None has not ended."""

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Whether a day does not count because of it: its first day does not, the day it ends does."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last ``day``, and the aware ``moment`` from which it has been missed."""

    day: date
    moment: datetime

    @classmethod
    def of(cls, day: date) -> Deadline:
        """The whole of a day in London."""
        return cls(day, midnight(day + DAY))


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person really answers: from ``opens`` to ``closes``, on working days or on every day."""

    opens: time
    closes: time
    days: Literal["working days", "every day"] = "working days"

    @classmethod
    def from_toml(cls, value: object) -> Hours:
        """ "09:00–17:00 on working days" or "08:00–20:00 every day"; ValueError says so otherwise."""
        found = re.fullmatch(r"(\d\d:\d\d) ?[–-] ?(\d\d:\d\d) (?:on )?(working days|every day)", str(value))
        try:
            if not found:
                raise ValueError
            opens, closes = time.fromisoformat(found[1]), time.fromisoformat(found[2])
            if opens >= closes:
                raise ValueError
        except ValueError:
            raise ValueError('write hours as "09:00–17:00 on working days" or "08:00–20:00 every day"') from None
        return cls(opens, closes, "every day" if found[3] == "every day" else "working days")

    def __str__(self) -> str:
        days = self.days if self.days == "every day" else f"on {self.days}"
        return f"{self.opens:%H:%M} to {self.closes:%H:%M} {days}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one nation, with days an organisation adds to its holidays or takes from them."""

    nation: str
    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    @classmethod
    def of(cls, nation: str, added: tuple[date, ...] = (), removed: tuple[date, ...] = ()) -> Calendar:
        """Raises ValueError when the nation is not one of NATIONS."""
        if nation not in NATIONS:
            raise ValueError(f"no calendar for “{nation}”; use one of: {', '.join(NATIONS)}")
        return cls(nation, frozenset(added), frozenset(removed))

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        if day.weekday() >= 5 or day in self.added:
            return False
        return day in self.removed or day not in bank_holidays(self.nation, day.year)

    def deadline(self, start: datetime, count: int, unit: Unit, pauses: tuple[Pause, ...] = ()) -> Deadline | None:
        """When ``count`` of ``unit`` have passed since an aware time; None while a pause holds it up.

        "24 hours" end the same time by the clock on the next day, also on the night the clocks change.
        """
        local = start.astimezone(LONDON)
        first, lost = local.date(), tuple(p for p in pauses if p.end is None or p.end > p.start)
        if unit == "hours":
            clock = local.replace(tzinfo=None) + timedelta(hours=count)
            shift = _shift(first, clock.date(), lost)
            if shift is None:
                return None
            moment = (clock + shift * DAY).replace(tzinfo=LONDON)
            return Deadline(moment.date(), moment)
        if unit == "months":
            end = add_months(first, count)
            shift = _shift(first, end, lost)
            return None if shift is None else Deadline.of(end + shift * DAY)
        day = first
        while count > 0:
            day += DAY
            paused = [p for p in lost if p.covers(day)]
            if any(p.end is None for p in paused):
                return None
            if not paused and (unit == "calendar days" or self.works(day)):
                count -= 1
        return Deadline.of(day)

    def before(self, end: Deadline, count: int, unit: Unit) -> datetime:
        """The aware time to warn: the start of the day ``count`` units before the last one, or so many hours."""
        if unit == "hours":
            return end.moment - timedelta(hours=count)
        day = end.day
        while count > 0:
            day -= DAY
            if unit != "working days" or self.works(day):
                count -= 1
        return midnight(day)

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``: how long an answer took."""
        return sum(self.works(start + n * DAY) for n in range(1, (end - start).days + 1))

    def next_open(self, hours: Hours, at: datetime) -> datetime:
        """The first aware time from ``at`` on at which a person is there; ``at`` itself within hours."""
        now = at.astimezone(LONDON)
        day = now.date()
        while True:
            if hours.days == "every day" or self.works(day):
                opens, closes = (datetime.combine(day, t, LONDON) for t in (hours.opens, hours.closes))
                if now < closes:
                    return max(now, opens)
            day += DAY


@cache
def bank_holidays(nation: str, year: int) -> frozenset[date]:
    """The bank holidays of a nation in a year."""
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv=NATIONS[nation], years=year))


def add_months(day: date, count: int) -> date:
    """The same day so many months later, or the month's last."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def _shift(start: date, end: date, pauses: tuple[Pause, ...]) -> int | None:
    """How many days pauses add to a limit that would end on ``end``; None while one holds it up."""
    day, added = start, 0
    while day < end + added * DAY:
        day += DAY
        paused = [p for p in pauses if p.covers(day)]
        if any(p.end is None for p in paused):
            return None
        added += bool(paused)
    return added
