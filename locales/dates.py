"""A date said in words, in any of our languages, and never in the future.

Each language's ``dates.toml`` has its words; what they do not cover goes to dateparser, which is imported only then.
A period means its first day ("since March", "in 2024"); a vague amount means a small one ("a few weeks ago" is three).
The person's own words are kept beside the result, so a near date is worth more than none. What is only a small number
is never a date: it is more likely a choice.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from locales.catalogue import HERE, SOURCE

#: Nothing that anybody tells us happened before this.
EARLIEST = 1920
_ARABIC = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_YMD = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_DM = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})(?!\d)(?![-/.]\d)")
#: A word; the vowel signs of Indian scripts belong to its letters.
_TOKEN = re.compile(r"\d+|(?:[^\W\d_]|[\u0900-\u0963\u0970-\u0dff])+")
#: A phrase of so many words is what it says, whatever amount a word of it would be: "half a year ago".
_WHOLE = 3
#: dateparser's fuzziness is for short answers, not for stories.
_SHORT = 7


@dataclass(frozen=True, slots=True)
class _Words:
    """A language's ``dates.toml``, folded; phrases are tuples of tokens, longest first."""

    days: tuple[tuple[tuple[str, ...], int], ...]
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    doubles: Mapping[str, str]
    ago: frozenset[str]
    last: frozenset[str]
    this: frozenset[str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    feasts: Mapping[tuple[str, ...], tuple[int, int]]
    doubtful: frozenset[str]
    fillers: frozenset[str]
    joined: tuple[str, ...]
    day_marks: frozenset[str]


def read_date(text: str, language: str, today: date) -> date | None:
    """The day meant, or None when the text is not one. ``today`` is the day on which it was said.

    English is tried after the person's language. Days are written day first (12/03/2026 is in March).
    """
    flat = _flat(text[:300])
    if not flat or re.fullmatch(r"\d{1,3}", flat):
        return None
    found = _written(flat, today)
    if found is None and not _DMY.search(flat):
        for code in dict.fromkeys((language, SOURCE)):
            tokens = _TOKEN.findall(flat)
            if (words := _words(code)) and (found := _said(_unjoin(tokens, words), words, today)):
                break
    if found is None and not _DMY.search(flat):
        found = _parser(flat, language, today)
    return found if found and found.year >= EARLIEST and found <= today else None


def _flat(text: str) -> str:
    """Case, accents and vowel points gone, Arabic letters in one spelling, any script's digits as 0-9."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_ARABIC).replace("'", "").replace("’", ""))
    out = []
    for char in plain:
        category = unicodedata.category(char)
        if category == "Nd":
            out.append(str(unicodedata.digit(char)))
        elif category not in ("Mn", "Cf", "Lm") or "\u0900" <= char <= "\u0dff":
            out.append(char)
    return " ".join("".join(out).split()).translate(_ARABIC)


def _written(flat: str, today: date) -> date | None:
    """2026-03-12, 12/03/2026, 12.3.26, 12/3."""
    if match := _YMD.search(flat):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DMY.search(flat):
        year = int(match[3])
        if year < 100:
            year += 2000 if 2000 + year <= today.year else 1900
        return _day(year, int(match[2]), int(match[1]))
    if match := _DM.search(flat):
        return _past(int(match[2]), int(match[1]), today)
    return None


def _said(tokens: list[str], words: _Words, today: date) -> date | None:
    phrase, back = next((one for one in words.days if _is_in(one[0], tokens)), ((), None))
    if len(phrase) < _WHOLE and (found := _amount(tokens, words, today)):
        return found
    if back is not None:
        return today - timedelta(days=back)
    return _named(tokens, words, today) or _feast(tokens, words, today) or _year(tokens, today)


def _is_in(phrase: tuple[str, ...], tokens: list[str]) -> bool:
    return any(tuple(tokens[at : at + len(phrase)]) == phrase for at in range(len(tokens)))


def _amount(tokens: list[str], words: _Words, today: date) -> date | None:
    """ "3 weeks ago", "for two months", "since a year", "last week", "this month"."""
    if not (words.ago | words.last | words.this) & set(tokens):
        return None
    for at, token in enumerate(tokens):
        if token in words.doubles:
            return _back(today, 2, words.doubles[token])
        unit = words.units.get(token)
        if not unit or (at + 1 < len(tokens) and tokens[at + 1] in words.months):
            continue
        around = tokens[max(0, at - 3) : at + 3]
        for before in reversed(tokens[max(0, at - 3) : at]):
            if before in words.last:
                break
            number = int(before) if before.isdigit() else words.numbers.get(before, 0)
            if number and words.ago & set(tokens):
                return _back(today, number, unit) if number < 1000 else None
        if words.last & set(around):
            return _weekday_of_last_week(tokens, words, today) if unit == "week" else _back(today, 1, unit)
        if words.this & set(around):
            return {
                "day": today,
                "week": today - timedelta(days=today.weekday()),
                "month": today.replace(day=1),
                "year": today.replace(month=1, day=1),
            }[unit]
        if words.ago & set(around):
            return _back(today, 1, unit)
    return None


def _weekday_of_last_week(tokens: list[str], words: _Words, today: date) -> date:
    named = [words.weekdays[token] for token in tokens if token in words.weekdays]
    if not named:
        return today - timedelta(days=7)
    return today - timedelta(days=today.weekday() + 7 - named[0])


def _named(tokens: list[str], words: _Words, today: date) -> date | None:
    """ "last Tuesday", "since March", "3 May 2025", "May 3rd", "on the 3rd of May"."""
    sure = len([token for token in tokens if token not in words.fillers]) <= 2
    for at, token in enumerate(tokens):
        month = words.months.get(token)
        if not month or (at and tokens[at - 1] in words.day_marks and token in words.weekdays):
            continue
        near = [(abs(at - place), other) for place, other in enumerate(tokens) if abs(at - place) <= 3]
        numbers = [(distance, int(other)) for distance, other in near if other.isdigit()]
        led = at > 0 and tokens[at - 1] in words.ago | words.last | words.fillers
        if token in words.doubtful and not (sure or numbers or led):
            continue
        years = [number for _, number in numbers if EARLIEST <= number <= today.year]
        days = [number for _, number in sorted(numbers) if 1 <= number <= 31]
        day = days[0] if days else 1
        if years:
            return _day(years[0], month, day)
        return _past(month, day, today)
    for token in tokens:
        if token in words.weekdays:
            back_days = (today.weekday() - words.weekdays[token]) % 7 or 7
            return today - timedelta(days=back_days)
    return None


def _feast(tokens: list[str], words: _Words, today: date) -> date | None:
    for phrase, (month, day) in words.feasts.items():
        if _is_in(phrase, tokens):
            years = [int(token) for token in tokens if token.isdigit() and EARLIEST <= int(token) <= today.year]
            return _day(years[0], month, day) if years else _past(month, day, today)
    return None


def _year(tokens: list[str], today: date) -> date | None:
    years = [int(token) for token in tokens if re.fullmatch(r"\d{4}", token)]
    return date(years[0], 1, 1) if len(years) == 1 and years[0] >= EARLIEST and len(tokens) <= _SHORT else None


def _parser(flat: str, language: str, today: date) -> date | None:
    """What dateparser makes of a short answer that holds both letters and something date-like."""
    tokens = _TOKEN.findall(flat)
    if not 2 <= len(tokens) <= _SHORT or (_words(language) and not any(token.isdigit() for token in tokens)):
        return None
    import dateparser

    try:
        found = dateparser.parse(
            flat,
            languages=[language],
            settings={
                "PREFER_DATES_FROM": "past",
                "RELATIVE_BASE": datetime.combine(today, time(12)),
                "DATE_ORDER": "DMY",
                "PREFER_DAY_OF_MONTH": "first",
                "REQUIRE_PARTS": ["month"],
            },
        )
    except (ValueError, OverflowError, KeyError, TypeError):  # a language it lacks, or digits beyond its belief
        return None
    return found.date() if found else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _past(month: int, day: int, today: date) -> date | None:
    """The latest such day that is not after ``today`` (29 February may lie years back)."""
    for year in range(today.year, today.year - 9, -1):
        found = _day(year, month, day)
        if found and found <= today:
            return found
    return None


def _back(today: date, number: int, unit: str) -> date | None:
    if unit in ("day", "week"):
        return today - timedelta(days=number * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if year < EARLIEST:
        return None
    for day in range(today.day, 27, -1):
        if found := _day(year, month + 1, day):
            return found
    return _day(year, month + 1, today.day)


def _unjoin(tokens: list[str], words: _Words) -> list[str]:
    """Splits what is written together with the next word (the Arabic "in"); joins months and weekdays of two words."""
    known = {*words.months, *words.weekdays, *words.units, *words.doubles, *words.last, *words.this}
    out: list[str] = []
    for token in tokens:
        both = f"{out[-1]} {token}" if out else ""
        if both in words.months or both in words.weekdays:
            out[-1] = both
            continue
        if token not in known:
            for start in words.joined:
                if token.startswith(start) and token[len(start) :] in known:
                    token = token[len(start) :]
                    break
        out.append(token)
    return out


@cache
def _words(code: str) -> _Words | None:
    path = HERE / code / "dates.toml"
    if not path.exists():
        return None
    data = tomllib.loads(path.read_text("utf-8"))

    def phrases(text: Mapping[str, list[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
        for value, spellings in text.items():
            for spelling in spellings:
                yield tuple(_TOKEN.findall(_flat(spelling))), value

    def single(name: str) -> dict[str, str]:
        return {" ".join(phrase): value for phrase, value in phrases(data.get(name, {}))}

    def these(name: str) -> frozenset[str]:
        return frozenset(_flat(word) for word in data.get(name, ()))

    days = [(phrase, int(back)) for phrase, back in phrases(data["days"])]
    return _Words(
        days=tuple(sorted(days, key=lambda pair: -len(pair[0]))),
        numbers={word: int(value) for word, value in single("numbers").items()},
        units=single("units"),
        doubles=single("doubles"),
        ago=these("ago"),
        last=these("last"),
        this=these("this"),
        months={word: int(value) for word, value in single("months").items()},
        weekdays={word: int(value) for word, value in single("weekdays").items()},
        feasts={phrase: (int(when[:2]), int(when[3:])) for phrase, when in phrases(data.get("feasts", {}))},
        doubtful=these("doubtful"),
        fillers=these("fillers"),
        day_marks=these("day_marks"),
        joined=tuple(_flat(start) for start in data.get("joined", ())),
    )
