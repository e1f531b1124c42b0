"""Runs the migrations on the connection that ``storage.database.migrate`` opened."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import storage.models
import storage.models_clocks
import storage.models_desk
import storage.models_learning
import storage.models_published
import storage.models_reports
import storage.models_staff  # noqa: F401 - all of them fill SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
