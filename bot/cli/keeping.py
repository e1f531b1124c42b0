"""The commands that keep a deployment: moving, backups, restoring, its keys. Nothing heavy is imported before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import Data, settings_of

keys = typer.Typer(help="The keys that seal what people say.", no_args_is_help=True, rich_markup_mode=None)


def migrate(
    to: Annotated[str, typer.Option(help="Address of a new, empty PostgreSQL database.")] = "",
    keys_to: Annotated[
        str, typer.Option(help="Address of another one for the keys; `stay` leaves them in their file.")
    ] = "",
    back: Annotated[bool, typer.Option("--back", help="Give a move up: the files here are in use again.")] = False,
    data: Data = None,
) -> None:
    """Move everything from the embedded database to PostgreSQL, verified; run it again where it broke off."""
    from bot.cli import migrate

    settings = settings_of(data=data)
    if back:
        migrate.back(settings)
    elif not to or not keys_to:
        raise typer.BadParameter("say where to: hearback migrate --to postgresql://… --keys-to postgresql://…")
    else:
        migrate.move(settings, to, keys_to)


def backup(
    folder: Annotated[Path, typer.Argument(help="Folder of the backups; each is a folder in it.")],
    keys: Annotated[Path, typer.Option(help="Folder for the keys, elsewhere: not in that of the backups.")],
    keep_keys: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="DAYS",
            help="Backups of keys in that folder that are older are destroyed: only so is in no copy what was erased.",
        ),
    ] = 30,
    data: Data = None,
) -> None:
    """Back everything up while it runs, and verify it; the keys apart, and the older ones of them destroyed."""
    from bot.cli import backup

    backup.make(settings_of(data=data), folder, keys, keep_keys)


def restore(
    folder: Annotated[Path, typer.Argument(help="One backup: the folder that has manifest.json in it.")],
    keys: Annotated[
        Path | None, typer.Option(help="The keys that were backed up with it; without it those here are used.")
    ] = None,
    data: Data = None,
) -> None:
    """Restore a backup into an empty deployment, verified before and after; what was erased since stays erased."""
    from bot.cli import backup

    backup.restore(settings_of(data=data), folder, keys)


@keys.command("prepare")
def keys_prepare(data: Data = None) -> None:
    """Add a key that nothing uses yet, to copy the ring to every machine before the key is used."""
    from bot.cli.keys import prepare

    prepare(settings_of(data=data))


@keys.command("rotate")
def keys_rotate(data: Data = None) -> None:
    """Use a new key, or the prepared one, and seal everything with it while Hearback goes on; older keys still open."""
    from bot.cli.keys import rotate

    rotate(settings_of(data=data))


@keys.command("reseal")
def keys_reseal(data: Data = None) -> None:
    """Seal with the key of now what an older one still seals: goes on where a rotation was broken off."""
    from bot.cli.keys import reseal

    reseal(settings_of(data=data))


@keys.command("drop")
def keys_drop(
    at_once: Annotated[bool, typer.Option("--now", help="Do not wait a week for links in alerts; they end.")] = False,
    data: Data = None,
) -> None:
    """Take the older keys out of the ring: they open nothing any more. Refused while anything needs them."""
    from bot.cli.keys import drop

    drop(settings_of(data=data), at_once, datetime.now(UTC))
