"""other systems: tokens of programs, requests made once, webhooks and what waits to be told to them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, primary_key=True, autoincrement=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _at(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, MOMENT, nullable=null) for name in names]


def upgrade() -> None:
    op.create_table(
        "api_token",
        _id(),
        *_text("organisation", "name", "prefix"),
        sa.Column("hash", sa.LargeBinary(32), nullable=False, unique=True),
        *_text("scopes", "by"),
        *_at("created_at", "expires_at"),
        *_at("revoked_at", "used_at", null=True),
    )
    op.create_index("ix_api_token_organisation", "api_token", ["organisation"])
    op.create_table(
        "api_request",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        *_text("organisation"),
        sa.Column("body", sa.LargeBinary(32), nullable=False),
        *_text("result"),
        *_at("at"),
    )
    op.create_index("ix_api_request_at", "api_request", ["at"])
    op.create_table(
        "webhook",
        _id(),
        *_text("organisation"),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        *_text("events"),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("token", BIG, nullable=True),
        *_text("by"),
        *_at("created_at"),
        *_at("ended_at", null=True),
    )
    op.create_index("ix_webhook_organisation", "webhook", ["organisation"])
    op.create_table(
        "webhook_delivery",
        _id(),
        *_text("organisation"),
        sa.Column("webhook", BIG, sa.ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        *_text("type"),
        *_at("at"),
        *_text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_at("next_at"),
        *_text("answer"),
        *_at("sent_at", null=True),
    )
    op.create_index("ix_webhook_delivery_webhook", "webhook_delivery", ["webhook", "id"])
    due = sa.text("state = 'due'")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["webhook", "next_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
