"""The whole server in a process of its own: stopped under load, with thousands of open pages, with slow clients."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import requests

from storage.secrets import KeyRing
from tests.channels.test_kill import Served
from tests.channels.twilio import Phone, Twilio
from tests.faults.record import rounds, tried

HELLO = "hello there, I want to say something"


def texters(server: Served, twilio: Twilio, answers: list[tuple[str, str, int]], over: threading.Event) -> None:
    """One after the other sends texts until ``over``; what came back is noted, 0 for a line that was cut."""

    def one(place: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            phone = Phone(server, twilio, f"+4477{place:02}{len(answers) % 100_000:06}")  # type: ignore[arg-type]  # its address is all that is used
            form = phone.form(HELLO)
            try:
                answer = phone.post(form)
            except requests.RequestException:
                answers.append((form["MessageSid"], "", 0))
                time.sleep(0.02)
                continue
            answers.append((form["MessageSid"], answer.text, answer.status_code))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))


@pytest.mark.soak(only="it starts many servers")
@pytest.mark.timeout(3600)
def test_a_stop_under_load_keeps_what_was_acknowledged(tmp_path: Path, twilio: Twilio, provider: str) -> None:
    server, answers = Served(tmp_path, provider), []
    times, slowest = rounds(1, 30), 0.0
    for _ in range(times):
        over = threading.Event()
        with server.running() as process:
            load = threading.Thread(target=texters, args=(server, twilio, answers, over))
            load.start()
            before = len(answers)
            while len(answers) < before + 40:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert process.wait(30) == 0
            slowest = max(slowest, time.monotonic() - began)
            over.set()
            load.join()
    acknowledged = [sid for sid, _, status in answers if status == 200]
    assert all(text.endswith("<Response></Response>") for _, text, status in answers if status == 200)
    assert {status for _, _, status in answers} <= {0, 200, 503}
    ring = KeyRing.load(tmp_path / "keys" / "ring.json")
    ids = [ring.hashed("inbound", "dudley", "dudley", sid).hex() for sid in acknowledged]
    taken = column(tmp_path, "SELECT hex(id) FROM inbound")
    assert len(taken) == len(set(taken)) and {one.upper() for one in ids} <= set(taken), "an acknowledged text is lost"
    tried(
        "stopped (SIGTERM) under load", times, "texts", len(acknowledged),
        note=f"stopped within {slowest:.1f} s, no answer cut in half",
    )  # fmt: skip


def column(folder: Path, query: str) -> list[Any]:
    import sqlite3

    with sqlite3.connect(folder / "hearback.db") as db:
        return [row[0] for row in db.execute(query)]


class Browser:
    """A page that somebody has open, without the page."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = requests.Session()
        page = session.get(f"{url}/dudley/?lang=en", timeout=30).text
        session.post(f"{url}/dudley/", data=hidden(page) | {"do": "start", "lang": "en"}, timeout=30)
        page = session.get(f"{url}/dudley/", timeout=30).text
        self.cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        self.token = hidden(page)["token"]
        self.session, self.page = session, page

    def says(self, text: str) -> float:
        """Seconds until it was answered."""
        began = time.monotonic()
        form = hidden(self.session.get(f"{self.url}/dudley/", timeout=60).text) | {"text": text, "do": "say"}
        assert self.session.post(f"{self.url}/dudley/", data=form, timeout=60).status_code == 200
        return time.monotonic() - began


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page))


async def open_pages(url: str, browsers: list[Browser], each: int, then: Callable[[], None]) -> int:
    """Open so many sockets of each, call ``then`` in a thread while they idle; how many were open to the end."""
    origin = {"Origin": url}
    opened: list[aiohttp.ClientWebSocketResponse] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(browser: Browser) -> None:
            headers = origin | {"Cookie": browser.cookie}
            line = await session.ws_connect(
                f"{url}/dudley/socket", headers=headers, timeout=aiohttp.ClientWSTimeout(60)
            )
            await line.send_json({"type": "hello", "token": browser.token, "since": 0})
            assert (await line.receive_json(timeout=60))["type"] == "log"
            opened.append(line)

        for browser in browsers:
            await asyncio.gather(*(one(browser) for _ in range(each)))
        await asyncio.to_thread(then)
        still = sum(not line.closed for line in opened)
        await asyncio.gather(*(line.close() for line in opened), return_exceptions=True)
    return still


