"""What we are measured against, in an environment of its own (``.venv-bench``), spoken to over pipes.

A peer is a script here that knows nothing of Hearback: it gets the questions and answers of the shipped complaint as
JSON, asks the same number of questions in the style its own documentation teaches, and keeps the answers.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / ".venv-bench"


def python() -> str:
    """The interpreter of the peers' environment, which is made when it is not there."""
    known, wanted = PLACE / "installed.txt", (HERE / "requirements.txt").read_text()
    if not known.exists() or known.read_text() != wanted:
        print("Installing the peers into .venv-bench", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
        pip = [PLACE / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-q", "install", "-r"]
        subprocess.run([*pip, HERE / "requirements.txt"], check=True)
        known.write_text(wanted)
    return str(PLACE / "bin" / "python")


class Peer:
    """A running peer: ``measure`` has it do some more, and says how many turns a second it did."""

    def __init__(self, script: str, **given: Any) -> None:
        self._process = subprocess.Popen(
            [python(), str(HERE / f"{script}.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(given)

    def _say(self, words: Any) -> float:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("a peer ended early; what it said is above")
        return float(answer)

    def measure(self, talks: int) -> float:
        """Turns a second of so many whole talks by new people."""
        return self._say(talks)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@contextlib.contextmanager
def peer(script: str, **given: Any) -> Iterator[Peer]:
    """A peer for a while."""
    one = Peer(script, **given)
    try:
        yield one
    finally:
        one.close()


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[int]:
    """The port of a Redis that appends every write to a file and syncs it before it answers."""
    if not shutil.which("redis-server"):
        tool = HERE.parents[1] / "tools" / "debian-packages"
        subprocess.run([tool, "redis-server"], check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    always = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(folder), *always], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)
