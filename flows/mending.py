"""Mends words that are one slip of the finger away from a word of the danger lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Shorter words are not mended: too much lies one slip away from them.
MENDABLE = 5


def buckets(words: Iterable[str]) -> dict[str, str]:
    """The words that may be mended to, by their first letter and length (``h5``), in one string each."""
    found: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(word) >= MENDABLE:
            found.setdefault(f"{word[0]}{len(word)}", []).append(word)
    return {key: " ".join(some) for key, some in found.items()}


def mend(token: str, into: Sequence[Mapping[str, str]]) -> str:
    """The word one slip away that begins with the same letter, the likeliest; the token itself when there is none.

    ``into``: buckets, those first whose words are likelier.
    """
    if len(token) < MENDABLE or token.isdigit():
        return token
    for some in into:
        words = [
            word
            for length in (len(token), len(token) - 1, len(token) + 1)
            for word in some.get(f"{token[0]}{length}", "").split()
        ]
        near = process.extract(token, words, scorer=OSA.distance, processor=None, limit=None, score_cutoff=1)
        if near:
            return min((word for word, _, _ in near), key=lambda word: (abs(len(word) - len(token)), word))
    return token
