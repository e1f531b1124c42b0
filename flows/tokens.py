"""The words of texts, each with all that the danger lists know of it, looked up once and then remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.flatten import flatten
from flows.mending import mend
from flows.rules import Candidate, Rules, asked

#: So many stretches between spaces are remembered, in all languages together; longer ones are not.
REMEMBERED, LONG = 16_384, 40
#: Every text is mended by this list too, whatever the language of the talk.
SOURCE = "en"


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A word of a text.

    flat    as it was flattened
    keys    what it may be that a list knows, and the beginnings of that which patterns ask for (``begi*``)
    sets    number of a list -> its sets that the word is in, as bits
    rules   (number of a list, the rules of it that are looked for by this word)
    denies  whether it denies what comes after it
    small   whether it may stand between the two
    """

    flat: str
    keys: tuple[str, ...]
    sets: dict[int, int]
    rules: tuple[tuple[int, tuple[Candidate, ...]], ...]
    denies: bool
    small: bool


class Tokens:
    """Reads the words of texts."""

    def __init__(self, rules: Sequence[Rules]) -> None:
        self._rules = rules
        self._mend = {one.language: one.mend for one in rules}
        self._denies = frozenset[str]().union(*(one.denies for one in rules))
        self._small = frozenset[str]().union(*(one.small for one in rules))
        #: word -> what it is a spelling of, in any language
        self._same: dict[str, tuple[str, ...]] = {}
        for one in rules:
            for word, other in one.same.items():
                self._same[word] = (*self._same.get(word, ()), other)
        self._before = tuple({before for one in rules for before in one.before})
        self._memory: dict[str, _Memory] = {}

    def of(self, language: str) -> _Memory:
        """Stretch between spaces -> its words, in talks of a language."""
        memory = self._memory.get(language)
        if memory is None:
            mends = [self._mend[code] for code in dict.fromkeys((language, SOURCE)) if code in self._mend]
            memory = self._memory[language] = _Memory(self, mends)
        return memory

    def forget(self) -> None:
        """Frees what is remembered, when it is too much."""
        if sum(map(len, self._memory.values())) > REMEMBERED:
            for memory in self._memory.values():
                memory.clear()

    def read(self, flat: str, mends: Sequence[Mapping[str, str]]) -> Token:
        """What there is to know of a word."""
        forms = [flat, *self._same.get(flat, ())]
        keys, sets = self._known(forms)
        more: list[str] = []
        if flat not in keys and len(forms) == 1 and (mended := mend(flat, mends)) != flat:
            more += [mended, *self._same.get(mended, ())]
        if self._before and flat.startswith(self._before):
            more += [cut for one in self._before if len(cut := flat.removeprefix(one)) > 2 and cut != flat]
        if more:
            other, others = self._known(more)
            keys |= other
            for number, bits in others.items():
                sets[number] = sets.get(number, 0) | bits
        return Token(
            flat=flat,
            keys=tuple(keys),
            sets=sets,
            rules=tuple(
                (number, rules) for number, bits in sets.items() if (rules := tuple(self._rules[number].anchored(bits)))
            ),
            denies=not self._denies.isdisjoint(forms),
            small=not self._small.isdisjoint(forms),
        )

    def _known(self, forms: Sequence[str]) -> tuple[dict[str, None], dict[int, int]]:
        asking = [one for form in forms for one in asked(form)]
        keys: dict[str, None] = {}
        sets: dict[int, int] = {}
        for number, rules in enumerate(self._rules):
            found, bits = rules.of(asking)
            if found:
                keys |= dict.fromkeys(found)
            if bits:
                sets[number] = bits
        return keys, sets


class _Memory(dict[str, tuple[Token, ...]]):
    def __init__(self, tokens: Tokens, mends: Sequence[Mapping[str, str]]) -> None:
        super().__init__()
        self._tokens = tokens
        self._mends = mends
        self._words: dict[str, Token] = {}

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        words = flatten(chunk)
        if len(chunk) > LONG:
            return tuple(self._tokens.read(word, self._mends) for word in words)
        self._tokens.forget()
        known = self._words
        for word in words:
            if word not in known:
                known[word] = self._tokens.read(word, self._mends)
        self[chunk] = found = tuple(known[word] for word in words)
        return found

    def clear(self) -> None:
        """Forgets everything."""
        super().clear()
        self._words = {}
