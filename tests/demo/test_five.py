"""Each of the five organisations goes through all of its procedure: every stage and its steps, every outcome."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from bot import config, deployment
from bot.demo import courses, make
from casework.procedure import Profile, load
from console.roles import User, reach
from storage import casefile, desk
from storage.desk import Filters
from tests.demo.conftest import NOW, Made, made

FIVE = ("action-for-children", "childrens-links", "dudley", "sandwell", "together-for-children")
#: Records of each organisation of which the complaints have every fate once.
FEW = 28
#: Event -> the values of its field that were recorded.
History = dict[str, set[str]]


def histories(one: Made, organisation: str) -> History:
    """Everything that was recorded at an organisation."""
    found: History = defaultdict(set)
    field = {
        "outcome": "outcome", "closed": "resolution", "mediated": "result", "ombudsman_decided": "result",
        "remedy": "remedy",
    }  # fmt: skip
    with one.store.database.reading() as db:
        mine = text("SELECT id FROM cases WHERE organisation = :organisation")
        for case in db.execute(mine, {"organisation": organisation}).scalars():
            for event in casefile.events(db, one.store.vault, case):
                found[event.kind].add(str(event.data.get(field.get(event.kind, ""), "")))
    return found


def stages(profile: Profile) -> set[str]:
    """What is recorded of a complaint that goes through every stage."""
    first, *others = profile.stages.values()
    return {
        f"{first.id}.begun", *(f"{one.id}.requested" for one in others), *(f"{one}.answered" for one in profile.stages),
        *(f"{one.id}.{step}" for one in profile.stages.values() for step in one.steps),
    }  # fmt: skip


def test_these_are_all_that_are_served() -> None:
    assert set(FIVE) == set(deployment.profiles(config.load()))


@pytest.mark.parametrize("seed", range(20))
def test_every_fate_is_dealt_before_any_is_drawn(seed: int) -> None:
    dealt = make.dealt(make.MANY, Random(seed))
    assert len(dealt) == make.MANY and {kind for kind, _ in dealt} == set(make.KINDS)
    complaints = [fate for kind, fate in dealt if kind == "complaint"]
    assert tuple(complaints[: len(courses.FATES)]) == tuple(courses.FATES)
    assert len(complaints) >= len(courses.FATES), "MANY is too small for each to come"


def all_of_it(one: Made, name: str) -> None:
    """An organisation shows every stage with its steps, every outcome, and every way in which a complaint can end."""
    profile, seen = load(name), histories(one, name)
    assert stages(profile) <= set(seen), name
    for event, listed in (("outcome", "outcomes"), ("closed", "resolutions")):
        assert seen[event] >= set(profile.listed(listed)) - set(courses.BY_ITSELF), (name, event)
    ends = {"withdrawn", "withdrawal_decided", "routed", "paused", "resumed", "closed", "remedy_done"}
    ends |= {"mediated"} if profile.mediation else set()
    ends |= {"ombudsman_decided"} if profile.ombudsman else set()
    assert ends <= set(seen), name


def test_every_stage_and_every_outcome_is_at_each_and_nothing_is_refused(tmp_path: Path) -> None:
    """Of as few as have every fate; as shipped there are more."""
    one = made(tmp_path, FEW, (), *FIVE)
    try:
        assert one.maker.refused == []
        for name in FIVE:
            all_of_it(one, name)
    finally:
        one.store.close()


@pytest.mark.timeout(1800)
@pytest.mark.soak(only="the demonstration as it is shipped")
def test_every_stage_and_every_outcome_is_at_each_as_shipped(tmp_path: Path) -> None:
    one = made(tmp_path, make.MANY, make.LATELY, *FIVE)
    try:
        assert one.maker.refused == []
        for name in FIVE:
            all_of_it(one, name)
            with one.store.database.reading() as db:
                user = User(0, name, "Jo", frozenset({"complaints", "safeguarding"}), frozenset(), "en")
                counts = desk.counts(db, reach(user, "records.list"), Filters(), NOW)
            lists = ("overdue", "today", "week", "new", "advocate")
            assert all(counts[which] for which in lists), (name, counts)
        with one.store.database.reading() as db:
            languages = set(db.execute(text("SELECT DISTINCT language FROM cases")).scalars())
        assert {"uk", "ur", "ro", "zh_Hans"} <= languages
    finally:
        one.store.close()
