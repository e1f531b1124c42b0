"""what staff set up and send: templates, campaigns, holidays, routes and rota of alerts, the reason of a message"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=False, nullable=False, primary_key=True)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _at(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, MOMENT, nullable=null) for name in names]


def upgrade() -> None:
    op.create_table(
        "template",
        _id(),
        *_text("organisation", "code", "language", "title", "text", "by"),
        *_at("at"),
        *_at("retired_at", null=True),
    )
    op.create_index("ix_template_code", "template", ["organisation", "code", "language"])
    op.create_table(
        "campaign",
        _id(),
        *_text("organisation", "code", "name", "kind", "service", "language"),
        sa.Column("opens", sa.Date(), nullable=True),
        sa.Column("closes", sa.Date(), nullable=True),
        sa.Column("responder", BIG, nullable=True),
        sa.Column("action_days", sa.Integer(), nullable=False),
        *_text("regulator", "by"),
        *_at("at"),
    )
    op.create_index("ix_campaign_code", "campaign", ["organisation", "code"], unique=True)
    op.create_table(
        "own_holiday",
        sa.Column("organisation", sa.String(), primary_key=True, nullable=False),
        sa.Column("day", sa.Date(), primary_key=True, nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        *_text("name", "by"),
        *_at("at"),
    )
    op.create_table(
        "alert_route",
        _id(),
        *_text("organisation", "tier", "label"),
        sa.Column("staff", BIG, nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        *_at("worked_at", "failed_at", null=True),
        *_text("error", "by"),
        *_at("at"),
        *_at("retired_at", null=True),
    )
    op.create_index("ix_alert_route_organisation", "alert_route", ["organisation"])
    op.create_table(
        "on_duty",
        _id(),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("staff", BIG, nullable=False),
        *_text("tier"),
        *_at("begins", "ends"),
        *_text("by"),
        *_at("at"),
    )
    op.create_index("ix_on_duty_organisation", "on_duty", ["organisation"])
    op.create_table(
        "alert_sent",
        _id(),
        *_text("organisation"),
        sa.Column("alert", BIG, nullable=False),
        sa.Column("route", BIG, nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        *_text("state", "error"),
        *_at("at"),
    )
    op.create_index("ix_alert_sent_alert", "alert_sent", ["alert"])
    op.add_column("outbox", sa.Column("purpose", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("outbox", sa.Column("case_id", BIG, nullable=True))
