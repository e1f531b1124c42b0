"""What a campaign's pages show: its ways in, its figures, its poster; and what is wrong with a code or a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import locales
from casework import poster
from casework.calendar import DAY, LONDON, Calendar, midnight
from casework.offer import every
from casework.procedure import Profile
from console.request import Request
from console.settingsview import outside, read_day, today
from storage.campaigns import Campaign
from storage.ids import new_id
from storage.staff import Member

#: A keyword: easy to type on any phone, and a ``/start`` payload as it is.
CODE = re.compile(r"[a-z][a-z0-9]{2,19}")
#: Kinds a campaign may choose; the others begin otherwise.
KINDS = ("complaint", "informal", "compliment", "advocate")
LONGEST = 365


# Codes ------------------------------------------------------------------------------------------


def squashed(text: str) -> str:
    """Letters and digits only, in one case: how two keywords are compared."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


@cache
def understood() -> frozenset[str]:
    """Everything that the flows take for an answer or a command in some language, also one that is not offered yet."""
    found: set[str] = set()
    for language in locales.LANGUAGES.values():
        found.update((language.code, language.name, language.english, *language.also))
        words = locales.words(language.code)
        found.update((*words.yes, *words.no, *words.done, *words.unsure))
        found.update(word for said in words.anytime.values() for word in said)
    return frozenset(map(squashed, found))


def code_problem(ask: Request, profile: Profile, code: str, taken: Iterable[str]) -> str:
    """What is wrong with a new keyword, "" for nothing."""
    if not code:
        return ask.say("Write a keyword")
    if not CODE.fullmatch(code):
        return ask.say("Write 3 to 20 letters and digits without spaces or accents, a letter first, like FORTNIGHT")
    if code in understood():
        return ask.say("“{code}” already means something in a conversation; use another word", code=code)
    if code in map(squashed, profile.entries):
        return ask.say("“{code}” is a keyword of the organisation already; use another word", code=code)
    if code in set(_names(profile.services.items())):
        return ask.say("“{code}” is a service: people answer with it; use another word", code=code)
    if code in set(_names(profile.kinds.items())):
        return ask.say("“{code}” is a kind of record: people answer with it; use another word", code=code)
    if code in taken:
        return ask.say("Another campaign has this keyword; its records would be counted together")
    return ""


def _names(things: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Ids and names in every language, squashed."""
    for code, thing in things:
        yield squashed(code)
        for said in every(getattr(thing, "name", thing)):
            yield squashed(said)


# The form ---------------------------------------------------------------------------------------


def read(ask: Request, now: Campaign | None, taken: Iterable[str], staff: Iterable[Member]) -> Campaign:
    """The campaign that the form asks for; what is wrong is in ``ask.errors``. ``now``: the one that is changed."""
    profile, errors = ask.profile, ask.errors
    name, regulator = ask.text("name", 120), ask.text("regulator", 500)
    if not name:
        errors.add("name", ask.say("Write what it is called"))
    code = now.code if now else ask.text("code", 60).casefold()
    if now is None and (problem := code_problem(ask, profile, code, taken)):
        errors.add("code", problem)
    day = today(ask)
    limits = {"first": date(day.year - 2, 1, 1), "last": date(day.year + 5, 12, 31)}
    opens = read_day(ask, "opens", ask.text("opens", 20), **limits)
    closes = read_day(ask, "closes", ask.text("closes", 20), **limits)
    if opens and closes and closes < opens:
        errors.add("closes", ask.say("It closes before it opens: write a later day"))
    days = ask.text("action_days", 10)
    if days and not (days.isascii() and days.isdecimal() and int(days) <= LONGEST):
        errors.add("action_days", ask.say("Write a whole number of working days, up to {most}", most=LONGEST))
        days = ""
    responders = {str(one.id): one.id for one in staff if not one.disabled}
    chosen = next(iter(ask.chosen("responder", responders)), "")
    one = now or Campaign(new_id(), ask.user.organisation, code, name)
    return replace(
        one,
        name=name,
        kind=next(iter(ask.chosen("kind", [kind for kind in KINDS if kind in profile.kinds])), ""),
        service=next(iter(ask.chosen("service", profile.services)), ""),
        language=next(iter(ask.chosen("language", [entry.code for entry in locales.offered()])), ""),
        opens=opens,
        closes=closes,
        responder=responders.get(chosen),
        action_days=int(days or 0),
        regulator=regulator,
        by=f"staff:{ask.user.id}",
        at=ask.now,
    )


# Showing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way in of a campaign. ``link`` is what the QR code holds; ``telegram`` and the numbers may be missing."""

    word: str
    link: str
    sms: tuple[str, ...]
    whatsapp: tuple[str, ...]
    telegram: tuple[str, ...]


def ways(ask: Request, campaign: Campaign, language: str = "") -> Ways:
    """Its keyword, its link (in a language) and where to send the keyword."""
    here = ask.site.ways.get(campaign.organisation, ())
    of = {channel: tuple(way.address for way in here if way.channel == channel) for channel in
          ("sms", "whatsapp", "telegram")}  # fmt: skip
    query = urlencode({"from": campaign.code, **({"lang": language} if language else {})})
    return Ways(
        campaign.code.upper(),
        f"{outside(ask)}/{campaign.organisation}/?{query}",
        of["sms"],
        of["whatsapp"],
        tuple(f"https://t.me/{bot}?start={campaign.code}" for bot in of["telegram"]),
    )


def aim(calendar: Calendar, campaign: Campaign, now: datetime) -> datetime | None:
    """What was sent before this time should have been acted on; None where the campaign has no aim."""
    if not campaign.action_days:
        return None
    day, left = now.astimezone(LONDON).date(), campaign.action_days
    while left > 0:
        left -= calendar.works(day)
        day -= DAY
    return midnight(day)


def poster_of(ask: Request, campaign: Campaign, language: str) -> dict[str, Any]:
    """The texts of the poster in a language that is offered, by the names of ``casework.poster``."""
    say, entry = locales.speaker(language), locales.language(language)
    found = ways(ask, campaign, language)
    emergency = next((line.number for line in ask.profile.help_lines if line.id == "emergency"), "999")
    days = {
        name: locales.show_date(day, language)
        for name, day in (("opens", campaign.opens), ("closes", campaign.closes))
        if day
    }
    when = ""
    if campaign.closes:
        when = say(poster.FROM_TO if campaign.opens else poster.UNTIL, **days)
    short = found.link.removeprefix("https://").removeprefix("http://")
    return {
        "code": language,
        "rtl": entry.direction == "rtl",
        "who": ask.profile.name.said(language),
        "say": say(poster.SAY),
        "word": found.word,
        "to": [say(poster.TEXT, number=one) for one in found.sms]
        + [say(poster.WHATSAPP, number=one) for one in found.whatsapp],
        "telegram": [say(poster.TELEGRAM, address=one.removeprefix("https://")) for one in found.telegram],
        "scan": say(poster.SCAN),
        "open": say(poster.OPEN, address=short.split("&lang")[0]),
        "free": say(poster.FREE),
        "when": when,
        "emergency": say(poster.EMERGENCY, emergency=emergency),
    }
