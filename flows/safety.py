"""Finds signs that somebody may be in danger, and says which words they are.

The lists are data (``locales/<language>/danger.toml``; docs/safety.md explains how to write them). All of them are
tried on every text, whatever the language of the talk: people mix languages most when they are frightened.

A pattern is words with ``(this|or that)``, ``(perhaps)?``, ``begin*``, ``..`` (up to 3 words between), ``...`` (up to
7), ``{a list}``, and ``this & that`` (both, either order, up to 7 words between). Text and patterns go through the same
``flatten``, so case, accents, hamzas, apostrophes, doubled letters and digits written for letters do not matter.

Only the patterns all of whose needed words the text has are tried, word by word (``flows/patterns.py``); a word that is
nobody's is mended first when it is one slip away from a word of the lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from rapidfuzz.distance import OSA

from flows.patterns import Grammar, Line, Pattern, expand
from flows.session import Signs

#: Levels, the graver first.
LEVELS = ("red", "amber")
#: Longer texts are read in pieces that overlap, so that the time stays in proportion.
PIECE, OVERLAP = 4000, 200
#: Shorter words are not mended: too much lies one slip away from them.
MENDABLE = 5
_WORD = re.compile(r"[^\W_]+(?:\*+[^\W_]+)*|[\U0001F300-\U0001FAFF\u2620\u26A0\u26B0]")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_LEET = str.maketrans("013457", "oieast")
_MIXED = re.compile(r"(?=\S*[a-z])(?=\S*\d)\S+")
_SIGNS = re.compile(r"(?<=[a-z])[@$!](?=[a-z])")
_SPELT = re.compile(r"(?<= )(?:[^\W\d_] ){3,}")
_GRAVE = {level: rank for rank, level in enumerate(LEVELS)}


class _Letters(dict[int, str | None]):
    """Character -> how it is compared; filled as characters turn up."""

    _SAME = MappingProxyType({"ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "گ": "ك", "چ": "ج", "ڤ": "ف"})

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        category = unicodedata.category(char)
        if char in self._SAME:
            value: str | None = self._SAME[char]
        elif category == "Nd":
            value = str(unicodedata.digit(char))
        elif category[0] == "M" or category in ("Cf", "Lm", "Sk") or char in "'’‘`´ʼ":
            value = None
        else:
            value = char
        self[code] = value
        return value


_LETTERS = _Letters()


def flatten(text: str) -> list[str]:
    """The words of a text in the form that lists and texts are compared in; emoji are words."""
    flat = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    if "@" in flat or "$" in flat or "!" in flat:
        flat = _SIGNS.sub(lambda m: {"@": "a", "$": "s", "!": "i"}[m[0]], flat)
    flat = _MIXED.sub(lambda m: m[0].translate(_LEET), flat)
    return _WORD.findall(_DOUBLED.sub(r"\1", flat))


@dataclass(frozen=True, slots=True, eq=False)
class _Sign:
    """One pattern with its category ("" for a harmless phrase) and level."""

    category: str
    level: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Found:
    """One sign: words ``first`` up to, not including, ``last`` of the text; ``lowered`` when it was denied."""

    category: str
    level: str
    first: int
    last: int
    lowered: bool = False


class Watch:
    """Reads texts for signs of danger. Built once (about 50 ms for three languages); safe to share between threads.

    ``lists``: language -> the tables of its ``danger.toml``. Raises ValueError that names language, category and
    pattern where one is not well formed.
    """

    def __init__(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        self._exact: dict[str, list[_Sign]] = {}
        self._begin: dict[str, list[_Sign]] = {}
        self._same: dict[str, str] = {}
        self._known: set[str] = set()
        self._heads: set[str] = set()
        self._not: set[str] = set()
        self._between: set[str] = set()
        particles: set[str] = set()
        vocabulary: set[str] = set()
        #: category -> number of patterns, by language
        self.counts: dict[str, dict[str, int]] = {}
        for language, tables in lists.items():
            for word, variants in tables.get("same", {}).items():
                for variant in variants:
                    self._same.update((one, self._one(word, language)) for one in flatten(variant))
            self._known.update(word for phrase in tables.get("real", ()) for word in flatten(phrase))
        for language, tables in lists.items():
            grammar = Grammar(self._words, tables.get("lists", {}), tables.get("begin", {}), tables.get("common", ()))
            for category, level, pattern in _entries(tables):
                try:
                    self._add(category, level, pattern, grammar)
                except ValueError as error:
                    raise ValueError(
                        f"{language}/danger.toml [{category or 'harmless'}]: “{pattern}”: {error}"
                    ) from error
                by_category = self.counts.setdefault(language, {})
                by_category[category] = by_category.get(category, 0) + 1
            vocabulary.update(grammar.words)
            self._heads.update(grammar.heads)
            denial = tables.get("denial", {})
            self._not.update(self._one(word, language) for word in denial.get("not", ()))
            self._between.update(self._one(word, language) for word in denial.get("between", ()))
            particles.update("".join(flatten(one)) for one in tables.get("begin", {}).get("", ()))
        self._particles = tuple(sorted(particles, key=len, reverse=True))
        self._lengths = tuple(sorted({len(head) for head in self._heads}))
        self._forms = lru_cache(maxsize=32768)(self._read_forms)
        self._known |= vocabulary
        self._slips = _slips(vocabulary)

    def signs(self, text: str, language: str = "") -> Signs:
        """The signs in a text: the graver level, categories and the person's own words, gravest first.

        ``language`` is the talk's; every list is tried all the same.
        """
        pieces = (
            [text] if len(text) <= PIECE else [text[at : at + PIECE] for at in range(0, len(text), PIECE - OVERLAP)]
        )
        levels: dict[str, str] = {}
        matched: dict[str, None] = {}
        for piece in pieces:
            found = self.find(flatten(piece))
            if not found:
                continue
            own = _own_words(piece)
            for one in found:
                level = levels.get(one.category)
                if level is None or _GRAVE[one.level] < _GRAVE[level]:
                    levels[one.category] = one.level
                matched[" ".join(dict.fromkeys(own[one.first : one.last]))] = None
        if not levels:
            return Signs()
        ranked = sorted(levels, key=lambda category: _GRAVE[levels[category]])
        return Signs(level=levels[ranked[0]], categories=tuple(ranked), matched=tuple(word for word in matched if word))

    def find(self, words: Sequence[str]) -> list[Found]:
        """Every sign in a flattened text, gravest first; for ``signs`` and for looking into a list."""
        same = self._same
        tokens = [same.get(word, word) for word in words]
        found = self._match(tokens)
        line = f" {' '.join(words)} "
        if spelt := _SPELT.search(line):
            whole = line[: spelt.start()] + spelt[0].replace(" ", "") + " " + line[spelt.end() :]
            at = line[: spelt.start()].count(" ") - 1
            found += [
                Found(one.category, one.level, min(one.first, at), len(tokens)) for one in self._match(whole.split())
            ]
        return sorted(dict.fromkeys(found), key=lambda one: (_GRAVE[one.level], one.first))

    def _match(self, tokens: list[str]) -> list[Found]:
        line = Line(map(self._forms, tokens))
        candidates = self._candidates(line)
        harmless = 0
        for sign in candidates:
            if not sign.category:
                for first, last in sign.pattern.spans(line):
                    harmless |= (1 << last) - (1 << first)
        if harmless:
            line = line.without(harmless)
        found = []
        for sign in candidates:
            if sign.category:
                for first, last in sign.pattern.spans(line):
                    denied = self._is_denied(tokens, first)
                    found.append(Found(sign.category, "amber" if denied else sign.level, first, last, denied))
        return found

    def _read_forms(self, token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(the word, mended, and without what was written together with it; the beginnings of these that we know)."""
        forms = list(dict.fromkeys((token, self._mend(token))))
        if self._particles and token.startswith(self._particles):
            bare = (token.removeprefix(particle) for particle in self._particles if token.startswith(particle))
            forms += [one for one in bare if len(one) > 2]
        heads = {form[:length] for form in forms for length in self._lengths}
        return tuple(forms), tuple(heads & self._heads)

    def _is_denied(self, tokens: Sequence[str], first: int) -> bool:
        """Whether what begins at ``first`` is denied directly before, at most three small words between."""
        for back in range(first - 1, max(-1, first - 5), -1):
            if tokens[back] in self._not:
                return True
            if tokens[back] not in self._between:
                return False
        return False

    def _candidates(self, line: Line) -> list[_Sign]:
        found: dict[int, _Sign] = {}
        for index, there in ((self._exact, line.words), (self._begin, line.heads)):
            for key in index.keys() & there.keys():
                found.update((id(sign), sign) for sign in index[key] if sign.pattern.may_be_in(line))
        return list(found.values())

    def _add(self, category: str, level: str, text: str, grammar: Grammar) -> None:
        for one in expand(text):
            sign = _Sign(category, level, grammar.pattern(one))
            anchor = sign.pattern.needs[0]
            for word in anchor.whole:
                self._exact.setdefault(word, []).append(sign)
            for head in anchor.heads:
                self._begin.setdefault(head, []).append(sign)

    def _words(self, text: str) -> list[str]:
        return [self._same.get(word, word) for word in flatten(text)]

    @staticmethod
    def _one(word: str, language: str) -> str:
        words = flatten(word)
        if len(words) != 1:
            raise ValueError(f"{language}/danger.toml: “{word}” must be one word")
        return words[0]

    def _mend(self, token: str) -> str:
        """The word of the lists one slip away, or the token itself when it is known, short, or near to none."""
        if len(token) < MENDABLE or token in self._known or token.isdigit():
            return token
        near: set[str] = set()
        for key in (token, *_without_one(token)):
            near.update(self._slips.get(key, ()))
        best = [word for word in near if word[0] == token[0] and OSA.distance(token, word, score_cutoff=1) <= 1]
        return min(best, key=lambda word: (abs(len(word) - len(token)), word)) if best else token


def _entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(category, level, pattern) of one language; category "" for the harmless phrases."""
    for category, by_level in tables.get("signs", {}).items():
        for level, patterns in by_level.items():
            if level not in LEVELS:
                raise ValueError(f"danger.toml [signs.{category}]: {level!r} is not a level; write red or amber")
            for pattern in patterns:
                yield category, level, pattern
    for pattern in tables.get("harmless", ()):
        yield "", "amber", pattern


def _without_one(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _slips(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What is left of each word when a letter is missing -> the words; the word itself too."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        if len(word) >= MENDABLE:
            for key in {word, *_without_one(word)}:
                found[key] = (*found.get(key, ()), word)
    return found


def _own_words(text: str) -> list[str]:
    """For each flattened word the stretch of the text, between spaces, that it came from."""
    own = [chunk for chunk in text.split() for _ in flatten(chunk)]
    words = flatten(text)
    return own if len(own) == len(words) else words
