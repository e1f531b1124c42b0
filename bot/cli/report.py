"""``hearback report``: the report of an organisation as files, for whoever runs the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import date, datetime
from pathlib import Path

import typer

import locales.reports
from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import profiles, watching, worlds
from bot.reports import FORMATS
from bot.store import open_store
from bot.world import london_now
from casework.procedure import Profile
from casework.report_feed import as_csv, as_json
from casework.report_model import Report
from casework.report_periods import written
from storage import audit, publishing
from storage.report_build import Voice
from storage.report_texts import Speaker, with_words
from storage.reporting import Asked, build
from storage.sealer import Sealer
from storage.store import Store

#: Those in which there are texts for staff.
LANGUAGES = ("en", "cy")
#: Ending -> the file.
WRITERS: Mapping[str, Callable[[Report, str], bytes]] = {
    **{ending: one.make for ending, one in FORMATS.items()},
    "csv": lambda report, base: as_csv(report).encode(),
    "json": lambda report, base: json.dumps(as_json(report, links=bool(base)), ensure_ascii=False, indent=1).encode(),
}


def write(
    settings: Settings,
    organisation: str,
    since: str,
    until: str,
    formats: list[str],
    out: Path,
    *,
    level: str = "organisation",
    earlier: int = 2,
    split: str = "",
    language: str = "en",
    publish: bool = False,
    now: datetime | None = None,
) -> list[Path]:
    """Write the files into a folder; their paths. Raises Trouble in words for what makes no sense.

    ``publish``: a copy for publication, and what it tells is kept, so that no later one gives away what it hides.
    """
    for one in formats:
        if one not in WRITERS:
            raise Trouble(f"There is no format {one!r}; there are: {', '.join(WRITERS)}.")
    found = profiles(settings)
    if organisation not in found:
        raise Trouble(f"There is no organisation {organisation!r}; there are: {', '.join(found)}.")
    if language not in LANGUAGES:
        raise Trouble(f"No report is written in {language!r}; there are: {', '.join(LANGUAGES)}.")
    first, last = _day(since), _day(until)
    if last < first:
        raise Trouble(f"The last day ({until}) is before the first ({since}).")
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        profile, voice = store.procedures.now(organisation), Voice(language, **locales.reports.voice(language))
        at = now or london_now()
        speaker = Speaker(store.vault, store.procedures.under, profile.report_year, voice.say)
        asked, base = Asked(first, last, level, earlier, split), f"{settings.address}/staff"
        with store.database.reporting() as db:
            report = build(db, profile, asked, voice, at)
            spoken = with_words(db, report, speaker)
        noted = f"report:{first}..{last} {level} {'-'.join(formats)}"[:80]
        what = "reports.publish" if publish else "reports.file"
        audit.written(store, audit.Deed(organisation, None, what, at, noted))  # before there is a file of it
        if publish:
            spoken, base = _published(store, profile, report, speaker, at), ""
    except ValueError as error:
        raise Trouble(f"{error}.") from None
    finally:
        store.close()
    paths = []
    mark = "-published" if publish else ""  # nobody shall take the one for the other
    for one in formats:
        path = out / f"{organisation}-{first}-{last}{mark}.{one}"
        made = WRITERS[one](spoken, base)
        try:
            out.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
        except OSError as error:
            raise Trouble(f"{path} cannot be written: {error.strerror}. Choose another folder with --out.") from None
        paths.append(path)
        typer.echo(str(path))
    return paths


def _published(store: Store, profile: Profile, report: Report, speaker: Speaker, at: datetime) -> Report:
    sealer = Sealer(store.vault.ring)
    numbering: Future[dict[str, int]] = store.writer.write(
        lambda db: publishing.number_homes(db.connection(), profile, sealer)
    )
    numbers = numbering.result()
    with store.database.reading() as db:
        copy, ledger = publishing.copy(db, report, profile, sealer, speaker, numbers)
    store.writer.write(lambda db: publishing.keep(db.connection(), sealer, copy, ledger, "command line", at)).result()
    return copy


def _day(text: str) -> date:
    if (found := written(text)) is None:
        raise Trouble(f"“{text}” is no day of a report. Write it as 2021-03-31.")
    return found
