"""Webhooks: other systems are told what happens to records, by rows that are written with the event itself.

A row says that something happened, never what was said: a system that may read words fetches them with its token.
Rows of one record are told in order; one that is not taken is tried again, longer each time, then given up where
people see it, and may be told again by hand (``replay``).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import sqlmodel
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from storage import jobs, models, models_integration
from storage.about import About, about
from storage.ids import new_id
from storage.models import table
from storage.sealer import Sealer
from storage.tokens import sees

_HOOK = table(models_integration.Webhook)
_ROW = table(models_integration.WebhookDelivery)
_CASE = table(models.Case)
#: All addresses of IPv6 that are handed out to anybody (RFC 4291), and those that a gateway turns into one of IPv4
#: (RFC 6052).
_UNICAST, _NAT64 = ip_network("2000::/3"), ip_network("64:ff9b::/96")

#: The kind of job that tells a webhook; its key is the webhook's id.
KIND = "webhook"
#: Waiting after a failure, doubled from the first to the longest; given up after so many tries (about three days).
FIRST, LONGEST, TRIES = timedelta(seconds=10), timedelta(hours=6), 22
#: How long what was told is kept, to be told again.
KEPT = timedelta(days=30)
#: States of what did not arrive yet, and of what may be told (again) when somebody asks for it.
OPEN, AGAIN = ("due", "failed"), ("due", "failed", "sent")
#: Webhooks of one organisation; letters of an address.
MOST, MOST_URL = 20, 2000


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook. ``events``: kinds it is told, () for all; ``secret`` signs what it is told."""

    id: int
    organisation: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    events: tuple[str, ...] = ()
    restricted: bool = False
    token: int | None = None
    by: str = ""
    created_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event to be told, or told. ``reference`` is "" where the record is gone."""

    id: int
    case_id: int
    reference: str
    seq: int
    type: str
    at: datetime
    state: str
    attempts: int
    next_at: datetime
    answer: str
    sent_at: datetime | None
    about: About | None = None


class TooMany(ValueError):
    """The organisation has as many webhooks as one may have."""


# The address --------------------------------------------------------------------------------------


def problem(url: str, inside: Collection[str] = ()) -> str:
    """What is wrong with an address, in words, "" for nothing.

    inside  hosts of one's own network that a setting allows: "host" or "host:port"; these may be http too
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is no address: write one like https://cases.example.org/hearback"
    if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url or not host:
        return "This is no address: write one like https://cases.example.org/hearback"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "Leave names, passwords and # out of the address; what it is told is signed instead."
    if allowed_inside(host, port, inside) and parts.scheme in ("http", "https"):
        return ""
    if parts.scheme != "https":
        return "It must begin with https://, so that nobody on the way can read it."
    named = ("." in host or ":" in host) and not host.endswith((".local", ".internal", ".localhost"))
    if not (named and outside(host)):
        return "This address is inside a network; whoever runs Hearback can allow it with HEARBACK_WEBHOOK_HOSTS."
    return ""


def allowed_inside(host: str, port: int | None, inside: Collection[str]) -> bool:
    """Whether the settings name this host."""
    shown = f"[{host}]" if ":" in host else host
    return shown in inside or (port is not None and f"{shown}:{port}" in inside)


