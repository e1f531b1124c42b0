"""The phrases that weights are learned from: of a language, of its kin, and what we write and offer ourselves.

Sets lie in ``tests/flows/danger``; each is one hand's. Those named ``<language>_check.toml`` are never read: they are
kept to measure by.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import locales
from flows.aside import ASIDES
from flows.flatten import flatten
from flows.scripts import FLOWS, board
from flows.steps import options_of

SETS = Path(__file__).parents[1] / "tests" / "flows" / "danger"

#: Languages that share so many words, or roots of them, that the examples of one teach another.
KIN: Mapping[str, tuple[str, ...]] = {
    "uk": ("ru", "bg"),
    "ru": ("uk", "bg"),
    "bg": ("ru", "uk"),
    "cs": ("sk", "pl"),
    "sk": ("cs", "pl"),
    "lt": ("lv",),
    "lv": ("lt",),
    "es": ("pt", "it", "fr", "ro"),
    "pt": ("es", "it", "fr", "ro"),
    "it": ("es", "pt", "fr", "ro"),
    "fr": ("es", "it", "pt", "ro"),
    "ro": ("it", "fr", "es", "pt"),
    "fa": ("fa_AF",),
    "fa_AF": ("fa",),
    "ckb": ("fa", "fa_AF"),
    "ps": ("fa_AF", "ur"),
    "ur": ("hi", "pa", "fa"),
    "hi": ("ur", "pa", "ne", "gu"),
    "pa": ("hi", "ur"),
    "gu": ("hi", "pa"),
    "ne": ("hi", "gu"),
    "bn": ("hi", "ne"),
    "zh_Hans": ("zh_Hant",),
    "zh_Hant": ("zh_Hans",),
    "am": ("ti",),
    "ti": ("am",),
}
#: Where the letters of these begin in Unicode; the blocks are laid out alike, so that one's letter is another's.
LETTERS: Mapping[str, int] = {"hi": 0x900, "ne": 0x900, "bn": 0x980, "pa": 0xA00, "gu": 0xA80}
_BLOCK = 0x80


def phrases(language: str) -> Iterator[tuple[str, bool, str]]:
    """(phrase, whether it is a danger, name of its set) of every set of the language that may be learned from."""
    for name, tables in _sets():
        yield from ((text, danger, name) for text, danger in _of(language, name, tables))


@cache
def _sets() -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (path.stem, tomllib.loads(path.read_text("utf-8")))
        for path in sorted(SETS.glob("*.toml"))
        if not path.stem.endswith("_check")
    ]


def _of(language: str, name: str, tables: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    if name == language:
        for level in ("red", "amber"):
            yield from ((text, True) for texts in tables[level].values() for text in texts)
        yield from ((text, False) for text in tables["near"]["all"])
    own = tables if is_of(name, language) else tables.get(language, {})
    for part in [own, *(part for part in own.values() if isinstance(part, dict))]:
        for kind, danger in (("sign", True), ("grave", True), ("none", False), ("ordinary", False)):
            texts = part.get(kind, ())
            if isinstance(texts, dict):
                texts = [text for some in texts.values() for text in some]
            yield from ((text, danger) for text in texts)


def is_of(name: str, language: str) -> bool:
    """Whether a set of this name is the language's: ``fa_AF_learn`` is Dari's, not Persian's."""
    codes = [code for code in locales.KNOWN if name == code or name.startswith(f"{code}_")]
    return language == max(codes, key=len, default="")


def ours(language: str) -> Iterator[str]:
    """What we write on buttons and take for an answer or a command: none of it is a danger, however it is learned."""
    steps = [*(step for flow in FLOWS.values() for step in flow.steps), *ASIDES.values()]
    translate, words = locales.translator(language), locales.words(language)
    labels = {
        translate(*option.label.pick(register, easy), option.label.plain)
        for step in steps
        for option in options_of(step)
        if option.value not in board.ALARMING
        for register in ("", "child", "young")
        for easy in (False, True)
    }
    said = {one for command, phrases in words.anytime.items() if command != "urgent" for one in phrases}
    yield from sorted(labels | said | {*words.yes, *words.no, *words.done, *words.unsure})


def real(language: str) -> list[str]:
    """Words that are no slip of the finger from one of the list's: ordinary phrases have them, dangers seldom."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, danger, _ in phrases(language):
        counts[danger].update({word for word in flatten(text) if not word.isdigit()})
    return sorted(word for word, ordinary in counts[False].items() if ordinary >= counts[True][word])


def spelt(part: str, kin: str, language: str) -> str:
    """A word of kin, or a piece of one, in the letters of the language."""
    if LETTERS.get(kin, 0) == LETTERS.get(language, 0) or not {kin, language} <= LETTERS.keys():
        return part
    begin, away = LETTERS[kin], LETTERS[language] - LETTERS[kin]
    return "".join(chr(ord(one) + away) if begin <= ord(one) < begin + _BLOCK else one for one in part)
