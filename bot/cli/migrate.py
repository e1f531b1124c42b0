"""``hearback migrate``: from the embedded database to PostgreSQL, and back again while that is still right."""

from __future__ import annotations

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.cli import Trouble
from bot.config import PREFIX, Settings
from storage import moving

#: For ``--keys-to``: they are left where they are.
STAY = "stay"


def move(settings: Settings, to: str, keys_to: str) -> None:
    """Move database and keys. Raises Trouble in words; run again it goes on where it broke off."""
    shown = _shown(to)
    keys_shown = "" if keys_to == STAY else _shown(keys_to)
    if keys_shown and make_url(to) == make_url(keys_to):
        raise Trouble("The keys must not lie in the database itself: name another one, or write --keys-to stay.")
    try:
        _say(f"The database to {shown}", moving.move(settings.database_url, to, typer.echo))
        if keys_shown:
            _say(f"The keys to {keys_shown}", moving.move_keys(settings.key_store_url, keys_to, typer.echo))
    except moving.CannotMove as error:
        raise Trouble(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    except SQLAlchemyError as error:
        raise Trouble(
            f"A database does not answer ({type(error).__name__}). Is it running, is the address right? What was moved "
            "is kept: run the same command again to go on."
        ) from None
    typer.echo("\nEverything was moved, counted and compared. Now set, wherever Hearback runs:\n")
    typer.echo(_next(settings, to, keys_to))


def back(settings: Settings) -> None:
    """Give a move up, or undo it: the files here may be started again."""
    try:
        marked = [moving.back(url) for url in (settings.database_url, settings.key_store_url)]
    except moving.CannotMove as error:
        raise Trouble(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    typer.echo(
        "The files here are in use again. What came to PostgreSQL since is not in them; the databases there may be "
        "deleted."
        if any(marked)
        else "Nothing was being moved."
    )


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        raise Trouble("This is no database address; one looks like postgresql://user:password@host/name.") from None


def _say(what: str, moved: moving.Moved | None) -> None:
    if moved is None:
        typer.echo(f"{what}: was done before.")
        return
    rows = sum(count for _, count, _ in moved.tables)
    typer.echo(f"{what}: {rows:,} rows in {len(moved.tables)} tables, the same there as here.")


def _next(settings: Settings, to: str, keys_to: str) -> str:
    lines = [f"{PREFIX}DATABASE={_shown(to)}"]
    if keys_to != STAY:
        lines.append(f"{PREFIX}KEY_STORE={_shown(keys_to)}")
    lines += [
        f"{PREFIX}KEYS={settings.keys_folder.resolve()}",
        f"{PREFIX}DATA={settings.data.resolve()}",
        "",
        "with the password where *** stands. Other machines need the same ring.json in their folder of keys, and a",
        "folder of data that they share, for pictures and recordings.",
    ]
    if keys_to == STAY:
        lines.append("The keys stay in their file: that is for one machine only.")
    lines.append(
        "The files here are kept as they were, and cannot be started by mistake; keep them until you are sure."
    )
    return "\n".join(lines)
