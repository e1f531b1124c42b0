"""What an operation of the interface is: one declaration gives its route, its scope, its checks and its documentation.

    @operation("GET", "/records/{reference}", "One record", scopes=("records",), answer=shapes.Record)
    async def record(ask: Ask) -> Answer:
        '''What stands here is the description that people read.'''
        return Answer(...)

``bot.api.front`` does the rest before a handler is called, ``bot.api.document`` writes the OpenAPI document from the
same declarations. Import nothing here from elsewhere in the program: the interface has its own shapes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from inspect import cleandoc
from typing import Any, TypeVar

import sqlmodel
from aiohttp import web
from pydantic import BaseModel
from sqlalchemy import Connection

from casework.procedure import Profile
from storage import audit, tokens
from storage.about import About
from storage.audit import Deed
from storage.sealer import Sealer
from storage.store import Store
from storage.tokens import Token

T = TypeVar("T")

#: Every address of the interface begins with it; a change that programs would notice makes it /api/v2.
PREFIX = "/api/v1"

#: What can go wrong: code -> (HTTP status, what it is called). The code is the end of the problem's ``type``.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "no-token": (401, "A token is needed"),
    "not-allowed": (403, "The token may not do this"),
    "not-found": (404, "There is nothing here"),
    "wrong-method": (405, "This cannot be done here"),
    "key-used": (409, "The Idempotency-Key was used for something else"),
    "too-large": (413, "The request is too large"),
    "not-json": (415, "The request is not JSON"),
    "not-possible": (422, "The request makes no sense as it is"),
    "too-many": (429, "Too many requests"),
    "failed": (500, "Something went wrong here"),
    "not-saved": (503, "Nothing could be saved"),
}


class Problem(Exception):
    """Why nothing was done. ``detail`` says what to do; ``errors``: (where, what) of each thing that is wrong."""

    def __init__(
        self,
        code: str,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors, self.headers = code, detail, tuple(errors), dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code (``PROBLEMS``)."""
        return PROBLEMS[self.code][0]


@dataclass(frozen=True)
class Api:
    """What the interface is given.

    address      public address of this deployment, without a slash at the end
    inside       hosts of one's own network that webhooks may lead to (``storage.webhooks.problem``)
    per_minute   requests that one token may make in a minute
    """

    store: Store
    profiles: Mapping[str, Profile]
    clock: Callable[[], datetime]
    address: str
    inside: tuple[str, ...] = ()
    per_minute: int = 600


@dataclass
class Ask:
    """One request that may be answered.

    query, body  what was asked, checked, of the shapes that the operation names
    key          the Idempotency-Key, "" where none is needed
    found        the record of the path, which this token may see; read it as ``record``
    what         what the audit calls it
    noted        what the audit is told it was about, where that is no record of the path
    shown        references of the records that the answer lists: for the audit
    owed         the audit's line is still to be written; the first write of a deed does it
    """

    api: Api
    http: web.Request
    token: Token
    now: datetime
    query: Any = None
    body: Any = None
    key: str = ""
    found: About | None = None
    what: str = ""
    noted: str = ""
    shown: list[str] = field(default_factory=list)
    owed: bool = True

    @property
    def store(self) -> Store:
        """Where the records of this deployment are."""
        return self.api.store

    @property
    def organisation(self) -> str:
        """The id of the organisation whose token this is; nothing of another one is ever shown."""
        return self.token.organisation

    @property
    def profile(self) -> Profile:
        """The procedure of the token's organisation, with its working days of now."""
        return self.store.procedures.now(self.organisation)

    @property
    def sealer(self) -> Sealer:
        """Opens and seals what is under the key ring itself: names of staff, routes, tokens."""
        return Sealer(self.store.vault.ring)

    @property
    def record(self) -> About:
        """The record of the path, which this token may see; for operations whose path has a {reference}."""
        assert self.found is not None, "the path of this operation has no {reference}"
        return self.found

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """``fn(db)`` on a reading connection, in a thread of its own."""

        def run() -> T:
            with self.store.database.reading() as db:
                return fn(db)

        return await asyncio.to_thread(run)

    async def write(self, fn: Callable[[sqlmodel.Session], T], *, aside: bool = False) -> T:
        """``fn(db)`` in the writer's next transaction; returns once it is committed. Raises NotSaved.

        The first adds the audit's line in the same transaction: set ``noted`` before, or within ``fn``. ``aside``: it
        is not what the operation is for, and leaves the line to the next one.
        """
        owes = self.owed and not aside

        def run(db: sqlmodel.Session) -> T:
            result = fn(db)
            if owes:
                self.line(db.connection())
            return result

        result = await asyncio.wrap_future(self.store.writer.write(run))
        self.owed = self.owed and not owes
        return result

    @property
    def deed(self) -> Deed:
        """What the audit is told of this request, in the name of the token."""
        about = self.noted or (self.found.reference if self.found else "")
        return Deed(self.organisation, self.token.id, self.what, self.now, about, tuple(self.shown))

    def line(self, db: Connection) -> None:
        """The audit's line, and when the token was last used; in the transaction of what it did."""
        tokens.used(db, self.token, self.now)
        audit.write(db, self.deed)


@dataclass(frozen=True)
class Answer:
    """What is answered: a shape, or ``raw`` bytes of the operation's ``media``; ``headers`` besides."""

    body: BaseModel | None = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Ask], Awaitable[Answer]]


@dataclass(frozen=True)
class Operation:
    """An operation. ``once``: it needs an Idempotency-Key; ``audit``: what the audit calls it."""

    method: str
    path: str
    title: str
    scopes: tuple[str, ...]
    handler: Handler
    answer: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    media: str = "application/json"
    once: bool = False
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its name in the document: that of its handler."""
        return str(getattr(self.handler, "__name__", ""))

    @property
    def audit(self) -> str:
        """What the audit calls a use of it; ``console.auditwords`` says it in words."""
        return f"api.{self.id}"

    @property
    def description(self) -> str:
        """What the published document says of it: the docstring of its handler."""
        return cleandoc(self.handler.__doc__ or "")

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


OPERATIONS: list[Operation] = []


def operation(method: str, path: str, title: str, **more: Any) -> Callable[[Handler], Handler]:
    """Declare the operation that the function below is. ``more``: the other fields of Operation."""

    def keep(handler: Handler) -> Handler:
        OPERATIONS.append(Operation(method, path, title, handler=handler, **more))
        return handler

    return keep
