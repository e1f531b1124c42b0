"""finding records: tokens of words, and the indexes of the lists that staff work from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_token",
        sa.Column("token", sa.LargeBinary(length=8), nullable=False),
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("token", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_token_case_id", "search_token", ["case_id"], unique=False)
    op.create_index("ix_cases_place", "cases", ["organisation", "place", "id"], unique=False)
    op.create_index("ix_case_fact_value", "case_fact", ["organisation", "fact", "value", "case_id"], unique=False)
    op.create_index("ix_case_due_moment", "case_due", ["organisation", "window", "moment"], unique=False)
    op.create_table(
        "staff_token",
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), autoincrement=False, nullable=False),
        sa.Column("token", sa.LargeBinary(length=8), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("staff", "token"),
    )
    for table, gone in (("alert", "acknowledged_at"), ("task", "done_at")):
        still = sa.text(f"{gone} IS NULL")
        op.create_index(f"ix_{table}_open", table, ["organisation"], sqlite_where=still, postgresql_where=still)