@pytest.mark.soak(only="thousands of web sockets")
@pytest.mark.timeout(1800)
def test_thousands_of_open_pages_and_clients_that_do_not_read(tmp_path: Path, twilio: Twilio, provider: str) -> None:
    server, people = Served(tmp_path, provider), 500
    with server.running() as process:
        memory = psutil.Process(process.pid).memory_info
        somebody = Browser(server.url)
        somebody.says("hello")
        browsers = [Browser(server.url) for _ in range(people)]
        before, found = memory().rss, {}

        def while_idle() -> None:
            found["grown"] = memory().rss - before
            cpu = psutil.Process(process.pid).cpu_times()
            time.sleep(20)
            after = psutil.Process(process.pid).cpu_times()
            found["cpu"] = (after.user + after.system - cpu.user - cpu.system) / (20)
            found["slow"] = max(somebody.says(f"word {n}") for n in range(5))

        still = asyncio.run(open_pages(server.url, browsers, 10, while_idle))
        assert still == 10 * people
        assert found["slow"] < 5, "somebody who writes waits for those who only look"
        deaf = clients_that_do_not_read(server, browsers)
        slow = max(somebody.says(f"word again {n}") for n in range(3))
        assert slow < 5
        for line in deaf:
            line.close()
        each = found["grown"] / (10 * people) / 1024
        tried(
            "web sockets open and idle", 1, "web sockets", 10 * people,
            note=f"{each:.0f} KB each, {100 * found['cpu']:.0f} % of a core, an answer within {found['slow']:.1f} s",
        )  # fmt: skip
        tried(
            "clients that never read, or send a byte now and then", 1, "connections", len(deaf),
            note=f"others were answered within {slow:.1f} s",
        )  # fmt: skip


def clients_that_do_not_read(server: Served, browsers: list[Browser]) -> list[socket.socket]:
    """Half say a request and never finish it, half ask for pages and never read them."""
    lines = []
    for number in range(100):
        line = socket.create_connection(("127.0.0.1", server.port))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        cookie = browsers[number % len(browsers)].cookie
        head = f"Host: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
        if number % 2:
            line.sendall(f"POST /dudley/ HTTP/1.1\r\n{head}Content-Length: 100000\r\n\r\ntext=".encode())
        else:
            line.sendall(f"GET /dudley/ HTTP/1.1\r\n{head}\r\n".encode() * 20)
        lines.append(line)
    return lines


@pytest.mark.soak(only="two hundred megabytes")
@pytest.mark.timeout(600)
def test_a_crowd_of_large_files_does_not_fill_the_memory(tmp_path: Path, twilio: Twilio, provider: str) -> None:
    """Four files of the largest size are in memory at once; the others stay on their way, or are told to come again."""
    server, people = Served(tmp_path, provider), 24
    largest = 8
    server.environment["HEARBACK_MEDIA_MB"] = str(largest)
    recording = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(largest * 1024 * 1024 - 200_000)
    with server.running() as process:
        browsers = [Browser(server.url) for _ in range(people)]
        memory = psutil.Process(process.pid).memory_info
        before, most, over = memory().rss, [0], threading.Event()

        def watch() -> None:
            while not over.wait(0.01):
                most[0] = max(most[0], memory().rss)

        watching = threading.Thread(target=watch)
        watching.start()

        def send(browser: Browser) -> int:
            form = hidden(browser.page) | {"do": "say", "text": "listen"}
            files = {"file": ("voice.wav", recording, "audio/wav")}
            return browser.session.post(f"{server.url}/dudley/", data=form, files=files, timeout=90).status_code

        with ThreadPoolExecutor(people) as pool:
            codes = list(pool.map(send, browsers))
        over.set()
        watching.join()
        grown = (most[0] - before) // (1024 * 1024)
        assert set(codes) <= {200, 503} and codes.count(200) >= 4, codes
        assert grown < 4 * 4 * largest + 60, f"{grown} MB"
        tried(
            f"{people} files of {largest} MB at once", 1, "files", codes.count(200),
            note=f"memory grew by {grown} MB at most, {codes.count(503)} answered 503",
        )  # fmt: skip
