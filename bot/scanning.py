"""ClamAV's daemon, asked over its own protocol: INSTREAM sends a file in pieces and reads one line of an answer.

Source: clamd(8), "INSTREAM": each piece after its length in four bytes, an empty one at the end; "stream: OK" or
"stream: <name> FOUND".
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress

#: Seconds that the scanner may take over one file: within the lease of the job that asks.
PATIENCE = 60.0
_MOST = 4096


class Away(Exception):
    """The scanner does not answer: it is asked again later."""


class Unable(Exception):
    """The scanner answers, but cannot look at this file: it is larger than it is set up for, or encrypted."""


#: Whether the scanner finds something in what is given in pieces. Raises Away, Unable.
Scanner = Callable[[Iterable[bytes]], bool]


def scanner(address: str, patience: float = PATIENCE) -> Scanner | None:
    """The scanner at ``unix:/path`` or ``host:port``; None for ""."""
    if not address:
        return None
    return lambda pieces: _ask(address, pieces, patience)


def _ask(address: str, pieces: Iterable[bytes], patience: float) -> bool:
    try:
        with _connect(address, patience) as line:
            with suppress(BrokenPipeError, ConnectionResetError):  # of what is too large it does not read the end
                line.sendall(b"zINSTREAM\0")
                for piece in pieces:
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
            said = _answer(line)
    except OSError as error:
        raise Away(type(error).__name__) from None
    if said.endswith("FOUND"):
        return True
    if said == "stream: OK":
        return False
    if said.endswith("ERROR"):
        raise Unable
    raise Away("no answer")


def _connect(address: str, patience: float) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(patience)
        line.connect(address.removeprefix("unix:"))
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=patience)


def _answer(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < _MOST and (part := line.recv(1024)):
        said += part
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()
