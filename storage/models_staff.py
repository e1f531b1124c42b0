"""The tables of staff: who they are, how they sign in, what they did, which records they have to do with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from storage import columns
from storage.columns import Big


class Staff(SQLModel, table=True):
    """A member of staff of one organisation.

    login_hash  keyed hash of the login, the same for one login in every spelling; ``login`` and ``name`` are sealed
    password    argon2id, "" before one is set
    totp        sealed secret of the second factor, null before it is set up; ``totp_step``: the last one used
    subject     keyed hash of (issuer, subject) at the OpenID Connect provider, null until they come from there
    setup       hash of the one-time link to choose a password, null when there is none; valid until ``setup_until``
    roles       ids of roles (``console.roles``), services: ids of the profile's services; both separated by spaces
    """

    __tablename__ = "staff"
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    login_hash: bytes = columns.hashed(16, unique=True)
    login: bytes = columns.sealed()
    name: bytes = columns.sealed()
    password: str
    totp: bytes | None = columns.sealed(null=True)
    totp_step: int = Field(sa_column=Column(Big, nullable=False))
    subject: bytes | None = columns.hashed(16, null=True, unique=True)
    setup: bytes | None = columns.hashed(32, null=True, unique=True)
    setup_until: datetime | None = columns.at(null=True)
    roles: str
    services: str
    language: str
    disabled: bool
    created_at: datetime = columns.at()
    seen_at: datetime | None = columns.at(null=True)


class StaffRecovery(SQLModel, table=True):
    """A recovery code that has not been used, by its hash."""

    __tablename__ = "staff_recovery"
    hash: bytes = columns.hashed(32, primary=True)
    organisation: str
    staff: int = columns.to("staff", index=True)


class StaffSession(SQLModel, table=True):
    """A session, by the hash of what the browser holds.

    step    "provider" (gone to sign in elsewhere), "code" (the second factor is asked), "setup" (it is being set
            up), "in"
    proved_at  when the second factor was last given in it; null where the provider asked for one instead
    state   sealed: what this step needs, and what somebody was typing when their session ended
    agent   what it looks like in the list of sessions: "Firefox, Windows"
    """

    __tablename__ = "staff_session"
    hash: bytes = columns.hashed(32, primary=True)
    organisation: str
    staff: int | None = columns.to("staff", null=True, index=True)
    step: str
    agent: str
    begun_at: datetime = columns.at()
    seen_at: datetime = columns.at()
    ends_at: datetime = columns.at()
    proved_at: datetime | None = columns.at(null=True)
    state: bytes | None = columns.sealed(null=True)


class StaffDevice(SQLModel, table=True):
    """A browser on which somebody has signed in: others' failures do not slow it down."""

    __tablename__ = "staff_device"
    hash: bytes = columns.hashed(32, primary=True)
    organisation: str
    staff: int = columns.to("staff", index=True)
    at: datetime = columns.at()


class StaffFailure(SQLModel, table=True):
    """A failed try. ``counted``: keyed hash of what it counts against (an account from a place, or a place)."""

    __tablename__ = "staff_failure"
    __table_args__ = (Index("ix_staff_failure_counted", "counted", "at"),)
    id: int = columns.row_id()
    organisation: str
    counted: bytes = columns.hashed(16)
    at: datetime = columns.at()


class Audit(SQLModel, table=True):
    """Who did or saw what. ``what``: a code; ``reference`` of the record, "" for none; never words.

    number  of the line in its organisation's chain, from 1; null until it is in it, written by an earlier release
    salt    with which ``mark`` hashes the reference; both salt and reference go when the record is erased
    mark    what the chain knows of the reference (``storage.audit``)
    hash    of the line before and this one
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_organisation", "organisation", "id"),
        Index("ix_audit_reference", "reference", "id"),
    )
    id: int = columns.row_id()
    organisation: str
    staff: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    what: str
    reference: str
    at: datetime = columns.at()
    number: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    salt: bytes | None = columns.hashed(16, null=True)
    mark: bytes | None = columns.hashed(32, null=True)
    hash: bytes | None = columns.hashed(32, null=True)


class CaseStaff(SQLModel, table=True):
    """What a member of staff has to do with a record: "named", "shown", "assigned", "referred" (``storage.about``)."""

    __tablename__ = "case_staff"
    __table_args__ = (Index("ix_case_staff_staff", "staff", "part"),)
    case_id: int = Field(sa_column=Column(Big, ForeignKey("cases.id"), primary_key=True, autoincrement=False))
    staff: int = columns.to("staff", primary=True)
    part: str = Field(primary_key=True)
    organisation: str
    at: datetime = columns.at()


class StaffToken(SQLModel, table=True):
    """A keyed hash of a word of somebody's name, so that a record that names them is kept from them.

    name   counts the names they have had, from 0: an earlier one still keeps what names them from them
    whole  False: any such word where a record names its worker is enough; True: all of one name, anywhere in a record
    """

    __tablename__ = "staff_token"
    staff: int = columns.to("staff", primary=True)
    name: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    token: bytes = Field(sa_column=Column(LargeBinary(8), primary_key=True))
    organisation: str
    whole: bool
