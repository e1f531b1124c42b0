"""Files that people send: checked by their first bytes, sealed while they stream, durable before a turn.

What a camera wrote beside a picture or a film, such as the place, is taken out first (``storage.metadata``).

A file lies at folder/ab/abcdef…, sealed in pieces of 64 KiB with a key of its own (AES-GCM; the
piece's number and "last" are part of the nonce, so that pieces cannot be cut, swapped or dropped).
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, insert, select

from flows.session import Media
from storage import metadata, models, scans
from storage.database import NotSaved
from storage.erasing import doom_media
from storage.models import table
from storage.secrets import Tampered, sync_folder
from storage.vault import Vault

if TYPE_CHECKING:
    from storage.turns import Writer

#: The largest file that is taken, in bytes.
LIMIT = 25 * 1024 * 1024
_PIECE = 64 * 1024
_MEDIA = table(models.Media)
#: What a camera wrote beside it is gone, or it is no file of a camera; it could not be taken out.
STORED, PLACED = "stored", "placed"


class Refused(ValueError):
    """A file that is not taken. ``why``: "empty", "large" or "type"; the text says what to do."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


def kind_of(head: bytes, name: str = "") -> tuple[str, str]:
    """(kind, MIME type) by a file's first 4 KiB; ``name`` only tells one office format from another. Or Refused."""
    for start, kind, mime in _STARTS:
        if head.startswith(start):
            return kind, mime
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12].strip(), ("video", "video/mp4"))
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ("audio", "audio/webm") if b"A_OPUS" in head and b"V_" not in head else ("video", "video/webm")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio", "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    ending = name.lower().rpartition(".")[2]
    if head.startswith(b"PK\x03\x04") and ending in _ZIPPED:
        return "document", _ZIPPED[ending]
    if head.startswith(b"\xd0\xcf\x11\xe0") and ending in _OLE:
        return "document", _OLE[ending]
    if ending in ("txt", "") and _is_text(head):
        return "document", "text/plain"
    raise Refused("type", "This kind of file cannot be taken. Send a photo, a recording, a video, a PDF or a document.")


def placed(db: Connection, media: Collection[str]) -> set[str]:
    """Which of these files may still say where they were made."""
    query = select(_MEDIA.c.id).where(_MEDIA.c.id.in_(list(media)), _MEDIA.c.state == PLACED)
    return set(db.execute(query).scalars())


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n\f\ufeff" for sign in text)


_STARTS = (
    (b"\xff\xd8\xff", "image", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image", "image/png"),
    (b"GIF87a", "image", "image/gif"),
    (b"GIF89a", "image", "image/gif"),
    (b"%PDF-", "document", "application/pdf"),
    (b"{\\rtf", "document", "application/rtf"),
    (b"OggS", "audio", "audio/ogg"),
    (b"ID3", "audio", "audio/mpeg"),
    (b"#!AMR", "audio", "audio/amr"),
    (b"fLaC", "audio", "audio/flac"),
    (b"\x00\x00\x01\xb3", "video", "video/mpeg"),
    (b"\x00\x00\x01\xba", "video", "video/mpeg"),
)
_RIFF = {
    b"WEBP": ("image", "image/webp"),
    b"WAVE": ("audio", "audio/wav"),
    b"AVI ": ("video", "video/x-msvideo"),
}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), ("image", "image/heic")),
    b"avif": ("image", "image/avif"),
    b"qt": ("video", "video/quicktime"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6"), ("video", "video/3gpp")),
    **dict.fromkeys((b"M4A", b"M4B"), ("audio", "audio/mp4")),
}
_OOXML = "application/vnd.openxmlformats-officedocument."
_ZIPPED = {
    "docx": _OOXML + "wordprocessingml.document",
    "xlsx": _OOXML + "spreadsheetml.sheet",
    "pptx": _OOXML + "presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
_OLE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}


