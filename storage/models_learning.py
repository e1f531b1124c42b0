"""The tables of learning: what was learned and is done about it, its public words, and who was told."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage import columns


class Learning(SQLModel, table=True):
    """Something that was learned, and what is done about it (``storage.learning``).

    body       sealed for staff: what was learned, the action, the evidence, the note of the check
    services, themes  codes with spaces between
    owner      the member of staff (id) who owns it
    due        the day by which it is done; ``check_by`` the day on which somebody looks whether it lasted
    state      "open", "done", "lasted", "slipped" (it did not last: it is to be done again)
    version    counts its changes
    published_at  its words stand on the public page since then
    """

    __tablename__ = "learning"
    __table_args__ = (Index("ix_learning_state", "organisation", "state", "due"),)
    id: int = columns.row_id()
    organisation: str
    body: bytes = Field(default=None, sa_column=Column(LargeBinary, nullable=False))
    services: str
    themes: str
    owner: int = columns.row_id(primary=False)
    due: date = columns.day()
    check_by: date | None = columns.day(null=True)
    state: str
    version: int
    by: str
    at: datetime = columns.at()
    done_on: date | None = columns.day(null=True)
    done_by: str = ""
    checked_on: date | None = columns.day(null=True)
    checked_by: str = ""
    published_at: datetime | None = columns.at(null=True)
    published_by: str = ""


class LearningCase(SQLModel, table=True):
    """A record that something was learned from; its own events ``learned`` and ``learning_done`` name the action."""

    __tablename__ = "learning_case"
    __table_args__ = (Index("ix_learning_case_case", "case_id"),)
    learning: int = columns.row_id()
    case_id: int = columns.row_id()
    organisation: str


class LearningText(SQLModel, table=True):
    """ "You said, we did" of an action in one language, written by a person; in the clear: it names nobody."""

    __tablename__ = "learning_text"
    learning: int = columns.row_id()
    language: str = Field(primary_key=True)
    organisation: str
    title: str
    said: str
    did: str
    by: str
    at: datetime = columns.at()


class News(SQLModel, table=True):
    """One sending of "you said, we did" to those who raised it (``storage.news``).

    since, until  the days between which they raised it, both counted
    fallback      a language for whoever's has no text, "" to leave them out
    state         "sending", "stopped", "sent"
    reached       the number of the last talk that was dealt with
    people, refused, unwritten  how many it was for; not to be told; without a text in their language
    """

    __tablename__ = "news"
    __table_args__ = (Index("ix_news_learning", "learning"),)
    id: int = columns.row_id()
    learning: int = columns.row_id(primary=False)
    organisation: str
    since: date = columns.day()
    until: date = columns.day()
    fallback: str
    state: str
    reached: int = columns.row_id(primary=False)
    people: int
    refused: int
    unwritten: int
    by: str
    at: datetime = columns.at()
    ended_at: datetime | None = columns.at(null=True)


class NewsTold(SQLModel, table=True):
    """A person (their talk) who was sent it: once for each action, whatever the number of their records.

    outbox   row of the outbox that carries it, 0 on a page, which shows it itself
    neutral  only that there is a message was sent: others read the phone
    """

    __tablename__ = "news_told"
    __table_args__ = (Index("ix_news_told_news", "news"),)
    learning: int = columns.row_id()
    talk: int = columns.row_id()
    organisation: str
    news: int = columns.row_id(primary=False)
    case_id: int = columns.row_id(primary=False)
    outbox: int = columns.row_id(primary=False)
    neutral: bool
    at: datetime = columns.at()
