"""Compliments: the newest first, in their words; what may be done with each; how many by service and month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, not_, select

from casework.calendar import LONDON, add_months, midnight
from casework.case import corrected, fold
from casework.helping import on_board, sharing
from casework.procedure import Profile
from casework.record import CaseEvent
from storage import casefile, models
from storage.answers import answers
from storage.desk import CASE, FACT, count, within
from storage.models import table
from storage.reach import Reach
from storage.vault import Vault

EVENT = table(models.CaseEvent)
#: By the index of facts: most records are no compliments.
KIND = FACT.alias("kind")
#: On a page.
PAGE = 20
#: Months that are counted, this one included.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty is all. ``month``: its first day; ``passed``: "yes" or "no"; ``board``."""

    service: str = ""
    month: date | None = None
    passed: str = ""
    board: bool = False

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Compliment:
    """One compliment. Times aware; words in ``language``, as they came.

    about     whom or which team it is about; ``words`` what they did; ``name`` theirs, as far as they gave it
    sharing   what the person agreed to (``casework.helping.SHARING``), "" when they were not asked
    passed    the event by which it was brought to the worker, None
    board     the event with the words on the board, None
    """

    case: int
    reference: str
    language: str
    at: datetime
    place: str
    events: int
    services: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    name: str = ""
    sharing: str = ""
    passed: CaseEvent | None = None
    board: CaseEvent | None = None
    erased: bool = False


def _query(db: Connection, reach: Reach, filters: Filters) -> Select[Any]:
    fact, value = ("celebrated", "yes") if filters.board else ("kind", "compliment")
    kind = (KIND.c.organisation == reach.organisation, KIND.c.fact == fact, KIND.c.value == value)
    query = select(CASE.c.id).select_from(KIND.join(CASE, CASE.c.id == KIND.c.case_id))
    query = query.where(*kind, CASE.c.complete, within(db, reach))
    if filters.service:
        other = FACT.alias()
        of = (other.c.case_id == CASE.c.id, other.c.fact == "services", other.c.value == filters.service)
        query = query.where(exists().where(*of))
    if filters.month:
        first, last = (midnight(day) for day in (filters.month, add_months(filters.month, 1)))
        query = query.where(CASE.c.filed_at >= first, CASE.c.filed_at < last)
    if filters.passed:
        done = exists().where(EVENT.c.case_id == CASE.c.id, EVENT.c.type == "passed_on")
        query = query.where(done if filters.passed == "yes" else not_(done))
    return query


def page(db: Connection, reach: Reach, filters: Filters, number: int = 1, most: int = PAGE) -> tuple[list[int], int]:
    """The records of page ``number`` (from 1), the newest first, and how many there are (``storage.desk.count``)."""
    query = _query(db, reach, filters)
    wanted = query.order_by(KIND.c.case_id.desc()).limit(most).offset((max(1, number) - 1) * most)
    return list(db.execute(wanted).scalars()), count(db, query)


def load(db: Connection, vault: Vault, profiles: Mapping[int, Profile], cases: Iterable[int]) -> list[Compliment]:
    """Compliments with their words, in the order asked for; ``profiles``: the procedure of each (``procedures``)."""
    wanted = list(cases)
    rows = {row["id"]: dict(row) for row in db.execute(select(CASE).where(CASE.c.id.in_(wanted))).mappings()}
    services: dict[int, list[str]] = {}
    query = select(FACT.c.case_id, FACT.c.value).where(FACT.c.case_id.in_(wanted), FACT.c.fact == "services")
    for case, value in db.execute(query):
        services.setdefault(case, []).append(value)
    histories = casefile.histories(db, vault, wanted)
    return [
        _one(rows[case], profiles[case], histories[case], services.get(case, ()), answers(db, vault, case))
        for case in wanted
    ]


def _one(
    row: Mapping[str, Any],
    profile: Profile,
    history: Sequence[CaseEvent],
    services: Sequence[str],
    told: Mapping[str, Mapping[str, Any]],
) -> Compliment:
    state = fold(profile, history)
    words = {step: tuple(told.get(step, {}).get("words", ())) for step in ("about", "story", "name")}
    drawn = tuple(told.get("pictures", {}).get("labels", ()))
    return Compliment(
        row["id"],
        row["reference"],
        row["language"],
        row["filed_at"] or row["begun_at"],
        row["place"],
        row["events"],
        tuple(one for one in services if one not in ("skipped", "unsure")),
        words["about"],
        (*drawn, *words["story"]),
        " ".join(words["name"]),
        sharing(state),
        next((one for one in reversed(corrected(history)) if one.kind == "passed_on"), None),
        on_board(state),
        not history,
    )


def procedures(db: Connection, cases: Iterable[int], under: Any) -> dict[int, Profile]:
    """The procedure of each record; ``under`` is ``Procedures.under``."""
    query = select(CASE.c.id, CASE.c.organisation, CASE.c.profile).where(CASE.c.id.in_(list(cases)))
    return {row.id: under(row.organisation, row.profile) for row in db.execute(query)}


def counts(db: Connection, reach: Reach, today: date) -> tuple[list[date], dict[str, list[int]]]:
    """The first days of the last MONTHS months, this one last; service ("" for none named) -> how many in each.

    A compliment about several services counts for each, as a complaint does; "*" counts each once.
    """
    this = today.replace(day=1)
    months = [add_months(this, -back) for back in range(MONTHS - 1, -1, -1)]
    query = _query(db, reach, Filters()).add_columns(CASE.c.filed_at).where(CASE.c.filed_at >= midnight(months[0]))
    filed = {row.id: row.filed_at.astimezone(LONDON).date().replace(day=1) for row in db.execute(query)}
    of: dict[int, list[str]] = {case: [] for case in filed}
    other = FACT.alias()
    named = select(other.c.case_id, other.c.value).where(
        other.c.organisation == reach.organisation,
        other.c.fact == "services",
        other.c.case_id.in_(query.with_only_columns(CASE.c.id)),
    )
    for case, value in db.execute(named):
        if value not in ("skipped", "unsure"):
            of[case].append(value)
    out: dict[str, list[int]] = {}
    for case, month in filed.items():
        if month not in months:
            continue
        for service in ("*", *(of[case] or ("",))):
            out.setdefault(service, [0] * MONTHS)[months.index(month)] += 1
    return months, out
