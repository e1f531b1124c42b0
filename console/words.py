"""Texts of the console: a catalogue of their own (``locales/<language>/console.po``), in English and Welsh.

Write ``ask.say("Signed in as {name}", name=…)`` in Python and ``{{ say("Sign in") }}`` in a template; mark a
text that is said elsewhere with ``N_``. No plurals: write "Overdue: {count}".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import locales
from casework.offer import Name
from casework.words import Code, Said, Several

#: The languages of the console, the default first.
LANGUAGES = ("en", "cy")
DOMAIN = "console"


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated when it is shown."""
    return text


@cache
def speaker(language: str) -> Callable[..., str]:
    """``say(text, **places)`` of a language."""
    return locales.speaker(language if language in LANGUAGES else LANGUAGES[0], DOMAIN)


def spoken(
    thing: object, say: Callable[..., str], language: str, coded: Mapping[str, Callable[[str], str]] = {}
) -> str:
    """What casework said, in the reader's language. ``coded``: what kind of code -> its words."""
    if isinstance(thing, Said):
        places = {name: spoken(value, say, language, coded) for name, value in thing.places.items()}
        return say(thing.text, **places)
    if isinstance(thing, Several):
        between = say(thing.by) if thing.by else ""
        return thing.joined((spoken(one, say, language, coded) for one in thing), between)
    if isinstance(thing, Code):
        return coded[thing.of](thing.code) if thing.of in coded else str(thing)
    return thing.said(language) if isinstance(thing, Name) else str(thing)
