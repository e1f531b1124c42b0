"""A server with one number, and a stand-in for Twilio; both are on this machine, so no proxy is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.harness import Running, hearback, served
from tests.channels.twilio import Twilio, account


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def provider(twilio: Twilio) -> Iterator[str]:
    """Address of the stand-in."""
    with served(twilio.application) as (url, _):
        yield url


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture
def running(tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        yield running
        assert not twilio.wrong
