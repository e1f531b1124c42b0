"""The commands that keep a deployment: moved to PostgreSQL, backed up, restored. Nothing heavy is imported before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import Data, settings_of


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
