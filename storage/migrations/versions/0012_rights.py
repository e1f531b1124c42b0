"""data rights: marks on records, requests, and the audit as chains

The lines that are there are put into their chains as they stand now: from here on none can be changed unseen. What a
process of the release before still writes stands outside until ``storage.audit.link`` adds it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
#: Not beside running processes (``storage.database.migrate``).
stopped = "lines of the audit are written in another way"

MOMENT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AUDIT = sa.table(
    "audit",
    sa.column("id", BIG),
    sa.column("organisation", sa.String()),
    sa.column("staff", BIG),
    sa.column("what", sa.String()),
    sa.column("reference", sa.String()),
    sa.column("at", MOMENT),
    sa.column("number", BIG),
    sa.column("salt", sa.LargeBinary()),
    sa.column("mark", sa.LargeBinary()),
    sa.column("hash", sa.LargeBinary()),
)
#: Lines that are written at once.
AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        "case_mark",
        sa.Column("case_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(), primary_key=True, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_case_mark_mark", "case_mark", ["organisation", "mark"])
    op.create_table(
        "rights_request",
        sa.Column("id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("key", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_rights_request_state", "rights_request", ["organisation", "state", "due"])
    op.create_table(
        "rights_case",
        sa.Column("request", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
    )
    op.create_index("ix_rights_case_case", "rights_case", ["case_id"])
    op.create_table(
        "audit_head",
        sa.Column("organisation", sa.String(), primary_key=True, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    for column in (
        sa.Column("number", BIG, nullable=True),
        sa.Column("salt", sa.LargeBinary(16), nullable=True),
        sa.Column("mark", sa.LargeBinary(32), nullable=True),
        sa.Column("hash", sa.LargeBinary(32), nullable=True),
    ):
        op.add_column("audit", column)
    _chained()


def _chained() -> None:
    """As ``storage.audit`` does it, in the order of the ids; written out here, since that may change."""
    db = op.get_bind()
    heads: dict[str, tuple[int, bytes]] = {}
    after = -1
    fill = sa.update(_AUDIT).where(_AUDIT.c.id == sa.bindparam("of")).values(
        number=sa.bindparam("of_number"), salt=sa.bindparam("of_salt"), mark=sa.bindparam("of_mark"),
        hash=sa.bindparam("of_hash"),
    )  # fmt: skip
    columns = [_AUDIT.c[name] for name in ("id", "organisation", "staff", "what", "reference", "at")]
    while True:
        query = sa.select(*columns).where(_AUDIT.c.id > after).order_by(_AUDIT.c.id).limit(AT_ONCE)
        rows = db.execute(query).all()
        if not rows:
            break
        filled = []
        for row in rows:
            number, last = heads.get(row.organisation, (0, b"\0" * 32))
            salt = secrets.token_bytes(16) if row.reference else None
            mark = hashlib.sha256((salt or b"") + row.reference.encode()).digest()
            at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
            when = at.astimezone(UTC).isoformat(timespec="microseconds")
            line = [number + 1, str(row.id), row.organisation, str(row.staff or ""), row.what, when, mark.hex()]
            hashed = hashlib.sha256(last + json.dumps(line).encode()).digest()
            heads[row.organisation] = (number + 1, hashed)
            filled.append({"of": row.id, "of_number": number + 1, "of_salt": salt, "of_mark": mark, "of_hash": hashed})
            after = row.id
        db.execute(fill, filled)
    head = sa.table(
        "audit_head",
        sa.column("organisation", sa.String()),
        sa.column("number", BIG),
        sa.column("hash", sa.LargeBinary()),
    )
    if heads:
        rows_of = [{"organisation": name, "number": number, "hash": last} for name, (number, last) in heads.items()]
        db.execute(sa.insert(head), rows_of)
