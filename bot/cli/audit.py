"""``hearback audit``: who did and saw what, and whether anybody has changed it since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import Trouble
from bot.cli.common import Data, Organisations, settings_of

app = typer.Typer(help="Who did and saw what.", no_args_is_help=True, rich_markup_mode=None)


@app.command("verify")
def verify(
    organisation: Organisations = "",
    kept: Annotated[
        Path | None, typer.Option(help="A file with ends that `hearback audit head` printed earlier.")
    ] = None,
    data: Data = None,
) -> None:
    """Go through every chain of the audit; name the first line that does not hold, and exit with 1."""
    from bot.cli.cases import opened
    from storage import audit

    earlier = _heads(kept) if kept else []
    broken = 0
    with opened(settings_of(data=data), organisation) as (store, wanted), store.database.reading() as db:
        there = {one.organisation: one for one in audit.heads(db)}
        for name in wanted:
            found = audit.verify(db, name, earlier)
            if found is None:
                count = there[name].number if name in there else 0
                typer.echo(f"{name}: {count} lines, each as it was written.")
                continue
            broken += 1
            line = f"line {found.number}: " if found.number else ""
            typer.echo(f"{name}: BROKEN at {line}{found.why}.")
    if broken:
        raise typer.Exit(1)


@app.command("head")
def head(organisation: Organisations = "", data: Data = None) -> None:
    """Print the end of every chain. Kept outside this machine it proves later what was there: see verify --kept."""
    from bot.cli.cases import opened
    from storage import audit

    with opened(settings_of(data=data), organisation) as (store, wanted), store.database.reading() as db:
        for one in audit.heads(db):
            if one.organisation in wanted:
                typer.echo(f"{one.organisation} {one.number} {one.hash}")


@app.command("seen")
def seen(reference: str, data: Data = None) -> None:
    """Print who has looked at a record and what they did with it, the newest first."""
    from bot.cli.cases import london
    from bot.cli.rights import records_of
    from storage import audit, staff
    from storage.ids import read_reference
    from storage.sealer import Sealer

    with records_of(data, [reference]) as (store, organisation, _, now):
        about = read_reference(reference)
        with store.database.reading() as db:
            names = {one.id: one.name for one in staff.everyone(db, Sealer(store.vault.ring), (organisation,))}
            found = audit.entries(db, organisation, audit.Asked(reference=about), most=10_000)
        audit.written(store, audit.Deed(organisation, None, "record.seen", now, about))
        for one in found:
            who = names.get(one.staff, str(one.staff)) if one.staff else "the command line"
            typer.echo(f"{london(one.at.isoformat())}  {who}  {one.what}")


def _heads(path: Path) -> list:  # type: ignore[type-arg]  # of storage.audit.Head, which is imported late
    from storage.audit import Head

    try:
        rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [Head(name, int(number), hashed) for name, number, hashed in rows]
    except OSError:
        raise Trouble(f"The file {path} cannot be read.") from None
    except ValueError:
        raise Trouble(f"The file {path} is not what `hearback audit head` printed.") from None
