"""What somebody wrote in a mail, without what their program quotes of ours. Pure.

Nothing they wrote is thrown away: where only quoted text would be left out is certain, and what remains is nothing,
the whole text counts. Twice as much text takes twice as long, whatever it is: a stranger sends it, and no pattern here
lets anybody else have a turn while it looks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator

#: Begins every mail of ours; what stands from it on in an answer is quoted.
MARK = "— — —"

#: Lines of the head of a mail that is quoted whole.
MOST_HEADS = 8

_QUOTED = re.compile(r"^\s*>")
#: What programs write above the mail that is answered, whatever the language.
_LINE = re.compile(r"^\s*(--.*--|_{8,})\s*$")
_HEADS = re.compile(r"^\s*\*?[^\s:]{2,30}(\s[^\s:]{1,20})?\s?:\*?\s+\S")
_DATED = re.compile(r"[\d@٠-٩]")
#: A tag, or a declaration; neither reaches past the next "<", so that those that never end cost nothing.
_TAG = re.compile(r"""<(?:(/?)([a-zA-Z][a-zA-Z0-9]*+)(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*+|[^<>]*+)|[!?][^<>]*+)>""")
_EMPTY = re.compile(r"\n{3,}")
#: White space of a page; only a tag breaks its lines.
_SPACES = str.maketrans("\t\r\n\f", "    ")
_BREAKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "hr", "ul", "ol", "table"))
_BREAKS_AFTER = frozenset(("p", "div", "table"))
#: What is no text at all, and ends only with its own tag; what else is left out.
_RAW = frozenset(("style", "script"))
_LEFT_OUT = frozenset(("blockquote", "head", "title"))


def written(text: str) -> str:
    """The text without quoted lines, without what introduces them, without our own mail below."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number, line in enumerate(lines) if _begins(lines, number, line)), len(lines))
    quoted = end < len(lines)
    kept: list[str] = []
    before = False
    for line in lines[:end]:
        if not (now := bool(_QUOTED.match(line))):
            kept.append(line)
        elif not before:
            _unintroduced(kept)
        before = now
    if quoted:
        _unintroduced(kept)
    found = "\n".join(kept).strip()
    return found or text.strip()


def _begins(lines: list[str], number: int, line: str) -> bool:
    """Whether the quoted mail begins here, unmarked by ``>``."""
    if line.strip() == MARK:
        return True
    return bool(_LINE.match(line)) and sum(bool(_HEADS.match(one)) for one in lines[number + 1 : number + 6]) >= 3


def _unintroduced(lines: list[str]) -> None:
    """Take the last paragraph away where it introduces a quotation: "On Monday … wrote:"."""
    while lines and not lines[-1].strip():
        lines.pop()
    start = len(lines)
    while start and lines[start - 1].strip() and len(lines) - start <= MOST_HEADS:
        start -= 1
    above = lines[start:]
    said = " ".join(above).strip() if len(above) < 4 else ""
    introduces = said.endswith((":", "：")) and _DATED.search(said)
    if introduces or (2 < len(above) <= MOST_HEADS and all(map(_HEADS.match, above))):
        del lines[start:]


# Pages --------------------------------------------------------------------------------------------


def plain(page: str) -> str:
    """The text of an HTML mail; of one that is nothing but a quotation, all of it."""
    parts = list(_parts(page))
    for left_out in (_LEFT_OUT, _LEFT_OUT - {"blockquote"}):
        lines = "".join(_said(parts, left_out)).split("\n")
        text = "\n".join(" ".join(word for word in line.split(" ") if word) for line in lines)
        if text.strip():
            return _EMPTY.sub("\n\n", text).strip()
    return ""


def _parts(page: str) -> Iterator[tuple[str, str]]:
    """(text, tag after it) one after the other; a tag that closes begins with "/", of a declaration it is ""."""
    at, raw = 0, ""
    page = _uncommented(page)
    for tag in _TAG.finditer(page):
        name = f"{tag[1]}{tag[2]}".lower() if tag[2] else ""
        if raw and name != f"/{raw}":
            continue
        yield "" if raw else page[at : tag.start()], name
        at, raw = tag.end(), name if name in _RAW else ""
    if not raw:
        yield page[at:], ""


def _uncommented(page: str) -> str:
    """A page without what stands between ``<!--`` and ``-->``."""
    kept, at = [], 0
    while (start := page.find("<!--", at)) >= 0 and (end := page.find("-->", start + 4)) >= 0:
        kept.append(page[at:start])
        at = end + 3
    return "".join((*kept, page[at:]))


def _said(parts: list[tuple[str, str]], left_out: Collection[str]) -> Iterator[str]:
    out = 0
    for text, tag in parts:
        if not out:
            yield _unescaped(text).translate(_SPACES)
        closes, name = tag.startswith("/"), tag.lstrip("/")
        if name in left_out:
            out = max(0, out - 1) if closes else out + 1
        if name in (_BREAKS_AFTER if closes else _BREAKS):
            yield "\n"


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits is no character
        return text
