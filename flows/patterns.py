"""The patterns of the danger lists as small trees (``flows/grammar.py`` reads them), matched against a text's words.

Places in a text are the bits of a number, so a pattern is tried at every place at once with a few additions of sets;
regular expressions over the same lists were measured at five times the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.flatten import is_sign

#: Up to so many words may stand in a gap: one less than a power of two, so that a few shifts are enough (``Gap.ends``).
GAPS = {"..": 3, "...": 7}
#: What "&" joins may end up to so many words apart.
NEAR = 12


class Line:
    """The words of a text and where they are: bit ``n`` stands before word ``n``.

    words   a word, what is left of it without particles, or a beginning of it (``begi*``) -> places
    """

    __slots__ = ("every", "keys", "seen", "tried", "words")

    def __init__(self, words: dict[str, int], count: int) -> None:
        self.words = words
        #: places of what was asked for already
        self.seen: dict[Words, int] = {}
        #: what was tried at these places already, and where it ends
        self.tried: dict[tuple[Either, int], int] = {}
        #: all places, the one after the last word included
        self.every = (2 << count) - 1
        # A set, not the dictionary's keys: they take three times as long to intersect.
        self.keys = frozenset(words)

    @staticmethod
    def of(forms: Iterable[tuple[str, ...]]) -> Line:
        """``forms``: for each word of the text all that it may be, beginnings that patterns ask for included."""
        words: dict[str, int] = {}
        bit, count = 1, 0
        for keys in forms:
            for key in keys:
                words[key] = words.get(key, 0) | bit
            bit <<= 1
            count += 1
        return Line(words, count)

    def places(self, part: Words) -> int:
        """Where such a word stands."""
        found = self.seen.get(part)
        if found is None:
            found = 0
            for key in part.keys & self.keys:
                found |= self.words[key]
            self.seen[part] = found
        return found

    def without(self, spans: int) -> Line:
        """The same text with the words at these places made nobody's."""
        left = {key: places & ~spans for key, places in self.words.items()}
        return Line(left, self.every.bit_length() - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One word: any of ``keys``, or one that begins like one that ends in a star.

    Also the anchor of a pattern; its keys may be two words next to each other.
    """

    keys: frozenset[str] = frozenset()

    def ends(self, line: Line, at: int) -> int:
        return (at & line.places(self)) << 1

    @property
    def most(self) -> int:
        """How many words of a text it may take at most; so for every part."""
        return 1

    @property
    def shortest(self) -> int:
        """Letters of its shortest word; a sign counts as three."""
        return min((3 if is_sign(key) else len(key.rstrip("*")) for key in self.keys), default=0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to ``most`` words, whatever they are but ``never``."""

    most: int
    never: Words | None = None

    def ends(self, line: Line, at: int) -> int:
        if self.never is not None:
            open_ = line.every & ~line.places(self.never)
            for _ in range(self.most):
                at |= (at & open_) << 1
            return at & line.every
        at |= at << 1
        at |= at << 2
        if self.most > 3:
            at |= at << 4
        return at & line.every


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of several branches; single words are one set, other branches are tried only where their first word is.

    single    the branches of one word
    first     the first words of all others
    branches  (the words it may begin with, the whole branch)
    by_first  first word -> these branches
    """

    single: Words
    first: Words
    branches: tuple[tuple[Words, Parts], ...]
    optional: bool
    by_first: Mapping[str, tuple[Parts, ...]]

    @property
    def most(self) -> int:
        return max([1, *(_most(parts) for _, parts in self.branches)])

    def ends(self, line: Line, at: int) -> int:
        found = line.tried.get((self, at))
        if found is None:
            found = self.single.ends(line, at)
            if self.branches and at & line.places(self.first):
                for key in self.first.keys & line.keys:
                    if starts := at & line.words[key]:
                        for parts in self.by_first[key]:
                            found |= ends(parts, line, starts)
            if self.optional:
                found |= at
            line.tried[self, at] = found
        return found


Part = Words | Gap | Either
Parts = tuple[Part, ...]


def _most(parts: Parts) -> int:
    return sum(part.most for part in parts)


def ends(parts: Parts, line: Line, at: int) -> int:
    """The places where the parts may end when they begin at any of the places ``at``."""
    seen = line.seen
    for part in parts:
        if type(part) is Words:  # most are: written out here, it takes half the time
            found = seen.get(part)
            at = (at & (line.places(part) if found is None else found)) << 1
        else:
            at = part.ends(line, at)
        if not at:
            return 0
    return at


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """``items``: one sequence of parts, or several that must end near each other, in any order.

    ``needs``: what must all be there, the rarest first; tried before anything else.
    """

    items: tuple[Parts, ...]
    needs: tuple[Words, ...]

    @property
    def reach(self) -> int:
        """How many words of a text it may span at most."""
        longest = max(_most(parts) for parts in self.items)
        return longest if len(self.items) == 1 else longest + NEAR

    def spans(self, line: Line) -> list[tuple[int, int]]:
        """(first word, word after the last) of each place where the pattern fits."""
        if len(self.items) == 1:
            return _spans(self.items[0], line)
        near = line.every << NEAR
        for parts in self.items:
            if not (at := ends(parts, line, line.every)):
                return []
            near &= _later(at)
        found: dict[tuple[int, int], None] = {}
        every = [_spans(parts, line) for parts in self.items] if near else []
        while near:
            last = (near & -near).bit_length() - 1
            near &= ~_later(1 << last)
            # Nearest, not within: of a span with several ends only the furthest is listed, the near one counted too.
            here = [min(spans, key=lambda span: abs(span[1] - last)) for spans in every]
            found[min(span[0] for span in here), max(span[1] for span in here)] = None
        return list(found)


def _later(at: int) -> int:
    """The places and up to NEAR after them."""
    at |= at << 1
    at |= at << 2
    at |= at << 4
    return at | at << (NEAR - 7)  # seven so far; up to fourteen can be reached


def _spans(parts: Parts, line: Line) -> list[tuple[int, int]]:
    if not ends(parts, line, line.every):
        return []
    first = parts[0]
    starts = line.places(first) if isinstance(first, Words) else line.every
    found = []
    while starts:
        bit = starts & -starts
        starts ^= bit
        if last := ends(parts, line, bit):
            found.append((bit.bit_length() - 1, last.bit_length() - 1))
    return found
