"""The rules of a danger list, packed small and unpacked no further than texts ask for.

A list is compiled once (``packed``: some tenths of a second). What comes out is texts and numbers only and can be kept
in a file. Thirty-nine lists have some 40 000 patterns, of which a day's texts meet a few hundred: so words and patterns
stay in strings until a text has a word of theirs.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby
from typing import Any

from flows.flatten import flatten
from flows.grammar import ABOUT, LONGEST, Grammar, Item, Part, Pattern
from flows.mending import buckets
from flows.patterns import Members, Parts
from flows.weigh import REMEMBERED, Scale, Stems, Weighed

#: Levels, the graver first.
LEVELS = ("red", "amber")
#: What is no sign by itself: it is weighed together with the words of the text (``flows/weigh.py``).
WEAK = "weak"
#: So many needs of a rule are looked for before anything else, in stretches of so many sizes.
NEEDS, SIZES = 6, 5
#: Stands between the rules of one anchor and those of the next.
PAGE = "\f"
#: The rules of so many anchors are packed together.
ANCHORS = 32
#: Words are packed by so many first letters.
FIRST = 2

Packed = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One pattern of a list, as it is written there; category "" for a harmless phrase."""

    language: str
    category: str
    level: str
    text: str
    items: tuple[Item, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.language} {self.category} {self.level}: {self.text}"


#: (sets it needs, as bits; where from its anchor: (size of a stretch, where it begins, sets needed in it); sets needed
#: less than AROUND words from it; the rule). A stretch is of 1, 2, 4, 8 or 16 words.
Candidate = tuple[int, tuple[tuple[int, int, int], ...], int, Rule]


class Rules:
    """The compiled list of one language.

    counts         category -> number of patterns
    same           word -> what it is a spelling of
    before         what may be written together with the beginning of a word
    denies, small  words that deny, and what may stand between them and what they deny
    needed         the sets that rules need beside their anchor, as bits
    parts          the parts of the programs (``flows/grammar.py``)
    """

    def __init__(self, packed: Packed) -> None:
        self.language: str = packed["language"]
        self.counts: Mapping[str, int] = packed["counts"]
        self.same: Mapping[str, str] = packed["same"]
        self.before: list[str] = packed["before"]
        self.denies = frozenset[str](packed["denies"])
        self.small = frozenset[str](packed["small"])
        self.stems = Stems(packed["stems"])
        #: word of a text -> its stem
        self.stem: Mapping[str, str] = _Stemmed(self.same, self.stems)
        self.parts = Parts(_Members(packed["sets"]), packed["needed"], _Parts(packed["parts"]).__getitem__)
        self.needed = (1 << packed["needed"]) - 1
        #: Packed: a quarter of the memory in most scripts, and few languages are ever asked for.
        self._weigh: bytes = zlib.compress(packed["weigh"].encode(), 1)
        self._mend: bytes = zlib.compress(packed["mend"].encode(), 1)
        #: The first letters are kept once for all languages, not once for each.
        self._words: Mapping[str, str] = {sys.intern(first): words for first, words in packed["words"].items()}
        self._anchored = _Pages(packed["anchored"])
        #: a set -> the number of its page, from 1; 0 where it anchors no rule
        self._pages = array("H", bytes(2 * (max(packed["anchors"], default=0) + 1)))
        for page, anchor in enumerate(packed["anchors"], 1):
            self._pages[anchor] = page
        #: an anchor -> the rules that are looked for by it
        self._met: dict[int, list[Candidate]] = {}

    @cached_property
    def mend(self) -> Mapping[str, str]:
        """Where a word that is nobody's may be mended to one of this list (``flows/mending.py``)."""
        found: Mapping[str, str] = json.loads(zlib.decompress(self._mend))
        return found

    @cached_property
    def scale(self) -> Scale | None:
        """The weights of the language; None where nobody has learned any."""
        weigh = json.loads(zlib.decompress(self._weigh))
        if not weigh:
            return None
        pairs = (one.partition("=") for one in weigh.get("pieces", "").split())
        pieces = {piece: int(weight) for piece, _, weight in pairs}
        return Scale(weigh["words"], weigh["over"], self.stems, weigh.get("weak", {}), pieces, weigh.get("answers", ()))

    @cached_property
    def weighed(self) -> Mapping[str, Weighed]:
        """Word of a text -> as its stem is on the scale; only where there is one."""
        assert self.scale is not None
        return _Read(self.stem, self.scale.weighed)

    def of(self, asked: Iterable[tuple[str, str]]) -> tuple[list[str], int]:
        """(those of the words that the list has, the sets they are in as bits). ``asked``: made by ``asked``."""
        found = []
        sets = 0
        words = self._words
        for first, key in asked:
            if (bucket := words.get(first)) and (at := bucket.find(key)) >= 0:
                found.append(key[1:-1])
                at += len(key)
                for number in bucket[at : bucket.index(" ", at)].split(","):
                    if number:
                        sets |= 1 << int(number)
        return found, sets

    def knows(self, word: str) -> bool:
        """Whether the list has the word or a beginning of it, or its language's ordinary phrases have the word."""
        return bool(self.of(asked(word))[0])

    def anchored(self, sets: int) -> Iterator[Candidate]:
        """The rules that are looked for by words of these sets."""
        while sets:
            at = sets.bit_length() - 1
            sets ^= 1 << at
            if page := self._pages[at] if at < len(self._pages) else 0:
                rules = self._met.get(at)
                if rules is None:
                    lines = self._anchored[page - 1].split("\n")
                    rules = self._met[at] = [self._candidate(line) for line in lines]
                yield from rules

    def _candidate(self, line: str) -> Candidate:
        category, level, needs, programs, text = line.split("\t", 4)
        items = tuple(
            (rarest, tuple(steps)) for rarest, *steps in (map(int, one.split()) for one in programs.split("&"))
        )
        every = about = 0
        near: dict[tuple[int, int], int] = {}
        for one in needs.split():
            number, _, away = one.partition(":")
            bit = 1 << int(number)
            every |= bit
            if int(away) == ABOUT:
                about |= bit
                continue
            size = (abs(int(away)) - 1).bit_length()
            if size < SIZES:
                place = (size, 1 if int(away) > 0 else -1 << size)
                near[place] = near.get(place, 0) | bit
        # The shortest stretch first: it is the likeliest to lack what is needed.
        checks = tuple((size, shift, bits) for (size, shift), bits in sorted(near.items()))
        return every, checks, about, Rule(self.language, category, level, text, items)


