"""The condition that a record is about a member of staff: it is kept from them in every list (``console.roles``)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, exists, not_, or_, select

from storage import models, models_staff
from storage.about import CASE_STAFF
from storage.models import table
from storage.words import SEARCH

CASE = table(models.Case)
FACT = table(models.CaseFact)
STAFF_TOKEN = table(models_staff.StaffToken)
Condition = ColumnElement[bool]


def naming(db: Connection, staff: int) -> Condition:
    """The condition on ``cases`` that a record is about a member of staff: as somebody settled, or by its words.

    By its words: it names the worker by any of their names, or says their whole name anywhere. Nobody's name keeps
    a compliment from them.
    """
    named = CASE.c.id.in_(select(CASE_STAFF.c.case_id).where(CASE_STAFF.c.staff == staff, CASE_STAFF.c.part == "named"))
    query = select(STAFF_TOKEN.c.name, STAFF_TOKEN.c.token, STAFF_TOKEN.c.whole).where(STAFF_TOKEN.c.staff == staff)
    said: list[bytes] = []
    names: dict[int, list[bytes]] = {}
    for name, one, whole in db.execute(query):
        (names.setdefault(name, []) if whole else said).append(one)
    if not said:
        return named
    ways = [CASE.c.id.in_(select(SEARCH.c.case_id).where(SEARCH.c.token.in_(said)))]
    for first, *rest in names.values():
        if not rest:
            continue
        of = select(SEARCH.c.case_id).where(SEARCH.c.token == first)
        for one in rest:
            other = SEARCH.alias()
            of = of.where(exists().where(other.c.token == one, other.c.case_id == SEARCH.c.case_id))
        ways.append(CASE.c.id.in_(of))
    return or_(named, _unsettled(or_(*ways)))


_SETTLED = exists().where(FACT.c.case_id == CASE.c.id, FACT.c.fact == "named", FACT.c.value == "settled")


def _unsettled(by_words: Condition) -> Condition:
    return and_(CASE.c.kind != "compliment", not_(_SETTLED), by_words)
