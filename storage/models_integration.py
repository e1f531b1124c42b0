"""The tables of other systems: tokens of programs, webhooks, what waits to be told to them, requests made once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from storage import columns
from storage.columns import Big


class ApiToken(SQLModel, table=True):
    """What a program of one organisation signs in with; of the token itself only a hash is kept.

    prefix  its first letters, by which people tell one from another
    scopes  what it may do (``storage.tokens.SCOPES``), separated by spaces
    by      who made it: "staff:<id>", "command line"
    """

    __tablename__ = "api_token"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    name: str
    prefix: str
    hash: bytes = columns.hashed(32, unique=True)
    scopes: str
    by: str
    created_at: datetime = columns.at()
    expires_at: datetime = columns.at()
    revoked_at: datetime | None = columns.at(null=True)
    used_at: datetime | None = columns.at(null=True)


class ApiRequest(SQLModel, table=True):
    """A post that must not be done twice: ``id`` is a keyed hash of (organisation, token, Idempotency-Key).

    body    hash of what was asked, so that the same key is never taken for something else
    result  what came of it: "webhook:<id>"; "" for a record, which is found by the key itself
    """

    __tablename__ = "api_request"
    id: bytes = columns.hashed(16, primary=True)
    organisation: str
    body: bytes = columns.hashed(32)
    result: str
    at: datetime = columns.at(index=True)


class Webhook(SQLModel, table=True):
    """An address of another system that is told what happens to records.

    url, secret  sealed: an address may hold a key of the other system's
    events       the kinds of event it is told, separated by spaces; "" for all
    restricted   whether it is told of records that only some may see (``storage.tokens``)
    token        the token that made it, null where a person did: it ends with its token
    """

    __tablename__ = "webhook"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    url: bytes = columns.sealed()
    secret: bytes = columns.sealed()
    events: str
    restricted: bool
    token: int | None = columns.number(null=True)
    by: str
    created_at: datetime = columns.at()
    ended_at: datetime | None = columns.at(null=True)


class WebhookDelivery(SQLModel, table=True):
    """One event to be told to one webhook, written in the event's own transaction; never words.

    state   "due", "sent", "failed" (given up), "kept" (this webhook may not be told of the record)
    answer  what the other side said: an HTTP status, or a code of ours ("timeout", "network", "refused")
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_webhook", "webhook", "id"),
        Index(
            "ix_webhook_delivery_due",
            "webhook",
            "next_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )
    id: int = columns.row_id()
    organisation: str
    webhook: int = Field(sa_column=Column(Big, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False))
    case_id: int = columns.number()
    seq: int
    type: str
    at: datetime = columns.at()
    state: str
    attempts: int
    next_at: datetime = columns.at()
    answer: str
    sent_at: datetime | None = columns.at(null=True)
