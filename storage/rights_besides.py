"""What is kept besides records, for as long as its rule says: who worked here, programs, learning, requests.

Tokens and requests hold no words and always go. Names of staff and words of learning go when records do: when somebody
says so, or by night where the deployment says that things go by themselves. Numbers that reports count stay.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlmodel
from sqlalchemy import ColumnElement, Connection, Date, Table, delete, func, select, true, update

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.retention import OF, Keep, besides
from storage import (
    audit,
    models,
    models_access,
    models_desk,
    models_integration,
    models_learning,
    models_rights,
    models_staff,
    sessions,
    webhooks,
)
from storage.erasing import untidy
from storage.models import table
from storage.store import Store

CASE_STAFF = table(models_staff.CaseStaff)
DELIVERY = table(models_integration.WebhookDelivery)
EVENT = table(models.CaseEvent)
GLASS = table(models_access.Glass)
LEARNING = table(models_learning.Learning)
LINK = table(models_learning.LearningCase)
REQUEST = table(models_rights.RightsRequest)
STAFF = table(models_staff.Staff)
TEXT = table(models_learning.LearningText)
TOKEN = table(models_integration.ApiToken)
WEBHOOK = table(models_integration.Webhook)
#: What goes with somebody's name.
THEIRS = tuple(
    table(one)
    for one in (
        models_staff.StaffToken,
        models_staff.StaffSession,
        models_staff.StaffDevice,
        models_staff.StaffRecovery,
        models_desk.AlertRoute,
        models_desk.OnDuty,
    )
)
#: What goes without anybody saying so: nothing of anybody's is in it.
ALWAYS = ("tokens", "requests")
#: How many go in one transaction, and at one time; how many are looked at.
AT_ONCE, MOST, SEEN = 5, 500, 5000


@dataclass(frozen=True, slots=True)
class Over:
    """What may go by a rule: rows of one table, by number."""

    rule: Keep
    table: Table
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Rows of one kind: since when their time is counted, which are over at all, how they go, which stay."""

    table: Table
    since: ColumnElement[datetime]
    ended: ColumnElement[bool]
    go: Callable[[Connection, Sequence[int]], None]
    kept: Callable[[Connection, str, Sequence[int]], set[int]] = lambda db, organisation, rows: set()

    def mine(self, organisation: str) -> tuple[ColumnElement[bool], ...]:
        """Those of an organisation that are over."""
        return (self.table.c.organisation == organisation, self.ended)


def over(db: Connection, profile: Profile, now: datetime, of: Collection[str] = tuple(OF)) -> list[Over]:
    """What has been kept long enough, at most MOST of each table; kinds without a rule are not there."""
    return [
        Over(rule, one.table, _ripe(db, profile.id, rule, one, now))
        for kind in OF
        if kind in of and (rule := besides(profile, kind))
        for one in _SHELVES[kind]
    ]


def _ripe(db: Connection, organisation: str, rule: Keep, one: _Shelf, now: datetime) -> tuple[int, ...]:
    today = now.astimezone(LONDON).date()
    early = now - timedelta(days=rule.shortest())
    by = early.date() if isinstance(one.since.type, Date) else early
    query = select(one.table.c.id, one.since.label("since")).where(*one.mine(organisation), one.since <= by)
    ripe = []
    for row in db.execute(query.order_by(one.table.c.id).limit(SEEN)):
        since = row.since.astimezone(LONDON).date() if isinstance(row.since, datetime) else row.since
        if rule.until(since) <= today:
            ripe.append(row.id)
    kept = one.kept(db, organisation, ripe) if ripe else set()
    return tuple(row for row in ripe if row not in kept)[:MOST]


def let_go(store: Store, organisation: str, now: datetime, of: Collection[str] = tuple(OF), by: int = 0) -> int:
    """Let it go, a few at a time; how many. ``by``: the member of staff who says so, 0 for nobody. Blocking."""
    with store.database.reading() as db:
        found = over(db, store.procedures.now(organisation), now, of)
    count = 0
    for one in found:
        for start in range(0, len(one.rows), AT_ONCE):
            rows = one.rows[start : start + AT_ONCE]
            count += store.writer.write(partial(_go, organisation, one, rows, now, by or None)).result()
    return count


def nightly(store: Store, organisation: str, now: datetime) -> None:
    """What always goes: ALWAYS, sessions long ended, what webhooks were told. Blocking."""
    let_go(store, organisation, now, ALWAYS)
    store.writer.write(lambda db: sessions.sweep(db.connection(), now)).result()
    while store.writer.write(lambda db: webhooks.forget(db.connection(), organisation, now)).result():
        pass


