"""Text messages over HTTP: signed webhook, durable turn, 200; against the same server that only verifies and answers.

The server is a process of its own; 64 connections post the real complaint flow, signed as Twilio signs.

    python -m benchmarks texts
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from benchmarks.pairs import Row, Size, pairs
from benchmarks.posts import BROWSERS, Browser, served, served_or
from benchmarks.turns import opened
from benchmarks.world import ENGLISH, real, typed
from bot import app, endpoints
from bot.channels.contract import Account
from bot.channels.sms import EMPTY, Sms
from bot.channels.sms.signed import SIGNATURE, sign
from bot.config import Settings

ACCOUNT = Account(
    "sandwell", "sms", "sandwell", {"account_sid": "AC" + "0" * 32, "auth_token": "t" * 32, "number": "+441632960500"}
)


class OnlyVerifies(Sms):
    """The same signature, form and answer; nothing is kept."""

    async def hear(self, request: web.Request) -> web.Response:
        await self._form(request)
        return web.Response(text=EMPTY, content_type="text/xml")


def serve(port: int, folder: Path, *, durable: bool) -> None:
    """Listen until told to stop."""
    world, profile = real()
    app.warm({profile.id: profile}, {profile.id: world})
    store = opened(folder, world, profile, 1000)
    house = endpoints.house(Settings(base_url=f"http://127.0.0.1:{port}"), {}, lambda: datetime.now(UTC), store)
    server = web.Application()
    server.add_routes((Sms if durable else OnlyVerifies)(ACCOUNT, house).routes())
    try:
        web.run_app(server, host="127.0.0.1", port=port, print=None, access_log=None)
    finally:
        store.close()


def request(port: int, person: int, step: int, text: str) -> bytes:
    """One signed post, made before the clock runs."""
    address = f"http://127.0.0.1:{port}/sms/{ACCOUNT.id}"
    form = {
        "MessageSid": f"SM{person:016d}{step:016d}",
        "AccountSid": ACCOUNT.values["account_sid"],
        "From": f"+4477009{person:05d}",
        "To": ACCOUNT.values["number"],
        "Body": text,
        "NumMedia": "0",
    }
    signature = sign(ACCOUNT.values["auth_token"], address, {name: [value] for name, value in form.items()})
    body = urlencode(form).encode()
    head = (
        f"POST /sms/{ACCOUNT.id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{SIGNATURE}: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def posts_a_second(mode: str, script: list[str], people: int) -> float:
    """Everybody sends the whole script, one message after the other is answered."""
    folder = Path(tempfile.mkdtemp(prefix="hearback-bench"))
    try:
        async with served(folder, mode, "benchmarks.texts") as port:
            lines = [Browser(port) for _ in range(BROWSERS)]
            await asyncio.gather(*(line.open() for line in lines))
            waiting = iter([[request(port, p, s, text) for s, text in enumerate(script)] for p in range(people)])

            async def text(line: Browser) -> None:
                for posts in waiting:
                    for post in posts:
                        status, _ = await line.send(post)
                        assert status == 200, f"{mode}: {status}"

            for step, words in enumerate(script):  # whatever is slow the first time
                await lines[0].send(request(port, people, step, words))
            start = time.perf_counter()
            await asyncio.gather(*(text(line) for line in lines))
            return people * len(script) / (time.perf_counter() - start)
    finally:
        shutil.rmtree(folder)


def rows(size: Size) -> list[Row]:
    """The signed webhook, durable against only verified."""
    world, _ = real()
    script, people = [step.answer for step in typed(world, ENGLISH)], 60 if size.quick else 200
    found = pairs(
        lambda: asyncio.run(posts_a_second("durable", script, people)),
        lambda: asyncio.run(posts_a_second("answer", script, people)),
        size.pairs,
    )
    what = "HTTP: signed SMS webhook → durable turn → 200, ÷ the same server that only verifies and answers"
    return [found.row(what, 0.40)]


if __name__ == "__main__":
    served_or(rows, serve)
