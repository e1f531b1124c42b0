"""The tables behind the reports: which records are counted, and one bit for each fact of each (``storage.bits``)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, text
from sqlmodel import Field, SQLModel

from storage.columns import Big


class ReportRecord(SQLModel, table=True):
    """A record as the reports count it; made with the record, and kept when the record's words are erased.

    person   who sent it, as far as that is known: their talk, or what an import knows them by
    dirty    its facts have changed since its bits were set: a reader takes the facts themselves
    place    its bit, counted from 0 in its organisation; none before it was first counted
    held     the values whose bits it has set, as numbers of ``report_value``
    version  of the facts that were worked out (``casework.report_facts.VERSION``), 0 for none yet
    """

    __tablename__ = "report_record"
    __table_args__ = (
        Index(
            "ix_report_record_dirty",
            "organisation",
            "case_id",
            sqlite_where=text("dirty = 1"),
            postgresql_where=text("dirty"),
        ),
        Index("ix_report_record_place", "organisation", "place"),
        Index("ix_report_record_person", "organisation", "person", "place"),
        Index("ix_report_record_version", "organisation", "version"),
    )
    case_id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    organisation: str
    person: str
    dirty: bool
    place: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    held: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: int


class ReportValue(SQLModel, table=True):
    """A fact and one of its values, by a number."""

    __tablename__ = "report_value"
    __table_args__ = (Index("ix_report_value_fact", "organisation", "fact", "value", unique=True),)
    id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    organisation: str
    fact: str = Field(sa_column=Column(String, nullable=False))
    value: str


class ReportBits(SQLModel, table=True):
    """Which records of a block of 8,192 places have a value: bit n of the little-endian number is place n of it.

    Of the fact "person" there are no bits but pairs of numbers: a place of the block, and the first place of the person
    whose record it is; only of people who sent several.
    """

    __tablename__ = "report_bits"
    value_id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    block: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    organisation: str
    bits: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
