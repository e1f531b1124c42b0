"""``hearback check`` and ``hearback settings``: what is configured, what is missing, in words."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot import config, endpoints
from bot.channels import SAID
from bot.channels.contract import Account
from bot.cli import alerts
from bot.config import PREFIX, BadSettings, Settings
from bot.deployment import profiles
from bot.world import london_now
from casework.procedure import Profile
from locales import LANGUAGES, offered
from storage import undelivered
from storage.database import Database, NotSaved, behind
from storage.secrets import KeyRing, KeyRingMissing, KeyRingWrong

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
    except (SQLAlchemyError, NotSaved, ValueError) as error:
        yield WRONG, f"Database {shown} does not open ({type(error).__name__}). Is it running, is the address right?"
        return
    finally:
        if database is not None:
            database.close()
    yield (
        (NOTE, f"Database {shown}: of an older release; brought up to date at the next start.")
        if old
        else (
            FINE,
            f"Database {shown}.",
        )
    )
    try:
        KeyRing.load(ring)
    except (KeyRingMissing, KeyRingWrong) as error:
        yield WRONG, str(error)
        return
    yield FINE, f"Keys: {ring}. Back them up apart from the database: without them nobody can read it."
    if settings.keys is None and url.get_backend_name() != "sqlite":
        yield NOTE, f"The keys lie in the data folder; on a server set {PREFIX}KEYS to another disk."


def _public(settings: Settings) -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            yield (
                NOTE,
                f"Port {settings.port} on {settings.host} is in use: Hearback runs already, or something else does.",
            )
    if settings.base_url.startswith("https://"):
        yield FINE, f"Public address: {settings.address}."
    elif settings.host in ("127.0.0.1", "::1", "localhost"):
        yield (
            NOTE,
            f"Only this machine can reach it ({settings.address}). For the public, set {PREFIX}BASE_URL to an "
            "https address.",
        )
    else:
        yield (
            WRONG,
            (
                f"It listens on {settings.host} without https: what children say could be read on the way. "
                f"Put a proxy that does TLS in front and set {PREFIX}BASE_URL to the https address."
            ),
        )


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


def _endpoints(settings: Settings, organisations: tuple[str, ...]) -> Iterator[Finding]:
    """What the providers say about each number and bot; they are asked now."""
    try:
        mine = endpoints.accounts(settings, organisations)
        asked = asyncio.run(_ask(settings, mine))
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


async def _ask(settings: Settings, mine: Sequence[Account]) -> list[list[Finding]]:
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
