"""The socket of an open page: what is said goes in, what is committed comes out, by sequence number."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from aiohttp import WSMsgType, web

from bot.channels.webchat import guard, intake, render
from bot.channels.webchat.chat import Chat
from bot.channels.webchat.site import Place
from bot.channels.webchat.talking import UNSAVED, unsaved
from bot.channels.webchat.view import View, labels_of, look
from bot.channels.webchat.words import speaker
from flows.reading import clean
from storage.talks import Talk
from storage.turns import Revoked

#: How long a page may be behind when a notice was missed, or the phone may have changed hands. Seconds, by chance a
#: fifth more or less: thousands of pages do not look at once.
LOOK_AGAIN = 20.0
#: Bytes of one message of the socket: 20,000 characters of any script as JSON.
LARGEST = 300_000
#: Pages that one person may have open at once.
PAGES = 10


async def socket(chat: Chat, request: web.Request) -> web.StreamResponse:
    """GET /<organisation>/socket, upgraded."""
    place = chat.place(request)
    held = guard.credential(request, chat.site, place)
    if not request.headers.get("Origin") or not guard.own_page(request, chat.site):
        raise web.HTTPForbidden
    talk = await _opened(chat, place, held)
    if talk is not None and chat.rooms.count(talk.id) >= PAGES:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
    line = web.WebSocketResponse(heartbeat=25, max_msg_size=LARGEST, compress=False)
    await line.prepare(request)
    if talk is None:
        await line.send_json({"type": "gone"})
        await line.close()
        return line
    with chat.rooms.enter(talk.id) as news:
        hello = await _receive(line, 10)
        if hello is None or hello.get("type") != "hello" or not guard.token_fits(str(hello.get("token")), held):
            await line.close()
            return line
        since = hello.get("since")
        teller = asyncio.create_task(
            _tell(chat, request, line, place, held, news, since if isinstance(since, int) else 0)
        )
        try:
            while (message := await _receive(line)) is not None:
                if message.get("type") == "say":
                    await _take(chat, request, line, place, held, message)
        finally:
            teller.cancel()
    return line


async def _opened(chat: Chat, place: Place, held: str) -> Talk | None:
    """The talk of a credential; a store that is away for the moment ends the line, and the page tries again."""
    try:
        return await chat.talking.find(place, held)
    except UNSAVED as error:
        unsaved(error)
        raise web.HTTPServiceUnavailable from None


async def _receive(line: web.WebSocketResponse, timeout: float | None = None) -> dict[str, Any] | None:
    """The next message, or None at the end; what is not one of ours ends the line."""
    try:
        message = await line.receive(timeout)
    except TimeoutError:
        return None
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        data = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


async def _tell(
    chat: Chat,
    request: web.Request,
    line: web.WebSocketResponse,
    place: Place,
    held: str,
    news: asyncio.Event,
    since: int,
) -> None:
    """Send what is new, for as long as the page is open. The first answer always comes, and says "connected"."""
    seq, first, labels, view = since, True, {}, View()
    while not line.closed:
        news.clear()
        try:
            talk = await chat.talking.find(place, held)
            if talk is None:
                await line.send_json({"type": "gone"})
                await line.close()
                return
            if chat.talking.idle(talk):
                await line.send_json({"type": "again"})
            else:
                if first:
                    shown = [item for item in await chat.talking.since(talk, 0) if item.seq <= seq]
                    labels, view = labels_of(shown), look(shown)
                items = await chat.talking.since(talk, seq)
                if items or first:
                    asked, view = view.asked, look(items, labels, view)
                    labels |= labels_of(items)
                    seq = max(seq, view.seq)
                    language = (
                        (view.ask.language if view.ask else "") or talk.language or render.preferred(request, chat.site)
                    )
                    await line.send_json(render.fragments(chat.site, place, held, view, language, asked))
                    first = False
        except UNSAVED as error:
            unsaved(error)
        except ConnectionError:
            return
        try:
            await asyncio.wait_for(news.wait(), LOOK_AGAIN * random.uniform(0.8, 1.2))
        except TimeoutError:
            continue


async def _take(
    chat: Chat, request: web.Request, line: web.WebSocketResponse, place: Place, held: str, message: dict[str, Any]
) -> None:
    """One thing said by the socket: "taken" once it is committed, "problem" otherwise."""
    once = str(message.get("once", ""))[:64]
    choices = message.get("choice") or []
    posted = intake.Posted(
        fields={
            "text": clean(str(message.get("text") or "")),
            "command": str(message.get("command") or ""),
            "first": str(message.get("first") or ""),
            "once": once,
            "do": "say",
        },
        choices=tuple(clean(str(choice))[:200] for choice in choices[:50]) if isinstance(choices, list) else (),
    )
    talk: Talk | None = None
    try:
        talk = await chat.talking.find(place, held)
        if talk is None:
            await line.send_json({"type": "gone"})
            return
        if problem := chat.talking.problem(posted):
            await line.send_json({"type": "problem", "once": once, "text": _words(chat, request, talk, problem)})
            return
        await chat.talking.hear(place, held, talk, posted)
        await line.send_json({"type": "taken", "once": once})
    except Revoked:
        await line.send_json({"type": "gone"})
    except UNSAVED as error:
        unsaved(error)
        await line.send_json({"type": "problem", "once": once, "text": _words(chat, request, talk, "not_saved_more")})


def _words(chat: Chat, request: web.Request, talk: Talk | None, key: str) -> str:
    language = (talk.language if talk else "") or render.preferred(request, chat.site)
    return speaker(chat.site.translate, language)(key)
