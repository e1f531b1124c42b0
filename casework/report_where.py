"""What a figure counts, as data: a conjunction of facts, the same for the table, the link and the list behind it.

As text, one word for each fact: ``kind:complaint theme:decision|support who:!child filed:2020-04-01..2021-03-31``.

    fact:a|b       any of these values            fact:!a|b     none of these values
    fact:*         any value at all               fact:-        no value: not asked, not recorded
    fact:a..b      values from a to b, both included, in the order of the alphabet: days, months
    persons:3      of people who have exactly so many of the records that the other words choose; 4.. for that or more
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote

#: Not a fact: how many of the chosen records come from the same person.
PERSONS = "persons"
ANY, NONE = "*", "-"
_WORD = re.compile(r"^([a-z][\w.]*):(!?)(\S+)$")
#: Signs of a value that stand for themselves.
_SAFE = "-_/,+~@"


@dataclass(frozen=True, slots=True)
class Is:
    """One word: a fact with any of these values; ``(ANY,)``, ``(NONE,)``, or ``("a..b",)``; ``no``: with none."""

    fact: str
    values: tuple[str, ...]
    no: bool = False

    @property
    def span(self) -> tuple[str, str] | None:
        """From which value to which, both included, where it is a range; an open end is ""."""
        if len(self.values) == 1 and ".." in self.values[0]:
            first, _, last = self.values[0].partition("..")
            return first, last
        return None

    def holds(self, value: str) -> bool:
        """Whether a value is one of these, without minding ``no``."""
        if self.span is not None:
            first, last = self.span
            return first <= value and (not last or value <= last)
        return self.values == (ANY,) or value in self.values

    def __str__(self) -> str:
        if self.span is not None or self.values in ((ANY,), (NONE,)):
            said = self.values[0]
        else:
            said = "|".join(quote(value, safe=_SAFE) for value in self.values)
        return f"{self.fact}:{'!' if self.no else ''}{said}"


@dataclass(frozen=True, slots=True)
class Where:
    """Facts that must all hold."""

    words: tuple[Is, ...] = ()

    def __and__(self, other: Where) -> Where:
        return Where(tuple(dict.fromkeys((*self.words, *other.words))))

    def __iter__(self) -> Iterator[Is]:
        return iter(self.words)

    def __str__(self) -> str:
        return " ".join(map(str, self.words))

    @property
    def query(self) -> dict[str, str]:
        """What the address of the list says."""
        return {"facts": str(self)} if self.words else {}


EVERYTHING = Where()


def has(fact: str, *values: str) -> Where:
    """Any of these values of a fact; without values, any at all."""
    return Where((Is(fact, values or (ANY,)),))


def lacks(fact: str, *values: str) -> Where:
    """None of these values; without values, no value at all."""
    return Where((Is(fact, values, no=True) if values else Is(fact, (NONE,)),))


def between(fact: str, first: date | str, last: date | str = "") -> Where:
    """Values from one to another, both included."""
    return Where((Is(fact, (f"{first}..{last}",)),))


def read(text: str) -> Where:
    """A conjunction from its text. ValueError, in words, for a word that says nothing."""
    words = []
    for word in text.split():
        found = _WORD.match(word)
        if found is None:
            raise ValueError(f"“{word}” is no fact: write fact:value, as in kind:complaint")
        fact, no, said = found.groups()
        values = (said,) if ".." in said else tuple(unquote(value) for value in said.split("|") if value)
        if not values:
            raise ValueError(f"“{word}” has no value")
        words.append(Is(fact, values, bool(no)))
    return Where(tuple(words))
