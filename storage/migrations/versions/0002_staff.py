"""staff: who they are, how they sign in, what they did, which records they have to do with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("login_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("login", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", BIG, nullable=False),
        sa.Column("subject", sa.LargeBinary(16), nullable=True),
        sa.Column("setup", sa.LargeBinary(32), nullable=True),
        sa.Column("setup_until", MOMENT, nullable=True),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("services", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login_hash"),
        sa.UniqueConstraint("subject"),
        sa.UniqueConstraint("setup"),
    )
    op.create_index("ix_staff_organisation", "staff", ["organisation"])
    op.create_table(
        "staff_recovery",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_staff_recovery_staff", "staff_recovery", ["staff"])
    op.create_table(
        "staff_session",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_staff_session_staff", "staff_session", ["staff"])
    op.create_table(
        "staff_device",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_staff_device_staff", "staff_device", ["staff"])
    op.create_table(
        "staff_failure",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("counted", sa.LargeBinary(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_failure_counted", "staff_failure", ["counted", "at"])
    op.create_table(
        "audit",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("staff", BIG, nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_organisation", "audit", ["organisation", "id"])
    op.create_index("ix_audit_reference", "audit", ["reference", "id"])
    op.create_table(
        "case_staff",
        sa.Column("case_id", BIG, sa.ForeignKey("cases.id"), autoincrement=False, nullable=False),
        sa.Column("staff", BIG, sa.ForeignKey("staff.id"), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "staff", "part"),
    )
    op.create_index("ix_case_staff_staff", "case_staff", ["staff", "part"])


def downgrade() -> None:
    for name in ("case_staff", "audit", "staff_failure", "staff_device", "staff_session", "staff_recovery", "staff"):
        op.drop_table(name)
