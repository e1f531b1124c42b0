"""Posts that are done once: what the Idempotency-Key of a token was used for."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlmodel
from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.api.declare import Ask, Problem
from storage import models_integration
from storage.models import table

_REQUEST = table(models_integration.ApiRequest)
#: How long a key is remembered.
KEPT = timedelta(days=90)


def key(ask: Ask) -> bytes:
    """What the key of this request is kept as: its own for each token."""
    return ask.store.vault.ring.hashed("api.request", ask.organisation, str(ask.token.id), ask.key)


def take(db: sqlmodel.Session, ask: Ask, row: bytes, body: bytes) -> str:
    """Take the key for this body (its hash); what came of it when it was taken before, "" for nothing yet.

    Raises Problem where it was used for another body. For ``Writer.write``.
    """
    connection = db.connection()
    connection.execute(delete(_REQUEST).where(_REQUEST.c.at < ask.now - KEPT))
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = make(_REQUEST).values(id=row, organisation=ask.organisation, body=body, result="", at=ask.now)
    # Another process with the same key is waited for: whoever comes second finds what came of the first.
    if connection.execute(new.on_conflict_do_nothing()).rowcount == 1:
        return ""
    found = connection.execute(select(_REQUEST.c.body, _REQUEST.c.result).where(_REQUEST.c.id == row)).one()
    if found.body != body:
        raise Problem("key-used", "Take a new Idempotency-Key for another thing.")
    return str(found.result)


def hashed(body: BaseModel) -> bytes:
    """What a body is known by."""
    return hashlib.sha256(body.model_dump_json().encode()).digest()


def release(db: sqlmodel.Session, row: bytes, body: bytes) -> None:
    """Nothing came of this body, and nothing will: the key may be used for a better one. For ``Writer.write``."""
    db.connection().execute(delete(_REQUEST).where(_REQUEST.c.id == row, _REQUEST.c.body == body))


def finish(db: sqlmodel.Session, row: bytes, result: str) -> None:
    """Remember what came of it, in the transaction that made it. For ``Writer.write``."""
    db.connection().execute(update(_REQUEST).where(_REQUEST.c.id == row).values(result=result))
