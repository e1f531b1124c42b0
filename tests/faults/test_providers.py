"""A provider that is slow, fails, breaks off or says "too many": its messages arrive later, once each and in order, and
the other channel notices nothing.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels import telegram
from bot.channels.contract import Account
from tests.channels.harness import QUICK, Running, hearback
from tests.channels.telegram import payloads
from tests.channels.telegram.standin import TOKEN, Standin
from tests.channels.twilio import Phone, Twilio, account
from tests.faults.record import ROUNDS, rounds, tried

HELLO = "hello there, I want to say something"
#: How text messages fail, and Telegram.
SMS: dict[str, Any] = {
    "429, Retry-After": (429, 1), "500": (500, 20500), "reset": "reset", "breaks off": "half", "stalls": "stall",
    "nonsense": "nonsense",
}  # fmt: skip
TELEGRAM = {
    "429, Retry-After": "429", "500": "500", "reset": "reset", "breaks off": "half", "stalls": "stall",
    "nonsense": "nonsense",
}  # fmt: skip
if not ROUNDS:  # the two that need the most care; the others are in the tests of each channel
    SMS, TELEGRAM = {"stalls": "stall"}, {"breaks off": "half"}
#: Seconds that the healthy channel may take while the other fails; a stall is given up after 1.5.
SOON = 1.4


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Twilio, Standin]]:
    """One server with a number and a bot."""
    from tests.channels.harness import served

    twilio, api = Twilio(), Standin()
    patience = replace(QUICK, call=1.5, lease=5.0, tries=20)
    accounts = [account(), Account("dudley", "telegram", "dudley", {"token": TOKEN, "updates": "webhook"})]
    with pytest.MonkeyPatch.context() as patch, served(twilio.application) as (provider, _):
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setattr(telegram, "SOON", 0.02)
        patch.setattr(telegram, "LATE", 0.1)
        folder: Path = tmp_path_factory.mktemp("both")
        with hearback(folder, accounts, patch, patience, twilio_url=provider, telegram_url=api.url) as running:
            api.wait(lambda: bool(api.webhook))
            yield running, twilio, api
    api.close()


class People:
    """Somebody new on each channel at each round."""

    def __init__(self, running: Running, twilio: Twilio, api: Standin) -> None:
        self.running, self.twilio, self.api = running, twilio, api
        self._number = itertools.count(1)

    def texts(self) -> Phone:
        phone = Phone(self.running, self.twilio, f"+4477009{next(self._number):05}")
        phone.send(HELLO)
        return phone

    def writes(self) -> int:
        number = next(self._number)
        chat = 7_700_900_000 + number
        assert self.running.looping.do(self.api.deliver(payloads.text(1000 + number, HELLO, chat, "en"), "")) == 200
        return chat


def until(ready: Any, seconds: float) -> float:
    """How long it took; fails when it takes longer."""
    began = time.monotonic()
    while not ready():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_one_provider_fails_and_the_other_channel_notices_nothing(both: tuple[Running, Twilio, Standin]) -> None:
    running, twilio, api = both
    people = People(*both)
    slowest, times, count = 0.0, rounds(1, 12), 0
    for _ in range(times):
        for fault in SMS.values():
            twilio.next = [fault]
            texter = people.texts()
            until(lambda: not twilio.next, 5)
            chat = people.writes()
            slowest = max(slowest, until(lambda chat=chat: api.sent(chat), SOON))
            running.quiet(30)
            assert len(texter.inbox) == len(set(texter.inbox)) == 2
            count += 1
        for kind in TELEGRAM.values():
            if kind == "429":  # it asks for seven seconds, by the other road
                continue
            api.fail("sendMessage", kind)
            chat = people.writes()
            until(lambda: not api.faults["sendMessage"], 5)
            texter = people.texts()
            slowest = max(slowest, until(lambda texter=texter: len(texter.inbox) >= 2, SOON))
            running.quiet(30)
            assert len(api.sent(chat)) >= 1
            count += 1
    assert not running.tasks(), "nothing was given up"
    note = f"other channel answered within {slowest * 1000:.0f} ms"
    kinds = "429 with Retry-After, 500, reset, broken off, stalled, nonsense"
    tried(f"a provider fails ({kinds})", count, "messages", 2 * count, note=note)
