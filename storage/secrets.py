"""Sealing: the key ring, the data keys in their own store, and what they do.

Everything a person says is sealed (AES-256-GCM) with a data key of their talk, bound to table,
column and row, so that a value moved elsewhere does not open. Data keys lie in a separate store,
wrapped by the key ring; the ring is a small file outside any database. Destroying a data key
erases everything it sealed, in every copy of the database.

Sealed bytes: 1 (format), 8 (number of the data key), 12 (nonce), ciphertext, 16 (tag).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"


class KeyRingMissing(Exception):
    """The key ring of this database is not where it should be."""


class KeyRingWrong(Exception):
    """The key ring belongs to another database, or is damaged."""


class Erased(Exception):
    """The data key was destroyed: what it sealed is gone, as intended."""


class Tampered(Exception):
    """A sealed value was changed, or moved from another row."""


@dataclass(frozen=True)
class KeyRing:
    """The secrets kept outside the database.

    keys      wrapping keys by their number; ``current`` wraps new data keys
    lookup    keys the hashes that rows are looked up by
    receipt   keys the slow hash of receipts
    """

    current: str
    keys: Mapping[str, bytes]
    lookup: bytes
    receipt: bytes

    @classmethod
    def make(cls, path: Path) -> KeyRing:
        """A new ring in a new file (mode 0600), on disk before this returns. FileExistsError if there is one."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring = cls("1", {"1": secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))
        # Linked into place only when it is whole: a crash leaves no half ring behind.
        draft = ring._draft(path)
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
        sync_folder(path.parent)
        return ring

    def rotated(self, path: Path) -> KeyRing:
        """The ring with a new key that wraps from now on, in its file before this returns; the older keys still open.

        Back the file up anew: the copy from before opens nothing that is wrapped from here on.
        """
        name = str(max((int(one) for one in self.keys if one.isdecimal()), default=0) + 1)
        ring = replace(self, current=name, keys={**self.keys, name: secrets.token_bytes(32)})
        os.replace(ring._draft(path), path)
        sync_folder(path.parent)
        return ring

    def _draft(self, path: Path) -> Path:
        """The ring in a file beside ``path`` (mode 0600), on disk before this returns."""
        content = json.dumps(
            {
                "note": "Without this file nothing in the database can be read. Back it up, apart from the database.",
                "current": self.current,
                "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
                "lookup": base64.b64encode(self.lookup).decode(),
                "receipt": base64.b64encode(self.receipt).decode(),
            },
            indent=1,
        )
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return draft

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """The ring in a file. Raises KeyRingMissing or KeyRingWrong, in words that say what to do."""
        try:
            data = json.loads(path.read_text())
            return cls(
                data["current"],
                {name: base64.b64decode(key) for name, key in data["keys"].items()},
                base64.b64decode(data["lookup"]),
                base64.b64decode(data["receipt"]),
            )
        except FileNotFoundError as error:
            raise KeyRingMissing(
                f"The key ring {path} is missing. Everything people have said is sealed with it: without it no "
                "message, name or file in this database can ever be read again, and receipts no longer open. "
                "Restore the file from its backup and start again. A new ring cannot take its place."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise KeyRingWrong(f"The key ring {path} cannot be read; restore it from its backup.") from error

    def fingerprint(self) -> str:
        """What a database remembers its ring by; tells nothing about the keys."""
        return hmac.digest(self.lookup, b"hearback key ring", hashlib.sha256).hex()[:32]

    def hashed(self, *parts: str) -> bytes:
        """Sixteen bytes to look a row up by; the same parts always give the same."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=self.lookup).digest()

    def wrap(self, number: int, key: bytes) -> bytes:
        """A data key as the key store keeps it: ring key's name, nonce, ciphertext."""
        name = self.current.encode()
        nonce = os.urandom(12)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, key, b"data_key:%d" % number)
        return bytes([len(name)]) + name + nonce + sealed

    def wrapped_by(self, wrapped: bytes) -> str:
        """The name of the ring key that a data key was wrapped with."""
        return wrapped[1 : 1 + wrapped[0]].decode()

    def unwrap(self, number: int, wrapped: bytes) -> bytes:
        """The data key that ``wrap`` wrapped under this number. Raises KeyRingWrong for a ring that did not wrap it."""
        end = 1 + wrapped[0]
        try:
            ring_key = self.keys[wrapped[1:end].decode()]
            return AESGCM(ring_key).decrypt(wrapped[end : end + 12], wrapped[end + 12 :], b"data_key:%d" % number)
        except (KeyError, InvalidTag) as error:
            raise KeyRingWrong(
                "a data key was wrapped with another key ring; restore the ring it was made with"
            ) from error


def seal(key: AESGCM, number: int, place: str, content: bytes) -> bytes:
    """``content`` sealed with data key ``number`` for one place ("message.body:7:1")."""
    nonce = os.urandom(12)
    return _FORMAT + number.to_bytes(8, "big") + nonce + key.encrypt(nonce, content, place.encode())


def key_number(sealed: bytes) -> int:
    """Which data key sealed it."""
    if sealed[:1] != _FORMAT or len(sealed) < 37:
        raise Tampered("not a sealed value")
    return int.from_bytes(sealed[1:9], "big")


def unseal(key: AESGCM, place: str, sealed: bytes) -> bytes:
    """What was sealed for that place; Tampered when it was not."""
    try:
        return key.decrypt(sealed[9:21], sealed[21:], place.encode())
    except InvalidTag as error:
        raise Tampered(f"a sealed value does not belong to {place.partition(':')[0]}, or was changed") from error


def sync_folder(folder: Path) -> None:
    """Make a new or vanished name in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
