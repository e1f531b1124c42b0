"""Staff: adding, finding and changing them, and what they sign in with."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from storage import models_staff, words
from storage.ids import new_id
from storage.models import table
from storage.sealer import Sealer, digest

_STAFF = table(models_staff.Staff)
_RECOVERY = table(models_staff.StaffRecovery)
_SESSION = table(models_staff.StaffSession)
_DEVICE = table(models_staff.StaffDevice)

#: Whose name was let go is a number only (``storage.rights_besides``).
_NAMED = _STAFF.c.name != b""
#: How long a one-time link to choose a password opens.
SETUP = timedelta(days=7)


class Taken(Exception):
    """Somebody has this login already."""


class LastAdministrator(Exception):
    """Nobody of the organisation could manage its staff any more."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff.

    password  argon2id hash, "" before one is set; ``totp``: secret of the second factor, "" before it is set up
    totp_step the last time step whose code was used: no code counts twice
    provider  whether they have come from the OpenID Connect provider
    waiting   whether a one-time link for them is open until a time
    """

    id: int
    organisation: str
    login: str
    name: str
    roles: frozenset[str]
    services: frozenset[str]
    language: str
    disabled: bool
    password: str = field(repr=False)
    totp: str = field(repr=False)
    totp_step: int
    provider: bool
    waiting: datetime | None
    seen_at: datetime | None


def spelt(login: str) -> str:
    """A login in its one spelling: e-mail addresses are typed in any case."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def login_problem(login: str) -> str:
    """What is wrong with a login, "" for nothing."""
    if not 3 <= len(spelt(login)) <= 100 or any(char.isspace() or not char.isprintable() for char in spelt(login)):
        return "A login is 3 to 100 characters without spaces; an e-mail address is a good one."
    return ""


def add(
    db: Connection,
    sealer: Sealer,
    organisation: str,
    login: str,
    name: str,
    roles: Iterable[str],
    services: Iterable[str] = (),
    *,
    at: datetime,
    language: str = "en",
) -> tuple[int, str]:
    """A new member: (their id, the token of their one-time link). Raises Taken, or ValueError for a bad login."""
    if problem := login_problem(login):
        raise ValueError(problem)
    hashed = sealer.hashed("login", spelt(login))
    if db.execute(select(_STAFF.c.id).where(_STAFF.c.login_hash == hashed)).first():
        raise Taken("Somebody has this login already; choose another one.")
    number, token = new_id(), secrets.token_urlsafe(24)
    row: dict[str, Any] = {
        "id": number,
        "organisation": organisation,
        "login_hash": hashed,
        "login": sealer.seal(f"staff.login:{number}", login.strip()),
        "name": sealer.seal(f"staff.name:{number}", name.strip() or login.strip()),
        "password": "",
        "totp": None,
        "totp_step": 0,
        "subject": None,
        "setup": digest(token),
        "setup_until": at + SETUP,
        "roles": _joined(roles),
        "services": _joined(services),
        "language": language,
        "disabled": False,
        "created_at": at,
        "seen_at": None,
    }
    db.execute(insert(_STAFF), row)
    words.introduce(db, sealer.ring, organisation, number, name)
    return number, token


def member(db: Connection, sealer: Sealer, number: int) -> Member | None:
    """By id."""
    return _one(db, sealer, _STAFF.c.id == number)


def by_login(db: Connection, sealer: Sealer, login: str) -> Member | None:
    """By login, in any spelling."""
    return _one(db, sealer, _STAFF.c.login_hash == sealer.hashed("login", spelt(login)))


def by_subject(db: Connection, sealer: Sealer, issuer: str, subject: str) -> Member | None:
    """By who they are at the OpenID Connect provider."""
    return _one(db, sealer, _STAFF.c.subject == sealer.hashed("subject", issuer, subject))


def by_setup(db: Connection, sealer: Sealer, token: str, at: datetime) -> Member | None:
    """Whose one-time link this is, while it opens."""
    return _one(db, sealer, _STAFF.c.setup == digest(token), _STAFF.c.setup_until > at, _STAFF.c.disabled.is_(False))


def everyone(db: Connection, sealer: Sealer, organisations: Sequence[str]) -> list[Member]:
    """The staff of organisations, by name."""
    rows = db.execute(select(_STAFF).where(_STAFF.c.organisation.in_(organisations), _NAMED)).mappings()
    return sorted((_member(sealer, row) for row in rows), key=lambda one: (one.organisation, one.name.casefold()))


def count(db: Connection, organisation: str = "") -> int:
    """How many there are, of an organisation or of all."""
    query = select(func.count()).where(_NAMED)
    return int(db.execute(query.where(_STAFF.c.organisation == organisation) if organisation else query).scalar_one())


def _one(db: Connection, sealer: Sealer, *where: Any) -> Member | None:
    row = db.execute(select(_STAFF).where(_NAMED, *where)).mappings().first()
    return _member(sealer, row) if row else None


def _member(sealer: Sealer, row: Any) -> Member:
    number = row["id"]
    return Member(
        id=number,
        organisation=row["organisation"],
        login=sealer.unseal(f"staff.login:{number}", row["login"]),
        name=sealer.unseal(f"staff.name:{number}", row["name"]),
        roles=frozenset(row["roles"].split()),
        services=frozenset(row["services"].split()),
        language=row["language"],
        disabled=row["disabled"],
        password=row["password"],
        totp=sealer.unseal(f"staff.totp:{number}", row["totp"]) if row["totp"] else "",
        totp_step=row["totp_step"],
        provider=row["subject"] is not None,
        waiting=row["setup_until"] if row["setup"] else None,
        seen_at=row["seen_at"],
    )


