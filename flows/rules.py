"""The rules of a danger list, and which of them a text may fit: found by the words they need, not by trying each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.patterns import Pattern

#: Texts are looked at in blocks of so many words.
BLOCK = 5
#: A rule's needs must be met within so many neighbouring blocks, the fewest that surely hold it; or within the text.
BLOCKS = (2, 3, 5)
#: So many needs of a rule are looked for before anything else (``Index._all_met`` knows that it is four).
NEEDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One pattern of a list, as it is written there; category "" for a harmless phrase."""

    language: str
    category: str
    level: str
    text: str
    pattern: Pattern = field(repr=False)

    def __str__(self) -> str:
        return f"{self.language} {self.category} {self.level}: {self.text}"


class Index:
    """The rules of one language by the words they need.

    What a word meets is one number: the lowest bits say of which rules it meets the first need, the next as many bits
    of which it meets the second, and so on up to NEEDS. Of a stretch of text it is what any of its words meets.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._count = len(rules)
        self._every = (1 << len(rules)) - 1
        #: needs that a rule does not have are met by every text
        self._free = 0
        #: the rules that each number of BLOCKS surely holds, the last: those that none does
        self._held = [0] * (len(BLOCKS) + 1)
        #: word, or beginning -> the needs it meets
        self.needs: dict[str, int] = {}
        for number, rule in enumerate(rules):
            reach = rule.pattern.reach
            size = next((at for at, blocks in enumerate(BLOCKS) if reach <= BLOCK * (blocks - 1) + 1), len(BLOCKS))
            self._held[size] |= 1 << number
            for which in range(NEEDS):
                bit = 1 << (number + which * self._count)
                if which < len(rule.pattern.needs):
                    for key in rule.pattern.needs[which].keys:
                        self.needs[key] = self.needs.get(key, 0) | bit
                else:
                    self._free |= bit

    def candidates(self, blocks: Mapping[int, int]) -> Iterator[Rule]:
        """The rules whose first needs are met within one stretch. ``blocks``: number of a block -> what it meets."""
        text = 0
        for met in blocks.values():
            text |= met
        possible = self._all_met(text)
        if not possible:
            return
        found = possible & self._held[-1]
        sizes = [(size, possible & held) for size, held in zip(BLOCKS, self._held, strict=False) if possible & held]
        for number, met in blocks.items():
            taken = 1
            for size, held in sizes:
                while taken < size:
                    met |= blocks.get(number + taken, 0)
                    taken += 1
                found |= self._all_met(met) & held
        while found:
            bit = found & -found
            found ^= bit
            yield self._rules[bit.bit_length() - 1]

    def _all_met(self, met: int) -> int:
        met |= self._free
        both = met & met >> 2 * self._count
        return both & both >> self._count & self._every
