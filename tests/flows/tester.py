"""A talk that reads like one: ``say``, ``press``, ``asks``. The session goes through JSON before every turn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from flows.engine import turn
from flows.message import Message, render
from flows.session import Effect, FileIt, Media, Need, Said, Say, Session, Voice, World

#: A Friday, ten in the morning in London.
START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LATER = {
    "reference": "HB-7K3M-2Q",
    "receipt": "1111 2222 3333 4444",
    "acknowledge_by": "23 November",
    "answer_by": "4 December",
}
E = TypeVar("E", bound=Effect)


def through_json(session: Session) -> Session:
    """What the store does to a session between two turns."""
    return Session.from_json(json.loads(json.dumps(session.to_json())))


class Talking:
    """One person in one talk with the engine."""

    def __init__(self, world: World, channel: str = "web", **entry: str) -> None:
        self.world = world
        self.session = Session(channel=channel)
        self.now = START
        self.effects: tuple[Effect, ...] = ()
        self.all: list[Effect] = []
        self.entry = {"language": "en", **entry}

    def send(self, **what: Any) -> Message | None:
        """One turn with any Said; the message it led to."""
        self.now += timedelta(seconds=20)
        if self.session.last is None:
            what.setdefault("entry", {k: v for k, v in self.entry.items() if v})
        self.session, self.effects = turn(through_json(self.session), Said(at=self.now, **what), self.world)
        self.all += self.effects
        return self.message

    def open(self) -> Message | None:
        return self.send(event="open")

    def say(self, *texts: str) -> Message | None:
        for text in texts:
            self.send(text=text)
        return self.message

    def press(self, *values: str) -> Message | None:
        """Press buttons of the open question, one after the other as each is answered."""
        for value in values:
            assert self.step, "nothing is asked"
            self.send(choice=f"{self.step}={value}")
        return self.message

    def photo(self, text: str = "") -> Message | None:
        return self.send(media=(Media("m1", "image", 2048),), text=text)

    def asked(self, about: str = "begun", register: str = "", easy: bool = False) -> Message | None:
        """We ask how we did: some days after whatever was said before, in the language of this talk."""
        self.now += timedelta(days=3)
        if self.session.last is None:
            voice = Voice(self.entry["language"])
            self.session = self.session.but(flow="over", voice=voice, record=1, last=self.now - timedelta(days=3))
        entry = {"reference": "HB-7K3M-2Q", "about": about, "register": register, "easy": "yes" if easy else ""}
        said = Said(at=self.now, event="ask", entry=entry)
        self.session, self.effects = turn(through_json(self.session), said, self.world)
        self.all += self.effects
        return self.message

    def found(self, **found: str) -> Message | None:
        """The store answers a look-up."""
        before = self.effects
        self.session, self.effects = turn(
            through_json(self.session), Said(at=self.now, event="found", found=found), self.world
        )
        self.all += self.effects
        self.effects = (*(e for e in before if not isinstance(e, Need)), *self.effects)
        return self.message

    def wait(self, **delta: float) -> Message | None:
        """Silence: the clock goes on, and the talk is woken when it asked to be."""
        self.now += timedelta(**delta)
        wake = self.session.wake
        if wake is None or wake > self.now:
            self.effects = ()
            return None
        self.session, self.effects = turn(through_json(self.session), Said(at=self.now, event="wake"), self.world)
        self.all += self.effects
        return self.message

    @property
    def message(self) -> Message | None:
        say = next((e for e in self.effects if isinstance(e, Say)), None)
        return (
            render(say, self.world, LATER if any(isinstance(e, FileIt) for e in self.effects) else {}) if say else None
        )

    @property
    def step(self) -> str:
        return next((e.step for e in self.effects if isinstance(e, Say)), "")

    @property
    def heard(self) -> str:
        return " ".join(self.message.lines) if self.message else ""

    def got(self, kind: type[E]) -> list[E]:
        """The effects of one kind in the last turn."""
        return [e for e in self.effects if isinstance(e, kind)]

    def ever(self, kind: type[E]) -> list[E]:
        return [e for e in self.all if isinstance(e, kind)]

    @property
    def record(self) -> FileIt:
        """The record as it was last filed."""
        return self.ever(FileIt)[-1]

    def words(self, step: str) -> tuple[str, ...]:
        """The person's own words on the record under a question."""
        return next((e.words for e in self.record.entries if e.step == step), ())
