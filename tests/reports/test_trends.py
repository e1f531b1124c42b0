"""Control charts: limits against the Poisson distribution, false alarms by simulation, questions not verdicts."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest

from casework.calendar import add_months
from casework.trends import BESIDE, CHANCE, FEWEST, QUESTIONS, RUN, asked, limits, spread, trend

MONTHS = [add_months(date(2022, 4, 1), number) for number in range(60)]


def poisson(rng: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def chance(mean: float, low: int, high: int) -> tuple[float, float]:
    """Of fewer than the one, of more than the other."""
    each = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(150)]
    return sum(each[:low]), sum(each[high + 1 :])


@pytest.mark.parametrize("mean", [0.5, 1, 3, 8, 20, 60])
def test_limits_are_those_of_the_distribution(mean: float) -> None:
    low, high = limits(mean)
    below, above = chance(mean, low, high)
    assert below < CHANCE and above < CHANCE
    assert sum(chance(mean, low + 1, high)[:1]) >= CHANCE or low == 0
    assert chance(mean, low, high - 1)[1] >= CHANCE


def test_while_nothing_changes_hardly_any_month_asks() -> None:
    rng, warned, looked = random.Random(0), 0, 0
    for _ in range(300):
        counts = [poisson(rng, 9) for _ in range(37)]
        warned += bool(trend("a", "A", MONTHS[:37], counts).warnings)
        looked += 1
    assert warned / looked < 0.03


def test_three_times_as_many_is_asked_about() -> None:
    counts = [8, 9, 7, 10, 8, 9, 8, 7, 9, 10, 8, 9, 8, 9, 7, 8, 27]
    found = trend("a", "A", MONTHS[:17], counts)
    (warning,) = found.warnings
    assert (warning.kind, warning.count, warning.usual, warning.months) == ("more", 27, 8, 1)


def test_silence_is_asked_about_too() -> None:
    counts = [20, 22, 19, 21, 20, 22, 18, 20, 21, 19, 20, 22, 20, 2]
    assert trend("a", "A", MONTHS[:14], counts).warnings[0].kind == "fewer"


def test_a_small_lasting_change_is_asked_about() -> None:
    counts = [11, 9] * 12 + [13] * RUN
    (warning,) = trend("a", "A", MONTHS[: len(counts)], counts).warnings
    assert (warning.kind, warning.months) == ("run_more", RUN)


def test_too_few_months_or_records_say_nothing() -> None:
    assert trend("a", "A", MONTHS[: FEWEST - 1], [30] * (FEWEST - 1)).warnings == ()
    assert trend("a", "A", MONTHS[:20], [0] * 19 + [3]).warnings == ()
    assert trend("a", "A", [], []).warnings == ()


def test_counts_that_always_vary_widely_ask_less() -> None:
    wild = [2, 18] * 10 + [20]
    assert spread(wild[:-1]) > 3 and trend("a", "A", MONTHS[:21], wild).warnings == ()
    assert spread([9, 10] * 10) < 1


def test_the_month_looked_at_is_no_part_of_what_it_is_measured_by() -> None:
    one = trend("a", "A", MONTHS[:14], [5] * 13 + [500])
    assert one.points[-1].middle == 5


def test_a_question_says_what_stands_beside() -> None:
    counts = [8] * 16 + [27]
    beside = {"informal": [1] * 15 + [2, 9], "compliments": [4] * 16 + [12]}
    one = trend("fostering", "Fostering", MONTHS[:17], counts, beside)
    places = asked(one, one.warnings[0], "August 2023")
    said = QUESTIONS["more"].format(**places) + " " + BESIDE.format(**places)
    assert said.endswith("informal feedback 9 (before 2), compliments 12 (before 4).")
    assert "?" in said and all("?" in text for text in QUESTIONS.values())
    with pytest.raises(ValueError, match="as many"):
        trend("a", "A", MONTHS[:2], [1])