def _go(organisation: str, one: Over, rows: Sequence[int], now: datetime, by: int | None, db: sqlmodel.Session) -> int:
    """Let these go that are still over: whoever was let in again a moment before stays."""
    connection = db.connection()
    shelf = next(shelf for shelf in _SHELVES[one.rule.of] if shelf.table is one.table)
    query = select(one.table.c.id).where(*shelf.mine(organisation), one.table.c.id.in_(rows))
    still = list(connection.execute(query).scalars())
    if still:
        shelf.go(connection, still)
        untidy(connection)
        audit.note(connection, organisation, by, "retention.let_go", f"rows:{len(still)} {one.table.name}", now)
    return len(still)


# Staff --------------------------------------------------------------------------------------------


def _did(db: Connection, organisation: str, members: Sequence[int]) -> set[int]:
    """Of whom a record that is there says what they did, or is about them; whose learning still has words."""
    found: set[int] = set()
    for query in (
        select(CASE_STAFF.c.staff).where(CASE_STAFF.c.staff.in_(members)),
        select(GLASS.c.staff).where(GLASS.c.staff.in_(members)),
        select(LEARNING.c.owner).where(LEARNING.c.owner.in_(members), LEARNING.c.body != b""),
    ):
        found |= set(db.execute(query.distinct()).scalars())
    names = {f"staff:{member}": member for member in members if member not in found}
    if names:  # one pass over the events, for all of them
        did = select(EVENT.c.who).where(EVENT.c.organisation == organisation, EVENT.c.who.in_(names)).distinct()
        found |= {names[who] for who in db.execute(did).scalars()}
    return found


def _nameless(db: Connection, members: Sequence[int]) -> None:
    """A number stays, by which the audit knows them. Their login is free again."""
    for one in THEIRS:
        db.execute(delete(one).where(one.c.staff.in_(members)))
    gone = {"login": b"", "name": b"", "password": "", "totp": None, "subject": None, "setup": None}
    gone |= {"setup_until": None, "roles": "", "services": ""}
    for member in members:
        values = gone | {"login_hash": secrets.token_bytes(16)}
        db.execute(update(STAFF).where(STAFF.c.id == member).values(**values))


# Programs, learning, requests ---------------------------------------------------------------------


def _telling(db: Connection, organisation: str, tokens: Sequence[int]) -> set[int]:
    """Tokens whose webhooks are still there."""
    return set(db.execute(select(WEBHOOK.c.token).where(WEBHOOK.c.token.in_(tokens))).scalars())


def _webhooks(db: Connection, rows: Sequence[int]) -> None:
    db.execute(delete(DELIVERY).where(DELIVERY.c.webhook.in_(rows)))
    db.execute(delete(WEBHOOK).where(WEBHOOK.c.id.in_(rows)))


def _wordless(db: Connection, rows: Sequence[int]) -> None:
    """Reports count it as before. What was told to everybody stays where it is public."""
    private = select(LEARNING.c.id).where(LEARNING.c.id.in_(rows), LEARNING.c.published_at.is_(None))
    db.execute(delete(TEXT).where(TEXT.c.learning.in_(private)))
    db.execute(delete(LINK).where(LINK.c.learning.in_(rows)))
    db.execute(update(LEARNING).where(LEARNING.c.id.in_(rows)).values(body=b""))


def _away(one: Table, db: Connection, rows: Sequence[int]) -> None:
    db.execute(delete(one).where(one.c.id.in_(rows)))


#: A token ends on its day, or is ended before.
_ENDED = func.coalesce(TOKEN.c.revoked_at, TOKEN.c.expires_at)
_SHELVES: Mapping[str, tuple[_Shelf, ...]] = {
    "staff": (
        _Shelf(
            STAFF,
            func.coalesce(STAFF.c.seen_at, STAFF.c.created_at),
            STAFF.c.disabled.is_(True) & (STAFF.c.name != b""),
            _nameless,
            _did,
        ),
    ),
    "tokens": (
        _Shelf(TOKEN, _ENDED, true(), partial(_away, TOKEN), _telling),
        _Shelf(WEBHOOK, WEBHOOK.c.ended_at, WEBHOOK.c.ended_at.is_not(None), _webhooks),
    ),
    "learning": (
        _Shelf(
            LEARNING,
            func.coalesce(LEARNING.c.checked_on, LEARNING.c.done_on),
            LEARNING.c.state.in_(("done", "lasted")) & (LEARNING.c.body != b""),
            _wordless,
        ),
    ),
    "requests": (
        _Shelf(
            REQUEST,
            func.coalesce(REQUEST.c.ended_at, REQUEST.c.at),
            REQUEST.c.state.in_(("done", "refused")),
            partial(_away, REQUEST),
        ),
    ),
}
