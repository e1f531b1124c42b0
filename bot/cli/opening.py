"""What commands about one organisation share: which one, and its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from storage.store import Store


def chosen(settings: Settings, organisation: str) -> str:
    """The organisation that is meant. Raises Trouble in words where that is not clear."""
    found = profiles(settings)
    if not organisation and len(found) == 1:
        return next(iter(found))
    if organisation not in found:
        raise Trouble(f"Say which organisation: --organisation NAME. There are: {', '.join(found)}.")
    return organisation


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store, closed at the end."""
    found = profiles(settings)
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        yield store
    finally:
        store.close()
