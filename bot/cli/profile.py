"""``hearback profile check|show`` and ``hearback deadline``: procedures to read and to check. Nothing is started."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated

import typer

from bot.cli import Trouble

app = typer.Typer(help="Procedures of organisations.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def check(file: Annotated[str, typer.Argument(help="A profile's file, or the name of one that is shipped.")]) -> None:
    """Read a profile and say everything that is wrong with it, or that it is fine."""
    from casework.errors import ProfileError
    from casework.procedure import load

    try:
        profile = load(file)
    except ProfileError as error:
        raise Trouble(str(error)) from None
    typer.echo(
        f"{profile.name}: fine. {len(profile.stages)} stages, {len(profile.clocks)} clocks, version {profile.version}."
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A profile's name or file; without it they are listed.")] = "",
) -> None:
    """Print a procedure in words and as a drawing, for somebody who knows it to check."""
    from casework.describe import describe
    from casework.errors import ProfileError
    from casework.procedure import load, shipped

    try:
        if name:
            typer.echo(describe(load(name)), nl=False)
        else:
            for one in shipped():
                typer.echo(f"{one:<24} {load(one).name}")
    except ProfileError as error:
        raise Trouble(str(error)) from None


def deadline(
    profile: Annotated[str, typer.Option(help="A profile's name or file.")],
    clock: Annotated[str, typer.Option(help="For example acknowledgement, stage1.response, stage2.response.extended.")],
    start: Annotated[str, typer.Option(help="Day, or day and time, of the event that starts it: 2020-12-21.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say when a limit ends that starts on a day."""
    from casework.calendar import LONDON
    from casework.dues import deadline as due
    from casework.errors import ProfileError
    from casework.procedure import load

    try:
        began: date | datetime = date.fromisoformat(start) if len(start) == 10 else datetime.fromisoformat(start)
    except ValueError:
        raise Trouble(f"“{start}” is not a date. Write it as 2020-12-21, or 2020-12-21T16:30.") from None
    if isinstance(began, datetime) and began.tzinfo is None:
        began = began.replace(tzinfo=LONDON)
    try:
        procedure = load(profile)
        found, end = procedure.clock(clock), due(procedure, clock, began)
    except ProfileError as error:
        raise Trouble(str(error)) from None
    if as_json:
        answer = {
            "profile": procedure.id, "version": procedure.version, "clock": clock, "start": began.isoformat(),
            "days": found.days, "unit": found.unit, "due": end.day.isoformat(), "overdue_from": end.moment.isoformat(),
        }  # fmt: skip
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        last = f"{end.day:%A} {end.day.isoformat()}" + (f" at {end.moment:%H:%M}" if found.unit == "hours" else "")
        typer.echo(f"{found.name}: {found.days} {found.unit} from {began.isoformat()}: {last}")
