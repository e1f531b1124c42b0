"""What stands before every page: who is signed in, the form's token, the permission, the record, the audit.

Nothing that was typed is lost: when a post cannot be taken because the session has ended, the token is stale or
nothing could be saved, the page that answers holds all of it (``console.typed``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDict, MultiDictProxy
from sqlalchemy import Connection

from console import assets, guard, typed
from console.page import PUBLIC, SIGNED_IN, Page
from console.pages import emergency, every, proving, sign_in
from console.render import render
from console.request import Request
from console.roles import About, User, may, may_in_an_emergency
from console.site import PREFIX, Site
from console.words import LANGUAGES
from storage import audit, sessions, staff
from storage.about import about
from storage.audit import Deed, Seldom
from storage.sessions import Session
from storage.turns import NotSaved

log = logging.getLogger(__name__)

#: A session is marked as used at most this often.
MARK = timedelta(minutes=1)


def routes(site: Site) -> list[web.RouteDef]:
    """Every route of the console, under ``/staff``; add them before the web chat's, which answer everything."""
    front = _Front(site)

    async def slash(_: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(f"{PREFIX}/")

    async def nothing(_: Request) -> web.StreamResponse:
        raise web.HTTPNotFound

    def route(page: Page) -> web.RouteDef:
        return web.route(page.method, PREFIX + page.path, front.serving(page))

    return [
        web.get(PREFIX, slash),
        web.get(f"{PREFIX}/assets/{{name}}", assets.serve),
        *(route(page) for page in every()),
        route(Page("*", "/{nothing:.*}", PUBLIC, nothing)),
    ]


class _Front:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._refusals = Seldom()

    def serving(self, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """What aiohttp calls for a page."""

        async def serve(http: web.Request) -> web.StreamResponse:
            ask = Request(http, self._site, page, _language(http))
            try:
                response = await self._answer(ask)
            except web.HTTPException as error:
                if error.status in (403, 404):
                    await self._refused(ask)
                response = self._elsewhere(error) if error.status < 400 else self._problem(ask, error.status)
            except NotSaved:
                response = self._not_saved(ask)
            except asyncio.CancelledError:
                raise
            except Exception:
                # Of an error bot.logs keeps its kind and its place; its text may hold what somebody wrote.
                log.exception("a page of the console failed")
                response = self._problem(ask, 500)
            return self._finished(ask, response)

        return serve

    async def _answer(self, ask: Request) -> web.StreamResponse:
        http, page = ask.http, ask.page
        await self._who(ask)
        post = page.method == "POST"
        if post:
            if not guard.own_page(http, self._site):
                raise web.HTTPForbidden
            await self._form(ask)
        if page.permission != PUBLIC and ask.signed_in is None:
            return self._signing_in(ask)
        given, wanted = str(ask.form.get("token", "")).partition(".")[0], ask.token.partition(".")[0]
        if post and not page.bearer and not guard.token_fits(given, wanted):
            return self._stale(ask)
        if page.permission not in (PUBLIC, SIGNED_IN) and not await self._permitted(ask):
            await self._refused(ask)
            return await emergency.closed(ask)
        if page.fresh and not (ask.session and ask.session.fresh(ask.now)):
            return await proving.asked(ask)
        noted = ask.signed_in is not None and page.permission != PUBLIC and not page.quiet
        ask.owed = post and noted
        response = await page.handler(ask)
        if noted and not post and (page.about_a_record or page.audit):
            await self._note(ask)  # before anything of it leaves; only the handler knows which records a list shows
        if ask.owed and response.status < 400:
            await self._note(ask)
        if noted and post and response.status < 400 and "typed" in ask.form:
            with suppress(NotSaved):  # it is offered once more; what was done with it is done
                await typed.done(ask)
        return response

    # Who asks -----------------------------------------------------------------------------------

    async def _who(self, ask: Request) -> None:
        """The session and its user, and the secret of their forms."""
        site, http = self._site, ask.http
        held = guard.cookie(http, site, guard.SESSION)
        if held:

            def look(db: Connection) -> tuple[Session | None, staff.Member | None]:
                found = sessions.find(db, site.sealer, held)
                there = found is not None and found.staff is not None and found.live(ask.now)
                return found, staff.member(db, site.sealer, found.staff) if there and found and found.staff else None

            session, member = await ask.read(look)
            if session is not None and session.live(ask.now):
                ask.session = session
                known = member is not None and not member.disabled and member.organisation in site.profiles
                if member is not None and known and session.step == "in":
                    await self._use(ask, session, member)
        secret = held if ask.session else guard.cookie(http, site, guard.BEFORE)
        if not secret:
            secret = ask.cookies[guard.BEFORE] = guard.new_secret()
        who = typed.typist(site, ask.signed_in.id) if ask.signed_in else ""
        ask.token = f"{guard.token(secret)}.{who}"
        ask.said = typed.read_flash(ask)

    async def _use(self, ask: Request, session: Session, member: staff.Member) -> None:
        ask.signed_in = User(
            member.id, member.organisation, member.name, member.roles, member.services, member.language
        )
        ask.language = member.language if member.language in LANGUAGES else ask.language
        now = ask.now
        alone = ask.page.quiet and ask.page.method == "GET"  # a page that asks by itself is nobody at work
        if now - session.seen_at > MARK and not alone:
            await ask.write(lambda db: sessions.seen(db.connection(), session.hash, now), aside=True)

    async def _form(self, ask: Request) -> None:
        given = await ask.http.post()
        ask.files = {name: value for name, value in given.items() if isinstance(value, FileField)}
        ask.form = MultiDictProxy(MultiDict((n, v) for n, v in given.items() if isinstance(v, str)))

    # What they may ------------------------------------------------------------------------------

    async def _permitted(self, ask: Request) -> bool:
        """False for a restricted record that they might open in an emergency.

        Raises 403 for a page that no role of theirs opens, 404 for a record that they may not see.
        """
        user, page = ask.user, ask.page
        if page.about_a_record:
            reference = ask.http.match_info["reference"]
            found: About | None = await ask.read(lambda db: about(db, user.organisation, reference, ask.now))
            if found is None:
                raise web.HTTPNotFound
            if not may(user, page.permission, found):
                if not may_in_an_emergency(user, page.permission, found):
                    raise web.HTTPNotFound
                ask.found = found
                return page.glass
            ask.found = found
        elif not may(user, page.permission):
            raise web.HTTPForbidden
        return True

    async def _note(self, ask: Request) -> None:
        """The audit's line of a view, or of a post that saved nothing for it to stand with.

        Raises NotSaved: nothing is shown that is not written down.
        """
        await asyncio.to_thread(audit.written, self._site.store, ask.deed)
        ask.owed = False

    async def _refused(self, ask: Request) -> None:
        """That somebody was refused a page, once a minute: who and which, and not whether a record is there."""
        user, page, now = ask.signed_in, ask.page, ask.now
        if user is None or page.permission == PUBLIC or not self._refusals.now(user.id, page.name, now):
            return
        deed = Deed(user.organisation, user.id, f"{audit.REFUSED}.{page.name}", now)
        try:
            await asyncio.to_thread(audit.written, self._site.store, deed)
        except NotSaved:
            log.error("a line of the audit could not be written")

    # When it cannot be done ---------------------------------------------------------------------

    def _signing_in(self, ask: Request) -> web.StreamResponse:
        if ask.page.method != "POST":
            here = ask.http.rel_url.path_qs
            return web.Response(status=303, headers={"Location": ask.address("/sign-in", next=here)})
        found = typed.of(ask)
        ask.typed = typed.seal(ask.site, found) if found.who and found.fields else ""
        return sign_in.form(ask, 401)

    def _stale(self, ask: Request) -> web.StreamResponse:
        """A form from before: the same person sees what they typed again; before signing in they just try again."""
        if ask.signed_in is None:
            ask.errors.add("login", ask.say("This page was open for a long time; please sign in again"))
            return sign_in.form(ask, 403)
        found = typed.of(ask)
        if found.who == typed.typist(self._site, ask.signed_in.id):
            said = ask.say("This page was open for a long time. Look through it and send it again.")
            return typed.show(ask, found, said, 409)
        raise web.HTTPForbidden

    def _not_saved(self, ask: Request) -> web.StreamResponse:
        if ask.signed_in is None or ask.page.method != "POST":
            return self._problem(ask, 503)
        if ask.saved:
            said = ask.say("It is saved, but not everything that belongs to it. Look at it before you send it again.")
            return ask.back_to("/", said, "warning")
        said = ask.say("Nothing was saved just now: the database does not answer. Send it again in a minute.")
        return typed.show(ask, typed.of(ask), said, 503)

    def _elsewhere(self, error: web.HTTPException) -> web.StreamResponse:
        """A redirect that was raised."""
        return web.Response(status=error.status, headers={"Location": error.headers.get("Location", f"{PREFIX}/")})

    def _problem(self, ask: Request, status: int) -> web.StreamResponse:
        return render(ask, "problem.html", status, problem=status)

    def _finished(self, ask: Request, response: web.StreamResponse) -> web.StreamResponse:
        for name, value in guard.headers(self._site).items():
            response.headers.setdefault(name, value)
        for name, value in ask.cookies.items():
            guard.give(response, self._site, name, value, seconds=guard.LIVES.get(name))
        typed.give_flash(ask, response)
        return response


def _language(http: web.Request) -> str:
    """Before somebody signs in: ``?lang=``, else what the browser likes best."""
    if (asked := http.query.get("lang", "")) in LANGUAGES:
        return asked
    for part in http.headers.get("Accept-Language", "")[:300].split(","):
        if (code := part.strip()[:2].lower()) in LANGUAGES:
            return code
    return LANGUAGES[0]
