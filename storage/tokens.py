"""Tokens: what a program of one organisation signs in with, and what it may do. Shown once, kept as a hash.

A token says what it may see as a role does for staff: without ``restricted`` a record with a sign of danger, one that
may accuse an adult who works with children, or one that is for few, is not there for it; without ``words`` nothing
that anybody said is.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, not_, or_, select, update

from storage import models_integration, restricting
from storage.about import About, accused, danger
from storage.ids import new_id
from storage.models import table
from storage.sealer import digest

_TOKEN = table(models_integration.ApiToken)
_WEBHOOK = table(models_integration.Webhook)

#: What a token may do -> what that is, in words for people.
SCOPES: Mapping[str, str] = {
    "records": "See records without their words: kind, stage, dates, services, coded facts",
    "words": "Read what people said and what staff wrote, in the records it may see",
    "restricted": "See records with a sign of danger, and allegations, as well",
    "file": "File records, as an entry by staff",
    "reports": "Read reports as data",
    "webhooks": "Set up and end webhooks",
}
#: The scopes that let a program read records: only somebody who may read every record gives them.
READING = frozenset({"records", "words", "restricted"})
#: In front of every token, so that it is known for one wherever it turns up.
MARK = "hearback_"
#: Letters of it that are shown in lists.
SHOWN = 6
#: The longest and the usual time that one is good for.
LONGEST, USUAL = timedelta(days=731), timedelta(days=365)
#: Its last use is written down at most this often.
OFTEN = timedelta(minutes=1)
#: Letters that a name may have.
MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A token without itself. ``name``: of the program, as people call it."""

    id: int
    organisation: str
    name: str
    prefix: str
    scopes: frozenset[str]
    by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    @property
    def who(self) -> str:
        """How an event names it."""
        return f"api:{self.name}"

    def live(self, now: datetime) -> bool:
        """Whether it opens anything at an aware time."""
        return self.revoked_at is None and now < self.expires_at

    def may(self, scope: str) -> bool:
        """Whether a scope was given to it."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Whole:
    """The reach of a program for lists (``storage.reach``): its organisation; ``seen`` narrows it further."""

    organisation: str
    staff: int
    all: bool = True
    services: Collection[str] = field(default_factory=frozenset)
    danger: bool = False
    referred: bool = False
    knows: str = "all"


def problem(name: str, scopes: Collection[str], life: timedelta) -> str:
    """What is wrong with a new token, "" for nothing."""
    unknown = sorted(set(scopes) - SCOPES.keys())
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
        return f"Give it the name of the program that will use it, at most {MOST_NAME} letters."
    if unknown or not scopes:
        given = f"There is no scope “{unknown[0]}”" if unknown else "It may do nothing"
        return f"{given}: give it one or more of {', '.join(SCOPES)}."
    if not timedelta(days=1) <= life <= LONGEST:
        return f"Let it last 1 to {LONGEST.days} days."
    return ""


def make(
    db: Connection,
    organisation: str,
    name: str,
    scopes: Collection[str],
    by: str,
    at: datetime,
    life: timedelta = USUAL,
) -> tuple[Token, str]:
    """A new token: (what is known of it, itself, never to be had again). ValueError in words. For ``Writer.write``."""
    if wrong := problem(name, scopes, life):
        raise ValueError(wrong)
    token = MARK + secrets.token_urlsafe(32)
    made = Token(
        new_id(), organisation, name.strip(), token[: len(MARK) + SHOWN], frozenset(scopes), by, at, at + life
    )  # fmt: skip
    row = {
        "id": made.id,
        "organisation": organisation,
        "name": made.name,
        "prefix": made.prefix,
        "hash": digest(token),
        "scopes": " ".join(one for one in SCOPES if one in made.scopes),
        "by": by,
        "created_at": at,
        "expires_at": made.expires_at,
        "revoked_at": None,
        "used_at": None,
    }
    db.execute(insert(_TOKEN), row)
    return made, token


def find(db: Connection, token: str) -> Token | None:
    """The token that somebody holds, live or not; None for none of ours."""
    if not token.startswith(MARK) or len(token) > 200:
        return None
    row = db.execute(select(_TOKEN).where(_TOKEN.c.hash == digest(token))).mappings().first()
    return _token(row) if row else None


def every(db: Connection, organisation: str) -> list[Token]:
    """The tokens of an organisation, ended ones too, the newest first."""
    query = select(_TOKEN).where(_TOKEN.c.organisation == organisation).order_by(_TOKEN.c.id.desc())
    return [_token(row) for row in db.execute(query).mappings()]


def revoke(db: Connection, organisation: str, number: int, at: datetime) -> bool:
    """End a token and the webhooks that it made, at once; False where there is none. For ``Writer.write``."""
    mine = (_TOKEN.c.id == number, _TOKEN.c.organisation == organisation, _TOKEN.c.revoked_at.is_(None))
    if db.execute(update(_TOKEN).where(*mine).values(revoked_at=at)).rowcount != 1:
        return False
    made = (_WEBHOOK.c.token == number, _WEBHOOK.c.organisation == organisation, _WEBHOOK.c.ended_at.is_(None))
    db.execute(update(_WEBHOOK).where(*made).values(ended_at=at))
    return True


def used(db: Connection, token: Token, at: datetime) -> None:
    """Remember that it was used. For ``Writer.write``."""
    if token.used_at is None or at - token.used_at > OFTEN:
        db.execute(update(_TOKEN).where(_TOKEN.c.id == token.id).values(used_at=at))


def _token(row: RowMapping) -> Token:
    given = {name: row[name] for name in Token.__dataclass_fields__ if name != "scopes"}
    return Token(**given, scopes=frozenset(row["scopes"].split()))


# What it may see ----------------------------------------------------------------------------------


def sees(restricted: bool, about: About | None, organisation: str) -> bool:
    """Whether a program may know of a record; ``restricted``: it has that scope."""
    if about is None or about.organisation != organisation:
        return False
    return restricted or not (about.danger or about.accused or about.restricted)


def seen(restricted: bool) -> ColumnElement[bool] | None:
    """The same as a condition on ``cases``; None where everything of the organisation is seen."""
    return None if restricted else not_(or_(danger(), accused(), restricting.restricted()))
