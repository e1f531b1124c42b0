"""Slow headers, slow bodies, other hosts, and the headers of every answer: the whole application on a real port."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from aiohttp import web

from bot import gate
from bot.app import application
from bot.config import BadSettings, Settings, load
from bot.deployment import profiles, watch, worlds
from bot.store import open_store
from tests.serving import listening


@contextmanager
def serving(settings: Settings, door: gate.Gate | None = None, idle: float = gate.IDLE) -> Iterator[int]:
    """The whole of Hearback, on a port of its own; ``door`` instead of its own gate."""
    found = profiles(settings)
    store = open_store(settings, worlds(found, watch()), found)

    def make() -> web.Application:
        app = application(settings, found, store)
        if door is not None:
            app.middlewares.append(door.stand)
        return app

    try:
        with listening(make, keepalive_timeout=idle) as port:
            yield port
    finally:
        store.close()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    settings = load(data=tmp_path_factory.mktemp("gate"), base_url="https://talk.example.org", organisations="dudley")
    door = gate.Gate(least=64, span=0.5)
    with serving(settings, door, idle=1.0) as found:
        yield found


def ended(port: int, head: bytes, drop: bytes = b"", every: float = 0.2, most: float = 8.0) -> float:
    """Seconds until the server ends a connection that sends ``head`` and then a ``drop`` now and then."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(head)
        line.settimeout(every)
        begun = time.monotonic()
        while time.monotonic() - begun < most:
            try:
                if drop:
                    line.sendall(drop)
                if not line.recv(4096):
                    return time.monotonic() - begun
            except TimeoutError:
                continue
            except OSError:
                return time.monotonic() - begun
    return most


def test_headers_that_trickle_are_ended(port: int) -> None:
    assert ended(port, b"GET / HTTP/1.1\r\nHost: talk.example.org\r\n", b"X") < 6
    assert ended(port, b"") < 6, "a connection that says nothing"
    assert gate.IDLE <= 120


def test_a_body_that_trickles_is_ended_and_one_that_comes_is_not(port: int) -> None:
    head = b"POST /dudley/ HTTP/1.1\r\nHost: talk.example.org\r\nContent-Length: 100000\r\n"
    head += b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    assert ended(port, head, b"a") < 6
    assert ended(port, head, b"a" * 400, every=0.1, most=2.0) == 2.0


@pytest.mark.parametrize(
    ("host", "status"),
    [("talk.example.org", 200), ("TALK.example.org", 200), ("127.0.0.1:1", 200), ("localhost", 200)]
    + [(other, 421) for other in ("evil.example", "talk.example.org.evil.example", "talk.example.org:444", "10.0.0.1")],
)
def test_only_our_own_hosts_are_answered(port: int, host: str, status: int) -> None:
    for path in ("/", "/staff/sign-in"):
        answer = requests.get(f"http://127.0.0.1:{port}{path}", headers={"Host": host}, timeout=30)
        assert answer.status_code == status, path
    assert requests.get(f"http://127.0.0.1:{port}/health", headers={"Host": host}, timeout=30).status_code == 200


def test_a_forwarded_host_is_believed_of_proxies_only() -> None:
    for proxies, status in ((("127.0.0.0/8",), True), ((), False)):
        door = gate.Gate({"talk.example.org"}, proxies)
        headers = {"Host": "inner:8080", "X-Forwarded-Host": "talk.example.org"}
        asked = _request(headers)
        assert door.answers(asked) is status


@pytest.mark.parametrize("host", ["[", "[::1", "a]b", "", "\u00e9"])
def test_a_host_that_is_none_is_not_answered(host: str) -> None:
    assert not gate.Gate({"talk.example.org"}).answers(_request({"Host": host}))


def _request(headers: dict[str, str]) -> web.Request:
    from unittest.mock import Mock

    from aiohttp.test_utils import make_mocked_request

    transport = Mock()
    transport.get_extra_info = lambda name, default=None: ("127.0.0.1", 1) if name == "peername" else default
    return make_mocked_request("GET", "/", headers=headers, transport=transport)


@pytest.mark.parametrize("path", ["/", "/dudley/", "/staff/sign-in", "/staff/nothing", "/nothing/at/all", "/health"])
def test_every_answer_is_locked_down(port: int, path: str) -> None:
    answer = requests.get(f"http://127.0.0.1:{port}{path}", headers={"Host": "talk.example.org"}, timeout=30)
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
    if "text/html" in headers["Content-Type"]:
        assert "require-trusted-types-for 'script'" in policy and "frame-ancestors 'none'" in policy
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert headers["Server"] == "Hearback"
    for cookie in answer.headers.get("Set-Cookie", "").split("\n"):
        if cookie:
            assert cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie and "SameSite" in cookie


def test_what_is_packed_is_counted_unpacked(port: int) -> None:
    bomb = gzip.compress(b"text=" + b"a" * 50_000_000)
    assert len(bomb) < 100_000
    headers = {"Host": "talk.example.org", "Content-Encoding": "gzip"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    for path in ("/dudley/", "/staff/sign-in"):
        answer = requests.post(f"http://127.0.0.1:{port}{path}", bomb, headers=headers, timeout=60)
        assert 400 <= answer.status_code < 500, path


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("123:secret\n")
    monkeypatch.setenv("HEARBACK_TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))
    assert load(data=tmp_path).telegram_token.get_secret_value() == "123:secret"
    monkeypatch.setenv("HEARBACK_TELEGRAM_TOKEN", "456:other")
    assert load(data=tmp_path).telegram_token.get_secret_value() == "456:other"
    monkeypatch.delenv("HEARBACK_TELEGRAM_TOKEN")
    monkeypatch.setenv("HEARBACK_TELEGRAM_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(BadSettings, match="cannot be read"):
        load(data=tmp_path)
    monkeypatch.delenv("HEARBACK_TELEGRAM_TOKEN_FILE")
    (tmp_path / "hearback_telegram_token").write_text("789:credential")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load(data=tmp_path / "data").telegram_token.get_secret_value() == "789:credential"
