"""Numbers for rows and references for people."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime

#: No vowels (no words by accident) and none of the signs that are read or heard as another.
LETTERS = "2346789BCDFGHJKMPQRTVWXY"

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A 63-bit number, growing with time: milliseconds, then 22 random bits; never twice in a process."""
    global _last
    made = (time.time_ns() // 1_000_000 << 22 | secrets.randbits(22)) & (2**63 - 1)
    with _lock:
        _last = made if made > _last else _last + 1
        return _last


def written() -> datetime:
    """When a row is written, by this machine's clock: what happened may be from long before."""
    return datetime.now(UTC)


def new_reference() -> str:
    """Like HB-7K3M-2Q: 191 million of them; the table's unique index settles the rare clash."""
    signs = [secrets.choice(LETTERS) for _ in range(6)]
    return f"HB-{''.join(signs[:4])}-{''.join(signs[4:])}"


def read_reference(typed: str) -> str:
    """A reference as somebody typed it, in its one spelling; "" when it cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    signs = signs.removeprefix("HB")
    if len(signs) != 6 or any(sign not in LETTERS for sign in signs):
        return ""
    return f"HB-{signs[:4]}-{signs[4:]}"
