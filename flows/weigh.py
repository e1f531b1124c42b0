"""Weighed words: many small signs that are none by themselves.

Beside the patterns of the danger lists, which they can only add to: a text whose words together speak for danger is
looked at the same day (amber). Words, beginnings of words and pairs of words have a weight; ``tools/weigh.py`` learns
them from examples. Nothing that a pattern found is ever taken back.

Where a language changes its words a good deal (Welsh at the beginning, Arabic at both ends), it is their stems that are
weighed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import add
from typing import Any

#: What the weighed words find is called so; it fits no category.
CATEGORY = "may_be_danger"
#: A longer word is also weighed by its beginning, unless its language says another number.
BEGINNING = 5
#: Less than so many letters of a word never stay.
SHORTEST = 3
#: So many words are weighed together, or every long message would be over the limit at some time.
TOGETHER = 18
#: A longer text must be so much further over the limit: it has many stretches to be over it with.
LONGER = 120
#: With a larger share of unknown words nothing is weighed.
UNKNOWN = 0.6


class Stems:
    """How the words of a language are cut down before they are weighed: ``[stems]`` of its danger list.

    beginning  a longer stem is also weighed by so many letters
    change     first letters -> what they are weighed as (Welsh mutations); the longest that fits
    before     what may be written together with the beginning of a word, after: with its end; each up to twice
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.beginning: int = table.get("beginning", BEGINNING)
        self._change: list[tuple[str, str]] = sorted(
            table.get("change", {}).items(), key=lambda pair: len(pair[0]), reverse=True
        )
        self._before = tuple(sorted(table.get("before", ()), key=len, reverse=True))
        self._after = tuple(sorted(table.get("after", ()), key=len, reverse=True))
        self.of: Callable[[str], str] = lru_cache(maxsize=32768)(self._of)

    def _of(self, word: str) -> str:
        for begin, other in self._change:
            if len(word) > SHORTEST and word.startswith(begin):
                return other + word[len(begin) :]
        for _ in range(2):
            word = next((cut for one in self._before if _stays(cut := word.removeprefix(one), word)), word)
        for _ in range(2):
            word = next((cut for one in self._after if _stays(cut := word.removesuffix(one), word)), word)
        return word

    def parts(self, stems: Sequence[str]) -> list[str]:
        """What is weighed of a text: its stems, the beginnings of long ones, and neighbours."""
        return [
            *(stem for stem in stems if stem),
            *(f"{stem[: self.beginning]}*" for stem in stems if len(stem) > self.beginning),
            *(f"{one} {other}" for one, other in pairwise(stems) if one and other),
        ]


def _stays(cut: str, word: str) -> bool:
    return SHORTEST <= len(cut) < len(word)


class Scale:
    """The weights of one language. ``over``: a total above it is a sign; both in hundredths."""

    def __init__(self, words: Mapping[str, int], over: int, stems: Stems) -> None:
        self._weights = words
        self._over = over
        self._stems = stems
        self._single = lru_cache(maxsize=32768)(self._word)

    def _word(self, stem: str) -> int | None:
        """The weight of one word by itself, its beginning included; None when it is not known."""
        size = self._stems.beginning
        own = self._weights.get(stem)
        begin = self._weights.get(f"{stem[:size]}*") if len(stem) > size else None
        return None if own is None and begin is None else (own or 0) + (begin or 0)

    def heaviest(self, stems: Sequence[str]) -> tuple[int, int] | None:
        """(first word, word after the last) of the stretch that is most over the limit; "" is a word said harmlessly.

        None when none is, or when most of the words are unknown: then the text is in another language.
        """
        weights = [self._single(stem) for stem in stems]
        if weights.count(None) - stems.count("") > UNKNOWN * len(stems):
            return None
        single = [weight or 0 for weight in weights]
        pairs = [*(self._weights.get(f"{one} {other}", 0) for one, other in pairwise(stems)), 0]
        if len(stems) <= TOGETHER:
            return (0, len(stems)) if sum(single) + sum(pairs) > self._over else None
        sums = list(accumulate(map(add, single, pairs), initial=0))
        totals = [
            after - before - pair
            for before, after, pair in zip(sums, sums[TOGETHER:], pairs[TOGETHER - 1 :], strict=False)
        ]
        best = max(totals)
        at = totals.index(best)
        return (at, at + TOGETHER) if best > self._over + LONGER else None

    def why(self, stems: Sequence[str], most: int = 6) -> list[str]:
        """The parts that weigh most for danger, with their weights."""
        known = dict.fromkeys(self._stems.parts(stems))
        weighed = sorted(((self._weights.get(one, 0), one) for one in known), reverse=True)
        return [f"{one} +{weight}" for weight, one in weighed[:most] if weight > 0]
