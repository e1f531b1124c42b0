"""The pictures of README and docs/: what is behind each, by which a test notices that one has grown old.

``tools/screenshots.py`` makes them, and writes beside them of what: ``docs/images/made.toml``.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
MADE = "made.toml"
#: Languages of the chat that have a picture.
LANGUAGES = ("en", "cy", "ar", "ur", "bn", "am", "zh_Hans")
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
    """What a picture made now would be made of: a hash of the files behind it."""
    whole = hashlib.sha256()
    for file in behind(picture):
        whole.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


def write(folder: Path) -> None:
    """Beside pictures that were made just now: of what."""
    lines = [f'"{picture}" = "{mark(picture)}"\n' for picture in sorted(PICTURES)]
    (folder / MADE).write_text("# Written by `make screenshots`: what each picture was made of.\n" + "".join(lines))


def made() -> dict[str, str]:
    """Picture -> what it was made of."""
    return tomllib.loads((IMAGES / MADE).read_text("utf-8"))
