"""What every test shares: a house of its own, and no way out of this machine."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import store

LOOPBACK = ("127.", "::1", "localhost")
#: The files that take longest, longest first: begun last, one of them would keep one process busy while others wait.
LONGEST = (
    "console/test_every_page.py", "console/test_who_may.py", "console/test_to_the_end.py",
    "console/test_permissions.py",
    "console/test_whole_loop.py", "webchat/test_browser.py", "flows/test_walk.py", "channels/test_kill.py",
    "cli/test_chat.py", "storage/test_surveys.py", "storage/test_sending.py", "storage/test_words.py",
    "storage/test_alerting.py", "storage/test_kill.py", "storage/test_learning.py", "webchat/test_pictures.py",
    "cli/test_check.py", "console/test_enter.py", "flows/test_every_language.py", "test_sms_budget.py",
    "webchat/test_forms.py",
)  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is too long for ``make test`` has ``soak(only=why)`` and runs in ``make soak`` alone."""
    left = [
        item
        for item in items
        if not os.environ.get("ROUNDS") and any(mark.kwargs for mark in item.iter_markers("soak"))
    ]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    place = {Path(__file__).parent / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_collection_finish() -> None:
    """Thousands of tests are no rubbish: whoever looks for some need not look at them each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """A test that would reach another machine fails."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}; tests stay on this machine")
        real(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]  # put back below
    yield
    socket.socket.connect = real  # type: ignore[method-assign]  # as it was


@pytest.fixture(autouse=True, scope="session")
def _receipts_cost_little() -> Iterator[None]:
    """What a receipt costs whoever guesses numbers, and here what sixteen made ahead cost each store of a test.

    Processes that a test starts hash as slowly as ever.
    """
    usual = store.open_store.__kwdefaults__
    before = dict(usual)
    usual.update(receipts_ahead=2, receipt_cost=2**10)
    yield
    usual.update(before)


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests change nothing."""
    for name in list(os.environ):
        if name.startswith("HEARBACK_"):
            monkeypatch.delenv(name)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start ``hearback`` in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
