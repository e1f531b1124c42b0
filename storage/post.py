"""The records that cross the store's border: one message in, one message out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flows.message import Message
from flows.session import Media


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a person did on a channel, verified and parsed.

    organisation  whose service it is for
    channel       "web", "sms", "telegram"
    endpoint      the bot, number or site it came to
    sender        the person's address there (number, chat id, credential's id); never logged
    external_id   the provider's id of this message: the same (endpoint, external_id) is taken once
    at            aware time at which the channel received it
    media         files already stored (``storage.media``)
    entry         what a poster, link or keyword preselects
    language      the channel's guess, for a talk that has none yet
    event         "", "edited" or "open" (they came to a page), as in ``flows.session.Said``
    redact        when its provider is asked to empty what it keeps of it (``storage.redacting``), None for never
    """

    organisation: str
    channel: str
    endpoint: str
    sender: str
    external_id: str
    at: datetime
    text: str = ""
    choice: str = ""
    media: tuple[Media, ...] = ()
    entry: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    event: str = ""
    redact: datetime | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Inbound.at needs a time zone: pass an aware datetime")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to deliver: ``to`` is the person's address on ``endpoint``."""

    organisation: str
    channel: str
    endpoint: str
    to: str
    message: Message
