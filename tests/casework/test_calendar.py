"""Working days against the government's list, and every limit against a calendar that counts day by day."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.calendar import LONDON, Calendar, Deadline, Hours, Pause, Unit, bank_holidays, midnight

TABLE = tomllib.loads(Path(__file__).with_name("bank_holidays.toml").read_text("utf-8"))
GOLDEN = {
    nation: frozenset(date.fromisoformat(f"{year}-{day}") for year, days in years.items() for day in days.split())
    for nation, years in TABLE.items()
}
GOLDEN["Wales"] = GOLDEN["England"]


def noon(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(12), LONDON)


def test_a_day_begins_at_midnight_in_london_in_summer_and_winter() -> None:
    assert midnight(date(2026, 7, 1)).isoformat() == "2026-07-01T00:00:00+01:00"
    assert midnight(date(2026, 12, 1)).isoformat() == "2026-12-01T00:00:00+00:00"


@pytest.mark.parametrize("nation", GOLDEN)
def test_bank_holidays_are_the_governments(nation: str) -> None:
    found = {day for year in range(2008, 2031) for day in bank_holidays(nation, year) if day.weekday() < 5}
    assert found == GOLDEN[nation]


# Ten working days, twenty, and five, from a day before each holiday that was moved or added.
AROUND = [
    # nation, from, days, due
    ("England", "2020-12-21", 10, "2021-01-07"),
    ("England", "2020-12-21", 20, "2021-01-21"),
    ("Scotland", "2020-12-21", 10, "2021-01-08"),
    ("Northern Ireland", "2020-12-21", 10, "2021-01-07"),
    ("England", "2020-05-01", 5, "2020-05-11"),  # early May moved to Friday the 8th
    ("England", "2011-04-20", 10, "2011-05-10"),  # Easter, the royal wedding, early May
    ("Scotland", "2011-04-20", 10, "2011-05-09"),  # no Easter Monday
    ("England", "2012-05-31", 5, "2012-06-11"),  # diamond jubilee: the 4th and the 5th
    ("England", "2022-06-01", 5, "2022-06-10"),  # platinum jubilee: the 2nd and the 3rd
    ("Wales", "2022-09-16", 1, "2022-09-20"),  # royal funeral
    ("Scotland", "2022-09-16", 1, "2022-09-20"),
    ("Northern Ireland", "2022-09-16", 1, "2022-09-20"),
    ("England", "2023-05-05", 1, "2023-05-09"),  # coronation
    ("England", "2019-12-31", 1, "2020-01-02"),
    ("Scotland", "2019-12-31", 1, "2020-01-03"),  # 2 January
    ("Scotland", "2023-11-29", 1, "2023-12-01"),  # St Andrew's Day
    ("Scotland", "2024-11-29", 1, "2024-12-03"),  # St Andrew's Day fell on a Saturday
    ("England", "2024-11-29", 1, "2024-12-02"),
    ("Northern Ireland", "2021-03-16", 1, "2021-03-18"),  # St Patrick's Day
    ("Northern Ireland", "2024-03-15", 1, "2024-03-19"),  # St Patrick's Day fell on a Sunday
    ("Northern Ireland", "2021-07-09", 1, "2021-07-13"),  # 12 July
    ("Northern Ireland", "2025-07-11", 1, "2025-07-15"),  # 12 July fell on a Saturday
    ("England", "2021-12-24", 1, "2021-12-29"),  # Christmas on a Saturday
    ("England", "2022-12-23", 1, "2022-12-28"),  # Christmas on a Sunday
    ("England", "2026-12-24", 1, "2026-12-29"),  # Boxing Day on a Saturday
]


@pytest.mark.parametrize(("nation", "start", "days", "due"), AROUND)
def test_limits_around_holidays(nation: str, start: str, days: int, due: str) -> None:
    found = Calendar.of(nation).deadline(noon(start), days, "working days")
    assert found == Deadline.of(date.fromisoformat(due))


def slow(nation: str, start: date, count: int, unit: Unit, pauses: tuple[Pause, ...]) -> date | None:
    """The same, from the government's list, by writing down every day that counts."""
    days = [start + timedelta(days=n) for n in range(1, 700)]
    counted = [
        day
        for day in days
        if (unit == "calendar days" or (day.weekday() < 5 and day not in GOLDEN[nation]))
        and not any(p.start <= day and (p.end is None or day < p.end) for p in pauses)
    ]
    return counted[count - 1] if len(counted) >= count else None


dates = st.dates(date(2008, 1, 1), date(2028, 6, 30))


