"""What staff see of alerts: who was told of which sign, what a signed link is about, how soon somebody answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Connection, and_, not_, or_, select, tuple_

from casework.calendar import Calendar, Hours
from storage import models, models_desk
from storage.alert_links import Link
from storage.alert_naming import kept
from storage.alert_ways import Route, labels, route, shut_out
from storage.desk import within
from storage.models import table
from storage.naming import naming
from storage.reach import Reach
from storage.sealer import Sealer
from storage.vault import Vault

ALERT = table(models.Alert)
CASE = table(models.Case)
TASK = table(models.Task)
SENT = table(models_desk.AlertSent)
#: Signs that one page shows.
MOST = 500


@dataclass(frozen=True, slots=True)
class Try:
    """One try to tell somebody: over which way, "" for none. ``state``, ``error``: ``models_desk.AlertSent``."""

    round: int
    label: str
    state: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of danger without its words; ``case`` 0 and ``reference`` "" while there is no record."""

    id: int
    talk: int
    number: int
    level: str
    categories: tuple[str, ...]
    at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    reference: str
    case: int


def told(db: Connection, organisation: str, alerts: Sequence[int]) -> dict[int, list[Try]]:
    """Alert -> every try to tell somebody of it, the first in front."""
    names, found = labels(db, organisation), dict[int, list[Try]]()
    query = select(SENT).where(SENT.c.alert.in_(list(alerts)), SENT.c.organisation == organisation)
    for row in db.execute(query.order_by(SENT.c.at, SENT.c.id)).mappings():
        label = names.get(row["route"] or 0, "")
        found.setdefault(row["alert"], []).append(Try(row["round"], label, row["state"], row["error"], row["at"]))
    return found


def waiting(db: Connection, reach: Reach) -> list[Sign]:
    """The open signs within a reach, the gravest and then the oldest in front. Signs without a record are for
    whoever sees every record, or every danger."""
    seen = and_(within(db, reach), not_(naming(db, reach.staff)))  # whoever it is about acknowledges nothing
    if reach.all or reach.danger:
        seen = or_(CASE.c.id.is_(None), seen)
    own = and_(ALERT.c.organisation == reach.organisation, ALERT.c.acknowledged_at.is_(None))
    query = _signs().where(own, seen).order_by(ALERT.c.level.desc(), ALERT.c.id).limit(MOST)
    return [_sign(dict(row)) for row in db.execute(query).mappings()]


def of_link(
    db: Connection, vault: Vault, sealer: Sealer, link: Link, reader: int | None = None
) -> tuple[Route, list[Sign]] | None:
    """The way and the signs of a message by its link; None where there is nothing to show any more.

    The way may have been taken away since, or whose it is shut out; and a record may name them by now, or the member
    of staff who has signed in there (``reader``): then it is not shown to them.
    """
    first = db.execute(select(SENT).where(SENT.c.id == link.sent, SENT.c.route == link.way)).mappings().first()
    if first is None:
        return None
    found = route(db, sealer, first["organisation"], link.way)
    if found is None or found.gone or found.staff in shut_out(db, found.organisation):
        return None
    one = (SENT.c.id >= link.sent, SENT.c.route == link.way, SENT.c.at == first["at"], SENT.c.state != "kept")
    query = _signs().where(ALERT.c.id.in_(select(SENT.c.alert).where(*one)))
    signs = [_sign(dict(row)) for row in db.execute(query.order_by(ALERT.c.level.desc(), ALERT.c.id)).mappings()]
    readers = (found, replace(found, staff=reader)) if reader else (found,)
    signs = [sign for sign in signs if not kept(db, vault, sign, readers)]
    return (found, signs) if signs else None


def _signs() -> Any:
    source = ALERT.outerjoin(CASE, and_(CASE.c.talk == ALERT.c.talk, CASE.c.number == ALERT.c.number))
    return select(ALERT, CASE.c.reference, CASE.c.id.label("case")).select_from(source)


def _sign(row: Mapping[str, Any]) -> Sign:
    place = (row["id"], row["talk"], row["number"], row["level"], tuple(row["categories"].split()), row["at"])
    return Sign(*place, row["acknowledged_at"], row["acknowledged_by"], row["reference"] or "", row["case"] or 0)


@dataclass(frozen=True, slots=True)
class Answered:
    """How soon somebody acknowledged, in seconds; the median, None for none. ``night``: raised outside duty hours."""

    day: float | None
    days: int
    night: float | None
    nights: int


def answered(db: Connection, organisation: str, calendar: Calendar, hours: Hours, since: datetime) -> Answered:
    """How long the signs raised since then waited until somebody acknowledged them, nights apart."""
    query = select(ALERT.c.at, ALERT.c.acknowledged_at).where(
        ALERT.c.organisation == organisation, ALERT.c.at >= since, ALERT.c.acknowledged_at.is_not(None)
    )
    waits: dict[bool, list[float]] = {True: [], False: []}
    for at, seen in db.execute(query):
        waits[calendar.next_open(hours, at) <= at].append((seen - at).total_seconds())
    day, night = waits[True], waits[False]
    return Answered(median(day) if day else None, len(day), median(night) if night else None, len(night))


def tasks(db: Connection, signs: Iterable[Sign], whys: Sequence[str]) -> set[tuple[int, int]]:
    """The (talk, number) of signs about which somebody has to telephone."""
    pairs = list(dict.fromkeys((sign.talk, sign.number) for sign in signs))
    where = (tuple_(TASK.c.talk, TASK.c.number).in_(pairs), TASK.c.why.in_(list(whys)), TASK.c.done_at.is_(None))
    return {(talk or 0, number) for talk, number in db.execute(select(TASK.c.talk, TASK.c.number).where(*where))}
