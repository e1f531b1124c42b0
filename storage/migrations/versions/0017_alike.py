"""what was said with nearly the same words, found by a keyed hash that lasts two days"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alike",
        sa.Column("case_id", BIG, sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(16), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("together", BIG, nullable=True),
    )
    for name, column in (("ix_alike_words", "words"), ("ix_alike_together", "together")):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "alike", ["organisation", column, "at"], sqlite_where=there, postgresql_where=there)
