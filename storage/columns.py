"""What the columns of every table are made of: numbers, moments, days, sealed bytes, rows of other tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

#: 64 bits on both engines; on SQLite an INTEGER key is the row's own number, without a second index.
Big = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC; a naive one is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """On the way in: UTC. Raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone: pass an aware datetime")
        return value.astimezone(UTC)

    def bind_processor(self, dialect: Any) -> Any:
        """On SQLite the text that its own type makes, made in a quarter of the time: a turn writes ten moments."""
        return _text_of if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """On the way out: aware, in UTC; SQLite keeps no zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _text_of(value: datetime | None) -> str | None:
    """A moment as SQLAlchemy keeps it in SQLite."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a stored time needs a time zone: pass an aware datetime")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def row_id(*, primary: bool = True) -> Any:
    """A number that the program makes (``storage.ids``): the row's own, or one of several that are its key."""
    return Field(sa_column=Column(Big, primary_key=primary, autoincrement=False, nullable=False))


def number(*, null: bool = False) -> Any:
    """A number of 64 bits, such as that of a row which may have gone."""
    return Field(default=None, sa_column=Column(Big, nullable=null))


def to(target: str, *, null: bool = False, index: bool = False, primary: bool = False) -> Any:
    """A row of the table ``target``, which must be there."""
    key = ForeignKey(f"{target}.id")
    column: Column[int] = Column(Big, key, nullable=null, index=index, primary_key=primary, autoincrement=False)
    return Field(default=None, sa_column=column)


def sealed(*, null: bool = False) -> Any:
    """Sealed bytes (``storage.secrets``)."""
    return Field(default=None, sa_column=Column(LargeBinary, nullable=null))


def hashed(length: int, *, null: bool = False, primary: bool = False, unique: bool = False) -> Any:
    """A hash of ``length`` bytes."""
    made = LargeBinary(length)
    return Field(default=None, sa_column=Column(made, nullable=null, primary_key=primary, unique=unique or None))


def at(*, null: bool = False, index: bool = False) -> Any:
    """A moment."""
    return Field(default=None, sa_column=Column(Moment, nullable=null, index=index))


def day(*, null: bool = False, index: bool = False, primary: bool = False) -> Any:
    """A day of the calendar."""
    return Field(default=None, sa_column=Column(Date, nullable=null, index=index, primary_key=primary))
