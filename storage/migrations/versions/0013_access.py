"""who may see what: restricted records, emergencies, fresh second factors, earlier names, files looked at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
#: Not beside running processes (``storage.database.migrate``).
stopped = "the words of staff names get another key"

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "restriction",
        sa.Column("case_id", BIG, sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "glass",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("case_id", BIG, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
    )
    op.create_index("ix_glass_case", "glass", ["case_id", "staff"])
    op.create_table(
        "media_scan",
        sa.Column("media", sa.String(), primary_key=True),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_media_scan_state", "media_scan", ["state"])
    op.add_column("staff_session", sa.Column("proved_at", MOMENT, nullable=True))
    # A word may belong to several names of one person: the name becomes part of the key.
    op.create_table(
        "staff_name_token",
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("token", sa.LargeBinary(8), primary_key=True),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
    )
    op.execute(
        "INSERT INTO staff_name_token (staff, name, token, organisation, whole) "
        "SELECT staff, 0, token, organisation, whole FROM staff_token"
    )
    op.drop_table("staff_token")
    op.rename_table("staff_name_token", "staff_token")
