"""what people add to a report: figures of earlier years, their own words, chosen examples"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(*names: str, primary: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False, primary_key=primary) for name in names]


def _kept() -> list[sa.Column[object]]:
    return [
        sa.Column("version", sa.Integer(), nullable=False),
        *_text("by"),
        sa.Column("at", MOMENT, nullable=False),
        *_text("approved_by"),
        sa.Column("approved_at", MOMENT, nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "year_total",
        *_text("organisation", primary=True),
        sa.Column("year", sa.Date(), primary_key=True),
        *_text("sheet", "row", "column", primary=True),
        sa.Column("number", sa.Numeric(14, 4), nullable=False),
        *_text("by"),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "report_text",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        *_text("organisation", "code"),
        sa.Column("year", sa.Date(), nullable=False),
        *_text("language", "words"),
        *_kept(),
    )
    op.create_index("ix_report_text_organisation", "report_text", ["organisation"])
    op.create_table(
        "report_example",
        sa.Column("case_id", BIG, sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False),
        *_text("organisation"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_kept(),
    )
    op.create_index("ix_report_example_organisation", "report_example", ["organisation"])
    op.create_table(
        "home_number",
        *_text("organisation", "service", primary=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_table(
        "publication",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        *_text("organisation"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        *_text("level", "language"),
        sa.Column("ledger", sa.LargeBinary(), nullable=False),
        *_text("by"),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_publication_organisation", "publication", ["organisation"])
