"""The real interface on a loopback port, over the real store, with tokens of every kind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bot import api
from bot.config import load
from bot.deployment import profiles, watch, worlds
from bot.work.webhooks import Teller
from storage import tokens, webhooks
from storage.jobs import claim
from storage.store import Store, open_store
from storage.tokens import SCOPES, Token
from tests.serving import Clock, serving
from tests.storage.people import Person

_keys = itertools.count(1)
#: What webhooks may lead to in tests; the ports are the machine's own.
INSIDE = ("127.0.0.1",)


@dataclass
class Program:
    """Another system that holds a token."""

    url: str
    token: str
    known: Token

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return requests.request(method, f"{self.url}{api.PREFIX}{path}", headers=headers, timeout=30, **more)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, *, key: str = "", status: int = 201) -> Any:
        answer = self.ask("POST", path, json=body, headers={"Idempotency-Key": key or new_key()})
        assert answer.status_code == status, answer.text
        return answer.json()


def new_key() -> str:
    return f"test-key-{next(_keys)}"


@dataclass
class House:
    """The running interface."""

    url: str
    store: Store
    clock: Clock
    found: Any

    def token(self, organisation: str = "dudley", *scopes: str, days: int = 30) -> Program:
        """A program with a new token; of every scope where none is named."""

        def write(db: Any) -> tuple[Token, str]:
            wanted = scopes or tuple(SCOPES)
            life = timedelta(days=days)
            return tokens.make(db.connection(), organisation, "Mosaic", wanted, "staff:1", self.clock(), life)

        known, token = self.store.writer.write(write).result(10)
        return Program(self.url, token, known)

    def complaint(self, organisation: str = "dudley", story: str = "") -> str:
        """The reference of a complaint that somebody has sent."""
        person = Person(self.store.writer, organisation=organisation, endpoint="web")
        person.now = self.clock() - timedelta(minutes=1)  # a message is a second: the last one is not of the future
        person.story = story or person.story
        return person.complain().reference

    def tell(self) -> int:
        """Do the jobs of webhooks that are due; how many there were."""
        teller, now = Teller(INSIDE, "https://talk.example.org", call=2.0), self.clock()
        leased = self.store.writer.write(lambda db: claim(db, now, (webhooks.KIND,))).result(10)
        for job in leased:
            teller.run(self.store, job, now)
        return len(leased)

    def rows(self, query: str) -> list[Any]:
        with self.store.database.reading() as db:
            return [dict(row) for row in db.exec_driver_sql(query).mappings()]


@contextmanager
def running(folder: Path, per_minute: int = 100_000) -> Iterator[House]:
    """An interface of its own in a thread of its own."""
    settings, clock = load(data=folder), Clock()
    found = profiles(settings)
    store = open_store(
        settings.database_url,
        key_ring=settings.ring_file,
        key_store=settings.key_store_url,
        media=settings.media_folder,
        worlds=worlds(found, watch(), clock).__getitem__,
        profiles=found,
        receipt_cost=2**10,
    )
    made = api.Api(store, found, clock, "https://talk.example.org", INSIDE, per_minute)
    try:
        with serving(api.routes(made)) as url:
            yield House(url, store, clock, found)
    finally:
        store.close()


@pytest.fixture(scope="session")
def api_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One interface for every test."""
    with running(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(autouse=True)
def _the_clock_goes_back(api_house: House) -> Iterator[None]:
    """The house is shared: what a test waits for is not waited for by the next."""
    ahead = api_house.clock.ahead
    yield
    api_house.clock.ahead = ahead
