"""The notation of the danger lists: compiled to one regular expression and its rarest words for each pattern.

The expression is for a line of flattened words, each with a space before it and one at the end.
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


@dataclass(frozen=True, slots=True)
class Anchor:
    """Words and beginnings of words; a text without any of them cannot hold the pattern."""

    words: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()

    def __or__(self, other: Anchor) -> Anchor:
        return Anchor(self.words | other.words, self.heads | other.heads)

    @property
    def worth(self) -> tuple[int, int]:
        """How rare: the length of its shortest word, then how few there are."""
        every = [*self.words, *self.heads]
        return (min((len(word) for word in every), default=0), -len(every))


#: (regular expression, anchor; None when it may be absent)
Part = tuple[str, Anchor | None]


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


class Grammar:
    """Compiles the patterns of one language.

    fold     words of a text, as texts are folded
    lists    name -> alternatives, used as {name}
    begin    first letters of a word -> what they may turn into (Welsh mutations, Arabic particles; "" for any word)
    """

    def __init__(
        self,
        fold: Callable[[str], list[str]],
        lists: Mapping[str, list[str]],
        begin: Mapping[str, list[str]],
    ) -> None:
        self._fold = fold
        self._lists = lists
        self._begin = {key: tuple(values) for key, values in begin.items() if key}
        #: what may be written together with the beginning of any word
        self.particles = tuple(begin.get("", ()))
        joined = "|".join(map(re.escape, self.particles))
        self._particle = f"(?:{joined})?" if joined else ""
        #: every whole word that was compiled, in all its forms but without particles
        self.words: set[str] = set()
        self._known: dict[str, Part] = {}

    def compile(self, pattern: str) -> tuple[str, Anchor]:
        """(regular expression, anchor). Raises ValueError in words when the pattern is not well formed."""
        tokens = _TOKENS.findall(pattern)
        source, anchor = self._sequence(tokens)
        if tokens:
            raise ValueError(f"there is a {tokens[0]} too many")
        if anchor is None or anchor.worth[0] < _COMMON:
            raise ValueError("needs at least one word of two letters or more that must be there")
        return f"{source}(?= )", anchor

    def any_of(self, alternatives: Iterable[str]) -> str:
        """An expression for any of these patterns."""
        return _any(self._sequence(_TOKENS.findall(one))[0] for one in alternatives)

    def _sequence(self, tokens: list[str]) -> Part:
        """Reads up to a bar, a closing bracket or the end; takes what it read from ``tokens``."""
        sources: list[str] = []
        best: Anchor | None = None
        while tokens and tokens[0] != "|" and not tokens[0].startswith(")"):
            source, anchor = self._item(tokens)
            sources.append(source)
            if anchor and (best is None or anchor.worth > best.worth):
                best = anchor
        return "".join(sources), best

    def _item(self, tokens: list[str]) -> Part:
        token = tokens.pop(0)
        if token in GAPS:
            return f"(?: [^ ]+){{0,{GAPS[token]}}}?", None
        if token == "(":
            branches = [self._sequence(tokens)]
            while tokens and tokens[0] == "|":
                tokens.pop(0)
                branches.append(self._sequence(tokens))
            if not tokens:
                raise ValueError("a bracket is not closed")
            return _either(branches, tokens.pop(0) == ")?")
        if token.startswith("{"):
            return self._list(token.strip("{}?"), token.endswith("?"))
        if token.endswith("*"):
            return self._word(token.rstrip("*"), True)
        return self._word(token, False)

    def _list(self, name: str, optional: bool) -> Part:
        if name not in self._known:
            if name not in self._lists:
                raise ValueError(f"there is no list {{{name}}}")
            self._known[name] = _either([self._sequence(_TOKENS.findall(one)) for one in self._lists[name]], False)
        source, anchor = self._known[name]
        return (f"(?:{source})?", None) if optional else (source, anchor)

    def _word(self, text: str, begins: bool) -> Part:
        words = self._fold(text)
        if not words:
            raise ValueError(f"“{text}” has no letters")
        source, best = "", Anchor()
        for number, word in enumerate(words):
            forms = sorted(set(self._forms(word)), key=len, reverse=True)
            last = begins and number == len(words) - 1
            if not last:
                self.words.update(forms)
            escaped = [re.escape(form) for form in forms]
            particle = self._particle if len(word) > 2 else ""
            source += f" {particle}{escaped[0] if len(forms) == 1 else _any(escaped)}{'[^ ]*' if last else ''}"
            anchor = Anchor(heads=frozenset(forms)) if last else Anchor(words=frozenset(forms))
            if anchor.worth > best.worth:
                best = anchor
        return source, best

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        if len(word) < 3:
            return
        for key, starts in self._begin.items():
            if word.startswith(key):
                yield from (start + word[len(key) :] for start in starts)
                return


def _any(alternatives: Iterable[str]) -> str:
    return f"(?:{'|'.join(alternatives)})"


def _either(branches: list[Part], optional: bool) -> Part:
    source = _any(source for source, _ in branches)
    anchor: Anchor | None = Anchor()
    for _, one in branches:
        anchor = anchor | one if anchor is not None and one is not None else None
    return (source + "?", None) if optional else (source, anchor)
