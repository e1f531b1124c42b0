"""The tables of need-to-know: records that few may open, who opened one in an emergency, and files looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage.columns import Big, Moment


class Restriction(SQLModel, table=True):
    """Whether a record is for few, as somebody decided it.

    kind  "safeguarding" or "conduct"; "open": for everybody whose role reaches it, although it was sent to safeguarding
    by    "staff:<id>"
    """

    __tablename__ = "restriction"
    case_id: int = Field(sa_column=Column(Big, ForeignKey("cases.id"), primary_key=True, autoincrement=False))
    organisation: str
    kind: str
    by: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


class Glass(SQLModel, table=True):
    """A restricted record that was opened in an emergency: by whom, until when, and why.

    reason   sealed with the record's key: erased with it
    told_at  when those who must know were told, null until then
    """

    __tablename__ = "glass"
    __table_args__ = (Index("ix_glass_case", "case_id", "staff"),)
    id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    organisation: str
    case_id: int = Field(sa_column=Column(Big, ForeignKey("cases.id"), nullable=False))
    staff: int = Field(sa_column=Column(Big, ForeignKey("staff.id"), nullable=False))
    reason: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    until: datetime = Field(sa_column=Column(Moment, nullable=False))
    told_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class MediaScan(SQLModel, table=True):
    """What the virus scanner said of a file: "waiting" (not asked yet, or it did not answer), "clean" or "found"."""

    __tablename__ = "media_scan"
    media: str = Field(primary_key=True)
    organisation: str
    state: str = Field(index=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
