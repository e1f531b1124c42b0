"""The composition root: the only place where everything meets. Settings in, a listening server out."""

from __future__ import annotations

import asyncio
import errno
import signal
import threading
from collections.abc import Mapping
from typing import Any

import structlog
import typer
from aiohttp import web
from aiohttp.typedefs import Handler

import locales
from bot import jobs
from bot.channels import webchat
from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import dues, profiles, watch, worlds
from bot.store import MB, open_store
from bot.world import OrganisationWorld, london_now
from casework.procedure import Profile
from storage.store import Store
from storage.talks import Talks

log = structlog.get_logger()

#: Seconds that requests under way have to finish when the server stops.
DRAIN = 10.0


def serve(settings: Settings) -> None:
    """Open everything, listen, and print the addresses; returns when told to stop (Ctrl+C, SIGTERM)."""
    found = profiles(settings)
    known = worlds(found, watch())
    threading.Thread(target=warm, args=(found, known), name="warm", daemon=True).start()
    store = open_store(settings, known, dues(found))
    try:
        asyncio.run(_serve(settings, found, store))
    finally:
        store.close()
    typer.echo("Hearback has stopped; everything that was taken is saved.")


def warm(found: Mapping[str, Profile], known: Mapping[str, OrganisationWorld]) -> None:
    """What is slow the first time, before somebody waits for it: the language guesser, bank holidays, catalogues."""
    from locales import identify

    identify.warm()
    today = london_now()
    for name, profile in found.items():
        profile.calendar.deadline(today, 30, "working days")
        for code, _ in known[name].languages:
            known[name].lexicon(code)


def site(settings: Settings, found: Mapping[str, Profile], store: Store) -> webchat.Site:
    """The web chat of this deployment."""
    translators = {entry.code: locales.translator(entry.code) for entry in locales.offered()}
    return webchat.Site(
        places={name: place(profile) for name, profile in found.items()},
        tongues=tuple(webchat.Tongue(entry.code, entry.name, entry.direction == "rtl") for entry in locales.offered()),
        translate=lambda code, message: translators[code]("", message),
        word=lambda code, command: locales.words(code).anytime[command][0],
        writer=store.writer,
        talks=Talks(store.database, store.vault, store.writer),
        files=store.media,
        clock=london_now,
        base_url=settings.base_url,
        secure=settings.secure,
        largest=settings.media_mb * MB,
    )


def place(profile: Profile) -> webchat.Place:
    """One organisation's chat."""
    given: dict[str, Any] = {"leave_to": profile.leave_to} if profile.leave_to else {}
    return webchat.Place(
        id=profile.id,
        name=str(profile.name),
        names=profile.name.by_language,
        emergency=next((line.number for line in profile.help_lines if line.id == "emergency"), "999"),
        entries=profile.entries,
        **given,
    )


def application(settings: Settings, found: Mapping[str, Profile], store: Store) -> web.Application:
    """The server's routes and its background work, ready to run."""
    lines = OpenLines()
    app = web.Application(client_max_size=(settings.media_mb + 1) * MB, middlewares=[lines.remember])
    app.on_shutdown.append(lines.hang_up)
    app.add_routes([web.get("/health", _health)])
    app.add_routes(webchat.routes(site(settings, found, store)))

    async def background(_: web.Application) -> Any:
        task = asyncio.create_task(jobs.run(store.writer, london_now))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.cleanup_ctx.append(background)
    return app


class OpenLines:
    """The open web sockets. They would wait for ever: when the server stops they are ended, and pages come back."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @web.middleware
    async def remember(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keeps the task of a web socket for as long as it is open."""
        task = asyncio.current_task()
        if task is None or request.headers.get("Upgrade", "").lower() != "websocket":
            return await handler(request)
        self._tasks.add(task)
        try:
            return await handler(request)
        finally:
            self._tasks.discard(task)

    async def hang_up(self, _: web.Application) -> None:
        """Ends every one; what it had handed to the store is saved all the same."""
        for task in self._tasks:
            task.cancel()


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="listening\n")


async def _serve(settings: Settings, found: Mapping[str, Profile], store: Store) -> None:
    runner = web.AppRunner(application(settings, found, store), access_log=None, shutdown_timeout=DRAIN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise Trouble(_cannot_listen(settings, error)) from None
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        typer.echo(greeting(settings, found))
        log.info("listening", port=settings.port, count=len(found))
        await stop.wait()
        typer.echo("Stopping: what is under way is finished first.")
    finally:
        await runner.cleanup()


def _cannot_listen(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is taken: Hearback may be running already, or another program uses it. "
            f"Choose another one, for example: HEARBACK_PORT={settings.port + 1} make run"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This program may not listen on port {settings.port}. Choose one above 1024 with HEARBACK_PORT."
    return f"Nothing can listen on {settings.host}:{settings.port} ({error.strerror}). Look at HEARBACK_HOST."


def greeting(settings: Settings, found: Mapping[str, Profile]) -> str:
    """What is printed when it listens: one address for each organisation."""
    width = max(map(len, found)) + len(settings.address) + 2
    lines = [f"  {f'{settings.address}/{name}/':<{width}}  {profile.name}" for name, profile in found.items()]
    return "\n".join(
        (
            "",
            "Hearback is listening. Ctrl+C stops it.",
            "",
            f"  {f'{settings.address}/':<{width}}  every organisation",
            *lines,
            "",
            f"Everything is kept in {settings.data.resolve()}, the keys in {settings.keys_folder.resolve()}.",
            "Back up both, apart from each other: without the keys nobody can read what people say.",
            "",
        )
    )
