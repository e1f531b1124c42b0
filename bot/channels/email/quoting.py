"""What somebody wrote in a mail, without what their program quotes of ours. Pure.

Nothing they wrote is thrown away: where only quoted text would be left out is certain, and what remains is nothing,
the whole text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: Begins every mail of ours; what stands from it on in an answer is quoted.
MARK = "— — —"

#: Lines of the head of a mail that is quoted whole.
MOST_HEADS = 8

_QUOTED = re.compile(r"^\s*>")
#: What programs write above the mail that is answered, whatever the language.
_LINE = re.compile(r"^\s*(--.*--|_{8,})\s*$")
_HEADS = re.compile(r"^\s*\*?[^\s:]{2,30}(\s[^\s:]{1,20})?\s?:\*?\s+\S")
_DATED = re.compile(r"[\d@٠-٩]")


def written(text: str) -> str:
    """The text without quoted lines, without what introduces them, without our own mail below."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number, line in enumerate(lines) if _begins(lines, number, line)), len(lines))
    kept: list[str] = []
    for line in _introduced(lines[:end], end < len(lines)):
        if _QUOTED.match(line):
            kept = list(_introduced(kept, True))
        else:
            kept.append(line)
    found = "\n".join(kept).strip()
    return found or text.strip()


def _begins(lines: list[str], number: int, line: str) -> bool:
    """Whether the quoted mail begins here, unmarked by ``>``."""
    if _QUOTED.match(line):
        return False
    if line.strip() == MARK:
        return True
    heads = sum(bool(_HEADS.match(one)) for one in lines[number + 1 : number + 6])
    return bool(_LINE.match(line)) and heads >= 3


def _introduced(lines: list[str], quoted: bool) -> Iterator[str]:
    """Lines without the last paragraph where it introduces a quotation: "On Monday … wrote:"."""
    end = len(lines)
    while quoted and end and not lines[end - 1].strip():
        end -= 1
    start = end
    while quoted and start and lines[start - 1].strip() and end - start < MOST_HEADS + 1:
        start -= 1
    above = lines[start:end]
    said = " ".join(above).strip()
    introduces = len(above) < 4 and said.endswith((":", "：")) and _DATED.search(said)
    if quoted and above and (introduces or (2 < len(above) <= MOST_HEADS and all(map(_HEADS.match, above)))):
        end = start
    yield from lines[:end]


class _Plain(HTMLParser):
    """The text of a page; quotations, styles and scripts left out."""

    BREAKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "hr", "ul", "ol", "table"))
    LEFT_OUT = frozenset(("blockquote", "style", "script", "head", "title"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.LEFT_OUT:
            self._out += 1
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.LEFT_OUT:
            self._out = max(0, self._out - 1)
        if tag in ("p", "div", "table"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._out:
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))


def plain(page: str) -> str:
    """The text of an HTML mail; of one that is nothing but a quotation, all of it."""
    for tags in (_Plain.LEFT_OUT, _Plain.LEFT_OUT - {"blockquote"}):
        reader = _Plain()
        reader.LEFT_OUT = tags
        reader.feed(page)
        reader.close()
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.parts))
        if text.strip():
            return re.sub(r"\n{3,}", "\n\n", text).strip()
    return ""
