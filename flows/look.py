"""One text, looked at by every danger list: what fits, what of that is harmless or denied, and what weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import itemgetter, or_

from flows.grammar import AROUND
from flows.patterns import Line, Places
from flows.rules import WEAK, Candidate, Rule, Rules
from flows.tokens import Token
from flows.weigh import Weighed


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
        #: number of a list -> the rules that are looked for by words of the text, and where these are
        asked: dict[int, list[tuple[int, tuple[Candidate, ...]]]] = {}
        for at, token in enumerate(tokens):
            for number, candidates in token.rules:
                if number in asked:
                    asked[number].append((at, candidates))
                else:
                    asked[number] = [(at, candidates)]
        self._tokens = tokens
        #: a list that has such rules -> the text as it sees it
        self._seen: dict[Rules, Places] = {}
        #: the same -> the signs, the weak patterns and the harmless phrases that the text may fit
        self._may: dict[Rules, tuple[list[Rule], list[Rule], list[Rule]]] = {}
        for number, groups in asked.items():
            rules = lists[number]
            sets = [token.sets.get(number, 0) for token in tokens]
            met = reduce(or_, sets)
            lacks = rules.needed & ~met
            those = [(at, one) for at, some in groups for one in some if not one[0] & lacks]
            if not (those and (found := _near(sets, those))):
                continue
            words: dict[str, int] = {}
            place = 1
            for token in tokens:
                for key in token.keys.get(number, ()):
                    words[key] = words.get(key, 0) | place
                place <<= 1
            self._seen[rules] = Places(Line(words, len(tokens)), rules.parts, met)
            signs, weak, phrases = self._may[rules] = ([], [], [])
            for rule in found:
                (phrases if not rule.category else weak if rule.level == WEAK else signs).append(rule)
        self._harmless: dict[Rules, int] = {}
        self._views: dict[tuple[Rules, int], Places] = {}

    def fits(self) -> list[Found]:
        """Every red or amber pattern that fits and is not said harmlessly."""
        return [one for rules, (signs, _, _) in self._may.items() for one in self._found(rules, signs)]

    def past(self) -> list[Rule]:
        """The harmless phrases that fit: what they cover is looked past."""
        return [
            rule
            for rules, (_, _, phrases) in self._may.items()
            for rule in phrases
            if self._seen[rules].spans(rule.items)
        ]

    def leave_out(self, phrase: Rule) -> None:
        """Looks no longer past a harmless phrase, so that what it hides is seen (``tools/harmless.py``)."""
        for _, _, phrases in self._may.values():
            if phrase in phrases:
                phrases.remove(phrase)
        self._harmless.clear()
        self._views.clear()

    def weak(self) -> dict[Rules, list[Rule]]:
        """The weak patterns that the text may fit, by their lists."""
        return {rules: weak for rules, (_, weak, _) in self._may.items() if weak}

    def fits_weak(self, rules: Rules) -> list[Found]:
        """Those of a list that fit and are not said harmlessly."""
        return list(self._found(rules, self._may[rules][1])) if rules in self._may else []

    def tips(self, rules: Rules, weight: Callable[[str], int], missing: int) -> list[Found] | None:
        """The same, the heaviest tried first; None as soon as those left cannot weigh more than what is missing."""
        may = self._may[rules][1] if rules in self._may else []
        heavy = sorted(((max(0, weight(rule.text)), rule) for rule in may), key=itemgetter(0), reverse=True)
        left = sum(map(itemgetter(0), heavy))
        fit: list[tuple[int, Rule]] = []
        for most, rule in heavy:
            if left <= missing:
                return None
            if all(map(self._seen[rules].starts, rule.items)):
                fit.append((most, rule))
            else:
                left -= most
        found: list[Found] = []
        for most, rule in fit:
            if left <= missing:
                return None
            if told := list(self._found(rules, (rule,))):
                found += told
            else:
                left -= most
        return found if left > missing else None

    def _found(self, rules: Rules, those: Sequence[Rule]) -> Iterator[Found]:
        places = self._seen[rules]
        for rule in those:
            if spans := places.spans(rule.items):
                yield from self._left(rules, rule, spans)

    @property
    def text(self) -> str:
        """The words as they are compared, with spaces."""
        return " ".join([token.flat for token in self._tokens])

    def weighed(self, rules: Rules) -> list[Weighed]:
        """The words as they are on the scale of a language that has one."""
        weighed = rules.weighed
        return [weighed[token.flat] for token in self._tokens]

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


def _near(sets: Sequence[int], those: Sequence[tuple[int, Candidate]]) -> dict[Rule, None]:
    """Of the rules that a text has the words for those whose words stand near each other. ``sets``: of each word."""
    edge = [0] * (AROUND + 1)
    # The sets of one word, of it and the next, of it and the next three, for every word.
    one = [*edge, *sets, *edge, 0, 0]
    two = list(map(or_, one, one[1:]))
    four = list(map(or_, two, two[2:]))
    small = (one, two, four)
    found: dict[Rule, None] = {}
    # One function and no memory of stretches: this is what a text costs.
    for place, (_, checks, about, rule) in those:
        at = place + AROUND + 1
        for size, shift, need in checks:
            first = at + shift
            if size < 3:
                there = small[size][first]
            else:
                there = four[first] | four[first + 4]
                if size > 3:
                    there |= four[first + 8] | four[first + 12]
            if need & there != need:
                break
        else:
            if not about or about & reduce(or_, four[at - AROUND : at + AROUND : 4]) == about:
                found[rule] = None
    return found
