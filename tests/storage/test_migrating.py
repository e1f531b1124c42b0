"""A release comes while processes of the one before run: what a step may do beside them, and who does it."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, event

from storage import database
from storage.database import InUse, Newer, migrate, newest
from storage.migrations import online
from storage.waking import Waking
from tests.storage.conftest import Site, _sql, made, named
from tests.storage.people import Person

#: Steps before this one came before the rule.
FIRST = "0010"
#: What makes a running process fail or wait. A new column has to be nullable, or has a default of the database's.
BREAKS = {
    "a column or table goes": r"\bDROP (TABLE|COLUMN)\b",
    "something gets another name": r"\bRENAME\b",
    "a column changes": r"\bALTER COLUMN\b.*\b(TYPE|SET NOT NULL)\b",
    "a column that old processes do not fill": r"\bADD COLUMN\b(?!.*\bDEFAULT\b).*\bNOT NULL\b",
    "a check of every row under a lock": r"\bADD CONSTRAINT\b(?!.*\bNOT VALID\b)",
    "an index made under a lock": r"\bCREATE (UNIQUE )?INDEX\b(?! CONCURRENTLY)",
}


@pytest.fixture
def pg(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with made("postgres", request.getfixturevalue, tmp_path) as site:
        yield site


@pytest.fixture
def empty(pg: Site) -> Iterator[str]:
    """An empty database beside the site's."""
    name = f"{pg.url.rpartition('/')[2].partition('?')[0]}_empty"
    pg.sql(f"CREATE DATABASE {name}")
    yield named(pg.admin, name)
    pg.sql(f"DROP DATABASE {name} WITH (FORCE)")


def problems(statement: str, fresh: set[str]) -> list[str]:
    """What a statement of a step does to running processes; ``fresh``: tables that none of them knows."""
    plain = " ".join(statement.split())
    table = re.match(r"(?:ALTER TABLE|DROP TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON) \"?(\w+)", plain)
    if table and table.group(1) in fresh:
        return []
    return [what for what, pattern in BREAKS.items() if re.search(pattern, plain, re.IGNORECASE)]


def test_steps_are_bearable_for_running_processes_or_say_that_they_are_not(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty, FIRST)
    heard: list[str] = []
    real = create_engine

    def listening(*given: Any, **more: Any) -> Engine:
        engine = real(*given, **more)
        event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *_: heard.append(statement))
        return engine

    monkeypatch.setattr(database, "create_engine", listening)
    found = []
    steps = list(database._scripts().walk_revisions())[::-1]
    for step in [one for one in steps if one.revision > FIRST]:
        heard.clear()
        migrate(empty, step.revision)
        fresh = set(re.findall(r"CREATE TABLE \"?(\w+)", "\n".join(heard)))
        if not getattr(step.module, "stopped", ""):
            found += [f"{step.revision}: {what}: {one.strip()[:80]}" for one in heard for what in problems(one, fresh)]
    assert not found, "write it so that it is bearable (docs/scale.md), or say in the step why it is `stopped`"


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("ALTER TABLE talk ADD COLUMN mood VARCHAR", False),
        ("ALTER TABLE talk ADD COLUMN mood VARCHAR DEFAULT '' NOT NULL", False),
        ("ALTER TABLE talk ADD COLUMN mood VARCHAR NOT NULL", True),
        ("ALTER TABLE talk DROP COLUMN language", True),
        ("ALTER TABLE talk RENAME language TO tongue", True),
        ("ALTER TABLE talk ALTER COLUMN language SET NOT NULL", True),
        ("CREATE INDEX ix_a ON talk (language)", True),
        ("CREATE INDEX CONCURRENTLY ix_a ON talk (language)", False),
        ("CREATE INDEX ix_a ON new (language)", False),
        ("DROP TABLE guess", True),
    ],
)
def test_what_is_bearable(statement: str, bad: bool) -> None:
    assert bool(problems(statement, {"new"})) is bad


def test_processes_that_start_at_once_migrate_once(empty: str) -> None:
    wrong: list[BaseException] = []

    def start() -> None:
        try:
            migrate(empty)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    opened = database.Database(empty)
    assert not database.behind(opened)
    opened.close()


def test_an_index_is_made_while_others_write(pg: Site) -> None:
    store, stop = pg.open(), threading.Event()
    done: list[str] = []

    def people() -> None:
        while not stop.is_set():
            done.append(Person(store.writer, f"p{len(done)}").complain().reference)

    thread = threading.Thread(target=people)
    thread.start()
    engine = create_engine(store.database._writer.url)
    try:
        with engine.connect() as db:
            context = MigrationContext.configure(db, opts={"transaction_per_migration": True})
            with context.begin_transaction(), Operations.context(context):
                for _ in range(2):  # the second time as after one that broke off
                    online.create_index("ix_trial", "message", ["organisation", "at"])
    finally:
        stop.set()
        thread.join()
        engine.dispose()
    with store.database.reading() as db:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_trial'::regclass"
        assert db.exec_driver_sql(valid).scalar() is True
    assert done


def test_an_older_program_refuses_a_newer_database(site: Site) -> None:
    site.open().close()
    sql = "UPDATE alembic_version SET version_num = '9999'"
    if site.sqlite:
        with sqlite3.connect(site.file) as db:
            db.execute(sql)
        db.close()
    else:
        _sql(site.url, sql)
    with pytest.raises(Newer, match=rf"a later release .*to 9999; this program knows it up to {newest()}"):
        site.open()
    opened = database.Database(site.url)
    with pytest.raises(Newer):
        database.behind(opened)
    opened.close()


def test_a_step_that_running_processes_could_not_bear_waits_for_them(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty, FIRST)
    scripts = database._scripts()
    for one in scripts.walk_revisions():
        one.module.stopped = "a trial"  # type: ignore[attr-defined]  # as a step would say it itself
    monkeypatch.setattr(database, "_scripts", lambda: scripts)
    running = Waking(empty, lambda kind, numbers: None)
    assert running.listening.wait(20)
    with pytest.raises(InUse, match=r"still use \(a trial\)\. Stop every one"):
        migrate(empty)
    running.close()
    migrate(empty)
