"""The words of texts, each with all that the danger lists know of it, looked up once and then remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.flatten import LETTER, flatten
from flows.mending import mend
from flows.rules import Candidate, Rules, asked

#: So many words and stretches between spaces are remembered, in all languages together; longer ones are not.
REMEMBERED, LONG = 32_768, 40
#: Every text is mended by this list too, whatever the language of the talk.
SOURCE = "en"


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A word of a text.

    flat    as it was flattened
    keys    number of a list -> what the word may be that the list knows, and the beginnings of that which its patterns
            ask for (``begi*``)
    sets    number of a list -> its sets that the word is in, as bits; those that only anchor a rule are left out
    rules   (number of a list, the rules of it that are looked for by this word); none of other languages' lists where
            a language of the talk knows the word: "bat" and "more" are English in an English talk
    denies  whether it denies what comes after it
    small   whether it may stand between the two
    letter  whether it is a single letter of a script that writes words apart
    """

    flat: str
    keys: dict[int, tuple[str, ...]]
    sets: dict[int, int]
    rules: tuple[tuple[int, tuple[Candidate, ...]], ...]
    denies: bool
    small: bool
    letter: bool


class Talk:
    """What the languages of a talk say about its words.

    ``own``: the lists of its language and of English. Where its language has no list (``known``), nobody's words are
    more likely than another's.

    mends   where a word that is nobody's may be mended to one of theirs
    denies  words that deny what comes after them
    small   words that may stand between the two
    """

    def __init__(self, every: Sequence[Rules], own: Sequence[Rules], known: bool) -> None:
        self._own = own if known else []
        self._every = every
        self.mends = [one.mend for one in own]
        speaking = own if known else every
        self.denies = frozenset[str]().union(*(one.denies for one in speaking))
        self.small = frozenset[str]().union(*(one.small for one in speaking))

    def looks(self, number: int, word: str) -> bool:
        """Whether a list's rules are looked for by a word: not another language's where the talk's know it."""
        return self._every[number] in self._own or not any(one.knows(word) for one in self._own)


class Tokens:
    """Reads the words of texts."""

    def __init__(self, rules: Sequence[Rules]) -> None:
        self._rules = rules
        self._numbers = {one.language: number for number, one in enumerate(rules)}
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
            codes = dict.fromkeys((language, SOURCE))
            own = [self._rules[self._numbers[code]] for code in codes if code in self._numbers]
            memory = self._memory[language] = _Memory(self, Talk(self._rules, own, language in self._numbers))
        return memory

    def forget(self) -> None:
        """Frees what is remembered, when it is too much."""
        if sum(memory.size for memory in self._memory.values()) > REMEMBERED:
            for memory in self._memory.values():
                memory.clear()

    def read(self, flat: str, talk: Talk) -> Token:
        """What there is to know of a word in such a talk."""
        forms = [flat, *self._same.get(flat, ())]
        keys, sets = self._known(forms)
        more: list[str] = []
        known = len(forms) > 1 or any(flat in some for some in keys.values())
        if not known and (mended := mend(flat, talk.mends)) != flat:
            more += [mended, *self._same.get(mended, ())]
        if self._before and flat.startswith(self._before):
            more += [cut for one in self._before if len(cut := flat.removeprefix(one)) > 2 and cut != flat]
        if more:
            other, others = self._known(more)
            for number, some in other.items():
                keys[number] = tuple(dict.fromkeys((*keys.get(number, ()), *some)))
            for number, bits in others.items():
                sets[number] = sets.get(number, 0) | bits
        return Token(
            flat=flat,
            keys=keys,
            sets={number: bits & self._rules[number].needed for number, bits in sets.items()},
            rules=tuple(
                (number, rules)
                for number, bits in sets.items()
                if talk.looks(number, flat) and (rules := tuple(self._rules[number].anchored(bits)))
            ),
            denies=not talk.denies.isdisjoint(forms),
            small=not talk.small.isdisjoint(forms),
            letter=bool(LETTER.fullmatch(flat)),
        )

    def _known(self, forms: Sequence[str]) -> tuple[dict[int, tuple[str, ...]], dict[int, int]]:
        asking = [one for form in forms for one in asked(form)]
        keys: dict[int, tuple[str, ...]] = {}
        sets: dict[int, int] = {}
        for number, rules in enumerate(self._rules):
            found, bits = rules.of(asking)
            if found:
                keys[number] = tuple(found)
            if bits:
                sets[number] = bits
        return keys, sets


class _Memory(dict[str, tuple[Token, ...]]):
    def __init__(self, tokens: Tokens, talk: Talk) -> None:
        super().__init__()
        self._tokens = tokens
        self._talk = talk
        self._words: dict[str, Token] = {}

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        self._tokens.forget()
        found = tuple(map(self._word, flatten(chunk)))
        if len(chunk) <= LONG:
            self[chunk] = found
        return found

    def _word(self, word: str) -> Token:
        token = self._words.get(word)
        if token is None:
            token = self._tokens.read(word, self._talk)
            if len(word) <= LONG:
                self._words[word] = token
        return token

    @property
    def size(self) -> int:
        """How much is remembered."""
        return len(self) + len(self._words)

    def clear(self) -> None:
        """Forgets everything."""
        super().clear()
        self._words = {}
