"""Finds signs that somebody may be in danger, and says which words they are and which rule found them.

The lists are data (``locales/<language>/danger.toml``; docs/safety.md explains how to write them). All of them are
tried on every text, whatever the language of the talk: people mix languages most when they are frightened. The time
does not grow with their number: each word leads to the patterns it may be part of, and to no other.

A pattern is words with ``(this|or that)``, ``(perhaps)?``, ``begin*``, ``..`` (up to 3 words between), ``...`` (up to
7), ``...!name`` (none of that list among them), ``{a list}``, and ``this & that & that`` (all near each other, any
order). Text and patterns go through the same ``flatten``, so case, accents, hamzas, apostrophes, doubled letters and
digits written for letters do not matter.

Three passes, each on what the one before left: for each word, looked up once and then remembered, the patterns that
need it, as the bits of a number; of these the patterns all of whose rare words are there; these word by word
(``flows/patterns.py``). A word that is nobody's is mended first when it is one slip away from a word of the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flows.flatten import SPELT, flatten
from flows.grammar import Grammar
from flows.mending import Mender
from flows.patterns import Line, Pattern
from flows.rules import BLOCK, Index, Rule
from flows.session import Signs
from flows.weigh import CATEGORY, Scale, Stems

#: Levels, the graver first.
LEVELS = ("red", "amber")
#: Longer texts are read in pieces that overlap, so that the time stays in proportion.
PIECE, OVERLAP = 4000, 200
#: Longer stretches without a space are not remembered.
REMEMBERED = 40
NOTHING = Pattern((), ())
_GRAVE = {level: rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Found:
    """One sign: words ``first`` up to, not including, ``last`` of the text; ``lowered`` when it was denied."""

    category: str
    level: str
    first: int
    last: int
    rule: Rule
    lowered: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """What is known of a word of a text.

    flat   as it was flattened
    token  after the lists' own spellings
    forms  all that it may be, and the beginnings of these that patterns ask for (``begi*``)
    whole  all that it may be
    meets  (language, the needs of its rules that this word meets: ``Index``)
    """

    flat: str
    token: str
    forms: tuple[str, ...]
    whole: tuple[str, ...]
    meets: tuple[tuple[str, int], ...]


class Watch:
    """Reads texts for signs of danger. Built once (about 0.3 s for three languages); safe to share between threads.

    ``lists``: language -> the tables of its ``danger.toml``. Raises ValueError that names language, category and
    pattern where one is not well formed.
    """

    def __init__(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        self._same: dict[str, str] = {}
        self._known: set[str] = set()
        self._heads: set[str] = set()
        self._not: set[str] = set()
        self._between: set[str] = set()
        self._index: dict[str, Index] = {}
        self._scales: dict[str, Scale] = {}
        #: language -> how its words are cut down before they are weighed
        self.stems: dict[str, Stems] = {}
        #: word or beginning -> (language, the needs it meets) of every list that asks for it
        self._needs: dict[str, list[tuple[str, int]]] = {}
        #: the same for two words next to each other
        self._pairs: dict[str, list[tuple[str, int]]] = {}
        particles: set[str] = set()
        vocabulary: set[str] = set()
        #: category -> number of patterns, by language
        self.counts: dict[str, dict[str, int]] = {}
        for language, tables in lists.items():
            for word, variants in tables.get("same", {}).items():
                for variant in variants:
                    self._same.update((one, self._one(word, language)) for one in flatten(variant))
            self._known.update(word for phrase in tables.get("real", ()) for word in flatten(phrase))
        for language, tables in lists.items():
            grammar = Grammar(self._words, tables.get("lists", {}), tables.get("begin", {}), tables.get("common", ()))
            rules = []
            for category, level, text in _entries(tables):
                try:
                    rules.append(Rule(language, category, level, text, grammar.pattern(text)))
                except ValueError as error:
                    raise ValueError(f"{language}/danger.toml [{category or 'harmless'}]: “{text}”: {error}") from error
                by_category = self.counts.setdefault(language, {})
                by_category[category] = by_category.get(category, 0) + 1
            index = self._index[language] = Index(rules)
            for key, needs in index.needs.items():
                (self._pairs if " " in key else self._needs).setdefault(key, []).append((language, needs))
            stems = self.stems[language] = Stems(tables.get("stems", {}))
            if "weigh" in tables:
                self._scales[language] = Scale(tables["weigh"]["words"], tables["weigh"]["over"], stems)
            vocabulary.update(grammar.words)
            self._heads.update(grammar.heads)
            denial = tables.get("denial", {})
            self._not.update(self._one(word, language) for word in denial.get("not", ()))
            self._between.update(self._one(word, language) for word in denial.get("between", ()))
            particles.update("".join(flatten(one)) for one in tables.get("begin", {}).get("", ()))
        self._particles = tuple(sorted(particles, key=len, reverse=True))
        self._lengths = tuple(sorted({len(head) for head in self._heads}))
        self._known |= vocabulary
        self._mend = Mender(vocabulary, self._known).mend
        self._word = lru_cache(maxsize=32768)(self._read_word)
        self._part = lru_cache(maxsize=32768)(self._read_part)

    def signs(self, text: str, language: str = "") -> Signs:
        """The signs in a text: the graver level, categories, the person's own words and the rules, gravest first.

        ``language`` is the talk's; every list is tried all the same.
        """
        levels: dict[str, str] = {}
        matched: dict[str, None] = {}
        rules: dict[str, None] = {}
        for words, one in self.explain(text, language):
            level = levels.get(one.category)
            if level is None or _GRAVE[one.level] < _GRAVE[level]:
                levels[one.category] = one.level
            matched[words] = None
            rules[str(one.rule)] = None
        if not levels:
            return Signs()
        ranked = sorted(levels, key=lambda category: _GRAVE[levels[category]])
        return Signs(
            level=levels[ranked[0]],
            categories=tuple(ranked),
            matched=tuple(word for word in matched if word),
            rules=tuple(rules),
        )

    def explain(self, text: str, language: str = "") -> Iterator[tuple[str, Found]]:
        """(the person's own words, the sign) for every sign in a text; in each piece of it the gravest first."""
        pieces = (
            [text] if len(text) <= PIECE else [text[at : at + PIECE] for at in range(0, len(text), PIECE - OVERLAP)]
        )
        for piece in pieces:
            found = self._find(piece, language)
            # For each word the stretch of the text, between spaces, that it came from.
            own = [chunk for chunk in piece.split() for _ in self._read(chunk)] if found else []
            for one in found:
                yield " ".join(dict.fromkeys(own[one.first : one.last])), one

    def weighable(self, text: str, language: str) -> list[str]:
        """The stems of a text as they are weighed in a language: those said harmlessly are empty."""
        words = [self._word(word) for word in flatten(text)]
        return self._weighed(words, language, self._harmless(words, language))

    def _find(self, text: str, language: str) -> list[Found]:
        words = [word for chunk in text.split() for word in self._read(chunk)]
        found = self._match(words)
        line = f" {' '.join([word.flat for word in words])} "
        if spelt := SPELT.search(line):
            at = line[: spelt.start() + 1].count(" ") - 1
            whole = line[: spelt.start() + 1] + spelt[0].replace(" ", "") + line[spelt.end() - 1 :]
            found += [
                replace(one, first=min(one.first, at), last=len(words))
                for one in self._match([self._word(word) for word in whole.split()])
            ]
        if not found and self._scales:
            found = self._weigh(words, language)
        return sorted(dict.fromkeys(found), key=lambda one: (_GRAVE[one.level], one.first))

    def _weigh(self, words: Sequence[_Word], language: str) -> list[Found]:
        """What no pattern found but many small signs together; by the talk's language and by English."""
        for code in dict.fromkeys((language, "en")):
            scale = self._scales.get(code)
            if scale is None or not scale.heaviest(self._weighed(words, code)):
                continue
            left = self._weighed(words, code, self._harmless(words, code))
            if stretch := scale.heaviest(left):
                why = ", ".join(scale.why(left[slice(*stretch)]))
                return [Found(CATEGORY, "amber", *stretch, Rule(code, CATEGORY, "amber", why, NOTHING))]
        return []

    def _weighed(self, words: Sequence[_Word], language: str, harmless: int = 0) -> list[str]:
        stem = self.stems[language].of
        return ["" if harmless >> at & 1 else stem(word.token) for at, word in enumerate(words)]

    def _harmless(self, words: Sequence[_Word], language: str) -> int:
        """The places of what is said harmlessly in a language."""
        own = (rule for rule in self._candidates(words) if not rule.category and rule.language == language)
        return _covered(own, _line(words))

    def _match(self, words: Sequence[_Word]) -> list[Found]:
        candidates = self._candidates(words)
        if not candidates:
            return []
        line = _line(words)
        rules = [rule for rule in candidates if rule.category and rule.pattern.spans(line)]
        if not rules:
            return []
        not_ = sum(1 << at for at, word in enumerate(words) if word.token in self._not)
        phrases = [rule for rule in candidates if not rule.category]
        found = []
        for language in dict.fromkeys(rule.language for rule in rules):
            # Another language's harmless phrase hides a sign only as a whole: English "mma" is Welsh "mae".
            harmless = _covered((rule for rule in phrases if rule.language == language), line)
            others = _covered((rule for rule in phrases if rule.language != language), line)
            left = line.without(harmless) if harmless else line
            undenied = left.without(not_) if not_ else left
            for rule in rules:
                if rule.language != language:
                    continue
                beside = set(rule.pattern.spans(undenied)) if not_ else ()
                for first, last in rule.pattern.spans(left):
                    whole = (1 << last) - (1 << first)
                    if whole & others == whole:
                        continue
                    # "He never hit me": the denial stands in a gap of the rule. As a part of the rule it is none.
                    within = not_ & whole and (first, last) in beside
                    denied = bool(within) or self._is_denied(words, first)
                    found.append(Found(rule.category, "amber" if denied else rule.level, first, last, rule, denied))
        return found

    def _candidates(self, words: Sequence[_Word]) -> list[Rule]:
        """The rules whose first needs are met somewhere in the text, near each other."""
        met: dict[str, dict[int, int]] = {}
        before: tuple[str, ...] = ()
        pairs = self._pairs
        for at, word in enumerate(words):
            block = at // BLOCK
            meets = word.meets
            for one in before:
                for other in word.whole:
                    if pair := pairs.get(f"{one} {other}"):
                        meets = (*meets, *pair)
            before = word.whole
            for language, needs in meets:
                blocks = met.get(language)
                if blocks is None:
                    met[language] = {block: needs}
                else:
                    blocks[block] = blocks.get(block, 0) | needs
        return [rule for language, blocks in met.items() for rule in self._index[language].candidates(blocks)]

    def _read(self, chunk: str) -> tuple[_Word, ...]:
        return self._part(chunk) if len(chunk) <= REMEMBERED else self._read_part(chunk)

    def _read_part(self, chunk: str) -> tuple[_Word, ...]:
        return tuple(self._word(word) for word in flatten(chunk))

    def _read_word(self, word: str) -> _Word:
        token = self._same.get(word, word)
        forms = self._read_forms(token)
        meets: dict[str, int] = {}
        for key in forms:
            for language, needs in self._needs.get(key, ()):
                meets[language] = meets.get(language, 0) | needs
        return _Word(word, token, forms, tuple(key for key in forms if key[-1] != "*"), tuple(meets.items()))

    def _read_forms(self, token: str) -> tuple[str, ...]:
        """The word, mended, without what was written together with it, and the beginnings of these that we know."""
        forms = list(dict.fromkeys((token, self._mend(token))))
        if self._particles and token.startswith(self._particles):
            bare = (token.removeprefix(particle) for particle in self._particles if token.startswith(particle))
            forms += [one for one in bare if len(one) > 2]
        heads = {form[:length] for form in forms for length in self._lengths}
        return (*forms, *(f"{head}*" for head in sorted(heads & self._heads)))

    def _is_denied(self, words: Sequence[_Word], first: int) -> bool:
        """Whether what begins at ``first`` is denied directly before, at most three small words between."""
        for back in range(first - 1, max(-1, first - 5), -1):
            if words[back].token in self._not:
                return True
            if words[back].token not in self._between:
                return False
        return False

    def _words(self, text: str) -> list[str]:
        return [self._same.get(word, word) for word in flatten(text)]

    @staticmethod
    def _one(word: str, language: str) -> str:
        words = flatten(word)
        if len(words) != 1:
            raise ValueError(f"{language}/danger.toml: “{word}” must be one word")
        return words[0]


def _line(words: Sequence[_Word]) -> Line:
    return Line.of(word.forms for word in words)


def _covered(rules: Iterable[Rule], line: Line) -> int:
    """The places of what the rules find."""
    found = 0
    for rule in rules:
        for first, last in rule.pattern.spans(line):
            found |= (1 << last) - (1 << first)
    return found


def _entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(category, level, pattern) of one language; category "" for the harmless phrases."""
    for category, by_level in tables.get("signs", {}).items():
        for level, patterns in by_level.items():
            if level not in LEVELS:
                raise ValueError(f"danger.toml [signs.{category}]: {level!r} is not a level; write red or amber")
            for pattern in patterns:
                yield category, level, pattern
    for pattern in tables.get("harmless", ()):
        yield "", "amber", pattern
