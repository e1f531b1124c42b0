"""The numbers and bots of a deployment: from the file of HEARBACK_ENDPOINTS, or one of each from the environment.

Everything wrong is refused at the start, in words. A secret is never written into the file: ``env:NAME`` and
``file:PATH`` say where it is.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels import NAMES, channel
from bot.channels.contract import Account, Channel, Endpoint, House
from bot.config import PREFIX, BadSettings, Settings
from bot.store import MB
from bot.symbols import Symbols
from storage.store import Store
from storage.talks import Talks

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_OURS = frozenset(("organisation", "id"))


def accounts(settings: Settings, organisations: Collection[str]) -> tuple[Account, ...]:
    """Every account of the organisations that are served; raises BadSettings."""
    found = tuple(_from_environment(settings, organisations))
    if settings.endpoints:
        found += tuple(_from_file(settings.endpoints, organisations))
    seen: set[tuple[str, str]] = set()
    for account in found:
        if (account.channel, account.id) in seen:
            raise BadSettings(
                f"Two {account.channel} endpoints are called {account.id!r}; give the second one an id of its own, and "
                "keep the first one's: people's talks are found by it."
            )
        seen.add((account.channel, account.id))
    return found


#: No organisation has pictures of its own.
NO_PACKS = Symbols()


def house(
    settings: Settings,
    entries: Mapping[str, Mapping[str, Mapping[str, str]]],
    clock: Callable[[], datetime],
    store: Store | None,
    symbols: Symbols = NO_PACKS,
) -> House:
    """What every number and bot is given; without a store they can only ask their providers."""
    nobody: Any = None
    return House(
        writer=store.writer if store else nobody,
        talks=Talks(store.database, store.vault, store.writer) if store else nobody,
        files=store.media if store else nobody,
        clock=clock,
        hashed=store.vault.ring.hashed if store else nobody,
        marks=(lambda *parts: store.vault.ring.marks(*parts)) if store else nobody,
        base_url=settings.address,
        proxies=None if settings.base_url else settings.proxies,
        provider={"sms": settings.twilio_url, "telegram": settings.telegram_url, "notify": settings.notify_url},
        entries=entries,
        largest=settings.media_mb * MB,
        symbols=symbols,
    )


def opened(found: Collection[Account], house: House) -> tuple[Endpoint, ...]:
    """The endpoints of the accounts; raises BadSettings for one that could never work."""
    try:
        return tuple(channel(account.carrier or account.channel).opened(account, house) for account in found)
    except ValueError as error:
        raise BadSettings(str(error)) from None


def _from_environment(settings: Settings, organisations: Collection[str]) -> Iterator[Account]:
    first = next(iter(organisations), "")
    twilio = {
        "account_sid": settings.twilio_account_sid,
        "auth_token": settings.twilio_auth_token.get_secret_value(),
        "number": settings.twilio_number,
    }
    if any(twilio.values()):
        missing = [f"{PREFIX}TWILIO_{name.upper()}" for name, value in twilio.items() if not value]
        if missing:
            raise BadSettings(f"To answer text messages, set {' and '.join(missing)} too; see docs/channels.md.")
        may = {"redact": settings.twilio_redact, "whatsapp_templates": settings.twilio_whatsapp_templates}
        yield Account(first, "sms", first, twilio | {field: value for field, value in may.items() if value})
    if token := settings.telegram_token.get_secret_value():
        yield Account(first, "telegram", first, {"token": token})


def _from_file(path: Path, organisations: Collection[str]) -> Iterator[Account]:
    where = f"{PREFIX}ENDPOINTS ({path})"
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"{where}: the file cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{where} is not TOML: {error}.") from None
    for name, entries in tables.items():
        if name not in NAMES or not isinstance(entries, list):
            raise BadSettings(f"{where}: begin each endpoint with {' or '.join(f'[[{known}]]' for known in NAMES)}.")
        for position, entry in enumerate(entries, 1):
            account = _account(f"{where}, [[{name}]] number {position}", entry, channel(name), path.parent)
            account = replace(account, carrier=name) if name != account.channel else account
            if account.organisation in organisations:
                yield account


def _account(where: str, entry: Mapping[str, Any], channel: Channel, folder: Path) -> Account:
    strange = entry.keys() - channel.needs - channel.may - _OURS
    if strange:
        known = sorted(channel.needs | channel.may | _OURS)
        raise BadSettings(f"{where}: there is no field {sorted(strange)[0]!r}; there are: {', '.join(known)}.")
    missing = (channel.needs | {"organisation"}) - entry.keys()
    if missing:
        raise BadSettings(f"{where}: {sorted(missing)[0]} is missing; see docs/channels.md.")
    for field, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise BadSettings(f'{where}: {field} must be text in quotes, like {field} = "…".')
    number = entry.get("id", entry["organisation"])
    if not _ID.fullmatch(number):
        raise BadSettings(f"{where}: an id has small letters, digits and hyphens; {number!r} has not.")
    values = {
        field: _read(f"{where}: {field}", value, field in channel.secrets, folder)
        for field, value in entry.items()
        if field not in _OURS
    }
    return Account(entry["organisation"], channel.name, number, values)


def _read(where: str, value: str, secret: bool, folder: Path) -> str:
    kind, _, name = value.partition(":")
    if kind == "env":
        if not (found := os.environ.get(name, "")):
            raise BadSettings(f"{where} comes from the environment variable {name}, which is not set.")
        return found
    if kind == "file":
        try:
            found = (folder / name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BadSettings(f"{where} comes from the file {name}, which cannot be read.") from None
        if not found:
            raise BadSettings(f"{where} comes from the file {name}, which is empty.")
        return found
    if secret:  # the value itself is never repeated
        raise BadSettings(f'{where} is a secret: write "env:NAME" or "file:PATH" instead, and keep it there.')
    return value