# Changing ---------------------------------------------------------------------------------------


def change(
    db: Connection,
    sealer: Sealer,
    number: int,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    services: Iterable[str] | None = None,
    language: str | None = None,
    disabled: bool | None = None,
) -> None:
    """Change what is given. Whoever is disabled is signed out everywhere at once."""
    new: dict[str, Any] = {}
    if name is not None:
        new["name"] = sealer.seal(f"staff.name:{number}", name.strip())
    if roles is not None:
        new["roles"] = _joined(roles)
    if services is not None:
        new["services"] = _joined(services)
    if language is not None:
        new["language"] = language
    if disabled is not None:
        new["disabled"] = disabled
    if new:
        db.execute(update(_STAFF).where(_STAFF.c.id == number).values(**new))
    if name is not None:
        organisation = db.execute(select(_STAFF.c.organisation).where(_STAFF.c.id == number)).scalar_one()
        words.introduce(db, sealer.ring, organisation, number, name)
    if disabled:
        for held in (_SESSION, _DEVICE):
            db.execute(delete(held).where(held.c.staff == number))


def call(db: Connection, sealer: Sealer, member: Member, name: str) -> None:
    """People know somebody by this name too: what names them by it is kept from them."""
    words.introduce(db, sealer.ring, member.organisation, member.id, name, called=True)


def keep_administrator(db: Connection, organisation: str) -> None:
    """Raises LastAdministrator when no administrator of the organisation is left who can sign in.

    For the transaction that has just taken the role, or the way in, from one.
    """
    can = or_(_STAFF.c.password != "", _STAFF.c.subject.is_not(None))
    left = select(_STAFF.c.id).where(
        _STAFF.c.organisation == organisation,
        _STAFF.c.roles.contains("administrator"),
        _STAFF.c.disabled.is_(False),
        can,
    )
    if db.execute(left.limit(1)).first() is None:
        raise LastAdministrator


def reset(db: Connection, number: int, at: datetime) -> str:
    """Forget how somebody signs in and sign them out; the token of a new one-time link."""
    token = secrets.token_urlsafe(24)
    db.execute(
        update(_STAFF)
        .where(_STAFF.c.id == number)
        .values(password="", totp=None, totp_step=0, subject=None, setup=digest(token), setup_until=at + SETUP)
    )
    for held in (_SESSION, _DEVICE, _RECOVERY):
        db.execute(delete(held).where(held.c.staff == number))
    return token


def set_password(db: Connection, number: int, hashed: str) -> None:
    """A new password (its hash); a one-time link is used up."""
    db.execute(update(_STAFF).where(_STAFF.c.id == number).values(password=hashed, setup=None, setup_until=None))


def set_totp(db: Connection, sealer: Sealer, number: int, secret: str, step: int) -> None:
    """A new second factor, whose code of this time step has been used."""
    sealed = sealer.seal(f"staff.totp:{number}", secret)
    db.execute(update(_STAFF).where(_STAFF.c.id == number).values(totp=sealed, totp_step=step))


def use_totp(db: Connection, number: int, step: int) -> bool:
    """Take a code of this time step; False when it, or a later one, was used before."""
    done = db.execute(update(_STAFF).where(_STAFF.c.id == number, _STAFF.c.totp_step < step).values(totp_step=step))
    return bool(done.rowcount)


def set_recovery(db: Connection, organisation: str, number: int, codes: Iterable[str]) -> None:
    """New recovery codes in place of the old ones."""
    db.execute(delete(_RECOVERY).where(_RECOVERY.c.staff == number))
    rows = [{"hash": _recovery(number, code), "organisation": organisation, "staff": number} for code in codes]
    db.execute(insert(_RECOVERY), rows)


def use_recovery(db: Connection, number: int, code: str) -> bool:
    """Use a recovery code up; False when there is none like it."""
    done = db.execute(delete(_RECOVERY).where(_RECOVERY.c.hash == _recovery(number, code)))
    return bool(done.rowcount)


def recovery_left(db: Connection, number: int) -> int:
    """How many recovery codes somebody has left."""
    return int(db.execute(select(func.count()).where(_RECOVERY.c.staff == number)).scalar_one())


def set_subject(db: Connection, sealer: Sealer, number: int, issuer: str, subject: str) -> bool:
    """Remember who they are at the provider; False when they are somebody else there already.

    An e-mail address can be given to another person; a subject cannot. So the address counts only once.
    """
    hashed = sealer.hashed("subject", issuer, subject)
    done = db.execute(
        update(_STAFF)
        .where(_STAFF.c.id == number, or_(_STAFF.c.subject.is_(None), _STAFF.c.subject == hashed))
        .values(subject=hashed, setup=None, setup_until=None)
    )
    return bool(done.rowcount)


def new_codes(many: int = 10) -> tuple[str, ...]:
    """Recovery codes to show once: 59 random bits each, like "x7km-42rt-9qhd"."""
    signs = "23456789abcdefghjkmnpqrstuvwxyz"
    return tuple("-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(3)) for _ in range(many))


def _recovery(number: int, code: str) -> bytes:
    return digest(f"{number}:" + "".join(sign for sign in code.casefold() if sign.isalnum()))


def _joined(values: Iterable[str]) -> str:
    return " ".join(sorted(set(values)))
