"""Pages as data: a module of ``console.pages`` declares each with its path and the permission it needs.

    pages = Pages()

    @pages.get("/today", "records.list", menu=N_("Today"))
    async def today(ask: Request) -> web.StreamResponse:
        return render(ask, "today.html", rows=await ask.read(rows_of))

    @pages.post("/record/{reference}/acknowledge", "record.work")
    async def acknowledge(ask: Request) -> web.StreamResponse:
        ...
        return ask.back_to("/record/" + ask.record.reference, ask.say("Acknowledged."))

``console.front`` does the rest before a handler is called: who is signed in, the form's token, the permission,
and, where the path has ``{reference}``, that this user may do this with that very record (else 404). Views of a
record are audited there as well. A test walks ``console.pages.every()`` for every role and organisation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from console.roles import PERMISSIONS

if TYPE_CHECKING:
    from console.request import Request

Handler = Callable[["Request"], Awaitable[web.StreamResponse]]

#: Instead of a permission: before signing in, and whoever is signed in.
PUBLIC = "public"
SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Page:
    """A route: ``path`` under /staff, e.g. "/record/{reference}".

    audit  what the audit calls it; "" for its path. Audited are posts, views of a record, and
           pages that say it: lists, exports, whatever shows something of a person
    menu   what the menu calls it, "" to leave it out; the menu shows what the user may do. A page under /settings/
           is in the menu of the settings instead, with ``hint``, one line that says what it is for
    quiet  a look that tells nothing of the record's contents: not audited
    fresh  it needs the second factor given within ten minutes: what takes records out, or changes who gets in
    glass  it answers for a restricted record too, to whoever might open it in an emergency
    bearer the address itself holds a secret that only its receiver has: the form needs no token besides
    """

    method: str
    path: str
    permission: str
    handler: Handler
    audit: str = ""
    menu: str = ""
    quiet: bool = False
    hint: str = ""
    bearer: bool = False
    fresh: bool = False
    glass: bool = False

    @property
    def about_a_record(self) -> bool:
        """Whether its path names a record, which is then looked up and permitted before the handler runs."""
        return "{reference}" in self.path

    @property
    def name(self) -> str:
        """What it is called in the audit: "record", "record.acknowledge"."""
        parts = [part for part in self.path.strip("/").split("/") if not part.startswith("{")]
        return self.audit or ".".join(parts) or "home"


class Pages:
    """The pages of one module, in the order they are declared."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def __iter__(self) -> Iterator[Page]:
        return iter(self._pages)

    def get(
        self, path: str, permission: str, *, audit: str = "", menu: str = "", quiet: bool = False, hint: str = "",
        fresh: bool = False,
    ) -> Callable[[Handler], Handler]:  # fmt: skip
        """A page."""
        return self._add(Page("GET", path, permission, _none, audit, menu, quiet, hint, fresh=fresh))

    def post(
        self, path: str, permission: str, *, audit: str = "", quiet: bool = False, bearer: bool = False,
        fresh: bool = False, glass: bool = False,
    ) -> Callable[[Handler], Handler]:  # fmt: skip
        """An action; its form carries ``{{ form_token() }}``. ``quiet``: it changes and tells nothing (a preview)."""
        return self._add(
            Page("POST", path, permission, _none, audit, quiet=quiet, bearer=bearer, fresh=fresh, glass=glass)
        )

    def _add(self, page: Page) -> Callable[[Handler], Handler]:
        if page.permission not in PERMISSIONS and page.permission not in (PUBLIC, SIGNED_IN):
            raise ValueError(f"{page.path}: {page.permission!r} is no permission; see console.roles.PERMISSIONS")

        def keep(handler: Handler) -> Handler:
            self._pages.append(replace(page, handler=handler))
            return handler

        return keep


async def _none(_: Request) -> web.StreamResponse:
    raise web.HTTPNotFound
