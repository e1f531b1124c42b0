"""Ways to reach staff when there is a sign of danger, and the rota: rows that only the key ring opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from casework.alerting import TIERS, Turn, Way
from storage import models_desk, models_staff
from storage.ids import new_id
from storage.models import table
from storage.sealer import Sealer

ROUTE = table(models_desk.AlertRoute)
ON_DUTY = table(models_desk.OnDuty)
STAFF = table(models_staff.Staff)
#: Who put a way there that comes from HEARBACK_ALERT_ROUTES.
SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Route:
    """A way to reach somebody. ``address`` for apprise; never shown, never logged.

    names     names, homes and addresses of whoever reads it; ``services``: of which they are
    error     a code of why it did not work when it was last tried, "" when it did
    gone      it was taken away
    """

    id: int
    organisation: str
    tier: str
    label: str
    address: str = field(repr=False)
    staff: int | None = None
    names: tuple[str, ...] = field(default=(), repr=False)
    services: tuple[str, ...] = ()
    worked_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""
    by: str = ""
    at: datetime | None = None
    gone: bool = False

    @property
    def way(self) -> Way:
        """What ``casework.alerting`` needs to know of it: nothing of where it leads."""
        return Way(self.id, self.tier, self.staff)

    @property
    def broken(self) -> bool:
        """Whether it did not work when it was last tried."""
        return bool(self.error)


def routes(db: Connection, sealer: Sealer, organisation: str, *, retired: bool = False) -> tuple[Route, ...]:
    """The ways of an organisation, by role and age; those taken away too with ``retired``."""
    query = select(ROUTE).where(ROUTE.c.organisation == organisation)
    if not retired:
        query = query.where(ROUTE.c.retired_at.is_(None))
    found = [_route(sealer, dict(row)) for row in db.execute(query.order_by(ROUTE.c.id)).mappings()]
    return tuple(sorted(found, key=lambda one: TIERS.index(one.tier) if one.tier in TIERS else len(TIERS)))


def route(db: Connection, sealer: Sealer, organisation: str, number: int) -> Route | None:
    """One way of an organisation, also one that was taken away; None when it has none of that number."""
    query = select(ROUTE).where(ROUTE.c.id == number, ROUTE.c.organisation == organisation)
    row = db.execute(query).mappings().first()
    return None if row is None else _route(sealer, dict(row))


def shut_out(db: Connection, organisation: str) -> frozenset[int]:
    """Ids of the staff who may not sign in any more: nothing is told over a way of theirs, and they are on no duty."""
    query = select(STAFF.c.id).where(STAFF.c.organisation == organisation, STAFF.c.disabled)
    return frozenset(db.execute(query).scalars())


def labels(db: Connection, organisation: str) -> dict[int, str]:
    """What every way is called, also those taken away."""
    query = select(ROUTE.c.id, ROUTE.c.label).where(ROUTE.c.organisation == organisation)
    return dict(db.execute(query).all())


def state(db: Connection) -> list[tuple[str, str, bool]]:
    """(organisation, role, whether it failed when last tried) of every way; needs no key."""
    query = select(ROUTE.c.organisation, ROUTE.c.tier, ROUTE.c.error).where(ROUTE.c.retired_at.is_(None))
    return [(organisation, tier, bool(error)) for organisation, tier, error in db.execute(query)]


def add(
    db: Connection,
    sealer: Sealer,
    organisation: str,
    tier: str,
    label: str,
    address: str,
    *,
    staff: int | None = None,
    names: Sequence[str] = (),
    services: Sequence[str] = (),
    by: str,
    at: datetime,
) -> int:
    """A way more. ValueError for an unknown role."""
    if tier not in TIERS:
        raise ValueError(f"{tier!r} is no role of a way; there are: {', '.join(TIERS)}")
    number = new_id()
    about = {"names": list(names), "services": list(services)}
    row = {
        "id": number,
        "organisation": organisation,
        "tier": tier,
        "label": label,
        "staff": staff,
        "address": sealer.seal(f"alert_route.address:{number}", address),
        "about": sealer.seal(f"alert_route.about:{number}", about) if names or services else None,
        "worked_at": None,
        "failed_at": None,
        "error": "",
        "by": by,
        "at": at,
        "retired_at": None,
    }
    db.execute(insert(ROUTE), row)
    return number


def retire(db: Connection, organisation: str, number: int, at: datetime) -> bool:
    """Take a way away; False when it was, or is not there. What was sent over it stays told."""
    mine = (ROUTE.c.id == number, ROUTE.c.organisation == organisation, ROUTE.c.retired_at.is_(None))
    return bool(db.execute(update(ROUTE).where(*mine).values(retired_at=at)).rowcount)


def mark(db: Connection, number: int, error: str, at: datetime) -> None:
    """What became of the last try: ``error`` is a code, "" when it worked."""
    values: dict[str, Any] = {"failed_at": at, "error": error} if error else {"worked_at": at, "error": ""}
    db.execute(update(ROUTE).where(ROUTE.c.id == number).values(values))


def from_settings(
    db: Connection, sealer: Sealer, wanted: Mapping[str, Sequence[tuple[str, str, str]]], at: datetime
) -> None:
    """Organisation -> (role, label, address) of HEARBACK_ALERT_ROUTES: new ones become ways, others are taken away."""
    for organisation, given in wanted.items():
        known = {(one.tier, one.address): one.id for one in routes(db, sealer, organisation) if one.by == SETTINGS}
        for tier, label, address in given:
            if known.pop((tier, address), None) is None:
                add(db, sealer, organisation, tier, label, address, by=SETTINGS, at=at)
        for number in known.values():
            retire(db, organisation, number, at)


def _route(sealer: Sealer, row: Mapping[str, Any]) -> Route:
    number = row["id"]
    about = sealer.unseal(f"alert_route.about:{number}", row["about"]) if row["about"] else {}
    return Route(
        number,
        row["organisation"],
        row["tier"],
        row["label"],
        sealer.unseal(f"alert_route.address:{number}", row["address"]),
        row["staff"],
        tuple(about.get("names", ())),
        tuple(about.get("services", ())),
        row["worked_at"],
        row["failed_at"],
        row["error"],
        row["by"],
        row["at"],
        row["retired_at"] is not None,
    )


# The rota ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shift:
    """A row of the rota."""

    id: int
    turn: Turn
    by: str


def shifts(db: Connection, organisation: str, begins: datetime, ends: datetime) -> tuple[Shift, ...]:
    """Who is on duty at some time between, in order."""
    overlap = and_(ON_DUTY.c.begins < ends, ON_DUTY.c.ends > begins)
    query = select(ON_DUTY).where(ON_DUTY.c.organisation == organisation, overlap)
    return tuple(
        Shift(row["id"], Turn(row["staff"], row["tier"], row["begins"], row["ends"]), row["by"])
        for row in db.execute(query.order_by(ON_DUTY.c.begins, ON_DUTY.c.id)).mappings()
    )


def put_on(db: Connection, organisation: str, turns: Iterable[Turn], by: str, at: datetime) -> None:
    """Put people on duty. ValueError when a time ends before it begins, or for an unknown role."""
    rows = []
    for turn in turns:
        if turn.tier not in TIERS or turn.ends <= turn.begins:
            raise ValueError("a turn has a role, and ends after it begins")
        row = {"id": new_id(), "organisation": organisation, "staff": turn.staff, "tier": turn.tier, "by": by, "at": at}
        rows.append(row | {"begins": turn.begins, "ends": turn.ends})
    if rows:
        db.execute(insert(ON_DUTY), rows)


def take_off(db: Connection, organisation: str, number: int) -> int | None:
    """Take a row of the rota away; whose turn it was, None where there is no such row."""
    mine = (ON_DUTY.c.id == number, ON_DUTY.c.organisation == organisation)
    return db.execute(delete(ON_DUTY).where(*mine).returning(ON_DUTY.c.staff)).scalar_one_or_none()


def on_duty(
    db: Connection, organisation: str, now: datetime, known: datetime
) -> tuple[dict[str, frozenset[int]], frozenset[str]]:
    """Role -> who is on duty now; and the roles that have a rota: somebody's time ends after ``known``."""
    query = select(ON_DUTY).where(ON_DUTY.c.organisation == organisation, ON_DUTY.c.ends > known)
    on: dict[str, set[int]] = {}
    kept = set()
    for row in db.execute(query).mappings():
        kept.add(row["tier"])
        if row["begins"] <= now < row["ends"]:
            on.setdefault(row["tier"], set()).add(row["staff"])
    return {tier: frozenset(who) for tier, who in on.items()}, frozenset(kept)
