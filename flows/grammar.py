"""Reads the notation of the danger lists (docs/safety.md) into small programs, which ``flows/patterns.py`` runs.

A program is a row of numbers, one for each step through a text: a set of words (0 and up), a gap (``GAPS``), or a part
that is more than that (``PARTS`` and down). Sets and parts are the same number wherever they are used, so that what was
found for one pattern holds for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from flows.flatten import is_sign

Set = frozenset[str]
Steps = tuple[int, ...]
#: (place of the rarest set, steps)
Item = tuple[int, Steps]
#: steps, and the rarest words that must be there; None when all may be absent
Read = tuple[Steps, Set | None]

#: Gap -> (its step, up to so many words: one less than a power of two, so that a few shifts are enough).
GAPS = {"..": (-1, 3), "...": (-2, 7)}
#: The step of the first part; the second is one less.
PARTS = -3
#: No set.
NONE = -1
#: What "&" joins may end up to so many words apart.
NEAR = 12
#: Where a need of a pattern is (``Pattern``).
ABOUT, AROUND, FAR = 0, 16, 1000
#: A beginning (``begi*``) has so many letters at most; more are left off.
LONGEST = 20

_TOKENS = re.compile(r"\(|\)\??|\||\.{2,3}(?:![a-z_]+)?|\{[a-z_]+\}\??|[^\s(){}|]+")
#: A word so short is in every text; a pattern needs a rarer one.
_COMMON = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A step that is more than a set: one of several things, or a gap without certain words.

    most      0, or it is a gap of up to so many words ...
    words     the set of single words it may be; of the gap: the words that are not in it; NONE: no set
    optional  whether it may be absent
    branches  the programs it may be
    """

    most: int
    words: int
    optional: bool = False
    branches: tuple[Steps, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is written in one line of a list.

    items  one program, or several whose ends must be near each other; each after the place of its rarest step (NONE:
           it has no step that is a set); the rarest first
    needs  sets of which the text must have a word each, the rarest first, and where from there: so many words further
           on at most, or back (below 0); ABOUT: fewer than AROUND words from there; FAR: anywhere
    """

    items: tuple[Item, ...]
    needs: tuple[tuple[int, int], ...]


class Grammar:
    """Reads the patterns of one language.

    fold     words of a text, as texts are folded
    lists    name -> alternatives, used as {name}
    begin    first letters of a word -> what they may turn into (Welsh mutations)
    common   words that are in every other text, the commonest first: a pattern is looked for by others, if it has any
    often    word -> in how many of ten thousand texts it is: the same, but measured
    """

    def __init__(
        self,
        fold: Callable[[str], list[str]],
        lists: Mapping[str, list[str]],
        begin: Mapping[str, list[str]],
        common: Iterable[str] = (),
        often: Mapping[str, int] | None = None,
    ) -> None:
        self._fold = fold
        self._lists = lists
        ranked = dict.fromkeys(word for one in common for word in fold(one))
        self._often = {word: 1 / (rank + 5) for rank, word in enumerate(ranked)}
        self._often |= {word: share / 10_000 for word, share in (often or {}).items()}
        #: beginning -> the share of texts with a word that begins so
        self._heads: dict[str, float] = {}
        for word, share in self._often.items():
            for length in range(1, len(word) + 1):
                self._heads[word[:length]] = self._heads.get(word[:length], 0.0) + share
        self._begin = {key: tuple(values) for key, values in begin.items() if key}
        #: every whole word that was read, in all its forms
        self.words: set[str] = set()
        #: set -> its number
        self.sets: dict[Set, int] = {}
        #: part -> its number, from 0
        self.parts: dict[Part, int] = {}
        self._members: list[Set] = []
        self._made: list[Part] = []
        self._known: dict[str, Read] = {}
        self._read: dict[tuple[str, bool], Read] = {}
        self._worths: dict[Set, float] = {}

    def pattern(self, text: str) -> Pattern:
        """Raises ValueError in words when the pattern is not well formed."""
        items: list[tuple[float, Item]] = []
        longest = 0
        #: (how rare, set, which program, the least and the most words before it and up to its end)
        needs: list[tuple[float, Set, int, int, int]] = []
        for number, item in enumerate(text.split(" & ")):
            tokens = _TOKENS.findall(item)
            anchors: list[tuple[Set, int, int]] = []
            steps, anchor = self._sequence(tokens, anchors)
            if tokens:
                raise ValueError(f"there is a {tokens[0]} too many")
            if anchor is None:
                raise ValueError("needs at least one word that must be there, on each side of an &")
            items.append((-self._worth(anchor), (self._rarest(steps), steps)))
            before = [0, *accumulate(map(self._most, steps))]
            longest = max(longest, before[-1])
            needs += [(self._worth(one), one, number, before[first], before[last]) for one, first, last in anchors]
        if max(_shortest(one[1]) for one in needs) < _COMMON:
            raise ValueError("needs at least one word of two letters or more that must be there")
        needs.sort(key=lambda one: one[0], reverse=True)
        _, _, number, first, last = needs[0]
        about = ABOUT if NEAR + longest <= AROUND else FAR
        return Pattern(
            tuple(item for _, item in sorted(items)),
            tuple(
                (self._set(one), about if which != number else till - first - 1 if begin >= last else begin - last + 1)
                for _, one, which, begin, till in needs
            ),
        )

    def _rarest(self, steps: Steps) -> int:
        sets = [at for at, step in enumerate(steps) if step >= 0]
        return max(sets, key=lambda at: self._worth(self._members[steps[at]]), default=NONE)

    def _sequence(self, tokens: list[str], needs: list[tuple[Set, int, int]] | None = None) -> Read:
        """Reads up to a bar, a closing bracket or the end; takes what it read from ``tokens``.

        ``needs`` receives the anchor of everything that must be there, its first step and the step after its last.
        """
        steps: list[int] = []
        best: Set | None = None
        while tokens and tokens[0] != "|" and not tokens[0].startswith(")"):
            read, anchor = self._item(tokens)
            steps += read
            if anchor is None:
                continue
            if needs is not None:
                needs.append((anchor, len(steps) - len(read), len(steps)))
            if best is None or self._worth(anchor) > self._worth(best):
                best = anchor
        return tuple(steps), best

    def _worth(self, anchor: Set) -> float:
        """How rare it is in texts."""
        known = self._worths.get(anchor)
        if known is None:
            known = self._worths[anchor] = -sum(map(self._share, anchor))
        return known

    def _share(self, key: str) -> float:
        """In what share of texts a word is: measured, or guessed: long words are rare."""
        if key[-1] == "*":
            return self._heads.get(key[:-1], 0.0) + 0.003 / len(key)
        return self._often.get(key) or 0.002 / len(key)

    def _item(self, tokens: list[str]) -> Read:
        token = tokens.pop(0)
        if token.startswith(".."):
            dots, _, never = token.partition("!")
            step, most = GAPS[dots]
            return ((self._part(Part(most, self._single(never))) if never else step),), None
        if token == "(":
            branches = [self._sequence(tokens)]
            while tokens and tokens[0] == "|":
                tokens.pop(0)
                branches.append(self._sequence(tokens))
            if not tokens:
                raise ValueError("a bracket is not closed")
            return self._either(branches, tokens.pop(0) == ")?")
        if token.startswith("{"):
            read = self._list(token.strip("{}?"))
            return self._either([read], True) if token.endswith("?") else read
        return self._word(token.rstrip("*"), token.endswith("*"))

    def _list(self, name: str) -> Read:
        if name not in self._known:
            if name not in self._lists:
                raise ValueError(f"there is no list {{{name}}}")
            self._known[name] = self._either([self._sequence(_TOKENS.findall(one)) for one in self._lists[name]], False)
        return self._known[name]

    def _single(self, name: str) -> int:
        """The single words of a list. Raises ValueError where it has phrases."""
        steps, _ = self._list(name)
        if len(steps) != 1 or steps[0] < 0:
            raise ValueError("a list after ! must be of single words")
        return steps[0]

    def _word(self, text: str, begins: bool) -> Read:
        read = self._read.get((text, begins))
        if read is None:
            words = self._fold(text)
            if not words:
                raise ValueError(f"“{text}” has no letters")
            sets = [self._one(word, begins and number == len(words) - 1) for number, word in enumerate(words)]
            read = self._read[text, begins] = (tuple(map(self._set, sets)), max(sets, key=self._worth))
        return read

    def _one(self, word: str, begins: bool) -> Set:
        forms = frozenset(self._forms(word))
        if begins:
            return frozenset(f"{form[:LONGEST]}*" for form in forms)
        self.words.update(forms)
        return forms

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        if len(word) < 3:
            return
        for key, starts in self._begin.items():
            if word.startswith(key):
                yield from (start + word[len(key) :] for start in starts)
                return

    def _either(self, branches: list[Read], optional: bool) -> Read:
        """Several branches as one part; branches of a single word, and of nothing but branches, are joined."""
        single: set[str] = set()
        longer: dict[Steps, None] = {}
        anchors: list[Set | None] = []
        for steps, anchor in branches:
            anchors.append(anchor)
            only = self._made[PARTS - steps[0]] if len(steps) == 1 and steps[0] <= PARTS else None
            if len(steps) == 1 and steps[0] >= 0:
                single |= self._members[steps[0]]
            elif only is not None and not only.most and not only.optional:
                single |= self._of(only.words)
                longer |= dict.fromkeys(only.branches)
            else:
                self._must_begin(steps)
                longer[steps] = None
        known = [anchor for anchor in anchors if anchor is not None]
        anchor = frozenset().union(*known) if len(known) == len(anchors) and not optional else None
        if not longer and not optional:
            return (self._set(frozenset(single)),), anchor
        words = self._set(frozenset(single)) if single else NONE
        return (self._part(Part(0, words, optional, tuple(longer))),), anchor

    def _most(self, step: int) -> int:
        """How many words of a text a step may take at most."""
        if step <= PARTS:
            part = self._made[PARTS - step]
            return part.most or max([1, *(sum(map(self._most, steps)) for steps in part.branches)])
        return next((most for gap, most in GAPS.values() if gap == step), 1)

    def _must_begin(self, steps: Steps) -> None:
        """Raises ValueError where a branch may begin with anything."""
        for step in steps:
            part = self._made[PARTS - step] if step <= PARTS else None
            if step >= 0 or (part is not None and not part.most and not part.optional):
                return
            if part is None or part.most:
                break
        raise ValueError("a branch must begin with a word")

    def _set(self, members: Set) -> int:
        number = self.sets.setdefault(members, len(self.sets))
        if number == len(self._members):
            self._members.append(members)
        return number

    def _of(self, number: int) -> Set:
        return self._members[number] if number != NONE else frozenset()

    def _part(self, part: Part) -> int:
        number = self.parts.setdefault(part, len(self.parts))
        if number == len(self._made):
            self._made.append(part)
        return PARTS - number


def _shortest(members: Set) -> int:
    """Letters of its shortest word; a sign counts as three."""
    return min((3 if is_sign(key) else len(key.rstrip("*")) for key in members), default=0)
