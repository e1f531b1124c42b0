"""The database: SQLite in one file to begin with, PostgreSQL when there are many processes.

SQLite: one connection writes (``BEGIN IMMEDIATE``, WAL, synchronous=FULL), others only read.
A file that was moved or deleted under a running program is noticed before the next transaction,
because SQLite itself would go on writing into nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from storage.replica import Replica

#: The lock of PostgreSQL that whoever migrates a database holds; any number that nobody else uses.
_MIGRATING = 5_117_642_091
#: Seconds that a change of the tables waits for others, who would queue behind it; and how often it is tried again.
_WAIT, _TRIES = 3, 20

#: Milliseconds that SQLite waits for others; and that ``tidy`` does, which keeps others waiting meanwhile.
_BUSY, _MOMENT = 10_000, 100

#: The lock that every running process shares (``storage.waking``).
RUNNING = 5_117_642_092


class NotSaved(Exception):
    """Nothing was saved (disk full, database gone, too busy). Say so, answer 503; sending it again is safe."""


class InUse(ValueError):
    """The tables are to be changed in a way that the processes running now could not bear."""


class Newer(ValueError):
    """The database was brought up to date by a later release than this program is."""


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
    engine = create_engine(
        uri, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": _BUSY / 1000}, **size
    )

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
            # What is erased is overwritten where it stood.
            raw.execute("PRAGMA secure_delete=ON")
        else:
            raw.execute("PRAGMA query_only=ON")

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """Opened by its address. ``writing`` belongs to the writer's thread, ``reading`` to everybody.

    replica  a copy of it that ``reporting`` reads, where there is one (``storage.replica``)
    """

    def __init__(self, url: str, replica: str = "") -> None:
        self.url = url
        address = make_url(url)
        self.sqlite = address.get_backend_name() == "sqlite"
        self._file = Path(address.database or "").absolute() if self.sqlite else None
        self._writer = _engine(url, writer=True)
        self._reader = _engine(url, writer=False)
        if replica and (self.sqlite or make_url(replica).get_backend_name() != "postgresql"):
            raise ValueError("a replica is PostgreSQL's, of a database that is PostgreSQL's")
        self.replica = Replica(_engine(replica, writer=False), self._reader) if replica else None
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

    def tidy(self) -> bool:
        """Empty SQLite's log into the file, so that what was erased stands in neither; False when somebody is reading
        what stood there before, or writes: then again later (``storage.erasing.UNTIDY``).

        The last of it keeps writers waiting, and so waits for readers a moment only. On PostgreSQL nothing: its own
        VACUUM does that, and what it still holds is sealed with keys that are gone.
        """
        if not self.sqlite:
            return True
        with self._reader.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None, "a connection that was just taken is open"
            raw.execute("PRAGMA query_only=OFF")
            raw.execute(f"PRAGMA busy_timeout={_MOMENT}")
            try:
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)")  # nearly all of it, while others write
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.execute(f"PRAGMA busy_timeout={_BUSY}")
                raw.execute("PRAGMA query_only=ON")
        return not busy

    @contextmanager
    def reporting(self) -> Iterator[Connection]:
        """The same for reports and exports: from the replica, where there is one that has everything."""
        if self.replica is None:
            with self.reading() as connection:
                yield connection
        else:
            with self.replica.reading(self._reader.connect) as connection:
                yield connection

    def close(self) -> None:
        """Gives every connection back; the replica's too."""
        self.drop()
        self._reader.dispose()
        if self.replica is not None:
            self.replica.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str, to: str = "head") -> None:
    """Bring the database to the newest shape, making it if there is none. Safe to run again, and in many processes.

    Raises Newer where a later release was here before.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        file = Path(address.database).absolute()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = _engine(url, writer=True)
    config = _config()
    try:
        if engine.dialect.name == "postgresql":
            _migrate_online(engine, config, to)
            return
        with engine.begin() as connection:
            _not_newer(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def _migrate_online(engine: Engine, config: Config, to: str) -> None:
    """One process migrates, each step in its own transaction, while those of the release before go on working.

    The lock is asked for again and again rather than waited for: who waits inside the database holds a snapshot, and
    CREATE INDEX CONCURRENTLY waits for every snapshot.
    """
    with engine.connect() as keeper, engine.connect() as connection:
        keeper = keeper.execution_options(isolation_level="AUTOCOMMIT")
        while not keeper.execute(select(func.pg_try_advisory_lock(_MIGRATING))).scalar():
            time.sleep(0.1)
        try:
            _not_newer(keeper)
            _bearable(keeper)
            connection.exec_driver_sql(f"SET lock_timeout = '{_WAIT}s'")
            connection.commit()
            config.attributes["connection"] = connection
            for left in reversed(range(_TRIES)):
                try:
                    command.upgrade(config, to)
                    return
                except OperationalError as error:
                    connection.rollback()
                    if not left or getattr(error.orig, "sqlstate", None) != "55P03":
                        raise
        finally:
            keeper.execute(select(func.pg_advisory_unlock_all()))


def _not_newer(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {one.revision for one in _scripts().walk_revisions()}:
        raise Newer(
            f"a later release of Hearback has brought this database up to date (to {found}; this program knows it up "
            f"to {newest()}). Start that release; to go back to this one, restore the backup made before"
        )


def _bearable(keeper: Connection) -> None:
    """Hold everybody off where a step says that it is not for running processes (``stopped``, with the reason).

    Raises InUse when there are any.
    """
    found = MigrationContext.configure(keeper).get_current_revision()
    if found is None:
        return
    steps = [one for one in _scripts().iterate_revisions("head", found) if getattr(one.module, "stopped", "")]
    if steps and not keeper.execute(select(func.pg_try_advisory_lock(RUNNING))).scalar():
        raise InUse(
            f"this release changes tables that the processes running now still use ({steps[-1].module.stopped}). Stop "
            "every one of them, then start this one"
        )


def behind(database: Database) -> bool:
    """Whether the database still needs ``migrate``. Raises Newer."""
    with database.reading() as connection:
        _not_newer(connection)
        return MigrationContext.configure(connection).get_current_revision() != newest()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def newest() -> str | None:
    """The revision that this program's tables have."""
    return _scripts().get_current_head()


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
