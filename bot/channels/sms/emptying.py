"""What Twilio keeps of a message is emptied: the text by an update with an empty body, files by deleting them.

https://www.twilio.com/docs/messaging/api/message-resource#update-a-message-resource says how. The message's own row
(numbers, times, what it cost) stays there. One that is still on its way is refused, and asked for again later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

#: Hours after which it is asked for where nothing is set: a night's backup holds the message by then.
USUAL, NEVER = "24", "never"
#: The longest that may be set, in hours: thirty days.
LONGEST = 720
#: What a message with a file that we could not fetch waits: staff may find it in the provider's console until then.
LOST = timedelta(days=30)


def after(values: Mapping[str, str]) -> timedelta | None:
    """What ``redact`` of an endpoint says, None for never; ValueError for neither hours nor "never"."""
    given = values.get("redact", USUAL)
    if given == NEVER:
        return None
    if not (given.isascii() and given.isdigit() and int(given) <= LONGEST):
        raise ValueError(f'redact must be whole hours up to {LONGEST}, like "{USUAL}", or "{NEVER}"')
    return timedelta(hours=int(given))


def empty(client: Client, number: str) -> None:
    """Have a message and its files emptied; what is gone already is nothing to do. Errors are the client's.

    ValueError where the answer does not say that it is empty now.
    """
    message = client.messages(number)
    with _may_be_gone():
        kept = message.update(body="")
        if kept.sid != number or kept.body:
            raise ValueError("the provider answered nonsense")
        if int(kept.num_media or 0):
            for file in message.media.list():
                with _may_be_gone():
                    file.delete()


@contextmanager
def _may_be_gone() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        if error.status != 404:
            raise
