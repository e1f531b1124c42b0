"""what the reports count; records that are there already are counted by a job (storage.counting)"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "report_record",
        sa.Column("case_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("held", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    for name, columns, where in (
        ("dirty", ["organisation", "case_id"], "dirty"),
        ("place", ["organisation", "place"], ""),
        ("person", ["organisation", "person", "place"], ""),
        ("version", ["organisation", "version"], ""),
    ):
        partial = {"sqlite_where": sa.text(f"{where} = 1"), "postgresql_where": sa.text(where)} if where else {}
        op.create_index(f"ix_report_record_{name}", "report_record", columns, **partial)
    op.create_table(
        "report_value",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.create_index("ix_report_value_fact", "report_value", ["organisation", "fact", "value"], unique=True)
    op.create_table(
        "report_bits",
        sa.Column("value_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("block", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
    )
    # Two records of one talk are of one person; who sent records of several talks an import says.
    op.execute(
        sa.text(
            "INSERT INTO report_record (case_id, organisation, person, dirty, place, held, version) "
            "SELECT id, organisation, 'talk:' || CAST(talk AS VARCHAR), :yes, NULL, :none, 0 FROM cases"
        ).bindparams(
            sa.bindparam("yes", True, sa.Boolean()),
            sa.bindparam("none", b"", sa.LargeBinary()),
        )
    )
