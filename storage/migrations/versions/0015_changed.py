"""when a record was last written, so that another system can ask for what changed"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage.migrations import online

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # What is there already counts as changed now: whoever asks for what changed gets all of it once.
    now = datetime.now(UTC).isoformat(" ", "microseconds")[:26]
    if op.get_bind().dialect.name == "postgresql":
        # PostgreSQL keeps the default of the moment for the rows that are there, without writing any.
        op.execute(f"ALTER TABLE cases ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE DEFAULT '{now}+00'")
        op.execute("ALTER TABLE cases ALTER COLUMN changed_at DROP DEFAULT")
    else:
        op.add_column("cases", sa.Column("changed_at", MOMENT, nullable=True))
        op.execute(f"UPDATE cases SET changed_at = '{now}'")
    online.create_index("ix_cases_changed", "cases", ["organisation", "changed_at"])
