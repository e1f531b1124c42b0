"""Kill -9 in the middle of sending: nothing is lost, and at most what was in flight goes twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import requests

from bot.outbox import Patience
from tests.channels.harness import free_port
from tests.channels.twilio import NUMBER, SID, TOKEN, Phone, Twilio
from tests.faults.record import tried

PEOPLE = int(os.environ.get("ROUNDS", "40"))


class Served:
    """A server in a process of its own, as far as ``Phone`` needs it."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.clock = partial(datetime.now, UTC)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEARBACK_")},
            "HEARBACK_DATA": str(folder), "HEARBACK_PORT": str(self.port), "HEARBACK_BASE_URL": self.url,
            "HEARBACK_ORGANISATIONS": "dudley", "HEARBACK_TWILIO_ACCOUNT_SID": SID,
            "HEARBACK_TWILIO_AUTH_TOKEN": TOKEN, "HEARBACK_TWILIO_NUMBER": NUMBER, "HEARBACK_TWILIO_URL": provider,
        }  # fmt: skip

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], env=self.environment, stdout=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + 60
            while True:
                try:
                    assert requests.get(self.url + "/health", timeout=5).ok
                    break
                except requests.ConnectionError:
                    assert time.monotonic() < end and process.poll() is None, "it does not start"
                    time.sleep(0.05)
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_kill_9_in_the_middle_of_sending(tmp_path: Path, twilio: Twilio, provider: str) -> None:
    chance, server = random.Random(5), Served(tmp_path, provider)
    phones = [Phone(server, twilio, f"+44770090{1000 + number}") for number in range(PEOPLE)]  # type: ignore[arg-type]  # its address is all that is used
    acknowledged: list[Phone] = []
    twilio.slow = 0.05
    kills = 0
    while len(acknowledged) < PEOPLE:
        with server.running():
            stop = min(len(acknowledged) + chance.randint(8, 16), PEOPLE)
            for phone in phones[len(acknowledged) : stop]:
                if phone.post(phone.form("hello there, I want to say something")).status_code == 200:
                    acknowledged.append(phone)
            time.sleep(chance.uniform(0.0, 0.2))
        kills += 1
    twilio.slow = 0.0
    with server.running():
        end = time.monotonic() + Patience().lease + 30
        while any("What would you like to do?" not in "".join(phone.inbox) for phone in phones):
            assert time.monotonic() < end, "something is lost"
            time.sleep(0.1)
    times = Counter((text.row, text.body) for text in twilio.texts)
    repeated = sum(count - 1 for count in times.values())
    print(f"{kills} kills, {len(times)} texts, {repeated} of them repeated")
    assert len({text.row for text in twilio.texts}) == PEOPLE, "one message for each person"
    assert repeated <= kills * Patience().at_once, "more was repeated than was in flight"
    assert max(times.values()) <= 1 + kills
    assert all(len(phone.inbox) >= 2 for phone in phones)
    tried("killed (-9) while sending texts", kills, "texts", len(times), note=f"{repeated} sent again after a kill")
