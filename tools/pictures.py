"""The pictures of README and docs/: what is behind each and in it, by which a test notices that one has grown old.

``tools/screenshots.py`` makes them, and writes beside them of what: ``docs/images/made.toml``.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path

from locales.catalogue import MESSAGES, PLACE, SOURCE, Key, entries, key, read, template, translator
from locales.catalogue import texts as own

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
MADE = "made.toml"
#: Languages of the chat that have a picture.
LANGUAGES = ("en", "cy", "ar", "ur", "bn", "am", "zh_Hans")
#: Picture -> the language it speaks; the others are in English.
SPEAKS = {f"chat-{language}.png": language for language in LANGUAGES}
_CHAT = "bot/channels/webchat/templates/chat.html"
#: Picture -> the file that draws it; of a template also everything it takes in, its styles and drawings.
PICTURES: Mapping[str, str] = {
    **{f"chat-{language}.png": _CHAT for language in LANGUAGES},
    "chat-pictures.png": _CHAT,
    "case.png": "bot/cli/cases.py",
    **{f"{page}.png": f"console/templates/{page}.html" for page in ("today", "record", "reply")},
}
_TAKEN = re.compile(r"""\{%\s*(?:extends|include|import|from)\s+["']([\w.-]+)["']""")
_ASSET = re.compile(r"""asset\(["']([\w.-]+\.(?:css|svg))["']\)""")


def behind(picture: str) -> list[Path]:
    """The files that decide how a picture looks, in order."""
    found: set[Path] = set()
    waiting = [ROOT / PICTURES[picture]]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if file.suffix == ".html":
            text = file.read_text("utf-8")
            waiting += [file.parent / name for name in _TAKEN.findall(text)]
            waiting += [file.parents[1] / "static" / name for name in _ASSET.findall(text)]
    return sorted(found)


def mark(picture: str) -> str:
    """What a picture made now would be drawn by: a hash of the files behind it."""
    whole = hashlib.sha256()
    for file in behind(picture):
        whole.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


def texts(picture: str, overlay: Mapping[Key, str] = {}) -> dict[str, str]:
    """Mark -> text, of every text that may stand in a picture, as its language has it now.

    The mark is of the English and of what is said for it: it is gone once either is another. ``overlay``: (context,
    English) -> what would be said instead (``locales.translator``).
    """
    language = SPEAKS.get(picture, SOURCE)
    found: dict[str, str] = {}
    for domain in (MESSAGES, "console") if PICTURES[picture] != _CHAT else (MESSAGES,):
        translate = translator(language, overlay, domain=domain)
        for context, english in {key(one) for one in entries(read(template(domain)))} | own(language, domain).keys():
            said = translate(context, english)
            of = "\0".join((domain, context, english, said))
            found[hashlib.sha256(of.encode()).hexdigest()[:8]] = said
    return found


def shown(picture: str, page: str) -> list[str]:
    """The marks of the texts that stand in a page, given as its visible text; {places} may hold anything."""
    joined = SPEAKS.get(picture, SOURCE).startswith("zh")  # no spaces: a text may begin and end anywhere
    page = _plain(page)
    marks = []
    for number, text in texts(picture).items():
        parts = [re.escape(part) for part in PLACE.sub("\0", _plain(text)).split("\0")]
        pattern = ".{1,80}?".join(parts)
        if re.search(r"[^\W\d_]", PLACE.sub("", text)) and re.search(
            pattern if joined else rf"(?<!\w){pattern}(?!\w)", page
        ):
            marks.append(number)
    return sorted(marks)


def _plain(text: str) -> str:
    """As it is compared: one space between words, no marks of direction."""
    return " ".join(text.translate(dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))).split())


def write(folder: Path, seen: Mapping[str, str]) -> None:
    """Beside pictures that were made just now: of what. ``seen``: picture -> the text that is to be seen in it."""
    lines = ["# Written by `make screenshots`: the files each picture was drawn by, and the texts in it.\n"]
    for picture in sorted(PICTURES):
        marks = textwrap.wrap(" ".join(shown(picture, seen[picture])), 116)
        lines.append('\n["{}"]\nfiles = "{}"\ntexts = """\n{}"""\n'.format(picture, mark(picture), "\n".join(marks)))
    (folder / MADE).write_text("".join(lines))


def made() -> dict[str, Mapping[str, str]]:
    """Picture -> ``files`` it was drawn by, ``texts`` in it."""
    return tomllib.loads((IMAGES / MADE).read_text("utf-8"))


def changed(picture: str, was: Mapping[str, str], overlay: Mapping[Key, str] = {}) -> bool:
    """Whether what a picture shows is otherwise now: how it is drawn, or a text in it. Other texts may change."""
    return was["files"] != mark(picture) or not set(was["texts"].split()) <= texts(picture, overlay).keys()
