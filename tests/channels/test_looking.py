"""What the server does about look-ups that wait when it is told to stop."""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from storage import guessing
from tests.channels.harness import hearback
from tests.channels.twilio import account


def looking() -> int:
    return sum(thread.name.startswith("look-ups") for thread in threading.enumerate())


def test_nobody_who_waits_keeps_the_server_from_stopping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "PAUSE", 60.0)
    before = looking()
    with hearback(tmp_path, [account()], monkeypatch) as running:
        number = running.store.receipts.mint()[0]

        def ask() -> None:
            form = urllib.parse.urlencode({"number": number, "do": "look", "lang": "en"}).encode()
            with contextlib.suppress(OSError):  # the number is wrong, or the server went away: both are meant to be
                urllib.request.urlopen(f"{running.url}/dudley/progress", form, timeout=30)

        asking = threading.Thread(target=ask)
        asking.start()
        while looking() == before:
            time.sleep(0.01)
        stopping = time.monotonic()
    asking.join()
    assert time.monotonic() - stopping < 30 and looking() == before
