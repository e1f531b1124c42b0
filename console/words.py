"""Texts of the console: a catalogue of their own (``locales/<language>/console.po``), in English and Welsh.

Write ``ask.say("Signed in as {name}", name=…)`` in Python and ``{{ say("Sign in") }}`` in a template; mark a
text that is said elsewhere with ``N_``. No plurals: write "Overdue: {count}".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import locales

#: The languages of the console, the default first.
LANGUAGES = ("en", "cy")
DOMAIN = "console"


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated when it is shown."""
    return text


@cache
def speaker(language: str) -> Callable[..., str]:
    """``say(text, **places)`` of a language."""
    code = language if language in LANGUAGES else LANGUAGES[0]
    translate = locales.translator(code, domain=DOMAIN)

    def say(text: str, **places: object) -> str:
        said = translate("", text)
        return locales.fill(said, {name: str(value) for name, value in places.items()}, code) if places else said

    return say
