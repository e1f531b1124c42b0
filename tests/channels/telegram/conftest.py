"""The real store, engine, outbox and client library against a Bot API on loopback, by polling and by webhook."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.channels import telegram
from bot.channels.contract import Account, Counts
from storage.cases import Cases
from storage.store import Store
from tests.channels import harness
from tests.channels.harness import hearback
from tests.channels.telegram import payloads as p
from tests.channels.telegram.standin import TOKEN, Standin


@dataclass
class Running:
    """A server with a bot at work, and Telegram as it stands."""

    server: harness.Running
    api: Standin
    database: Path
    polling: bool
    updates: Iterator[int] = field(default_factory=lambda: itertools.count(1001))
    chats: Iterator[int] = field(default_factory=lambda: itertools.count(7700900001))

    @property
    def store(self) -> Store:
        return self.server.store

    @property
    def counts(self) -> Counts:
        return self.server.counts

    def count(self, what: str) -> int:
        """Rows: a table's name, with a condition behind it if need be."""
        with self.store.database.reading() as db:
            return int(db.exec_driver_sql(f"SELECT count(*) FROM {what}").scalar_one())

    def deliver(self, update: dict[str, Any]) -> int:
        """Have an update taken; 200, or what the webhook answered. A fetched one is taken when it is confirmed."""
        if not self.polling:
            return self.webhook(update)
        self.api.bring(update)
        self.api.wait(lambda: self.api.confirmed >= update["update_id"])
        return 200

    def webhook(self, update: Any, secret: str | None = "") -> int:
        """Post to the webhook as Telegram does."""
        return self.server.looping.do(self.api.deliver(update, secret))

    def quiet(self) -> None:
        """Until nothing waits to be sent."""
        self.server.quiet()

    def until(self, ready: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.005)

    def last_case(self, channel: str = "telegram") -> dict[str, Any]:
        """The newest record, whole."""
        cases = Cases(self.store.database, self.store.vault)
        rows = [row for row in cases.list(("dudley",)) if row["channel"] == channel]
        return cases.show(max(rows, key=lambda row: row["begun_at"])["reference"])

    def someone(self, language: str | None = "en") -> Someone:
        return Someone(self, next(self.chats), language)


@dataclass
class Someone:
    """A person with Telegram."""

    running: Running
    chat: int
    language: str | None = "en"

    def send(self, update: dict[str, Any]) -> dict[str, Any]:
        """Have it taken and answered; our last message."""
        assert self.running.deliver(update) == 200
        self.running.quiet()
        return self.screen[-1] if self.screen else {}

    def says(self, words: str) -> dict[str, Any]:
        return self.send(p.text(next(self.running.updates), words, self.chat, self.language))

    def presses(self, ending: str, on: dict[str, Any] | None = None, old: bool = False) -> dict[str, Any]:
        """Press the button that carries this ending, on the last message or on an older one."""
        shown = on or self.screen[-1]
        data = next(data for data in carried(shown) if data.endswith(ending))
        return self.send(p.press(next(self.running.updates), data, shown, self.chat, self.language, old))

    def ticks(self, ending: str) -> None:
        """Tick a box, and see the tick."""
        shown = self.screen[-1]
        before = labels(shown)
        assert self.running.deliver(
            p.press(
                next(self.running.updates),
                next(data for data in carried(shown) if data.endswith(ending)),
                shown,
                self.chat,
                self.language,
            )
        )
        self.running.until(lambda: labels(shown) != before)

    @property
    def screen(self) -> list[dict[str, Any]]:
        return self.running.api.sent(self.chat)

    @property
    def last(self) -> str:
        return words(self.screen[-1])


def words(message: dict[str, Any]) -> str:
    """What it says: its text, or what stands below its image."""
    return str(message["text"] if "text" in message else message["caption"])


def buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]


def carried(message: dict[str, Any]) -> list[str]:
    return [button["callback_data"] for button in buttons(message)]


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for button in buttons(message)]


def run(folder: Path, polling: bool) -> Iterator[Running]:
    """The whole server with a bot, at work in ``folder``."""
    values = {"token": TOKEN, "updates": "polling" if polling else "webhook"}
    account = Account("dudley", "telegram", "dudley", values)
    api = Standin()
    try:
        with (
            pytest.MonkeyPatch.context() as patch,
            hearback(folder, [account], patch, telegram_url=api.url) as server,
        ):
            patch.setattr(telegram, "SOON", 0.02)
            patch.setattr(telegram, "LATE", 0.1)
            if not polling:
                api.wait(lambda: bool(api.webhook))
            yield Running(server, api, folder / "hearback.db", polling)
    finally:
        api.close()
    assert not api.wrong, api.wrong


@pytest.fixture(scope="session", params=["polling", "webhook"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A bot that fetches its updates, and one that has them sent."""
    yield from run(tmp_path_factory.mktemp(request.param), request.param == "polling")


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A bot with a webhook."""
    yield from run(tmp_path_factory.mktemp("telegram"), False)
