"""An organisation's own model replies: one wording for each code and language, each new one a new row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from storage import models_desk
from storage.ids import new_id
from storage.models import table

_TEMPLATE = table(models_desk.Template)


@dataclass(frozen=True, slots=True)
class Template:
    """One wording. ``id`` 0: nobody of the organisation wrote it, it is the shipped one.

    gone  this wording, or the whole reply, was retired
    """

    id: int
    code: str
    language: str
    title: str
    text: str
    by: str = ""
    at: datetime | None = None
    gone: bool = False


class Changed(Exception):
    """Somebody has written another wording since; ``now`` is what stands there, None for nothing."""

    def __init__(self, now: Template | None) -> None:
        super().__init__("the wording is another one now")
        self.now = now


def own(db: Connection, organisation: str) -> tuple[Template, ...]:
    """The wordings in force, by code and language."""
    query = select(_TEMPLATE).where(_TEMPLATE.c.organisation == organisation, _TEMPLATE.c.retired_at.is_(None))
    return tuple(_read(row) for row in db.execute(query.order_by(_TEMPLATE.c.code, _TEMPLATE.c.language)).mappings())


def current(db: Connection, organisation: str, code: str, language: str) -> Template | None:
    """The organisation's own wording in force, None for none."""
    row = db.execute(select(_TEMPLATE).where(*_here(organisation, code, language))).mappings().first()
    return _read(row) if row else None


def save(db: Connection, organisation: str, new: Template, at: datetime, *, instead: int) -> Template:
    """Put a wording in place of ``instead`` (the id of the one that was read, 0 for none). For ``Writer.write``.

    Raises Changed when another one stands there by now. Nothing is lost: the old one stays, retired.
    """
    _replace(db, organisation, new.code, new.language, at, instead)
    row = {
        "id": new_id(), "organisation": organisation, "code": new.code, "language": new.language, "title": new.title,
        "text": new.text, "by": new.by, "at": at, "retired_at": None,
    }  # fmt: skip
    db.execute(insert(_TEMPLATE), row)
    return _read(row)


def retire(db: Connection, organisation: str, code: str, language: str, at: datetime, *, instead: int) -> None:
    """Take the organisation's own wording out; where there is a shipped one, that counts again. Raises Changed."""
    _replace(db, organisation, code, language, at, instead)


def _replace(db: Connection, organisation: str, code: str, language: str, at: datetime, instead: int) -> None:
    now = current(db, organisation, code, language)
    if (now.id if now else 0) != instead:
        raise Changed(now)
    if now:
        db.execute(update(_TEMPLATE).where(*_here(organisation, code, language)).values(retired_at=at))


def _here(organisation: str, code: str, language: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _TEMPLATE.c.organisation == organisation,
        _TEMPLATE.c.code == code,
        _TEMPLATE.c.language == language,
        _TEMPLATE.c.retired_at.is_(None),
    )


def _read(found: Mapping[Any, Any]) -> Template:
    names = ("id", "code", "language", "title", "text", "by", "at")
    return Template(**{name: found[name] for name in names}, gone=found["retired_at"] is not None)
