"""How is mine going, without a conversation: a number in, the same words out as the chat would say.

It works by forms alone and keeps nothing in the browser: the slips of one browser are counted by a stamp in its page,
nobody's by their address. Whoever wants to do more goes on into the chat, where the
number, and the picture if it was given, have been said for them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.channels.webchat import guard, intake, render
from bot.channels.webchat.chat import Chat, see_other
from bot.channels.webchat.site import Place
from bot.channels.webchat.talking import UNSAVED, unsaved
from bot.channels.webchat.words import speaker
from flows.scripts import pictures, progress
from storage.looking import SKIP, Looked

#: States of a look-up in which there is something to see.
SEEN = "found"
_PICTURES = frozenset((SKIP, *(option.value for option in pictures.PROOF.options)))
_THEN = frozenset(option.value for option in progress.THEN.options)


class Progress:
    """The handlers of /<organisation>/progress, beside the chat's."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.site = chat.site

    async def show(self, request: web.Request) -> web.Response:
        """GET: the form."""
        return self._page(request, self.chat.place(request), render.preferred(request, self.site))

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST: look the number up, open the messages with a picture, or go on into the chat."""
        place = self.chat.place(request)
        if not guard.own_page(request, self.site):
            return self.chat.fail(request, place, 403, "refused", "refused_more")
        posted = await intake.read(request, self.site.largest)
        language = self.site.tongue(posted.get("lang")).code
        number = posted.get("number")[:60]
        stamp, known = self.site.looking.stamp(place.id, posted.get("stamp")[:60])
        given = next((one.partition("=")[2] for one in posted.choices if one.startswith(f"{pictures.PROOF.id}=")), "")
        given = given or posted.get("picture")
        picture = given if given in _PICTURES else ""
        then = next((one.partition("=")[2] for one in posted.choices if one.startswith(f"{progress.THEN.id}=")), "")
        try:
            if then == "nothing":
                return self._page(request, place, language)
            if then in _THEN:
                return await self._go_on(request, place, language, number, picture, then)
            return await self._look(request, place, language, number, picture, stamp, known)
        except UNSAVED as error:
            unsaved(error)
            say = speaker(self.site.translate, language)
            return self._page(request, place, language, 503, stamp=stamp, number=number, problem=say("not_loaded"))

    async def _look(
        self, request: web.Request, place: Place, language: str, number: str, picture: str, stamp: str, known: str
    ) -> web.StreamResponse:
        say = speaker(self.site.translate, language)
        mine: dict[str, Any] = {"stamp": stamp, "number": number}
        if sum(sign.isdigit() for sign in number) != 16:
            return self._page(request, place, language, 422, problem=say("progress_digits"), **mine)
        held = guard.credential(request, self.site, place)
        who = guard.sender(held) if held else known
        looking = self.site.looking.look(place.id, number, who, language, self.site.clock(), picture)
        looked: Looked = await asyncio.wrap_future(looking)
        if looked.state != SEEN:
            status = 429 if looked.state == "wait" else 422
            return self._page(request, place, language, status, problem=looked.message.lines[0], **mine)
        return self._page(request, place, language, picture=picture, message=looked.message, **mine)

    async def _go_on(
        self, request: web.Request, place: Place, language: str, number: str, picture: str, then: str
    ) -> web.StreamResponse:
        """A talk of their own in which the number has been said, with what they chose."""
        talking, held = self.chat.talking, guard.new_credential()
        await talking.take(
            place, held, render.once(), event="open", entry={"kind": progress.FLOW.id}, language=language
        )
        await talking.take(place, held, render.once(), text=number)
        if await self._asks(place, held) == pictures.PROOF.id:
            if picture in ("", SKIP):
                await talking.take(place, held, render.once(), text=self.site.word(language, SKIP))
            else:
                await talking.take(place, held, render.once(), choice=f"{pictures.PROOF.id}={picture}")
        if await self._asks(place, held) == progress.THEN.id:
            await talking.take(place, held, render.once(), choice=f"{progress.THEN.id}={then}")
        response = see_other(place)
        guard.give(response, self.site, place, held)
        return response

    async def _asks(self, place: Place, held: str) -> str:
        """The question that is open in a talk."""
        talk = await self.chat.talking.find(place, held)
        if talk is None:
            return ""
        asked = await asyncio.to_thread(self.site.talks.open_message, talk)
        return asked[1].step if asked else ""

    def _page(
        self, request: web.Request, place: Place, language: str, status: int = 200, **values: object
    ) -> web.Response:
        held = guard.credential(request, self.site, place)
        known: dict[str, object] = {"number": "", "picture": "", "message": None, "proof": pictures.PROOF.id, **values}
        known.setdefault("stamp", self.site.looking.stamp(place.id)[0])
        return render.page(
            self.site, "progress.html", language=language, place=place, held=held, status=status, **known
        )
