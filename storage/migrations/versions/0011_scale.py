"""destroyed keys are remembered, so that no backup revives one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ended_key",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
    )
