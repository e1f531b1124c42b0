"""The tables of time: versions of procedures, jobs, and due dates that moved. The clocks are in ``storage.models``."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Date
from sqlmodel import Field, SQLModel

from storage import columns


class DueMoved(SQLModel, table=True):
    """A clock of a record that fell due on another day after holidays changed. A day is null in a pause."""

    __tablename__ = "due_moved"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    case_id: int = columns.to("cases", index=True)
    clock: str
    name: str
    before: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    after: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    at: datetime = columns.at()


class ProfileVersion(SQLModel, table=True):
    """A procedure as it was when records were opened under it (``casework.saved``), by its version."""

    __tablename__ = "profile_version"
    organisation: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    text: str
    at: datetime = columns.at()


class Job(SQLModel, table=True):
    """Work that is due at ``run_at``, for whichever process leases it first (``storage.jobs``)."""

    __tablename__ = "job"
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    organisation: str
    run_at: datetime = columns.at(index=True)
    leased_until: datetime | None = columns.at(null=True)
    attempts: int
