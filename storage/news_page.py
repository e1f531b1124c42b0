"""What stands on an organisation's public page of "you said, we did"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from casework.calendar import LONDON
from storage.learning import LEARNING
from storage.models import table
from storage.models_learning import LearningText
from storage.news import Words, words_of

_TEXT = table(LearningText)


@dataclass(frozen=True, slots=True)
class Published:
    """One entry of the public page: its day, its words by language."""

    day: date
    words: Mapping[str, Words]


def published(db: Connection, organisation: str, most: int = 60) -> list[Published]:
    """What stands on an organisation's public page, the newest first."""
    on = (LEARNING.c.organisation == organisation, LEARNING.c.published_at.is_not(None))
    query = select(LEARNING.c.id, LEARNING.c.published_at).where(*on).order_by(LEARNING.c.published_at.desc())
    found: dict[int, Published] = {
        row.id: Published(row.published_at.astimezone(LONDON).date(), {}) for row in db.execute(query.limit(most))
    }
    each: dict[int, dict[str, Words]] = {number: {} for number in found}
    for row in db.execute(select(_TEXT).where(_TEXT.c.learning.in_(list(found)))).mappings():
        each[row["learning"]][row["language"]] = words_of(row)
    return [Published(one.day, each[number]) for number, one in found.items() if each[number]]


def any_published(db: Connection, organisation: str) -> bool:
    """Whether anything stands there."""
    on = (LEARNING.c.organisation == organisation, LEARNING.c.published_at.is_not(None))
    return db.execute(select(LEARNING.c.id).where(*on).limit(1)).first() is not None
