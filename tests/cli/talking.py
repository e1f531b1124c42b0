"""Drives ``hearback`` as a person at a terminal would, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cli import ready

HEARBACK = (sys.executable, "-m", "bot")
ROOT = Path(__file__).parents[2]
#: What ``/photo`` without a path prints: the sign that everything before it has been answered.
_MARK = "/photo needs"


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process: the code's folder to import from, and only the settings given."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HEARBACK_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **settings}


def run(
    folder: Path, *arguments: str, text: str = "", fresh: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    """One command to its end, in a folder of its own. ``fresh``: Python is started for it."""
    if fresh:
        return subprocess.run(
            [*HEARBACK, *arguments],
            cwd=folder,
            env=environment(**settings),
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(text.encode())
        given.seek(0)
        files = given.fileno(), out.fileno(), err.fileno()
        code = ready.ended(ready.begin(folder, arguments, environment(**settings), *files), 60)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, code, *said)


class Chat:
    """``hearback chat --json``, one message at a time. ``heard`` is every message, ``last`` the newest."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        (theirs, ours), (heard, said) = os.pipe(), os.pipe()
        self._running = ready.begin(folder, ("chat", "--json", *arguments), environment(), theirs, said, said)
        os.close(theirs)
        os.close(said)
        self._in = open(ours, "w", encoding="utf-8", buffering=1)  # noqa: SIM115  # closed by end()
        self._out = open(heard, encoding="utf-8")  # noqa: SIM115
        self.heard: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._hear()

    @property
    def last(self) -> dict[str, Any]:
        return self.heard[-1]

    @property
    def step(self) -> str:
        return str(self.last["step"])

    def say(self, line: str) -> str:
        """Send a line and read what comes back; the texts of it, joined."""
        before = len(self.heard)
        self._write(line)
        self._hear()
        return "\n".join(message["text"] for message in self.heard[before:])

    def answer(self, answers: Mapping[str, str], until: str = "", most: int = 60) -> None:
        """Answer whatever is asked, SKIP what ``answers`` lacks, until step ``until`` is open or nothing is asked."""
        for _ in range(most):
            if self.step in ("", until):
                return
            self.say(answers.get(self.step, "SKIP"))
        raise AssertionError(f"still asking after {most} answers: {self.last}")

    def end(self) -> dict[str, Any]:
        """Close the input; the last object."""
        self._in.close()
        with self._out:
            out = self._out.read()
        assert ready.ended(self._running, 60) == 0, out
        end: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
        return end

    def _write(self, line: str) -> None:
        self._in.write(line + "\n")

    def _hear(self) -> None:
        self._write("/photo")
        for line in self._out:
            if line.startswith(_MARK):
                return
            if line.startswith("{"):
                self.heard.append(json.loads(line))
            else:
                self.notes.append(line.rstrip())
        raise AssertionError(f"it ended: {self.notes}")
