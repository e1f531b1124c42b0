"""The periods that reports are of, and the earlier ones beside each. All in whole days, both ends counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from casework.calendar import DAY, add_months
from casework.procedure import Profile
from casework.record import day
from casework.report_model import Period
from casework.words import S_

#: Kind of a report -> the months it spans; a week has none.
SPANS: Mapping[str, int] = {"annual": 12, "six-monthly": 6, "quarterly": 3, "monthly": 1, "weekly": 0}
KINDS: Mapping[str, str] = {
    "annual": S_("Annual report"),
    "six-monthly": S_("Six-monthly report"),
    "quarterly": S_("Quarterly report"),
    "monthly": S_("Monthly report"),
    "weekly": S_("Weekly list"),
    "period": S_("Report"),
}
#: Earlier periods that can stand beside one.
MOST = 5
#: Days that a report can be of; earlier periods and months are counted from them.
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
Show = Callable[[date], str]


def written(text: str) -> date | None:
    """A day as 2021-03-31, None for anything else and for one that no report can be of."""
    found = day(text)
    return found if found and FIRST <= found <= LAST else None


def year_of(day: date, first_month: int) -> date:
    """The first day of the report year that a day is in."""
    first = date(day.year, first_month, 1)
    return first if first <= day else add_months(first, -12)


def named(since: date, until: date, first_month: int, show: Show = str) -> str:
    """What a period is called: 2020/21, Q1 2020/21, else its days."""
    year = year_of(since, first_month)
    name = str(year.year) if first_month == 1 else f"{year.year}/{(year.year + 1) % 100:02}"
    months, on = divmod((since.year - year.year) * 12 + since.month - year.month, 3)
    if since.day == 1 and not on:
        if until == add_months(since, 12) - DAY and not months:
            return name
        if until == add_months(since, 3) - DAY:
            return f"Q{months + 1} {name}"
        if until == add_months(since, 6) - DAY and months in (0, 2):
            return f"Q{months + 1}–Q{months + 2} {name}"
    return f"{show(since)} – {show(until)}"


def between(since: date, until: date, first_month: int, show: Show = str) -> Period:
    """Any days. ValueError where it ends before it begins."""
    return Period(since, until, named(since, until, first_month, show))


def spanning(kind: str, day: date, first_month: int, show: Show = str) -> Period:
    """The period of a kind that a day is in. KeyError for a kind that is none."""
    months = SPANS[kind]
    if not months:
        since = day - timedelta(days=day.weekday())
        return Period(since, since + 6 * DAY, f"{show(since)} – {show(since + 6 * DAY)}")
    start = year_of(day, first_month)
    while add_months(start, months) <= day:
        start = add_months(start, months)
    until = add_months(start, months) - DAY
    return between(start, until, first_month, show)


def kind_of(period: Period) -> str:
    """The kind of report that a period is, "period" for none of them."""
    for kind, months in SPANS.items():
        if months and period.since.day == 1 and period.until == add_months(period.since, months) - DAY:
            return kind
    return "weekly" if period.since.weekday() == 0 and period.until == period.since + 6 * DAY else "period"


def earlier(period: Period, count: int, first_month: int, show: Show = str) -> tuple[Period, ...]:
    """The same days of so many years before, the oldest first; of a week the weeks before."""
    found = []
    for back in range(min(count, MOST), 0, -1):
        if kind_of(period) == "weekly":
            since, until = period.since - 7 * back * DAY, period.until - 7 * back * DAY
        else:
            since, after = add_months(period.since, -12 * back), add_months(period.until + DAY, -12 * back)
            until = max(since, after - DAY)
        found.append(between(since, until, first_month, show))
    return tuple(found)


def campaigns(profile: Profile, period: Period) -> Period:
    """The year of campaigns and fundraising that stands in a report: another one where the profile says so."""
    first = profile.counts.campaign_year
    if first == profile.report_year or kind_of(period) != "annual":
        return period
    start = year_of(period.since, first)
    return between(start, add_months(start, 12) - DAY, first)
