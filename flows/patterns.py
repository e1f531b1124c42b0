"""Runs the programs of patterns (``flows/grammar.py``) over the words of a text.

Places in a text are the bits of a number, bit ``n`` before word ``n``, so a pattern is tried at every place at once
with a few shifts; regular expressions over the same lists were measured at five times the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flows.grammar import GAPS, NEAR, NONE, PARTS, Item, Part, Set, Steps

_SHORT = GAPS[".."][0]
_LONG = GAPS["..."][0]

#: The words of a set, or its only word.
Members = frozenset[str] | str
#: (first word, word after the last)
Span = tuple[int, int]


class Line:
    """The words of a text and where they are.

    words   a word, what is left of it without particles, or a beginning of it (``begi*``) -> places
    every   all places, the one after the last word included
    """

    __slots__ = ("every", "keys", "words")

    def __init__(self, words: dict[str, int], count: int) -> None:
        self.words = words
        self.every = (2 << count) - 1
        # A set, not the dictionary's keys: they take three times as long to intersect.
        self.keys = frozenset(words)


class Parts(dict[int, "Run"]):
    """Step -> the part of a list it stands for, made ready when first asked for.

    ``members``: set -> its words. ``listed``: the sets below that a text is known to have words of or not. ``parts``:
    gives the parts by their number.
    """

    def __init__(self, members: Mapping[int, Members], listed: int, parts: Callable[[int], Part]) -> None:
        super().__init__()
        self.members = members
        self.listed = listed
        self._parts = parts

    def __missing__(self, step: int) -> Run:
        part = self._parts(PARTS - step)
        by_first: dict[str, list[Steps]] = {}
        for steps in part.branches:
            for word in self._first(steps):
                by_first.setdefault(word, []).append(steps)
        self[step] = made = Run(part, frozenset(by_first), by_first)
        return made

    def _first(self, steps: Steps) -> Set:
        """The words that a branch may begin with."""
        found: set[str] = set()
        for step in steps:
            if step >= 0:
                return self._words(step) | found
            if step <= PARTS and not self[step].part.most:
                found |= self._words(self[step].part.words) | self[step].first
                if not self[step].part.optional:
                    break
        return frozenset(found)

    def _words(self, number: int) -> Set:
        members = self.members[number] if number != NONE else frozenset()
        return frozenset((members,)) if isinstance(members, str) else members


@dataclass(frozen=True, slots=True)
class Run:
    """A part, the words that its branches begin with, and for each of these the branches."""

    part: Part
    first: Set
    by_first: Mapping[str, Sequence[Steps]]


class Places(dict[int, int]):
    """A text as one list sees it: set -> places of its words, looked for when first asked.

    ``met``: the sets that words of the text are in, as bits, as far as ``parts.listed`` of them are known. ``but``:
    places that are nobody's.
    """

    __slots__ = ("_allowed", "_every", "_keys", "_line", "_members", "_met", "_parts", "_tried", "_words")

    def __init__(self, line: Line, parts: Parts, met: int, but: int = 0) -> None:
        super().__init__()
        self._line = line
        self._words = line.words
        self._keys = line.keys
        self._every = line.every
        self._members = parts.members
        self._parts = parts
        #: what was tried at these places already, and where it ends
        self._tried: dict[tuple[int, int], int] = {}
        self._allowed = ~but
        self._met = met | -1 << parts.listed
        self[NONE] = 0

    def __missing__(self, number: int) -> int:
        found = 0
        if self._met >> number & 1:
            members = self._members[number]
            if isinstance(members, str):
                found = self._words.get(members, 0) & self._allowed
            elif some := members & self._keys:
                words = self._words
                for key in some:
                    found |= words[key]
                found &= self._allowed
        self[number] = found
        return found

    def without(self, places: int) -> Places:
        """The same text with the words at these places made nobody's."""
        return Places(self._line, self._parts, self._met, places)

    def ends(self, steps: Steps, at: int) -> int:
        """The places where a program may end when it begins at any of the places ``at``."""
        for step in steps:
            if step >= 0:
                at = (at & self[step]) << 1
            elif step == _SHORT:
                at |= at << 1
                at = (at | at << 2) & self._every
            elif step == _LONG:
                at |= at << 1
                at |= at << 2
                at = (at | at << 4) & self._every
            else:
                found = self._tried.get((step, at))
                at = self._part(step, at) if found is None else found
            if not at:
                return 0
        return at

    def _part(self, step: int, at: int) -> int:
        run = self._parts[step]
        part = run.part
        if part.most:
            open_ = self._every & ~self[part.words]
            found = at
            for _ in range(part.most):
                found |= (found & open_) << 1
            found &= self._every
        else:
            found = (at & self[part.words]) << 1
            if some := run.first & self._keys:
                for key in some:
                    if starts := at & self._words[key]:
                        for steps in run.by_first[key]:
                            found |= self.ends(steps, starts)
            if part.optional:
                found |= at
        self._tried[step, at] = found
        return found

    def begins(self, steps: Steps, at: int) -> int:
        """The places where a program may begin when it ends at any of the places ``at``."""
        for step in reversed(steps):
            if step >= 0:
                at = at >> 1 & self[step]
            elif step == _SHORT:
                at |= at >> 1
                at |= at >> 2
            elif step == _LONG:
                at |= at >> 1
                at |= at >> 2
                at |= at >> 4
            else:
                found = self._tried.get((~step, at))
                at = self._begins(step, at) if found is None else found
            if not at:
                return 0
        return at

    def _begins(self, step: int, at: int) -> int:
        run = self._parts[step]
        part = run.part
        found = at
        if part.most:
            open_ = ~self[part.words]
            for _ in range(part.most):
                found |= found >> 1 & open_
        else:
            found = at >> 1 & self[part.words]
            if not run.first.isdisjoint(self._keys):
                for steps in part.branches:
                    found |= self.begins(steps, at)
            if part.optional:
                found |= at
        self._tried[~step, at] = found
        return found

    def starts(self, item: Item) -> int:
        """The places where a program may begin; tried from its rarest set to both sides, 0 when it fits nowhere."""
        rarest, steps = item
        if rarest == NONE:
            at = self._first(steps[0])
            return at if at and self.ends(steps, at) else 0
        at = self[steps[rarest]]
        if not at or not self.ends(steps[rarest + 1 :], at << 1):
            return 0
        return self.begins(steps[:rarest], at)

    def _first(self, step: int) -> int:
        """The places where a part may begin."""
        if step > PARTS or self._parts[step].part.most or self._parts[step].part.optional:
            return self._every
        found = self[self._parts[step].part.words]
        for key in self._parts[step].first & self._keys:
            found |= self._words[key]
        return found

    def spans(self, items: Sequence[Item]) -> list[Span]:
        """Each place where a pattern fits, up to the furthest place where it may end."""
        if len(items) == 1:
            starts = self.starts(items[0])
            return self._spans(items[0], starts) if starts else []
        near = self._every << NEAR
        starts_ = []
        for item in items:
            starts = self.starts(item)
            if not starts or not (near := near & _later(self.ends(item[1], starts))):
                return []
            starts_.append(starts)
        found: dict[Span, None] = {}
        every = list(map(self._spans, items, starts_))
        while near:
            last = (near & -near).bit_length() - 1
            near &= ~_later(1 << last)
            # Nearest, not within: of a span with several ends only the furthest is listed, the near one counted too.
            here = [min(spans, key=lambda span: abs(span[1] - last)) for spans in every]
            found[min(span[0] for span in here), max(span[1] for span in here)] = None
        return list(found)

    def _spans(self, item: Item, starts: int) -> list[Span]:
        """``starts``: where it may begin; taken out one by one, for where each ends."""
        steps = item[1]
        found = []
        while starts:
            bit = starts & -starts
            starts ^= bit
            if last := self.ends(steps, bit):
                found.append((bit.bit_length() - 1, last.bit_length() - 1))
        return found


def _later(at: int) -> int:
    """The places and up to NEAR after them."""
    at |= at << 1
    at |= at << 2
    at |= at << 4
    return at | at << (NEAR - 7)  # seven so far; up to fourteen can be reached
