"""``hearback staff``: who may sign in to the console, for the person who runs the machine."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlmodel
import typer

from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from casework.calendar import LONDON
from casework.errors import nearest
from casework.procedure import Profile
from storage import audit, staff
from storage.sealer import Sealer
from storage.staff import Member, Taken
from storage.store import Store

#: The roles of ``console.roles`` (only ``bot/app.py`` may import the console; a test compares the two).
ROLES = ("participation", "officer", "manager", "complaints", "safeguarding", "advocate", "reports", "administrator")


@dataclass(frozen=True)
class _Desk:
    """An open store, and what staff are sealed with."""

    settings: Settings
    found: Mapping[str, Profile]
    store: Store
    sealer: Sealer

    def member(self, login: str) -> Member:
        """By login. Raises Trouble."""
        with self.store.database.reading() as db:
            known = staff.by_login(db, self.sealer, login)
        if known is None or known.organisation not in self.found:
            raise Trouble("Nobody has this login. See: hearback staff list")
        return known

    def link(self, token: str) -> str:
        """What to give somebody who has to choose a password."""
        until = (dt.datetime.now(LONDON) + staff.SETUP).date()
        return (
            f"Give them this link, by a way that only they read; it opens once, until {until.isoformat()}:\n"
            f"  {self.settings.address}/staff/welcome/{token}"
        )


@contextmanager
def opened(settings: Settings) -> Iterator[_Desk]:
    """The store and the profiles of this deployment, closed at the end."""
    found = profiles(settings)
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        yield _Desk(settings, found, store, Sealer(store.vault.ring))
    finally:
        store.close()


def add(
    settings: Settings, login: str, name: str, organisation: str, roles: Sequence[str], services: Sequence[str]
) -> None:
    """Add somebody and print their one-time link. Raises Trouble in words."""
    with opened(settings) as desk:
        profile = _organisation(desk.found, organisation)
        _known_roles(roles)
        _known_services(profile, roles, services)
        now = dt.datetime.now(LONDON)

        def write(db: sqlmodel.Session) -> str:
            connection = db.connection()
            number, token = staff.add(connection, desk.sealer, profile.id, login, name, roles, services, at=now)
            audit.note(connection, profile.id, None, "staff.add", f"staff:{number}", now)
            return token

        try:
            token = desk.store.writer.write(write).result()
        except (Taken, ValueError) as error:
            raise Trouble(str(error)) from None
        typer.echo(f"Added to {profile.name}, as {', '.join(roles)}.\n{desk.link(token)}")


def role(
    settings: Settings, login: str, roles: Sequence[str], services: Sequence[str] | None, disabled: bool | None
) -> None:
    """Give somebody these roles in place of the ones they have; or shut them out, or let them in again."""
    with opened(settings) as desk:
        known = desk.member(login)
        _known_roles(roles)
        wanted = tuple(roles) or tuple(sorted(known.roles))
        held = tuple(known.services) if services is None else tuple(services)
        _known_services(desk.found[known.organisation], wanted, held)
        now = dt.datetime.now(LONDON)

        def write(db: sqlmodel.Session) -> None:
            connection = db.connection()
            staff.change(connection, desk.sealer, known.id, roles=wanted, services=held, disabled=disabled)
            audit.note(connection, known.organisation, None, "staff.role", f"staff:{known.id}", now)

        desk.store.writer.write(write).result()
        shut = known.disabled if disabled is None else disabled
        typer.echo(f"Roles: {', '.join(wanted)}.{' Cannot sign in.' if shut else ''}")


def reset(settings: Settings, login: str) -> None:
    """Forget somebody's password and second factor, sign them out, and print a new one-time link."""
    with opened(settings) as desk:
        known = desk.member(login)
        now = dt.datetime.now(LONDON)

        def write(db: sqlmodel.Session) -> str:
            audit.note(db.connection(), known.organisation, None, "staff.reset", f"staff:{known.id}", now)
            return staff.reset(db.connection(), known.id, now)

        token = desk.store.writer.write(write).result()
        typer.echo(f"Their password and their second factor are forgotten.\n{desk.link(token)}")


def listing(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print the staff of an organisation, or of all."""
    with opened(settings) as desk:
        wanted = [_organisation(desk.found, organisation).id] if organisation else list(desk.found)
        with desk.store.database.reading() as db:
            people = staff.everyone(db, desk.sealer, wanted)
        for of in sorted({one.organisation for one in people}):
            audit.written(desk.store, audit.Deed(of, None, "staff.list", dt.datetime.now(LONDON)))
    for one in people:
        typer.echo(json.dumps(_as_json(one), ensure_ascii=False) if as_json else _line(one))
    if not people and not as_json:
        typer.echo(f"There are no staff yet. Roles: {', '.join(ROLES)}. See: hearback staff add --help", err=True)


def _line(one: Member) -> str:
    how = "cannot sign in" if one.disabled else "has not signed in yet" if one.seen_at is None else ""
    last = f"last in {one.seen_at.astimezone(LONDON):%Y-%m-%d}" if one.seen_at else ""
    parts = (f"{one.login:<30}", f"{one.organisation:<14}", ", ".join(sorted(one.roles)), how or last, one.name)
    return "  ".join(part for part in parts if part)


def _as_json(one: Member) -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.name,
        "organisation": one.organisation,
        "roles": sorted(one.roles),
        "services": sorted(one.services),
        "disabled": one.disabled,
        "second_factor": bool(one.totp),
        "provider": one.provider,
        "seen_at": one.seen_at.isoformat() if one.seen_at else None,
    }


def _organisation(found: Mapping[str, Profile], name: str) -> Profile:
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise Trouble(f"Say which organisation: --organisation NAME. There are: {', '.join(found)}.")
    return found[name]


def _known_roles(roles: Sequence[str]) -> None:
    for one in roles:
        if one not in ROLES:
            raise Trouble(f"There is no role {one!r}. {nearest(one, ROLES)} Roles: {', '.join(ROLES)}.")


def _known_services(profile: Profile, roles: Sequence[str], services: Sequence[str]) -> None:
    for one in services:
        if one not in profile.services:
            raise Trouble(f"{profile.name} has no service {one!r}. There are: {', '.join(profile.services)}.")
    if "manager" in roles and not services:
        raise Trouble(
            "A team manager sees the records of their own services: say which with --service. "
            f"There are: {', '.join(profile.services)}."
        )
