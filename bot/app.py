"""The composition root: the only place where everything meets. Settings in, a listening server out."""

from __future__ import annotations

import asyncio
import errno
import gc
import secrets
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
import typer
from aiohttp import web

import console
import locales
from bot import alarm, api, endpoints, gate, health, jobs, metrics, photographs, reports, scanning, symbol_packs
from bot.channels import SAID, upload, webchat
from bot.channels.contract import Account, Counts
from bot.channels.webchat import numbers
from bot.cli import Trouble
from bot.config import BadSettings, Settings
from bot.demo import running
from bot.demo.running import Demonstration
from bot.deployment import profiles, watching, worlds
from bot.front import Requests
from bot.heap import give_back
from bot.outbox import USUAL, Patience, delivering
from bot.preview import previewer
from bot.store import MB, open_store
from bot.symbols import Symbols, shipped
from bot.translator import LibreTranslate
from bot.work import alerts, glass, redacting, retention, scans, webhooks
from bot.world import OrganisationWorld, london_now
from casework import privacy
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


def serve(settings: Settings, demo: bool = False) -> None:
    """Open everything, listen, and print the addresses; returns when told to stop (Ctrl+C, SIGTERM).

    ``demo``: a demonstration is wanted where nothing is yet (``bot.demo.running``).
    """
    found = profiles(settings)
    known = worlds(found, watching(settings))
    mine = endpoints.accounts(settings, tuple(found))
    running.before(settings, mine)
    store = open_store(settings, known, found)
    try:
        invented = running.opened(settings, store, found, mine, demo, london_now)
        asyncio.run(_serve(settings, found, known, store, mine, invented))
    finally:
        store.close()
    typer.echo("Hearback has stopped; everything that was taken is saved.")


def warm(found: Mapping[str, Profile], known: Mapping[str, OrganisationWorld]) -> None:
    """What is slow the first time, before somebody waits: danger lists, guesser, holidays, catalogues, pictures."""
    from locales import identify

    for world in known.values():
        world.signs("", "")
    guesser = identify.warm()
    today = london_now()
    for name, profile in found.items():
        profile.calendar.deadline(today, 30, "working days")
        for code, _ in known[name].languages:
            known[name].lexicon(code)
    shipped()
    guesser.join()
    # Reading the lists needs half as much again as they keep, and no turn will need that.
    give_back()
    # None of this ever goes: looking for garbage in it again and again costs every turn a tenth of its time.
    gc.freeze()


