"""The tables of what people add to a report: figures of earlier years, their own words, examples chosen to be shown."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Date, Numeric, String
from sqlmodel import Field, SQLModel

from storage import columns


class YearTotal(SQLModel, table=True):
    """One figure of a report year, by the codes of its table, line and column (``casework.report_model``).

    year    first day of the report year
    column  "" for the count
    """

    __tablename__ = "year_total"
    organisation: str = Field(primary_key=True)
    year: date = Field(sa_column=Column(Date, primary_key=True))
    sheet: str = Field(primary_key=True)
    row: str = Field(primary_key=True)
    column: str = Field(primary_key=True)
    number: Decimal = Field(sa_column=Column(Numeric(14, 4), nullable=False))
    by: str
    at: datetime = columns.at()


class ReportText(SQLModel, table=True):
    """Words of the organisation in its report: a foreword, how it listened (``storage.report_texts``).

    code         which text it is; one of each for a report year and language
    year         first day of the report year
    approved_by  who confirmed that it may be published as it stands, "" for nobody; a change takes that back
    """

    __tablename__ = "report_text"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    code: str
    year: date = Field(sa_column=Column(Date, nullable=False))
    language: str
    words: str
    version: int
    by: str
    at: datetime = columns.at()
    approved_by: str = Field(default="", sa_column=Column(String, nullable=False))
    approved_at: datetime | None = columns.at(null=True)


class ReportExample(SQLModel, table=True):
    """A compliment chosen to be shown in a report, in words from which names are removed.

    body  the words, sealed with the record's own key: when the person is erased, so is the example
    """

    __tablename__ = "report_example"
    case_id: int = columns.to("cases", primary=True)
    organisation: str = Field(index=True)
    body: bytes = columns.sealed()
    version: int
    by: str
    at: datetime = columns.at()
    approved_by: str = Field(default="", sa_column=Column(String, nullable=False))
    approved_at: datetime | None = columns.at(null=True)


class HomeNumber(SQLModel, table=True):
    """What a home is called in what is published: “Home 3”, the same for ever, so that years can be compared."""

    __tablename__ = "home_number"
    organisation: str = Field(primary_key=True)
    service: str = Field(primary_key=True)
    number: int


class Publication(SQLModel, table=True):
    """A report that was published. ``ledger``: sealed, what it told (``casework.publishing.Ledger``)."""

    __tablename__ = "publication"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    since: date = Field(sa_column=Column(Date, nullable=False))
    until: date = Field(sa_column=Column(Date, nullable=False))
    level: str
    language: str
    ledger: bytes = columns.sealed()
    by: str
    at: datetime = columns.at()
