"""How a report speaks in one language: its texts from the console's catalogue, its days, months and languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from babel.dates import format_date

import locales


def voice(code: str) -> dict[str, Callable[..., str]]:
    """``say`` a text with its {places} filled, ``show`` a day, ``month`` of a day, ``tongue``: a language's name."""
    like = locales.language(code).dates_like
    say = locales.speaker(code, "console")

    def show(day: date) -> str:
        return format_date(day, "d MMMM y", locale=like)

    def tongue(other: str) -> str:
        known = other in locales.LANGUAGES
        return (locales.LANGUAGES[other].english if code == "en" else locales.LANGUAGES[other].name) if known else other

    return {"say": say, "show": show, "month": lambda day: locales.show_month(day, code), "tongue": tongue}
