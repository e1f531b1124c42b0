"""Runs the migrations on the connection that ``storage.database.migrate`` opened."""

from __future__ import annotations

from alembic import context

from storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    # On PostgreSQL an index is made beside the work of others, which no larger transaction may hold.
    transaction_per_migration=connection.dialect.name == "postgresql",
)
with context.begin_transaction():
    context.run_migrations()
