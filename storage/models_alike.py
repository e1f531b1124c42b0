"""The table of what was said with nearly the same words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from storage.columns import Big, Moment


def _where(column: str) -> dict[str, Any]:
    there = text(f"{column} IS NOT NULL")
    return {"sqlite_where": there, "postgresql_where": there}


class Alike(SQLModel, table=True):
    """A record's story as a keyed hash, by which messages with nearly the same words are found (`storage.alike`).

    words     the hash; none once it is two days old and is compared with nothing any more
    together  the task for a person about all that are alike; none while they are few
    """

    __tablename__ = "alike"
    __table_args__ = (
        Index("ix_alike_words", "organisation", "words", "at", **_where("words")),
        Index("ix_alike_together", "organisation", "together", "at", **_where("together")),
    )
    case_id: int = Field(sa_column=Column(Big, ForeignKey("cases.id"), primary_key=True, autoincrement=False))
    organisation: str
    words: bytes | None = Field(default=None, sa_column=Column(LargeBinary(16), nullable=True))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    together: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
