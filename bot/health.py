"""Whether it lives (``/health``) and can take messages (``/ready``); the same in words for ``hearback check``.

What is said is fixed words and numbers of free space: anybody may ask.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.config import Settings
from storage.database import Database, NotSaved, behind
from storage.store import Store

#: Free megabytes below which messages can soon not be saved, and below which somebody should look.
FULL, LOW = 50, 1024
#: Seconds an answer is shown again, and seconds a part may take to answer.
FRESH, PATIENCE = 2.0, 5.0
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One part: "ok", "note" or "wrong", and a sentence."""

    part: str
    how: str
    words: str


def folders(settings: Settings) -> tuple[Path, ...]:
    """Where the deployment writes."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:  # said elsewhere
        return (settings.data, settings.keys_folder)
    own = (Path(url.database).parent,) if url.get_backend_name() == "sqlite" and url.database else ()
    return (settings.data, settings.keys_folder, *own)


def disk(places: Iterable[Path]) -> Check:
    """How much room is left on the disks of these folders; the fullest is told of."""
    free = min(shutil.disk_usage(_there(place)).free for place in places) // MB
    if free < FULL:
        return Check("disk", "wrong", f"Only {free} MB are free: make room now, or nothing more can be saved.")
    if free < LOW:
        return Check("disk", "note", f"{free} MB are free: make room soon.")
    return Check("disk", "ok", f"{free // 1024} GB are free.")


def database(one: Database) -> Check:
    """Whether it answers, and has the tables of this release."""
    try:
        old = behind(one)
    except (SQLAlchemyError, NotSaved, OSError) as error:
        return Check("database", "wrong", f"It does not answer ({type(error).__name__}).")
    if old:
        return Check("database", "wrong", "It is of another release than this program: start the program anew.")
    return Check("database", "ok", "It answers and is up to date.")


def writer(store: Store) -> Check:
    """Whether the one that writes gets to the end of a transaction."""
    if not store.writer.alive():
        return Check("writer", "wrong", "It has stopped: start the program anew.")
    done: Future[None] = store.writer.write(lambda db: None)
    try:
        done.result(PATIENCE)
    except TimeoutError:
        return Check("writer", "wrong", f"It has not got through in {PATIENCE:.0f} seconds.")
    except NotSaved:
        return Check("writer", "wrong", "Nothing can be saved now.")
    return Check("writer", "ok", "It writes.")


class Health:
    """The two pages of a server."""

    def __init__(self, store: Store, places: Iterable[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._places, self._clock = store, tuple(places), clock
        self._known: tuple[float, tuple[Check, ...]] = (-FRESH, ())
        self._asking = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """``/health``: requests are answered; ``/ready``: messages can be taken."""
        return [web.get("/health", self.alive), web.get("/ready", self.ready)]

    async def alive(self, _: web.Request) -> web.Response:
        """200 for as long as requests are answered at all."""
        return web.Response(text="listening\n")

    async def ready(self, _: web.Request) -> web.Response:
        """200 when messages can be taken, 503 when not; a line for each part."""
        async with self._asking:
            at, found = self._known
            if self._clock() - at >= FRESH:
                found = await asyncio.to_thread(self._look)
                self._known = (self._clock(), found)
        well = all(check.how != "wrong" for check in found)
        text = "".join(f"{check.how:<5} {check.part}: {check.words}\n" for check in found)
        headers = {"Cache-Control": "no-store"} | ({} if well else {"Retry-After": "5"})
        return web.Response(text=text, status=200 if well else 503, headers=headers)

    def _look(self) -> tuple[Check, ...]:
        return database(self._store.database), writer(self._store), disk(self._places)


def _there(path: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
