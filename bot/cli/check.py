"""``hearback check`` and ``hearback settings``: what is configured, what is missing, in words."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import socket
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot import config, endpoints, health, photographs, symbol_packs
from bot.channels import SAID
from bot.channels.contract import Account
from bot.cli import alerts, backup, checkups
from bot.config import PREFIX, BadSettings, Settings
from bot.deployment import profiles
from bot.world import london_now
from casework.procedure import Profile
from locales import LANGUAGES, offered, symbols
from storage import undelivered
from storage.database import Database, Newer, NotSaved, behind

FINE, NOTE, WRONG = "ok     ", "note   ", "WRONG  "
_HOW = {"ok": FINE, "note": NOTE, "wrong": WRONG}
#: One finding: how bad, and a sentence.
Finding = tuple[str, str]


def report(settings: Settings, today: dt.date | None = None) -> tuple[list[str], bool]:
    """The findings as lines, and whether everything needed is right."""
    findings = list(_findings(settings, today or dt.datetime.now(dt.UTC).date()))
    wrong = sum(how == WRONG for how, _ in findings)
    lines = [how + sentence for how, sentence in findings]
    lines += ["", f"{wrong} to put right." if wrong else "Everything needed is there."]
    return lines, not wrong


def _findings(settings: Settings, today: dt.date) -> Iterator[Finding]:
    for name in config.unknown():
        yield NOTE, f"{name} is set, but there is no such setting. Perhaps it is misspelt; see hearback settings."
    yield from _store(settings)
    for how, sentence in backup.findings(settings, today):
        yield _HOW[how], sentence
    room = health.disk(health.folders(settings))
    yield _HOW[room.how], f"Disk: {room.words}"
    yield from _public(settings)
    yield from _languages()
    try:
        found = profiles(settings)
    except BadSettings as error:
        yield WRONG, str(error)
        return
    for profile in found.values():
        yield from _organisation(profile, today)
    for how, sentence in alerts.findings(settings, found):
        yield _HOW[how], sentence
    yield from _pictures(settings, tuple(found))
    for mistake in photographs.read(settings.profiles, found)[1]:
        yield WRONG, f"Faces: {mistake}"
    yield FINE, "Web chat: on."
    yield from _endpoints(settings, tuple(found))


def _store(settings: Settings) -> Iterator[Finding]:
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        yield WRONG, f"{PREFIX}DATABASE is not a database URL; see docs/configuration.md."
        return
    shown = url.render_as_string(hide_password=True)
    ring = settings.ring_file
    for how, sentence in checkups.lines(settings):
        yield _HOW[how], sentence
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield NOTE, f"Database {shown}: not there yet; it is made at the first start."
        if ring.exists():
            yield FINE, f"Keys: {ring}."
        else:
            yield NOTE, f"Keys: none yet; they are made at the first start, in {settings.keys_folder}."
        return
    database = None
    try:
        database = Database(settings.database_url)
        old = behind(database)
        yield (
            (NOTE, f"Database {shown}: of an older release; brought up to date at the next start.")
            if old
            else (FINE, f"Database {shown}.")
        )
        for how, sentence in checkups.store(settings, database, dt.datetime.now(dt.UTC)):
            yield _HOW[how], sentence
    except Newer as error:
        yield WRONG, f"Database {shown}: {error}"
    except (SQLAlchemyError, NotSaved, ValueError) as error:
        yield WRONG, f"Database {shown} does not open ({type(error).__name__}). Is it running, is the address right?"
    else:
        if settings.keys is None and url.get_backend_name() != "sqlite":
            yield NOTE, f"The keys lie in the data folder; on a server set {PREFIX}KEYS to another disk."
    finally:
        if database is not None:
            database.close()


def _public(settings: Settings) -> Iterator[Finding]:
    running = False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            running = True
            yield from _running(settings)
    for how, sentence in checkups.public(settings, running=running):
        yield _HOW[how], sentence


def _running(settings: Settings) -> Iterator[Finding]:
    """What a server that listens there says of itself."""
    where = f"{settings.host}:{settings.port}"
    local = urlsplit(settings.model_copy(update={"base_url": ""}).address)
    asked = http.client.HTTPConnection(local.hostname or "", local.port, timeout=10)
    try:
        asked.request("GET", "/ready")
        lines = asked.getresponse().read(4000).decode("utf-8", "replace").splitlines()
        parts = [(how, rest) for how, _, rest in (line.partition(" ") for line in lines) if how in _HOW]
    except (OSError, http.client.HTTPException):
        parts = []
    finally:
        asked.close()
    if not parts:
        yield (
            NOTE,
            f"Port {where} is in use, and not by a Hearback that answers: choose another with {PREFIX}PORT, or stop "
            f"what is there (ss -ltnp | grep :{settings.port} says what it is).",
        )
        return
    for how, rest in parts:
        yield _HOW[how], f"The server on {where}: {rest.strip()}"


def _languages() -> Iterator[Finding]:
    ready = offered()
    yield FINE, f"Languages: {', '.join(language.english for language in ready)}."
    codes = {language.code for language in ready}
    for language in LANGUAGES.values():
        if language.offered and language.code not in codes:
            yield NOTE, f"{language.english} is not offered: its catalogue is not complete (python -m locales check)."


def _organisation(profile: Profile, today: dt.date) -> Iterator[Finding]:
    name = f"{profile.id} ({profile.name})"
    if profile.duty is None:
        yield WRONG, f"{name}: no duty line; nobody would be told of a sign of danger. Add [duty]."
        return
    if profile.duty.demonstration:
        yield NOTE, f"{name}: its duty line is for demonstration. Put the real one into a profile of your own."
    else:
        yield FINE, f"{name}: duty line {profile.duty.number}."
    if invented := [face.name for face in profile.faces.values() if face.demonstration]:
        yield (
            NOTE,
            f"{name}: who may be turned to is for demonstration ({', '.join(invented)}): nobody real is shown them. "
            "Put the real ones under [faces] of a profile of your own, with demonstration = false.",
        )
    elif not profile.faces:
        yield NOTE, f"{name}: nobody who may be turned to has a face. Add [faces]; docs/procedures.md shows some."
    if profile.duty.check_by < today:
        yield (
            WRONG,
            f"{name}: the duty line was to be checked by {profile.duty.check_by:%d %B %Y}. Ring it, then set a "
            "new date.",
        )
    late = [str(line.name) for line in profile.help_lines if line.check_by < today]
    if late:
        yield (
            WRONG,
            f"{name}: numbers to be checked again: {', '.join(late)}. Ring them, then set new dates under [help].",
        )


def _pictures(settings: Settings, organisations: tuple[str, ...]) -> Iterator[Finding]:
    found, mistakes = symbol_packs.packs(settings.symbols, organisations)
    for mistake in mistakes:
        yield WRONG, f"Pictures: {mistake}"
    for organisation, pack in found.items():
        yield (
            FINE,
            f"Pictures of {organisation}: {len(pack.pictures)} of {len(symbols())} its own, the others are shipped.",
        )


def _endpoints(settings: Settings, organisations: tuple[str, ...]) -> Iterator[Finding]:
    """What the providers say about each number and bot; they are asked now."""
    try:
        mine = endpoints.accounts(settings, organisations)
        asked = asyncio.run(ask(settings, mine))
    except BadSettings as error:
        yield WRONG, str(error)
        return
    for account, findings in zip(mine, asked, strict=True):
        for how, sentence in findings:
            yield _HOW[how], f"{SAID[account.channel]} of {account.organisation} ({account.id}): {sentence}"
    yield from _stranded(settings, {(account.channel, account.organisation, account.id) for account in mine})
    for channel, said in SAID.items():
        if not any(account.channel == channel for account in mine):
            yield NOTE, f"{said}: off. docs/channels.md says step by step how to set it up."


def _stranded(settings: Settings, known: Collection[tuple[str, str, str]]) -> Iterator[Finding]:
    """Messages that nobody will ever send: their number or bot is not set up any more."""
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            return
        database = Database(settings.database_url)
        try:
            with database.reading() as db:
                found = {channel: undelivered.waiting(db, channel) for channel in SAID}
        finally:
            database.close()
    except (SQLAlchemyError, NotSaved, ValueError):
        return  # said above, where the database is looked at
    for channel, rows in found.items():
        for organisation, endpoint, count in rows:
            if (channel, organisation, endpoint) not in known:
                yield (
                    WRONG,
                    f"{SAID[channel]}: {count} to be sent by {endpoint} of {organisation}, which is not set up any "
                    "more. Set it up again under that id, or reach these people another way.",
                )


async def ask(settings: Settings, mine: Sequence[Account]) -> list[list[Finding]]:
    """Every endpoint at once, each with its own client; none of them waits long."""
    opened = endpoints.opened(mine, endpoints.house(settings, {}, london_now, None))
    try:
        return list(await asyncio.gather(*(endpoint.check() for endpoint in opened)))
    finally:
        await asyncio.gather(*(endpoint.close() for endpoint in opened), return_exceptions=True)


def in_force(settings: Settings) -> str:
    """Every setting with its value; the password of a database address is covered."""
    width = max(map(len, Settings.model_fields)) + len(PREFIX)
    lines = []
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if name == "database":
            value = make_url(settings.database_url).render_as_string(hide_password=True)
        elif name == "replica" and value:
            value = make_url(value).render_as_string(hide_password=True)
        elif name == "key_store":
            value = make_url(settings.key_store_url).render_as_string(hide_password=True)
        elif name == "keys":
            value = settings.keys_folder
        elif name == "base_url":
            value = settings.address
        elif isinstance(value, SecretStr):
            value = "(set)" if value.get_secret_value() else ""
        elif isinstance(value, tuple):
            value = ", ".join(map(str, value))
        source = "" if name in settings.model_fields_set else "   (not set)"
        lines.append(f"{PREFIX + name.upper():<{width}}  {value}{source}".rstrip())
    return "\n".join(lines)
