"""A deployment moves from SQLite to PostgreSQL: whole, verified, resumed after a kill, and over nobody else's data."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from storage import copying, models, moving, tables
from storage.cases import Cases
from storage.models import table
from storage.moving import CannotMove
from storage.store import Store, open_store
from storage.talks import Talks
from tests.storage.conftest import Site, _sql, named
from tests.storage.people import START, Person

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 600


@dataclass
class Targets:
    """Empty databases of the PostgreSQL server, made when they are asked for."""

    admin: str
    prefix: str
    made: list[str]

    def new(self) -> str:
        name = f"{self.prefix}_{len(self.made)}"
        _sql(self.admin, f"CREATE DATABASE {name}")
        self.made.append(name)
        return named(self.admin, name)


@pytest.fixture
def targets(postgres: str, tmp_path: Path) -> Iterator[Targets]:
    found = Targets(named(postgres, "postgres"), f"moved_{os.getpid()}_{tmp_path.name}".lower().replace("-", "_"), [])
    yield found
    for name in found.made:
        _sql(found.admin, f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Lived:
    """A deployment in which things have happened, closed; and what it showed."""

    site: Site
    shown: dict[str, Any]
    picture: str
    receipt: str

    @property
    def keys(self) -> str:
        return str(self.site.settings()["key_store"])


def shows(store: Store, picture: str) -> dict[str, Any]:
    """What people and staff would see."""
    cases = Cases(store.database, store.vault)
    references = [case["reference"] for case in cases.list(("example",))]
    talk = Talks(store.database, store.vault, store.writer).find("example", "web", "example-web", "p0")
    assert talk is not None
    talks = Talks(store.database, store.vault, store.writer)
    with store.database.reading() as db:
        staff = sorted(tuple(row) for row in db.execute(select(tables.METADATA.tables["staff"])))
    return {
        "cases": [cases.show(reference) for reference in references],
        "said": [(item.seq, item.text) for item in talks.since(talk)],
        "picture": b"".join(store.media.read(picture, "example")[1]),
        "staff": staff,
    }


@pytest.fixture
def lived(sqlite_site: Site) -> Lived:
    store = sqlite_site.open()
    people = [Person(store.writer, f"p{number}") for number in range(4)]
    receipt = ""
    for person in people:
        receipt = person.complain().receipt
    picture = store.media.store("example", io.BytesIO(PICTURE), "room.png")
    people[0].say(media=(picture,))
    open_talk = Person(store.writer, "halfway")
    open_talk.reach("story")
    staff = {"id": 1, "organisation": "example", "login": b"x" * 16, "at": START}
    store.writer.write(
        lambda db: db.connection().execute(insert(tables.METADATA.tables["staff"]), filled("staff", staff))
    ).result()
    found = shows(store, picture.id)
    store.close()
    return Lived(sqlite_site, found, picture.id, receipt)


def filled(name: str, known: dict[str, Any]) -> dict[str, Any]:
    """A row with something plain in every column that is not given."""
    plain: dict[str, Any] = {"String": "x", "AutoString": "x", "LargeBinary": b"x", "Moment": START, "Boolean": False}
    row = {}
    for column in tables.METADATA.tables[name].c:
        if column.nullable:
            row[column.name] = None
        else:
            row[column.name] = plain.get(type(column.type).__name__, 1)
    return row | {key: value for key, value in known.items() if key in row}


def test_everything_is_there_afterwards(lived: Lived, targets: Targets) -> None:
    to, keys_to, said = targets.new(), targets.new(), list[str]()
    moved = moving.move(lived.site.url, to, said.append)
    assert moved is not None and len(moved.tables) == len(tables.every()) == len(said)
    assert {name: rows for name, rows, _ in moved.tables}["cases"] == 4
    assert moving.move_keys(lived.keys, keys_to) is not None
    store = open_store(to, **lived.site.settings(key_store=keys_to))
    try:
        assert shows(store, lived.picture) == lived.shown
        goes_on = Person(store.writer, "halfway")
        goes_on.reach("check")
        assert Person(store.writer, "new").complain().reference
    finally:
        store.close()
    assert moving.move(lived.site.url, to) is None, "moved before"
    with pytest.raises(ValueError, match="was moved to postgresql"):
        lived.site.open()
    with pytest.raises(ValueError, match="set HEARBACK_KEY_STORE to that"):
        open_store(to, **lived.site.settings())
    with pytest.raises(CannotMove, match="was moved to"):
        moving.move(lived.site.url, targets.new())
    assert moving.back(lived.site.url) and moving.back(lived.keys)
    assert shows(lived.site.open(), lived.picture) == lived.shown


def move_until_killed(source: str, target: str, pieces: int) -> None:
    """Moves in small pieces, and dies with one of them half written."""
    copying.PIECE = 7
    real, left = copying.fill, [pieces]

    def fill(db: Any, table: Any, rows: Any) -> None:
        real(db, table, rows)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    moving.fill = fill  # type: ignore[attr-defined]  # in this process only, which dies
    moving.move(source, target)


def test_killed_in_the_middle_it_goes_on(lived: Lived, targets: Targets) -> None:
    to = targets.new()
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=move_until_killed, args=(lived.site.url, to, 12))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with pytest.raises(ValueError, match="being moved"):
        lived.site.open()
    with pytest.raises(ValueError, match="a move to this database was not finished"):
        open_store(to, **lived.site.settings())
    with pytest.raises(CannotMove, match=r"being moved to postgresql.* already"):
        moving.move(lived.site.url, targets.new())
    assert moving.move(lived.site.url, to) is not None
    store = open_store(to, **lived.site.settings())
    try:
        assert shows(store, lived.picture) == lived.shown
    finally:
        store.close()


def test_killed_at_the_very_end_the_same_move_opens_the_target(
    lived: Lived, targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = targets.new()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(moving, "_open", killed)
        with pytest.raises(KeyboardInterrupt):
            moving.move(lived.site.url, to)
    with pytest.raises(ValueError, match="a move to this database was not finished"):
        open_store(to, **lived.site.settings())
    assert moving.move(lived.site.url, to) is None
    store = open_store(to, **lived.site.settings())
    try:
        assert shows(store, lived.picture) == lived.shown
    finally:
        store.close()


def test_nothing_of_anybody_else_is_touched(lived: Lived, targets: Targets) -> None:
    used = targets.new()
    _sql(used, "CREATE TABLE theirs (id int)")
    with pytest.raises(CannotMove, match="is not empty"):
        moving.move(lived.site.url, used)


def test_not_while_it_runs(lived: Lived, targets: Targets) -> None:
    store = lived.site.open()
    with pytest.raises(CannotMove, match="is in use: stop Hearback"):
        moving.move(lived.site.url, targets.new())
    assert Person(store.writer, "still").complain().reference
    store.close()


def test_a_row_that_changed_on_the_way_is_noticed(
    lived: Lived, targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "migrate", lambda url: made_at_once(url) if url != lived.site.url else None)
    real: Callable[..., None] = copying.fill

    def wrong(db: Any, into: Any, rows: Any) -> None:
        real(db, into, rows[:-1] if into.name == "message" else rows)

    monkeypatch.setattr(moving, "fill", wrong)
    with pytest.raises(CannotMove, match="the table message is not the same there"):
        moving.move(lived.site.url, targets.new())


def made_at_once(url: str) -> None:
    engine = moving.postgres(url)
    tables.METADATA.create_all(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite:///elsewhere.db", "mysql://a/b"])
def test_only_to_postgresql(sqlite_site: Site, url: str) -> None:
    with pytest.raises(CannotMove, match="begins with postgresql"):
        moving.move(sqlite_site.url, url)


def test_the_hash_is_the_same_on_both_engines(site: Site) -> None:
    store = site.open()
    rows = [filled("year_total", {"year": START.date(), "number": number, "row": f"é{number}"}) for number in range(3)]
    totals = tables.METADATA.tables["year_total"]
    store.writer.write(lambda db: db.connection().execute(insert(totals), rows)).result()
    with store.database.reading() as db:
        found = copying.tally(db, totals)
    assert (found.rows, found.hex[:8]) == (3, HASH)


HASH = "869ae790"


def test_every_module_of_tables_is_gathered() -> None:
    folder = Path(models.__file__).parent
    declared = {path.stem for path in folder.glob("models*.py")}
    assert declared == {module.__name__.removeprefix("storage.") for module in tables.MODULES}
    assert table(models.Case) in tables.every()
