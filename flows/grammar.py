"""Reads the notation of the danger lists into patterns (``flows/patterns.py``); docs/safety.md explains it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from flows.patterns import GAPS, Either, Gap, Part, Parts, Pattern, Words

#: So many pairs of words may be one anchor.
_PAIRS = 80
_TOKENS = re.compile(r"\(|\)\??|\||\.{2,3}(?:![a-z_]+)?|\{[a-z_]+\}\??|[^\s(){}|]+")
#: A word so short is in every text; a pattern needs a rarer one.
_COMMON = 2

#: parts, and the anchor of their rarest word; None when they may be absent
Read = tuple[Parts, Words | None]


class Grammar:
    """Reads the patterns of one language.

    fold     words of a text, as texts are folded
    lists    name -> alternatives, used as {name}
    begin    first letters of a word -> what they may turn into (Welsh mutations)
    common   words that are in every other text, the commonest first: a pattern is looked for by others, if it has any
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
        ranked = dict.fromkeys(word for one in common for word in fold(one))
        self._often = {word: 1 / (rank + 5) for rank, word in enumerate(ranked)}
        self._begin = {key: tuple(values) for key, values in begin.items() if key}
        #: every whole word that was read, in all its forms
        self.words: set[str] = set()
        #: every beginning of a word that was read
        self.heads: set[str] = set()
        self._made = _Made()
        self._known: dict[str, Read] = {}
        self._read: dict[tuple[str, bool], Read] = {}
        self._worths: dict[frozenset[str], float] = {}

    def pattern(self, text: str) -> Pattern:
        """Raises ValueError in words when the pattern is not well formed."""
        needs: list[Words] = []
        items: list[Parts] = []
        for item in text.split(" & "):
            tokens = _TOKENS.findall(item)
            parts, anchor = self._sequence(tokens, needs)
            if tokens:
                raise ValueError(f"there is a {tokens[0]} too many")
            if anchor is None:
                raise ValueError("needs at least one word that must be there, on each side of an &")
            items.append(parts)
        if max(one.shortest for one in needs) < _COMMON:
            raise ValueError("needs at least one word of two letters or more that must be there")
        needs.sort(key=self._worth, reverse=True)
        return Pattern(tuple(items), tuple(needs))

    def _sequence(self, tokens: list[str], needs: list[Words] | None = None) -> Read:
        """Reads up to a bar, a closing bracket or the end; takes what it read from ``tokens``.

        ``needs`` receives the anchor of everything that must be there.
        """
        parts: list[Part] = []
        best: Words | None = None
        while tokens and tokens[0] != "|" and not tokens[0].startswith(")"):
            read, anchor = self._item(tokens)
            if anchor is not None and parts and (pair := self._pair(parts[-1], read[0])):
                anchor = max(anchor, pair, key=self._worth)
            parts += read
            if anchor is None:
                continue
            if needs is not None:
                needs.append(anchor)
            if best is None or self._worth(anchor) > self._worth(best):
                best = anchor
        return tuple(parts), best

    def _pair(self, one: Part, other: Part) -> Words | None:
        """Two words next to each other as an anchor: much rarer than either of them. None when there are too many."""
        if not isinstance(one, Words) or not isinstance(other, Words) or len(one.keys) * len(other.keys) > _PAIRS:
            return None
        if any(key[-1] == "*" for key in (*one.keys, *other.keys)):
            return None
        return self._made.of(frozenset(f"{key} {after}" for key in one.keys for after in other.keys))

    def _worth(self, anchor: Words) -> float:
        """How rare it is in texts: nobody knows, but common words are listed, and long words are rare."""
        known = self._worths.get(anchor.keys)
        if known is None:
            known = self._worths[anchor.keys] = -sum(map(self._share, anchor.keys))
        return known

    def _share(self, key: str) -> float:
        one, _, after = key.partition(" ")
        if after:
            return 20 * self._share(one) * self._share(after)
        return self._often.get(key) or 0.004 / len(key) * (5 if key[-1] == "*" else 1)

    def _item(self, tokens: list[str]) -> Read:
        token = tokens.pop(0)
        if token.startswith(".."):
            dots, _, never = token.partition("!")
            return (Gap(GAPS[dots], _only(self._list(never)[0]) if never else None),), None
        if token == "(":
            branches = [self._sequence(tokens)]
            while tokens and tokens[0] == "|":
                tokens.pop(0)
                branches.append(self._sequence(tokens))
            if not tokens:
                raise ValueError("a bracket is not closed")
            return self._made.either(branches, tokens.pop(0) == ")?")
        if token.startswith("{"):
            parts, anchor = self._list(token.strip("{}?"))
            return self._made.either([(parts, anchor)], True) if token.endswith("?") else (parts, anchor)
        return self._word(token.rstrip("*"), token.endswith("*"))

    def _list(self, name: str) -> Read:
        if name not in self._known:
            if name not in self._lists:
                raise ValueError(f"there is no list {{{name}}}")
            self._known[name] = self._made.either(
                [self._sequence(_TOKENS.findall(one)) for one in self._lists[name]], False
            )
        return self._known[name]

    def _word(self, text: str, begins: bool) -> Read:
        read = self._read.get((text, begins))
        if read is None:
            words = self._fold(text)
            if not words:
                raise ValueError(f"“{text}” has no letters")
            parts = tuple(self._one(word, begins and number == len(words) - 1) for number, word in enumerate(words))
            read = self._read[text, begins] = (parts, max(parts, key=self._worth))
        return read

    def _one(self, word: str, begins: bool) -> Words:
        forms = frozenset(self._forms(word))
        if begins:
            self.heads.update(forms)
            return self._made.of(frozenset(f"{form}*" for form in forms))
        self.words.update(forms)
        return self._made.of(forms)

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        if len(word) < 3:
            return
        for key, starts in self._begin.items():
            if word.startswith(key):
                yield from (start + word[len(key) :] for start in starts)
                return