class _Lines:
    """Many short texts, kept as the bytes of one: as texts of their own they would take three times the memory."""

    def __init__(self, text: str) -> None:
        lines = [line.encode() for line in text.split("\n")]
        self._text = b"".join(lines)
        self._ends = array("I", accumulate(map(len, lines), initial=0))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._text[self._ends[number] : self._ends[number + 1]].decode()


class _Pages:
    """Texts that are read once at most, packed a few together: a third of the memory, for some hundredths of a ms."""

    def __init__(self, text: str) -> None:
        pages = text.split(PAGE)
        some = (PAGE.join(pages[at : at + ANCHORS]) for at in range(0, len(pages), ANCHORS))
        self._packed = [zlib.compress(one.encode(), 1) for one in some]

    def __getitem__(self, number: int) -> str:
        return zlib.decompress(self._packed[number // ANCHORS]).decode().split(PAGE)[number % ANCHORS]


class _Members(dict[int, Members]):
    """Set -> its words, or its only word; unpacked when first asked for."""

    def __init__(self, sets: str) -> None:
        super().__init__()
        self._sets = _Lines(sets)

    def __missing__(self, number: int) -> Members:
        packed = self._sets[number]
        self[number] = found = frozenset(packed.split()) if " " in packed else packed
        return found


class _Parts:
    """Part, from 0 -> what it is made of; unpacked when asked for."""

    def __init__(self, parts: str) -> None:
        self._parts = _Lines(parts)

    def __getitem__(self, number: int) -> Part:
        (most, optional, words), *branches = (tuple(map(int, one.split())) for one in self._parts[number].split(","))
        return Part(most, words, bool(optional), tuple(branches))


class _Stemmed(dict[str, str]):
    def __init__(self, same: Mapping[str, str], stems: Stems) -> None:
        super().__init__()
        self._same = same
        self._stems = stems

    def __missing__(self, word: str) -> str:
        stem = self._stems.of(self._same.get(word, word))
        if len(self) < REMEMBERED:
            self[word] = stem
        return stem


class _Read(dict[str, Weighed]):
    def __init__(self, stem: Mapping[str, str], weighed: Mapping[str, Weighed]) -> None:
        super().__init__()
        self._stem = stem
        self._weighed = weighed

    def __missing__(self, word: str) -> Weighed:
        found = self._weighed[self._stem[word]]
        if len(self) < REMEMBERED:
            self[word] = found
        return found


def asked(word: str) -> Iterator[tuple[str, str]]:
    """How ``Rules.of`` is asked for a word and for the beginnings of it that patterns may ask for."""
    yield word[:FIRST], f" {word}:"
    for length in range(1, min(len(word), LONGEST) + 1):
        head = word[:length]
        yield f"{head}*"[:FIRST], f" {head}*:"


def pack(language: str, tables: Mapping[str, Any]) -> Packed:
    """Compiles the tables of a ``danger.toml``, with ``weighed.toml`` under "weigh"; texts, numbers, lists and tables.

    Raises ValueError that names language, category and pattern where one is not well formed.
    """
    same = {
        one: _one(word, language)
        for word, variants in tables.get("same", {}).items()
        for variant in variants
        for one in flatten(variant)
    }

    def fold(text: str) -> list[str]:
        return [same.get(word, word) for word in flatten(text)]

    def each(words: Iterable[str]) -> list[str]:
        return sorted({same.get(one, one) for one in (_one(word, language) for word in words)})

    weigh = tables.get("weigh", {})
    begin = tables.get("begin", {})
    grammar = Grammar(fold, tables.get("lists", {}), begin, tables.get("common", ()), weigh.get("often"))
    read: list[tuple[str, str, str, Pattern]] = []
    for category, level, text in _entries(tables):
        try:
            read.append((category, level, text, grammar.pattern(text)))
        except ValueError as error:
            raise ValueError(f"{language}/danger.toml [{category or 'harmless'}]: “{text}”: {error}") from error
    denial = tables.get("denial", {})
    ordinary = (*tables.get("real", ()), weigh.get("real", ""), *weigh.get("often", ()))
    real = {word for phrase in ordinary for word in flatten(phrase)}
    return {
        "language": language,
        "counts": {name: len(list(some)) for name, some in groupby(sorted(one[0] for one in read))},
        "same": same,
        "before": sorted({"".join(flatten(one)) for one in begin.get("", ())}),
        "denies": each(denial.get("not", ())),
        "small": each(denial.get("between", ())),
        "mend": json.dumps(buckets(grammar.words), ensure_ascii=False),
        "stems": tables.get("stems", {}),
        "weigh": json.dumps(
            {key: weigh[key] for key in ("words", "pieces", "over", "answers", "weak") if key in weigh},
            ensure_ascii=False,
        ),
        **_numbered(grammar, read, real),
    }


def _numbered(grammar: Grammar, read: list[tuple[str, str, str, Pattern]], real: set[str]) -> dict[str, Any]:
    """Sets are numbered anew, those most needed first: what rules need are then small numbers."""
    anchors = dict.fromkeys(pattern.needs[0][0] for _, _, _, pattern in read)
    often = Counter(need for _, _, _, pattern in read for need, _ in pattern.needs[1:NEEDS])
    needs = dict.fromkeys([*(need for need, _ in often.most_common()), *anchors])
    used = {step for _, _, _, pattern in read for _, steps in pattern.items for step in steps}
    for part in grammar.parts:
        used.update([part.words, *(step for steps in part.branches for step in steps)])
    order = [*needs, *sorted(step for step in used if step >= 0 and step not in needs)]
    new = {number: at for at, number in enumerate(order)}

    def steps(old: Iterable[int]) -> str:
        return " ".join(str(new.get(step, step)) for step in old)

    by_anchor: dict[int, list[str]] = {new[anchor]: [] for anchor in anchors}
    for category, level, text, pattern in read:
        (anchor, _), *others = ((new[need], away) for need, away in pattern.needs[:NEEDS])
        near = " ".join(f"{need}:{away}" for need, away in others)
        programs = "&".join(f"{rarest} {steps(one)}" for rarest, one in pattern.items)
        by_anchor[anchor].append("\t".join((category, level, near, programs, " ".join(text.splitlines()))))
    sets = list(grammar.sets)
    words: dict[str, list[int]] = {word: [] for word in sorted(grammar.words | real)}
    for at, number in enumerate(order):
        for key in sorted(sets[number]):
            places = words.setdefault(key, [])
            if at < len(needs):
                places.append(at)
    packed: dict[str, list[str]] = {}
    for key, places in words.items():
        packed.setdefault(key[:FIRST], []).append(f" {key}:{','.join(map(str, places))} ")
    return {
        "sets": "\n".join(" ".join(sorted(sets[number])) if number in used else "" for number in order),
        "needed": len(often),
        "parts": "\n".join(
            ",".join((f"{part.most} {int(part.optional)} {steps([part.words])}", *map(steps, part.branches)))
            for part in grammar.parts
        ),
        "anchors": list(by_anchor),
        "anchored": PAGE.join("\n".join(some) for some in by_anchor.values()),
        "words": {key: "".join(some) for key, some in packed.items()},
    }


def _entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(category, level, pattern) of one language; category "" for the harmless phrases."""
    for category, by_level in tables.get("signs", {}).items():
        for level, patterns in by_level.items():
            if level not in (*LEVELS, WEAK):
                raise ValueError(
                    f"danger.toml [signs.{category}]: {level!r} is not a level; write red or amber, or weak"
                )
            for pattern in patterns:
                yield category, level, pattern
    for pattern in tables.get("harmless", ()):
        yield "", "amber", pattern


def _one(word: str, language: str) -> str:
    words = flatten(word)
    if len(words) != 1:
        raise ValueError(f"{language}/danger.toml: “{word}” must be one word")
    return words[0]
