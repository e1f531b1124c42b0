"""One text, looked at by every danger list: what fits, what of that is harmless or denied, and what weighs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from flows.grammar import AROUND
from flows.patterns import Line, Places
from flows.rules import WEAK, Candidate, Rule, Rules
from flows.tokens import Token


@dataclass(frozen=True, slots=True)
class Found:
    """One sign: words ``first`` up to, not including, ``last`` of the text; ``lowered`` when it was denied.

    ``why``: what was weighed with it, where its rule is a weak one.
    """

    category: str
    level: str
    first: int
    last: int
    rule: Rule
    lowered: bool = False
    why: str = ""


class Look:
    """The words of a text and what the lists find in them."""

    def __init__(self, lists: Sequence[Rules], tokens: Sequence[Token]) -> None:
        where: dict[Token, int] = {}
        bit = 1
        for token in tokens:
            where[token] = where.get(token, 0) | bit
            bit <<= 1
        words: dict[str, int] = {}
        met = [0] * len(lists)
        for token, places in where.items():
            for key in token.keys:
                words[key] = words.get(key, 0) | places
            for number, sets in token.sets.items():
                met[number] |= sets
        self._tokens = tokens
        self._line = Line(words, len(tokens))
        #: number of a list -> the rules that the text has the words for, and where their rarest word is
        have: dict[int, list[tuple[int, Candidate]]] = {}
        for token, places in where.items():
            for number, candidates in token.rules:
                sets = met[number]
                for candidate in candidates:
                    if candidate[0] & sets == candidate[0]:
                        have.setdefault(number, []).append((places, candidate))
        #: a list that has such rules -> the text as it sees it
        self._seen: dict[Rules, Places] = {}
        #: the same -> the signs, the weak patterns and the harmless phrases that the text may fit
        self._may: dict[Rules, tuple[list[Rule], list[Rule], list[Rule]]] = {}
        for number, those in have.items():
            if not (found := _near(tokens, number, those)):
                continue
            rules = lists[number]
            self._seen[rules] = Places(self._line, rules.parts, met[number])
            signs, weak, phrases = self._may[rules] = ([], [], [])
            for rule in found:
                (phrases if not rule.category else weak if rule.level == WEAK else signs).append(rule)
        self._harmless: dict[Rules, int] = {}
        self._views: dict[tuple[Rules, int], Places] = {}

    def fits(self) -> list[Found]:
        """Every red or amber pattern that fits and is not said harmlessly."""
        return [one for rules, (signs, _, _) in self._may.items() for one in self._found(rules, signs)]

    def weak(self) -> dict[Rules, list[Rule]]:
        """The weak patterns that the text may fit, by their lists."""
        return {rules: weak for rules, (_, weak, _) in self._may.items() if weak}

    def fits_weak(self, rules: Rules) -> list[Found]:
        """Those of a list that fit and are not said harmlessly."""
        return list(self._found(rules, self._may[rules][1])) if rules in self._may else []

    def _found(self, rules: Rules, those: Sequence[Rule]) -> Iterator[Found]:
        places = self._seen[rules]
        for rule in those:
            if spans := places.spans(rule.items):
                yield from self._left(rules, rule, spans)

    def stems(self, rules: Rules, harmless: int = 0) -> list[str]:
        """The words as they are weighed in a language; empty at the places of what is said harmlessly."""
        stem = rules.stem
        stems = [stem[token.flat] for token in self._tokens]
        return ["" if harmless >> at & 1 else one for at, one in enumerate(stems)] if harmless else stems

    def harmless(self, rules: Rules) -> int:
        """The places of what is said harmlessly in a language."""
        found = self._harmless.get(rules)
        if found is None:
            found = 0
            if rules in self._seen:
                places = self._seen[rules]
                found = _covered(span for rule in self._may[rules][2] for span in places.spans(rule.items))
            self._harmless[rules] = found
        return found

    def _left(self, rules: Rules, rule: Rule, spans: list[tuple[int, int]]) -> list[Found]:
        """Of the places where a rule fits those that are not harmless."""
        harmless = self.harmless(rules)
        if harmless & _covered(spans):
            places = self._without(rules, harmless)
            spans = places.spans(rule.items)
        # Another language's harmless phrase hides a sign only as a whole: English "mma" is Welsh "mae".
        others = 0
        for other in self._seen:
            if other is not rules:
                others |= self.harmless(other)
        found = []
        for first, last in spans:
            whole = (1 << last) - (1 << first)
            if whole & others == whole:
                continue
            denied = self._is_denied(first) or (
                # "He never hit me": the denial stands in a gap of the rule. As a part of the rule it is none.
                any(token.denies for token in self._tokens[first:last])
                and (first, last) in self._without(rules, harmless | self._denials()).spans(rule.items)
            )
            level = "amber" if denied and rule.level == "red" else rule.level
            found.append(Found(rule.category, level, first, last, rule, denied))
        return found

    def _without(self, rules: Rules, what: int) -> Places:
        known = self._views.get((rules, what))
        if known is None:
            known = self._views[rules, what] = self._seen[rules].without(what)
        return known

    def _denials(self) -> int:
        return sum(1 << at for at, token in enumerate(self._tokens) if token.denies)

    def _is_denied(self, first: int) -> bool:
        """Whether what begins at ``first`` is denied directly before, at most three small words between."""
        for back in range(first - 1, max(-1, first - 5), -1):
            if self._tokens[back].denies:
                return True
            if not self._tokens[back].small:
                return False
        return False


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """The places of the spans."""
    found = 0
    for first, last in spans:
        found |= (1 << last) - (1 << first)
    return found


def _near(tokens: Sequence[Token], number: int, those: Sequence[tuple[int, Candidate]]) -> dict[Rule, None]:
    """Of the rules that a text has the words for those whose words stand near each other."""
    edge = [0] * AROUND
    sets = [*edge, *[token.sets.get(number, 0) for token in tokens], *edge]
    near = _Stretches(sets)
    return {
        rule: None
        for places, (needs, stretches, about, rule) in those
        if not needs or _is_near(near, places, stretches, about)
    }


class _Stretches(dict[tuple[int, int], int]):
    """(first place, places) -> the sets of the words there, as bits."""

    def __init__(self, sets: Sequence[int]) -> None:
        super().__init__()
        self._sets = sets

    def __missing__(self, key: tuple[int, int]) -> int:
        first, many = key
        self[key] = found = reduce(or_, self._sets[first : first + many])
        return found


def _is_near(near: _Stretches, places: int, stretches: tuple[tuple[int, int, int], ...], about: int) -> bool:
    """Whether what a rule needs stands near its anchor, at one of these places."""
    while places:
        at = places.bit_length() - 1
        places ^= 1 << at
        for size, shift, need in stretches:
            if need & near[at + AROUND + shift, 1 << size] != need:
                break
        else:
            if not about or about & (near[at, AROUND] | near[at + AROUND, AROUND]) == about:
                return True
    return False
