"""An answer counts from its day, at whatever hour it was written (docs/decisions/0014)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from casework.calendar import LONDON
from casework.case import fold
from casework.contact import Wishes, verdict
from casework.procedure import load
from casework.record import CaseEvent

FILED = datetime(2026, 6, 1, 10, tzinfo=LONDON)


def last_day(answered: datetime) -> date:
    """The last day to ask Dudley for stage 2."""
    told = [CaseEvent("filed", FILED, "person", data={"kind": "complaint"}), CaseEvent("acknowledged", FILED, "Ann")]
    state = fold(load("dudley"), [*told, CaseEvent("stage1.answered", answered, "Ann")])
    deadline = state.clocks["stage2.window"].deadline
    assert deadline is not None
    return deadline.day


@pytest.mark.parametrize(
    ("answered", "last"),
    [
        ((2026, 6, 11, 0, 0), date(2026, 7, 9)),  # a Thursday
        ((2026, 6, 11, 9, 0), date(2026, 7, 9)),
        ((2026, 6, 11, 21, 0), date(2026, 7, 9)),
        ((2026, 6, 11, 23, 59), date(2026, 7, 9)),
        ((2026, 6, 12, 0, 0), date(2026, 7, 10)),  # Friday, to Sunday evening: day 1 is Monday
        ((2026, 6, 12, 21, 0), date(2026, 7, 10)),
        ((2026, 6, 14, 23, 59), date(2026, 7, 10)),
        ((2026, 6, 15, 0, 0), date(2026, 7, 13)),
    ],
)
def test_the_hour_moves_no_day(answered: tuple[int, ...], last: date) -> None:
    year, month, day, hour, minute = answered
    assert last_day(datetime(year, month, day, hour, minute, tzinfo=LONDON)) == last


@pytest.mark.parametrize("day", range(14))
def test_what_the_evening_holds_back_has_left_before_the_end_of_day_1(day: int) -> None:
    evening = datetime(2026, 6, 8, 20, 30, tzinfo=LONDON) + timedelta(days=day)
    leaves = verdict(Wishes(ways=frozenset({"here"})), "reply", "sms", evening).until
    first = load("dudley").calendar.deadline(evening, 1, "working days")
    assert leaves is not None and first is not None and leaves.astimezone(LONDON).date() <= first.day