class MediaStore:
    """Takes and gives back sealed files."""

    def __init__(self, folder: Path, vault: Vault, writer: Writer, *, limit: int = LIMIT) -> None:
        self.folder = folder
        self._vault = vault
        self._writer = writer
        self.limit = limit
        #: Whether a virus scanner looks at what comes; until it has, a file is marked as not looked at.
        self.scanned = False
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def store(self, organisation: str, stream: BinaryIO, claimed_name: str = "", claimed_type: str = "") -> Media:
        """Read a file to its end and keep it; durable when this returns. Blocking: call it in a thread.

        ``claimed_type`` is only believed where the content says nothing (text). Raises Refused when it is
        empty, too large or of a kind that is not taken, NotSaved when it could not be kept.
        """
        head = _full(stream, _PIECE)
        if not head:
            raise Refused("empty", "This file is empty. Please choose it again, or send another.")
        name = claimed_name or ("a.txt" if claimed_type.startswith("text/plain") else "")
        kind, mime = kind_of(head[:4096], name)
        state = STORED
        if metadata.known(mime):
            whole = head + _full(stream, self.limit - len(head) + 1)
            if len(whole) <= self.limit:
                whole, found = metadata.taken_out(mime, whole)
                state = STORED if found else PLACED
            stream = io.BytesIO(whole)
            head = _full(stream, _PIECE)
        number = secrets.token_hex(16)
        path = self._path(number)
        draft = path.with_suffix(".part")
        try:
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self.folder)
            key = self._vault.take()
            size, sha = self._seal(draft, key, number, head, stream)
            os.replace(draft, path)
            sync_folder(path.parent)
            row = {
                "id": number,
                "organisation": organisation,
                "talk": None,
                "seq": 0,
                "kind": kind,
                "mime": mime,
                "size": size,
                "sha": sha,
                "key": key,
                "state": state,
                "at": datetime.now(UTC),
            }
            self._writer.write(lambda db: self._enter(db.connection(), row)).result()
        except OSError as error:
            draft.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise NotSaved("the file could not be saved") from error
        except BaseException:
            draft.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return Media(number, kind, size)

    def _enter(self, db: Connection, row: dict[str, Any]) -> None:
        db.execute(insert(_MEDIA), row)
        if self.scanned:
            scans.wait(db, row["organisation"], row["id"], row["at"])

    def read(self, number: str, organisation: str) -> tuple[str, Iterator[bytes]]:
        """(MIME type, content in pieces). LookupError when this organisation has no such file; Tampered, Erased."""
        with self._writer.database.reading() as db:
            query = select(_MEDIA.c.mime, _MEDIA.c.key).where(
                _MEDIA.c.id == number, _MEDIA.c.organisation == organisation
            )
            row = db.execute(query).first()
        if row is None:
            raise LookupError("no such file")
        return row.mime, self._open(number, row.key)

    def sweep(self, now: datetime, after: timedelta = timedelta(hours=24)) -> None:
        """Doom files that no message ever came with."""
        where = (_MEDIA.c.talk.is_(None)) & (_MEDIA.c.at < now - after)
        self._writer.dooming(lambda db: doom_media(db.connection(), where)).result()

    def _path(self, number: str) -> Path:
        return self.folder / number[:2] / number

    def _seal(self, path: Path, key: int, number: str, piece: bytes, stream: BinaryIO) -> tuple[int, str]:
        cipher, size = self._vault.bare(key), 0
        # Keyed, so that a file somebody else has cannot be recognised here.
        sha = hmac.new(self._vault.ring.lookup, digestmod=hashlib.sha256)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            turn = 0
            while True:
                size += len(piece)
                if size > self.limit:
                    mb = self.limit // (1024 * 1024)
                    raise Refused("large", f"This file is too large: at most {mb} MB. Send a shorter or smaller one.")
                sha.update(piece)
                coming = _full(stream, _PIECE)
                file.write(cipher.encrypt(_nonce(turn, last=not coming), piece, b"media:" + number.encode()))
                if not coming:
                    break
                piece, turn = coming, turn + 1
            file.flush()
            os.fsync(file.fileno())
        return size, sha.hexdigest()

    def _open(self, number: str, key: int) -> Iterator[bytes]:
        cipher, turn = self._vault.bare(key), 0
        with self._path(number).open("rb") as file:
            piece = file.read(_PIECE + 16)
            while piece:
                coming = file.read(_PIECE + 16)
                try:
                    yield cipher.decrypt(_nonce(turn, last=not coming), piece, b"media:" + number.encode())
                except InvalidTag as error:
                    raise Tampered("a stored file was changed") from error
                piece, turn = coming, turn + 1


def _full(stream: BinaryIO, size: int) -> bytes:
    """``size`` bytes, fewer only at the end of the stream."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _nonce(turn: int, *, last: bool) -> bytes:
    # A file has a key of its own, used once: counting is enough.
    return turn.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
