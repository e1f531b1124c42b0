"""What every test shares: a house of its own, and no way out of this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LOOPBACK = ("127.", "::1", "localhost")


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
