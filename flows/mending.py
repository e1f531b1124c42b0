"""Mends words that are one slip of the finger away from a word of the danger lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from rapidfuzz.distance import OSA

#: Shorter words are not mended: too much lies one slip away from them.
MENDABLE = 5


class Mender:
    """``words``: what is mended into; ``known``: what is left as it is, these among them."""

    def __init__(self, words: Iterable[str], known: Set[str]) -> None:
        self._known = known
        self._slips = _slips(words)

    def mend(self, token: str) -> str:
        """The word of the lists one slip away, or the token itself when it is known, short, or near to none."""
        if len(token) < MENDABLE or token in self._known or token.isdigit():
            return token
        near: set[str] = set()
        for key in (token, *_without_one(token)):
            near.update(self._slips.get(key, ()))
        best = [word for word in near if word[0] == token[0] and OSA.distance(token, word, score_cutoff=1) <= 1]
        return min(best, key=lambda word: (abs(len(word) - len(token)), word)) if best else token


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
