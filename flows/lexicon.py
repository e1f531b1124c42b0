"""Builds the Lexicon of a language from its typed words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flows.reading import fold
from flows.session import Lexicon


def lexicon(
    anytime: Mapping[str, Iterable[str]],
    yes: Iterable[str],
    no: Iterable[str],
    done: Iterable[str],
    unsure: Iterable[str],
) -> Lexicon:
    """Words as written (``locales.words``) made fit to compare with what was typed.

    Raises ValueError when two commands share a phrase: neither could be told from the other.
    """
    phrases: dict[str, str] = {}
    for command, spellings in anytime.items():
        for phrase in map(fold, spellings):
            if phrases.setdefault(phrase, command) != command:
                raise ValueError(
                    f"“{phrase}” is written for {phrases[phrase]} and for {command}; leave it in one of them"
                )
    return Lexicon(
        anytime=phrases,
        yes=frozenset(map(fold, yes)),
        no=frozenset(map(fold, no)),
        done=frozenset(map(fold, done)),
        unsure=frozenset(map(fold, unsure)),
    )
