"""What a handler is given: who asks, in which language, the form, and the ways to read, write and answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlmodel
from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDict, MultiDictProxy
from sqlalchemy import Connection

from casework.procedure import Profile
from console.codes import Codes
from console.page import Page
from console.roles import About, User, may
from console.site import PREFIX, Site
from console.words import speaker
from storage import audit
from storage.audit import Deed
from storage.sessions import Session

T = TypeVar("T")


@dataclass
class Errors:
    """What is wrong with a form: field -> what to do about it. Shown above the form and at each field."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, text: str) -> None:
        """The first error of a field stays."""
        self.found.setdefault(name, text)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.found.items())

    def of(self, name: str) -> str:
        """The error of a field, "" for none."""
        return self.found.get(name, "")


@dataclass
class Request:
    """One request to the console.

    form      what was posted, empty for a GET
    token     secret of this browser's forms
    found     the record of the path (``{reference}``), already permitted; read it as ``record``
    said      what the page before had to say: (kind, text)
    flashes   what this one has to say on the next page
    cookies   what the browser is given with the answer (names of ``console.guard``)
    typed     what was being typed when the session ended, sealed, to go through signing in
    noted     what the audit is told the page was about, where that is not its record: "staff:<id>", "campaign:<code>"
    shown     references of the records that the page shows as a list, or does something with at once: for the audit
    owed      the audit's line of this post is still to be written; the first write of the deed does it
    saved     what this post is for, or some of it, is committed
    """

    http: web.Request
    site: Site
    page: Page
    language: str
    token: str = ""
    session: Session | None = None
    signed_in: User | None = None
    found: About | None = None
    form: MultiDictProxy[str] = field(default_factory=lambda: MultiDictProxy(MultiDict()))
    files: dict[str, FileField] = field(default_factory=dict)
    errors: Errors = field(default_factory=Errors)
    said: list[tuple[str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    typed: str = ""
    noted: str = ""
    shown: list[str] = field(default_factory=list)
    owed: bool = False
    saved: bool = False
    flashes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def user(self) -> User:
        """Who is signed in; only on pages that need it."""
        assert self.signed_in is not None, "a public page has no user"
        return self.signed_in

    @property
    def record(self) -> About:
        """The record of the path: its id, reference, and the facts that decide who may see it."""
        assert self.found is not None, "the path of this page has no {reference}"
        return self.found

    @property
    def profile(self) -> Profile:
        """The procedure of the user's organisation, with its working days of now."""
        return self.site.store.procedures.now(self.user.organisation)

    @property
    def now(self) -> datetime:
        """The aware time of this request, by the site's clock."""
        return self.site.clock()

    @property
    def query(self) -> Mapping[str, str]:
        """What the address asks for, after the question mark."""
        return self.http.query

    def say(self, text: str, **places: object) -> str:
        """A text of the console's catalogue in the user's language, its {places} filled."""
        return speaker(self.language)(text, **places)

    @property
    def codes(self) -> Codes:
        """What the codes of the organisation's records are called, in the user's language."""
        return Codes(self.profile, self.language, self.say)

    def may(self, permission: str, about: About | None = None) -> bool:
        """Whether the user may; without ``about`` with the record of this page, or ever where it has none."""
        about = about or self.found
        return self.signed_in is not None and may(self.signed_in, permission, about)

    def text(self, name: str, most: int = 20_000) -> str:
        """A field as it was typed: stripped, lines ended by \\n; an error where it is too long."""
        value = str(self.form.get(name, "")).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
        if len(value) > most:
            self.errors.add(
                name, self.say("Shorten this to {most} characters; it has {count}", most=most, count=len(value))
            )
        return value

    def chosen(self, name: str, offered: Iterable[str]) -> tuple[str, ...]:
        """What was ticked or chosen of a field; what was never offered is left out."""
        allowed = set(offered)
        return tuple(dict.fromkeys(str(value) for value in self.form.getall(name, ()) if value in allowed))

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """``fn(db)`` on a reading connection, in a thread of its own."""
        database = self.site.store.database

        def run() -> T:
            with database.reading() as db:
                return fn(db)

        return await asyncio.to_thread(run)

    async def report(self, fn: Callable[[Connection], T]) -> T:
        """The same for what reads much and is nobody's next step: figures, exports. A replica may answer."""
        database = self.site.store.database

        def run() -> T:
            with database.reporting() as db:
                return fn(db)

        return await asyncio.to_thread(run)

    async def write(self, fn: Callable[[sqlmodel.Session], T], *, aside: bool = False) -> T:
        """``fn(db)`` in the writer's next transaction; returns once it is committed. Raises NotSaved.

        The first of a post adds the audit's line in the same transaction: set ``noted`` before, or within ``fn``.
        ``aside``: it is not what the post is for (a try that is counted), and leaves the line to the next one.
        """
        return await self._written(self.site.store.writer.write, fn, aside)

    async def doom(self, fn: Callable[[sqlmodel.Session], T]) -> T:
        """The same for an ``fn`` that dooms keys or files (``Writer.dooming``)."""
        return await self._written(self.site.store.writer.dooming, fn, False)

    async def begin(self) -> None:
        """The audit's line before a deed that is more than one transaction."""
        await self.write(lambda db: None)

    async def _written(
        self, write: Callable[[Callable[[sqlmodel.Session], T]], Future[T]], fn: Callable[[sqlmodel.Session], T],
        aside: bool,
    ) -> T:  # fmt: skip
        owes = self.owed and not aside

        def run(db: sqlmodel.Session) -> T:
            result = fn(db)
            if owes:
                audit.write(db.connection(), self.deed)
            return result

        result = await asyncio.wrap_future(write(run))
        self.saved, self.owed = self.saved or not aside, self.owed and not owes
        return result

    @property
    def deed(self) -> Deed:
        """What the audit is told of this request."""
        about = self.noted or (self.found.reference if self.found else "")
        return Deed(self.user.organisation, self.user.id, self.page.name, self.now, about, tuple(self.shown))

    def flash(self, text: str, kind: str = "done") -> None:
        """Said once, above the next page. ``kind``: "done" or "warning"."""
        self.flashes.append((kind, text))

    def back_to(self, path: str, said: str = "", kind: str = "done") -> web.Response:
        """On to a page of the console after a post (303), with something to say there. ``path``: under /staff."""
        if said:
            self.flash(said, kind)
        return web.Response(status=303, headers={"Location": self.address(path)})

    def address(self, path: str, **query: Any) -> str:
        """The address of a page of the console: ``ask.address("/record/HB-7K3M-2Q")``."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return PREFIX + path + (f"?{urlencode(given, doseq=True)}" if given else "")

    def in_language(self, code: str) -> str:
        """The address of this page in another language, before somebody signs in."""
        return str(self.http.rel_url.update_query(lang=code))
