"""Which language is this text? Script and letters first; two statistical guessers must agree; else the person is asked.

A wrong guess is worse than a question, so a text of under four words is never guessed by statistics. The guess of a
language we do not offer is no guess. The statistical part loads in the background (``warm``): until it has, and where
it is not installed, only script and letters decide.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from locales import LANGUAGES, SOURCE, offered

#: Fewer words than this tell nothing certain.
FEW = 4
#: Longer texts are judged by their beginning.
_LONG = 600
#: Letters or whole words that, among Latin-script languages we have, only one uses.
_TELLING = {
    "cy": re.compile(
        r"[ŵŷ]|\b(?:dwi|dw|rydw|mae|ddim|eisiau|isio|moyn|gweithiwr|cymdeithasol|fy|wedi|ydy|oes|sydd|efo|gyda|ysgol)\b"
    ),
    "pl": re.compile(
        r"[ąćęłńśźż]|\b(?:nie|jest|jestem|sie|mam|mnie|moja|moje|moj|mój|czy|jak|jego|jej|chce|prosze|bardzo|dziecko|szkole|ktos|zawsze|nigdy|juz)\b"
    ),
    "en": re.compile(r"\b(?:the|is|my|and|she|he|they|was|worker|want|not|have|with|about|please|am|are|me|it)\b"),
}
#: Letters of languages that share a script with one of ours: Persian, Urdu, Pashto, Kurdish are not Arabic.
_STRANGERS = {"ar": re.compile("[پژکیہےںٹڈڑۆێەڕڵټډښړږځڅۍې]")}
#: Arabic in Latin letters: digits standing for letters inside words.
_ARABIZI = re.compile(r"\b(?=[a-z'0-9]*[a-z])(?:[a-z']+[2357689][a-z']*|[2357689][a-z']{2,})\b")
_ARABIZI_WORDS = re.compile(
    r"\b(?:ana|msh|mesh|mish|mafi|mafeesh|3andi|3ayez|3ayza|bidi|baddi|shu|eh|leh|inti|enta|anta|w?allah|habibi|ya3ni|kteer|kiteer|"
    r"7aja|7ada|ahlan|marhaba|salam|shukran|min|fadlak|kan|beddi|lazem|el|wla)\b"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text's language may be.

    language    code of the language to confirm with the person, None when it has to be asked
    candidates  codes worth offering first, likeliest first
    why         how it was decided, for the log: script, name, letters, agreed, disagreed, short, nothing
    """

    language: str | None
    candidates: tuple[str, ...]
    why: str


class _Statistics:
    """langdetect (seeded, only our languages loaded) and pycld2; either may be missing."""

    def __init__(self) -> None:
        self._langdetect: Any = None
        self._cld: Any = None
        self._lock = threading.Lock()
        self.ready = False

    def load(self) -> None:
        """Loads both, a third of a second; harmless when done twice."""
        with self._lock:
            if self.ready:
                return
            try:
                from langdetect import detector_factory

                detector_factory.init_factory()
                factory = detector_factory._factory
                factory.seed = 0
                self._langdetect = factory
            except ImportError:
                self._langdetect = None
            try:
                import pycld2

                self._cld = pycld2
            except ImportError:
                self._cld = None
            self.ready = True

    def langdetect(self, text: str, codes: Sequence[str]) -> str:
        """The likeliest of our languages, "" when it cannot tell."""
        if self._langdetect is None:
            return ""
        known = [code for code in codes if code in self._langdetect.langlist]
        if not known:
            return ""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._langdetect.create()
        prior = 1.0 / len(known)
        detector.set_prior_map({code: prior * (code in known) for code in self._langdetect.langlist})
        detector.append(text)
        try:
            found = detector.get_probabilities()
        except LangDetectException:
            return ""
        return found[0].lang if found and found[0].prob > 0.8 else ""

    def cld(self, text: str) -> str:
        """What pycld2 takes it for, "" when it is not sure."""
        if self._cld is None:
            return ""
        try:
            _, _, details = self._cld.detect(text, bestEffort=True)
        except (self._cld.error, ValueError):
            return ""
        return str(details[0][1]).split("-")[0] if details and details[0][1] != "un" else ""


_STATISTICS = _Statistics()


def warm() -> threading.Thread:
    """Loads the statistical guessers in the background; returns the thread."""
    thread = threading.Thread(target=_STATISTICS.load, name="identify", daemon=True)
    thread.start()
    return thread


