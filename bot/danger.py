"""The danger lists in force: those that are shipped, with an organisation's own laid over them.

``HEARBACK_DANGER`` is a folder with one ``<language>.toml`` for each language whose list is changed. What it holds is
added to the shipped list; ``without`` and ``soften`` name shipped patterns, as they are written there, that are left
out or made amber. docs/safety.md shows one.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from bot.config import BadSettings
from casework.errors import nearest
from flows.safety import LEVELS, Watch
from flows.session import Signs
from locales import LANGUAGES, danger_lists

Tables = Mapping[str, Any]
#: Keys of an overlay whose values are lists of texts.
_TEXTS = ("harmless", "common", "real", "without", "soften")
#: Keys of an overlay whose values are tables.
_TABLES = ("same", "lists", "begin", "denial", "signs")


def watch(folder: Path | None = None) -> Watch:
    """The danger words of every language, ready to be looked for. Raises BadSettings in words."""
    return build(lists(folder))


class Watching:
    """The shipped lists, read when the first text comes or when somebody warms them: reading takes seconds."""

    def __init__(self) -> None:
        self._reading = Lock()
        self._watch: Watch | None = None

    def signs(self, text: str, language: str = "") -> Signs:
        """As ``flows.safety.Watch.signs``; the first call waits until the lists are read."""
        if self._watch is None:
            with self._reading:
                self._watch = self._watch or watch()
        return self._watch.signs(text, language)


def build(of: Mapping[str, Tables]) -> Watch:
    """Raises BadSettings in words where a pattern is not well formed."""
    try:
        return Watch(of)
    except ValueError as error:
        raise BadSettings(str(error)) from None


def lists(folder: Path | None) -> dict[str, Tables]:
    """Language -> its list, with what the folder says. Raises BadSettings in words."""
    found: dict[str, Tables] = dict(danger_lists())
    if folder is None:
        return found
    if not folder.is_dir():
        raise BadSettings(f"HEARBACK_DANGER is {str(folder)!r}: there is no such folder.")
    for file in sorted(folder.glob("*.toml")):
        found[file.stem] = overlaid(found, file)
    return found


def overlaid(of: Mapping[str, Tables], file: Path) -> Tables:
    """The list of the language that the file is named after, changed as the file says."""
    if file.stem not in LANGUAGES:
        raise BadSettings(f"{file}: name it after a language, like en.toml; {nearest(file.stem, LANGUAGES)}")
    try:
        own = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}") from None
    _must_fit(own, file)
    tables = copy.deepcopy(dict(of.get(file.stem, {})))
    for pattern in own.get("without", ()):
        _take(tables, pattern, file)
    for pattern in own.get("soften", ()):
        category = _take(tables, pattern, file)
        if category:
            tables["signs"][category].setdefault("amber", []).append(pattern)
    for key in ("harmless", "common", "real"):
        tables[key] = [*tables.get(key, ()), *own.get(key, ())]
    for key in ("same", "lists", "begin", "denial"):
        into = tables.setdefault(key, {})
        for name, values in own.get(key, {}).items():
            into[name] = [*into.get(name, ()), *values]
    for category, levels in own.get("signs", {}).items():
        for level, patterns in levels.items():
            if level not in LEVELS:
                raise BadSettings(f"{file} [signs.{category}]: {level!r} is not a level; write red or amber.")
            into = tables.setdefault("signs", {}).setdefault(category, {})
            into[level] = [*into.get(level, ()), *patterns]
    return tables


def _take(tables: dict[str, Any], pattern: str, file: Path) -> str:
    """Takes a pattern out of the list; its category, "" for a harmless phrase."""
    places = [("", tables.get("harmless", []))]
    places += [(name, found) for name, levels in tables.get("signs", {}).items() for found in levels.values()]
    taken = None
    for category, found in places:
        if pattern in found:
            found[:] = [one for one in found if one != pattern]
            taken = category
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
