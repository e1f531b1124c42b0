"""Reading what people type: folding, numbers in any script's digits, labels and beginnings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from flows.session import Lexicon
from flows.steps import Option

#: Apostrophes go; Polish ł, Turkish ı and Vietnamese đ, to Unicode no letters with a mark, become plain.
_APOSTROPHES = str.maketrans("łıđ", "lid", "'’‘`´ʼ")
#: Marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowels.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
#: Joins several numbers in one answer in some languages ("1 and 3").
_NUMBERS = re.compile(r"\d{1,2}(?: \d{1,2})*")
_NUMBER_FIRST = re.compile(r"\s*#?(\d{1,2})(?:[\s.):,;-]+)(\S.*)", re.DOTALL)
#: From this many words on, what answers no question is part of the story and never thrown away.
STORY_WORDS = 3
RECEIPT_DIGITS = 16


def clean(text: str) -> str:
    """The text as it may be stored: lone surrogates replaced and NUL dropped, every other character kept."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A form in which two spellings of the same words are equal: case, accents, vowel points,
    punctuation and apostrophes gone, any script's digits turned into 0-9, spaces single."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    folded = _MARKS.sub("", folded)
    out: list[str] = []
    for char in folded:
        category = unicodedata.category(char)
        if category == "Nd":
            out.append(str(unicodedata.digit(char)))
        elif (category[0] in "LMN" and category != "Me") or category in ("So", "Sk"):
            out.append(char)
        elif category not in ("Cf", "Mn", "Me"):
            out.append(" ")
    return " ".join("".join(out).replace("\ufe0f", "").split())


def digits(text: str) -> str:
    """All digits of a text, in any script, as 0-9: "my number is 3308 9642 …"."""
    return "".join(char for char in fold(text) if char.isdigit())


def pictures(text: str) -> tuple[str, ...]:
    """The emoji of a text that has nothing else, without colours of skin and the like; () for any other text."""
    signs = tuple(char for char in fold(text) if char != " " and unicodedata.category(char) != "Sk")
    return signs if all(unicodedata.category(char) == "So" for char in signs) else ()


def is_receipt(text: str) -> bool:
    """Whether it is the sixteen digits of a receipt and nothing else, as a neutral message asks for."""
    return fold(text).replace(" ", "").isdigit() and len(digits(text)) == RECEIPT_DIGITS


def is_number(text: str) -> bool:
    """Whether the whole text is one or several bare numbers."""
    return bool(_NUMBERS.fullmatch(fold(text)))


def is_blank(text: str) -> bool:
    """Whether there is nothing in it that anybody could see."""
    return all(unicodedata.category(char)[0] in "CZ" for char in text)


def is_story(text: str, words_in_it: int = STORY_WORDS) -> bool:
    """Whether a text is long enough that it must be kept even where a choice was asked for.

    Scripts that put no spaces between words count two letters as a word.
    """
    words = fold(text).split()
    return len(words) >= words_in_it or any(len(word) >= 8 and not word.isascii() for word in words)


def by_number(text: str, options: Sequence[Option], many: bool) -> tuple[tuple[str, ...], str] | None:
    """(values, words left over) when the text is numbers of options; None when it is not.

    "2", "2)", "٢", "2️⃣"; "1 3" where several may be ticked; "2 07700 900123" where the option takes words.
    """
    folded = fold(text)
    if _NUMBERS.fullmatch(folded):
        picked = [int(number) for number in folded.split()]
        if all(1 <= number <= len(options) for number in picked) and (many or len(picked) == 1):
            return tuple(dict.fromkeys(options[number - 1].value for number in picked)), ""
    if match := _NUMBER_FIRST.fullmatch(text):
        number = int(fold(match[1]) or 0)
        if 1 <= number <= len(options) and options[number - 1].words:
            return (options[number - 1].value,), match[2].strip()
    return None


def by_label(text: str, options: Sequence[Option], labels: Sequence[str], emoji: Sequence[str]) -> str | None:
    """The value of the option whose whole label was typed, or its emoji where no other option has the same."""
    folded = fold(text)
    if not folded:
        return None
    for option, label in zip(options, labels, strict=True):
        if folded == fold(label):
            return option.value
    pictured = [
        option.value for option, picture in zip(options, emoji, strict=True) if picture and folded == fold(picture)
    ]
    return pictured[0] if len(pictured) == 1 else None


def by_word(text: str, options: Sequence[Option], lexicon: Lexicon, *, beginning: bool) -> tuple[str, str] | None:
    """(value, words to keep) for "yes", "no", "that's all", "not sure" in the language's own words.

    With ``beginning``, a longer answer that begins with yes or no answers the question, and a long one is kept whole.
    """
    folded = fold(text)
    first = folded.split(" ", 1)[0]
    for option in options:
        known = _words(lexicon, option.like)
        if folded in known:
            return option.value, ""
    for option in options if beginning else ():
        if option.like in ("yes", "no") and first in _words(lexicon, option.like):
            return option.value, text if is_story(text) else ""
    return None


def by_beginning(text: str, options: Sequence[Option], labels: Sequence[str]) -> str | None:
    """The value of the only option whose label, or a word of it, begins like the text (two letters at least)."""
    folded = fold(text)
    if len(folded) < 2 or is_number(folded):
        return None
    for found in (
        [o.value for o, label in zip(options, labels, strict=True) if fold(label).startswith(folded)],
        [o.value for o, label in zip(options, labels, strict=True) if f" {folded}" in f" {fold(label)}"],
    ):
        if len(found) == 1:
            return found[0]
    return None


def _words(lexicon: Lexicon, like: str) -> Iterable[str]:
    return {"yes": lexicon.yes, "no": lexicon.no, "done": lexicon.done, "unsure": lexicon.unsure}.get(like, ())
