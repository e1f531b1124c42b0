"""what was learned, what is done about it, and who was told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _numbers(*names: str, primary: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, autoincrement=False, nullable=False, primary_key=primary) for name in names]


def _text(*names: str, primary: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False, primary_key=primary) for name in names]


def _count(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "learning",
        *_numbers("id", primary=True),
        *_text("organisation"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_text("services", "themes"),
        *_numbers("owner"),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("check_by", sa.Date(), nullable=True),
        *_text("state"),
        *_count("version"),
        *_text("by"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        *_text("done_by"),
        sa.Column("checked_on", sa.Date(), nullable=True),
        *_text("checked_by"),
        sa.Column("published_at", MOMENT, nullable=True),
        *_text("published_by"),
    )
    op.create_index("ix_learning_state", "learning", ["organisation", "state", "due"])
    op.create_table(
        "learning_case",
        *_numbers("learning", "case_id", primary=True),
        *_text("organisation"),
    )
    op.create_index("ix_learning_case_case", "learning_case", ["case_id"])
    op.create_table(
        "learning_text",
        *_numbers("learning", primary=True),
        *_text("language", primary=True),
        *_text("organisation", "title", "said", "did", "by"),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "news",
        *_numbers("id", primary=True),
        *_numbers("learning"),
        *_text("organisation"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        *_text("fallback", "state"),
        *_numbers("reached"),
        *_count("people", "refused", "unwritten"),
        *_text("by"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
    )
    op.create_index("ix_news_learning", "news", ["learning"])
    op.create_table(
        "news_told",
        *_numbers("learning", "talk", primary=True),
        *_text("organisation"),
        *_numbers("news", "case_id", "outbox"),
        sa.Column("neutral", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_news_told_news", "news_told", ["news"])
