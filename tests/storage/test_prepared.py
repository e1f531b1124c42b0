"""Statements compiled once write what SQLAlchemy itself would write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from storage.columns import Big, Moment
from storage.prepared import Among, Prepared
from storage.store import Store

AT = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))
_meta = MetaData()
THING = Table(
    "thing",
    _meta,
    Column("id", Big, primary_key=True, autoincrement=False),
    Column("order", String, nullable=True),  # a word that has to be quoted
    Column("at", Moment, nullable=True),
    Column("done", Boolean, nullable=False),
    Column("kind", String, default="usual"),
)
ROWS: list[dict[str, Any]] = [
    {"id": 2**60, "order": "one {two} 'three' \"four\" %s", "at": AT, "done": True, "kind": ""},
    {"id": 2, "order": None, "at": None, "done": False, "kind": "\u0627\u0644"},
]


@pytest.fixture
def things(store: Store) -> Store:
    with store.database.writing() as db:
        _meta.create_all(db)
    return store


def written(store: Store, by_hand: bool) -> list[tuple[Any, ...]]:
    """The rows as they lie in the database, seen without any type of ours."""
    with store.database.writing() as db:
        if by_hand:
            db.execute(insert(THING), ROWS)
        else:
            Prepared(insert(THING)).run(db, ROWS)
        found = [tuple(row) for row in db.execute(text("SELECT * FROM thing ORDER BY id"))]
        db.execute(THING.delete())
    return found


def test_the_same_bytes_are_written(things: Store) -> None:
    assert written(things, by_hand=False) == written(things, by_hand=True)


def test_a_column_that_fills_itself_is_left_to_sqlalchemy(things: Store) -> None:
    fill = Prepared(insert(THING))
    with things.database.writing() as db:
        fill.run(db, [{"id": 1, "order": "", "at": AT, "done": False}])
        fill.run(db, [{"id": 2, "order": "", "at": AT, "done": False, "kind": "own"}])
        assert list(db.execute(select(THING.c.kind).order_by(THING.c.id)).scalars()) == ["usual", "own"]


def test_an_update_says_how_many_rows_it_met(things: Store) -> None:
    change = Prepared(update(THING).where(THING.c.id == bindparam("of", type_=Integer)).values(at=bindparam("at")))
    with things.database.writing() as db:
        db.execute(insert(THING), ROWS)
        assert change.run(db, [{"of": 2, "at": AT}, {"of": 3, "at": AT}]).rowcount == 1
        assert db.execute(select(THING.c.at).where(THING.c.id == 2)).scalar_one() == AT.astimezone(UTC)


def test_each_row_of_an_update_gets_its_own_values(things: Store) -> None:
    values = {name: bindparam(name) for name in ("order", "at", "done")}
    change = Prepared(update(THING).where(THING.c.id == bindparam("of")).values(values))
    new = [
        {"of": 2, "order": "%(done)s WHERE \\ \n", "at": AT, "done": True},
        {"of": 2**60, "order": None, "at": None, "done": False},
    ]
    with things.database.writing() as db:
        db.execute(insert(THING), ROWS)
        assert change.run(db, new).rowcount == 2
        found = db.execute(select(THING).order_by(THING.c.id)).all()
    assert [tuple(row) for row in found] == [
        (2, "%(done)s WHERE \\ \n", AT.astimezone(UTC), True, "\u0627\u0644"),
        (2**60, None, None, False, ""),
    ]


def test_many_rows_go_at_once(things: Store) -> None:
    gone = Prepared(delete(THING).where(THING.c.id == bindparam("of"), THING.c.done == bindparam("was")))
    with things.database.writing() as db:
        db.execute(insert(THING), ROWS)
        assert gone.run(db, [{"of": 2, "was": True}, {"of": 2**60, "was": True}]).rowcount == 1
        assert db.execute(select(THING.c.id)).scalars().all() == [2]


def test_what_is_there_already_stays(things: Store) -> None:
    keep = Prepared(insert(THING), keeping=True)
    with things.database.writing() as db:
        keep.run(db, ROWS[:1])
        keep.run(db, [row | {"order": "changed"} for row in ROWS])
        rows = db.execute(select(THING.c.id, THING.c.order).order_by(THING.c.id)).all()
        assert [tuple(row) for row in rows] == [(2, "changed"), (2**60, ROWS[0]["order"])]
        with pytest.raises(ValueError, match="every column"):
            keep.run(db, [{"id": 3, "order": "", "at": AT, "done": False}])


def test_rows_are_found_by_any_of_many_values(things: Store) -> None:
    by_order = Among(THING.c.order, lambda among: select(THING.c.id).where(among).order_by(THING.c.id))
    with things.database.writing() as db:
        db.execute(insert(THING), ROWS)
        assert by_order.run(db, [ROWS[0]["order"], "x"]).scalars().all() == [2**60]
        assert by_order.run(db, []).scalars().all() == []
        assert by_order.run(db, ["x"] * 500).scalars().all() == []


def test_errors_are_those_of_sqlalchemy(things: Store) -> None:
    with pytest.raises(IntegrityError), things.database.writing() as db:
        Prepared(insert(THING)).run(db, [ROWS[0], ROWS[0]])
    with pytest.raises(ValueError, match="time zone"), things.database.writing() as db:
        Prepared(insert(THING)).run(db, [ROWS[0] | {"at": AT.replace(tzinfo=None)}])
