"""``hearback webhooks``: what other systems are told, and telling them again, for whoever runs the machine."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import typer

from bot.cli import Trouble
from bot.cli.opening import chosen, opened
from bot.config import Settings
from bot.world import london_now
from storage import audit, webhooks
from storage.sealer import Sealer


def listing(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print the webhooks with what waits and what was given up; of an address only the host."""
    name = chosen(settings, organisation)
    with opened(settings) as store:
        with store.database.reading() as db:
            found, states = webhooks.every(db, Sealer(store.vault.ring), name), webhooks.states(db, name)
        audit.written(store, audit.Deed(name, None, "integration.seen", london_now()))
    for one in found:
        counts, host = states.get(one.id, {}), urlsplit(one.url).netloc
        if as_json:
            typer.echo(json.dumps({"id": str(one.id), "host": host, "events": one.events, "by": one.by, **counts}))
        else:
            typer.echo(f"{one.id}  {host}  waiting {counts.get('due', 0)}, given up {counts.get('failed', 0)}")
    if not found and not as_json:
        typer.echo("There is no webhook yet.")


def replay(settings: Settings, organisation: str, number: int, since: str) -> None:
    """Tell a webhook again: what was given up, or everything since a day."""
    name, now = chosen(settings, organisation), london_now()
    try:
        start = datetime.fromisoformat(since) if since else None
    except ValueError:
        raise Trouble(f"“{since}” is no day. Write it as 2027-03-31.") from None
    start = start.replace(tzinfo=now.tzinfo) if start and start.tzinfo is None else start
    with opened(settings) as store:
        with store.database.reading() as db:
            hook = webhooks.find(db, Sealer(store.vault.ring), name, number)
        if hook is None:
            raise Trouble(f"{name} has no webhook {number}. See: hearback webhooks list")

        def write(db: Any) -> int:
            audit.note(db.connection(), name, None, "integration.replay", f"webhook:{number}", now)
            return webhooks.replay(db.connection(), hook, now, since=start)

        count = store.writer.write(write).result()
    typer.echo(f"{count} will be told again by the server, in order.")
