"""Other systems: the chat on a website and on posters; tokens and webhooks for programs."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import segno
import sqlmodel
from aiohttp import web
from markupsafe import Markup
from sqlalchemy import Connection

import locales
from console import guard, pdf
from console.integrationview import LIVES, SCOPES, hook_line, lets_read, link, poster_of, snippet, token_line
from console.page import Pages
from console.render import draw, render
from console.request import Request
from console.settingsview import outside, read_number
from console.words import N_
from storage import tokens, webhooks
from storage.tokens import MOST_NAME, READING, Token
from storage.webhooks import TooMany, Webhook

pages = Pages()
ORDER = 88
HOME = "/settings/integration"
MANAGE = "programs.manage"


ONLY_READERS = N_("Only somebody who may read every record, a complaints manager, can let a program read records.")


@pages.get(
    HOME,
    "settings.view",
    audit="integration.seen",
    menu=N_("Other systems"),
    hint=N_("The chat on your website and on posters; tokens and webhooks for a case management system."),
)
async def home(ask: Request) -> web.StreamResponse:
    """Everything about other systems; what a new token or webhook is known by is shown this once."""
    return await _home(ask)


async def _home(ask: Request) -> web.Response:
    made = next((json.loads(text) for kind, text in ask.said if kind == "made"), None)
    ask.said = [(kind, text) for kind, text in ask.said if kind != "made"]
    if made:
        ask.said.append(("done", ask.say("Made: {name}", name=made["name"])))
    organisation, manage = ask.user.organisation, ask.may(MANAGE)

    def look(db: Connection) -> tuple[list[Token], list[Webhook], dict[int, dict[str, int]]]:
        if not manage:
            return [], [], {}
        return (
            tokens.every(db, organisation),
            webhooks.every(db, ask.site.sealer, organisation),
            webhooks.states(db, organisation),
        )

    known, hooks, states = await ask.read(look)
    service, language = _service(ask), _language(ask)
    address = link(ask, service, language if language != "en" else "")
    return render(
        ask,
        "integration.html",
        made=made,
        manage=manage,
        tokens=[token_line(ask, one) for one in known],
        hooks=[hook_line(ask, one, states.get(one.id, {})) for one in hooks],
        lets_read=lets_read(ask.user),
        only_readers=ask.say(ONLY_READERS),
        scopes=[(one, ask.say(said)) for one, said in SCOPES.items() if one not in READING or lets_read(ask.user)],
        lives=[(str(days), ask.say("{count} days", count=days)) for days in LIVES],
        services=[(one.id, one.name.said(ask.language)) for one in ask.profile.services.values()],
        tongues=[(entry.code, entry.name) for entry in locales.offered()],
        service=service,
        language=language,
        link=address,
        pictured=link(ask, service, language if language != "en" else "", pictures=True),
        snippet=snippet(address, language),
        api=f"{outside(ask)}/api/v1/",
        given=ask.form,
        chosen=ask.form.getall("scope", ()),
    )


# The way from a website ---------------------------------------------------------------------------


@pages.get(f"{HOME}/qr.svg", "settings.view")
async def code(ask: Request) -> web.StreamResponse:
    """The QR code of the chat, about a service, in a language."""
    out = io.BytesIO()
    segno.make(link(ask, _service(ask), _language(ask)), error="m").save(out, kind="svg", scale=8, border=2)
    return web.Response(body=out.getvalue(), content_type="image/svg+xml")


@pages.get(f"{HOME}/poster", "settings.view")
async def poster(ask: Request) -> web.StreamResponse:
    """A page to print, or to keep as a PDF, of a service in one of the languages that people are offered."""
    service, language = _service(ask), _language(ask)
    return render(
        ask,
        "integration_poster.html",
        poster=poster_of(ask, service, language),
        tongues=[(entry.code, entry.name) for entry in locales.offered()],
        service=service,
        chosen=language,
        as_file=pdf.maker() is not None,
    )


@pages.get(f"{HOME}/poster.pdf", "settings.view")
async def poster_file(ask: Request) -> web.StreamResponse:
    """The same poster as a PDF of one page; 404 where this machine makes none."""
    make, service, language = pdf.maker(), _service(ask), _language(ask)
    if make is None:
        raise web.HTTPNotFound
    qr = Markup(segno.make(link(ask, service, language), error="m").svg_inline(scale=8, border=2, omitsize=True))
    html = draw(ask, "integration_poster_pdf.html", poster=poster_of(ask, service, language), qr=qr)
    name = "-".join(("poster", ask.user.organisation, *([service] if service else []), language))
    return web.Response(
        body=await asyncio.to_thread(make, html),
        content_type="application/pdf",
        headers={**guard.headers(ask.site), "Content-Disposition": f'attachment; filename="{name}.pdf"'},
    )


def _service(ask: Request) -> str:
    asked = ask.query.get("service", "")
    return asked if asked in ask.profile.services else ""


def _language(ask: Request) -> str:
    asked = ask.query.get("in", "")
    return asked if asked in [entry.code for entry in locales.offered()] else "en"


# Tokens -------------------------------------------------------------------------------------------


@pages.post(f"{HOME}/tokens", MANAGE, audit="integration.token", fresh=True)
async def make_token(ask: Request) -> web.StreamResponse:
    """A new token, shown on the next page and never again."""
    name, days = ask.text("name", MOST_NAME), ask.chosen("days", [str(one) for one in LIVES])
    scopes = ask.chosen("scope", SCOPES)
    if not name:
        ask.errors.add("name", ask.say("Write which program will use it"))
    if not scopes:
        ask.errors.add("scope", ask.say("Choose what it may do"))
    if READING.intersection(scopes) and not lets_read(ask.user):
        ask.errors.add("scope", ask.say(ONLY_READERS))
    if ask.errors:
        return await _home(ask)
    organisation, by, now = ask.user.organisation, f"staff:{ask.user.id}", ask.now
    life = timedelta(days=int(days[0] if days else LIVES[2]))

    def write(db: sqlmodel.Session) -> tuple[Token, str]:
        made, token = tokens.make(db.connection(), organisation, name, scopes, by, now, life)
        ask.noted = f"token:{made.id}"
        return made, token

    made, token = await ask.write(write)
    ask.flash(json.dumps({"what": "token", "name": made.name, "secret": token}), "made")
    return ask.back_to(HOME)


@pages.post(f"{HOME}/tokens/{{token}}/revoke", MANAGE, audit="integration.revoke")
async def revoke(ask: Request) -> web.StreamResponse:
    """A token opens nothing any more, and the webhooks it made end with it."""
    return await _ended(ask, "token", tokens.revoke, ask.say("Revoked. It opens nothing any more."))


# Webhooks -----------------------------------------------------------------------------------------


@pages.post(f"{HOME}/webhooks", MANAGE, audit="integration.webhook", fresh=True)
async def add(ask: Request) -> web.StreamResponse:
    """A new webhook; what signs it is shown on the next page and never again."""
    url, restricted = ask.text("url", webhooks.MOST_URL), "restricted" in ask.form
    if webhooks.problem(url, ask.site.webhook_hosts):
        said = ask.say("Write an address that begins with https:// and is reached from the internet")
        ask.errors.add("url", said)
    if restricted and not lets_read(ask.user):
        ask.errors.add("restricted", ask.say(ONLY_READERS))
    if ask.errors:
        return await _home(ask)
    organisation, by, now = ask.user.organisation, f"staff:{ask.user.id}", ask.now

    def write(db: sqlmodel.Session) -> Webhook:
        made = webhooks.add(db.connection(), ask.site.sealer, organisation, url, (), restricted, by, now)
        ask.noted = f"webhook:{made.id}"
        return made

    try:
        made = await ask.write(write)
    except TooMany:
        ask.errors.add("url", ask.say("There are {most} webhooks already; end one first", most=webhooks.MOST))
        return await _home(ask)
    told: dict[str, Any] = {"what": "webhook", "name": hook_line(ask, made, {}).host, "secret": made.secret}
    ask.flash(json.dumps(told), "made")
    return ask.back_to(HOME)


@pages.post(f"{HOME}/webhooks/{{webhook}}/end", MANAGE, audit="integration.webhook_end")
async def end(ask: Request) -> web.StreamResponse:
    """Nothing more is told to it."""
    return await _ended(ask, "webhook", webhooks.end, ask.say("Ended. Nothing more is told to it."))


def _number(ask: Request, name: str) -> int:
    if (number := read_number(ask.http.match_info[name])) is None:
        raise web.HTTPNotFound
    return number


async def _ended(
    ask: Request, name: str, end: Callable[[Connection, str, int, datetime], bool], said: str
) -> web.Response:
    """The token or webhook of the path is ended; 404 where the organisation has none of this number."""
    number, organisation, now = _number(ask, name), ask.user.organisation, ask.now
    ask.noted = f"{name}:{number}"

    def write(db: sqlmodel.Session) -> None:
        if not end(db.connection(), organisation, number, now):
            raise web.HTTPNotFound

    await ask.write(write)
    return ask.back_to(f"{HOME}#{name}s", said)
