"""What became of a reply, in words: waiting, sent, delivered, not delivered. Whether it was read is never known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.record import CaseEvent
from console.render import shown
from console.replying import REASONS
from storage import windows
from storage.replies import Delivered


@dataclass(frozen=True, slots=True)
class Delivery:
    """``state``: "waits", "page", "sent", "delivered" or "failed"; ``words`` short, ``more`` what else is known."""

    state: str
    words: str
    colour: str
    more: str = ""


def delivery(
    event: CaseEvent, found: Mapping[int, Delivered], say: Callable[..., str], language: str, now: datetime
) -> Delivery | None:
    """Of a ``replied`` or ``told`` event; None for one written another way, or whose message is not known any more."""
    if not event.data.get("seq"):
        return None
    if not event.data.get("outbox"):
        return Delivery("page", say("Written on their page"), "blue", say("Whether it was read is not known."))
    row = found.get(int(event.data["outbox"]))
    if row is None:
        return None
    if row.until is not None:
        if row.error in windows.WAITING:
            more = say("They have not written for a day, and WhatsApp carries nothing before they do.")
            return Delivery("waits", say("Waits until they write"), "amber", more)
        later = row.until > now
        words = say("Waits until {time}", time=shown(row.until, language)) if later else say("On its way")
        return Delivery("waits", words, "amber", say("A try failed ({code}).", code=row.error) if row.error else "")
    if row.state == "sent":
        words = say("Sent {time}", time=shown(row.at, language))
        return Delivery("sent", words, "blue", say("Whether it arrived is not known."))
    if row.state == "delivered":
        return Delivery("delivered", say("Delivered"), "green")
    kind, _, reason = row.error.partition(":")
    if kind == "gate" and reason in REASONS:
        why, instead = REASONS[reason]
        return Delivery("failed", say("Not sent"), "red", f"{say(why)} {say(instead)}")
    more = say("Reported: {code}. Use another way they allowed.", code=row.error) if row.error else ""
    return Delivery("failed", say("Not delivered"), "red", more)
