"""The gate itself: what may leave, when the next allowed moment is, and what holds by what was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework import contact
from casework.calendar import LONDON
from casework.contact import ASKED_FOR, PURPOSES, REASONS, THIS, Verdict, Wishes, permitted, said, verdict, wishes
from casework.record import CaseEvent

NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)  # a Friday
NIGHT = datetime(2026, 11, 20, 23, tzinfo=LONDON)
HERE = Wishes(ways=frozenset({"here"}))
CHANNELS = ("sms", "telegram", "whatsapp", "web")

times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
windows = st.tuples(times, times)
anything = st.builds(
    Wishes,
    ways=st.frozensets(st.sampled_from(["here", "text", "call", "email", "letter", "other"])),
    none=st.booleans(),
    stopped=st.booleans(),
    times=st.booleans(),
    window=st.none() | windows,
    days=st.frozensets(st.integers(0, 6)),
    shared=st.booleans(),
    unsafe=st.booleans(),
    plan=st.booleans(),
    refused=st.frozensets(st.sampled_from(["news", "survey"])),
    hours=windows,
)
#: Also the nights on which the clocks change.
moments = st.builds(
    lambda first, minutes: first + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]),
    st.integers(0, 600) | st.integers(0, 600_000),
)
purposes, channels = st.sampled_from(PURPOSES), st.sampled_from(CHANNELS)


def local(verdict: Verdict) -> str:
    assert verdict.until is not None
    return f"{verdict.until.astimezone(LONDON):%a %d %b %H:%M}"


# Always ------------------------------------------------------------------------------------------


@settings(max_examples=200, derandomize=True, deadline=None)
@given(anything, purposes, channels, moments)
def test_nothing_leaves_against_what_they_said(wishes: Wishes, purpose: str, channel: str, now: datetime) -> None:
    found = verdict(wishes, purpose, channel, now)
    assert (found.go, found.until is not None, bool(found.reason)).count(True) == 1
    assert found.reason == "" or found.reason in REASONS
    forbidden = wishes.none or wishes.stopped or wishes.unsafe or wishes.plan or purpose in wishes.refused
    elsewhere = wishes.ways and not wishes.ways & THIS.get(channel, frozenset({"here"}))
    unread = wishes.times and wishes.window is None
    unasked = not wishes.ways and purpose in ASKED_FOR
    assert bool(found.reason) == bool(forbidden or elsewhere or unread or unasked)
    assert found.reason or found.neutral == wishes.shared
    if found.go and channel != "web":
        assert permitted(wishes, now)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(anything, moments, st.floats(0, 1))
def test_it_waits_until_the_first_moment_that_is_allowed(wishes: Wishes, now: datetime, part: float) -> None:
    free = replace(wishes, ways=frozenset(), none=False, stopped=False, times=False, unsafe=False, plan=False)
    found = verdict(free, "reply", "sms", now)
    if found.until is None:
        assert found.go
        return
    assert now < found.until <= now + timedelta(days=9)
    assert permitted(free, found.until) and verdict(free, "reply", "sms", found.until).go
    assert not permitted(free, found.until - timedelta(seconds=1)), "the first moment"
    assert not permitted(free, now + (found.until - now) * min(part, 0.999)), "and nothing before it is"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(anything, moments)
def test_the_rules_are_always_said(wishes: Wishes, now: datetime) -> None:
    keys = [key for key, _ in said(wishes)]
    assert keys and len(set(keys)) == len(keys)
    assert {"stopped", "none", "unsafe", "plan", "shared"} & set(keys) == {
        name for name in ("stopped", "none", "unsafe", "plan", "shared") if getattr(wishes, name)
    }


# Times ---------------------------------------------------------------------------------------------


def test_by_itself_nothing_leaves_at_night() -> None:
    assert verdict(HERE, "reply", "sms", NOON) == Verdict(True)
    assert local(verdict(HERE, "reply", "sms", NIGHT)) == "Sat 21 Nov 08:00"
    assert verdict(HERE, "reply", "sms", NOON.replace(hour=8)).go
    assert local(verdict(HERE, "reply", "sms", NOON.replace(hour=20))) == "Sat 21 Nov 08:00"
    assert local(verdict(HERE, "reply", "sms", NOON.replace(hour=7, minute=59))) == "Fri 20 Nov 08:00"
    own = replace(HERE, hours=(time(9), time(17)))
    assert local(verdict(own, "reply", "sms", NOON.replace(hour=17))) == "Sat 21 Nov 09:00"


def test_their_own_window_and_days_stand_in_its_place() -> None:
    school = replace(HERE, times=True, window=(time(16, 30), time(18)), days=frozenset({0, 2}))
    assert local(verdict(school, "milestone", "sms", NOON)) == "Mon 23 Nov 16:30"
    assert verdict(school, "milestone", "sms", datetime(2026, 11, 25, 17, 59, tzinfo=LONDON)).go
    assert local(verdict(school, "milestone", "sms", datetime(2026, 11, 25, 18, tzinfo=LONDON))) == "Mon 30 Nov 16:30"
    nights = replace(HERE, window=(time(22), time(2)), days=frozenset({4}))
    assert verdict(nights, "reply", "sms", NIGHT).go, "a window may end the next morning"
    assert verdict(nights, "reply", "sms", NIGHT + timedelta(hours=2)).go, "which belongs to the evening's day"
    assert local(verdict(nights, "reply", "sms", NIGHT + timedelta(hours=4))) == "Fri 27 Nov 22:00"
    always = replace(HERE, window=(time(0), time(0)))
    assert verdict(always, "reply", "sms", NIGHT).go, "from midnight to midnight is the whole day"


@pytest.mark.parametrize(
    ("window", "now", "expected"),
    [
        (("08:00", "20:00"), "2026-03-28 21:00+00:00", "Sun 29 Mar 08:00"),  # an hour of the night is left out
        (("08:00", "20:00"), "2026-10-24 20:00+00:00", "Sun 25 Oct 08:00"),  # and comes twice
        (("01:30", "03:00"), "2026-03-29 00:10+00:00", "Sun 29 Mar 02:00"),  # 01:30 does not exist
        (("01:15", "01:45"), "2026-03-29 00:10+00:00", "Mon 30 Mar 01:15"),  # nor the whole of it
        (("01:15", "01:45"), "2026-10-25 00:50+00:00", "Sun 25 Oct 01:15"),  # the second quarter past one
        (("00:30", "01:30"), "2026-10-25 00:40+00:00", "Sun 25 Oct 01:00"),  # the clock goes back into it
    ],
)
def test_the_nights_the_clocks_change(window: tuple[str, str], now: str, expected: str) -> None:
    first, last = map(time.fromisoformat, window)
    found = verdict(replace(HERE, window=(first, last)), "reply", "sms", datetime.fromisoformat(now))
    assert local(found) == expected


def test_it_needs_to_know_what_and_when() -> None:
    with pytest.raises(ValueError, match="use one of: reply"):
        verdict(HERE, "advert", "sms", NOON)
    with pytest.raises(ValueError, match="time zone"):
        verdict(HERE, "reply", "sms", NOON.replace(tzinfo=None))


# Where ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ways", "channel", "reason"),
    [
        ("here", "sms", ""),
        ("text", "sms", ""),
        ("text", "telegram", "elsewhere"),
        ("call email", "sms", "elsewhere"),
        ("here letter", "telegram", ""),
        ("other", "sms", "elsewhere"),
        ("other", "web", ""),
        ("call", "web", "elsewhere"),
        ("", "sms", ""),
    ],
)
def test_only_where_they_asked(ways: str, channel: str, reason: str) -> None:
    assert verdict(Wishes(ways=frozenset(ways.split())), "reply", channel, NOON).reason == reason


def test_news_and_surveys_need_a_way_they_chose() -> None:
    assert verdict(Wishes(), "news", "sms", NOON).reason == verdict(Wishes(), "survey", "sms", NOON).reason == "unasked"
    assert verdict(HERE, "news", "sms", NOON).go
    assert verdict(replace(HERE, refused=frozenset({"news"})), "news", "sms", NOON).reason == "refused"
    assert verdict(replace(HERE, refused=frozenset({"news"})), "reply", "sms", NOON).go


def test_a_page_rings_nobody() -> None:
    assert verdict(HERE, "reply", "web", NIGHT).go
    assert verdict(replace(HERE, times=True), "reply", "web", NIGHT).reason == "times", "until somebody read the words"


# What was said -------------------------------------------------------------------------------------


def event(kind: str, hour: int, **data: object) -> CaseEvent:
    return CaseEvent(kind, NOON.replace(hour=hour), "staff:1", "they said so", data)


def settled(hour: int, **data: object) -> CaseEvent:
    return event("contact_settled", hour, **data)


def ticked(*values: str) -> dict[int, dict[str, set[str]]]:
    return {1: {"contact": set(values)}}


def test_ticks() -> None:
    assert wishes(1, ticked("here", "call"), {}).ways == {"here", "call"}
    assert wishes(1, ticked("none"), {}).none
    assert wishes(1, ticked("here", "shared"), {}).shared
    assert wishes(1, ticked("here", "times"), {}).times
    assert wishes(1, ticked("skipped"), {}) == Wishes()
    assert wishes(1, {1: {"contact": {"here"}, "news": {"neither"}}}, {}).refused == {"news", "survey"}
    assert wishes(1, {1: {"contact": {"here"}, "news": {"what"}}}, {}).refused == {"survey"}


def test_a_record_that_was_not_asked_follows_the_newest_that_was() -> None:
    facts = ticked("call") | {2: {"contact": {"text"}}, 3: {}}
    assert wishes(3, facts, {}).ways == {"text"} and wishes(1, facts, {}).ways == {"call"}
    assert wishes(1, facts | {3: {"contact": {"here", "shared"}}}, {}).shared, "the phone is the same"


def test_what_staff_settle_holds_until_the_person_says_something_else() -> None:
    facts, window = ticked("here", "times"), {"from": "16:30", "until": "18:00", "days": ["0", "4"]}
    found = wishes(1, facts, {1: [settled(9, **window)]})
    assert found.window == (time(16, 30), time(18)) and found.days == {0, 4}
    assert verdict(found, "reply", "sms", NOON).until == NOON.replace(hour=16, minute=30)
    again = wishes(1, facts, {1: [settled(9, **window), event("contact", 10, steps=["contact"])]})
    assert again.window is None and verdict(again, "reply", "sms", NOON).reason == "times"
    assert not wishes(1, facts, {1: [settled(9)]}).times, "settled without times: any time in the day"
    assert wishes(1, ticked("here"), {1: [settled(9, neutral=True)]}).shared
    assert wishes(3, facts, {3: [settled(9, **window)]}).window, "also on a record that was not asked itself"


def test_not_safe_holds_until_a_person_has_settled_it() -> None:
    nine = NOON.replace(hour=9)
    assert wishes(1, ticked("here"), {}, not_safe=nine).unsafe
    assert wishes(1, ticked("here"), {1: [settled(10)]}, not_safe=nine).unsafe, "it has to be said"
    assert not wishes(1, ticked("here"), {1: [settled(10, safe=True)]}, not_safe=nine).unsafe
    assert wishes(1, ticked("here"), {1: [settled(8, safe=True)]}, not_safe=nine).unsafe, "said again since"
    assert wishes(1, ticked("here"), {}, asking=True).unsafe, "while the question is open"
    reach = {1: {"!reach": {"not"}}}
    assert wishes(1, reach, {}).unsafe and wishes(2, reach, {}).unsafe
    assert not wishes(1, reach, {1: [settled(10, safe=True)]}).unsafe
    asked = event("contact", 11, steps=["!reach"])
    assert wishes(1, reach, {1: [settled(10, safe=True), asked]}).unsafe


def test_where_only_the_safe_question_was_answered() -> None:
    assert wishes(1, {1: {"!reach": {"here"}}}, {}).ways == {"here"}
    words = wishes(1, {1: {"!reach": {"said"}}}, {})
    assert verdict(words, "reply", "sms", NOON).reason == "times", "nobody has read the words yet"


def test_a_contact_plan_binds_every_record_of_the_talk() -> None:
    planned, ended = event("contact_planned", 9), event("contact_plan_ended", 10)
    assert wishes(2, ticked("here"), {1: [planned]}).plan
    assert not wishes(1, ticked("here"), {1: [planned, ended]}).plan
    assert wishes(1, ticked("here"), {1: [event("contact_ended", 9)]}).plan


@pytest.mark.parametrize(
    ("typed", "read"),
    [("16:30", time(16, 30)), (" 9:05 ", time(9, 5)), ("24:00", None), ("16.30", None), ("half four", None), ("", None),
     ("١٦:٣٠", None), ("1:2", None), (None, None)],
)  # fmt: skip
def test_times_of_day(typed: str | None, read: time | None) -> None:
    assert contact.time_of_day(typed) == read


def test_said_for_staff() -> None:
    keys = said(replace(HERE, shared=True, window=(time(16, 30), time(18)), days=frozenset({4, 0})))
    assert keys == [
        ("shared", {}),
        ("ways", {"ways": "here"}),
        ("window", {"from": "16:30", "until": "18:00", "days": "0 4"}),
    ]
    assert said(Wishes()) == [("unasked", {}), ("hours", {"from": "08:00", "until": "20:00"})]
