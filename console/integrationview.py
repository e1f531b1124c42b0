"""Other systems: what their pages show of tokens and webhooks, and the ways from a website to the chat."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import locales
from casework import poster
from console.request import Request
from console.roles import User, reach
from console.settingsview import outside
from console.words import N_
from storage.tokens import Token
from storage.webhooks import Webhook

#: Scope of a token -> what it may do.
SCOPES: Mapping[str, str] = {
    "records": N_("See records without their words: kind, stage, dates, services, coded facts"),
    "words": N_("Read what people said and what staff wrote, in the records it may see"),
    "restricted": N_("See records with a sign of danger, allegations and records for few as well"),
    "file": N_("File records, as an entry by staff"),
    "reports": N_("Read reports as data"),
    "webhooks": N_("Set up and end webhooks"),
}
#: Days that a token may last.
LIVES = (30, 90, 365, 730)


def lets_read(user: User) -> bool:
    """Whether somebody may let a program read records: nobody lets it see more than they may themselves."""
    mine = reach(user, "record.view")
    return mine.all and mine.knows == "all"


@dataclass(frozen=True, slots=True)
class Line:
    """One token of the list. ``state``: words and colour; ``live``: it can be revoked."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    expires: datetime
    used: datetime | None
    state: tuple[str, str]
    live: bool


def token_line(ask: Request, one: Token) -> Line:
    """A token as it stands now."""
    if one.revoked_at:
        state = (ask.say("revoked"), "grey")
    elif not one.live(ask.now):
        state = (ask.say("expired"), "grey")
    elif one.expires_at - ask.now < timedelta(days=30):
        state = (ask.say("expires soon"), "amber")
    else:
        state = (ask.say("works"), "green")
    scopes = tuple(ask.say(said) for scope, said in SCOPES.items() if scope in one.scopes)
    return Line(one.id, one.name, one.prefix, scopes, one.expires_at, one.used_at, state, one.live(ask.now))


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of the list: its host, what waits and what was given up."""

    id: int
    host: str
    events: str
    restricted: bool
    waiting: int
    failed: int


def hook_line(ask: Request, one: Webhook, states: Mapping[str, int]) -> Hook:
    """A webhook as it stands now; of its address only the host, what stands behind it may be a key."""
    events = ", ".join(one.events) or ask.say("everything that happens")
    return Hook(
        one.id, urlsplit(one.url).netloc, events, one.restricted, states.get("due", 0), states.get("failed", 0)
    )  # fmt: skip


# From a website -----------------------------------------------------------------------------------


def link(ask: Request, service: str = "", language: str = "", pictures: bool = False) -> str:
    """The address of the chat, about a service, in a language; ``pictures``: in easy words and pictures."""
    parts = (("services", service), ("lang", language), ("symbols", "1" if pictures else ""))
    query = urlencode({name: value for name, value in parts if value})
    return f"{outside(ask)}/{ask.user.organisation}/" + (f"?{query}" if query else "")


def snippet(address: str, language: str) -> str:
    """The line for a website: a link that opens a page of its own."""
    text = html.escape(locales.speaker(language)(poster.SAY), quote=False)
    tag = html.escape(language.replace("_", "-"))
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener" lang="{tag}">{text}</a>'


def poster_of(ask: Request, service: str, language: str) -> dict[str, Any]:
    """The texts of the poster of a service ("" for the organisation) in a language that is offered."""
    say, entry, profile = locales.speaker(language), locales.language(language), ask.profile
    emergency = next((line.number for line in profile.help_lines if line.id == "emergency"), "999")

    short = link(ask, service).removeprefix("https://").removeprefix("http://")
    return {
        "code": language,
        "rtl": entry.direction == "rtl",
        "who": profile.name.said(language),
        "about": profile.services[service].name.said(language) if service else "",
        "say": say(poster.SAY),
        "scan": say(poster.SCAN),
        "open": say(poster.OPEN, address=short.partition("?")[0]),
        "free": say(poster.FREE),
        "emergency": say(poster.EMERGENCY, emergency=emergency),
    }
