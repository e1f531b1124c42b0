"""Web chat over HTTP: form post, checked, durable turn, answer; against the same server that only checks and answers.

The server is a process of its own; 64 browsers keep their connections and post the real complaint
flow.

    python -m benchmarks posts
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from benchmarks.pairs import Row, Size, pairs, table
from benchmarks.turns import opened
from benchmarks.world import conversation, real
from bot import app, deployment
from bot.channels.webchat import guard, intake
from bot.config import Settings

PLACE = "/sandwell/"
BROWSERS = 64


# The server -------------------------------------------------------------------------------------


def serve(port: int, folder: Path, *, durable: bool) -> None:
    """Listen until told to stop; without ``durable`` the same checks and the same answer, and nothing kept."""
    found = deployment.profiles(Settings(organisations=("sandwell",)))
    world, profile = real()
    app.warm({profile.id: profile}, {profile.id: world})
    store = opened(folder, world, profile, 1000)
    site = app.site(Settings(public_url=f"http://127.0.0.1:{port}"), found, store)

    async def answer(request: web.Request) -> web.Response:
        place = site.places["sandwell"]
        held = guard.credential(request, site, place)
        posted = await intake.read(request, site.largest)
        if posted.get("do") == "start":
            response = web.Response(status=303, headers={"Location": PLACE})
            guard.give(response, site, place, guard.new_credential())
            return response
        if not guard.own_page(request, site) or not guard.token_fits(posted.get("token"), held):
            return web.Response(status=403)
        return web.json_response({"ok": True}, headers=guard.headers(place))

    server = web.Application()
    if durable:
        server.add_routes(app.webchat.routes(site))
    else:
        server.add_routes([web.post(PLACE, answer)])
    try:
        web.run_app(server, host="127.0.0.1", port=port, print=None, access_log=None)
    finally:
        store.close()


# The browsers -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def served(folder: Path, mode: str, module: str = "benchmarks.posts") -> AsyncIterator[int]:
    """A server process of ``module``; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", module, "--serve", mode, "--port", str(port), "--folder", str(folder)]
    server = subprocess.Popen(command)
    try:
        while server.poll() is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


class Browser:
    """One kept connection, with no more to it than the measurement needs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def post(self, fields: dict[str, str], cookie: str = "") -> tuple[int, str]:
        """(status, head of the answer)."""
        body = urlencode(fields).encode()
        head = (
            f"POST {PLACE} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n{f'Cookie: {cookie}' + chr(13) + chr(10) if cookie else ''}\r\n"
        )
        return await self.send(head.encode() + body)

    async def send(self, request: bytes) -> tuple[int, str]:
        """(status, head of the answer) of a request as it goes over the wire."""
        self.writer.write(request)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"Content-Length: (\d+)", answer)
        if length:
            await self.reader.readexactly(int(length[1]))
        return int(answer.split()[1]), answer

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)


async def posts_a_second(mode: str, script: list[dict[str, str]], people: int) -> float:
    """Everybody opens the chat (not timed), then posts the whole script."""
    folder = Path(tempfile.mkdtemp(prefix="hearback-bench"))
    try:
        async with served(folder, mode) as port:
            browsers = [Browser(port) for _ in range(BROWSERS)]
            await asyncio.gather(*(browser.open() for browser in browsers))
            cookies: list[str] = []
            for _ in range(people):
                _, answer = await browsers[0].post({"do": "start", "lang": "en"})
                found = re.search(r"Set-Cookie: ([^;]+)", answer)
                assert found, f"no credential was given: {answer.splitlines()[0]}"
                cookies.append(found[1])
            waiting = iter(enumerate(cookies))

            async def browse(browser: Browser) -> None:
                for number, cookie in waiting:
                    secret = guard.token(cookie.partition("=")[2])
                    for step, fields in enumerate(script):
                        once = {"token": secret, "once": f"{number}-{step}"}
                        status, _ = await browser.post(fields | once, cookie)
                        assert status == 200, f"{mode}: {status} at {fields}"

            start = time.perf_counter()
            await asyncio.gather(*(browse(browser) for browser in browsers))
            return people * len(script) / (time.perf_counter() - start)
    finally:
        shutil.rmtree(folder)


def rows(size: Size) -> list[Row]:
    """A post of the web chat, durable against only checked."""
    world, _ = real()
    said, people = conversation(world, "web")[1:], 60 if size.quick else 200
    script = [{"choice": one.choice} if one.choice else {"text": one.text} for one in said]
    found = pairs(
        lambda: asyncio.run(posts_a_second("durable", script, people)),
        lambda: asyncio.run(posts_a_second("answer", script, people)),
        size.pairs,
    )
    return [found.row("HTTP: web chat post → durable turn → answer, ÷ the same server that only checks and answers")]


def served_or(rows: Callable[[Size], list[Row]], serve: Callable[..., None]) -> None:
    """The command line of an HTTP benchmark: be the server that is measured, or print the rows."""
    options = argparse.ArgumentParser()
    options.add_argument("--serve", choices=("durable", "answer"), help=argparse.SUPPRESS)
    options.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.port, chosen.folder, durable=chosen.serve == "durable")
    else:
        print(table(rows(Size())))


if __name__ == "__main__":
    served_or(rows, serve)
