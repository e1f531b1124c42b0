"""The list behind a figure: the same facts (``casework.report_where``) as conditions on ``cases``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, func, not_, select
from sqlalchemy.sql.expression import FromClause

from casework.report_where import ANY, NONE, PERSONS, Is, Where
from storage.counting import CASE, FACT, RECORD

Condition = ColumnElement[bool]
#: Whatever is counted has a kind.
_COUNTED = Is("kind", (ANY,))


def conditions(where: Where) -> Iterator[Condition]:
    """One for each word; all must hold."""
    if where.words:
        yield _holds(_COUNTED, CASE)
    for word in where:
        yield _persons(where, word) if word.fact == PERSONS else _holds(word, CASE)


def _holds(word: Is, case: FromClause) -> Condition:
    fact, absent = FACT.alias(), word.values == (NONE,)
    found = exists().where(fact.c.case_id == case.c.id, fact.c.fact == word.fact)
    if word.span is not None:
        first, last = word.span
        found = found.where(fact.c.value >= first, *([fact.c.value <= last] if last else []))
    elif not absent and word.values != (ANY,):
        found = found.where(fact.c.value.in_(word.values))
    return not_(found) if word.no != absent else found


def _persons(where: Where, word: Is) -> Condition:
    """Of people who have so many of the records that the other words choose."""
    case, record, mine = CASE.alias(), RECORD.alias(), RECORD.alias()
    first, last = word.span or (word.values[0], word.values[0])
    others = (_COUNTED, *(one for one in where if one.fact != PERSONS))
    chosen = (
        select(record.c.person)
        .join(case, (case.c.id == record.c.case_id) & (case.c.organisation == record.c.organisation))
        .where(*(_holds(one, case) for one in others))
        .group_by(record.c.person)
        .having(func.count() >= int(first or 1), func.count() <= int(last or 10**9))
    )
    return exists().where(mine.c.case_id == CASE.c.id, mine.c.person.in_(chosen))
