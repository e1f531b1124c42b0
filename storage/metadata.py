"""Takes out of pictures and films what the camera wrote beside them: where and when it was, whose phone it is.

Nothing is decoded or encoded anew: the picture keeps every pixel, and no file can make us work on it for long. Which
way up it is stays. Of half a file, whose picture still shows as far as it goes, it is taken out as well; what shows no
picture at all, or is none of its kind, is left as it came.

Sources: ITU-T T.81 annex B and Exif 2.32 (JPEG), PNG 3rd edition 11.3, the WebP container specification, GIF89a,
ISO/IEC 14496-12 and 23008-12 (MP4, MOV, 3GP, HEIC, AVIF).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

_EXIF = b"Exif\x00\x00"
#: A marker that begins or ends something: no stuffed byte, no restart.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
#: Chunks of a PNG that say how it looks; all other ancillary ones go.
_LOOKS = frozenset(
    b"tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD hIST pHYs sPLT acTL fcTL fdAT mDCV cLLI".split()
)  # fmt: skip
#: Applications of a GIF that say how often it repeats.
_REPEATS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
#: Chunks of a WebP that are the picture itself.
_WEBP_SHOWN = (b"VP8 ", b"VP8L", b"ANMF")
#: Exif that says nothing, as an item of a picture: where it begins, an empty list.
_NOTHING = b"\x00\x00\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
#: Boxes that are looked into, and boxes that go.
_INTO = frozenset((b"moov", b"trak", b"mdia", b"moof", b"traf"))
_GO = frozenset((b"udta", b"meta", b"uuid"))
#: Boxes of a picture that are left alone; ``meta`` and ``moov`` are looked into, all others go.
_PICTURE = frozenset((b"ftyp", b"mdat", b"free"))


class _Odd(Exception):
    """Not as the format says. ``left``: what is left once all that was found was taken out; None for nothing found."""

    def __init__(self, left: bytes | None = None) -> None:
        super().__init__("not as the format says")
        self.left = left


def taken_out(mime: str, data: bytes) -> tuple[bytes, bool]:
    """(a file without what the camera wrote beside it, whether all of it was found).

    As it came where it is of no such kind, or shows nothing.
    """
    clean = _CLEANERS.get(mime)
    if clean is None:
        return data, True
    try:
        return clean(data), True
    except _Odd as odd:
        return data if odd.left is None else odd.left, False
    except (IndexError, struct.error):
        return data, False


def cleaned(mime: str, data: bytes) -> bytes:
    """The file of ``taken_out``."""
    return taken_out(mime, data)[0]


def known(mime: str) -> bool:
    """Whether something is taken out of files of this kind."""
    return mime in _CLEANERS


# JPEG, PNG, WebP, GIF: written anew without it ----------------------------------------------------


def _jpeg(data: bytes) -> bytes:
    parts, at, turned, shown = [b"\xff\xd8"], 2, 1, False
    while found := _MARKER.search(data, at):  # what stands between is skipped, as those who show pictures do
        marker, at = found[0][-1], found.end()
        if marker == 0xD9:
            parts.append(b"\xff\xd9")
            break  # what follows the picture is no part of it: a film, another picture, a place
        length = int.from_bytes(data[at : at + 2], "big")
        segment = data[at : at + length]
        if length < 2:
            continue
        if len(segment) < length:
            break
        at += length
        if marker == 0xE1 and segment[2:8] == _EXIF:
            turned = _turned(segment[8:])
        if (not 0xE0 <= marker <= 0xEF and marker != 0xFE) or _wanted(marker, segment):
            parts.append(bytes((0xFF, marker)) + segment)
        if marker == 0xDA:
            shown = True
            found = _MARKER.search(data, at)
            end = found.start() if found else len(data)
            parts.append(data[at:end])
            at = end
    if not shown:
        raise _Odd
    if turned != 1:
        exif = _EXIF + _minimal(turned)
        parts.insert(1, b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
    return b"".join(parts)


def _wanted(marker: int, segment: bytes) -> bool:
    """Whether an application's segment says how the picture looks: JFIF, its colours, Adobe's transform."""
    return (
        marker == 0xE0
        or (marker == 0xE2 and segment[2:14] == b"ICC_PROFILE\x00")
        or (marker == 0xEE and segment[2:7] == b"Adobe")
    )


def _png(data: bytes) -> bytes:
    parts, at, turned = [data[:8]], 8, 1
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, whole = data[at + 4 : at + 8], data[at : at + length + 12]
        at += length + 12
        if kind == b"eXIf":
            turned = _turned(whole[8:-4])
        if kind[:1].isupper() or kind in _LOOKS:
            if kind == b"IDAT" and turned != 1:
                parts.append(_chunk(b"eXIf", _minimal(turned)))
                turned = 1
            parts.append(whole)
        if kind == b"IEND":
            break
    if not any(part[4:8] == b"IDAT" for part in parts):
        raise _Odd
    return b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _webp(data: bytes) -> bytes:
    parts, at, turned = [], 12, 1
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        whole = data[at : at + 8 + length + length % 2]
        at += len(whole)
        if kind == b"EXIF":
            turned = _turned(whole[8:].removeprefix(_EXIF))
        elif kind != b"XMP ":
            parts.append(whole)
    if not any(part[:4] in _WEBP_SHOWN for part in parts):
        raise _Odd
    if parts[0][:4] == b"VP8X":
        exif = _minimal(turned) if turned != 1 else b""
        flags = parts[0][8] & ~0x0C | (0x08 if exif else 0)
        parts[0] = parts[0][:8] + bytes((flags,)) + parts[0][9:]
        if exif:
            parts.append(b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\x00" * (len(exif) % 2))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif(data: bytes) -> bytes:
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    parts, shown = [data[:at]], False
    while at < len(data) and data[at] != 0x3B:
        start = at
        if data[at] == 0x2C:
            at += 10 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0) + 1
            keep = shown = True
        elif data[at] == 0x21:
            label, name = data[at + 1], data[at + 3 : at + 14]
            keep = label in (0xF9, 0x01) or (label == 0xFF and name in _REPEATS)
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
        if keep:
            parts.append(data[start:at])
    if not shown:
        raise _Odd
    return b"".join((*parts, b"\x3b"))


def _turned(tiff: bytes) -> int:
    """Which way up a picture is (Exif's Orientation, 1 to 8)."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return 1
    first = struct.unpack_from(f"{order}I", tiff, 4)[0]
    if first + 2 > len(tiff):
        return 1
    for entry in range(min(struct.unpack_from(f"{order}H", tiff, first)[0], 200)):
        at = first + 2 + 12 * entry
        if at + 12 > len(tiff):
            break
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, at)
        if (tag, kind) == (0x0112, 3) and 1 <= value <= 8:
            return int(value)
    return 1


