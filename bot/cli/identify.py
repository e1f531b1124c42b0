"""``hearback identify``: which language each line of text is taken for, and why."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

from locales import KNOWN
from locales.identify import Guess, identify, load


def read(as_json: bool, source: BinaryIO, sink: BinaryIO) -> None:
    """Reads lines (UTF-8; what is not is shown as U+FFFD) until there are no more, and writes one for each.

    As JSON: ``text``; ``language``, its code, null where the person would be asked; ``candidates``, codes, likeliest
    first; ``why``, as ``locales.identify.Guess`` explains it.
    """
    load()
    for line in source:
        text = line.rstrip(b"\r\n").decode("utf-8", "replace")
        said = _object(text, identify(text)) if as_json else _plain(text, identify(text))
        sink.write(said.encode("utf-8", "replace") + b"\n")
        sink.flush()


def _object(text: str, guess: Guess) -> str:
    found = {"text": text, "language": guess.language, "candidates": guess.candidates, "why": guess.why}
    return json.dumps(found, ensure_ascii=False)


def _plain(text: str, guess: Guess) -> str:
    if guess.language:
        return f"{KNOWN[guess.language].english} ({guess.why}) | {text}"
    first = ", ".join(KNOWN[code].english for code in guess.candidates)
    return f"ask ({guess.why}){f': {first}' if first else ''} | {text}"


def main(as_json: bool) -> None:
    """The command with standard input and output; a reader that goes away ends it quietly."""
    try:
        read(as_json, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - what is left is flushed at exit, and nobody reads it
