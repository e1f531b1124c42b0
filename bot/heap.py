"""Memory that was needed once and is free again, handed back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Asks the C library for what it keeps of freed memory; does nothing where there is no such call (not glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
