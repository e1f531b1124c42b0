"""Who is told of a sign of danger, and when: rounds, widening, the rota, crowds. Time is simulated."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from casework.alerting import (
    CROWD,
    FEW,
    UNANSWERED,
    UNTOLD,
    Desk,
    Sign,
    Step,
    Told,
    Turn,
    Way,
    holes,
    levels,
    messages,
    needed,
    step,
)  # fmt: skip
from casework.calendar import LONDON, Calendar, Hours
from casework.duties import DUTIES, duties
from casework.offer import Duty, Name
from casework.routing import ACCUSES

DUTY = Duty(
    name=Name({"en": "Duty team"}),
    number="01632 960200",
    hours=Hours(time(9), time(17)),
    check_by=date(2030, 1, 1),
)
#: A Friday at noon, and the same evening.
NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)
NIGHT = datetime(2026, 11, 20, 22, tzinfo=LONDON)
WAYS = (Way(1, "duty"), Way(2, "duty", 7), Way(3, "hours"), Way(4, "wider"))
DESK = Desk(DUTY, Calendar.of("England"), WAYS)
SIGN = Sign(100, "red", NOON, "1:1")


def after(sign: Sign, todo: Step, at: datetime, *failing: int) -> Sign:
    """The sign once that has been done."""
    new = [Told(way, todo.round, "failed" if way in failing or not way else "sent", at) for way in todo.ways]
    new += [Told(way, todo.round, "kept", at) for way in todo.kept]
    return replace(sign, told=(*sign.told, *new))


def run(desk: Desk, sign: Sign, level: str, at: datetime, until: datetime, *failing: int) -> list[tuple[int, Step]]:
    """Every step that tells somebody: (minutes since the start, step)."""
    out, start = [], at
    while at < until:
        todo = step(desk, sign, level, at)
        if todo.ways:
            out.append((int((at - start).total_seconds() // 60), todo))
            sign = after(sign, todo, at, *failing)
        else:
            assert todo.look.astimezone(UTC) > at.astimezone(UTC)
            at = todo.look.astimezone(UTC)
    return out


def test_red_is_told_at_once_again_and_wider() -> None:
    found = run(DESK, SIGN, "red", NOON, NOON + timedelta(minutes=35))
    assert [(minute, set(todo.ways), todo.tasks) for minute, todo in found] == [
        (0, {1, 2}, ()),
        (10, {1, 2, 4}, ()),
        (20, {1, 2, 3, 4}, (UNANSWERED,)),
        (30, {1, 2, 3, 4}, (UNANSWERED,)),
    ]


def test_it_never_ends_but_becomes_slower() -> None:
    found = [minute for minute, _ in run(DESK, SIGN, "red", NOON, NOON + timedelta(days=4))]
    assert found[:6] == [0, 10, 20, 30, 40, 50] and found[6] == 110
    assert found[-1] - found[-2] == 24 * 60


def test_outside_the_duty_hours_red_goes_to_the_out_of_hours_rota_and_amber_waits() -> None:
    assert step(DESK, SIGN, "red", NIGHT).ways == (3,)
    amber = step(DESK, replace(SIGN, level="amber"), "amber", NIGHT)
    assert amber.ways == () and amber.look == datetime(2026, 11, 23, 9, tzinfo=LONDON), "after the weekend"
    found = run(DESK, SIGN, "amber", NIGHT, datetime(2026, 11, 23, 11, 30, tzinfo=LONDON))
    assert [minute % 1440 for minute, _ in found] == [660, 720, 780]
    late = run(DESK, SIGN, "amber", NOON + timedelta(hours=4, minutes=30), datetime(2026, 11, 23, 9, 30, tzinfo=LONDON))
    assert len(late) == 2, "the second round is not at half past five, but on Monday"


def test_a_raised_level_makes_the_earlier_sign_of_the_record_red_too() -> None:
    amber, red = replace(SIGN, id=1, level="amber"), replace(SIGN, id=2)
    assert levels([amber, red]) == {"1:1": "red"}
    assert step(DESK, amber, levels([amber, red])[amber.group], NIGHT).ways == (3,)


def test_an_empty_role_is_passed_over() -> None:
    only = replace(DESK, ways=(Way(1, "duty"),))
    assert step(only, SIGN, "red", NIGHT).ways == (1,)
    assert step(replace(DESK, ways=(Way(4, "wider"),)), SIGN, "red", NOON).ways == (4,)


def test_nobody_to_tell_is_a_task_and_is_tried_again_and_again() -> None:
    found = run(replace(DESK, ways=()), SIGN, "red", NOON, NOON + timedelta(minutes=40))
    assert [minute for minute, _ in found] == [0, 1, 3, 7, 15, 25, 35]
    assert all(todo.ways == (0,) and UNTOLD in todo.tasks for _, todo in found)


def test_when_all_of_a_role_fail_the_next_is_told_in_the_same_round() -> None:
    found = run(DESK, SIGN, "red", NOON, NOON + timedelta(minutes=1), 1, 2)
    assert [(minute, set(todo.ways)) for minute, todo in found] == [(0, {1, 2}), (0, {4})]
    one = run(DESK, SIGN, "red", NOON, NOON + timedelta(minutes=1), 1)
    assert [set(todo.ways) for _, todo in one] == [{1, 2}], "one of two works: that is enough for this round"
    none = run(DESK, SIGN, "red", NOON, NOON + timedelta(minutes=2), 1, 2, 3, 4)
    assert [set(todo.ways) for _, todo in none] == [{1, 2}, {4}, {3}, {0}, {1, 2, 4}, {3}, {0}]


def test_whoever_is_named_is_left_out_and_the_next_role_told() -> None:
    one = step(DESK, replace(SIGN, kept=frozenset({2})), "red", NOON)
    assert (one.ways, one.kept) == ((1,), (2,))
    both = step(DESK, replace(SIGN, kept=frozenset({1, 2})), "red", NOON)
    assert both.ways == (4,) and set(both.kept) == {1, 2}
    everybody = step(DESK, replace(SIGN, kept=frozenset({1, 2, 3, 4})), "red", NOON)
    assert everybody.ways == (0,) and set(everybody.kept) == {1, 2, 3, 4} and UNTOLD in everybody.tasks


def test_the_rota_says_who_is_told_first() -> None:
    desk = replace(DESK, ways=(*WAYS, Way(5, "duty", 8)), on={"duty": frozenset({8})}, rotas=frozenset({"duty"}))
    found = run(desk, SIGN, "red", NOON, NOON + timedelta(minutes=15))
    assert set(found[0][1].ways) == {1, 5}, "the shared one and hers"
    assert set(found[1][1].ways) == {1, 2, 4, 5} and not found[0][1].holes


def test_a_hole_in_the_rota_is_told_wider_and_said() -> None:
    desk = replace(DESK, rotas=frozenset({"duty"}))
    todo = step(desk, SIGN, "red", NOON)
    assert set(todo.ways) == {1, 2, 4} and todo.holes == ("duty",)
    personal = replace(DESK, ways=(Way(2, "duty", 7), Way(4, "wider")), on={"duty": frozenset({9})})
    assert step(personal, SIGN, "red", NOON).holes == ("duty",), "whoever is on duty has no way"


def test_ten_minutes_are_ten_minutes_when_the_clocks_change() -> None:
    for start in (datetime(2026, 10, 25, 0, 55, tzinfo=UTC), datetime(2027, 3, 28, 0, 55, tzinfo=UTC)):
        found = run(DESK, SIGN, "red", start.astimezone(LONDON), start + timedelta(minutes=25))
        assert [minute for minute, _ in found] == [0, 10, 20]


# Crowds -----------------------------------------------------------------------------------------


def test_a_few_records_are_told_one_by_one_and_many_together() -> None:
    few = [(Sign(n, "red", NOON, f"{n}:1"), 1) for n in range(FEW)]
    assert [one.signs for one in messages({1: few}, {}, NOON)[0]] == [(0,), (1,), (2,)]
    many = [(Sign(n, "red", NOON, f"{n}:1"), 1) for n in range(37)]
    (one,), waits = messages({1: many}, {}, NOON)
    assert len(one.signs) == 37 and not waits
    same = [(Sign(n, "red", NOON, "1:1"), 1) for n in range(9)]
    assert len(messages({1: same}, {}, NOON)[0]) == 1, "the signs of one record are one message"


def test_a_busy_way_waits_a_minute_at_most() -> None:
    lately = [NOON - timedelta(seconds=n) for n in (50, 40, 20)]
    one = [(SIGN, 1)]
    assert messages({1: one}, {1: lately}, NOON) == ([], {1: NOON - timedelta(seconds=20) + CROWD})
    assert len(messages({1: one}, {1: lately}, NOON + timedelta(seconds=40))[0]) == 1


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 1000), st.integers(1, 90), st.sampled_from(((), (1,), (1, 2), (2, 4))))
def test_a_thousand_alerts_in_a_minute_are_grouped_and_none_is_dropped(
    seed: int, many: int, seconds: int, failing: tuple[int, ...]
) -> None:
    rng = random.Random(seed)
    start = NOON.astimezone(UTC)
    arrivals = sorted(start + timedelta(seconds=rng.uniform(0, seconds)) for _ in range(many))
    desk = replace(DESK, ways=WAYS)
    told: dict[int, list[Told]] = {}
    sent: dict[int, list[datetime]] = {way.id: [] for way in WAYS}
    now = start
    while now < start + timedelta(minutes=6):
        signs = [Sign(n, "red", at, f"{n}:1", tuple(told.get(n, ()))) for n, at in enumerate(arrivals) if at <= now]
        pending: dict[int, list[tuple[Sign, int]]] = {}
        for sign in signs:
            todo = step(desk, sign, "red", now)
            for way in filter(None, todo.ways):
                pending.setdefault(way, []).append((sign, todo.round))
        for message in messages(pending, sent, now)[0]:
            sent[message.way].append(now)
            state = "failed" if message.way in failing else "sent"
            for number in message.signs:
                told.setdefault(number, []).append(Told(message.way, message.round, state, now))
        now += timedelta(seconds=5)
    reached = {number for number, tries in told.items() if any(one.state == "sent" for one in tries)}
    assert reached == set(range(many)), "every sign is told"
    for times in sent.values():
        for first, later in zip(times[FEW - 1 :], times[FEW:], strict=False):
            assert later - first >= CROWD or later == first, "one a minute after the first few"
        assert len(times) <= FEW + 10


# The rota ---------------------------------------------------------------------------------------


def test_holes_of_the_rota() -> None:
    spans = needed(DESK, "duty", NOON, 5)
    assert spans == [
        (NOON, datetime(2026, 11, 20, 17, tzinfo=LONDON)),
        (datetime(2026, 11, 23, 9, tzinfo=LONDON), datetime(2026, 11, 23, 17, tzinfo=LONDON)),
        (datetime(2026, 11, 24, 9, tzinfo=LONDON), datetime(2026, 11, 24, 17, tzinfo=LONDON)),
        (datetime(2026, 11, 25, 9, tzinfo=LONDON), datetime(2026, 11, 25, 12, tzinfo=LONDON)),
    ]
    turns = [Turn(7, "duty", NOON, NOON + timedelta(hours=2)), Turn(8, "duty", NOON + timedelta(hours=3), spans[1][1])]
    assert list(holes(turns, spans[:2])) == [(NOON + timedelta(hours=2), NOON + timedelta(hours=3))]
    assert list(holes([], spans[:1])) == spans[:1] and not list(holes(turns, []))


def test_nights_are_what_the_duty_hours_leave() -> None:
    spans = needed(DESK, "hours", NOON, 4)
    assert spans == [
        (datetime(2026, 11, 20, 17, tzinfo=LONDON), datetime(2026, 11, 23, 9, tzinfo=LONDON)),
        (datetime(2026, 11, 23, 17, tzinfo=LONDON), datetime(2026, 11, 24, 9, tzinfo=LONDON)),
    ]


# Duties of named people ---------------------------------------------------------------------------


def test_every_nation_has_its_own_prompts_and_each_once() -> None:
    for nation in ("England", "Wales", "Scotland", "Northern Ireland"):
        found = [one.id for one in duties(nation, ("fgm", *ACCUSES, "missing", "forced_marriage"))]
        assert len(found) == len(set(found)) and {"fgm", "accused", "home", "missing", "marriage"} <= set(found)
    assert "5B" in duties("England", ("fgm",))[0].text and "5B" not in duties("Scotland", ("fgm",))[0].text
    assert "report" in [one.id for one in duties("Wales", ("neglect",))]
    assert not duties("England", ("destitution",)) and len({(one.id, one.nations) for one in DUTIES}) == len(DUTIES)
