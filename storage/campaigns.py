"""Campaigns: a named window for feedback with its own way in, and what came of it.

The code is a keyword by text, ``?from=`` on the web, ``/start`` on Telegram and a QR code. Before a campaign opens and
after it closes its code still opens the talk, with what it preselects; the record counts to it all the same and says
``campaign_time`` "early" or "late", by the day it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, case, delete, exists, func, insert, select, update

from storage import models, models_desk
from storage.dues import CASE
from storage.models import table

if TYPE_CHECKING:
    from storage.procedures import Procedures

_CAMPAIGN = table(models_desk.Campaign)
_FACT = table(models.CaseFact)


class Taken(Exception):
    """Another campaign of the organisation has this code."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign (``storage.models_desk.Campaign``). ``code``: small letters and digits, the same for ever."""

    id: int
    organisation: str
    code: str
    name: str
    kind: str = ""
    service: str = ""
    language: str = ""
    opens: date | None = None
    closes: date | None = None
    responder: int | None = None
    action_days: int = 0
    regulator: str = ""
    by: str = ""
    at: datetime | None = None

    def time(self, day: date) -> str:
        """Whether a day is before it opens ("early"), after it closes ("late"), or within ("")."""
        if self.opens and day < self.opens:
            return "early"
        return "late" if self.closes and day > self.closes else ""

    @property
    def entry(self) -> dict[str, str]:
        """What its code preselects, as ``Profile.entries`` says it."""
        chosen = {"campaign": self.code, "kind": self.kind, "services": self.service, "language": self.language}
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Figures:
    """What came: records, how many of them are open, came early or late, and wait past the aim without an answer."""

    records: int = 0
    open: int = 0
    early: int = 0
    late: int = 0
    waiting: int = 0


def every(db: Connection, organisation: str) -> list[Campaign]:
    """The campaigns of an organisation, the newest first."""
    query = select(_CAMPAIGN).where(_CAMPAIGN.c.organisation == organisation).order_by(_CAMPAIGN.c.id.desc())
    return [Campaign(**row) for row in db.execute(query).mappings()]


def loaded(db: Connection) -> dict[str, dict[str, Campaign]]:
    """Organisation -> code -> campaign."""
    found: dict[str, dict[str, Campaign]] = {}
    for row in db.execute(select(_CAMPAIGN)).mappings():
        found.setdefault(row["organisation"], {})[row["code"]] = Campaign(**row)
    return found


def save(db: Connection, procedures: Procedures, campaign: Campaign) -> None:
    """A new campaign, or a known one (by its id) as it is now; its code stays. Raises Taken. For ``Writer.write``."""
    values: dict[str, Any] = asdict(campaign)
    here = (_CAMPAIGN.c.organisation == campaign.organisation, _CAMPAIGN.c.code == campaign.code)
    other = db.execute(select(_CAMPAIGN.c.id).where(*here)).scalar()
    if other is None:
        db.execute(insert(_CAMPAIGN), values)
    elif other == campaign.id:
        db.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign.id).values(**values))
    else:
        raise Taken
    procedures.changed(db)


def remove(db: Connection, procedures: Procedures, campaign: Campaign) -> bool:
    """Take a campaign away that nothing has come of; False when something has. For ``Writer.write``."""
    if db.execute(select(_FACT.c.case_id).where(*_counted(campaign)).limit(1)).first():
        return False
    db.execute(delete(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign.id))
    procedures.changed(db)
    return True


def _counted(campaign: Campaign) -> tuple[Any, ...]:
    return (_FACT.c.organisation == campaign.organisation, _FACT.c.fact == "campaign", _FACT.c.value == campaign.code)


def figures(db: Connection, organisation: str, aims: Mapping[str, datetime | None]) -> dict[str, Figures]:
    """What came of each campaign. ``aims``: code -> what was sent before this time should have been acted on."""

    def said(value: str) -> Any:
        mark = _FACT.alias()
        return exists().where(mark.c.case_id == CASE.c.id, mark.c.fact == "campaign_time", mark.c.value == value)

    open_ = and_(CASE.c.place != "closed", CASE.c.place != "")
    query = (
        select(
            _FACT.c.value,
            func.count(),
            func.sum(case((open_, 1), else_=0)),
            func.sum(case((said("early"), 1), else_=0)),
            func.sum(case((said("late"), 1), else_=0)),
        )
        .join(CASE, CASE.c.id == _FACT.c.case_id)
        .where(_FACT.c.organisation == organisation, _FACT.c.fact == "campaign")
        .group_by(_FACT.c.value)
    )
    found = {}
    for code, records, left, early, late in db.execute(query):
        waiting, before = 0, aims.get(code)
        if before is not None:
            of = (_FACT.c.organisation == organisation, _FACT.c.fact == "campaign", _FACT.c.value == code)
            past = select(func.count()).select_from(_FACT.join(CASE, CASE.c.id == _FACT.c.case_id))
            waiting = db.execute(past.where(*of, CASE.c.place == "new", CASE.c.filed_at < before)).scalar_one()
        found[code] = Figures(records, left, early, late, waiting)
    return found
