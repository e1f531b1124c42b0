"""The tables. Every row carries its organisation; nothing crosses.

Words, names, numbers and addresses are ``bytes`` columns, sealed by ``storage.secrets``; what is
in the clear is codes, times and counts. Ids are made by the program (``storage.ids``), so that a
row can be sealed to its place before it is written.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, text
from sqlmodel import Field, SQLModel

from storage import columns
from storage.columns import Big, Moment
from storage.ids import written


class Talk(SQLModel, table=True):
    """One person's conversation on one endpoint.

    sender_hash  keyed hash of (organisation, channel, endpoint, sender)
    key          data key that seals what they say from here on
    turn_no      counts the turns; a writer that read an older one must read again
    session      sealed flows.session.Session
    address      sealed sender, where a later message has to find them (not on the web)
    last_seq     number of the last message in the log
    shown_from   first message that the web page may show; older ones need the receipt
    draft_from   first message that belongs to no filed record: what DELETE erases
    """

    __tablename__ = "talk"
    __table_args__ = (
        Index(
            "ix_talk_wake",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
    )
    id: int = columns.row_id()
    organisation: str
    channel: str
    endpoint: str
    sender_hash: bytes = Field(sa_column=Column(LargeBinary(16), nullable=False, unique=True))
    key: int = Field(sa_column=Column(Big, nullable=False))
    turn_no: int
    session: bytes = columns.sealed()
    address: bytes | None = columns.sealed(null=True)
    language: str
    wake_at: datetime | None = columns.at(null=True)
    last_seq: int
    shown_from: int
    draft_from: int
    last_said_at: datetime = columns.at()
    created_at: datetime = columns.at()
    revoked_at: datetime | None = columns.at(null=True)


class Inbound(SQLModel, table=True):
    """What a channel handed over, once: ``id`` is a keyed hash of (organisation, endpoint, external_id).

    external_id  the provider's, sealed: a channel may have put anything into it
    state        "taken", "waiting" (a look-up is under way) or "parked" (kept for staff)
    sealed       what is still needed while it waits or is parked
    """

    __tablename__ = "inbound"
    id: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    organisation: str
    endpoint: str
    external_id: bytes = columns.sealed()
    talk: int = columns.to("talk", index=True)
    at: datetime = columns.at()
    state: str
    first_seq: int
    last_seq: int
    case_id: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    sealed: bytes | None = columns.sealed(null=True)


class Message(SQLModel, table=True):
    """The log of a talk. ``direction`` is "in" or "out"; ``secret`` holds a receipt while it may be shown."""

    __tablename__ = "message"
    talk: int = columns.to("talk", primary=True)
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    organisation: str
    direction: str
    at: datetime = columns.at()
    body: bytes = columns.sealed()
    secret: bytes | None = columns.sealed(null=True)


class Outbox(SQLModel, table=True):
    """One message to deliver; ``body`` goes when it is sent.

    state    "due", "claimed", "sent", "failed" (given up); then what the provider reports: "delivered", "undelivered"
    error    a code, never words; of what waits for its person to write, how that stands (``storage.windows``)
    purpose  "" for an answer in the talk; else why it is sent of ourselves (``storage.sending``), about ``case_id``:
             it passes the gate of safe contact when it is written and again when it leaves
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_open",
            "talk",
            "id",
            sqlite_where=text("state IN ('due', 'claimed')"),
            postgresql_where=text("state IN ('due', 'claimed')"),
        ),
        Index(
            "ix_outbox_next",
            "next_at",
            sqlite_where=text("state IN ('due', 'claimed')"),
            postgresql_where=text("state IN ('due', 'claimed')"),
        ),
    )
    id: int = columns.row_id()
    organisation: str
    talk: int = columns.to("talk")
    seq: int
    channel: str
    endpoint: str
    body: bytes | None = columns.sealed(null=True)
    state: str
    attempts: int
    next_at: datetime = columns.at()
    created_at: datetime = columns.at()
    sent_at: datetime | None = columns.at(null=True)
    provider_id: str = ""
    error: str = ""
    purpose: str = Field(default="", sa_column=Column(String, nullable=False, server_default=text("''")))
    case_id: int | None = Field(default=None, sa_column=Column(Big, nullable=True))


