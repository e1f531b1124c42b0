"""A demonstration of one organisation and few people, made once for all tests that only look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot import deployment
from bot.config import Settings, load
from bot.demo import mark
from bot.demo.make import LATELY, Maker
from casework.calendar import LONDON
from storage.store import Store, open_store

#: A Wednesday, so that something is due today.
NOW = datetime(2026, 11, 18, 14, 30, tzinfo=LONDON)
MANY = 6


@dataclass
class Made:
    settings: Settings
    store: Store
    maker: Maker


def made(folder: Path, many: int = MANY, lately: Sequence[tuple[str, int, str]] = LATELY, *organisations: str) -> Made:
    """A demonstration in a folder; cheap receipts, real words."""
    one = begun(folder, many, lately, *organisations)
    one.maker.make()
    one.store.writer.write(lambda db: mark.finish(db.connection(), mark.Mark(NOW.date()))).result()
    return one


def begun(folder: Path, many: int = 0, lately: Sequence[tuple[str, int, str]] = (), *organisations: str) -> Made:
    """A demonstration of which nothing is made yet but the mark, of one organisation or of those that are named."""
    settings = load(data=folder, organisations=organisations or ("sandwell",))
    found = deployment.profiles(settings)
    worlds = deployment.worlds(found, deployment.watch(), lambda: NOW)
    store = open_store(
        settings.database_url, key_ring=settings.ring_file, key_store=settings.key_store_url,
        media=settings.media_folder, worlds=worlds.__getitem__, profiles=found, receipt_cost=2**4,
    )  # fmt: skip
    new = store.writer.write(lambda db: mark.begin(db.connection(), NOW)).result()
    return Made(settings, store, Maker(store, found, NOW, new.seed, lambda percent: None, many, lately))


@pytest.fixture(scope="package")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    one = made(tmp_path_factory.mktemp("demonstration"))
    yield one
    one.store.close()