def site(settings: Settings, found: Mapping[str, Profile], store: Store) -> webchat.Site:
    """The web chat of this deployment."""
    translators = {entry.code: locales.translator(entry.code) for entry in locales.offered()}
    photos = photographs.usable(settings.profiles, found)
    return webchat.Site(
        places={name: place(one, store.procedures.entries(name), photos[name]) for name, one in found.items()},
        tongues=tuple(webchat.Tongue(entry.code, entry.name, entry.direction == "rtl") for entry in locales.offered()),
        translate=lambda code, message, context="": translators[code](context, message),
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


def pictures(settings: Settings, found: Mapping[str, Profile]) -> Symbols:
    """The pictures of concepts, with each organisation's own; what is wrong with those is said."""
    packs, mistakes = symbol_packs.packs(settings.symbols, found)
    for mistake in mistakes:
        log.warning("a picture set has a mistake; the shipped picture is used", place=mistake)
    return Symbols(packs)


def place(
    profile: Profile,
    entries: Mapping[str, Mapping[str, str]] | None = None,
    photos: Mapping[str, photographs.Photograph] | None = None,
) -> webchat.Place:
    """One organisation's chat; ``entries`` are its ways in, the profile's own where none are given."""
    given: dict[str, Any] = {"leave_to": profile.leave_to} if profile.leave_to else {}
    return webchat.Place(
        id=profile.id,
        name=str(profile.name),
        names={entry.code: profile.name.said(entry.code) for entry in locales.offered()},
        emergency=next((line.number for line in profile.help_lines if line.id == "emergency"), "999"),
        entries=profile.entries if entries is None else entries,
        numbers=help_links(profile),
        notice=privacy.notice(profile),
        faces=tuple(profile.faces.values()),
        photographs=photos or {},
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
        alarm=partial(alarm.send_one, allowed=settings.alert_hosts),
        kind=alarm.known_kind,
        inside=partial(alarm.leads_inside, allowed=settings.alert_hosts),
        documents=documents(settings),
        ways=ways(mine),
        webhook_hosts=settings.webhook_hosts,
    )


def documents(settings: Settings) -> dict[str, console.Document]:
    """The files a report can be kept as; their figures lead to this console."""
    base = f"{settings.address}{console.PREFIX}"

    def leading(one: reports.Format) -> Callable[[Report], bytes]:
        return lambda report: one.make(report, base)

    return {ending: console.Document(one.name, one.mime, leading(one)) for ending, one in reports.FORMATS.items()}


def teller(settings: Settings) -> alerts.Teller:
    """Tells staff of signs of danger."""
    return alerts.Teller(partial(alarm.send, allowed=settings.alert_hosts), wording, settings.address)


def glasses(settings: Settings) -> glass.Teller:
    """Tells those who keep restricted records that one was opened in an emergency."""
    send = partial(alarm.send, allowed=settings.alert_hosts)
    keepers = [role for role, one in console.ROLES.items() if one.knows]
    return glass.Teller(send, console.glass_wording, keepers, settings.address)


def interface(settings: Settings, found: Mapping[str, Profile], store: Store) -> api.Api:
    """The interface for other programs."""
    return api.Api(store, found, london_now, settings.address, settings.webhook_hosts, settings.api_per_minute)


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
    invented: Demonstration | None = None,
) -> web.Application:
    """The server's routes and its background work, ready to run; ``mine`` are its numbers and bots.

    ``invented``: it is a demonstration, which is made in the background, and from which nothing leaves.
    """
    shown = pictures(settings, found)
    entries = {name: store.procedures.entries(name) for name in found}
    home = endpoints.house(settings, entries, london_now, store, shown)
    answering = endpoints.opened(mine, home) + (invented.endpoints() if invented else ())
    routes = alarm.given(settings, tuple(found))
    requests = Requests(settings.media_mb * MB)
    door = gate.guarding(settings)
    app = web.Application(client_max_size=(settings.media_mb + 1) * MB, middlewares=[requests.remember, door.stand])
    app.on_response_prepare.append(door.finish)
    app[COUNTS] = home.counts
    app.on_shutdown.append(requests.hang_up)
    app.add_routes(health.Health(store, health.folders(settings)).routes())
    numbered = requests.observer = metrics.Metrics(store, home.counts, requests.sockets, london_now)
    app.cleanup_ctx.append(metrics.listening(settings, numbered))
    if token := settings.metrics_token.get_secret_value():
        app.add_routes([metrics.guarded(numbered, token)])
    for endpoint in answering:
        app.add_routes(endpoint.routes())
    if answering:
        app.add_routes(upload.routes(home))
    desk = staff_site(settings, found, store, first, mine)
    if invented:
        desk = replace(desk, demonstration=lambda: invented.percent, alarm=None)
        app.add_routes([web.get(running.TOUR, invented.tour)])
        app.cleanup_ctx.append(invented.beside)
    app.add_routes(console.routes(replace(desk, picture=shown.address)))
    app.add_routes(api.routes(interface(settings, found, store)))
    pages = replace(site(settings, found, store), demonstration=invented is not None, symbols=shown)
    app.add_routes(webchat.routes(pages))

    hooks = webhooks.Teller(settings.webhook_hosts, settings.address)

    async def background(_: web.Application) -> Any:
        works = [jobs.run(store, london_now)]
        if not invented:  # nothing leaves a demonstration
            works += [
                jobs.alone(store, london_now, teller(settings).kinds, partial(alerts.plan, store, routes)),
                jobs.alone(store, london_now, hooks.kinds, lambda now: None),
                jobs.alone(store, london_now, glasses(settings).kinds, lambda now: None),
                # Files have a loop of their own: a slow scanner keeps nobody from being told of an emergency.
                jobs.alone(
                    store, london_now, scans.kinds(scanning.scanner(settings.clamd)), partial(scans.plan, store)
                ),
                # A few at a time: the provider is spared, and a slow one keeps nothing else waiting.
                jobs.alone(
                    store, london_now, redacting.Emptier(answering).kinds, lambda now: None, limit=redacting.AT_ONCE
                ),
                jobs.alone(store, london_now, retention.kinds(settings.retention), partial(retention.plan, store)),
            ]
        tasks = [asyncio.create_task(running.after(invented, work)) for work in works]
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


def _first(settings: Settings, code: str) -> tuple[str, ...]:
    """How the first administrator gets in."""
    if not code:
        return ()
    return (
        "",
        "There are no staff yet. Open this once, in your own browser, to become the first administrator:",
        f"  {console.address(settings.address)}begin?code={code}",
    )


async def _serve(
    settings: Settings,
    found: Mapping[str, Profile],
    known: Mapping[str, OrganisationWorld],
    store: Store,
    mine: Sequence[Account] = (),
    invented: Demonstration | None = None,
) -> None:
    first = "" if invented else first_code(store)
    app = application(settings, found, store, mine, first=first, invented=invented)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN, keepalive_timeout=gate.IDLE)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise Trouble(_cannot_listen(settings, error)) from None
        gc.freeze()
        gc.enable()
        # After listening, not before: the two would share one interpreter, and the start take half as long again.
        threading.Thread(target=warm, args=(found, known), name="warm", daemon=True).start()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        typer.echo(greeting(settings, found, mine, first, invented))
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


def greeting(
    settings: Settings,
    found: Mapping[str, Profile],
    mine: Sequence[Account] = (),
    first: str = "",
    invented: Demonstration | None = None,
) -> str:
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
            *(running.said(settings.address, invented) if invented else ()),
            "",
            f"Everything is kept in {settings.data.resolve()}, the keys in {settings.keys_folder.resolve()}.",
            "Back up both, apart from each other: without the keys nobody can read what people say.",
            "",
        )
    )
