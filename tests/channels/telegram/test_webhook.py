"""What comes in that should not, or comes twice, or when nothing can be saved."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.channels.telegram import payloads as p
from tests.channels.telegram.conftest import Running


@pytest.mark.parametrize("secret", [None, "wrong", "x" * 256, "é".encode().decode("latin-1")])
def test_without_the_secret_nothing_is_taken(bot: Running, secret: str | None) -> None:
    before, taken = bot.counts["telegram", "wrong secret"], bot.count("inbound")
    assert bot.webhook(p.text(next(bot.updates), "Hello"), secret) == 403
    assert bot.counts["telegram", "wrong secret"] == before + 1
    assert bot.count("inbound") == taken


MALFORMED: list[Any] = [
    b"", b"hello", b"\xff\xfe", b"[" * 100_000, b"{}", b"[]", b'{"update_id": "9"}',
    {"update_id": 9, "message": {"message_id": 1}}, b"{" + b'"a": 1,' * 200_000 + b'"b": 2}',
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_is_400_and_counted(bot: Running, body: Any) -> None:
    before, taken = bot.counts["telegram", "malformed update"], bot.count("inbound")
    assert bot.webhook(body) == 400
    assert bot.counts["telegram", "malformed update"] == before + 1
    assert bot.count("inbound") == taken


def test_malformed_when_fetched_is_counted_and_holds_nobody_up(both: Running) -> None:
    if not both.polling:
        return
    before = both.counts["telegram", "malformed update"]
    both.api.bring({"update_id": next(both.updates), "message": {"message_id": 1}})
    person = both.someone()
    person.says("/start")
    assert person.screen
    assert both.counts["telegram", "malformed update"] == before + 1


def test_the_same_update_five_times_is_taken_once(bot: Running) -> None:
    person = bot.someone()
    person.says("/start complain")
    update = p.text(next(bot.updates), "My worker never rings me back, ever", person.chat)
    taken = bot.count("inbound")

    async def at_once() -> list[int]:
        return await asyncio.gather(*(bot.api.deliver(update) for _ in range(5)))

    assert bot.server.looping.do(at_once()) == [200] * 5
    bot.quiet()
    assert bot.count("inbound") == taken + 1
    screen = len(person.screen)
    assert bot.webhook(update) == 200  # a day later
    bot.quiet()
    assert len(person.screen) == screen


def test_when_nothing_can_be_saved_telegram_is_told_and_sends_it_again(both: Running) -> None:
    person = both.someone()
    person.says("/start complain")
    update = p.text(next(both.updates), "She shouts at us in the evenings", person.chat)
    taken, screen = both.count("inbound"), len(person.screen)
    away = both.database.with_suffix(".away")
    both.database.rename(away)
    try:
        if both.polling:
            refused = both.counts["telegram", "not saved"]
            both.api.bring(update)
            both.until(lambda: both.counts["telegram", "not saved"] > refused)
            assert both.api.confirmed < update["update_id"]
        else:
            assert both.webhook(update) == 503
    finally:
        away.rename(both.database)
    if both.polling:
        both.api.wait(lambda: both.api.confirmed >= update["update_id"])
    else:
        assert both.webhook(update) == 200
    both.until(lambda: len(person.screen) == screen + 1)
    assert both.count("inbound") == taken + 1


def test_a_telegram_that_is_away_is_waited_for(both: Running) -> None:
    if not both.polling:
        return
    both.api.fail("getUpdates", "500", "reset", "nonsense", "empty", "other", "401", "502")
    person = both.someone()
    assert person.says("/start")
