"""Two and four processes on one PostgreSQL: each message goes to two of them at once, and is taken once, in order."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from storage import models
from tests.faults.crowd import Everywhere, Process, together, whole_logs
from tests.faults.record import rounds, tried
from tests.storage.conftest import Site, _sql, named
from tests.storage.looking import rows, texts
from tests.storage.people import Person

PEOPLE = 6


@pytest.fixture
def keys(postgres: str) -> Iterator[str]:
    """A key store that processes share; asked for before the site, so that it goes after it."""
    name = f"hearback_keys_{secrets.token_hex(6)}"
    _sql(named(postgres, "postgres"), f"CREATE DATABASE {name}")
    yield named(postgres, name)
    _sql(named(postgres, "postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.soak(only="four are the same, harder")), 4])
def test_several_processes_take_each_message_once_and_in_order(
    keys: str, postgres_site: Site, fresh: Any, count: int
) -> None:
    site = postgres_site
    processes = [Process(fresh, site.url, site.settings(key_store=keys)) for _ in range(count)]
    everywhere = Everywhere(processes)
    people: list[Person] = []
    filed = []
    times = rounds(1)
    for _ in range(times):
        new = [Person(everywhere) for _ in range(PEOPLE)]  # type: ignore[arg-type]  # only ``take`` is used
        for person in new:
            person.story = f"My worker never rings {person.sender} back."
        filed += together(new)
        people += new
    for process in processes:
        process.close()
    store = site.open(key_store=keys)
    assert everywhere.twice == 0
    assert len({reply.reference for reply in filed}) == len(people) == len(rows(store, models.Case))
    for person in people:
        said = texts(store, person)
        assert said.count(person.story) == 1 and len(said) == len(set(said))
    whole_logs(store)
    assert {row["state"] for row in rows(store, models.Inbound)} == {"taken"}
    tried(f"{count} processes, the same message to two at once (PostgreSQL)", times, "messages", everywhere.taken)
