"""Sessions of staff as rows, browsers they are known on, and failed tries."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from storage import models_staff
from storage.ids import new_id
from storage.models import table
from storage.sealer import Sealer, digest

_STAFF = table(models_staff.Staff)
_SESSION = table(models_staff.StaffSession)
_DEVICE = table(models_staff.StaffDevice)
_FAILURE = table(models_staff.StaffFailure)

#: A session ends after this long without a request, and after this long in any case.
IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
#: How long a second factor counts as given just now.
FRESH = timedelta(minutes=10)
#: How long somebody may take from the password to the code.
HALF = timedelta(minutes=15)
#: An ended session is remembered this long, so that what was being typed goes back to the same person only.
REMEMBERED = timedelta(days=2)
#: How long a browser stays known, and failures are counted.
KNOWN = timedelta(days=180)
COUNTED = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Session:
    """A session: ``step`` is "provider", "code", "setup" or "in" (``models_staff.StaffSession``)."""

    hash: bytes = field(repr=False)
    organisation: str
    staff: int | None
    step: str
    agent: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    proved_at: datetime | None
    state: dict[str, Any] = field(repr=False)

    def fresh(self, now: datetime) -> bool:
        """Whether the second factor was given in it lately: for what needs more than being signed in."""
        return self.proved_at is not None and now < self.proved_at + FRESH

    def live(self, now: datetime) -> bool:
        """Whether it has not ended."""
        idle = IDLE if self.step == "in" else HALF
        return now < self.ends_at and now < self.seen_at + idle


def begin(
    db: Connection,
    sealer: Sealer,
    *,
    step: str,
    at: datetime,
    organisation: str = "",
    staff: int | None = None,
    agent: str = "",
    state: dict[str, Any] | None = None,
    instead_of: bytes | None = None,
    proved: bool = True,
) -> str:
    """A new session; returns what the browser holds. ``instead_of``: the hash of the one it takes the place of.

    ``proved``: whether somebody who is in has given their second factor just now.

    Every step gets a new token: one that was known before signing in opens nothing afterwards.
    """
    token = secrets.token_urlsafe(32)
    if instead_of is not None:
        db.execute(delete(_SESSION).where(_SESSION.c.hash == instead_of))
    row = {
        "hash": digest(token),
        "organisation": organisation,
        "staff": staff,
        "step": step,
        "agent": agent[:60],
        "begun_at": at,
        "seen_at": at,
        "ends_at": at + (LONGEST if step == "in" else HALF),
        "proved_at": at if step == "in" and proved else None,
        "state": _sealed(sealer, digest(token), state),
    }
    db.execute(insert(_SESSION), row)
    if staff is not None and step == "in":
        db.execute(update(_STAFF).where(_STAFF.c.id == staff).values(seen_at=at))
    return token


def find(db: Connection, sealer: Sealer, token: str) -> Session | None:
    """The session a browser holds, ended or not."""
    row = db.execute(select(_SESSION).where(_SESSION.c.hash == digest(token))).mappings().first()
    return _session(sealer, row) if row else None


def keep(db: Connection, sealer: Sealer, hashed: bytes, state: dict[str, Any] | None) -> None:
    """Change what a session holds."""
    db.execute(update(_SESSION).where(_SESSION.c.hash == hashed).values(state=_sealed(sealer, hashed, state)))


def seen(db: Connection, hashed: bytes, at: datetime) -> None:
    """It is being used."""
    db.execute(update(_SESSION).where(_SESSION.c.hash == hashed).values(seen_at=at))


def prove(db: Connection, hashed: bytes, at: datetime) -> None:
    """The second factor was given again."""
    db.execute(update(_SESSION).where(_SESSION.c.hash == hashed).values(proved_at=at))


def everywhere(db: Connection, sealer: Sealer, organisation: str, now: datetime) -> list[Session]:
    """Every session at an organisation that has not ended, the last used first."""
    query = select(_SESSION).where(_SESSION.c.organisation == organisation, _SESSION.c.step == "in")
    rows = db.execute(query.order_by(_SESSION.c.seen_at.desc())).mappings()
    return [one for one in (_session(sealer, row) for row in rows) if one.live(now)]


def end(db: Connection, staff: int, hashed: bytes | None = None, *, but: bytes | None = None) -> int:
    """End one session of somebody, or all of theirs, or all ``but`` one. Returns how many."""
    query = delete(_SESSION).where(_SESSION.c.staff == staff)
    if hashed is not None:
        query = query.where(_SESSION.c.hash == hashed)
    if but is not None:
        query = query.where(_SESSION.c.hash != but)
    return int(db.execute(query).rowcount)


def of(db: Connection, sealer: Sealer, staff: int, now: datetime) -> list[Session]:
    """Somebody's sessions that have not ended, the last used first."""
    query = select(_SESSION).where(_SESSION.c.staff == staff, _SESSION.c.step == "in")
    rows = db.execute(query.order_by(_SESSION.c.seen_at.desc())).mappings()
    return [one for one in (_session(sealer, row) for row in rows) if one.live(now)]


