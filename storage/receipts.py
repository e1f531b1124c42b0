"""Receipts: sixteen digits that a person keeps; the store keeps only a slow hash of them.

Fifteen are random, the last is a check digit (Damm: every single slip and every swap of
neighbours shows). The hash is scrypt keyed by a secret outside the database; it takes 50 to
100 ms, so receipts are minted ahead by a thread and looked up off the writer.
"""

from __future__ import annotations

import hashlib
import queue
import secrets
import threading
import unicodedata
from contextlib import suppress

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def _check(digits: str) -> str:
    state = "0"
    for digit in digits:
        state = _DAMM[int(state)][int(digit)]
    return state


def normalise(typed: str) -> str:
    """The sixteen digits in what somebody typed, in any script and whatever stands around them; "" for more or fewer.

    "My number is 3308 9642 …" has them: the conversation reads it so too (``flows.reading.digits``).
    """
    signs = (sign for sign in unicodedata.normalize("NFKC", typed) if unicodedata.category(sign) == "Nd")
    digits = "".join(str(unicodedata.decimal(sign)) for sign in signs)
    return digits if len(digits) == 16 else ""


def plausible(digits: str) -> bool:
    """Whether the check digit fits; a receipt that fails it was mistyped."""
    return len(digits) == 16 and digits.isascii() and digits.isdigit() and _check(digits) == "0"


def grouped(digits: str) -> str:
    """As it is shown: four groups of four."""
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


class Receipts:
    """Mints them ahead. ``cost`` is scrypt's N (a power of two); 2**15 is 50 to 100 ms and 32 MB."""

    def __init__(self, secret: bytes, *, ahead: int = 16, cost: int = 2**15) -> None:
        self._secret = secret
        self._cost = cost
        self._ready: queue.Queue[tuple[str, bytes]] = queue.Queue(maxsize=max(1, ahead))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="receipts", daemon=True)
        self._lock = threading.Lock()
        self._started = False

    def start(self) -> None:
        """Begin to mint ahead; the writer does so with the first message, for a store that is only read needs none."""
        with self._lock:
            if not self._started and not self._closing.is_set():
                self._started = True
                self._thread.start()

    def hashed(self, digits: str) -> bytes:
        """The slow hash of sixteen digits: the same digits always give the same."""
        room = 130 * 8 * self._cost
        return hashlib.scrypt(digits.encode(), salt=self._secret, n=self._cost, r=8, p=1, maxmem=room + 2**20, dklen=32)

    def of(self, seed: bytes) -> tuple[str, bytes]:
        """The receipt of a seed of 16 bytes that nobody can guess, and its hash: the same seed gives the same."""
        digits = f"{int.from_bytes(seed) % 10**15:015}"
        digits += _check(digits)
        return digits, self.hashed(digits)

    def mint(self) -> tuple[str, bytes]:
        """A new receipt and its hash, made now."""
        digits = "".join(secrets.choice("0123456789") for _ in range(15))
        digits += _check(digits)
        return digits, self.hashed(digits)

    def take(self) -> tuple[str, bytes]:
        """A new receipt, from those made ahead; made now when there is none."""
        try:
            return self._ready.get_nowait()
        except queue.Empty:
            return self.mint()

    def close(self) -> None:
        """Stops making receipts ahead; those that nobody took were never written down."""
        with self._lock:
            self._closing.set()
        if self._started:
            with suppress(queue.Empty):
                self._ready.get_nowait()  # whoever waits for room goes on at once, and ends
            self._thread.join()

    def _fill(self) -> None:
        made: tuple[str, bytes] | None = None
        while not self._closing.is_set():
            made = made or self.mint()
            try:
                self._ready.put(made, timeout=0.2)
                made = None
            except queue.Full:
                continue
