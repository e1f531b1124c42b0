"""What is read of a record before its page is drawn: one reading connection, nothing in words yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from casework.case import fold
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState
from console.request import Request
from console.roles import reach
from storage import alert_views, alert_ways, casefile, desk, reading, replies, restricting, rights, scans, staff
from storage.about import About, about
from storage.cases import Cases
from storage.desk import CASE
from storage.media import placed
from storage.staff import Member
from storage.working import OWN


@dataclass
class Record:
    """What was read of a record. ``whole`` as ``storage.cases`` shows it; ``said`` the talk as it happened."""

    row: Mapping[str, Any]
    profile: Profile
    state: CaseState
    history: tuple[CaseEvent, ...]
    whole: dict[str, Any]
    said: tuple[reading.Said, ...]
    staff: list[Member]
    about: About
    consider: Mapping[str, Any]
    others: list[tuple[str, str, str]]
    delivered: Mapping[int, replies.Delivered] = field(default_factory=dict)
    told: Mapping[int, list[alert_views.Try]] = field(default_factory=dict)
    ways: Mapping[int, str] = field(default_factory=dict)
    few: tuple[str, list[restricting.Opening]] = ("", [])
    marks: Mapping[str, rights.Mark] = field(default_factory=dict)
    unscanned: int = 0
    placed: Collection[str] = ()

    def moved_on(self, seen: int) -> bool:
        """Whether somebody has done something since it had ``seen`` events (``storage.working.moved_on``)."""
        known = self.row["events"]
        new = (event for event in self.history if event.id.isdecimal() and int(event.id) > seen)
        return seen != known and (not 0 <= seen < known or any(event.kind not in OWN for event in new))


def load(ask: Request, db: Connection) -> Record:
    """Everything of the record of the page. Blocking."""
    store, case, organisation = ask.site.store, ask.record.id, ask.user.organisation
    row = dict(db.execute(select(CASE).where(CASE.c.id == case)).mappings().one())
    profile = store.procedures.under(organisation, row["profile"])
    history = casefile.events(db, store.vault, case)
    state = fold(profile, history)
    whole = Cases(store.database, store.vault).show(row["reference"], (organisation,))
    said = reading.talk(db, store.vault, case)
    files = {str(one["id"]) for one in whole["media"]} | {file.id for one in said for file in one.media}
    return Record(
        row=row,
        profile=profile,
        state=state,
        history=history,
        whole=whole,
        said=said,
        staff=staff.everyone(db, ask.site.sealer, (organisation,)),
        about=about(db, organisation, row["reference"], ask.now) or ask.record,
        consider=casefile.routing(db, profile, state, row),
        others=_others(ask, db, row),
        delivered=replies.delivered(db, case, [one.data["outbox"] for one in history if one.data.get("outbox")]),
        told=alert_views.told(db, organisation, [int(one["id"]) for one in whole["alerts"]]),
        ways=alert_ways.labels(db, organisation),
        placed=placed(db, files),
        unscanned=scans.unseen(db, [str(one["id"]) for one in whole["media"]]),
        few=(restricting.kind(db, case), restricting.openings(db, store.vault, case)),
        marks=rights.marks(db, store.vault, case),
    )


def _others(ask: Request, db: Connection, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Other records of the same telephone, address or browser that this user may see."""
    query = select(CASE.c.reference, CASE.c.kind, CASE.c.place).where(
        CASE.c.talk == row["talk"], CASE.c.id != row["id"], desk.within(db, reach(ask.user, "record.view"))
    )
    return [tuple(one) for one in db.execute(query.order_by(CASE.c.id.desc()).limit(20))]
