"""``hearback import``: an organisation's history from a file, looked through first, then brought, or nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlmodel import Session

import locales
from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from casework.errors import nearest
from casework.import_fields import Vocabulary, fields
from casework.imports import Problem
from casework.procedure import Profile
from storage import audit, staging, totals
from storage.import_files import Unreadable
from storage.import_words import vocabulary
from storage.importing import BrokenOff, Checked, Import
from storage.store import Store

#: Problems that are printed; --json has them all.
PRINTED = 200


@contextmanager
def _opened(settings: Settings, organisation: str) -> Iterator[tuple[Store, Profile]]:
    found = profiles(settings)
    if not organisation and len(found) == 1:
        organisation = next(iter(found))
    if organisation not in found:
        raise Trouble(f"Say whose history it is: --organisation. {nearest(organisation, found)}")
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        yield store, found[organisation]
    finally:
        store.close()


def words(profile: Profile) -> Vocabulary:
    """What may stand in a file of this organisation."""
    tongues = {one.code: (one.english, one.name) for one in locales.LANGUAGES.values()}
    return vocabulary(profile, tongues)


def bring(settings: Settings, path: Path, organisation: str, sheet: str, dry: bool, as_json: bool) -> None:
    """Look through a file of records and, unless it is a dry run, bring them. Raises Trouble when none was brought."""
    with _opened(settings, organisation) as (store, profile):
        one = Import(store, profile, path, words(profile), datetime.now(UTC), sheet, _progress)
        try:
            checked = one.check()
            _tell(checked, as_json)
            if checked.problems:
                raise Trouble("Nothing was imported. Mend the file, then run the same command again.")
            if dry:
                typer.echo("A dry run: nothing was imported. No problem was found.", err=True)
                return
            count = one.bring(checked.batch)
        except Unreadable as unreadable:
            raise Trouble(str(unreadable)) from None
        except BrokenOff as broken:
            raise Trouble(
                f"An import of another file was broken off: {broken.count} records of it wait, and nobody sees them. "
                "Import that file again to finish it, or take them away: hearback import --discard"
            ) from None
        typer.echo(f"{count} records were brought." if count else "There was nothing new to bring.", err=as_json)


def discard(settings: Settings, organisation: str) -> None:
    """Take away what a broken-off import has left."""
    with _opened(settings, organisation) as (store, _):
        count = staging.discard(store, organisation)
        typer.echo(f"{count} records that nobody had seen are gone." if count else "Nothing was waiting.")


def bring_totals(settings: Settings, path: Path, organisation: str, sheet: str, dry: bool, as_json: bool) -> None:
    """Look through a file of year totals and, unless it is a dry run, put them in the place of those before."""
    with _opened(settings, organisation) as (store, profile):
        try:
            found, problems = totals.read(path, profile, datetime.now(UTC), sheet)
        except Unreadable as unreadable:
            raise Trouble(str(unreadable)) from None
        _problems(problems, as_json)
        if problems:
            raise Trouble("Nothing was imported. Mend the file, then run the same command again.")
        if dry:
            typer.echo(f"{len(found)} figures. A dry run: nothing was imported.", err=True)
            return
        now = datetime.now(UTC)

        def keep(db: Session) -> None:
            totals.keep(db.connection(), profile.id, found, "command line", now)
            audit.note(db.connection(), profile.id, None, "reports.totals", f"figures:{len(found)}", now)

        store.writer.write(keep).result()
        typer.echo(f"{len(found)} figures of earlier years are there now.", err=as_json)


def columns(settings: Settings, organisation: str) -> None:
    """Print the columns of an organisation, with what each may hold."""
    with _opened(settings, organisation) as (_, profile):
        known = words(profile)
        for field in fields(profile):
            needed = " (needed)" if field.needed else ""
            typer.echo(f"{field.id}{needed}: {field.what}")
            if names := known.names(field.source):
                typer.echo(f"    {'; '.join(names)}")


def _tell(checked: Checked, as_json: bool) -> None:
    if as_json:
        about = {"new": checked.new, "known": checked.known, "open": checked.open, "changed": list(checked.changed)}
        typer.echo(json.dumps(about, ensure_ascii=False))
    else:
        typer.echo(f"{checked.new} new records, {checked.open} of them still open; {checked.known} are here already.")
        if checked.changed:
            some = ", ".join(checked.changed[:10]) + (", …" if len(checked.changed) > 10 else "")
            typer.echo(
                f"{len(checked.changed)} say something else than when they were imported, and stay as they are; "
                f"correct them in the console: {some}"
            )
    _problems(checked.problems, as_json)


def _problems(problems: tuple[Problem, ...], as_json: bool) -> None:
    for one in problems if as_json else problems[:PRINTED]:
        line = json.dumps({"row": one.row, "column": one.column, "why": one.why}, ensure_ascii=False)
        typer.echo(line if as_json else str(one), err=not as_json)
    if not as_json and len(problems) > PRINTED:
        typer.echo(f"… and {len(problems) - PRINTED} more (--json lists them).", err=True)


def _progress(count: int) -> None:
    if count % 1000 < staging.AT_ONCE <= count:
        typer.echo(f"{count} staged", err=True)