def identify(text: str) -> Guess:
    """The language of a text among those offered. Never raises; any text at all may be given."""
    codes = tuple(entry.code for entry in offered())
    cleaned = _clean(text)
    if named := by_name(cleaned):
        return Guess(named, (named,), "name")
    script = _script(cleaned)
    if not script:
        return Guess(None, (), "nothing")
    own = tuple(code for code in codes if LANGUAGES[code].script == script)
    if len(own) == 1 and script != "Latn":
        stranger = _STRANGERS.get(own[0])
        if stranger and stranger.search(cleaned):
            return Guess(None, own, "letters")
        return Guess(own[0], own, "script")
    if not own:
        return Guess(None, (), "nothing")
    count = len(cleaned.split())
    if script == "Latn" and "ar" in codes and _arabizi(cleaned):
        return Guess("ar", ("ar", *own), "letters")
    told = _by_letters(cleaned, own)
    if count < FEW:
        return Guess(None, tuple(dict.fromkeys((*told, *own))), "short")
    if not _STATISTICS.ready:
        return Guess(told[0] if len(told) == 1 else None, tuple(dict.fromkeys((*told, *own))), "letters")
    votes = [vote for vote in (_STATISTICS.langdetect(cleaned, own), _STATISTICS.cld(cleaned)) if vote]
    votes = [vote for vote in votes if vote in own] + list(told)
    ranked = tuple(code for code, _ in Counter(votes).most_common())
    if len(set(votes)) == 1 and len(votes) >= 2:
        return Guess(ranked[0], ranked, "agreed")
    return Guess(None, tuple(dict.fromkeys((*ranked, *own))), "disagreed")


def by_name(text: str) -> str | None:
    """The language whose name, in itself or in English, is the whole text."""
    return _names().get(" ".join(text.casefold().split()).strip(" .!?،؟"))


def nearest(accept_language: str) -> str:
    """The offered language that an Accept-Language header (or a single code, as Telegram gives it) likes best.

    English when it likes none of them; a malformed header is as good as none.
    """
    codes = {entry.code for entry in offered()}
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language[:500].split(",")):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            wishes.append((-weight, position, tag.strip().replace("_", "-").casefold()))
    for _, _, tag in sorted(wishes):
        for code in (tag, tag.split("-")[0]):
            if code in codes:
                return code
    return SOURCE


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {
        " ".join(name.casefold().split()): entry.code
        for entry in offered()
        for name in (entry.name, entry.english, *entry.also)
    }


def _clean(text: str) -> str:
    """Without control, unassigned and private characters (pycld2 refuses them), links and addresses; cut to length."""
    kept = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text[:_LONG])
    return " ".join(re.sub(r"https?://\S+|\S+@\S+", " ", kept).split())


def _script(text: str) -> str:
    """The ISO code of the script most letters are in, "" when there are none."""
    counts = Counter(_script_of(char) for char in text if char.isalpha())
    counts.pop("", None)
    return counts.most_common(1)[0][0] if counts else ""


@lru_cache(maxsize=4096)
def _script_of(char: str) -> str:
    return _SCRIPTS.get(unicodedata.name(char, "").split(" ", 1)[0], "")


_SCRIPTS = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "GREEK": "Grek", "HEBREW": "Hebr", "DEVANAGARI": "Deva",
    "BENGALI": "Beng", "GURMUKHI": "Guru", "GUJARATI": "Gujr", "TAMIL": "Taml", "TELUGU": "Telu", "THAI": "Thai",
    "ETHIOPIC": "Ethi", "CJK": "Hans", "HANGUL": "Hang", "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "SINHALA": "Sinh",
    "ARMENIAN": "Armn", "GEORGIAN": "Geor", "KHMER": "Khmr", "MYANMAR": "Mymr", "MALAYALAM": "Mlym", "KANNADA": "Knda",
}  # fmt: skip


def _arabizi(text: str) -> bool:
    lowered = text.casefold()
    tokens = lowered.split()
    strange, known = len(_ARABIZI.findall(lowered)), len(_ARABIZI_WORDS.findall(lowered))
    return len(tokens) >= 2 and strange >= 1 and known + strange >= max(2, len(tokens) / 2)


def _by_letters(text: str, codes: Sequence[str]) -> tuple[str, ...]:
    """The languages with telling letters or words in the text; the one with clearly the most, if there is one."""
    lowered = text.casefold()
    counts = Counter({code: len(_TELLING[code].findall(lowered)) for code in codes if code in _TELLING})
    found = [(code, count) for code, count in counts.most_common() if count]
    if len(found) > 1 and found[0][1] >= 2 * found[1][1]:
        found = found[:1]
    return tuple(code for code, _ in found)
