"""``hearback tokens``: tokens of programs, for whoever runs the machine."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import typer

from bot.cli import Trouble
from bot.cli.opening import chosen, opened
from bot.config import Settings
from bot.world import london_now
from storage import audit, tokens
from storage.tokens import Token


def add(settings: Settings, organisation: str, name: str, scopes: Sequence[str], days: int) -> None:
    """Make a token and print it, this once."""
    name_of = chosen(settings, organisation)
    now = london_now()
    with opened(settings) as store:

        def write(db: Any) -> tuple[Token, str]:
            made = tokens.make(db.connection(), name_of, name, scopes, "command line", now, dt.timedelta(days=days))
            audit.note(db.connection(), name_of, None, "integration.token", f"token:{made[0].id}", now)
            return made

        try:
            made, token = store.writer.write(write).result()
        except ValueError as error:
            raise Trouble(str(error)) from None
    typer.echo(token)
    said = (
        f"The token of {made.name}, until {made.expires_at:%d %B %Y}. It is not shown again; send it to nobody by mail."
    )
    typer.echo(said, err=True)


def listing(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print the tokens, without themselves."""
    name_of, now = chosen(settings, organisation), london_now()
    with opened(settings) as store:
        with store.database.reading() as db:
            found = tokens.every(db, name_of)
        audit.written(store, audit.Deed(name_of, None, "integration.seen", now))
    for one in found:
        state = "works" if one.live(now) else "revoked" if one.revoked_at else "expired"
        if as_json:
            typer.echo(json.dumps(_plain(one) | {"state": state}))
        else:
            typer.echo(f"{one.id}  {one.prefix}…  {state:<8}{one.name}: {' '.join(sorted(one.scopes))}")
    if not found and not as_json:
        typer.echo("There is no token yet.")


def revoke(settings: Settings, organisation: str, number: int) -> None:
    """End a token at once."""
    name_of, now = chosen(settings, organisation), london_now()
    with opened(settings) as store:

        def write(db: Any) -> bool:
            ended = tokens.revoke(db.connection(), name_of, number, now)
            if ended:
                audit.note(db.connection(), name_of, None, "integration.revoke", f"token:{number}", now)
            return ended

        if not store.writer.write(write).result():
            raise Trouble(f"{name_of} has no token {number} that works. See: hearback tokens list")
    typer.echo("Revoked. It opens nothing any more, and the webhooks that it made have ended.")


def _plain(one: Token) -> dict[str, Any]:
    times = ("created_at", "expires_at", "used_at", "revoked_at")
    return {"id": str(one.id), "name": one.name, "prefix": one.prefix, "scopes": sorted(one.scopes), "by": one.by} | {
        name: at.isoformat() if (at := getattr(one, name)) else None for name in times
    }
