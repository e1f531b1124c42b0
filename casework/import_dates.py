"""Days, numbers and yes as people write them in spreadsheets. British order: day, month, year."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

#: Nobody's history begins before it: an older day is a slip.
OLDEST = date(1970, 1, 1)
#: Day 0 of Excel's two calendars; the first counts a 29 February 1900 that there never was.
EPOCHS = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NUMBERS = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})")
_NAMED = re.compile(r"(?:[a-z]+,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s\-]+(?:of\s+)?([a-z]{3,9})\.?,?[\s\-]+(\d{4}|\d{2})")
_CLOCK = re.compile(r"[T\s]{1,8}\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]m)?(z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)
YES = frozenset("yes y true 1 x ✓ ydy oes".split())
NO = frozenset("no n false 0 na nage".split())


class Unclear(ValueError):
    """What is written cannot be taken; the text says why and what to write instead."""


def day(value: object, today: date, epoch: str = "") -> date:
    """A day. ``epoch``: "1900" or "1904" of the workbook, "" where nobody knows. Raises Unclear."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _serial(float(value), epoch)
    else:
        found = _written(str(value), today, epoch)
    if not OLDEST <= found <= today:
        when = "is still to come" if found > today else "is too long ago"
        raise Unclear(f"{found.isoformat()} {when}: correct the year, the month or the day")
    return found


def _serial(value: float, epoch: str) -> date:
    if not epoch or not 1 <= value <= 80_000:
        raise Unclear(
            f"“{value:g}” may be a day as Excel counts them: format the column as a date and save the file again"
        )
    return EPOCHS[epoch] + timedelta(days=int(value))


def _written(text: str, today: date, epoch: str) -> date:
    plain = _CLOCK.sub("", text.strip())
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
            return date.fromisoformat(plain)
        if found := _NUMBERS.fullmatch(plain):
            number, month, year = map(int, found.groups())
            return date(_year(year, found[3], today), month, number)
        if (found := _NAMED.fullmatch(plain.casefold())) and found[2][:3] in _MONTHS:
            return date(_year(int(found[3]), found[3], today), _MONTHS.index(found[2][:3]) + 1, int(found[1]))
    except ValueError:
        raise Unclear(f"“{text}” is no day. Write the day first, then the month: 31/12/2020 or 2020-12-31") from None
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        return _serial(float(plain), epoch)
    raise Unclear(f"“{text}” is no day. Write it as 31/12/2020, 31 December 2020 or 2020-12-31")


def _year(year: int, written: str, today: date) -> int:
    """Two digits are of this century, as long as that is not still to come."""
    if len(written) == 4:
        return year
    return 2000 + year if 2000 + year <= today.year else 1900 + year


def report_year(text: object, first_month: int, today: date) -> date:
    """First day of a report year: "2020/21", "2020-21", "2020/2021", or "2020" where it is the calendar year.

    Raises Unclear.
    """
    found = re.fullmatch(r"(\d{4})(?:\s*[/\-–]\s*(\d{2}|\d{4}))?", str(text).strip())
    if (
        not found
        or (found[2] and int(found[2]) % 100 != (int(found[1]) + 1) % 100)
        or bool(found[2]) == (first_month == 1)
    ):
        wanted = "2020" if first_month == 1 else "2020/21"
        raise Unclear(f"“{text}” is no report year. Write it as {wanted}")
    start = date(int(found[1]), first_month, 1)
    if not OLDEST <= start <= today:
        raise Unclear(f"The year {text} is not one that has begun, or it is too long ago")
    return start


def yes(value: object) -> bool:
    """Raises Unclear for what is neither."""
    text = str(value).strip().casefold()
    if text in YES or value is True:
        return True
    if text in NO or value is False:
        return False
    raise Unclear(f"“{value}” is neither yes nor no. Write yes or no, or leave it empty")


def amount(value: object) -> Decimal:
    """Pounds, or a plain number: "£1,017.50" is 1017.50. Raises Unclear."""
    plain = re.sub(r"[£,\s]", "", str(value))
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise Unclear(f"“{value}” is no number. Write it as 1017 or 1017.50") from None
    if not found.is_finite() or not 0 <= found < 10**9:
        raise Unclear(f"“{value}” is not a number that can be: write one from 0 upwards")
    return found
