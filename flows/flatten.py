"""A text as the words that danger lists and texts are compared in (``flows/safety.py``).

Case, accents, vowel points, hamzas, apostrophes and invisible characters go; doubled letters become one; digits inside
words are read as letters; emoji are words. Scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer,
Burmese) are cut into single characters, each a word: a pattern written in characters then fits wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

#: Scripts without spaces: Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED = (
    "\u0e00-\u0e3a\u0e40-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
    "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
#: Vowel signs of Indian scripts that stay (``_Letters``); Python does not count them as letters.
_VOWEL_SIGNS = "\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0981-\u0dff"
_EMOJI = "\U0001f170-\U0001faff\u2620\u2694\u26a0\u26b0\u26d3\u2764"
_LETTER = rf"[^\W_{_UNSPACED}]|[{_VOWEL_SIGNS}]"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:{_LETTER})+(?:\*+(?:{_LETTER})+)*|[{_EMOJI}]")
_SIGN = re.compile(rf"[{_UNSPACED}{_EMOJI}]")
_ONE = rf"[^\W\d_{_UNSPACED}]"
#: One of them.
LETTER = re.compile(_ONE)
#: Three letters or more spelt one by one, as they stand in a line of words.
SPELT = re.compile(rf" (?:{_ONE} ){{3,}}")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_LEET = str.maketrans("013457", "oieast")
_MIXED = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*\d)\S+")
_DIGIT = re.compile(r"\d")
_SIGNS = re.compile(r"(?<=[a-z])[@$!](?=[a-z])")


class _Letters(dict[int, str | None]):
    """Character -> how it is compared; filled as characters turn up."""

    #: Letters that Unicode does not take apart: Polish ł, Turkish ı and Vietnamese đ have no mark to it.
    _SAME = MappingProxyType({
        "ł": "l", "ı": "i", "đ": "d", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "گ": "ك", "چ": "ج", "ڤ": "ف",
        "ँ": "ं", "ঁ": "ং", "ੰ": "ਂ",
    })  # fmt: skip

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        category = unicodedata.category(char)
        if char in self._SAME:
            value: str | None = self._SAME[char]
        elif category == "Nd":
            value = str(unicodedata.digit(char))
        elif category in ("Me", "Cf", "Lm", "Sk") or char in "'’‘`´ʼ":
            value = None
        elif category[0] == "M":
            # A mark above or below a letter goes; a vowel that stands for itself (Hindi, Tamil, Thai) stays, or
            # "my", "beat" and "die" would all be one word.
            value = char if 0x0900 <= code < 0x1800 and not unicodedata.combining(char) else None
        else:
            value = char
        self[code] = value
        return value


_LETTERS = _Letters()


def flatten(text: str) -> list[str]:
    """The words of a text in the form that lists and texts are compared in; emoji are words.

    Nothing depends on what stands on the other side of a space: the words of a text are those of its parts.
    """
    flat = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    if "@" in flat or "$" in flat or "!" in flat:
        flat = _SIGNS.sub(lambda m: {"@": "a", "$": "s", "!": "i"}[m[0]], flat)
    if _DIGIT.search(flat):
        flat = _MIXED.sub(lambda m: m[0].translate(_LEET), flat)
    return _WORD.findall(_DOUBLED.sub(r"\1", flat))


def is_sign(word: str) -> bool:
    """Whether the word is an emoji or a character of a script without spaces: one is as rare as a word of letters."""
    return _SIGN.fullmatch(word) is not None
