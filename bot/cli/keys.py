"""``hearback keys``: another key for the ring, while everything goes on."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.cli import Trouble
from bot.config import Settings
from storage import alert_links, resealing
from storage.database import Database, NotSaved, cause
from storage.sealer import Sealer
from storage.secrets import KeyRing
from storage.vault import Vault

#: How long a server may still finish what it began with the ring of before.
UNDER_WAY = timedelta(minutes=1)


def prepare(settings: Settings) -> None:
    """Add a key that nothing uses yet, to be on every machine first. Raises KeyRingMissing or KeyRingWrong."""
    with _alone(settings) as (path, ring):
        name = max(ring.prepared(path).keys, key=int)
    typer.echo(f"Key {name} is in {path}. Copy the file to every other machine, then: hearback keys rotate")


def rotate(settings: Settings) -> None:
    """Use the prepared or a new key, and seal everything anew with it. Servers that run take it up by themselves.

    Raises KeyRingMissing or KeyRingWrong. Broken off, ``reseal`` goes on with it.
    """
    with _alone(settings) as (path, ring):
        ring = ring.rotated(path)
        typer.echo(f"Key {ring.current} wraps, seals and signs from now on.")
        _say(ring, *_everything(settings, ring))
    typer.echo(
        f"Back up {path} again, apart from the database: an older copy does not open what is written from now on."
    )


def reseal(settings: Settings) -> None:
    """Seal whatever an older key still seals with the current one. Raises KeyRingMissing or KeyRingWrong."""
    with _alone(settings) as (_, ring):
        _say(ring, *_everything(settings, ring))


def drop(settings: Settings, at_once: bool, now: datetime) -> None:
    """Take the older keys out of the ring, once nothing is sealed with them and no link is out that they signed.

    at_once  do not wait for the links: those that they signed open nothing any more. Raises Trouble in words.
    """
    with _alone(settings) as (path, ring):
        older = ", ".join(ring.older)
        if not older:
            typer.echo(f"There is no older key: {path} has what is used now, nothing else.")
            return
        since = ring.since.get(ring.current)
        if since is None:
            raise Trouble("The key in use is as old as the others. First: hearback keys rotate")
        if now < (free := since + (UNDER_WAY if at_once else alert_links.LIFE)):
            raise Trouble(
                f"Key {ring.current} is in use since {_shown(since)}. "
                + (
                    "Servers may still be finishing something with the older one: ask again in a minute."
                    if at_once
                    else f"Links in alerts that an older key signed work until {_shown(free)}: ask again then. Where a "
                    "key was stolen, --now drops it at once; whoever comes by such a link then signs in instead."
                )
            )
        wrapped, sealed = _everything(settings, ring)
        if wrapped or sealed.done:
            _say(ring, wrapped, sealed)
            raise Trouble(
                "An older key was still in use for these, so nothing is dropped yet: a rotation was broken off, or "
                f"another machine has an older copy of {path.name}. Copy {path} to every machine, and ask again."
            )
        ring.dropped(path)
        typer.echo(f"Dropped: {older}. What they sealed or signed opens nothing any more.")
        _name(sealed)
    typer.echo(
        f"Copy {path} to every other machine, and back it up again. A backup of the database from before key "
        f"{ring.current} needs the backup of the keys that was made with it."
    )


def _everything(settings: Settings, ring: KeyRing) -> tuple[int, resealing.Resealed]:
    """Data keys that were wrapped anew, and what belongs to staff."""
    vault = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=0)
    many = last = 0
    try:
        while True:
            done, last = vault.rewrap(last)
            many += done
            if not last:
                break
    finally:
        vault.close()
    try:
        database = Database(settings.database_url)
        try:
            sealed = resealing.reseal(database, Sealer(ring))
            database.tidy()
        finally:
            database.close()
    except (SQLAlchemyError, NotSaved) as error:
        raise Trouble(
            f"The database is away or too busy ({cause(error)}): older keys still seal something there. All goes "
            "on; to finish: hearback keys reseal"
        ) from error
    return many, sealed


def _say(ring: KeyRing, wrapped: int, sealed: resealing.Resealed) -> None:
    typer.echo(
        f"With key {ring.current} now: {wrapped} data keys wrapped, {sealed.done} values sealed that belong to staff, "
        "alerts, webhooks and reports."
    )
    _name(sealed)
    if ring.older:
        typer.echo(f"Older and still opening: {', '.join(ring.older)}. In a week: hearback keys drop")


def _name(sealed: resealing.Resealed) -> None:
    if sealed.shut:
        typer.echo(f"These open with no key of the ring, and stay as they are: {', '.join(sealed.shut)}")


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M} UTC"


@contextmanager
def _alone(settings: Settings) -> Iterator[tuple[Path, KeyRing]]:
    """The ring, which nobody else changes meanwhile: of two that did, one would lose its key. Raises Trouble."""
    path = settings.ring_file
    KeyRing.load(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble("Somebody else is changing the keys just now. Ask again when they are done.") from None
        yield path, KeyRing.load(path)
    finally:
        os.close(handle)