@st.composite
def pauses(draw: st.DrawFn, start: date) -> tuple[Pause, ...]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begins = start + timedelta(days=draw(st.integers(-5, 60)))
        length = draw(st.one_of(st.none(), st.integers(0, 40)))
        found.append(Pause(begins, None if length is None else begins + timedelta(days=length)))
    return tuple(found)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(data=st.data(), nation=st.sampled_from(list(GOLDEN)), start=dates, count=st.integers(1, 65))
def test_limits_agree_with_a_slow_calendar(data: st.DataObject, nation: str, start: date, count: int) -> None:
    held = data.draw(pauses(start))
    unit: Unit = data.draw(st.sampled_from(["working days", "calendar days"]))
    began = datetime.combine(start, data.draw(st.times(time(4), time(22))), LONDON)
    found = Calendar.of(nation).deadline(began, count, unit, held)
    assert (found and found.day) == slow(nation, start, count, unit, held)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(start=dates, count=st.integers(1, 65), warn=st.integers(0, 13))
def test_a_warning_comes_before_the_limit(start: date, count: int, warn: int) -> None:
    calendar = Calendar.of("England")
    end = calendar.deadline(datetime.combine(start, time(12), LONDON), count, "working days")
    assert end is not None
    early = calendar.before(end, warn, "working days")
    assert early < end.moment
    assert calendar.between(early.date(), end.day) == warn


def test_twenty_four_hours_end_at_the_same_time_also_when_the_clocks_change() -> None:
    calendar = Calendar.of("England")
    for start in ("2021-03-27T09:30", "2021-10-30T09:30", "2021-12-24T16:00"):
        began = datetime.fromisoformat(start).replace(tzinfo=LONDON)
        end = calendar.deadline(began, 24, "hours")
        assert end is not None
        assert end.moment.replace(tzinfo=None) == began.replace(tzinfo=None) + timedelta(days=1)


def test_the_day_is_londons_not_the_servers() -> None:
    late = datetime.fromisoformat("2021-06-30T23:30:00+00:00")
    found = Calendar.of("England").deadline(late, 1, "working days")
    assert found is not None
    assert found.day == date(2021, 7, 2)


def test_a_limit_ends_with_the_whole_of_its_day() -> None:
    assert Deadline.of(date(2021, 3, 27)).moment.isoformat() == "2021-03-28T00:00:00+00:00"
    assert Deadline.of(date(2021, 6, 1)).moment.isoformat() == "2021-06-02T00:00:00+01:00"


def test_hours_and_months_wait_while_they_are_paused() -> None:
    calendar, start = Calendar.of("England"), noon("2021-01-29")
    week = Pause(date(2021, 1, 30), date(2021, 2, 6))
    assert calendar.deadline(start, 1, "months") == Deadline.of(date(2021, 2, 28))
    assert calendar.deadline(start, 1, "months", (week,)) == Deadline.of(date(2021, 3, 7))
    assert calendar.deadline(start, 24, "hours", (week,)) == Deadline(date(2021, 2, 6), noon("2021-02-06"))
    assert calendar.deadline(start, 24, "hours", (Pause(date(2021, 1, 30)),)) is None
    assert calendar.deadline(start, 24, "hours", (Pause(date(2021, 2, 1)),)) is not None


def test_an_organisation_adds_and_removes_days() -> None:
    own = Calendar.of("England", (date(2020, 12, 24),), (date(2020, 12, 28),))
    assert [own.works(date(2020, 12, day)) for day in (23, 24, 25, 27, 28)] == [True, False, False, False, True]


def test_an_unknown_nation_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="use one of: England, Wales, Scotland, Northern Ireland"):
        Calendar.of("Britain")


@pytest.mark.parametrize(
    ("hours", "at", "read"),
    [
        ("09:00–17:00 on working days", "2020-12-24T08:00", "2020-12-24T09:00"),
        ("09:00–17:00 on working days", "2020-12-24T10:15", "2020-12-24T10:15"),
        ("09:00–17:00 on working days", "2020-12-24T17:00", "2020-12-29T09:00"),
        ("08:00-20:00 every day", "2020-12-24T20:30", "2020-12-25T08:00"),
    ],
)
def test_when_a_person_is_there_next(hours: str, at: str, read: str) -> None:
    asked, expected = (datetime.fromisoformat(t).replace(tzinfo=LONDON) for t in (at, read))
    assert Calendar.of("England").next_open(Hours.from_toml(hours), asked) == expected


@pytest.mark.parametrize("wrong", ["nine to five", "17:00–09:00 every day", "09:00–25:00 every day", 9])
def test_hours_that_make_no_sense_are_refused_in_words(wrong: object) -> None:
    with pytest.raises(ValueError, match="write hours as"):
        Hours.from_toml(wrong)
