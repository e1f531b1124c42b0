"""The server as it is started in earnest: seconds until it listens, and its memory when it has settled.

A fresh process each time, on a database that is there already, with every organisation and all languages, and with
the bytecode that Python keeps of what it has run before, as everywhere but where it is forbidden to.

    python -m benchmarks idle
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.pairs import Row, Size, folder, most

#: Seconds a start may take before it has failed.
PATIENCE = 60.0
#: Set where Python is forbidden to keep bytecode: every start would compile the whole program.
_FORBIDS = "PYTHONDONTWRITEBYTECODE"


@contextmanager
def started(where: Path) -> Iterator[tuple[psutil.Process, float, int]]:
    """(the server's process, seconds until it listened, its port)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HEARBACK_", _FORBIDS))}
    given = clean | {"HEARBACK_DATA": str(where / "data"), "HEARBACK_PORT": str(port)}
    command, begun = [str(Path(sys.executable).with_name("hearback")), "serve"], time.perf_counter()
    server = subprocess.Popen(command, env=given, cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.perf_counter() - begun > PATIENCE or server.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.005)
        yield psutil.Process(server.pid), time.perf_counter() - begun, port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def settled(process: psutil.Process) -> float:
    """MB when everything that loads in the background is loaded and it has been idle for two seconds."""
    quiet = 0
    while quiet < 2:
        quiet = quiet + 1 if process.cpu_percent(1.0) < 5 else 0
    return float(process.memory_info().rss) / 2**20


def rows(size: Size) -> list[Row]:
    seconds, memory = list[float](), list[float]()
    with folder() as where:
        with started(where):
            pass  # makes the database
        for _ in range(size.pairs):
            with started(where) as (process, took, _):
                seconds.append(took)
                memory.append(settled(process))
    return [
        most("memory of an idle server with all languages loaded", 260, "MB", memory),
        most("start to listening, on a database that is there", 2, "s", seconds),
    ]
