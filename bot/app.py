"""The composition root: the only place where everything meets. Settings in, a listening server out."""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
import typer
from aiohttp import web
from aiohttp.typedefs import Handler

import console
import locales
from bot import alarm, endpoints, jobs, reports
from bot.channels import SAID, upload, webchat
from bot.channels.contract import Account, Counts
from bot.channels.webchat import numbers
from bot.cli import Trouble
from bot.config import BadSettings, Settings
from bot.deployment import profiles, watching, worlds
from bot.outbox import USUAL, Patience, delivering
from bot.preview import previewer
from bot.store import MB, open_store
from bot.translator import LibreTranslate
from bot.work import alerts
from bot.world import OrganisationWorld, london_now
from casework.procedure import Profile
from casework.report_model import Report
from storage import staff
from storage.looking import Looking
from storage.store import Store
from storage.talks import Talks

log = structlog.get_logger()

#: What was refused and given up, of an application.
COUNTS = web.AppKey("counts", Counts)
#: What an alert says; for the commands, which do not know the console.
wording = console.wording
#: Seconds that requests under way have to finish when the server stops.
DRAIN = 10.0


def serve(settings: Settings) -> None:
    """Open everything, listen, and print the addresses; returns when told to stop (Ctrl+C, SIGTERM)."""
    found = profiles(settings)
    known = worlds(found, watching(settings))
    threading.Thread(target=warm, args=(found, known), name="warm", daemon=True).start()
    mine = endpoints.accounts(settings, tuple(found))
    store = open_store(settings, known, found)
    try:
        asyncio.run(_serve(settings, found, store, mine))
    finally:
        store.close()
    typer.echo("Hearback has stopped; everything that was taken is saved.")


def warm(found: Mapping[str, Profile], known: Mapping[str, OrganisationWorld]) -> None:
    """What is slow the first time, before somebody waits: danger lists, the guesser, bank holidays, catalogues."""
    from locales import identify

    for world in known.values():
        world.signs("", "")
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
        places={name: place(profile, store.procedures.entries(name)) for name, profile in found.items()},
        tongues=tuple(webchat.Tongue(entry.code, entry.name, entry.direction == "rtl") for entry in locales.offered()),
        translate=lambda code, message: translators[code]("", message),
        word=lambda code, command: locales.words(code).anytime[command][0],
        writer=store.writer,
        talks=Talks(store.database, store.vault, store.writer),
        files=store.media,
        looking=Looking(store),
        clock=london_now,
        base_url=settings.base_url,
        secure=settings.secure,
        largest=settings.media_mb * MB,
    )


def place(profile: Profile, entries: Mapping[str, Mapping[str, str]] | None = None) -> webchat.Place:
    """One organisation's chat; ``entries`` are its ways in, the profile's own where none are given."""
    given: dict[str, Any] = {"leave_to": profile.leave_to} if profile.leave_to else {}
    return webchat.Place(
        id=profile.id,
        name=str(profile.name),
        names={entry.code: profile.name.said(entry.code) for entry in locales.offered()},
        emergency=next((line.number for line in profile.help_lines if line.id == "emergency"), "999"),
        entries=profile.entries if entries is None else entries,
        numbers=help_links(profile),
        **given,
    )


def help_links(profile: Profile) -> dict[str, str]:
    """The help lines that answer here, and the duty line: the number as it is written -> where it leads."""
    lines = {line.number: numbers.address(line.number, line.how) for line in profile.help_lines}
    if profile.duty:
        lines[profile.duty.number] = numbers.address(profile.duty.number, "call")
    return lines


def ways(mine: Sequence[Account]) -> dict[str, tuple[console.Way, ...]]:
    """Organisation -> its numbers and bots as they stand on a poster; a bot whose name nobody gave is not there."""
    found: dict[str, tuple[console.Way, ...]] = {}
    for account in mine:
        given = {"sms": account.values.get("number", ""), "whatsapp": account.values.get("whatsapp", "")}
        if account.channel == "telegram":
            given = {"telegram": account.values.get("username", "").removeprefix("@")}
        here = (console.Way(channel, address) for channel, address in given.items() if address)
        found[account.organisation] = (*found.get(account.organisation, ()), *here)
    return found


