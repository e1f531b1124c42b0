"""The database: SQLite in one file to begin with, PostgreSQL when there are many processes.

SQLite: one connection writes (``BEGIN IMMEDIATE``, WAL, synchronous=FULL), others only read.
A file that was moved or deleted under a running program is noticed before the next transaction,
because SQLite itself would go on writing into nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class NotSaved(Exception):
    """Nothing was saved (disk full, database gone, too busy). Say so, answer 503; sending it again is safe."""


def _engine(url: str, *, writer: bool) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=not writer
        )
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        raise ValueError("a database address starts with sqlite:/// (and names a file) or with postgresql://")
    file = Path(address.database).absolute()
    uri = address.set(database=f"file:{quote(str(file))}", query={"mode": "rw", "uri": "true"})
    size: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if writer else {"pool_size": 8}
    # An error of the database is logged by others: what was asked of it stays out.
    engine = create_engine(uri, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 10}, **size)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, record: Any) -> None:
        # The driver's own transactions begin too late and cannot be IMMEDIATE.
        raw.isolation_level = None
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA temp_store=MEMORY")
        if writer:
            raw.execute("PRAGMA cache_size=-65536")
        else:
            raw.execute("PRAGMA query_only=ON")

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """Opened by its address. ``writing`` belongs to the writer's thread, ``reading`` to everybody."""

    def __init__(self, url: str) -> None:
        self.url = url
        address = make_url(url)
        self.sqlite = address.get_backend_name() == "sqlite"
        self._file = Path(address.database or "").absolute() if self.sqlite else None
        self._writer = _engine(url, writer=True)
        self._reader = _engine(url, writer=False)
        self._connection: Connection | None = None
        self._inode: tuple[int, int] | None = None

    def _identity(self) -> tuple[int, int] | None:
        if self._file is None:
            return None
        try:
            stat = os.stat(self._file)
        except OSError as error:
            raise NotSaved("the database file is not there; put it back, then try again") from error
        return stat.st_dev, stat.st_ino

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; committed at the end, rolled back by any error.

        Raises NotSaved when the database is away; a database error inside is passed on as it is.
        """
        identity = self._identity()
        if self._connection is not None and identity != self._inode:
            self.drop()
        try:
            if self._connection is None:
                self._connection = self._writer.connect()
                self._inode = identity
            transaction = self._connection.begin()
        except SQLAlchemyError as error:
            self.drop()
            raise NotSaved("the database does not answer") from error
        try:
            yield self._connection
            transaction.commit()
        except BaseException as error:
            try:
                transaction.rollback()
            except SQLAlchemyError:
                self.drop()
            if isinstance(error, DBAPIError):
                self.drop()
            raise

    def drop(self) -> None:
        """Forget the writing connection; the next transaction opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except SQLAlchemyError:
                pass  # it is being thrown away because it is broken
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees what is committed, as of its first question."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self.drop()
        self._reader.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str) -> None:
    """Bring the database to the newest shape, making it if there is none. Safe to run again."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        file = Path(address.database).absolute()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = _engine(url, writer=True)
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def behind(database: Database) -> bool:
    """Whether the database still needs ``migrate``."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() != newest()


def newest() -> str | None:
    """The revision that this program's tables have."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def cause(error: BaseException) -> str:
    """What failed first, for the log: the kind and the database's own code (SQLITE_FULL, 53100), never its words.

    A full disk ends SQLite's transaction, so that going back to a savepoint fails as well and hides it.
    """
    first, seen = error, {id(error)}
    while (before := first.__context__) is not None and id(before) not in seen:
        seen.add(id(before))
        first = before
    code = getattr(first, "sqlite_errorname", None) or getattr(first, "sqlstate", None)
    return f"{type(first).__name__} {code}" if code else type(first).__name__