class _Made:
    """Makes parts, and the same ones only once: what was found for one pattern then holds for all."""

    def __init__(self) -> None:
        self._words: dict[frozenset[str], Words] = {}
        self._either: dict[tuple[Words, tuple[tuple[Words, Parts], ...], bool], Either] = {}

    def of(self, keys: frozenset[str]) -> Words:
        return self._words.setdefault(keys, Words(keys))

    def join(self, words: Iterable[Words]) -> Words:
        return self.of(frozenset(key for one in words for key in one.keys))

    def either(self, branches: list[Read], optional: bool) -> Read:
        """Several branches as one part; branches of a single word, and of nothing but branches, are joined."""
        single: list[Words] = []
        longer: list[tuple[Words, Parts]] = []
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
                longer.append((self.first(parts), parts))
        known = [anchor for anchor in anchors if anchor is not None]
        anchor = self.join(known) if len(known) == len(anchors) and not optional else None
        words = self.join(single)
        if not longer and not optional:
            return (words,), anchor
        by_first: dict[str, tuple[Parts, ...]] = {}
        for first, parts in longer:
            for key in first.keys:
                by_first[key] = (*by_first.get(key, ()), parts)
        made = Either(words, self.join(first for first, _ in longer), tuple(longer), optional, by_first)
        return (self._either.setdefault((words, made.branches, optional), made),), anchor

    def first(self, parts: Parts) -> Words:
        """The words a sequence may begin with. Raises ValueError where it may begin with anything."""
        found: list[Words] = []
        for part in parts:
            if isinstance(part, Words):
                return self.join([*found, part])
            if isinstance(part, Gap):
                break
            found += [part.single, part.first]
            if not part.optional:
                return self.join(found)
        raise ValueError("a branch must begin with a word")


def _only(parts: Parts) -> Words:
    """The single words of a list. Raises ValueError where it has phrases."""
    if len(parts) != 1 or not isinstance(parts[0], Words):
        raise ValueError("a list after ! must be of single words")
    return parts[0]
