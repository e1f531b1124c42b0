"""A page for one answer's files, for channels that carry none: its address comes in a text and works once.

The address holds which talk it is for and until when, and is signed; nothing is stored for it. What is
sent joins the talk as a message of its own channel, so that the conversation goes on there.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import io
from datetime import date, datetime, timedelta

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

import locales
from bot.channels.contract import House
from bot.channels.webchat import guard, intake
from bot.channels.webchat.assets import address as asset
from bot.channels.webchat.words import speaker
from flows.steps import N_
from locales import identify
from storage.media import Refused
from storage.post import Inbound
from storage.talks import Reach
from storage.turns import NotSaved

#: Days for which an address works.
DAYS = 3
_START = date(2026, 1, 1)
_PATH = "/u/"
_REFUSED = {"empty": "empty_file", "large": "too_big", "type": "bad_type"}

TITLE = N_("Send a photo, recording or file")
SAVED = N_("We have it. Thank you.")
SAVED_MORE = N_("You can close this page and go on by text message.")
GONE = N_("This address does not work any more")
GONE_MORE = N_("It works once, for three days. Text us again, and the next question has a new one.")

_jinja = Environment(loader=PackageLoader("bot.channels"), autoescape=True, undefined=StrictUndefined)


def address(house: House, talk: int, seq: int, now: datetime) -> str:
    """The address of a page for talk ``talk``; ``seq``, the number of the message it stands in, makes it its own."""
    until = (now.date() - _START).days + DAYS
    head = talk.to_bytes(8, "big") + until.to_bytes(2, "big") + (seq % 65536).to_bytes(2, "big")
    token = base64.urlsafe_b64encode(head + _marks(house, head)[0]).decode()
    return f"{house.base_url}{_PATH}{token}"


def routes(house: House) -> list[web.RouteDef]:
    """The page and what it posts."""
    page = Page(house)
    return [web.get(_PATH + "{token}", page.show), web.post(_PATH + "{token}", page.post)]


class Page:
    """The page of one address; without a script, for any phone."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.translators = {entry.code: locales.translator(entry.code) for entry in locales.offered()}

    async def show(self, request: web.Request) -> web.Response:
        """GET: the form. Opening it, or a phone that looks ahead, uses nothing up."""
        reach = await self._reach(request)
        return self._form(request, reach) if reach else self._page(request, 404, GONE, GONE_MORE)

    async def post(self, request: web.Request) -> web.Response:
        """POST: the files join the talk, once."""
        house, reach = self.house, await self._reach(request)
        if reach is None:
            return self._page(request, 404, GONE, GONE_MORE)
        try:
            posted = await intake.read(request, house.largest)
        except NotSaved:  # too many files are under way
            house.counts.add(reach.channel, "not saved")
            return self._form(request, reach, "not_saved", status=503)
        if posted.problem or not posted.files:
            return self._form(request, reach, posted.problem or "empty")
        try:
            media = []
            for file in posted.files:
                stream = io.BytesIO(file.data)
                media.append(
                    await asyncio.to_thread(house.files.store, reach.organisation, stream, file.name, file.content_type)
                )
            inbound = Inbound(
                reach.organisation,
                reach.channel,
                reach.endpoint,
                reach.sender,
                f"upload:{request.match_info['token']}",
                house.clock(),
                media=tuple(media),
            )
            reply = await house.take(inbound)
        except Refused as refused:
            return self._form(request, reach, _REFUSED[refused.why])
        except NotSaved:
            house.counts.add(reach.channel, "not saved")
            return self._form(request, reach, "not_saved", status=503)
        if reply.duplicate:
            return self._page(request, 410, GONE, GONE_MORE, reach.language)
        return self._page(request, 200, SAVED, SAVED_MORE, reach.language)

    async def _reach(self, request: web.Request) -> Reach | None:
        """Whose address it is; None when it is nobody's, or too old."""
        try:
            token = base64.b64decode(request.match_info["token"].encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return None
        head, mark = token[:12], token[12:]
        if not any(hmac.compare_digest(mark, one) for one in _marks(self.house, head)):
            self.house.counts.add("upload", "wrong address")
            return None
        until = _START + timedelta(days=int.from_bytes(head[8:10], "big"))
        if self.house.clock().date() > until:
            return None
        return await asyncio.to_thread(self.house.talks.reach, int.from_bytes(head[:8], "big"))

    def _form(self, request: web.Request, reach: Reach, problem: str = "", status: int = 422) -> web.Response:
        return self._page(request, status if problem else 200, TITLE, "", reach.language, problem=problem, form=True)

    def _page(
        self, request: web.Request, status: int, title: str, more: str, language: str = "", *,
        problem: str = "", form: bool = False,
    ) -> web.Response:  # fmt: skip
        code = language or identify.nearest(request.headers.get("Accept-Language", ""))
        code = code if code in self.translators else locales.SOURCE
        translate = self.translators[code]
        say = speaker(lambda _, message: translate("", message), code)
        size = self.house.largest // (1024 * 1024)
        html = _jinja.get_template("upload.html").render(
            tongue=locales.language(code),
            title=translate("", title),
            more=translate("", more) if more else "",
            problem=say(problem, size=size, count=intake.FILES) if problem else "",
            form=form,
            say=say,
            size=size,
            asset=asset,
        )
        return web.Response(text=html, content_type="text/html", status=status, headers=guard.headers(None))


def _marks(house: House, head: bytes) -> list[bytes]:
    return [mark[:6] for mark in house.marks("upload", head.hex())]
