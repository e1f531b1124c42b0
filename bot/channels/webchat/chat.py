"""The pages and the posts of the web chat. A GET never writes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.channels.webchat import guard, intake, people, privacy, render, said
from bot.channels.webchat.rooms import Rooms
from bot.channels.webchat.site import MB, Place, Site
from bot.channels.webchat.talking import UNSAVED, Talking, unsaved
from bot.channels.webchat.view import View
from bot.channels.webchat.words import speaker
from storage.media import Refused
from storage.talks import Talk
from storage.turns import Revoked

_REFUSED = {"empty": "empty_file", "large": "too_big", "type": "bad_type"}
#: What a link may preselect besides what the profile's own entries name.
ENTRY = ("kind", "services", "campaign", "register")
#: A link with ``?symbols=1`` begins in easy words and pictures.
SYMBOLS = "symbols"
_CODE = re.compile(r"[\w.!-]{1,60}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Chat:
    """The handlers, for one Site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.talking = Talking(site)
        self.rooms = Rooms(site.writer.listen)

    def whole(self, handler: Handler) -> Handler:
        """The handler with a page in words for whatever goes wrong while it reads."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            place = self.site.places.get(request.match_info.get("place", ""))
            try:
                return await handler(request)
            except web.HTTPNotFound:
                return self.fail(request, place, 404, "missing", "missing_more")
            except web.HTTPBadRequest:
                return self.fail(request, place, 400, "problem", "refused_more")
            except UNSAVED as error:
                unsaved(error)
                return self.fail(request, place, 503, "problem", "not_loaded")

        return guarded

    # Pages ---------------------------------------------------------------------------------

    async def places(self, request: web.Request) -> web.Response:
        """GET /: the organisations of this deployment."""
        return render.page(
            self.site,
            "places.html",
            language=render.preferred(request, self.site),
            places=tuple(self.site.places.values()),
            chosen="lang" in request.query,
            palette_of=self.site.palette,
        )

    async def show(self, request: web.Request) -> web.Response:
        """GET /<organisation>/: the first page, the conversation, or "welcome back"."""
        place = self.place(request)
        held = guard.credential(request, self.site, place)
        talk = await self.talking.find(place, held)
        if talk is None:
            return self.welcome(request, place, held, news=await said.anything(self.site, place))
        if self.talking.idle(talk):
            language = talk.language or render.preferred(request, self.site)
            view = await self.talking.view(talk)
            easy = view.ask.easy if view.ask else False
            return render.page(self.site, "back.html", language=language, place=place, held=held, easy=easy)
        return await self.chat(request, place, held, talk)

    async def chat(self, request: web.Request, place: Place, held: str, talk: Talk, **values: Any) -> web.Response:
        """The conversation as it stands."""
        view = await self.talking.view(talk)
        return render.chat(self.site, place, held, talk, view, self.language(request, talk, view), **values)

    def welcome(
        self, request: web.Request, place: Place, held: str, status: int = 200, entry: dict[str, str] | None = None,
        language: str = "", **values: object,
    ) -> web.Response:  # fmt: skip
        """The first page of an organisation. ``entry``: what is preselected, by default what the link says."""
        asked = entry if entry is not None else entry_of(place, request)
        language = language or render.preferred(request, self.site)
        if "lang" not in request.query and asked.get("language") in {t.code for t in self.site.tongues}:
            language = asked["language"]
        return render.page(
            self.site,
            "welcome.html",
            language=language,
            place=place,
            held=held,
            status=status,
            entry={name: value for name, value in asked.items() if name != "language"},
            **{"news": False, **values},
            several=len(self.site.places) > 1,
            faces=bool(self.site.faces(place)),
            easy="easy" in asked,
            carry=lambda code, symbols="1" if "easy" in asked else "": render.link(
                lang=code,
                symbols=symbols,
                **{k: v for k, v in request.query.items() if k in (*ENTRY, "from") and _CODE.fullmatch(v)},
            ),
        )

    async def said(self, request: web.Request) -> web.Response:
        """GET /<organisation>/you-said: what changed because people told us."""
        return await said.page(self.site, self.place(request), request)

    async def privacy(self, request: web.Request) -> web.Response:
        """GET /<organisation>/privacy: what becomes of what people say."""
        return privacy.page(self.site, self.place(request), request)

    async def people(self, request: web.Request) -> web.Response:
        """GET /<organisation>/people: who may be turned to, with a face and a number."""
        return people.page(self.site, self.place(request), request)

    async def photograph(self, request: web.Request) -> web.Response:
        """GET of the photograph of one of them."""
        return people.photograph(self.site, request)

    # Posts ---------------------------------------------------------------------------------

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST /<organisation>/: start, go on, or say something."""
        place = self.place(request)
        held = guard.credential(request, self.site, place)
        if not guard.own_page(request, self.site):
            return self.fail(request, place, 403, "refused", "refused_more")
        try:
            posted = await intake.read(request, self.site.largest)
        except web.HTTPRequestEntityTooLarge:
            response = self.fail(request, place, 413, "problem", "too_big")
            response.force_close()
            return response
        if posted.get("do") == "start":
            return await self.start(request, place, posted)
        if not guard.token_fits(posted.get("token"), held):
            return self.fail(request, place, 403, "refused", "refused_more", text=posted.text)
        return await self.say(request, place, held, posted)

    async def start(self, request: web.Request, place: Place, posted: intake.Posted) -> web.StreamResponse:
        """A new credential and its first turn."""
        held = guard.new_credential()
        entry = {
            name.removeprefix("entry."): value
            for name, value in posted.fields.items()
            if name.startswith("entry.") and _CODE.fullmatch(name.removeprefix("entry.")) and _CODE.fullmatch(value)
        }
        language = self.site.tongue(posted.get("lang")).code
        try:
            await self.talking.take(place, held, render.once(), event="open", entry=entry, language=language)
        except UNSAVED as error:
            unsaved(error)
            say = speaker(self.site.translate, language)
            return self.welcome(
                request, place, "", 503, entry, language,
                problem=say("not_saved_start"), problem_title=say("not_saved"),
            )  # fmt: skip
        response = see_other(place)
        guard.give(response, self.site, place, held)
        return response

    async def say(self, request: web.Request, place: Place, held: str, posted: intake.Posted) -> web.StreamResponse:
        """One thing said, by a form. Redirects to the page, or gives the words back with what went wrong."""
        try:
            talk = await self.talking.find(place, held)
            if talk is None:
                return self.fail(request, place, 403, "missing", "missing_more", text=posted.text)
            problem = posted.problem or self.talking.problem(posted)
            if problem:
                return await self.give_back(request, place, held, talk, posted, problem)
            try:
                files = [await self.talking.keep(place, upload) for upload in posted.files]
            except Refused as refused:
                return await self.give_back(request, place, held, talk, posted, _REFUSED[refused.why])
            await self.talking.hear(place, held, talk, posted, tuple(files))
        except Revoked:
            return self.fail(request, place, 403, "missing", "missing_more", text=posted.text)
        except UNSAVED as error:
            unsaved(error)
            return self.not_saved(request, place, held, posted)
        if wants_json(request):
            return web.json_response({"ok": True}, headers=guard.headers(place))
        if posted.text and (
            posted.get("command") or (posted.choices and not posted.get("do") and not posted.get("first"))
        ):
            # They pressed another button than Send: what they had typed stays in the box. Reloading posts the same
            # again, which is taken once.
            return await self.chat(request, place, held, talk, text=posted.text)
        return see_other(place)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """POST /<organisation>/leave: the credential ends, the browser forgets, a neutral page opens.

        It always leads away, whatever else fails: being stuck here is the worst answer.
        """
        place = self.place(request)
        held = guard.credential(request, self.site, place)
        if not guard.own_page(request, self.site):
            return web.Response(status=303, headers=guard.headers(place) | {"Location": place.leave_to})
        if held:
            try:
                talk = await self.talking.find(place, held)
                await self.talking.revoke(place, held)
                if talk:
                    self.rooms.wake(talk.id)
            except UNSAVED as error:
                unsaved(error)
        response: web.StreamResponse
        if wants_json(request):
            response = web.json_response({"ok": True}, headers=guard.headers(place) | guard.FORGET)
        else:
            response = web.Response(
                status=303, headers=guard.headers(place) | guard.FORGET | {"Location": place.leave_to}
            )
        guard.take_back(response, self.site, place)
        return response

    # What they share -------------------------------------------------------------------------

    def place(self, request: web.Request) -> Place:
        """The organisation of the address; 404 when this deployment has none of that name."""
        if (place := self.site.places.get(request.match_info["place"])) is None:
            raise web.HTTPNotFound
        return place

    def language(self, request: web.Request, talk: Talk, view: View) -> str:
        """The language of what was said last: the page follows the conversation."""
        return (view.ask.language if view.ask else "") or talk.language or render.preferred(request, self.site)

    # When something is wrong -----------------------------------------------------------------

    async def give_back(
        self, request: web.Request, place: Place, held: str, talk: Talk, posted: intake.Posted, problem: str
    ) -> web.Response:
        """The conversation again, with what went wrong and the words still in the box."""
        view = await self.talking.view(talk)
        language = self.language(request, talk, view)
        say = speaker(self.site.translate, language)
        text = say(problem, size=self.site.largest // MB, count=intake.FILES)
        status = 413 if problem == "too_big" else 415 if problem == "bad_type" else 422
        if wants_json(request):
            return web.json_response({"problem": text}, status=status, headers=guard.headers(place))
        return render.chat(self.site, place, held, talk, view, language, status=status, problem=text, text=posted.text)

    def not_saved(self, request: web.Request, place: Place, held: str, posted: intake.Posted) -> web.Response:
        """503, with everything that was sent in a form that sends the same again."""
        hidden = [("choice", choice) for choice in posted.choices]
        hidden += [(name, posted.get(name)) for name in ("do", "command") if posted.get(name)]
        return self.fail(
            request, place, 503, "not_saved", "not_saved_more", held=held, text=posted.text,
            once=posted.get("once") or render.once(), retry=hidden or [("do", "say")], file_lost=bool(posted.files),
        )  # fmt: skip

    def fail(
        self, request: web.Request, place: Place | None, status: int, title: str, more: str, *,
        held: str = "", **values: object,
    ) -> web.Response:  # fmt: skip
        """A page that says what is wrong and what to do, in the browser's language."""
        language = render.preferred(request, self.site)
        say = speaker(self.site.translate, language)
        text = say(more, size=self.site.largest // MB)
        if wants_json(request):
            return web.json_response({"problem": text}, status=status, headers=guard.headers(place))
        return render.page(
            self.site, "error.html", language=language, place=place, held=held, status=status,
            **{"problem_title": say(title), "problem": text, "retry": None, "file_lost": False, **values},
        )  # fmt: skip


def see_other(place: Place) -> web.Response:
    """Back to the page after a post, at our newest words: reloading it then posts nothing."""
    return web.Response(status=303, headers=guard.headers(place) | {"Location": f"/{place.id}/#now"})


def wants_json(request: web.Request) -> bool:
    """Whether the page's own script asks, which wants no page."""
    return request.headers.get("Accept", "") == "application/json"


def entry_of(place: Place, request: web.Request) -> dict[str, str]:
    """What the link preselects: the profile's entry for ``?from=``, then what the address itself names."""
    entry = dict(place.entries.get(request.query.get("from", ""), {}))
    entry |= {name: value for name in ENTRY if _CODE.fullmatch(value := request.query.get(name, ""))}
    if request.query.get(SYMBOLS) == "1":
        entry["easy"] = "yes"
    return entry
