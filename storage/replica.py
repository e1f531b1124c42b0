"""A copy of the database that PostgreSQL keeps by streaming: reports and exports are read there, nothing else is.

It is used only when it has everything that was committed when the question was asked; so a report is never older than
a moment, and whoever changed something sees it. Where it lags, is away, or became the main one, that one answers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

_log = logging.getLogger(__name__)

#: Seconds that it is waited for; and after it was found away, until it is asked again.
PATIENCE, AGAIN = 1.0, 30.0
_NOW = text("SELECT pg_current_wal_lsn()")
#: Bytes that are still to come; null where it is no replica at all.
_BEHIND = text("SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(:lsn, pg_last_wal_replay_lsn()) END")

FINE, LATE, AWAY, NONE = "has everything", "is behind", "does not answer", "is no replica, but a database of its own"


class Replica:
    """``state``: one of FINE, LATE, AWAY and NONE, as it was found last; ``late`` bytes it lacked then."""

    def __init__(self, engine: Engine, main: Engine) -> None:
        self._engine = engine
        self._main = main
        self._not_before = 0.0
        self.state = FINE
        self.late = 0

    @contextmanager
    def reading(self, otherwise: Callable[[], Connection]) -> Iterator[Connection]:
        """A connection to it, or the one that ``otherwise`` makes."""
        connection = self._near()
        with connection if connection is not None else otherwise() as db:
            yield db

    def look(self) -> str:
        """How it is now: ``state``."""
        self._not_before = 0.0
        connection = self._near()
        if connection is not None:
            connection.close()
        return self.state

    def close(self) -> None:
        """Gives its connections back."""
        self._engine.dispose()

    def _near(self) -> Connection | None:
        if time.monotonic() < self._not_before:
            return None
        with self._main.connect() as db:
            lsn = db.execute(_NOW).scalar()
        connection: Connection | None = None
        try:
            connection = self._engine.connect()
            end = time.monotonic() + PATIENCE
            while True:
                behind = connection.execute(_BEHIND, {"lsn": lsn}).scalar()
                connection.rollback()  # what is read next is seen as of then
                if behind is not None and behind <= 0:
                    self._found(FINE, 0)
                    return connection
                if behind is None or time.monotonic() > end:
                    self._found(NONE if behind is None else LATE, int(behind or 0))
                    break
                time.sleep(0.02)
        except SQLAlchemyError:
            self._found(AWAY, 0)
        if connection is not None:
            connection.close()
        self._not_before = time.monotonic() + AGAIN
        return None

    def _found(self, state: str, late: int) -> None:
        if state != self.state:
            if state == FINE:
                _log.info("the replica has everything again: reports are read there")
            elif state == LATE:
                _log.warning("the replica is behind: reports are read from the main database")
            elif state == AWAY:
                _log.warning("the replica does not answer: reports are read from the main database")
            else:
                _log.warning("the replica is none: reports are read from the main database")
        self.state, self.late = state, late
