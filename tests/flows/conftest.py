from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from tests.flows.tester import START, Talking


@pytest.fixture(scope="session")
def world() -> OrganisationWorld:
    """The world of the real deployment: real words, real danger lists, a real profile; the clock stands."""
    return OrganisationWorld(load("sandwell"), watch(), lambda: START)


@pytest.fixture
def talk(world: OrganisationWorld) -> Callable[..., Talking]:
    def begin(channel: str = "web", **entry: str) -> Talking:
        return Talking(world, channel, **entry)

    return begin
