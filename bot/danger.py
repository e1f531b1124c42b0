"""The danger lists in force: those that are shipped, with an organisation's own laid over them.

``HEARBACK_DANGER`` is a folder with one ``<language>.toml`` for each language whose list is changed. What it holds is
added to the shipped list; ``without`` and ``soften`` name shipped patterns, as they are written there, that are left
out or made amber, amber ones weak. docs/safety.md shows one.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

import locales
from bot.config import BadSettings
from casework.errors import nearest
from flows import flatten, grammar, mending
from flows import rules as rules_
from flows.rules import LEVELS, WEAK, Packed, Rules, pack
from flows.safety import Watch
from flows.session import Signs
from locales import LANGUAGES, danger_sources, danger_tables

log = structlog.get_logger()

#: Where an installation has the shipped lists compiled (``python -m bot.danger``, by ``make lists``); may be empty.
INSTALLED = Path(locales.__file__).parent / ".compiled"
#: What was made in this process, by the name of its file.
_made: dict[str, Rules] = {}

Tables = Mapping[str, Any]
#: Keys of an overlay whose values are lists of texts.
_TEXTS = ("harmless", "common", "real", "without", "soften")
#: Keys of an overlay whose values are tables.
_TABLES = ("same", "lists", "begin", "denial", "signs")


def watch(folder: Path | None = None, kept: Path | None = None) -> Watch:
    """The danger words of every language, ready to be looked for. Raises BadSettings in words.

    ``folder``: an organisation's own changes. ``kept``: a folder of this deployment where compiled lists are kept, so
    that the next start need not compile them.
    """
    return Watch(rules(folder, kept))


class Watching:
    """The shipped lists, read when the first text comes or when somebody warms them: that may take seconds."""

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._reading = Lock()
        self._watch: Watch | None = None

    def signs(self, text: str, language: str = "") -> Signs:
        """As ``flows.safety.Watch.signs``; the first call waits until the lists are read."""
        if self._watch is None:
            with self._reading:
                self._watch = self._watch or watch(kept=self._kept)
        return self._watch.signs(text, language)


def rules(folder: Path | None, kept: Path | None = None) -> dict[str, Rules]:
    """Language -> its compiled list, with what the folder says. Raises BadSettings in words."""
    if folder is not None and not folder.is_dir():
        raise BadSettings(f"HEARBACK_DANGER is {str(folder)!r}: there is no such folder.")
    own = {file.stem: file for file in sorted(folder.glob("*.toml"))} if folder else {}
    sources = danger_sources()
    for code, file in own.items():
        _must_be_language(code, file)
    return {
        code: compiled(code, overlaid(own[code])) if code in own else _shipped(code, sources[code], kept)
        for code in dict.fromkeys((*sources, *own))
    }


def compiled(language: str, tables: Tables) -> Rules:
    """Raises BadSettings in words where a pattern is not well formed."""
    return Rules(packed(language, tables))


def packed(language: str, tables: Tables) -> Packed:
    """The same as plain texts and numbers."""
    try:
        return pack(language, tables)
    except ValueError as error:
        raise BadSettings(str(error)) from None


def _shipped(language: str, sources: tuple[str, str], kept: Path | None) -> Rules:
    """The shipped list of a language; it is made once in a process."""
    name = f"{language}-{sha256(repr((_program(), sources)).encode()).hexdigest()[:24]}.json"
    if name not in _made:
        _made[name] = Rules(_packed(language, name, sources, kept / name if kept and kept.parent.is_dir() else None))
    return _made[name]


def _packed(language: str, name: str, sources: tuple[str, str], file: Path | None) -> Packed:
    """A list as it was compiled before, where it was: the name of the file says of what, and by which program."""
    for folder in (INSTALLED, file.parent if file else None):
        try:
            found: Packed = json.loads((folder / name).read_text("utf-8")) if folder else {}
            Rules(found)
            return found
        except (OSError, ValueError, LookupError, TypeError, AttributeError):  # not there, or not whole: made again
            pass
    found = packed(language, danger_tables(*sources))
    if file:
        _keep(file, language, found)
    return found


def _keep(file: Path, language: str, found: Packed) -> None:
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        for old in file.parent.glob(f"{language}-*.json"):
            old.unlink(missing_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
        part.replace(file)
    except OSError as error:
        log.warning("compiled danger lists cannot be kept", why=type(error).__name__)


@cache
def _program() -> str:
    """What compiles the lists, and with what: another program makes them anew."""
    parts = (flatten, grammar, mending, rules_)
    texts = (sys.version, *(Path(str(part.__file__)).read_text("utf-8") for part in parts))
    return sha256(repr(texts).encode()).hexdigest()


def overlaid(file: Path) -> Tables:
    """The shipped list of the language that the file is named after, changed as the file says."""
    _must_be_language(file.stem, file)
    try:
        own = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}") from None
    _must_fit(own, file)
    sources = danger_sources().get(file.stem)
    tables = danger_tables(*sources) if sources else {}
    for pattern in own.get("without", ()):
        _take(tables, pattern, file)
    for pattern in own.get("soften", ()):
        category, level = _take(tables, pattern, file)
        if category:
            softer = "amber" if level == "red" else WEAK
            tables["signs"][category].setdefault(softer, []).append(pattern)
    for key in ("harmless", "common", "real"):
        tables[key] = [*tables.get(key, ()), *own.get(key, ())]
    for key in ("same", "lists", "begin", "denial"):
        into = tables.setdefault(key, {})
        for name, values in own.get(key, {}).items():
            into[name] = [*into.get(name, ()), *values]
    for category, levels in own.get("signs", {}).items():
        for level, patterns in levels.items():
            if level not in (*LEVELS, WEAK):
                raise BadSettings(f"{file} [signs.{category}]: {level!r} is not a level; write red or amber, or weak.")
            into = tables.setdefault("signs", {}).setdefault(category, {})
            into[level] = [*into.get(level, ()), *patterns]
    return tables


def _must_be_language(code: str, file: Path) -> None:
    if code not in LANGUAGES:
        raise BadSettings(f"{file}: name it after a language, like en.toml; {nearest(code, LANGUAGES)}")


def _take(tables: dict[str, Any], pattern: str, file: Path) -> tuple[str, str]:
    """Takes a pattern out of the list; its category, "" for a harmless phrase, and its level."""
    places = [("", "", tables.get("harmless", []))]
    for name, levels in tables.get("signs", {}).items():
        places += [(name, level, found) for level, found in levels.items()]
    taken = None
    for category, level, found in places:
        if pattern in found:
            found[:] = [one for one in found if one != pattern]
            taken = category, level
    if taken is None:
        raise BadSettings(
            f"{file}: “{pattern}” is not in the shipped list. Copy it from there to the letter; "
            "hearback danger --json shows under “rule” what found a text."
        )
    return taken


def _must_fit(own: Tables, file: Path) -> None:
    for key, value in own.items():
        if key in _TEXTS:
            fits = _are_texts(value)
        elif key in _TABLES:
            inner = list(value.values()) if isinstance(value, dict) else [None]
            if key == "signs":
                inner = [texts for one in inner for texts in (one.values() if isinstance(one, dict) else [None])]
            fits = all(_are_texts(one) for one in inner)
        else:
            raise BadSettings(f"{file}: there is no key {key!r}. {nearest(key, (*_TEXTS, *_TABLES))}")
        if not fits:
            raise BadSettings(f"{file}: {key} is not written as docs/safety.md shows.")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


if __name__ == "__main__":
    INSTALLED.mkdir(exist_ok=True)
    rules(None, INSTALLED)
