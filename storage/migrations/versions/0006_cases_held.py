"""how many cases each service held in a report year"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases_held",
        sa.Column("organisation", sa.String(), primary_key=True, nullable=False),
        sa.Column("service", sa.String(), primary_key=True, nullable=False),
        sa.Column("period", sa.Date(), primary_key=True, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
