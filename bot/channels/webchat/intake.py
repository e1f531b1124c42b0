"""Reading a post: small fields first, then files as a stream that stops growing at the limit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from bot import limits
from flows.reading import clean

#: Bytes of a form without files, or of one field: 20,000 characters of any script, percent-encoded.
FIELD = 400_000
#: Files in one post.
FILES = 5
#: Past the limit nothing is kept, but the rest is read and dropped: a browser that cannot finish
#: sending shows its own error instead of our words. Beyond this many times the limit we hang up.
DRAIN = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came, with the name and type that the browser claims; the store looks at the bytes."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """A form as it came. ``problem`` is a key of ``words.WORDS``, "" when the files are fine."""

    fields: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    files: tuple[Upload, ...] = ()
    problem: str = ""

    def get(self, name: str) -> str:
        """A field as it was posted, "" when it was not."""
        return self.fields.get(name, "")

    @property
    def text(self) -> str:
        """What was typed, with the line ends of the browser made plain."""
        return self.get("text").replace("\r\n", "\n").strip()

    def fingerprint(self) -> str:
        """A short hash of the content: the same form sent again with other words is another message."""
        parts: Sequence[bytes] = (
            self.text.encode(),
            self.get("command").encode(),
            *(choice.encode() for choice in self.choices),
            *(hashlib.sha256(upload.data).digest() for upload in self.files),
        )
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


async def read(request: web.Request, largest: int) -> Posted:
    """The form of a request. Raises HTTPRequestEntityTooLarge only for a flood nobody sends by accident,
    Busy when too many files are under way."""
    await limits.admitted(request)
    if request.content_type == "multipart/form-data":
        return await _multipart(request, largest)
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > FIELD:
            raise web.HTTPRequestEntityTooLarge(max_size=FIELD, actual_size=len(body))
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        raise web.HTTPBadRequest from None
    return _posted(pairs, (), "")


async def _multipart(request: web.Request, largest: int) -> Posted:
    pairs: list[tuple[str, str]] = []
    files: list[Upload] = []
    problem, room, read_in_all = "", largest, 0
    if (request.content_length or 0) > DRAIN * largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=request.content_length or 0)
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise web.HTTPBadRequest
            limit = room if part.filename is not None else FIELD
            data, over = bytearray(), False
            while chunk := await part.read_chunk(65536):
                read_in_all += len(chunk)
                if read_in_all > DRAIN * largest:
                    raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=read_in_all)
                if over or len(data) + len(chunk) > limit:
                    over = True
                    data.clear()
                else:
                    data += chunk
            if part.filename is None:
                if over:
                    raise web.HTTPRequestEntityTooLarge(max_size=FIELD, actual_size=read_in_all)
                pairs.append((part.name or "", data.decode("utf-8", "replace")))
            elif over:
                problem = "too_big"
            elif part.filename == "" and not data:
                continue  # a file input left alone
            elif not data:
                problem = problem or "empty_file"
            elif len(files) >= FILES:
                problem = problem or "too_many"
            else:
                room -= len(data)
                files.append(
                    Upload(clean(part.filename)[-100:], part.headers.get("Content-Type", "")[:100], bytes(data))
                )
    except (ValueError, BadHttpMessage):
        raise web.HTTPBadRequest from None
    return _posted(pairs, tuple(files), problem)


def _posted(pairs: Sequence[tuple[str, str]], files: tuple[Upload, ...], problem: str) -> Posted:
    fields = {name: clean(value) for name, value in pairs if name != "choice"}
    choices = tuple(dict.fromkeys(clean(value)[:200] for name, value in pairs if name == "choice" and value))
    return Posted(fields, choices, () if problem else files, problem)
