"""The web chat: a page that works by forms alone and comes alive with a socket.

``routes(site)`` gives aiohttp everything; a GET never writes, a word is never logged, and nothing
is called saved before the store has committed it. Read ``site.py``, then ``chat.py``.
"""

from __future__ import annotations

from functools import partial

from aiohttp import web

from bot import symbols
from bot.channels.webchat import assets, people
from bot.channels.webchat.chat import Chat
from bot.channels.webchat.live import socket
from bot.channels.webchat.progress import Progress
from bot.channels.webchat.site import CHANNEL, ENDPOINT, Place, Site, Tongue

__all__ = ["CHANNEL", "ENDPOINT", "Place", "Site", "Tongue", "routes"]


def routes(site: Site) -> list[web.RouteDef]:
    """Every route: ``/`` lists the organisations, ``/<organisation>/`` is the chat of one.

    ``site`` takes the store's own parts: ``writer=store.writer``, ``files=store.media``, and
    ``talks=storage.talks.Talks(store.database, store.vault, store.writer)``. Add the routes after
    everybody else's: the last one answers whatever nobody else does, in words.
    """
    chat = Chat(site)
    mine = Progress(chat)
    place = r"/{place:[a-z0-9][a-z0-9-]*}"

    async def add_slash(request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(request.rel_url.with_path(f"/{chat.place(request).id}/").human_repr())

    async def nothing(_: web.Request) -> web.StreamResponse:
        raise web.HTTPNotFound

    return [
        web.get("/", chat.whole(chat.places)),
        web.get(assets.PREFIX + "{name}", assets.serve),
        web.get(symbols.PREFIX + "{name}", site.symbols.serve),
        web.get(people.PREFIX + "{name}", chat.photograph),
        web.get(place, chat.whole(add_slash)),
        web.get(place + "/", chat.whole(chat.show)),
        web.post(place + "/", chat.whole(chat.post)),
        web.post(place + "/leave", chat.whole(chat.leave)),
        web.get(place + "/progress", chat.whole(mine.show)),
        web.post(place + "/progress", chat.whole(mine.post)),
        web.get(place + "/you-said", chat.whole(chat.said)),
        web.get(place + "/privacy", chat.whole(chat.privacy)),
        web.get(place + "/people", chat.whole(chat.people)),
        web.get(place + "/socket", partial(socket, chat)),
        web.get("/{nothing:.*}", chat.whole(nothing)),
    ]
