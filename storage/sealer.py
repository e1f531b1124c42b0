"""Sealing what belongs to staff: their names, their second factor, what a session holds."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.secrets import KeyRing, seal, unseal


class Sealer:
    """Seals JSON for one place ("staff.name:7") with a key of its own, made from the key ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._key = AESGCM(hmac.digest(ring.lookup, b"hearback staff", hashlib.sha256))
        self._ring = ring

    @property
    def ring(self) -> KeyRing:
        """The ring it was made from."""
        return self._ring

    def seal(self, place: str, value: Any) -> bytes:
        """The value sealed; what JSON can hold."""
        return seal(self._key, 0, place, json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def unseal(self, place: str, sealed: bytes) -> Any:
        """What was sealed for that place. Raises Tampered when it was not."""
        return json.loads(unseal(self._key, place, sealed))

    def hashed(self, *parts: str) -> bytes:
        """Sixteen bytes to look a row up by."""
        return self._ring.hashed("staff", *parts)


def digest(token: str) -> bytes:
    """What a random token is kept as: nobody can get back to it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
