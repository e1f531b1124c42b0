"""Help lines in what we say, as links that ring or text them: a thumb that shakes need not copy a number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape


def linked(line: str, numbers: Mapping[str, str]) -> Markup:
    """A line, escaped, with each number that is known as a link. ``numbers``: as it is written -> tel: or sms:."""
    if not numbers:
        return escape(line)
    found = re.compile("|".join(rf"(?<!\d){re.escape(one)}(?!\d)" for one in sorted(numbers, key=len, reverse=True)))
    parts, at = [], 0
    for match in found.finditer(line):
        parts += [escape(line[at : match.start()]), Markup('<a href="{}">{}</a>').format(numbers[match[0]], match[0])]
        at = match.end()
    return Markup("").join((*parts, escape(line[at:])))


def address(number: str, how: str) -> str:
    """Where a number leads: "0800 1111", "call" -> "tel:08001111"."""
    return f"{'sms' if how == 'text' else 'tel'}:{re.sub(r'[^0-9+]', '', number)}"
