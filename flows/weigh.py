"""Weighed words: many small signs that are none by themselves.

A text whose words together speak for danger is looked at the same day (amber). Words, beginnings of words, pieces of
words, pairs of words and weak patterns have a weight; ``tools/weigh.py`` learns them from examples. A weak pattern
(``weak`` under ``[signs.<category>]``) is evidence like a word, only more of it: by itself it decides nothing. What a
red or amber pattern found is never taken back.

The sum is divided by the root of the number of words, so that a limit means the same for a short text and a long one.

Where a language changes its words a good deal (Welsh at the beginning, Arabic at both ends), it is their stems that are
weighed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from operator import add, itemgetter, sub
from types import MappingProxyType
from typing import Any

#: What the weighed words find is called so; it fits no category.
CATEGORY = "may_be_danger"
#: A longer word is also weighed by its beginning, unless its language says another number.
BEGINNING = 5
#: A word is weighed by its pieces of so many letters too, "<" before the first and ">" after the last: misspelt, or in
#: a form nobody foresaw, it still weighs.
PIECES = (2, 3, 4)
#: Less than so many letters of a word never stay.
SHORTEST = 3
#: A text of fewer words is not weighed: it is an answer, as "12 to 15" is, and patterns read it all the same.
FEWEST = 4
#: The same, where the talk is in another language.
ANOTHER = 6
#: So many words are weighed together, or every long message would be over the limit at some time.
TOGETHER = 24
#: A longer text must be so much further over the limit: it has many stretches to be over it with.
LONGER = 50
#: What the sum of the weights of so many words is divided by: a longer text has more of them, for danger and against.
_ROOT = [1.0, *(math.sqrt(words) for words in range(1, TOGETHER + 1))]
#: With a larger share of unknown words nothing is weighed.
UNKNOWN = 0.7
#: So many words of a language are remembered.
REMEMBERED = 20_000
NONE: Mapping[str, int] = MappingProxyType({})

#: A stem on the scale: (itself, its weight with those of its beginning and pieces, stem after it -> weight of the two,
#: 1 if it is a word and no number, 1 if nobody knows it)
Weighed = tuple[str, int, Mapping[str, int], int, int]
_STEM, _OWN, _AFTER, _WORD, _UNKNOWN = map(itemgetter, range(5))
#: After most words no other weighs more than by itself.
_NO_PAIR: Mapping[str, int] = {}


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

    def of(self, word: str) -> str:
        """The stem of a word."""
        for begin, other in self._change:
            if len(word) > SHORTEST and word.startswith(begin):
                return other + word[len(begin) :]
        for _ in range(2):
            word = next((cut for one in self._before if _stays(cut := word.removeprefix(one), word)), word)
        for _ in range(2):
            word = next((cut for one in self._after if _stays(cut := word.removesuffix(one), word)), word)
        return word

    def parts(self, stems: Sequence[str]) -> list[str]:
        """What is weighed of a text: its stems, the beginnings of long ones, and neighbours; ``pieces`` besides."""
        return [
            *(stem for stem in stems if stem),
            *(f"{stem[: self.beginning]}*" for stem in stems if len(stem) > self.beginning),
            *(f"{one} {other}" for one, other in pairwise(stems) if one and other),
        ]


def pieces(stem: str) -> list[str]:
    """The pieces of a stem; none of a single letter, which is weighed itself."""
    if len(stem) < 2:
        return []
    whole = f"<{stem}>"
    return [whole[at : at + size] for size in PIECES for at in range(len(whole) - size + 1)]


def _stays(cut: str, word: str) -> bool:
    return SHORTEST <= len(cut) < len(word)


class Scale:
    """The weights of one language.

    weighed  stem -> as it is on the scale

    words   word, beginning (``begi*``) or two words -> how much it speaks for danger
    pieces  piece of a word -> the same
    over    a total above it is a sign
    answers whole texts that are none, whatever they weigh: what we write on buttons, as words are compared
    weak    weak pattern, as it is written in the list -> the same; "" is added for every one, known or not

    All in hundredths.
    """

    def __init__(
        self,
        words: Mapping[str, int],
        over: int,
        stems: Stems,
        weak: Mapping[str, int],
        pieces: Mapping[str, int] = NONE,
        answers: Collection[str] = (),
    ) -> None:
        self.over = over
        self.answers = frozenset(answers)
        self._weak = weak
        self.weighed: Mapping[str, Weighed] = _All(words, stems.beginning, pieces)

    def weigh(self, stems: Sequence[str]) -> list[Weighed]:
        """Every stem as it is on the scale; "" is a word said harmlessly."""
        return [self.weighed[stem] for stem in stems]

    def knows(self, text: Sequence[Weighed], talked: bool = True) -> bool:
        """Whether it knows enough of the words; a text that it does not is in another language, or only an answer.

        ``talked``: whether the talk is in this language, as far as anybody knows. Of another some words may be alike:
        "ma dad" is Somali.
        """
        unknown: int = sum(map(_UNKNOWN, text))
        return unknown <= UNKNOWN * len(text) and sum(map(_WORD, text)) >= (FEWEST if talked else ANOTHER)

    def of_weak(self, pattern: str) -> int:
        """The weight of a weak pattern."""
        return self._weak.get("", 0) + self._weak.get(pattern, 0)

    def heaviest(self, text: Sequence[Weighed], weak: Mapping[str, int] = NONE) -> tuple[int, int, int]:
        """(total, first word, word after the last) of the heaviest stretch of a text.

        The total is the sum of the weights over the root of the number of words. ``weak``: the weak patterns that fit
        -> their first word. Of a text of several stretches it is LONGER less, so that it can be held against ``over``
        like any other.
        """
        weight, first, last = self._stretch(text, weak)
        return round(weight / _ROOT[last - first]) - (LONGER if len(text) > TOGETHER else 0), first, last

    def lacks(self, text: Sequence[Weighed]) -> int:
        """How much weight the heaviest stretch of a text must still be given to be at the limit."""
        weight, first, last = self._stretch(text, NONE)
        return round((self.over + (LONGER if len(text) > TOGETHER else 0)) * _ROOT[last - first]) - weight

    def _stretch(self, text: Sequence[Weighed], weak: Mapping[str, int]) -> tuple[int, int, int]:
        """(sum of the weights, first word, word after the last) of the heaviest stretch of a text."""
        befores, stems = chain((_NO_PAIR,), map(_AFTER, text)), map(_STEM, text)
        pairs = [before.get(stem, 0) if before else 0 for before, stem in zip(befores, stems, strict=False)]
        weights = list(map(add, map(_OWN, text), pairs))
        for pattern, at in weak.items():
            weights[at] += self.of_weak(pattern)
        if len(text) <= TOGETHER:
            return sum(weights), 0, len(text)
        sums = list(accumulate(weights, initial=0))
        totals = list(map(sub, map(sub, sums[TOGETHER:], sums), pairs))
        best = max(totals)
        at = totals.index(best)
        return best, at, at + TOGETHER

    def why(self, stems: Sequence[str], most: int = 6) -> list[str]:
        """The words and pairs of words that weigh most for danger, with their weights."""
        text = self.weigh(stems)
        found = {stem: own for stem, own, *_ in text}
        for (one, _, after, *_), (other, *_) in pairwise(text):
            found[f"{one} {other}"] = after.get(other, 0)
        weighed = sorted(((weight, one) for one, weight in found.items()), reverse=True)
        return [f"{one} +{weight}" for weight, one in weighed[:most] if weight > 0]


class _All(dict[str, Weighed]):
    """Stem -> as it is on the scale."""

    def __init__(self, weights: Mapping[str, int], beginning: int, pieces: Mapping[str, int]) -> None:
        super().__init__({"": ("", 0, _NO_PAIR, 0, 0)})
        self._weights = weights
        self._pieces = pieces
        self._beginning = beginning
        self._after: dict[str, dict[str, int]] = {}
        for pair, weight in weights.items():
            one, _, other = pair.partition(" ")
            if other:
                self._after.setdefault(one, {})[other] = weight

    def __missing__(self, stem: str) -> Weighed:
        own = self._weights.get(stem)
        begin = self._weights.get(f"{stem[: self._beginning]}*") if len(stem) > self._beginning else None
        unknown = own is None and begin is None
        found = (
            stem,
            (own or 0) + (begin or 0) + sum(self._pieces.get(piece, 0) for piece in pieces(stem)),
            self._after.get(stem, _NO_PAIR),
            int(not stem.isdigit()),
            int(unknown),
        )
        if len(self) < REMEMBERED:
            self[stem] = found
        return found
