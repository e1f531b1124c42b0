"""Machine translation: LibreTranslate's HTTP API against a strict stand-in, and the page that staff read by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.translator import LibreTranslate
from locales.machine import NotTranslated


@asynccontextmanager
async def server(status: int = 200, answer: Any = None, pause: float = 0.0) -> AsyncIterator[tuple[str, list[Any]]]:
    """Speaks as LibreTranslate does: JSON in, JSON out, 400 for what it does not know; "[pl] words" for words."""
    asked: list[Any] = []

    async def languages(_: web.Request) -> web.Response:
        return web.json_response([{"code": code, "name": code, "targets": []} for code in ("en", "pl", "zh-Hans")])

    async def translate(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append(body)
        await asyncio.sleep(pause)
        if status != 200:
            return web.json_response({"error": "no"}, status=status)
        if body["format"] != "text" or body.get("api_key") != "abc":
            return web.json_response({"error": "Invalid request"}, status=400)
        made = [f"[{body['source']}] {one}" for one in body["q"]]
        return web.json_response({"translatedText": made} if answer is None else answer)

    app = web.Application()
    app.add_routes([web.get("/languages", languages), web.post("/translate", translate)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", asked
    finally:
        await runner.cleanup()


def test_texts_come_back_in_their_order() -> None:
    async def run() -> None:
        async with server() as (url, asked):
            libre = LibreTranslate(url, "abc")
            assert await libre.translate(["Boję się", "dom"], "pl", "en") == ["[pl] Boję się", "[pl] dom"]
            assert await libre.translate(["你好"], "zh_Hans", "en") == ["[zh-Hans] 你好"]
            assert await libre.translate([], "pl", "en") == []
            assert [one["target"] for one in asked] == ["en", "en"]
            assert "abc" not in repr(libre)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (403, None, "key"),
        (429, None, "busy"),
        (500, None, "strange"),
        (200, {"translatedText": "one for two"}, "strange"),
        (200, {"translatedText": ["only one"]}, "strange"),
        (200, {"error": "?"}, "strange"),
        (200, ["?"], "strange"),
    ],
)
def test_what_goes_wrong_is_said(status: int, answer: Any, code: str) -> None:
    async def run() -> None:
        async with server(status, answer) as (url, _):
            with pytest.raises(NotTranslated) as wrong:
                await LibreTranslate(url, "abc").translate(["a", "b"], "pl", "en")
            assert wrong.value.code == code

    asyncio.run(run())


def test_a_language_it_does_not_know_and_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with server(pause=2) as (url, _):
            with pytest.raises(NotTranslated, match="language"):
                await LibreTranslate(url, "abc").translate(["a"], "ti", "en")
            monkeypatch.setattr("bot.translator.PATIENCE", 0.1)
            with pytest.raises(NotTranslated, match="slow"):
                await LibreTranslate(url, "abc").translate(["a"], "pl", "en")
        with pytest.raises(NotTranslated, match="away"):
            await LibreTranslate(url, "abc").translate(["a"], "pl", "en")

    asyncio.run(run())
