"""The table of what a restored backup must not bring back."""

from __future__ import annotations

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.columns import Big


class EndedKey(SQLModel, table=True):
    """A data key that was destroyed, or is to be: ``id`` is its number. It stays, so that no backup revives it."""

    __tablename__ = "ended_key"
    id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    organisation: str
