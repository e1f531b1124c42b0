"""``hearback check`` asks Telegram; and what a bot is told when it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import locales
from bot.channels.contract import Account, Finding, House
from bot.channels.telegram import Telegram, setup, translate
from tests.channels.telegram.standin import BOT, TOKEN, Standin


@pytest.fixture
def api() -> Iterator[Standin]:
    api = Standin()
    yield api
    api.close()


def bot(api: Standin, base_url: str = "", token: str = TOKEN, **values: str) -> Telegram:
    nothing: Any = None
    house = House(
        nothing, nothing, nothing, lambda: datetime.now(UTC), lambda *_: b"", lambda *_: (b"",), base_url=base_url,
        provider={"telegram": api.url},
    )  # fmt: skip
    return Telegram(Account("dudley", "telegram", "dudley", {"token": token, **values}), house)


def checked(api: Standin, start: bool = False, **how: Any) -> list[Finding]:
    async def ask() -> list[Finding]:
        one = bot(api, **how)
        if start:
            await setup.introduce(one.client.bot, one.languages, translate)
            await setup.listen(one.client.bot, one.address)
        found = await one.check()
        await one.close()
        return found

    return asyncio.run(ask())


def test_all_is_well(api: Standin) -> None:
    found = checked(api, start=True)
    assert [how for how, _ in found] == ["ok", "ok", "ok"]
    assert any("https://t.me/hearback_test_bot" in sentence for _, sentence in found)
    assert not api.wrong


def test_a_bot_that_never_started(api: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BOT, "can_join_groups", True)
    found = dict.fromkeys(how for how, _ in checked(api, base_url="https://talk.example.org"))
    sentences = " ".join(sentence for _, sentence in checked(api, base_url="https://talk.example.org"))
    assert list(found) == ["ok", "note"]
    assert "/setjoingroups" in sentences and "commands are not set" in sentences
    assert "https://talk.example.org/telegram/dudley" in sentences


def test_a_wrong_token_and_no_way_out(api: Standin) -> None:
    ((how, sentence),) = checked(api, token="5005005005:another-bot")
    assert how == "wrong" and "BotFather" in sentence and "another-bot" not in sentence
    api.fail("getMe", "reset")
    ((how, sentence),) = checked(api)
    assert how == "wrong" and "cannot be reached" in sentence


def test_updates_that_cannot_be_delivered(api: Standin) -> None:
    checked(api, start=True, base_url="https://talk.example.org")
    api.bring({"update_id": 1})
    found = checked(api, base_url="https://talk.example.org")
    assert [sentence for how, sentence in found if how == "wrong" and "Connection refused" in sentence]


def test_the_menu_is_in_every_language_and_set_once(api: Standin) -> None:
    checked(api, start=True)
    codes = [entry.code for entry in locales.offered()]
    assert set(api.commands) == {
        "",
        *(code for code in codes if len(code) == 2),
        *{"zh" for code in codes if "zh" in code},
    }
    menu = {command["command"]: command["description"] for command in api.commands["cy"]}
    assert list(menu)[:3] == ["start", "help", "urgent"]
    assert menu["urgent"] != "I am not safe"
    assert all(len(text) <= 512 for text in api.about.values())
    calls = len(api.asked("setMyCommands"))
    checked(api, start=True)
    assert len(api.asked("setMyCommands")) == calls


def test_how_updates_come(api: Standin) -> None:
    async def addresses() -> list[str]:
        bots = [
            bot(api),
            bot(api, base_url="http://127.0.0.1:8080"),
            bot(api, base_url="https://talk.example.org"),
            bot(api, base_url="https://talk.example.org", updates="polling"),
            bot(api, base_url="http://127.0.0.1:8080", updates="webhook"),
        ]
        found = [one.address for one in bots]
        for one in bots:
            assert bool(one.routes()) == bool(one.address)
            await one.close()
        return found

    there = "/telegram/dudley"
    assert asyncio.run(addresses()) == ["", "", f"https://talk.example.org{there}", "", f"http://127.0.0.1:8080{there}"]


def test_the_secret_is_what_telegram_allows_and_not_the_token() -> None:
    secret = setup.secret(TOKEN)
    assert 1 <= len(secret) <= 256 and secret.isalnum()
    assert secret not in TOKEN and TOKEN not in secret
    assert setup.secret(TOKEN + "x") != secret


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"token": "110201543"}, "BotFather"),
        ({"token": "1:secret with spaces"}, "BotFather"),
        ({"updates": "pull"}, "webhook"),
    ],
)
def test_what_could_never_work_is_refused_at_the_start(api: Standin, values: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        bot(api, **values)
    assert values.get("token", "pull") not in str(refused.value) or "updates" in values
