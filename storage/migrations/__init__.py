"""Alembic's: how one shape of the database becomes the next."""
