"""Our Telegram intake against bots as the libraries' own guides build them: the same updates, questions and answers.

Ours parses the update, checks for danger, seals, files, and has everything durable before the next message of that
person; 64 people at once. Nobody's answers go anywhere: the peers' client says "sent" at once, ours wait in the outbox.

    python -m benchmarks bots
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.pairs import Row, Size, folder, pairs, timed
from benchmarks.peers import peer, redis
from benchmarks.turns import opened
from benchmarks.world import Step, real, typed
from bot import endpoints
from bot.channels.contract import Account
from bot.channels.telegram import Telegram
from bot.config import Settings
from storage.store import Store

AT_ONCE = 64
ACCOUNT = Account("sandwell", "telegram", "bench", {"token": f"1234567890:{'A' * 35}"})


class Ours:
    """Our bot, with people who have talked to it before."""

    def __init__(self, store: Store, steps: list[Step]) -> None:
        house = endpoints.house(Settings(), {}, lambda: datetime.now(UTC), store)
        self.intake = Telegram(ACCOUNT, house).intake
        self.steps = steps
        self._loop = asyncio.Runner()
        self._update = itertools.count(1)
        self._chat = itertools.count(1)

    def measure(self, talks: int) -> float:
        """Turns a second of so many whole talks by new people."""
        return talks * len(self.steps) / timed(lambda: self.talk(talks, len(self.steps)))

    def talk(self, talks: int, turns: int) -> None:
        """New people say so much of the complaint."""
        self._loop.run(self._everybody([next(self._chat) for _ in range(talks)], turns))

    async def _everybody(self, chats: list[int], turns: int) -> None:
        waiting = iter(chats)

        async def one_after_the_other() -> None:
            for chat in waiting:
                for step in self.steps[:turns]:
                    await self.intake.take(self._said(chat, step.answer))

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))

    def _said(self, chat: int, text: str) -> dict[str, Any]:
        number = next(self._update)
        person = {"id": chat, "is_bot": False, "first_name": "Sam", "language_code": "en"}
        where = {"id": chat, "type": "private", "first_name": "Sam"}
        message = {"message_id": number, "date": 1795165200, "text": text, "chat": where, "from": person}
        return {"update_id": number, "message": message}


@contextmanager
def ours(where: Path, steps: list[Step], talks: int) -> Iterator[Ours]:
    """Our bot with so many open talks, three answers in."""
    world, profile = real()
    store = opened(where, world, profile, 1000)
    try:
        one = Ours(store, steps)
        one.talk(talks, 3)
        yield one
    finally:
        store.close()


def rows(size: Size) -> list[Row]:
    world, _ = real()
    steps = typed(world, channel="telegram")
    asked = [step._asdict() for step in steps]
    count, found = 20 if size.quick else 100, list[Row]()
    durable = "python-telegram-bot ConversationHandler, persistence flushed before answering"
    for talks, at_least in ((1_000, 30), (10_000, 200)):
        talks //= 10 if size.quick else 1
        with (
            folder() as where,
            ours(where, steps, talks) as mine,
            peer("persisted", steps=asked, durable=True, open=talks) as theirs,
        ):
            few = max(1, 4_000 // talks)
            pair = pairs(lambda: mine.measure(count), lambda: theirs.measure(few), size.pairs)  # noqa: B023 - used at once
            found.append(pair.row(f"÷ {durable}, {talks:,} open talks", at_least))
    with (
        folder() as where,
        ours(where, steps, 1_000) as mine,
        peer("persisted", steps=asked, durable=False, open=1_000) as default,
        peer("naive", steps=asked) as naive,
        redis(where) as port,
        peer("states", steps=asked, port=port, at_once=AT_ONCE) as states,
        peer("states", steps=asked, port=port, at_once=1) as alone,
    ):
        for what, other, at_least in (
            ("python-telegram-bot ConversationHandler, default (not durable) persistence", default, 0.8),
            (f"aiogram FSM on Redis with append-only file synced always, {AT_ONCE} people at once", states, 4),
            ("the same, one update after the other", alone, None),
            ("SQLModel AsyncSession, a session and a commit a message, SQLite", naive, None),
        ):
            pair = pairs(lambda: mine.measure(count), lambda: other.measure(count), size.pairs)  # noqa: B023 - used at once
            found.append(pair.row(f"÷ {what}", at_least))
    return found
