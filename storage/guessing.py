"""Wrong numbers: who tries too often is asked to wait; when an organisation is tried too often, all go slower.

Never by address: a home with one connection is not shut out. Only numbers whose check digit fits count, so that a
slip of the finger costs nobody a try. What an attacker gets is worked out in docs/progress.md.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from storage import models
from storage.ids import new_id
from storage.models import table
from storage.secrets import KeyRing

GUESS = table(models.Guess)

#: Receipts that open nothing, an hour and a person, before we ask them to wait.
GUESSES = 5
#: The same of a whole organisation in an hour, before each look-up there takes PAUSE seconds, one after the other.
MANY = 60
PAUSE = 2.0
#: Look-ups that wait for each other then; whoever comes after is asked to try again later.
QUEUE = 30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def barred(db: Connection, who: bytes, now: datetime) -> bool:
    """Whether this person has to wait."""
    mine = (GUESS.c.sender_hash == who, GUESS.c.at > now - HOUR)
    return int(db.execute(select(func.count()).select_from(GUESS).where(*mine)).scalar_one()) >= GUESSES


def pause(db: Connection, organisation: str, now: datetime) -> float:
    """Seconds that a look-up takes longer now."""
    theirs = (GUESS.c.organisation == organisation, GUESS.c.at > now - HOUR)
    some = select(GUESS.c.id).where(*theirs).limit(MANY).subquery()
    return PAUSE if int(db.execute(select(func.count()).select_from(some)).scalar_one()) >= MANY else 0.0


def stamp(ring: KeyRing, organisation: str) -> str:
    """What a page that asks for a number carries, so that one browser's slips are counted together.

    It is no cookie and is kept nowhere; whoever loads the page again has another.
    """
    name = secrets.token_hex(8)
    return f"{name}.{_marks(ring, organisation, name)[0]}"


def browser(ring: KeyRing, organisation: str, given: str) -> str:
    """What a browser is known by from the stamp of its page; "" when it is none of ours."""
    name, _, mark = given.partition(".")
    said = mark.encode("utf-8", "replace")
    ours = any(hmac.compare_digest(said, one.encode()) for one in _marks(ring, organisation, name))
    return f"page:{name}" if ours else ""


def _marks(ring: KeyRing, organisation: str, name: str) -> list[str]:
    return [one.hex() for one in ring.marks("stamp", organisation, name)]


def row(organisation: str, who: bytes, now: datetime) -> dict[str, Any]:
    """The row of a wrong number."""
    return {"id": new_id(), "organisation": organisation, "sender_hash": who, "at": now}


def forget(db: Connection, organisation: str, now: datetime) -> None:
    """Wrong numbers of before yesterday say nothing any more."""
    db.execute(delete(GUESS).where(GUESS.c.organisation == organisation, GUESS.c.at < now - DAY))


class Line:
    """Look-ups that wait for each other, each for its pause first; at most QUEUE."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="look-ups")
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._waiting = 0

    def join(self, seconds: float, fn: Any, *args: Any) -> Future[Any] | None:
        """Call ``fn(*args)`` when its turn has come; None when too many wait already."""
        with self._lock:
            if self._waiting >= QUEUE:
                return None
            self._waiting += 1
        return self._pool.submit(self._in_turn, seconds, fn, args)

    def _in_turn(self, seconds: float, fn: Any, args: tuple[Any, ...]) -> Any:
        try:
            self._closing.wait(seconds)
            return fn(*args)
        finally:
            with self._lock:
                self._waiting -= 1

    def hurry(self) -> None:
        """Nobody waits any longer: the store is closing."""
        self._closing.set()

    def close(self) -> None:
        """Finish what waits; nothing is taken any more."""
        self.hurry()
        self._pool.shutdown()
