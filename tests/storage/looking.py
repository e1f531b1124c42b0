"""Looking into a store from outside the writer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage import models
from storage.models import table
from storage.store import Store
from storage.talks import Item, Talks
from tests.storage.people import Person


def rows(store: Store, model: Any, *where: Any) -> list[Any]:
    with store.database.reading() as db:
        return list(db.execute(select(table(model)).where(*where)).mappings())


def to_do(store: Store) -> list[tuple[str, str]]:
    """(why, about) of every task that waits for a person, the oldest first."""
    found = sorted(rows(store, models.Task), key=lambda task: task["id"])
    return [(task["why"], task["about"]) for task in found if task["done_at"] is None]


def said_by(store: Store, person: Person) -> list[Item]:
    talks = Talks(store.database, store.vault, store.writer)
    talk = talks.find(person.organisation, person.channel, person.endpoint, person.sender)
    assert talk is not None
    return list(talks.since(talk))


def texts(store: Store, person: Person) -> list[str]:
    return [item.text for item in said_by(store, person) if item.message is None and item.text]
