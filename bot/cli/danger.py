"""``hearback danger``: which signs of danger the lists see in lines of text, and what a changed list would change."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from bot.cli import Trouble
from bot.config import Settings
from bot.danger import compiled, overlaid, rules, watch
from flows.safety import Watch
from flows.session import Signs
from locales import LANGUAGES, identify

#: The language of a text is guessed from its beginning.
GUESSED = 2000


def read(
    settings: Settings, language: str, as_json: bool, compare: Path | None, source: BinaryIO, sink: BinaryIO
) -> None:
    """Reads lines (UTF-8; what is not is shown as U+FFFD) until there are no more, and writes one for each.

    ``language``: what the lines are written in, "" to have it guessed. ``compare``: a changed list; then only the
    lines that it changes are written, and at the end how many. Raises Trouble and BadSettings in words.
    """
    if language and language not in LANGUAGES:
        raise Trouble(f"There is no language {language!r}; there are: {', '.join(LANGUAGES)}.")
    if not language:
        identify.warm().join()
    now = watch(settings.danger, settings.compiled_folder)
    if compare is None:
        for text in _lines(source):
            code = language or _guess(text)
            found = now.signs(text, code)
            _write(sink, _object(text, code, found) if as_json else _plain(text, found))
        return
    then = _changed(settings, compare)
    read_, changed = 0, 0
    for text in _lines(source):
        code = language or _guess(text)
        before, after = now.signs(text, code), then.signs(text, code)
        read_ += 1
        if (before.level, set(before.categories)) == (after.level, set(after.categories)):
            continue
        changed += 1
        if as_json:
            _write(sink, {"before": _object(text, code, before), "after": _object(text, code, after)})
        else:
            _write(sink, f"{before.level or 'none':<5} -> {_plain(text, after)}")
    if not as_json:
        _write(sink, f"{changed} of {read_} lines change.")


def _changed(settings: Settings, file: Path) -> Watch:
    """The lists as they would be with this file in the place of the one in force."""
    if not file.is_file():
        raise Trouble(f"There is no file {str(file)!r}. Give the changed list, named after its language: en.toml.")
    return Watch({**rules(settings.danger, settings.compiled_folder), file.stem: compiled(file.stem, overlaid(file))})


def _lines(source: BinaryIO) -> Iterator[str]:
    for line in source:
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def _guess(text: str) -> str:
    return identify.identify(text[:GUESSED]).language or ""


def _object(text: str, language: str, found: Signs) -> dict[str, Any]:
    return {
        "text": text,
        "language": language,
        "flag": bool(found.categories),
        "level": found.level,
        "categories": found.categories,
        "matched": found.matched,
        "rule": found.rules,
    }


def _plain(text: str, found: Signs) -> str:
    if not found.categories:
        return f"none  {text}"
    return f"{found.level:<5} {', '.join(found.categories)}: “{'”, “'.join(found.matched)}” | {text}"


def _write(sink: BinaryIO, what: str | dict[str, Any]) -> None:
    line = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)
    sink.write(line.encode("utf-8", "replace") + b"\n")
    sink.flush()


def main(settings: Settings, language: str, as_json: bool, compare: Path | None) -> None:
    """The command with standard input and output; a reader that goes away ends it quietly."""
    try:
        read(settings, language, as_json, compare, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - what is left is flushed at exit, and nobody reads it
