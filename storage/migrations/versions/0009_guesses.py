"""how often numbers are guessed at one organisation is counted at each look-up"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_guess_organisation", "guess", ["organisation", "at"])
