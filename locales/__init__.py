"""Languages: which there are, their words, dates, symbols and lists. Imports nothing of the other packages.

A language is a folder (``messages.po``, ``words.toml``, ``danger.toml``) and an entry in ``languages.toml``.
Files are read when a language is first used and kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from locales.catalogue import HERE, MESSAGES, PLACE, SOURCE, Key, Translator, complete, reader, toml, translator

__all__ = [
    "KNOWN", "LANGUAGES", "SOURCE", "Key", "Language", "Translator", "Words", "complete", "danger_lists",
    "danger_sources", "danger_tables", "emoji", "fill", "isolate", "language", "meant", "offered", "reader",
    "show_date", "speaker", "symbols", "tag", "translator", "words",
]  # fmt: skip

#: First strong isolate, pop directional isolate: what is between them keeps its own direction and disturbs no other.
FSI, PDI = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Language:
    """One entry of ``languages.toml``, which explains the fields."""

    code: str
    name: str
    english: str
    script: str
    direction: str
    date: str
    dates_like: str
    sms: str
    review: str
    offered: bool
    lower_days: bool = False
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field, value, allowed in (
            ("direction", self.direction, ("ltr", "rtl")),
            ("sms", self.sms, ("gsm7", "any")),
            ("review", self.review, ("written", "back-translated", "native")),
        ):
            if value not in allowed:
                raise ValueError(f"languages.toml [{self.code}]: {field} is {value!r}; write {' or '.join(allowed)}")


@dataclass(frozen=True, slots=True)
class Words:
    """What people type, as written in ``words.toml`` and not folded.

    anytime  command -> phrases; the English ones are among them in every language
    """

    anytime: Mapping[str, tuple[str, ...]]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    done: tuple[str, ...]
    unsure: tuple[str, ...]


def _known() -> dict[str, Language]:
    return {
        code: Language(code=code, **{**entry, "also": tuple(entry.get("also", ()))})
        for code, entry in toml("languages.toml").items()
    }


#: Every language that is recognised when somebody writes in it, by code, in the order in which they are offered.
KNOWN: Mapping[str, Language] = _known()
#: Those of them that we have words of, so that a talk can be in them: the others have no folder yet or a bare one.
LANGUAGES: Mapping[str, Language] = {
    code: entry for code, entry in KNOWN.items() if (HERE / code / "words.toml").exists()
}


def language(code: str) -> Language:
    """The language of that code; English for one we do not have."""
    return LANGUAGES.get(code) or LANGUAGES[SOURCE]


def tag(code: str) -> str:
    """The language tag that browsers know for one of our codes: "fa-AF", "zh-Hans"."""
    return code.replace("_", "-")


#: Tags that others use for a language of ours; who reads Punjabi in Arabic letters reads Urdu.
_SAME = {
    "pa_Arab": "ur",
    "pa_PK": "ur",
    "kmr": "ku",
    "prs": "fa_AF",
    "zh_SG": "zh_Hans",
    "zh_CN": "zh_Hans",
    "zh": "zh_Hans",
}


def meant(wished: Iterable[str], among: Sequence[str]) -> str:
    """The first of the languages ``among`` that language tags ("zh-TW", "pt-BR", as browsers and Telegram send them)
    mean; "" for none."""
    codes = {code.casefold(): code for code in among}
    for tagged in wished:
        try:
            locale = Locale.parse(tagged.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            asked = [tagged]
        else:
            full = (f"{locale.language}_{part}" for part in (locale.script, locale.territory) if part)
            asked = [*full, locale.language]
        for one in asked:
            if code := codes.get(_SAME.get(one, one).casefold()):
                return code
    return ""


@lru_cache(maxsize=1)
def offered() -> tuple[Language, ...]:
    """The languages offered to the public: switched on, and whole (every message translated, none fuzzy)."""
    return tuple(entry for entry in LANGUAGES.values() if entry.offered and complete(entry.code))


# Words ------------------------------------------------------------------------------------------


@cache
def words(code: str) -> Words:
    """A language's typed words; for an anytime word the English ones work as well."""
    own = toml(language(code).code, "words.toml")
    english = toml(SOURCE, "words.toml")
    return Words(
        anytime={
            command: tuple(dict.fromkeys((*own["anytime"].get(command, ()), *phrases)))
            for command, phrases in english["anytime"].items()
        },
        yes=tuple(own["yes"]),
        no=tuple(own["no"]),
        done=tuple(own["done"]),
        unsure=tuple(own["unsure"]),
    )


@lru_cache(maxsize=1)
def danger_lists() -> Mapping[str, Mapping[str, Any]]:
    """Language code -> its ``danger.toml``, with ``weighed.toml`` under "weigh", for ``flows.safety.Watch``."""
    return {code: danger_tables(*sources) for code, sources in danger_sources().items()}


def danger_sources() -> Mapping[str, tuple[str, str]]:
    """Language code -> the texts of its ``danger.toml`` and ``weighed.toml``, "" where it has none of the latter."""
    folders = {code: HERE / code for code in LANGUAGES if (HERE / code / "danger.toml").exists()}
    return {
        code: (
            (folder / "danger.toml").read_text("utf-8"),
            (folder / "weighed.toml").read_text("utf-8") if (folder / "weighed.toml").exists() else "",
        )
        for code, folder in folders.items()
    }


def danger_tables(danger: str, weighed: str) -> dict[str, Any]:
    """The tables of such texts, those of ``weighed.toml`` under "weigh"."""
    tables = tomllib.loads(danger)
    if weighed:
        tables["weigh"] = tomllib.loads(weighed)
    return tables


@lru_cache(maxsize=1)
def symbols() -> Mapping[str, str]:
    """Concept -> emoji, for every symbol."""
    return {concept: sign for group in toml("symbols.toml").values() for concept, sign in group.items()}


def emoji(symbol: str) -> str:
    """The emoji of a concept, "" when it has none."""
    return symbols().get(symbol, "")


# Dates and direction ----------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def show_date(day: date, code: str) -> str:
    """A date as the language writes it, the weekday included.

    Digits are Western in every language: a date may be read out on the telephone to an English-speaking worker,
    and what is shown must be what may be typed back.
    """
    entry = language(code)
    shown = format_date(day, entry.date, locale=entry.dates_like)
    return shown[0].lower() + shown[1:] if entry.lower_days else shown


def show_month(day: date, code: str) -> str:
    """The month of a day with its year, as the language writes it: "November 2026"."""
    return format_date(day, "LLLL y", locale=language(code).dates_like)


def isolate(value: str, code: str) -> str:
    """The value fit to stand inside a sentence of this language.

    In a right-to-left language names, numbers and receipts are isolated, or their digits and full stops would
    jump about. Left-to-right texts stay as they are: two more characters would throw an SMS out of the GSM alphabet.
    """
    if language(code).direction == "ltr" or not value or value.startswith(FSI):
        return value
    return f"{FSI}{value}{PDI}"


def fill(text: str, args: Mapping[str, str], code: str) -> str:
    """The text with its {places} filled and isolated; a place that ``args`` lacks stays for somebody else to fill."""
    return PLACE.sub(lambda m: isolate(args[m[1]], code) if m[1] in args else m[0], text)


def speaker(code: str, domain: str = MESSAGES) -> Callable[..., str]:
    """``say(text, **places)``: a text of a catalogue as the language says it, its {places} filled and isolated."""
    translate = translator(code, domain=domain)

    def say(text: str, **places: object) -> str:
        said = translate("", text)
        return fill(said, {name: str(value) for name, value in places.items()}, code) if places else said

    return say
