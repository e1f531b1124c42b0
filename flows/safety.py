"""Finds signs that somebody may be in danger, and says which words they are and which rule found them.

The lists are data (``locales/<language>/danger.toml``; docs/safety.md explains how to write them). All of them are
tried on every text, whatever the language of the talk: people mix languages most when they are frightened. Only a word
that the talk's own list or the English one knows begins no pattern of a third language (decision 20). A text costs
what its words have in common with the lists, not what the lists are.

A pattern is words with ``(this|or that)``, ``(perhaps)?``, ``begin*``, ``..`` (up to 3 words between), ``...`` (up to
7), ``...!name`` (none of that list among them), ``{a list}``, and ``this & that & that`` (all near each other, any
order). Text and patterns go through the same ``flatten``, so case, accents, hamzas, apostrophes, doubled letters and
digits written for letters do not matter.

Three passes, each on what the one before left: for each word, looked up once and then remembered, the sets of words it
is in, as the bits of a number; of the patterns whose rarest set is there those all of whose rare sets are; these word
by word (``flows/patterns.py``). A word that no list knows is mended first when it is one slip away from one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flows.flatten import SPELT, flatten
from flows.look import Found, Look
from flows.rules import LEVELS, WEAK, Rule, Rules, pack
from flows.session import Signs
from flows.tokens import SOURCE, Token, Tokens
from flows.weigh import CATEGORY, Stems

__all__ = ["LEVELS", "WEAK", "Evidence", "Found", "Watch", "flatten"]

#: Longer texts are read in pieces that overlap, so that the time stays in proportion.
PIECE, OVERLAP = 4000, 200
#: Three single letters on end, in a row of bytes that say which words are one.
_SPELT = b"\1\1\1"
_GRAVE = {level: rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to weigh in a text.

    words    as they are compared
    stems    the same as they are weighed in the language; those said harmlessly are empty
    weak     the language's weak patterns that fit -> their first word
    signs    all that fits
    decided  whether any of it is a sign by itself
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    weak: Mapping[str, int]
    signs: tuple[Found, ...]
    decided: bool


class Watch:
    """Reads texts for signs of danger. Safe to share between threads.

    ``lists``: language -> the tables of its ``danger.toml``, or these compiled. Raises ValueError that names language,
    category and pattern where one is not well formed.
    """

    def __init__(self, lists: Mapping[str, Mapping[str, Any] | Rules]) -> None:
        self._lists = {
            language: one if isinstance(one, Rules) else Rules(pack(language, one)) for language, one in lists.items()
        }
        self._rules = tuple(self._lists.values())
        #: language -> category -> number of patterns
        self.counts: dict[str, Mapping[str, int]] = {one.language: one.counts for one in self._rules}
        #: language -> how its words are cut down before they are weighed
        self.stems: dict[str, Stems] = {one.language: one.stems for one in self._rules}
        self._tokens = Tokens(self._rules)

    def signs(self, text: str, language: str = "") -> Signs:
        """The signs in a text: the graver level, categories, the person's own words and the rules, gravest first.

        ``language`` is the talk's, "" where it is not known; every list is tried all the same, as the module says.
        """
        levels: dict[str, str] = {}
        matched: dict[str, None] = {}
        rules: dict[str, None] = {}
        for words, one in self.explain(text, language):
            level = levels.get(one.category)
            if level is None or _GRAVE[one.level] < _GRAVE[level]:
                levels[one.category] = one.level
            matched[words] = None
            rules[f"{one.rule} [{one.why}]" if one.why else str(one.rule)] = None
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
            # For each word the stretch of the text, between spaces, that it came from: (its place, itself).
            read = self._tokens.of(language)
            own = [part for part in enumerate(piece.split()) for _ in read[part[1]]] if found else []
            for one in found:
                yield " ".join(chunk for _, chunk in dict.fromkeys(own[one.first : one.last])), one

    def look(self, text: str, language: str) -> Look:
        """A text, ready to be looked at by every list."""
        return Look(self._rules, self._read(text, language))

    def evidence(self, text: str, language: str) -> Evidence:
        """What there is to weigh in a text, and whether patterns decide without it: for ``tools/weigh.py``."""
        tokens = self._read(text, language)
        look = Look(self._rules, tokens)
        decided = look.fits()
        weak = [one for rules in look.weak() for one in look.fits_weak(rules)]
        return Evidence(
            words=tuple(token.flat for token in tokens),
            stems=tuple(look.stems(self._lists[language], look.harmless(self._lists[language]))),
            weak={one.rule.text: one.first for one in reversed(weak) if one.rule.language == language},
            signs=(*decided, *weak),
            decided=bool(decided),
        )

    def _read(self, text: str, language: str) -> list[Token]:
        read = self._tokens.of(language)
        return list(chain.from_iterable(map(read.__getitem__, text.split())))

    def _find(self, text: str, language: str) -> list[Found]:
        tokens = self._read(text, language)
        look = Look(self._rules, tokens)
        found = look.fits()
        if _SPELT in bytes([token.letter for token in tokens]) and (spelt := SPELT.search(line := f" {look.text} ")):
            at = line[: spelt.start() + 1].count(" ") - 1
            whole = line[: spelt.start() + 1] + spelt[0].replace(" ", "") + line[spelt.end() - 1 :]
            found += [
                replace(one, first=min(one.first, at), last=len(tokens))
                for one in Look(self._rules, self._read(whole, language)).fits()
            ]
        if found:
            found += [replace(one, level="amber") for rules in look.weak() for one in look.fits_weak(rules)]
        else:
            found = self._weigh(look, language)
        return sorted(dict.fromkeys(found), key=lambda one: (_GRAVE[one.level], one.first)) if found else found

    def _weigh(self, look: Look, language: str) -> list[Found]:
        """What no pattern decides but many small signs together; by the talk's language, English, and the patterns'."""
        weak = look.weak()
        for code in dict.fromkeys((language, SOURCE, *(rules.language for rules in weak))):
            rules = self._lists.get(code)
            if rules is None:
                continue
            may = weak.get(rules, ())
            scale = rules.scale
            if scale is None:
                if own := [replace(one, level="amber") for one in look.fits_weak(rules)]:
                    return own  # nobody has weighed this list's words: its weak patterns decide
                continue
            words = look.weighed(rules)
            talked = code == language or language not in self._lists
            if not ((may and talked) or scale.knows(words, talked)):
                continue
            # Tried last: in most texts the words are so light that soon no weak pattern could tip the scale.
            weighty = look.tips(rules, scale.of_weak, scale.lacks(words))
            if weighty is None or not (weighty or scale.knows(words, talked)):
                continue
            first = {one.rule.text: one.first for one in reversed(weighty)}
            if weighty and scale.heaviest(words, first)[0] <= scale.over:
                continue
            stems = look.stems(rules, look.harmless(rules))
            total, begin, end = scale.heaviest(scale.weigh(stems), first)
            if total <= scale.over or look.text in scale.answers:
                continue
            why = ", ".join(scale.why(stems[begin:end]))
            if weighty:
                return [replace(one, level="amber", why=f"{total} over {scale.over}: {why}") for one in weighty]
            return [Found(CATEGORY, "amber", begin, end, Rule(code, CATEGORY, "amber", why, ()))]
        return []
