"""The outbox as rows: what is due is leased, then marked sent or failed. Sending itself is ``bot/outbox.py``.

A talk's messages leave in order: only its first unsent one may be claimed. The text is erased
with the mark "sent" (the log keeps it sealed, receipts covered). What has a purpose, that is what
is no answer in the talk, passes the gate of safe contact once more as it is claimed (``storage.sending``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, and_, bindparam, case, literal_column, not_, or_, select, update

from flows.message import Message
from storage import gate, models, sending, undelivered, windows
from storage.models import table
from storage.post import Outgoing
from storage.secrets import Erased
from storage.vault import Vault

_OUTBOX = table(models.Outbox)
_OPEN = ("due", "claimed")
# Written out, not bound: only so does SQLite see that the indexes of what is open fit.
_STILL_OPEN: tuple[Any, ...] = tuple(literal_column(f"'{state}'") for state in _OPEN)
_SENT = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("of_id"))
    # Refused in a report, while its last part was still under way.
    .where(not_(and_(_OUTBOX.c.state == "due", _OUTBOX.c.error == windows.CLOSED)))
    .values(
        # Not ``in_``: the statement is run for many rows at once.
        state=case((or_(*(_OUTBOX.c.state == state for state in _OPEN)), "sent"), else_=_OUTBOX.c.state),
        provider_id=bindparam("of_name"),
        sent_at=bindparam("of_at"),
        body=None,
    )
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed message, number ``seq`` in the talk's log. ``attempt`` counts from 1; nobody else sends it before
    ``until``. ``gone`` are the provider's ids of the parts that went with an earlier attempt.

    private  it is sent of ourselves and says something: a locked screen must not show it
    window   how it stands with a message that waits for its person to write (``storage.windows``), "" for any other
    """

    id: int
    talk: int
    attempt: int
    until: datetime
    outgoing: Outgoing
    seq: int = 0
    gone: tuple[str, ...] = ()
    private: bool = False
    window: str = ""


def claim(
    db: sqlmodel.Session,
    vault: Vault,
    channel: str,
    now: datetime,
    *,
    organisation: str = "",
    endpoint: str = "",
    limit: int = 50,
    lease: timedelta = timedelta(minutes=2),
) -> list[Parcel]:
    """Lease what may be sent now, oldest first. For ``Writer.write``; a lease that runs out is due again.

    ``organisation`` and ``endpoint`` narrow it down; "" is any.
    """
    earlier = _OUTBOX.alias("earlier")
    # What waits for the hours in which it may leave holds up no answer in the talk.
    first = (earlier.c.purpose == "", _OUTBOX.c.purpose != "", earlier.c.state == "claimed", earlier.c.next_at <= now)
    # Nor does what waits for its person to write: a later one must come to wait as well, and be told to staff.
    held = and_(earlier.c.state == "due", earlier.c.error.in_(windows.HELD))
    blocked = (
        select(earlier.c.id)
        .where(earlier.c.talk == _OUTBOX.c.talk, earlier.c.id < _OUTBOX.c.id, earlier.c.state.in_(_STILL_OPEN))
        .where(or_(*first), not_(held))
        .exists()
    )
    query = (
        select(_OUTBOX)
        .where(_OUTBOX.c.state.in_(_STILL_OPEN), _OUTBOX.c.channel == channel, _OUTBOX.c.next_at <= now, ~blocked)
        .where(*(_OUTBOX.c[name] == value for name, value in _narrowed(organisation, endpoint)))
        .order_by(_OUTBOX.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    connection = db.connection()
    parcels, leased, lost = [], [], []
    rows = [dict(row) for row in connection.execute(query).mappings()]
    judged = {row["case_id"] for row in rows if row["purpose"] and row["case_id"] is not None}
    people = gate.load(connection, vault, judged, lock=True) if judged else {}
    for row in rows:
        try:
            if row["body"] is None:
                row["body"] = windows.said_again(connection, vault, row)
            if row["body"] is None:
                undelivered.give_up(db, row["id"], windows.COVERED, now)
                continue
            sealed = sending.leaving(db, vault, row, people, now) if row["purpose"] else row["body"]
            if sealed is None:
                continue
            head, _, plain = vault.unseal(f"outbox.body:{row['id']}", sealed).partition(b"\n")
        except Erased:
            lost.append(row["id"])
            continue
        body = json.loads(head)
        message = replace(Message.from_json(plain.decode()), secret=tuple(body["secret"]))
        outgoing = Outgoing(row["organisation"], row["channel"], row["endpoint"], body["to"], message)
        parcels.append(
            Parcel(
                row["id"],
                row["talk"],
                row["attempts"] + 1,
                now + lease,
                outgoing,
                row["seq"],
                tuple(row["provider_id"].split()),
                bool(row["purpose"]) and not body.get("neutral"),
                row["error"] if row["error"] in windows.WAITING else "",
            )
        )
        leased.append({"of_id": row["id"], "state": "claimed", "attempts": row["attempts"] + 1, "next_at": now + lease})
    if leased:
        _set(connection, ("state", "attempts", "next_at"), leased)
    if lost:
        connection.execute(
            update(_OUTBOX).where(_OUTBOX.c.id.in_(lost)).values(state="failed", error="erased", body=None)
        )
    return parcels


def _narrowed(organisation: str, endpoint: str) -> list[tuple[str, str]]:
    return [pair for pair in (("organisation", organisation), ("endpoint", endpoint)) if pair[1]]


def sent(db: sqlmodel.Session, done: Sequence[tuple[int, str]], at: datetime) -> None:
    """Mark (id, provider's id) as sent and erase the text. For ``Writer.write``.

    A provider may have reported what became of it before we came to mark it: that stays.
    """
    rows = [{"of_id": number, "of_name": name, "of_at": at} for number, name in done]
    if rows:
        db.connection().execute(_SENT, rows)


def renew(db: sqlmodel.Session, number: int, gone: Sequence[str], until: datetime) -> None:
    """The parts with these provider's ids have gone; nobody else may send the rest before ``until``.

    For ``Writer.write``.
    """
    still = (_OUTBOX.c.id == number) & (_OUTBOX.c.state == "claimed")
    db.connection().execute(update(_OUTBOX).where(still).values(next_at=until, provider_id=" ".join(gone)))


def again(db: sqlmodel.Session, number: int, error: str, at: datetime) -> None:
    """Try it again at ``at``; ``error`` is a code, never words. For ``Writer.write``."""
    _set(
        db.connection(),
        ("state", "error", "next_at"),
        [{"of_id": number, "state": "due", "error": error, "next_at": at}],
    )


def failed(db: sqlmodel.Session, number: int, error: str) -> None:
    """It cannot be delivered: staff are shown it, the text is erased, later ones may go. For ``Writer.write``."""
    _set(
        db.connection(),
        ("state", "error", "body"),
        [{"of_id": number, "state": "failed", "error": error, "body": None}],
    )


def _set(db: Connection, names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    change = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("of_id")).values({name: bindparam(name) for name in names})
    db.execute(change, rows)
