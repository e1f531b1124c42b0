"""Sealing what belongs to staff: their names, their second factor, what a session holds, addresses and secrets.

A seal names the key of the ring that made it (``KeyRing.numbers``), so that old and new ones open side by side while
``storage.resealing`` seals everything with the new one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.secrets import KeyRing, KeyRingMissing, KeyRingWrong, Tampered, key_number, seal, unseal


class Sealer:
    """Seals JSON for one place ("staff.name:7") with a key of its own, made from the key ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._keys: dict[int, AESGCM] = {}

    @property
    def ring(self) -> KeyRing:
        """The ring it was made from, or that took its place since."""
        return self._ring

    def seal(self, place: str, value: Any) -> bytes:
        """The value sealed; what JSON can hold."""
        number = self._ring.numbers[0]
        plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return seal(self._key(number), number, place, plain)

    def unseal(self, place: str, sealed: bytes) -> Any:
        """What was sealed for that place. Raises Tampered when it was not, or with a key that is not in the ring."""
        return json.loads(unseal(self._key(key_number(sealed)), place, sealed))

    def reseal(self, place: str, sealed: bytes) -> bytes:
        """The same, sealed anew; as it is where the key is already the one for what is new. Raises Tampered."""
        return sealed if key_number(sealed) == self._ring.numbers[0] else self.seal(place, self.unseal(place, sealed))

    def hashed(self, *parts: str) -> bytes:
        """Sixteen bytes to look a row up by."""
        return self._ring.hashed("staff", *parts)

    def _key(self, number: int) -> AESGCM:
        if number not in self._ring.numbers:
            self._look_again()
        try:
            return self._keys.setdefault(number, AESGCM(self._ring.made(number, b"hearback staff")))
        except KeyError:
            raise Tampered("a value was sealed with a key that is not in the ring") from None

    def _look_again(self) -> None:
        """Another process may have rotated the ring since this one was taken."""
        try:
            fresh = KeyRing.load(self._ring.file) if self._ring.file else self._ring
        except (KeyRingMissing, KeyRingWrong, OSError):
            return
        if fresh.fingerprint() == self._ring.fingerprint():
            self._ring, self._keys = fresh, {}


def digest(token: str) -> bytes:
    """What a random token is kept as: nobody can get back to it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