def _minimal(turned: int) -> bytes:
    """Exif that says which way up, and nothing else."""
    return b"MM\x00\x2a" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)


# MP4, MOV, 3GP, HEIC, AVIF: blanked where it stands, so that nothing else moves --------------------


def _film(data: bytes) -> bytes:
    out = bytearray(data)
    with _so_far(out):
        _blank(out, 0, len(out))
    return bytes(out)


@contextmanager
def _so_far(out: bytearray) -> Iterator[None]:
    """What was found until it is not as the format says is gone."""
    try:
        yield
    except (_Odd, IndexError):
        raise _Odd(bytes(out)) from None


def _blank(out: bytearray, start: int, end: int) -> None:
    for kind, box, content, after in _boxes(out, start, end):
        if kind in _GO:
            _emptied(out, box, content, after)
        elif kind in _INTO:
            _blank(out, content, after)


def _emptied(out: bytearray, box: int, content: int, after: int) -> None:
    out[box + 4 : box + 8] = b"free"
    out[content:after] = bytes(after - content)


def _picture(data: bytes) -> bytes:
    out = bytearray(data)
    with _so_far(out):
        for kind, box, content, after in _boxes(out, 0, len(out)):
            if kind == b"meta":
                _blank_items(out, content + 4, after)
            elif kind == b"moov":
                _blank(out, content, after)
            elif kind not in _PICTURE:  # a film behind it, a maker's own notes
                _emptied(out, box, content, after)
    return bytes(out)


def _blank_items(out: bytearray, start: int, end: int) -> None:
    """Blanks the Exif and XMP items of a picture; which way up it is stands elsewhere (``irot``, ``imir``)."""
    inside = {kind: (content, after) for kind, _, content, after in _boxes(out, start, end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return
    told = dict(_told(out, *inside[b"iinf"]))
    held = inside.get(b"idat", (0, 0))[0]
    for item, where, first, length in _places(out, inside[b"iloc"][0]):
        begin = first + (held if where == 1 else 0)
        length = max(0, min(length, len(out) - begin))
        if item in told and where in (0, 1):
            out[begin : begin + length] = (_NOTHING if told[item] == b"Exif" else b"").ljust(length, b"\x00")[:length]


def _told(out: bytearray, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The items that tell of the picture: (id, kind)."""
    wide = out[start] != 0
    for kind, _, content, _ in _boxes(out, start + (8 if wide else 6), end):
        version = out[content]
        if kind != b"infe" or version < 2:
            continue
        size = 2 if version == 2 else 4
        number = int.from_bytes(out[content + 4 : content + 4 + size], "big")
        what = bytes(out[content + 6 + size : content + 10 + size])
        if what in (b"Exif", b"mime"):
            yield number, what


def _places(out: bytearray, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Where items lie (``iloc``): (item, 0 in the file or 1 in ``idat``, first byte, length)."""
    version, sizes = out[start], int.from_bytes(out[start + 4 : start + 6], "big")
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0
    at, wide = start + 6, 4 if version == 2 else 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > len(out):
            raise _Odd
        return int.from_bytes(out[at - size : at], "big")

    for _ in range(number(wide)):
        item = number(wide)
        where = number(2) & 15 if version else 0
        number(2)
        begin = number(base)
        for _ in range(number(2)):
            number(index)
            first = begin + number(offset)
            yield item, where, first, number(length)


def _boxes(out: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """The boxes between two places: (kind, its first byte, the first of its content, the one after it)."""
    at = start
    while at + 8 <= end:
        size, content = int.from_bytes(out[at : at + 4], "big"), at + 8
        if size == 1:
            size, content = int.from_bytes(out[at + 8 : at + 16], "big"), at + 16
        after = end if size == 0 else min(at + size, end)  # half a file: its last box ends with it
        if after < content:
            raise _Odd
        yield bytes(out[at + 4 : at + 8]), at, content, after
        at = after


_CLEANERS: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/heic": _picture,
    "image/avif": _picture,
    **dict.fromkeys(("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"), _film),
}
