"""``hearback serve`` as it runs for people: starts quickly, says where, keeps quiet about them, stops in order."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.cli.talking import HEARBACK, environment, run

PLANTED = ("Zebedee", "Quillfeather", "07700 900456", "never rings back", "zebedee@example.org")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server in a process of its own, and a browser without JavaScript."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.out, self.err = folder / "out.txt", folder / "err.txt"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [*HEARBACK, "serve"],
                cwd=folder,
                env=environment(HEARBACK_PORT=str(self.port), HEARBACK_LOG_LEVEL="debug", HEARBACK_LOG_FORMAT="json"),
                stdout=out,
                stderr=err,
            )
        self.cookies = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        started = time.monotonic()
        while self.get("/health")[0] != 200:
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() - started < 30
            time.sleep(0.02)

    def get(self, path: str, data: bytes | None = None) -> tuple[int, str]:
        """(status, page); status 0 when nobody listens."""
        try:
            with self.browser.open(self.address + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def say(self, page: str, path: str, **fields: str) -> tuple[int, str]:
        """Send the page's own form, with some fields filled in."""
        hidden = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page))
        return self.get(path, urllib.parse.urlencode(hidden | fields).encode())

    def stop(self) -> float:
        """Seconds that an orderly stop took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        return time.monotonic() - began


@pytest.fixture
def server(house: Path) -> Iterator[Server]:
    running = Server(house)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_it_prints_an_address_for_each_organisation(server: Server) -> None:
    printed = server.out.read_text()
    for organisation in ("action-for-children", "childrens-links", "dudley", "sandwell", "together-for-children"):
        assert f"{server.address}/{organisation}/" in printed
        assert server.get(f"/{organisation}/")[0] == 200
    assert server.get("/")[0] == 200
    assert server.get("/nobody/")[0] == 404


def test_a_port_that_is_taken_is_explained(server: Server, house: Path) -> None:
    done = run(house, "serve", "--port", str(server.port))
    assert done.returncode == 1
    assert f"Port {server.port} is taken" in done.stderr
    assert f"HEARBACK_PORT={server.port + 1} make run" in done.stderr


def test_what_people_say_is_in_no_log_and_not_in_the_clear_on_disk(server: Server, house: Path) -> None:
    path = "/dudley/"
    _, page = server.get(path)
    status, page = server.say(page, path, do="start")
    assert status == 200
    for words in ("Make a complaint", f"I am {' '.join(PLANTED)}", "yes", " ".join(PLANTED)):
        status, page = server.say(page, path, text=words)
        assert status == 200
    planted = urllib.parse.quote(" ".join(PLANTED))
    server.get(f"/{planted}/")
    server.get(f"{path}?from={planted}&lang={planted}")
    server.get(path, f"token={planted}&text={planted}".encode())
    server.get(path, b"\xff\xfe" + planted.encode())
    seconds = server.stop()
    assert seconds < 5
    log = server.err.read_text() + server.out.read_text()
    assert '"event": "listening"' in log
    assert "everything that was taken is saved" in log
    everything = log.encode() + b"".join(file.read_bytes() for file in (house / "data").rglob("*") if file.is_file())
    assert not [
        word for word in PLANTED if word.encode() in everything or urllib.parse.quote(word).encode() in everything
    ]


def test_a_stop_does_not_wait_for_open_pages(server: Server) -> None:
    _, page = server.get("/dudley/")
    server.say(page, "/dudley/", do="start")
    cookie = "; ".join(f"{one.name}={one.value}" for one in server.cookies)
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(
            f"GET /dudley/socket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.address}\r\n"
            f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b" 101 " in line.recv(200)
        assert server.stop() < 5


def test_what_was_said_is_there_after_a_kill(server: Server, house: Path) -> None:
    _, page = server.get("/sandwell/")
    _, page = server.say(page, "/sandwell/", do="start")
    status, _ = server.say(page, "/sandwell/", text="I want to make a complaint about my social worker")
    assert status == 200
    server.process.kill()
    server.process.wait()
    again = Server(house)
    again.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    for one in server.cookies:
        again.browser.addheaders.append(("Cookie", f"{one.name}={one.value}"))
    status, page = again.get("/sandwell/")
    assert "I want to make a complaint about my social worker" in page
    again.stop()
