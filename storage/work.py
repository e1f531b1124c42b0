"""What the writer does for one message: the job that waits, the turn under way, the reply."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flows.message import Message
from flows.session import Effect, Media, Need, Said, Session
from storage.post import Inbound

#: What stands in the log where a receipt stood.
MASK = "•••• •••• •••• ••••"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a taken message led to, committed.

    seq        number of the last message of the talk
    messages   (number, message) that the turn produced, receipts unmasked
    reference  of the record this turn filed, "" for none; ``receipt`` its sixteen digits in groups
    duplicate  this message had been taken before; the reply is the one of then
    parked     it could not be understood by the program; it is kept for staff and the person was told
    """

    talk: int
    seq: int
    messages: tuple[tuple[int, Message], ...]
    reference: str = ""
    receipt: str = ""
    duplicate: bool = False
    parked: bool = False


@dataclass(slots=True, eq=False)
class Job:
    """One turn that waits to be done: ``inbound``, the answer to ``need``, or the waking of ``talk``.

    lane     keyed hash of the person's address: jobs of one lane are done one at a time, in order
    key      keyed hash of the inbound's (organisation, endpoint, external_id)
    so_far   messages of the turn that asked
    size     bytes of the text
    began    when it came, by the machine's own time; it is not done before ``after`` (``storage.queue``)
    """

    lane: bytes
    at: datetime
    future: Future[Reply]
    inbound: Inbound | None = None
    key: bytes = b""
    talk: int = 0
    need: Need | None = None
    found: bytes | None = None
    barred: bool = False
    so_far: tuple[tuple[int, Message], ...] = ()
    organisation: str = ""
    channel: str = ""
    size: int = 0
    began: float = 0.0
    after: float = 0.0


@dataclass(slots=True, eq=False)
class Work:
    """One turn under way. ``talk`` is its row as a dict; ``wrong`` is why it has to be parked."""

    job: Job
    talk: dict[str, Any]
    fresh: bool
    session: Session = field(default_factory=Session)
    said: Said | None = None
    after: Session = field(default_factory=Session)
    effects: tuple[Effect, ...] = ()
    wrong: Exception | None = None
    turn_no: int = 0
    first_seq: int = 0
    messages: list[tuple[int, Message]] = field(default_factory=list)
    need: Need | None = None
    barred: bool = False
    case_id: int | None = None
    reference: str = ""
    receipt: str = ""
    log_said: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to, told once it is committed: a reply, or a look-up to be done first (``need``).

    ``pause``: seconds that it takes longer, since numbers are being guessed
    """

    job: Job
    reply: Reply | None
    need: Need | None = None
    barred: bool = False
    talk: int = 0
    erased: bool = False
    pause: float = 0.0


def well_formed(text: str) -> str:
    """Text that every store and channel can carry: pairs of surrogates joined, lone ones replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cleaned(inbound: Inbound) -> Inbound:
    """The inbound with every text well-formed, and no NUL where the database would refuse it."""

    def plain(text: str) -> str:
        return well_formed(text).replace("\x00", "")

    return replace(
        inbound,
        endpoint=plain(inbound.endpoint),
        sender=plain(inbound.sender),
        external_id=well_formed(inbound.external_id),
        text=well_formed(inbound.text),
        choice=plain(inbound.choice),
        language=plain(inbound.language),
        entry={plain(step): plain(value) for step, value in inbound.entry.items()},
    )


def packed(data: Any) -> bytes:
    """JSON as it is sealed."""
    return _written(data).encode("utf-8", "replace")


#: Made once, since ``json.dumps`` makes an encoder for every call that asks for anything.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def log_of(inbound: Inbound) -> dict[str, Any]:
    """What the log keeps of something said."""
    out: dict[str, Any] = {"text": inbound.text}
    if inbound.choice:
        out["choice"] = inbound.choice
    if inbound.media:
        out["media"] = [[m.id, m.kind, m.size] for m in inbound.media]
    return out


def media_of(rows: list[list[Any]]) -> tuple[Media, ...]:
    """What was sent along, from the rows that ``log_of`` keeps."""
    return tuple(Media(*row) for row in rows)


def masked(message: Message) -> Message:
    """The message with its secrets covered."""
    if not message.secret:
        return message

    def cover(text: str) -> str:
        for secret in message.secret:
            text = text.replace(secret, MASK)
        return text

    return replace(message, lines=tuple(cover(line) for line in message.lines), more=cover(message.more), secret=())


def unmasked(message: Message, secrets: tuple[str, ...]) -> Message:
    """The message as it was before ``masked`` (which covers one secret, the receipt)."""
    if len(secrets) != 1:
        return message

    def uncover(text: str) -> str:
        return text.replace(MASK, secrets[0])

    return replace(
        message, lines=tuple(uncover(line) for line in message.lines), more=uncover(message.more), secret=secrets
    )
