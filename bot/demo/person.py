"""One invented person at a phone or a browser: every message goes to the engine as anybody's does."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import locales
from flows.message import Message
from storage.post import Inbound
from storage.turns import Reply, Writer

#: The name of the number or bot that they write to: nobody's, so that nothing ever leaves.
ENDPOINT = "demonstration"
#: After so many messages without a record something is wrong with the script, and the person gives up.
MOST = 40


class GaveUp(RuntimeError):
    """A person got nowhere: the script and the conversation do not fit. Says where, without words."""


class Person:
    """``answers``: step -> option, or words. What is not there is skipped, or the first option is taken."""

    def __init__(
        self,
        writer: Writer,
        organisation: str,
        channel: str,
        name: str,
        language: str,
        rng: Random,
        now: datetime,
        answers: dict[str, str],
        from_: str = "",
    ) -> None:
        self.writer, self.organisation, self.channel = writer, organisation, channel
        self.name, self.language, self.rng, self.now = name, language, rng, now
        self.answers, self.from_ = answers, from_
        self.last: Message | None = None
        self.count = 0
        self.told = False

    def send(self, text: str = "", choice: str = "", event: str = "") -> Reply:
        """One message, some seconds after the last."""
        self.count += 1
        self.now += timedelta(seconds=self.rng.randint(6, 70))
        entry = {"campaign": self.from_} if self.from_ and self.count == 1 else {}
        reply = self.writer.take(
            Inbound(
                self.organisation,
                self.channel,
                "web" if self.channel == "web" else ENDPOINT,
                self.name,
                f"{self.name}-{self.count}",
                self.now,
                text=text,
                choice=choice,
                entry=entry,
                language=self.language,
                event=event,
            )
        ).result(60)
        if reply.messages:
            self.last = reply.messages[-1][1]
        return reply

    def answer(self) -> Reply:
        """What they do about the question that is open."""
        if self.last is None:
            return self.send(event="open") if self.channel == "web" else self.send(_HELLO[self.language])
        step, tokens = self.last.step, [one.token for one in self.last.choices]
        if step == "story" and self.told and "story=done" in tokens:
            return self.send(choice="story=done")
        wanted = self.answers.get(step, "")
        if f"{step}={wanted}" in tokens:
            return self.send(choice=f"{step}={wanted}")
        if wanted and self.last.typing and step not in ("kind",):
            self.told = self.told or step == "story"
            return self.send(wanted)
        if step in ("!language", "!confirm"):
            same = [token for token in tokens if token in (f"{step}={self.language}", f"{step}=yes")]
            return self.send(choice=(same or tokens)[0])
        if self.last.skip:
            return self.send(locales.words(self.language).anytime["skip"][0])
        return self.send(choice=tokens[0]) if tokens else self.send("…")

    def file(self) -> str:
        """From hello to the receipt; the reference."""
        for _ in range(MOST):
            if reference := self.answer().reference:
                return reference
        raise GaveUp(
            f"no record after {MOST} messages, {self.channel}, {self.language}, at {self.last and self.last.step}"
        )

    def half(self, step: str) -> None:
        """Until that question is open; then they are gone."""
        for _ in range(MOST):
            self.answer()
            if self.last is not None and self.last.step == step:
                return


#: Nothing but a greeting: whatever else it said would stand in the record as what happened.
_HELLO = {
    "en": "Hello", "cy": "Helo", "pl": "Dzień dobry", "ar": "مرحبا", "uk": "Добрий день", "ur": "السلام علیکم",
    "ro": "Bună ziua", "zh_Hans": "你好",
}  # fmt: skip
