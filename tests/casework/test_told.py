"""What a person is told is what the clocks say; a profile kept as text is the same profile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.calendar import LONDON
from casework.case import CaseEvent, fold
from casework.dues import answer_clock, dues
from casework.errors import ProfileError
from casework.procedure import KINDS, load, shipped
from casework.saved import from_json, to_json
from casework.told import promised, standing
from storage.dues import stand
from tests.casework.histories import event

FIVE = ("action-for-children", "childrens-links", "dudley", "sandwell", "together-for-children")
#: Days around which bank holidays fall, and on which clocks change.
AROUND = "2020-12-21 2026-03-27 2026-04-30 2020-05-05 2022-05-30 2022-09-16 2026-10-23 2027-12-22".split()


@pytest.mark.parametrize("name", FIVE)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "unfinished"])
def test_the_day_told_is_the_day_of_the_row(name: str, kind: str) -> None:
    profile = load(name)
    clock = answer_clock(profile, kind)
    for start in AROUND:
        for hours in range(0, 14 * 24, 7):
            at = datetime.fromisoformat(start).replace(hour=8, tzinfo=LONDON) + timedelta(hours=hours)
            told = dues(profile, kind, at)
            case: dict[str, Any] = {"id": 1, "organisation": name, "kind": kind}
            state = fold(profile, [CaseEvent("filed", at, data={"kind": kind})])
            days = {row["clock"]: row["due"] for row in stand(case, profile, state)}
            answer = days[clock.id] if clock else None
            assert told.get("answer_by") == case["answer_by"] == answer
            first = min(day for day in (days["acknowledgement"], answer) if day)  # an answer is an acknowledgement
            assert told["acknowledge_by"] == case["acknowledge_by"] == first
            assert all(day > at.date() for day in told.values())
            assert all(row["warn"] > at for row in stand(case, profile, state)), "nobody is warned at once"


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("2026-11-02 filed kind=unfinished", "unfinished"),
        ("2026-11-02 filed kind=complaint", "received"),
        ("2026-11-02 filed kind=complaint\n2026-11-03 acknowledged", "answering"),
        ("2026-11-02 filed kind=complaint\n2026-11-03 stage1.begun", "answering"),
        (
            "2026-11-02 filed kind=complaint\n2026-11-03 stage1.begun\n"
            "2026-11-04 paused clocks=stage1.response why=court review=2026-12-01",
            "paused",
        ),
        ("2026-11-02 filed kind=complaint\n2026-11-03 stage1.begun\n2026-11-10 stage1.answered", "answered"),
        (
            "2026-11-02 filed kind=complaint\n2026-11-10 stage1.answered\n2026-11-11 stage2.requested",
            "waiting",  # for the signed terms: no day is promised before
        ),
        ("2026-11-02 filed kind=informal\n2026-11-03 contacted who=ann", "waiting"),  # somebody still acts on it
        (
            "2026-11-02 filed kind=informal\n2026-11-03 contacted who=ann\n"
            "2026-11-09 acted what=rang\n2026-11-11 loop_closed who=ann",
            "answered",
        ),
        ("2026-11-02 filed kind=complaint\n2026-11-03 withdrawn", "withdrawn"),
        ("2026-11-02 filed kind=complaint\n2026-11-03 routed route=corporate why=x", "elsewhere"),
        ("2026-11-02 filed kind=complaint\n2026-11-03 closed why=x", "closed"),
    ],
)
def test_how_it_stands_for_the_person(history: str, said: str) -> None:
    profile = load("sandwell")
    state = fold(profile, [event(line, number) for number, line in enumerate(history.splitlines())])
    assert standing(profile, state) == said
    assert ("answer_by" in promised(profile, state)) or said not in ("received", "answering")


def test_the_answer_that_is_promised_is_that_of_the_stage() -> None:
    lines = "2026-11-02 filed kind=complaint\n2026-11-10 stage1.answered\n2026-11-11 stage2.requested"
    profile = load("dudley")
    state = fold(profile, [event(line, number) for number, line in enumerate(lines.splitlines())])
    assert promised(profile, state)["answer_by"].isoformat() == "2026-12-16"


@pytest.mark.parametrize("name", shipped())
def test_a_profile_kept_as_text_is_the_same_profile(name: str) -> None:
    kept = from_json(to_json(load(name)))
    assert kept == load(name)
    assert kept.version == load(name).version


def test_a_kept_text_of_another_shape_is_refused_in_words() -> None:
    with pytest.raises(ProfileError, match="there is no such field"):
        from_json(to_json(load("dudley")).replace('"nation"', '"country"'))