def staff_site(
    settings: Settings, found: Mapping[str, Profile], store: Store, first: str = "", mine: Sequence[Account] = ()
) -> console.Site:
    """The staff console of this deployment. ``first``: the code that lets the first administrator in, "" for none."""
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise BadSettings("HEARBACK_OIDC_ISSUER is set: set HEARBACK_OIDC_CLIENT_ID as well.")
    provider = console.Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_name,
        settings.oidc_trust_email,
    )
    return console.Site(
        store=store,
        profiles=found,
        clock=london_now,
        base_url=settings.base_url,
        secure=settings.secure,
        proxies=settings.proxies,
        provider=provider if settings.oidc_issuer else None,
        first=first,
        translator=LibreTranslate(settings.translator_url, settings.translator_key.get_secret_value())
        if settings.translator_url
        else None,
        preview=previewer(settings.sms_pence),
        alarm=alarm.send_one,
        kind=alarm.known_kind,
        documents=documents(settings),
        ways=ways(mine),
    )


def documents(settings: Settings) -> dict[str, console.Document]:
    """The files a report can be kept as; their figures lead to this console."""
    base = f"{settings.address}{console.PREFIX}"

    def leading(one: reports.Format) -> Callable[[Report], bytes]:
        return lambda report: one.make(report, base)

    return {ending: console.Document(one.name, one.mime, leading(one)) for ending, one in reports.FORMATS.items()}


def teller(settings: Settings) -> alerts.Teller:
    """Tells staff of signs of danger."""
    return alerts.Teller(alarm.send, wording, settings.address)


def first_code(store: Store) -> str:
    """A code for the first administrator while there are no staff at all; known to this process and its terminal."""
    with store.database.reading() as db:
        return secrets.token_urlsafe(12) if staff.count(db) == 0 else ""


def application(
    settings: Settings,
    found: Mapping[str, Profile],
    store: Store,
    mine: Sequence[Account] = (),
    patience: Patience = USUAL,
    first: str = "",
) -> web.Application:
    """The server's routes and its background work, ready to run; ``mine`` are its numbers and bots."""
    home = endpoints.house(settings, {name: store.procedures.entries(name) for name in found}, london_now, store)
    answering = endpoints.opened(mine, home)
    routes = alarm.given(settings, tuple(found))
    lines = OpenLines()
    app = web.Application(client_max_size=(settings.media_mb + 1) * MB, middlewares=[lines.remember])
    app[COUNTS] = home.counts
    app.on_shutdown.append(lines.hang_up)
    app.add_routes([web.get("/health", _health)])
    for endpoint in answering:
        app.add_routes(endpoint.routes())
    if answering:
        app.add_routes(upload.routes(home))
    app.add_routes(console.routes(staff_site(settings, found, store, first, mine)))
    pages = site(settings, found, store)
    app.add_routes(webchat.routes(pages))

    async def background(_: web.Application) -> Any:
        tasks = [
            asyncio.create_task(jobs.run(store, london_now)),
            asyncio.create_task(
                jobs.alone(store, london_now, teller(settings).kinds, partial(alerts.plan, store, routes))
            ),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def outbox(_: web.Application) -> Any:
        async with delivering(answering, store.writer, store.vault, london_now, home.counts, patience):
            yield

    async def looking(_: web.Application) -> Any:
        yield
        await asyncio.to_thread(pages.looking.close)  # what waits is still answered, and counted in the store

    app.cleanup_ctx.append(background)
    app.cleanup_ctx.append(outbox)
    app.cleanup_ctx.append(looking)
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


def _first(settings: Settings, code: str) -> tuple[str, ...]:
    """How the first administrator gets in."""
    if not code:
        return ()
    return (
        "",
        "There are no staff yet. Open this once, in your own browser, to become the first administrator:",
        f"  {console.address(settings.address)}begin?code={code}",
    )


async def _serve(settings: Settings, found: Mapping[str, Profile], store: Store, mine: Sequence[Account] = ()) -> None:
    first = first_code(store)
    app = application(settings, found, store, mine, first=first)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN)
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
        typer.echo(greeting(settings, found, mine, first))
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


def greeting(settings: Settings, found: Mapping[str, Profile], mine: Sequence[Account] = (), first: str = "") -> str:
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
            *(f"  {SAID[account.channel]} of {account.organisation}: on" for account in mine),
            "",
            f"  {console.address(settings.address):<{width}}  the staff console",
            *_first(settings, first),
            "",
            f"Everything is kept in {settings.data.resolve()}, the keys in {settings.keys_folder.resolve()}.",
            "Back up both, apart from each other: without the keys nobody can read what people say.",
            "",
        )
    )
