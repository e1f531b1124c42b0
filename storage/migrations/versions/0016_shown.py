"""the records that a list showed, beside its line of the audit"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column("case_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("number", sa.LargeBinary(8), nullable=False),
        sa.Column("since", BIG, nullable=False),
    )
    op.create_table(
        "audit_list",
        sa.Column("id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_audit_list_organisation", "audit_list", ["organisation", "id"])
