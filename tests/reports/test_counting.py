"""The bits say what the facts say, whatever happened to a record, settled or not, on both engines."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from casework.record import CaseEvent
from casework.report_facts import VERSION, is_counted
from casework.report_where import EVERYTHING, PERSONS, Is, Where, between, has, lacks, read
from storage import casefile, counting, erasing, recounting
from storage.bits import Counts
from storage.counting import CASE, FACT, RECORD
from storage.report_list import conditions
from storage.store import Store
from storage.working import Deed, do
from tests.storage.conftest import made, postgres, sqlite_site, sqlite_template
from tests.storage.people import Person
from tests.storage.plainworld import PROFILES

__all__ = ["postgres", "sqlite_site", "sqlite_template"]
ORGANISATION = next(iter(PROFILES))
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
WHERES = (
    EVERYTHING,
    has("kind", "complaint"),
    has("kind", "complaint", "informal") & lacks("who", "child"),
    between("filed", "2026-03-03", "2026-03-05"),
    lacks("theme"),
    has("theme") & lacks("upheld"),
    has("theme", "worker") & has("timescale.stage1", "met", "running"),
    has("reached", "stage1") & Where((Is(PERSONS, ("1",)),)),
    Where((Is(PERSONS, ("2..",)),)),
    Where((Is(PERSONS, ("2",)),)) & has("kind", "complaint"),
)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with made(request.param, request.getfixturevalue, tmp_path) as site:
        yield site.open()


def agreed(store: Store) -> Counter[str]:
    """The bits count what the lists hold, record for record; the counts."""
    found: Counter[str] = Counter()
    with store.database.reading() as db:
        counts = Counts(db, ORGANISATION)
        for where in WHERES:
            query = select(func.count(), func.count(func.distinct(RECORD.c.person)))
            query = query.select_from(CASE.join(RECORD, RECORD.c.case_id == CASE.c.id))
            listed = db.execute(query.where(CASE.c.organisation == ORGANISATION, *conditions(where))).one()
            mask = counts.mask(where)
            assert (mask.bit_count(), counts.people(mask)) == tuple(listed), str(where)
            assert read(str(where)) == where
            found[str(where)] = listed[0]
    return found


def settle(store: Store, most: int = counting.AT_ONCE) -> int:
    return store.writer.write(lambda db: counting.settle(db.connection(), ORGANISATION, most)).result()


def cases(store: Store) -> list[Any]:
    with store.database.reading() as db:
        return list(db.execute(select(CASE.c.id, CASE.c.events, CASE.c.place).order_by(CASE.c.id)))


def deed(store: Store, case: Any, event: CaseEvent) -> None:
    work = partial(_do, store, case, event)
    with suppress(casefile.Refused):  # the record does not stand there: as staff would find
        store.writer.write(work).result()


def _do(store: Store, case: Any, event: CaseEvent, db: Any) -> None:
    do(db, store.vault, store.procedures, case.id, case.events, [Deed(event)])


def test_bits_say_what_the_facts_say(store: Store) -> None:
    rng = random.Random(7)
    for number in range(12):
        person = Person(store.writer, organisation=ORGANISATION, endpoint="web")
        person.now = AT + timedelta(days=number % 5)
        person.complain()
        if number % 3 == 0:  # the same person, as an import knows
            with store.database.reading() as db:
                case = db.execute(select(func.max(RECORD.c.case_id))).scalar_one()
            sam = update(RECORD).where(RECORD.c.case_id == case).values(person="sam", dirty=True)
            store.writer.write(lambda db, sam=sam: db.connection().execute(sam)).result()
        if number % 4 == 0:
            settle(store, 3)
    agreed(store)
    kinds = (
        CaseEvent("themed", AT + timedelta(days=6), "staff:1", data={"themes": ["worker", "delay"]}),
        CaseEvent("themed", AT + timedelta(days=6), "staff:1", data={"themes": ["worker"]}),
        CaseEvent("stage1.answered", AT + timedelta(days=6), "staff:1"),
        CaseEvent("outcome", AT + timedelta(days=7), "staff:1", data={"point": "1", "outcome": "upheld"}),
        CaseEvent("withdrawn", AT + timedelta(days=8), "staff:1"),
    )
    for _ in range(40):
        deed(store, rng.choice(cases(store)), rng.choice(kinds))
        if rng.random() < 0.3:
            settle(store, 4)
    before = agreed(store)
    while settle(store):
        pass
    with store.database.reading() as db:
        assert counting.waiting(db, ORGANISATION) == 0
    assert agreed(store) == before, "settled or not makes no difference"
    assert before["theme:* upheld:-"] and before["persons:2.."], before


def test_a_draft_that_is_deleted_is_counted_no_more(store: Store) -> None:
    person = Person(store.writer, organisation=ORGANISATION, endpoint="web")
    person.complain()
    while settle(store):
        pass
    case = cases(store)[0]
    with store.database.reading() as db:
        talk = db.execute(select(CASE.c.talk).where(CASE.c.id == case.id)).scalar_one()
    before = agreed(store)
    store.writer.write(lambda db: erasing.erase_talk(db.connection(), talk)).result()
    assert agreed(store) == before, "facts survive the erasure of a person's words"


def test_records_of_before_are_counted_by_a_recount(store: Store) -> None:
    Person(store.writer, organisation=ORGANISATION, endpoint="web").complain()
    case = cases(store)[0]
    deed(store, case, CaseEvent("stage1.answered", AT + timedelta(days=4000), "staff:1"))
    whole = facts(store, case.id)
    assert any(is_counted(fact) for fact, _ in whole)

    def forget(db: Any) -> None:
        names = [fact for fact, _ in whole if is_counted(fact) or fact == "complainant"]
        db.connection().execute(FACT.delete().where(FACT.c.case_id == case.id, FACT.c.fact.in_(names)))
        db.connection().execute(RECORD.update().values(version=VERSION - 1))

    store.writer.write(forget).result()
    work = lambda db: recounting.recount(db, store.vault, store.procedures, ORGANISATION)  # noqa: E731 - said twice
    assert store.writer.write(work).result() == 1
    assert store.writer.write(work).result() == 0
    assert facts(store, case.id) == whole


def facts(store: Store, case: int) -> set[tuple[str, str]]:
    with store.database.reading() as db:
        return {tuple(row) for row in db.execute(select(FACT.c.fact, FACT.c.value).where(FACT.c.case_id == case))}


def test_only_what_tells_the_reports_writes_facts() -> None:
    """Whoever writes facts says so in the same transaction: the modules that may are known."""
    folder = Path(casefile.__file__).parent
    writers = {
        path.name
        for path in folder.glob("*.py")
        if "insert(FACT)" in (text := path.read_text("utf-8")) or "delete(FACT)" in text or "delete(_FACT)" in text
    }
    # Erasing takes away only facts that no report counts.
    assert writers <= {"casefile.py", "rows.py", "staging.py", "rights_erasing.py"}
