"""What says that a database is a demonstration, and who may be met in it (``bot.demo`` makes one)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage import models, staff
from storage.models import table
from storage.sealer import Sealer
from storage.staff import Member

#: The name of its row in ``meta``; nothing else writes it.
MARK = "demonstration"
#: Where the invented staff get their post: a domain that never is one. Nobody real has a login there.
DOMAIN = "demonstration.example"
_META = table(models.Meta)


def mark(db: Connection) -> str:
    """What the row says, "" for a database that is no demonstration."""
    return db.execute(select(_META.c.value).where(_META.c.name == MARK)).scalar() or ""


def login(role: str, organisation: str) -> str:
    """What an invented member of staff would sign in with."""
    return f"{role}.{organisation}@{DOMAIN}"


def member(db: Connection, sealer: Sealer, organisation: str, role: str) -> Member | None:
    """Whoever plays a part in a demonstration; None in any other database, and for parts that nobody plays."""
    found = staff.by_login(db, sealer, login(role, organisation)) if mark(db) else None
    return found if found and not found.disabled and found.organisation == organisation else None
