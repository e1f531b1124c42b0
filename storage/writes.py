"""One write of somebody in the writer's transaction; and what an error of the database means for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlmodel
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from flows.session import World
from storage import sending
from storage.database import NotSaved

# PostgreSQL: serialization failure, deadlock, lock timeout: try again.
_PASSING = ("40001", "40P01", "55P03")


def run(
    db: Connection, fn: Callable[[sqlmodel.Session], Any], worlds: Callable[[str], World], told: dict[int, None]
) -> tuple[Any, BaseException | None]:
    """What ``fn`` returned, or its error, in a savepoint of its own; ``told`` gains the talks it said something in.

    Raises when the database failed.
    """
    info = {sending.WORLDS: worlds}
    try:
        with sqlmodel.Session(
            bind=db, join_transaction_mode="create_savepoint", expire_on_commit=False, info=info
        ) as session:
            result = fn(session)
            session.commit()
            told |= dict.fromkeys(session.info.get(sending.TOLD, ()))
            return result, None
    except Exception as error:
        if lost(error):
            raise
        return None, error


def passing(error: Exception) -> bool:
    """Whether the same transaction may work a moment later."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _PASSING


def lost(error: Exception) -> bool:
    """Whether the database failed, rather than this one turn."""
    if isinstance(error, NotSaved):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or isinstance(error, (OperationalError, InternalError))
    )
