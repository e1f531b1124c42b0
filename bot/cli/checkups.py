"""What ``hearback check`` finds out by looking closer: keys that do not fit, a clock that is wrong, an address that
leads elsewhere. Each finding is "ok", "note" or "wrong", and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Finding
from bot.config import PREFIX, Settings
from bot.work import redacting
from storage import alert_links, demonstration, models
from storage.database import Database
from storage.models import table
from storage.secrets import KeyRing, KeyRingMissing, KeyRingWrong
from storage.vault import DATA_KEY

_META, _TALK = table(models.Meta), table(models.Talk)
#: A clock may be so much ahead of ours, where several processes write.
TOLERANCE = timedelta(minutes=10)
#: Seconds until an address that does not answer is given up.
PATIENCE = 8.0
LOCAL = ("127.0.0.1", "::1", "localhost")


def store(settings: Settings, database: Database, now: datetime) -> Iterator[Finding]:
    """Of a database that opens: its keys, whether the time can be right, whether it is a demonstration."""
    with database.reading() as db:
        fingerprint = db.execute(select(_META.c.value).where(_META.c.name == "key_ring")).scalar()
        newest = db.execute(select(func.max(_TALK.c.last_said_at))).scalar()
        invented = demonstration.mark(db)
    if invented:
        yield "note", "This is a demonstration: everybody in it is invented. Before real people: hearback demo remove."
    yield from _keys(settings, fingerprint, now, used=newest is not None)
    yield from redacting.findings(database)
    if newest is not None and newest > now + TOLERANCE:
        yield (
            "wrong",
            f"The clock of this machine says {now:%d %B %Y, %H:%M} UTC, and somebody wrote on "
            f"{newest:%d %B %Y, %H:%M}. Set the clock right (timedatectl set-ntp true): every time limit is counted "
            "by it.",
        )


def lines(settings: Settings) -> Iterator[Finding]:
    """Databases on other machines that are called without looking whether it is them.

    A name without a dot is one of a network of this machine's own, as containers have it.
    """
    for name, address in (
        ("DATABASE", settings.database_url),
        ("KEY_STORE", settings.key_store_url),
        ("REPLICA", settings.replica),
    ):
        url = make_url(address) if address else None
        host = (url and url.host) or ""
        far = "." in host and host not in LOCAL and not host.startswith("/")
        if url is not None and far and url.query.get("sslmode") != "verify-full":
            yield (
                "note",
                f"{PREFIX}{name} is on another machine, {host}, and nobody looks whether it is that one. Write "
                "?sslmode=verify-full&sslrootcert=system behind the address, or the file of its authority.",
            )


def _keys(settings: Settings, fingerprint: str | None, now: datetime, *, used: bool) -> Iterator[Finding]:
    try:
        ring = KeyRing.load(settings.ring_file)
    except (KeyRingMissing, KeyRingWrong) as error:
        yield "wrong", str(error)
        return
    if fingerprint is not None and ring.fingerprint() != fingerprint:
        yield (
            "wrong",
            f"The key ring {settings.ring_file} belongs to another database: nothing here can be read with it. Look at "
            f"{PREFIX}KEYS and {PREFIX}DATABASE, or restore the ring from its backup.",
        )
        return
    if used and not _any_key(settings.key_store_url):
        shown = make_url(settings.key_store_url).render_as_string(hide_password=True)
        yield (
            "wrong",
            f"The key store {shown} is empty or not there, but the database is not: what people said cannot be read. "
            "Restore the key store from its backup.",
        )
        return
    if ring.older and (since := ring.since.get(ring.current)) and since + alert_links.LIFE < now:
        yield (
            "note",
            f"Older keys still open and sign ({', '.join(ring.older)}), a week after the last rotation. To end them: "
            "hearback keys drop",
        )
    yield "ok", f"Keys: {settings.ring_file}. Back them up apart from the database: without them nobody can read it."


def _any_key(address: str) -> bool:
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    engine = create_engine(url.set(drivername="postgresql+psycopg") if url.get_backend_name() != "sqlite" else url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(DATA_KEY.c.id).limit(1)).first() is not None
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def public(settings: Settings, *, running: bool) -> Iterator[Finding]:
    """The address that people use. Where a server is running it is asked whether that address leads to it."""
    base = urlsplit(settings.base_url)
    if base.path or base.query:
        yield (
            "wrong",
            f"{PREFIX}BASE_URL is {settings.base_url}: leave out {base.path or '?'}. Hearback needs a name of its own, "
            "like https://talk.example.org; it cannot lie in a folder of another site.",
        )
    elif base.scheme == "https":
        yield "ok", f"Public address: {settings.address}."
        if not settings.proxies:
            yield (
                "note",
                f"{PREFIX}PROXIES is not set: behind a proxy everybody seems to come from one address, and whoever "
                "tries passwords makes all staff wait. Name the proxy there: 127.0.0.1,::1 for one on this machine.",
            )
        if running:
            yield _reached(settings)
    elif base.hostname and base.hostname not in LOCAL:
        yield (
            "wrong",
            f"{PREFIX}BASE_URL is {settings.base_url}: without https what children say could be read on the way. Put "
            "a proxy that does TLS in front (docs/running.md) and write https://.",
        )
    elif settings.host in LOCAL:
        yield (
            "note",
            f"Only this machine can reach it ({settings.address}). For the public, set {PREFIX}BASE_URL to an https "
            "address.",
        )
    else:
        yield (
            "wrong",
            f"It listens on {settings.host} without https: what children say could be read on the way. Put a proxy "
            f"that does TLS in front and set {PREFIX}BASE_URL to the https address.",
        )


def _reached(settings: Settings) -> Finding:
    """Whether the public address leads here."""
    address, here = f"{settings.address}/health", f"{settings.host}:{settings.port}"
    try:
        answer = requests.get(address, timeout=PATIENCE, allow_redirects=False)
    except requests.exceptions.SSLError:
        return (
            "wrong",
            f"{settings.address}: its certificate is not valid for that name, or has ended. See to the proxy.",
        )
    except requests.RequestException:
        return (
            "wrong",
            f"{settings.address} does not answer from here. Does its name lead to this machine, does the proxy run, "
            "does a firewall keep port 443 closed?",
        )
    if answer.status_code == 200 and answer.text.startswith("listening"):
        return _named(settings)
    if answer.status_code in (502, 503, 504):
        return "wrong", f"{settings.address}: the proxy answers, but does not reach Hearback. Let it lead to {here}."
    return (
        "wrong",
        f"{settings.address} leads to something else ({answer.status_code}). Look at the proxy and at its name.",
    )


def _named(settings: Settings) -> Finding:
    """Whether the proxy passes on the name that it was asked for: without it every page but ``/health`` is refused."""
    try:
        answer = requests.get(f"{settings.address}/", timeout=PATIENCE, allow_redirects=False)
    except requests.RequestException:
        return "wrong", f"{settings.address} answers now and then. Look at the proxy."
    if answer.status_code in (400, 403, 421):
        return (
            "wrong",
            f"{settings.address}: Hearback does not know the name it is asked under. Let the proxy pass it on (nginx: "
            f"proxy_set_header Host $host), and see that it is the one in {PREFIX}BASE_URL.",
        )
    return "ok", f"{settings.address} leads here."
