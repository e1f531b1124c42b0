"""Somebody sends more than a person types: they are slowed (``storage.queue``), and staff are shown it, once.

What they sent is kept like anybody's; a child who is upset can look like a flood.
"""

from __future__ import annotations

from datetime import datetime

import sqlmodel
from sqlalchemy import insert, select

from storage import models
from storage.ids import new_id
from storage.models import table
from storage.undelivered import tell

_TALK = table(models.Talk)
_TASK = table(models.Task)

#: Why a task was made: of one talk, or (no talk) because so many conversations begin in an organisation.
FLOOD, MANY = "flood", "many"


def of_person(db: sqlmodel.Session, lane: bytes, at: datetime) -> None:
    """A task about the talk of this keyed hash; once for as long as it is open. For ``Writer.write``."""
    connection = db.connection()
    found = connection.execute(select(_TALK.c.id, _TALK.c.organisation).where(_TALK.c.sender_hash == lane)).first()
    if found is not None:
        tell(connection, found.organisation, found.id, FLOOD, at)


def of_organisation(db: sqlmodel.Session, organisation: str, at: datetime) -> None:
    """A task of an organisation in which very many conversations begin; once while it is open. For ``Writer.write``."""
    connection = db.connection()
    same = (_TASK.c.organisation == organisation) & (_TASK.c.why == MANY) & _TASK.c.done_at.is_(None)
    if connection.execute(select(_TASK.c.id).where(same).limit(1)).first() is None:
        task = models.Task(id=new_id(), organisation=organisation, talk=None, number=0, why=MANY, at=at)
        connection.execute(insert(_TASK), task.model_dump())
