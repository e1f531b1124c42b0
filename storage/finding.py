"""Finding records by their reference, by names and by whole words, or by filters alone: newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from storage.desk import CASE, FACT, LISTS, MOST, PAGE, Filters, Page, count, narrowed, within
from storage.ids import read_reference
from storage.lines import lines
from storage.reach import Reach
from storage.secrets import KeyRing
from storage.words import SEARCH, token, words

#: Words of one search that count.
WORDS = 12
#: From so many records on, a word or a filter is common: the newest records are looked through instead.
FEW = 2000


def search(
    db: Connection, ring: KeyRing, reach: Reach, text: str, filters: Filters, now: datetime, number: int = 1
) -> Page:
    """Page ``number`` (from 1) of the records in reach that hold every word of a text, or have it as reference.

    Whole words, in any order, without case or accents. A text without a word finds what the filters leave.
    """
    query = found(db, ring, reach, text, filters, now)
    if query is None:
        return Page((), 0)
    rows = db.execute(query.order_by(CASE.c.id.desc()).limit(PAGE).offset((max(1, number) - 1) * PAGE)).mappings()
    items = lines(db, [dict(row) for row in rows], now)
    total = len(items) if number <= 1 and len(items) < PAGE else count(db, query)
    return Page(items, total, max(1, number))


def found(
    db: Connection, ring: KeyRing, reach: Reach, text: str, filters: Filters, now: datetime
) -> Select[Any] | None:
    """The ids of what a search finds; None when it says nothing that could be found."""
    query = select(CASE.c.id).where(within(db, reach), LISTS["all"].where(now), *narrowed(filters))
    if reference := read_reference(text):
        return query.where(CASE.c.reference == reference)
    wanted = words(text)[:WORDS]
    if not wanted and text.strip():
        return None
    tokens = [token(ring, reach.organisation, word) for word in wanted]
    sets = [select(SEARCH.c.case_id).where(SEARCH.c.token == one) for one in tokens]
    sets += [_of(reach.organisation, fact, values) for fact, values in _facts(filters)]
    # The rarest first: what it leaves is few enough to ask everything else of.
    ranked = sorted(((_few(db, one), n) for n, one in enumerate(sets)), key=lambda pair: pair)
    for n, (size, index) in enumerate(ranked):
        chosen = sets[index]
        if n == 0 and size <= FEW:
            ids = list(db.execute(chosen).scalars())
            query = query.where(CASE.c.id.in_(ids))
        elif index < len(tokens):
            query = query.where(chosen.where(SEARCH.c.case_id == CASE.c.id).correlate(CASE).exists())
    return query


def _facts(filters: Filters) -> Iterable[tuple[str, tuple[str, ...]]]:
    pairs = (("services", filters.services), ("theme", (filters.theme,)), ("campaign", (filters.campaign,)))
    return [(fact, values) for fact, values in pairs if any(values)]


def _of(organisation: str, fact: str, values: tuple[str, ...]) -> Select[Any]:
    where = (FACT.c.organisation == organisation, FACT.c.fact == fact, FACT.c.value.in_(values))
    return select(FACT.c.case_id).where(*where)


def _few(db: Connection, query: Select[Any]) -> int:
    inner = query.limit(max(FEW, MOST) + 1).subquery()
    return int(db.execute(select(func.count()).select_from(inner)).scalar_one())