class Case(SQLModel, table=True):
    """A record: number ``number`` of its talk; ``events`` counts what happened to it (``storage.casefile``).

    stage           how it stands, as the person is told (``casework.told.standing``)
    place           where it stands in its procedure (``casework.case``)
    profile         the version of the procedure it was opened under (``ProfileVersion``)
    acknowledge_by  the day the person was promised for an acknowledgement, and for an answer
    changed_at      when anything of it was last written (``storage.changes``)
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_number", "talk", "number", unique=True),
        Index("ix_cases_place", "organisation", "place", "id"),
        Index("ix_cases_changed", "organisation", "changed_at"),
    )
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    talk: int = columns.to("talk")
    number: int
    reference: str = Field(sa_column=Column(String, nullable=False, unique=True))
    kind: str
    channel: str
    language: str
    complete: bool
    stage: str
    place: str
    profile: str
    acknowledge_by: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    answer_by: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    key: int = Field(sa_column=Column(Big, nullable=False))
    events: int
    begun_at: datetime = columns.at(index=True)
    filed_at: datetime | None = columns.at(null=True)
    receipt_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True, unique=True))
    changed_at: datetime | None = Field(default=None, sa_column=Column(Moment, default=written, onupdate=written))


class CaseEvent(SQLModel, table=True):
    """What happened to a record, never changed. ``who``: "person", "system" or a member of staff.

    type  a kind of ``casework.record.CaseEvent``; besides, of what a person does in a talk: "updated", "changed",
          "contact", which move nothing
    body  sealed: what was said, and the details of the event
    """

    __tablename__ = "case_event"
    case_id: int = columns.to("cases", primary=True)
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    organisation: str
    at: datetime = columns.at()
    who: str
    type: str
    body: bytes = columns.sealed()


class CaseFact(SQLModel, table=True):
    """A coded value of a record, without words: what reports count; survives erasure."""

    __tablename__ = "case_fact"
    __table_args__ = (Index("ix_case_fact_value", "organisation", "fact", "value", "case_id"),)
    case_id: int = columns.to("cases", primary=True)
    fact: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    organisation: str


class CaseDue(SQLModel, table=True):
    """A clock of a record that runs or is paused; rewritten when something happens to the record.

    stage   the stage of the record when it was written
    due     the last day, and ``moment`` from which it has been missed, ``warn`` from which it is soon; null in a pause
    window  the person's time, which is nobody's to keep
    warned  staff have been told that it is soon; ``late``: that it was missed
    """

    __tablename__ = "case_due"
    __table_args__ = (Index("ix_case_due_moment", "organisation", "window", "moment"),)
    case_id: int = columns.to("cases", primary=True)
    clock: str = Field(primary_key=True)
    organisation: str
    name: str
    stage: str
    due: date | None = Field(default=None, sa_column=Column(Date, nullable=True, index=True))
    moment: datetime | None = columns.at(null=True)
    warn: datetime | None = columns.at(null=True)
    paused: bool
    window: bool
    warned: bool
    late: bool


class SearchToken(SQLModel, table=True):
    """A keyed hash of a word of a record, by which it is found (``storage.words``)."""

    __tablename__ = "search_token"
    __table_args__ = {"sqlite_with_rowid": False}
    token: bytes = Field(sa_column=Column(LargeBinary(8), primary_key=True))
    case_id: int = columns.to("cases", primary=True, index=True)
    organisation: str


class Alert(SQLModel, table=True):
    """A sign of danger in a talk, about its record ``number``. ``matched``: sealed words that raised it."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "ix_alert_open",
            "organisation",
            sqlite_where=text("acknowledged_at IS NULL"),
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
    )
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    talk: int = columns.to("talk", index=True)
    number: int
    level: str
    categories: str
    matched: bytes = columns.sealed()
    at: datetime = columns.at()
    acknowledged_at: datetime | None = columns.at(null=True)
    acknowledged_by: str = ""


class Task(SQLModel, table=True):
    """Something a person has to do about a talk's record ``number`` (0: about the talk; no talk: the deployment).

    why    asked, call, contact, media, unsafe, stuck, stopped, interpreter (``flows.session.CallPerson``); of the
           clocks: soon, overdue, moved; number (a help line or duty line to be checked again)
    about  the clock, or the line; ``due`` its day
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_open",
            "organisation",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    id: int = columns.row_id()
    organisation: str = Field(index=True)
    talk: int | None = columns.to("talk", null=True, index=True)
    number: int
    why: str
    about: str = ""
    due: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    words: bytes | None = columns.sealed(null=True)
    at: datetime = columns.at()
    done_at: datetime | None = columns.at(null=True)


class Media(SQLModel, table=True):
    """A sealed file. ``state``: "placed" when it may still say where it was made; ``sha``: keyed hash of content."""

    __tablename__ = "media"
    id: str = Field(primary_key=True)
    organisation: str
    talk: int | None = columns.to("talk", null=True, index=True)
    seq: int = 0
    kind: str
    mime: str
    size: int
    sha: str
    key: int = Field(sa_column=Column(Big, nullable=False))
    state: str
    at: datetime = columns.at()


class Guess(SQLModel, table=True):
    """A receipt that opened nothing, by whom (their keyed hash): what the limit counts."""

    __tablename__ = "guess"
    __table_args__ = (
        Index("ix_guess_sender", "sender_hash", "at"),
        Index("ix_guess_organisation", "organisation", "at"),
    )
    id: int = columns.row_id()
    organisation: str
    sender_hash: bytes = Field(sa_column=Column(LargeBinary(16), nullable=False))
    at: datetime = columns.at()


class Doomed(SQLModel, table=True):
    """A key or a file whose end is decided: carried out after the commit, or at the next start."""

    __tablename__ = "doomed"
    id: int = columns.row_id()
    organisation: str
    kind: str
    what: str


class Meta(SQLModel, table=True):
    """What this database belongs with (the fingerprint of its key ring)."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    organisation: str = ""
    value: str


def table(model: type[SQLModel]) -> Table:
    """The table of a model, for Core statements."""
    found: Table = SQLModel.metadata.tables[str(model.__tablename__)]
    return found
