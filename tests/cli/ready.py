"""A process that has imported Hearback already: each command runs in a copy of it, which is a process of its own.

Starting Python and importing takes more than a second, and there are hundreds of commands; those of ``fresh=True``,
``test_serve``, ``test_tour`` and ``test_upgrading`` are started from nothing.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MOST = 200_000  # bytes of a request


def begin(
    folder: Path, arguments: Sequence[str], environment: dict[str, str], stdin: int, stdout: int, stderr: int
) -> socket.socket:
    """Starts ``hearback`` with these arguments and files; ``ended`` of what is returned waits for its end."""
    ours, theirs = socket.socketpair()
    asked = json.dumps([str(folder), arguments, environment]).encode()
    with theirs:
        socket.send_fds(_started(), [asked], [stdin, stdout, stderr, theirs.fileno()])
    return ours


def ended(running: socket.socket, timeout: float) -> int:
    """The exit code. Raises TimeoutError."""
    with running:
        running.settimeout(timeout)
        return int(running.recv(20) or b"-1")


@cache
def _started() -> socket.socket:
    """Where requests are sent; the process ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.cli.ready", str(theirs.fileno())],
            env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return ours


def serve(requests: socket.socket) -> None:
    """Until nobody is there to ask; in a copy, until its command has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever waits for a command is waited for by nobody
    while True:
        asked, files, *_ = socket.recv_fds(requests, _MOST, 4)
        if not asked:
            return
        if not os.fork():
            requests.close()
            return _watched(*json.loads(asked), *files)
        for file in files:
            os.close(file)


def _watched(
    folder: str, arguments: list[str], environment: dict[str, str], stdin: int, stdout: int, stderr: int, told: int
) -> None:
    """Runs the command in a copy and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    command = os.fork()
    if command:
        _, status = os.waitpid(command, 0)
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    for number, file in enumerate((stdin, stdout, stderr)):
        os.dup2(file, number)
    for file in (stdin, stdout, stderr, told):
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["hearback", *arguments]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


def _imported() -> None:
    import bot.cli
    from bot.danger import watch
    from locales import identify
    from storage import store

    for found in pkgutil.iter_modules(bot.cli.__path__, "bot.cli."):
        importlib.import_module(found.name)
    for name in ("bot.alarm", "bot.app", "bot.health"):
        importlib.import_module(name)
    watch()
    identify.load()
    store.open_store.__kwdefaults__["receipts_ahead"] = 2  # the others would be thrown away
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        _imported()
        serve(requests)