def sweep(db: Connection, now: datetime) -> None:
    """Forget sessions long ended, failures no longer counted, browsers not seen for long."""
    db.execute(delete(_SESSION).where(_SESSION.c.ends_at < now - REMEMBERED))
    db.execute(delete(_FAILURE).where(_FAILURE.c.at < now - COUNTED))
    db.execute(delete(_DEVICE).where(_DEVICE.c.at < now - KNOWN))


def _session(sealer: Sealer, row: Any) -> Session:
    state = sealer.unseal(_place(row["hash"]), row["state"]) if row["state"] else {}
    return Session(**{**row, "state": state})


def _sealed(sealer: Sealer, hashed: bytes, state: dict[str, Any] | None) -> bytes | None:
    return sealer.seal(_place(hashed), state) if state else None


def _place(hashed: bytes) -> str:
    return f"staff_session.state:{hashed.hex()}"


# Browsers they are known on ---------------------------------------------------------------------


def know(db: Connection, organisation: str, staff: int, token: str, at: datetime) -> None:
    """This browser is known for somebody from now on."""
    db.execute(delete(_DEVICE).where(_DEVICE.c.hash == _device(staff, token)))
    db.execute(insert(_DEVICE), {"hash": _device(staff, token), "organisation": organisation, "staff": staff, "at": at})


def knows(db: Connection, staff: int, token: str) -> bool:
    """Whether somebody has signed in on this browser."""
    return (
        bool(token)
        and db.execute(select(_DEVICE.c.hash).where(_DEVICE.c.hash == _device(staff, token))).first() is not None
    )


def _device(staff: int, token: str) -> bytes:
    return digest(f"{staff}:{token}")


# Failed tries -----------------------------------------------------------------------------------


def failed(db: Connection, counted: Sequence[bytes], at: datetime, organisation: str = "") -> None:
    """A try failed, counted against each of these."""
    db.execute(
        insert(_FAILURE), [{"id": new_id(), "organisation": organisation, "counted": one, "at": at} for one in counted]
    )


def failures(db: Connection, counted: bytes, now: datetime) -> tuple[int, datetime | None]:
    """How many tries failed lately, and when the last one did."""
    query = select(func.count(), func.max(_FAILURE.c.at)).where(
        _FAILURE.c.counted == counted, _FAILURE.c.at > now - COUNTED
    )
    many, last = db.execute(query).one()
    return int(many), last


def forgive(db: Connection, counted: bytes) -> None:
    """Whoever gets in starts anew."""
    db.execute(delete(_FAILURE).where(_FAILURE.c.counted == counted))


def forgive_last(db: Connection, counted: bytes) -> None:
    """Take the last failure back."""
    last = select(func.max(_FAILURE.c.id)).where(_FAILURE.c.counted == counted).scalar_subquery()
    db.execute(delete(_FAILURE).where(_FAILURE.c.id == last))
