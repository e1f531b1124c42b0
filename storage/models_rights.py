"""The tables of data rights: marks on records, requests, the ends of the audit's chains, what its lists showed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Date, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage import columns


class CaseMark(SQLModel, table=True):
    """A record is held ("hold": nothing erases it) or its use is limited ("limited": kept, seen, and not worked with).

    why  sealed with the record's own key
    """

    __tablename__ = "case_mark"
    __table_args__ = (Index("ix_case_mark_mark", "organisation", "mark"),)
    case_id: int = columns.row_id()
    mark: str = Field(primary_key=True)
    organisation: str
    why: bytes = Field(default=None, sa_column=Column(LargeBinary, nullable=False))
    by: str
    at: datetime = columns.at()


class RightsRequest(SQLModel, table=True):
    """What somebody asked under their rights. An ended one says only what was done, when, and by whom.

    kind   "access", "erasure", "rectification", "restriction"
    state  "open", "released" (the copy waits until ``until``), "done", "refused"
    key    data key of its own: it seals ``body`` and the copy, and is destroyed with them
    body   sealed JSON: what is covered, why; null when it is over
    due    the last day to answer
    file   the sealed copy in the folder of files, "" for none
    """

    __tablename__ = "rights_request"
    __table_args__ = (Index("ix_rights_request_state", "organisation", "state", "due"),)
    id: int = columns.row_id()
    organisation: str
    kind: str
    state: str
    key: int = columns.row_id(primary=False)
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    records: int
    by: str
    at: datetime = columns.at()
    due: date = Field(default=None, sa_column=Column(Date, nullable=False))
    ended_by: str = ""
    ended_at: datetime | None = columns.at(null=True)
    until: datetime | None = columns.at(null=True)
    file: str = ""
    version: int


class RightsCase(SQLModel, table=True):
    """A record that a worker chose for a request."""

    __tablename__ = "rights_case"
    __table_args__ = (Index("ix_rights_case_case", "case_id"),)
    request: int = columns.row_id()
    case_id: int = columns.row_id()
    organisation: str


class AuditHead(SQLModel, table=True):
    """The end of an organisation's chain of audit lines: how many, and the hash of the last one."""

    __tablename__ = "audit_head"
    organisation: str = Field(primary_key=True)
    number: int = columns.row_id(primary=False)
    hash: bytes = Field(default=None, sa_column=Column(LargeBinary(32), nullable=False))


class AuditRecord(SQLModel, table=True):
    """How the audit's lists know a record: by a random number, which goes when the record is erased.

    number  eight random bytes
    since   no line of the audit before this id can have it
    """

    __tablename__ = "audit_record"
    case_id: int = columns.row_id()
    organisation: str
    number: bytes = Field(default=None, sa_column=Column(LargeBinary(8), nullable=False))
    since: int = columns.row_id(primary=False)


class AuditList(SQLModel, table=True):
    """The records that one line of the audit showed together: their numbers (``AuditRecord``), one after another."""

    __tablename__ = "audit_list"
    __table_args__ = (Index("ix_audit_list_organisation", "organisation", "id"),)
    id: int = columns.row_id()
    organisation: str
    records: bytes = Field(default=None, sa_column=Column(LargeBinary, nullable=False))
