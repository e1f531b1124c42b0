"""Records that were there before the reports counted, or that are counted otherwise now: opened, and counted again.

What follows from a record's history (``casework.report_facts``) is worked out when something happens to it. This does
it for the others: after an upgrade, and when an organisation's bands of working days have changed. What was erased
keeps the facts it had.
"""

from __future__ import annotations

import hashlib

import sqlmodel
from sqlalchemy import Connection, insert, select, update

from casework.case import fold
from casework.procedure import Profile
from casework.report_facts import VERSION, bands, complainant, counted
from storage import models
from storage.casefile import events, put_facts
from storage.counting import FACT, RECORD
from storage.dues import lock
from storage.models import table
from storage.procedures import Procedures
from storage.vault import Vault

_META = table(models.Meta)
#: Records in one transaction: each is opened and folded.
AT_ONCE = 3


def noticed(db: Connection, profile: Profile) -> bool:
    """Have every record counted again where the bands are not those of the last time; whether they are not."""
    name, now = f"bands:{profile.id}", _bands(profile)
    known = db.execute(select(_META.c.value).where(_META.c.name == name)).scalar()
    if known == now:
        return False
    if known is None:
        db.execute(insert(_META), {"name": name, "organisation": profile.id, "value": now})
        return False
    db.execute(update(_META).where(_META.c.name == name).values(value=now))
    db.execute(update(RECORD).where(RECORD.c.organisation == profile.id).values(version=0))
    return True


def _bands(profile: Profile) -> str:
    told = [(band.id, band.least, band.most, band.agreed) for band in bands(profile)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def recount(db: sqlmodel.Session, vault: Vault, procedures: Procedures, organisation: str) -> int:
    """Count some records again that need it; how many. For ``Writer.write``, until there is none."""
    connection = db.connection()
    old = (RECORD.c.organisation == organisation, RECORD.c.version < VERSION)
    cases = list(connection.execute(select(RECORD.c.case_id).where(*old).limit(AT_ONCE)).scalars())
    for case in cases:
        _one(connection, vault, procedures, case)
    if cases:
        connection.execute(update(RECORD).where(RECORD.c.case_id.in_(cases)).values(version=VERSION))
    return len(cases)


def _one(db: Connection, vault: Vault, procedures: Procedures, case: int) -> None:
    row = lock(db, case)
    history = events(db, vault, case) if row is not None else ()
    if row is None or not history:
        return
    organisation = row["organisation"]
    try:
        profile = procedures.under(organisation, row["profile"])
    except LookupError:
        profile = procedures.now(organisation)
    said: dict[str, tuple[str, ...]] = {}
    query = select(FACT.c.fact, FACT.c.value).where(FACT.c.case_id == case, FACT.c.fact.in_(("who", "role")))
    for fact, value in db.execute(query):
        said[fact] = (*said.get(fact, ()), value)
    put_facts(db, row, counted(profile, fold(profile, history), procedures.now(organisation)) | complainant(said))
