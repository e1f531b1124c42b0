"""Everything that can go wrong when we send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import cards
from bot.channels.contract import Account, House
from bot.channels.telegram import Telegram, client
from bot.message import SendError
from flows.message import Choice, Message
from storage.outbox import Parcel
from storage.post import Outgoing
from tests.channels.telegram.conftest import Running
from tests.channels.telegram.standin import TOKEN, Standin

ASKED = Message(("Marigold Quince, 0000 1111",), "en", step="who", choices=(Choice("who=parent", "A parent"),))


HAPPY = Choice("how=happy", "Happy", "happy", "😀")
PICTURED = Message(("How are you?",), "en", step="how", choices=(HAPPY, HAPPY), easy=True)


def parcel(to: str = "7700900123", message: Message = ASKED) -> Parcel:
    out = Outgoing("dudley", "telegram", "dudley", to, message)
    return Parcel(1, 1, 1, datetime.now(UTC), out, 9)


@pytest.fixture(scope="module")
def api() -> Iterator[Standin]:
    api = Standin()
    yield api
    api.close()


def send(
    api: Standin,
    *faults: str,
    to: tuple[str, ...] = ("7700900123",),
    token: str = TOKEN,
    message: Message = ASKED,
    photo: tuple[str, ...] = (),
) -> list[Any]:
    """What becomes of one message to each of these people. ``photo``: the faults of those that are cards."""
    api.fail("sendMessage", *faults)
    api.fail("sendPhoto", *photo)

    async def all_of_them() -> list[Any]:
        nothing: Any = None
        house = House(
            nothing,
            nothing,
            nothing,
            lambda: datetime.now(UTC),
            lambda *_: b"",
            lambda *_: (b"",),
            provider={"telegram": api.url},
        )
        bot = Telegram(Account("dudley", "telegram", "dudley", {"token": token}), house)
        found: list[Any] = []
        for one in to:
            try:
                out = parcel(one, message)
                found.append(await bot.send(out, bot.render(out)[0], 0))
            except SendError as error:
                found.append(error)
        await bot.close()
        return found

    return asyncio.run(all_of_them())


#: fault -> (code, may be tried again, after, the person wants no more)
EXPECTED = {
    "429": ("429", True, 7.0, False),
    "403": ("403", False, None, True),
    "400": ("400", False, None, False),
    "401": ("401", True, 60.0, False),
    "500": ("500", True, None, False),
    "502": ("500", True, None, False),
    "reset": ("network", True, None, False),
    "nonsense": ("nonsense", True, None, False),
    "empty": ("nonsense", True, None, False),
    "other": ("nonsense", True, None, False),
}


@pytest.mark.parametrize("fault", EXPECTED)
def test_every_failure_says_what_to_do(api: Standin, fault: str) -> None:
    (error,) = send(api, fault)
    assert isinstance(error, SendError)
    assert (error.code, error.retryable, error.after, error.stopped) == EXPECTED[fault]
    assert "Quince" not in str(error) and "7700900123" not in str(error)
    assert error.__cause__ is None


def test_a_stall_is_not_waited_for(api: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER", 0.3)
    (error,) = send(api, "stall")
    assert (error.code, error.retryable) == ("timeout", True)


def test_nobody_there(api: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Standin, "url", "http://127.0.0.1:9")
    (error,) = send(api)
    assert (error.code, error.retryable) == ("network", True)


def test_a_wrong_token_waits_with_everything(api: Standin) -> None:
    (error,) = send(api, token="5005005005:another-bot")
    assert (error.code, error.retryable, error.pause) == ("401", True, True)


def test_a_limit_told_to_several_is_the_whole_bot_s(api: Standin) -> None:
    first, second, again = send(api, "429", "429", "429", to=("1", "2", "1"))
    assert (first.pause, second.pause, again.pause) == (False, True, True)
    one, two = send(api, "429", "429", to=("1", "1"))
    assert (one.pause, two.pause) == (False, False)


def test_it_arrives_after_failures_and_in_order(bot: Running) -> None:
    person = bot.someone()
    bot.api.fail("sendMessage", "500", "reset", "nonsense", "502")
    person.says("/start")
    person.presses("kind=complaint")
    assert len(person.screen) == 2
    assert bot.count("outbox WHERE body IS NOT NULL AND state = 'sent'") == 0


def test_a_message_that_telegram_does_not_take_is_given_up(bot: Running) -> None:
    person = bot.someone()
    before = bot.count("outbox WHERE state = 'failed'")
    bot.api.fail("sendMessage", "400")
    person.says("/start")
    assert bot.count("outbox WHERE state = 'failed'") == before + 1
    assert bot.counts["telegram", "given up: 400"] >= 1
    assert "What would you like" in person.says("/again")["text"]


def test_a_card_that_cannot_be_sent_or_drawn_leaves_the_text(api: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(PICTURED, choices=PICTURED.choices * 2)
    before = len(api.sent(7700900555))
    assert all(isinstance(one, str) for one in send(api, to=("7700900555",) * 2, message=asked, photo=("", "400")))
    with monkeypatch.context() as patch:
        patch.setattr(cards, "card", broken)
        (sent,) = send(api, to=("7700900555",), message=asked)
    assert isinstance(sent, str)
    shown = api.sent(7700900555)[before:]
    assert ["photo" in one for one in shown] == [True, False, False]
    assert {one.get("caption") or one["text"] for one in shown} == {"How are you?"}
    assert len({str(one["reply_markup"]) for one in shown}) == 1


def test_when_telegram_is_away_a_card_is_tried_again(api: Standin) -> None:
    (wrong,) = send(api, to=("7700900556",), message=PICTURED, photo=("500",))
    assert isinstance(wrong, SendError) and wrong.retryable and not api.sent(7700900556)


def broken(*_: Any) -> bytes:
    raise OSError("no font")