def outside(address: str) -> bool:
    """Whether an IP address is anybody's on the internet; True for a name, whose addresses are looked at when told.

    An address of IPv4 that is written into one of IPv6 (mapped, 6to4, NAT64) is judged by itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return not address.replace(".", "").isdigit()
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found in _UNICAST and found.teredo is None and found.is_global
        found = inner
    return found.is_global and not found.is_multicast


# Setting up ---------------------------------------------------------------------------------------


def add(
    db: Connection,
    sealer: Sealer,
    organisation: str,
    url: str,
    events: Sequence[str],
    restricted: bool,
    by: str,
    at: datetime,
    token: int | None = None,
) -> Webhook:
    """A new webhook, whose address was looked at before (``problem``). Raises TooMany. For ``Writer.write``."""
    here = select(func.count()).where(_HOOK.c.organisation == organisation, _HOOK.c.ended_at.is_(None))
    if db.execute(here).scalar_one() >= MOST:
        raise TooMany(f"There are {MOST} webhooks already; end one that is not needed.")
    made = Webhook(
        new_id(), organisation, url, f"whsec_{secrets.token_urlsafe(32)}", tuple(dict.fromkeys(events)), restricted,
        token, by, at,
    )  # fmt: skip
    row = {
        "id": made.id,
        "organisation": organisation,
        "url": sealer.seal(f"webhook.url:{made.id}", url),
        "secret": sealer.seal(f"webhook.secret:{made.id}", made.secret),
        "events": " ".join(made.events),
        "restricted": restricted,
        "token": token,
        "by": by,
        "created_at": at,
        "ended_at": None,
    }
    db.execute(insert(_HOOK), row)
    return made


def every(db: Connection, sealer: Sealer, organisation: str) -> list[Webhook]:
    """The webhooks of an organisation that have not ended, the oldest first."""
    query = select(_HOOK).where(_HOOK.c.organisation == organisation, _HOOK.c.ended_at.is_(None))
    return [_webhook(sealer, row) for row in db.execute(query.order_by(_HOOK.c.id)).mappings()]


def find(db: Connection, sealer: Sealer, organisation: str, number: int) -> Webhook | None:
    """One of them; None for none, or one that has ended."""
    mine = (_HOOK.c.id == number, _HOOK.c.organisation == organisation, _HOOK.c.ended_at.is_(None))
    row = db.execute(select(_HOOK).where(*mine)).mappings().first()
    return _webhook(sealer, row) if row else None


def end(db: Connection, organisation: str, number: int, at: datetime) -> bool:
    """Tell it nothing more; False where there is none. For ``Writer.write``."""
    mine = (_HOOK.c.id == number, _HOOK.c.organisation == organisation, _HOOK.c.ended_at.is_(None))
    return db.execute(update(_HOOK).where(*mine).values(ended_at=at)).rowcount == 1


def _webhook(sealer: Sealer, row: RowMapping) -> Webhook:
    number = row["id"]
    return Webhook(
        number,
        row["organisation"],
        str(sealer.unseal(f"webhook.url:{number}", row["url"])),
        str(sealer.unseal(f"webhook.secret:{number}", row["secret"])),
        tuple(row["events"].split()),
        row["restricted"],
        row["token"],
        row["by"],
        row["created_at"],
        row["ended_at"],
    )


# With the event -----------------------------------------------------------------------------------


def stir(db: Connection, events: Iterable[Mapping[str, Any]]) -> None:
    """New events (rows of ``case_event``): have them told, in the transaction that writes them."""
    rows = list(events)
    if not rows:
        return
    query = select(_HOOK.c.id, _HOOK.c.organisation, _HOOK.c.events).where(_HOOK.c.ended_at.is_(None))
    hooks = db.execute(query.order_by(_HOOK.c.id)).all()
    told = []
    for hook, organisation, kinds in hooks:
        wanted = kinds.split()
        told += [
            _row(hook, event, event["at"])
            for event in rows
            if event["organisation"] == organisation and (not wanted or event["type"] in wanted)
        ]
    if not told:
        return
    db.execute(insert(_ROW), told)
    first: dict[int, dict[str, Any]] = {}
    for one in told:
        first.setdefault(one["webhook"], one)
    for hook in sorted(first):  # always in this order: two processes never wait for each other in a circle
        jobs.sooner(db, KIND, str(hook), first[hook]["organisation"], first[hook]["next_at"])


def _row(hook: int, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "organisation": event["organisation"],
        "webhook": hook,
        "case_id": event["case_id"],
        "seq": event["seq"],
        "type": event["type"],
        "at": event["at"],
        "state": "due",
        "attempts": 0,
        "next_at": now,
        "answer": "",
        "sent_at": None,
    }


# Telling ------------------------------------------------------------------------------------------


def due(db: Connection, hook: int, now: datetime, limit: int = 50) -> list[Delivery]:
    """What may be told now, the oldest first: of each record only its first that waits."""
    now_due = select(_ROW).where(*_first(hook), _ROW.c.next_at <= now)
    return _deliveries(db, now_due.order_by(_ROW.c.next_at, _ROW.c.id).limit(limit))


def _first(hook: int) -> tuple[ColumnElement[bool], ...]:
    """Of each record the first that waits: what happened to it is told in its order."""
    earlier = _ROW.alias("earlier")
    waits = (
        select(earlier.c.id)
        .where(
            earlier.c.webhook == hook,
            earlier.c.case_id == _ROW.c.case_id,
            earlier.c.seq < _ROW.c.seq,
            earlier.c.state == "due",
        )
        .exists()
    )
    return _ROW.c.webhook == hook, _ROW.c.state == "due", ~waits


def deliveries(
    db: Connection, hook: int, *, before: int = 0, limit: int = 50, states: Collection[str] = ()
) -> list[Delivery]:
    """What was told and what waits, the newest first; ``before`` is the id of the last one of the page before.

    states  only what stands so, () for everything
    """
    query = select(_ROW).where(_ROW.c.webhook == hook)
    if before:
        query = query.where(_ROW.c.id < before)
    if states:
        query = query.where(_ROW.c.state.in_(states))
    return _deliveries(db, query.order_by(_ROW.c.id.desc()).limit(limit))


def states(db: Connection, organisation: str) -> dict[int, dict[str, int]]:
    """Webhook -> state -> how many rows."""
    query = select(_ROW.c.webhook, _ROW.c.state, func.count()).where(_ROW.c.organisation == organisation)
    found: dict[int, dict[str, int]] = {}
    for hook, state, count in db.execute(query.group_by(_ROW.c.webhook, _ROW.c.state)):
        found.setdefault(hook, {})[state] = count
    return found


def _deliveries(db: Connection, query: Any) -> list[Delivery]:
    rows = db.execute(query).mappings().all()
    wanted = {row["case_id"] for row in rows}
    names = select(_CASE.c.id, _CASE.c.organisation, _CASE.c.reference).where(_CASE.c.id.in_(wanted))
    known = {number: (organisation, reference) for number, organisation, reference in db.execute(names)}
    fields = [name for name in Delivery.__dataclass_fields__ if name not in ("reference", "about")]
    found = []
    for row in rows:
        organisation, reference = known.get(row["case_id"], ("", ""))
        one = about(db, organisation, reference) if reference else None
        found.append(Delivery(reference=reference, about=one, **{name: row[name] for name in fields}))
    return found


def keeps(hook: Webhook, delivery: Delivery) -> bool:
    """Whether the webhook may be told of it, by what is known of the record now."""
    return sees(hook.restricted, delivery.about, hook.organisation)


def mark(db: Connection, delivery: Delivery, state: str, answer: str, now: datetime) -> None:
    """What became of a try: "sent", "kept", or "failed", which is tried again while it may be. For ``Writer.write``."""
    values: dict[str, Any] = {"state": state, "answer": answer, "next_at": now}
    if state == "sent":
        values |= {"attempts": delivery.attempts + 1, "sent_at": now}
    elif state == "failed":
        tries = delivery.attempts + 1
        wait = min(FIRST * 2 ** min(delivery.attempts, 20), LONGEST)
        values |= {"attempts": tries, "state": "failed" if tries >= TRIES else "due", "next_at": now + wait}
    db.execute(update(_ROW).where(_ROW.c.id == delivery.id, _ROW.c.state == "due").values(values))


def rest(db: sqlmodel.Session, job: jobs.Job, now: datetime) -> None:
    """The end of a go: the job is planned for what waits still, or struck out; what is old is let go. Raises Lost."""
    jobs.held(db, job)  # first: what is written meanwhile plans the job anew only after this
    connection, hook = db.connection(), int(job.key)
    # By when it was told: what happened to a record may be from long before it was filed here.
    old = (_ROW.c.webhook == hook, _ROW.c.state != "due", _ROW.c.next_at < now - KEPT)
    connection.execute(delete(_ROW).where(*old))
    following = select(_ROW.c.next_at).where(*_first(hook)).order_by(_ROW.c.next_at).limit(1)
    jobs.done(db, job, connection.execute(following).scalar())


def forget(db: Connection, organisation: str, now: datetime, most: int = 100) -> int:
    """Let go what quiet and ended webhooks were told as long ago as that; how many. For ``Writer.write``."""
    old = (_ROW.c.organisation == organisation, _ROW.c.state != "due", _ROW.c.next_at < now - KEPT)
    rows = list(db.execute(select(_ROW.c.id).where(*old).limit(most)).scalars())
    db.execute(delete(_ROW).where(_ROW.c.id.in_(rows)))
    return len(rows)


def drop(db: sqlmodel.Session, job: jobs.Job) -> None:
    """The webhook has ended: nothing of it is told any more. For ``Writer.write``."""
    db.connection().execute(delete(_ROW).where(_ROW.c.webhook == int(job.key), _ROW.c.state == "due"))
    jobs.done(db, job)


def replay(
    db: Connection, hook: Webhook, now: datetime, *, since: datetime | None = None, chosen: Collection[int] = ()
) -> int:
    """Tell it again, and how many: what was given up, or everything that was told since. For ``Writer.write``.

    chosen  ids of deliveries: just these, what waits among them at once; what it may not be told stays untold
    """
    mine = [_ROW.c.webhook == hook.id]
    told = func.coalesce(_ROW.c.sent_at, _ROW.c.next_at)  # what happened may be from long before it was told
    if chosen:
        mine += [_ROW.c.id.in_(chosen), _ROW.c.state.in_(AGAIN)]
    else:
        mine += [told >= since, _ROW.c.state.in_(("sent", "failed"))] if since else [_ROW.c.state == "failed"]
    count = db.execute(update(_ROW).where(*mine).values(state="due", attempts=0, next_at=now, answer="")).rowcount
    if count:
        jobs.sooner(db, KIND, str(hook.id), hook.organisation, now)
    return count
