"""``hearback demo``: make the demonstration now, or take it away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import Trouble
from bot.config import Settings, load

app = typer.Typer(help="Invented people to try it with.", no_args_is_help=True, rich_markup_mode=None)
Data = Annotated[Path | None, typer.Option("--data", help="Data folder, instead of HEARBACK_DATA.")]


@app.command()
def make(data: Data = None) -> None:
    """Make a demonstration now: a year of invented people. One that is there is taken away first."""
    from bot import endpoints, logs
    from bot.demo import mark, running
    from bot.deployment import profiles, watching, worlds
    from bot.store import open_store
    from bot.world import london_now

    settings = load(data=data)
    logs.set_up("warning", settings.log_format)
    found = profiles(settings)
    if why := running.real(settings, endpoints.accounts(settings, tuple(found))):
        raise Trouble(f"A demonstration is never mixed with real people, and {why}. Nothing was made.")
    if not running.shown(found):
        raise Trouble("None of the organisations served is one for demonstration, so there is nobody to invent.")
    if mark.kept(settings) is not None:
        mark.remove(settings)
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        try:
            new = store.writer.write(lambda db: mark.begin(db.connection(), london_now())).result()
        except ValueError as error:
            raise Trouble(f"Nothing was made: {error}. Choose an empty folder with HEARBACK_DATA.") from None
        typer.echo("Making the demonstration; nobody in it exists. This takes a few minutes.")
        running.Demonstration(store, running.shown(found), new, london_now).make(_shown)
    finally:
        store.close()
    typer.echo("It is ready. Start with: hearback serve. Take it away with: hearback demo remove")


@app.command()
def remove(data: Data = None) -> None:
    """Take the demonstration away: its database, its keys, its files. Nothing of it is left."""
    from bot.demo import mark

    settings: Settings = load(data=data)
    mark.remove(settings)
    typer.echo("The demonstration is gone: its database, its keys and its files. To start without one: hearback serve")


def _shown(percent: int) -> None:
    if percent % 10 == 0:
        typer.echo(f"  {percent} %")
