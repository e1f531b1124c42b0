"""Changes of tables that other processes are using, for PostgreSQL; on SQLite there is nobody else."""

from __future__ import annotations

from typing import Any

from alembic import op


def create_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    """An index on a table that has rows already, made while others write to it."""
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        # What an attempt that broke off left is of no use, and in the way.
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
