"""People who talk to a store in tests."""

from __future__ import annotations

import itertools
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from flows.message import Message
from flows.session import Media
from storage.post import Inbound
from storage.turns import Reply, Writer

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_numbers = itertools.count()

#: What they press where several things are offered.
CHOICES = {"kind": "complaint", "who": "parent", "check": "send", "when": "unsure", "worker": "no", "contact": "here"}


class Person:
    """One sender on one channel. Their clock goes a second a message."""

    def __init__(
        self,
        writer: Writer,
        sender: str = "",
        *,
        channel: str = "web",
        organisation: str = "example",
        endpoint: str = "",
        language: str = "en",
    ) -> None:
        self.writer = writer
        self.language = language
        self.sender = sender or f"person{next(_numbers)}"
        self.channel = channel
        self.organisation = organisation
        self.endpoint = endpoint or f"{organisation}-{channel}"
        self.now = START
        self.last: Message | None = None
        self.story = "My worker never rings back."

    def inbound(
        self, text: str = "", choice: str = "", *, number: str = "", event: str = "", media: tuple[Media, ...] = ()
    ) -> Inbound:
        self.now += timedelta(seconds=1)
        return Inbound(
            self.organisation,
            self.channel,
            self.endpoint,
            self.sender,
            number or f"{self.sender}-{next(_numbers)}",
            self.now,
            text=text,
            choice=choice,
            media=media,
            language=self.language,
            event=event,
        )

    def send(self, text: str = "", choice: str = "", **more: object) -> Future[Reply]:
        return self.writer.take(self.inbound(text, choice, **more))  # type: ignore[arg-type]  # passed on as they are

    def say(self, text: str = "", choice: str = "", **more: object) -> Reply:
        return self.heard(self.send(text, choice, **more).result(30))

    def heard(self, reply: Reply) -> Reply:
        if reply.messages:
            self.last = reply.messages[-1][1]
        return reply

    def next(self) -> Inbound:
        """What they do about the question that is open."""
        if self.last is None:
            return self.inbound(event="open")
        step, tokens = self.last.step, [choice.token for choice in self.last.choices]
        if step == "story" and "story=done" not in tokens:
            return self.inbound(self.story)
        wanted = f"{step}={CHOICES.get(step, 'done')}"
        if wanted in tokens:
            return self.inbound(choice=wanted)
        if step == "want":
            return self.inbound("An apology.")
        return self.inbound(choice=tokens[0]) if tokens else self.inbound("A few words.")

    def complain(self) -> Reply:
        """From hello to the receipt."""
        for _ in range(30):
            reply = self.heard(self.writer.take(self.next()).result(30))
            if reply.reference:
                return reply
        raise AssertionError("no receipt after thirty messages")

    def reach(self, step: str) -> Reply:
        """Until that question is open."""
        for _ in range(30):
            reply = self.heard(self.writer.take(self.next()).result(30))
            if self.last is not None and self.last.step == step:
                return reply
        raise AssertionError(f"never asked {step}")
