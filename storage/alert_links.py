"""The signed link of an alert: which message it came with, for how long. It opens nothing of what was said.

The message is the rows of ``alert_sent`` of one way and one moment. The link names the first of them, the way and its
end, under a key of its own made from the key ring: it cannot be made up, nor turned into another's. A link made before
the ring was rotated works until the older key is dropped from it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.secrets import KeyRing

#: How long a link works; whoever comes later signs in.
LIFE = timedelta(days=7)
_FORM = struct.Struct(">QQI")
_MAC = 16


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: ``sent`` is the id of the message's first row."""

    way: int
    sent: int
    until: datetime


def make(ring: KeyRing, way: int, sent: int, at: datetime) -> str:
    """The token of a link that works from ``at`` for LIFE; 48 signs that stay whole in any message."""
    body = _FORM.pack(way, sent, int((at + LIFE).timestamp()))
    return base64.urlsafe_b64encode(body + _mac(ring, ring.numbers[0], body)).decode()


def read(ring: KeyRing, token: str) -> Link | None:
    """What a token says, also when it is over; None for one that we did not make."""
    if len(token) != 48 or not token.isascii():
        return None
    try:
        found = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = found[: _FORM.size], found[_FORM.size :]
    if not any(hmac.compare_digest(mac, _mac(ring, number, body)) for number in ring.numbers):
        return None
    way, sent, until = _FORM.unpack(body)
    return Link(way, sent, datetime.fromtimestamp(until, UTC))


def _mac(ring: KeyRing, number: int, body: bytes) -> bytes:
    return hmac.digest(ring.made(number, b"hearback alert link"), body, hashlib.sha256)[:_MAC]
