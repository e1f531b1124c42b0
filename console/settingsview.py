"""What the pages of the settings share: their menu, addresses as the outside sees them, days as they are typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.calendar import LONDON
from console.render import SETTINGS, allowed
from console.request import Request


@dataclass(frozen=True, slots=True)
class Card:
    """A page of the settings in their menu."""

    href: str
    name: str
    hint: str


def cards(ask: Request) -> tuple[Card, ...]:
    """The pages of the settings that the user may open, in the order of their modules.

    Any page under /settings/ that has a ``menu`` is there: a module of ``console.pages`` need only declare it.
    """
    from console.pages import every

    return tuple(
        Card(ask.address(page.path), ask.say(page.menu), ask.say(page.hint) if page.hint else "")
        for page in every()
        if page.menu and page.path.startswith(f"{SETTINGS}/") and allowed(ask, page.permission)
    )


def outside(ask: Request) -> str:
    """The public address of this deployment, without a slash at the end."""
    return (ask.site.base_url or f"{ask.http.scheme}://{ask.http.host}").rstrip("/")


def today(ask: Request) -> date:
    """The day in London."""
    return ask.now.astimezone(LONDON).date()


def read_number(text: str) -> int | None:
    """The number of a row as an address has it; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63 else None


def read_day(ask: Request, name: str, text: str, *, first: date | None = None, last: date | None = None) -> date | None:
    """A day as a browser sends it (2027-03-31); None for nothing, and an error of the field for what is no day."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        ask.errors.add(name, ask.say("Write a day, as 2027-03-31"))
    elif (first and day < first) or (last and day > last):
        between: dict[str, Any] = {"first": first or date.min, "last": last or date.max}
        ask.errors.add(name, ask.say("Write a day from {first} to {last}", **between))
        return None
    return day
