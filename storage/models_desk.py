"""The tables of what staff set up and send: templates, campaigns, the organisation's own holidays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage import columns
from storage.columns import Big


class Template(SQLModel, table=True):
    """A model reply of an organisation in one language, written by a person; a new wording is a new row.

    code     what stays the same over languages and wordings, e.g. "acknowledge"
    text     with {places}; in the clear: it names nobody
    retired_at  no longer offered (or replaced by a later row)
    """

    __tablename__ = "template"
    __table_args__ = (Index("ix_template_code", "organisation", "code", "language"),)
    id: int = columns.row_id()
    organisation: str
    code: str
    language: str
    title: str
    text: str
    by: str
    at: datetime = columns.at()
    retired_at: datetime | None = columns.at(null=True)


class Campaign(SQLModel, table=True):
    """A window for feedback with its own way in; ``code`` is its keyword, link parameter and QR code.

    kind, service, language  what its entry preselects, "" for nothing
    responder                a member of staff (id), or none
    action_days              working days within which it is to be acted on, 0 for none
    regulator                what a regulator decided, e.g. about an advertisement
    """

    __tablename__ = "campaign"
    __table_args__ = (Index("ix_campaign_code", "organisation", "code", unique=True),)
    id: int = columns.row_id()
    organisation: str
    code: str
    name: str
    kind: str
    service: str
    language: str
    opens: date | None = columns.day(null=True)
    closes: date | None = columns.day(null=True)
    responder: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    action_days: int
    regulator: str
    by: str
    at: datetime = columns.at()


class OwnHoliday(SQLModel, table=True):
    """A day on which an organisation does not work besides its profile's (``works`` False), or works after all."""

    __tablename__ = "own_holiday"
    organisation: str = Field(primary_key=True)
    day: date = columns.day(primary=True)
    works: bool
    name: str
    by: str
    at: datetime = columns.at()


class AlertRoute(SQLModel, table=True):
    """A way to reach somebody when there is a sign of danger: an apprise address, sealed.

    tier        "duty" (at once), "hours" (out of the duty hours), "wider" (when nobody acknowledges)
    staff       whose it is, so that it is left out when the record names them; none for a shared one
    about       sealed JSON: names, homes, addresses of whoever reads it; left out when the record names one of them
    worked_at   when it last took an alert; ``failed_at`` when it last did not, with a code in ``error``
    """

    __tablename__ = "alert_route"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    tier: str
    label: str
    staff: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    address: bytes = Field(default=None, sa_column=Column(LargeBinary, nullable=False))
    about: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    worked_at: datetime | None = columns.at(null=True)
    failed_at: datetime | None = columns.at(null=True)
    error: str = ""
    by: str
    at: datetime = columns.at()
    retired_at: datetime | None = columns.at(null=True)


class OnDuty(SQLModel, table=True):
    """Who is on duty from ``begins`` to ``ends``: only their routes of that tier are tried first."""

    __tablename__ = "on_duty"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    staff: int = Field(sa_column=Column(Big, nullable=False))
    tier: str
    begins: datetime = columns.at()
    ends: datetime = columns.at()
    by: str
    at: datetime = columns.at()


class AlertSent(SQLModel, table=True):
    """One try to tell somebody of a sign of danger: ``round`` counts from 1, wider each time.

    state  "sent", "failed" (with a code), "kept" (not tried: the record names them)
    """

    __tablename__ = "alert_sent"
    __table_args__ = (Index("ix_alert_sent_alert", "alert"),)
    id: int = columns.row_id()
    organisation: str
    alert: int = Field(sa_column=Column(Big, nullable=False))
    route: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    round: int
    state: str
    error: str = ""
    at: datetime = columns.at()


class CasesHeld(SQLModel, table=True):
    """How many cases a service held in the report year that begins on ``period``, for complaints per cases held."""

    __tablename__ = "cases_held"
    organisation: str = Field(primary_key=True)
    service: str = Field(primary_key=True)
    period: date = columns.day(primary=True)
    number: int
    by: str
    at: datetime = columns.at()
