"""How likely a text is in each language of a script: letter by letter, word by word, mark by mark.

Three voices, added up. **Letters**: the chance of each letter after the two before it, from langdetect's profiles
(read as tables, without its random sampling) and from our own messages in ``<language>/identify.toml``. **Words**:
what people use all the time, from the same files. **Marks**: accents and letter variants are folded away first,
because so many leave them out, and count apart where they are there: "ł" says Polish, its absence says nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from pathlib import Path

from locales import KNOWN
from locales.catalogue import toml

HERE = Path(__file__).parent

#: Script -> the languages we know that are written in it; Chinese has two scripts of mostly the same characters.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    script: tuple(code for code, entry in KNOWN.items() if entry.script == script)
    for script in dict.fromkeys(entry.script for entry in KNOWN.values())
}
#: Those scripts that several of our languages share.
SHARED: Mapping[str, tuple[str, ...]] = {script: codes for script, codes in WRITTEN.items() if len(codes) > 1}
#: Strangers of which langdetect's profile is all we know; those of ``strangers.toml`` come besides.
_PROFILED: Mapping[str, tuple[str, ...]] = {"Latn": ("ca", "hr")}
#: Languages that share another's profile, being the same language but for some words.
_AS = {"fa_AF": "fa"}
#: A label ends in this where a language of another script is written in Latin letters, and begins with it where the
#: language is a stranger.
ROMAN, STRANGE = "~", "?"
#: Characters of a langdetect profile, and how often one of ours counts.
_PROFILE, _OURS = 20_000.0, 3.0
#: Share of the word lists in the chance of a word; of the two-letter, one-letter and no context in that of a letter.
_LISTED, _TWO, _ONE, _NONE = 0.35, 0.7, 0.23, 0.06
_FLOOR = 1e-4
#: The chance of a mark that a language does not have: people write names, and keyboards correct.
_NO_MARK = 2e-3

#: Letters that decomposition leaves as they are, and the variants of Arabic ones: what they are folded to.
_FOLDS = {
    variant: plain
    for plain, variants in {
        "l": "ł", "d": "đ", "o": "ø", "i": "ı", "a": "ə", "е": "ё", "г": "ґ",
        "ی": "ىيئےۍېێ", "ک": "كڪ", "ه": "ەہھۀۃة", "ا": "أإٱآ", "و": "ؤۆۇ", "ت": "ٹټ", "د": "ډڈ", "ر": "ړڑڕ", "ل": "ڵ",
        "ن": "ںڼ", "ف": "ڤ", "گ": "ګ",
    }.items()
    for variant in variants
}  # fmt: skip
#: Vowel points and joiners, which are typed or not: no part of a word.
_UNSEEN = re.compile("[\u200c\u200d\u0640\u064b-\u065f\u0670]")


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    if char in _FOLDS:
        return _FOLDS[char]
    if "LATIN" in unicodedata.name(char, "") or "COMBINING" in unicodedata.name(char, ""):
        return "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
    return char


def fold(text: str) -> str:
    """Small letters without marks, variants of one letter made one."""
    return "".join(map(_fold_char, text.casefold()))


def tokens(text: str) -> list[str]:
    """The words of a text, small letters with their marks; numbers and bare marks are none, "3andi" is one."""
    bare = _UNSEEN.sub("", unicodedata.normalize("NFC", text.casefold()))
    letters = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in bare)
    return [word for word in letters.split() if not word.isdigit() and fold(word)]


@dataclass(frozen=True, slots=True)
class Sample:
    """What we wrote of one label: frequent words and whole messages."""

    words: tuple[str, ...]
    texts: tuple[str, ...]


@lru_cache(maxsize=1)
def samples() -> Mapping[str, Sample]:
    """Label -> our words and messages, from every ``identify.toml``."""
    found: dict[str, Sample] = {}
    for strangers in toml("strangers.toml").values():
        found |= {STRANGE + code: Sample(tuple(words.split()), ()) for code, words in strangers.items()}
    for file in sorted(HERE.glob("*/identify.toml")):
        tables = toml(file.parent.name, file.name)
        for prefix, label in (("", file.parent.name), ("roman_", file.parent.name + ROMAN)):
            words = tuple(tables.get(f"{prefix}words", "").split())
            texts = tuple(tables.get(f"{prefix}texts", "").strip().splitlines())
            if words or texts:
                found[label] = Sample(words, texts)
    return found


class Model:
    """The languages of one script. ``score`` is the only thing to call; it is quick and changes nothing."""

    def __init__(self, script: str, learn: Mapping[str, Sample]) -> None:
        own = SHARED[script]
        romans = [label for label in learn if label.endswith(ROMAN)] if script == "Latn" else []
        self.labels: tuple[str, ...] = (*own, *romans, *_strangers(script))
        count = len(self.labels)
        self._nothing = array("d", [0.0] * count)
        self._grams: dict[str, array[float]] = {}
        self._words: dict[str, dict[int, float]] = {}
        self._frequent: dict[str, frozenset[str]] = {}
        self._marks: dict[str, array[float]] = {}
        marked: dict[str, array[float]] = {}
        for place, label in enumerate(self.labels):
            self._count_profile(place, label.strip(STRANGE), marked)
            if label in learn:
                self._count_sample(place, learn[label], marked)
        self._count_marks(marked)
        self._vector = lru_cache(maxsize=32768)(self._gram_vector)
        self._common = lru_cache(maxsize=None)(self._word_vector)

    # Counting ---------------------------------------------------------------------------------------

    def _add(self, table: dict[str, array[float]], gram: str, place: int, count: float) -> None:
        row = table.get(gram)
        if row is None:
            row = table[gram] = array("d", self._nothing)
        row[place] += count

    def _count_profile(self, place: int, code: str, marked: dict[str, array[float]]) -> None:
        for gram, share in _profile(_AS.get(code, code)).items():
            if len(gram) == 1:
                self._add(marked, gram, place, share)
            folded = fold(gram)
            if len(folded) == len(gram):
                self._add(self._grams, folded, place, share)

    def _count_sample(self, place: int, sample: Sample, marked: dict[str, array[float]]) -> None:
        seen: Counter[str] = Counter()
        for text in (*sample.texts, *sample.words):
            for word in tokens(text):
                folded = fold(word)
                seen[folded] += 1
                for char in word:
                    self._add(marked, char, place, _OURS)
                padded = f" {folded} "
                for size in (1, 2, 3):
                    for start in range(len(padded) - size + 1):
                        self._add(self._grams, padded[start : start + size], place, _OURS)
        self._frequent[self.labels[place]] = frozenset(fold(word) for word in sample.words)
        total = sum(seen.values())
        for word, count in seen.items():
            self._words.setdefault(word, {})[place] = count / total

    def _count_marks(self, marked: Mapping[str, array[float]]) -> None:
        groups: dict[str, list[str]] = defaultdict(list)
        for char in marked:
            groups[fold(char)].append(char)
        for chars in groups.values():
            if len(chars) < 2:
                continue
            sums = [sum(column) for column in zip(*(marked[char] for char in chars), strict=True)]
            for char in chars:
                shares = (n / total if total else 0.0 for n, total in zip(marked[char], sums, strict=True))
                self._marks[char] = array("d", [log(share + _NO_MARK) for share in shares])

    # Scoring ----------------------------------------------------------------------------------------

    def _gram_vector(self, gram: str) -> array[float]:
        """For each label, the log of the chance of the last letter after those before it."""
        nothing = self._nothing
        get = self._grams.get
        three, before = get(gram, nothing), get(gram[:2], nothing)
        two, one, single = get(gram[1:], nothing), get(gram[1], nothing), get(gram[2], nothing)
        found = array("d", nothing)
        for place in range(len(nothing)):
            chance = _NONE * single[place] / _PROFILE + _FLOOR
            if before[place]:
                chance += _TWO * min(1.0, three[place] / before[place])
            if one[place]:
                chance += _ONE * min(1.0, two[place] / one[place])
            found[place] = log(chance)
        return found

    def _word_vector(self, word: str) -> array[float]:
        padded = f" {word} "
        rows = [self._vector(padded[start : start + 3]) for start in range(len(padded) - 2)]
        first = self._vector("  " + word[0])
        total = array("d", map(sum, zip(first, *rows, strict=True)))
        listed = self._words.get(word)
        quiet = log(1 - _LISTED)
        for place in range(len(total)):
            share = listed.get(place) if listed else None
            total[place] = (
                total[place] + quiet if share is None else log((1 - _LISTED) * exp(total[place]) + _LISTED * share)
            )
        return total

    def _word(self, word: str) -> array[float]:
        """The vector of a word; only words on our lists are remembered, not what else people write."""
        return self._common(word) if word in self._words else self._word_vector(word)

    def score(self, words: Sequence[str]) -> dict[str, float]:
        """Label -> log likelihood of these words (as ``tokens`` gives them), marks included."""
        rows: list[Sequence[float]] = [self._word(fold(word)) for word in words]
        rows += [self._marks[char] for word in words for char in word if char in self._marks and fold(char) != char]
        sums = map(sum, zip(*rows, strict=True)) if rows else self._nothing
        return dict(zip(self.labels, sums, strict=True))

    def fit(self, words: Sequence[str], label: str) -> float:
        """How well the words themselves suit a label: their log likelihood per letter, marks apart."""
        place = self.labels.index(label)
        folded = [fold(word) for word in words]
        return sum(self._word(word)[place] for word in folded) / sum(len(word) + 1 for word in folded)

    def told(self, words: Sequence[str], label: str, other: str) -> int:
        """How many more of the words are on this label's list of frequent ones alone than on the other's alone."""
        own, others = self._frequent.get(label, frozenset()), self._frequent.get(other, frozenset())
        folded = [fold(word) for word in words]
        return sum(word in own and word not in others for word in folded) - sum(
            word in others and word not in own for word in folded
        )

    def only(self, words: Sequence[str]) -> str:
        """The one label on whose list of frequent words all of these are, while no other has any of them; else "".

        Words of under four letters are too alike to tell.
        """
        folded = {fold(word) for word in words}
        if any(len(word) < 4 for word in folded):
            return ""
        found = [label for label, frequent in self._frequent.items() if folded & frequent]
        return found[0] if len(found) == 1 and folded <= self._frequent[found[0]] else ""

    def listed(self, words: Sequence[str], label: str) -> float:
        """Which part of the words are ones we know of this label, from 0 to 1, long words counting more."""
        place = self.labels.index(label)
        folded = [fold(word) for word in words]
        return sum(len(word) for word in folded if place in self._words.get(word, ())) / sum(map(len, folded))


def _strangers(script: str) -> list[str]:
    return [STRANGE + code for code in (*toml("strangers.toml").get(script, {}), *_PROFILED.get(script, ()))]


def _profile(code: str) -> Mapping[str, float]:
    """Folded-case n-grams of a langdetect profile, scaled; empty when it has none or is not installed."""
    try:
        from langdetect.detector_factory import PROFILES_DIRECTORY
    except ImportError:
        return {}
    file = Path(PROFILES_DIRECTORY) / code
    if not file.exists():
        return {}
    known = json.loads(file.read_text("utf-8"))
    scale = _PROFILE / known["n_words"][0]
    found: dict[str, float] = defaultdict(float)
    for gram, count in known["freq"].items():
        found[gram.casefold()] += count * scale
    # A blank is not counted by itself there: as often as words begin.
    found[" "] = sum(count for gram, count in found.items() if len(gram) == 2 and gram[0] == " ")
    return found
