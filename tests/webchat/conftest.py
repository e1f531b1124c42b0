"""The real store, engine and page on a loopback port, for forms and for a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import locales
from bot.app import place
from bot.channels import webchat
from bot.channels.webchat import Site, Tongue
from bot.config import load
from bot.deployment import profiles, watch, worlds
from storage.cases import Cases
from storage.looking import Looking
from storage.store import Store, open_store
from storage.talks import Talks
from tests.console.desk import chromium
from tests.serving import Clock, serving

#: A one-pixel picture.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cfc0f01f0005000"
    "1ff56c72f0d0000000049454e44ae426082"
)


@dataclass
class Running:
    """A page that is being served, and the store behind it."""

    url: str
    store: Store
    clock: Clock
    site: Site
    database: Path

    def last_case(self) -> dict[str, Any]:
        """The newest record, whole."""
        cases = Cases(self.store.database, self.store.vault)
        rows = cases.list(tuple(self.site.places))
        newest = max(rows, key=lambda row: row["filed_at"] or row["begun_at"])
        return cases.show(newest["reference"])

    def count(self, model: str) -> int:
        """Rows of a table."""
        with self.store.database.reading() as db:
            return int(db.exec_driver_sql(f"SELECT count(*) FROM {model}").scalar_one())

    @contextmanager
    def database_gone(self) -> Iterator[None]:
        """Somebody moves the database away, and puts it back."""
        away = self.database.with_suffix(".away")
        self.database.rename(away)
        try:
            yield
        finally:
            away.rename(self.database)


@pytest.fixture(scope="session")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with chatting(tmp_path_factory.mktemp("webchat")) as running:
        yield running


@contextmanager
def chatting(folder: Path) -> Iterator[Running]:
    """Two organisations, served by aiohttp in a thread of its own."""
    settings = load(data=folder, organisations="dudley,sandwell")
    clock = Clock()
    found = profiles(settings)
    known = worlds(found, watch(), clock)
    store = open_store(
        settings.database_url,
        key_ring=settings.ring_file,
        key_store=settings.key_store_url,
        media=settings.media_folder,
        worlds=known.__getitem__,
        profiles=found,
        receipt_cost=2**10,
    )
    translators = {entry.code: locales.translator(entry.code) for entry in locales.offered()}
    site = Site(
        places={name: place(profile) for name, profile in found.items()},
        tongues=tuple(Tongue(entry.code, entry.name, entry.direction == "rtl") for entry in locales.offered()),
        translate=lambda code, message, context="": translators[code](context, message),
        word=lambda code, command: locales.words(code).anytime[command][0],
        writer=store.writer,
        talks=Talks(store.database, store.vault, store.writer),
        files=store.media,
        looking=Looking(store),
        clock=clock,
        secure=False,
        largest=2 * 1024 * 1024,
    )
    store.media.limit = site.largest
    try:
        with serving(webchat.routes(site)) as url:
            yield Running(url, store, clock, site, folder / "hearback.db")
    finally:
        store.close()


# A browser: one for every module, since two cannot be driven at once --------------------------------

PHONE = {"width": 390, "height": 844}
NEUTRAL = "https://www.bbc.co.uk/**"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as started:
        yield started


@pytest.fixture
def opened(browser: Browser, chat: Running) -> Iterator[Open]:
    """Opens the first page as a phone would; fails at the end if the page complained, or asked anybody else."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    allowed = (chat.url, "data:", "blob:", NEUTRAL.removesuffix("**"))

    def open_page(path: str = "/dudley/?lang=en", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE, **options})
        context.route(NEUTRAL, lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"))
        context.on("request", lambda one: None if one.url.startswith(allowed) else wrong.append(f"asked {one.url}"))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        page.goto(chat.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
