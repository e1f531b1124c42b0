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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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

    keys      by their number; ``current`` wraps new data keys, seals what belongs to staff and signs links. A higher
              number is ready on every machine before it is used
    lookup    keys the hashes that rows are looked up by; the only one of them for as long as there is a database
    receipt   keys the slow hash of receipts
    since     when a key became the current one; empty in a ring that only the first release wrote
    lookup_opens  whether what the look-up key sealed and signed still counts, as it did in that release
    file      where it was read
    """

    current: str
    keys: Mapping[str, bytes]
    lookup: bytes
    receipt: bytes
    since: Mapping[str, datetime] = field(default_factory=dict)
    lookup_opens: bool = True
    file: Path | None = field(default=None, compare=False)

    @classmethod
    def make(cls, path: Path) -> KeyRing:
        """A new ring in a new file (mode 0600), on disk before this returns. FileExistsError if there is one."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        one, lookup, receipt = (secrets.token_bytes(32) for _ in range(3))
        ring = cls("1", {"1": one}, lookup, receipt, {"1": datetime.now(UTC)}, lookup_opens=False, file=path)
        # Linked into place only when it is whole: a crash leaves no half ring behind.
        draft = ring._draft(path)
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
        sync_folder(path.parent)
        return ring

    def prepared(self, path: Path) -> KeyRing:
        """The ring with a new key that nothing uses yet, in its file before this returns; as it is where it has one."""
        if self._next() is not None:
            return self
        name = str(max(map(int, self.keys)) + 1)
        return replace(self, keys={**self.keys, name: secrets.token_bytes(32)})._put(path)

    def rotated(self, path: Path) -> KeyRing:
        """The ring with another key in use, the prepared or a new one, in its file before this returns.

        The older keys still open. Back the file up anew: the copy from before opens nothing that is made from here on.
        """
        ring = self.prepared(path)
        name = ring._next()
        assert name is not None, "one was just prepared"
        return replace(ring, current=name, since={**ring.since, name: datetime.now(UTC)})._put(path)

    def dropped(self, path: Path) -> KeyRing:
        """The ring without the keys from before the current one, which open nothing any more, in its file."""
        kept = {name: key for name, key in self.keys.items() if int(name) >= int(self.current)}
        since = {name: at for name, at in self.since.items() if name in kept}
        return replace(self, keys=kept, since=since, lookup_opens=False)._put(path)

    @property
    def older(self) -> tuple[str, ...]:
        """What still opens and is no longer used: names of keys, "look-up" for the look-up key."""
        names = [name for name in self.keys if int(name) < int(self.current)]
        return (*(["look-up"] if self.lookup_opens else []), *sorted(names, key=int))

    def _next(self) -> str | None:
        """The key that is prepared, None when there is none."""
        return min((name for name in self.keys if int(name) > int(self.current)), key=int, default=None)

    def _put(self, path: Path) -> KeyRing:
        """In its file, in the place of the one there."""
        os.replace(self._draft(path), path)
        sync_folder(path.parent)
        return replace(self, file=path)

    def _draft(self, path: Path) -> Path:
        """The ring in a file beside ``path`` (mode 0600), on disk before this returns."""
        content = json.dumps(
            {
                "note": "Without this file nothing in the database can be read. Back it up, apart from the database.",
                "current": self.current,
                "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
                "lookup": base64.b64encode(self.lookup).decode(),
                "receipt": base64.b64encode(self.receipt).decode(),
                "since": {name: at.isoformat() for name, at in self.since.items()},
                "lookup_opens": self.lookup_opens,
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
                {str(int(name)): base64.b64decode(key) for name, key in data["keys"].items()},
                base64.b64decode(data["lookup"]),
                base64.b64decode(data["receipt"]),
                {name: datetime.fromisoformat(at) for name, at in data.get("since", {}).items()},
                bool(data.get("lookup_opens", True)),
                path,
            )
        except FileNotFoundError as error:
            raise KeyRingMissing(
                f"The key ring {path} is missing. Everything people have said is sealed with it: without it no "
                "message, name or file in this database can ever be read again, and receipts no longer open. "
                "Restore the file from its backup and start again. A new ring cannot take its place."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyRingWrong(f"The key ring {path} cannot be read; restore it from its backup.") from error

    def fingerprint(self) -> str:
        """What a database remembers its ring by; tells nothing about the keys."""
        return hmac.digest(self.lookup, b"hearback key ring", hashlib.sha256).hex()[:32]

    def hashed(self, *parts: str) -> bytes:
        """Sixteen bytes to look a row up by; the same parts always give the same."""
        return _hashed(self.lookup, parts)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The keys that seal what belongs to staff and sign links: the one for what is new, then all that still open.

        0 is the look-up key. A ring from the first release goes on with it until it is rotated, so that processes of
        that release beside us, or after going back to it, open what we seal.
        """
        new = int(self.current) if self.current in self.since else 0
        every = [*sorted(map(int, self.keys), reverse=True), *([0] if self.lookup_opens else [])]
        return (new, *(one for one in every if one != new))

    def made(self, number: int, what: bytes) -> bytes:
        """A key for one use, made from key ``number`` (0: the look-up key). KeyError where the ring has none."""
        if number == 0 and not self.lookup_opens:
            raise KeyError(number)
        return hmac.digest(self.keys[str(number)] if number else self.lookup, what, hashlib.sha256)

    def marks(self, *parts: str) -> tuple[bytes, ...]:
        """What signs these parts, sixteen bytes each: by the key for what is new, then by those that still count."""
        return tuple(_hashed(self.made(one, b"hearback mark") if one else self.lookup, parts) for one in self.numbers)

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


def _hashed(key: bytes, parts: Iterable[str]) -> bytes:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).digest()


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
