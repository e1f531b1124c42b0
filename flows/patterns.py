"""The notation of the danger lists: read into small trees, and matched against the words of a text.

Places in a text are the bits of a number, so a pattern is tried at every place at once with a few additions of sets;
regular expressions over the same lists were measured at five times the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

#: Up to so many words may stand in a gap.
GAPS = {"..": 3, "...": 7}
_TOKENS = re.compile(r"\(|\)\??|\||\.{2,3}|\{[a-z_]+\}\??|[^\s(){}|]+")
#: A word so short is in every text; a pattern needs a rarer one.
_COMMON = 2
#: Fewer words than this are looked up one by one rather than as a set.
_FEW = 6


class Line:
    """The words of a text and where they are: bit ``n`` stands before word ``n``.

    words   a word, or what is left of it without particles -> places
    heads   beginnings of words that some pattern asks for -> places
    """

    __slots__ = ("_seen", "_words", "every", "heads", "words")

    def __init__(self, forms: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        self.words: dict[str, int] = {}
        self.heads: dict[str, int] = {}
        self._seen: dict[Words, int] = {}
        bit = 1
        for wholes, heads in forms:
            for word in wholes:
                self.words[word] = self.words.get(word, 0) | bit
            for head in heads:
                self.heads[head] = self.heads.get(head, 0) | bit
            bit <<= 1
        #: all places, the one after the last word included
        self.every = (bit << 1) - 1
        # A set, not the dictionary's keys: they take three times as long to intersect.
        self._words = frozenset(self.words)

    def places(self, part: Words) -> int:
        """Where such a word stands."""
        found = self._seen.get(part)
        if found is None:
            found = 0
            for word in part.whole if len(part.whole) < _FEW else part.whole & self._words:
                found |= self.words.get(word, 0)
            if part.heads and self.heads:
                for head in part.heads:
                    found |= self.heads.get(head, 0)
            self._seen[part] = found
        return found

    def without(self, spans: int) -> Line:
        """The same text with the words at these places made nobody's."""
        line = Line(())
        line.words = {word: places & ~spans for word, places in self.words.items()}
        line.heads = {head: places & ~spans for head, places in self.heads.items()}
        line.every = self.every
        line._words = self._words
        return line


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One word: any of ``whole``, or one that begins like any of ``heads``. Also the anchor of a pattern."""

    whole: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()

    def ends(self, line: Line, at: int) -> int:
        return (at & line.places(self)) << 1

    @property
    def worth(self) -> tuple[int, int]:
        """How rare: the length of its shortest word, then how few there are."""
        every = [*self.whole, *self.heads]
        return (min((len(word) for word in every), default=0), -len(every))


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Up to ``most`` words, whatever they are."""

    most: int

    def ends(self, line: Line, at: int) -> int:
        for _ in range(self.most):
            at |= at << 1
        return at & line.every


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of several branches; single words are one set, other branches are tried only where their first word is."""

    single: Words
    first: Words
    branches: tuple[Parts, ...]
    optional: bool

    def ends(self, line: Line, at: int) -> int:
        found = self.single.ends(line, at)
        if self.branches and at & line.places(self.first):
            for parts in self.branches:
                found |= ends(parts, line, at)
        return found | at if self.optional else found


Part = Words | Gap | Either
Parts = tuple[Part, ...]


def ends(parts: Parts, line: Line, at: int) -> int:
    """The places where the parts may end when they begin at any of the places ``at``."""
    for part in parts:
        at = part.ends(line, at)
        if not at:
            return 0
    return at


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """``parts`` in order; ``needs``: what must all be there, the rarest first, tried before anything else."""

    parts: Parts
    needs: tuple[Words, ...]

    def may_be_in(self, line: Line) -> bool:
        """Whether all that must be there is; most patterns that share a word with a text fail here."""
        for need in self.needs:  # noqa: SIM110 - a generator costs twice the time, and this is the hot path
            if not line.places(need):
                return False
        return True

    def spans(self, line: Line) -> list[tuple[int, int]]:
        """(first word, word after the last) of each place where the pattern fits."""
        if not ends(self.parts, line, line.every):
            return []
        first = self.parts[0]
        starts = line.places(first) if isinstance(first, Words) else line.every
        found = []
        while starts:
            bit = starts & -starts
            starts ^= bit
            if last := ends(self.parts, line, bit):
                found.append((bit.bit_length() - 1, last.bit_length() - 1))
        return found


def expand(pattern: str) -> Iterator[str]:
    """ "a & b" stands for both orders."""
    parts = [part.strip() for part in pattern.split(" & ")]
    if len(parts) == 2:
        yield f"{parts[0]} ... {parts[1]}"
        yield f"{parts[1]} ... {parts[0]}"
    elif len(parts) == 1:
        yield pattern
    else:
        raise ValueError("only two things may be joined by &")


#: parts, and the anchor of their rarest word; None when they may be absent
Read = tuple[Parts, Words | None]


class Grammar:
    """Reads the patterns of one language.

    fold     words of a text, as texts are folded
    lists    name -> alternatives, used as {name}
    begin    first letters of a word -> what they may turn into (Welsh mutations)
    common   words that are in every other text: a pattern is looked for by others, if it has any
    """

    def __init__(
        self,
        fold: Callable[[str], list[str]],
        lists: Mapping[str, list[str]],
        begin: Mapping[str, list[str]],
        common: Iterable[str] = (),
    ) -> None:
        self._fold = fold
        self._lists = lists
        self._common = frozenset(word for one in common for word in fold(one))
        self._begin = {key: tuple(values) for key, values in begin.items() if key}
        #: every whole word that was read, in all its forms
        self.words: set[str] = set()
        #: every beginning of a word that was read
        self.heads: set[str] = set()
        self._known: dict[str, Read] = {}
        self._read: dict[tuple[str, bool], Read] = {}

    def pattern(self, text: str) -> Pattern:
        """Raises ValueError in words when the pattern is not well formed."""
        tokens = _TOKENS.findall(text)
        needs: list[Words] = []
        parts, anchor = self._sequence(tokens, needs)
        if tokens:
            raise ValueError(f"there is a {tokens[0]} too many")
        if anchor is None or max(one.worth[0] for one in needs) < _COMMON:
            raise ValueError("needs at least one word of two letters or more that must be there")
        needs.sort(key=self._worth, reverse=True)
        return Pattern(parts, tuple(needs))

    def _sequence(self, tokens: list[str], needs: list[Words] | None = None) -> Read:
        """Reads up to a bar, a closing bracket or the end; takes what it read from ``tokens``.

        ``needs`` receives the anchor of everything that must be there.
        """
        parts: list[Part] = []
        best: Words | None = None
        while tokens and tokens[0] != "|" and not tokens[0].startswith(")"):
            read, anchor = self._item(tokens)
            parts += read
            if anchor is None:
                continue
            if needs is not None:
                needs.append(anchor)
            if best is None or self._worth(anchor) > self._worth(best):
                best = anchor
        return tuple(parts), best

    def _worth(self, anchor: Words) -> tuple[int, int]:
        """How rare it is in texts."""
        return anchor.worth if self._common.isdisjoint(anchor.whole) else (0, -len(anchor.whole))

    def _item(self, tokens: list[str]) -> Read:
        token = tokens.pop(0)
        if token in GAPS:
            return (Gap(GAPS[token]),), None
        if token == "(":
            branches = [self._sequence(tokens)]
            while tokens and tokens[0] == "|":
                tokens.pop(0)
                branches.append(self._sequence(tokens))
            if not tokens:
                raise ValueError("a bracket is not closed")
            return _either(branches, tokens.pop(0) == ")?")
        if token.startswith("{"):
            parts, anchor = self._list(token.strip("{}?"))
            return _either([(parts, anchor)], True) if token.endswith("?") else (parts, anchor)
        return self._word(token.rstrip("*"), token.endswith("*"))

    def _list(self, name: str) -> Read:
        if name not in self._known:
            if name not in self._lists:
                raise ValueError(f"there is no list {{{name}}}")
            self._known[name] = _either([self._sequence(_TOKENS.findall(one)) for one in self._lists[name]], False)
        return self._known[name]

    def _word(self, text: str, begins: bool) -> Read:
        read = self._read.get((text, begins))
        if read is None:
            words = self._fold(text)
            if not words:
                raise ValueError(f"“{text}” has no letters")
            parts = tuple(self._one(word, begins and number == len(words) - 1) for number, word in enumerate(words))
            read = self._read[text, begins] = (parts, max(parts, key=lambda part: part.worth))
        return read

    def _one(self, word: str, begins: bool) -> Words:
        forms = frozenset(self._forms(word))
        if begins:
            self.heads.update(forms)
            return Words(heads=forms)
        self.words.update(forms)
        return Words(forms)

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        if len(word) < 3:
            return
        for key, starts in self._begin.items():
            if word.startswith(key):
                yield from (start + word[len(key) :] for start in starts)
                return


def _either(branches: list[Read], optional: bool) -> Read:
    """Several branches as one part; branches of a single word, and of nothing but branches, are joined."""
    single: list[Words] = []
    longer: list[Parts] = []
    anchors: list[Words | None] = []
    for parts, anchor in branches:
        anchors.append(anchor)
        only = parts[0] if len(parts) == 1 else None
        if isinstance(only, Words):
            single.append(only)
        elif isinstance(only, Either) and not only.optional:
            single.append(only.single)
            longer += only.branches
        else:
            longer.append(parts)
    known = [anchor for anchor in anchors if anchor is not None]
    anchor = _join(known) if len(known) == len(anchors) and not optional else None
    if not longer and not optional:
        return (_join(single),), anchor
    return (Either(_join(single), _join(_first(parts) for parts in longer), tuple(longer), optional),), anchor


def _first(parts: Parts) -> Words:
    """The words a sequence may begin with. Raises ValueError where it may begin with anything."""
    found: list[Words] = []
    for part in parts:
        if isinstance(part, Words):
            return _join([*found, part])
        if isinstance(part, Gap):
            break
        found += [part.single, part.first]
        if not part.optional:
            return _join(found)
    raise ValueError("a branch must begin with a word")


def _join(words: Iterable[Words]) -> Words:
    every = list(words)
    if len(every) == 1:
        return every[0]
    return Words(
        frozenset(word for one in every for word in one.whole), frozenset(head for one in every for head in one.heads)
    )
