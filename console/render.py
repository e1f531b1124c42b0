"""Drawing the pages: one Jinja environment, everything escaped, the words from the console's catalogue.

A template begins with ``{% extends "base.html" %}`` and imports ``components.html`` as needed. Known everywhere:
``ask`` (the request), ``say``, ``user``, ``errors``, ``form_token()``, ``address(path, **query)``, ``asset(name)``,
``date(day)``, ``moment(at)``, ``day_of(at)``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import locales
from casework.calendar import LONDON
from console import assets, guard
from console.request import Request
from console.roles import ROLES
from console.words import LANGUAGES

#: The page under which the settings lie.
SETTINGS = "/settings"

_jinja = Environment(
    loader=PackageLoader("console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.do"],
)
_jinja.filters["tag"] = locales.tag
_jinja.globals["asset"] = assets.address


def render(ask: Request, template: str, status: int = 0, **values: Any) -> web.Response:
    """One page with every header it needs. Without ``status``: 422 when the form has errors, else 200."""
    html = draw(ask, template, **values)
    response = web.Response(
        text=html,
        content_type="text/html",
        status=status or (422 if ask.errors else 200),
        headers=guard.headers(ask.site, signing_in=ask.signed_in is None),
    )
    return response


def draw(ask: Request, template: str, **values: Any) -> str:
    """A page, or a part of one, as text."""
    from console.pages import every

    def form_token() -> Markup:
        return Markup('<input type="hidden" name="token" value="{}">').format(ask.token)

    known: dict[str, Any] = {
        "ask": ask,
        "say": ask.say,
        "user": ask.signed_in,
        "errors": ask.errors,
        "language": ask.language,
        "languages": [locales.language(code) for code in LANGUAGES],
        "menu": menu(ask, every()) if ask.signed_in else (),
        "roles": ROLES,
        "form_token": form_token,
        "demonstration": ask.site.demonstration is not None,
        "address": ask.address,
        "date": lambda day: locales.show_date(day, ask.language) if day else "",
        "moment": lambda at: shown(at, ask.language),
        "day_of": lambda at: at.astimezone(LONDON).date() if at else None,
        "organisation": str(ask.profile.name.said(ask.language)) if ask.signed_in else "",
    }
    return _jinja.get_template(template).render({**known, **values})


def menu(ask: Request, pages: tuple[Any, ...]) -> tuple[tuple[str, str, bool], ...]:
    """What the user may open: (address, name, whether it is open); pages of the settings have a menu of their own."""
    here = ask.page.path
    return tuple(
        (
            ask.address(page.path),
            ask.say(page.menu),
            page.path == here or page.menu == ask.page.menu or (page.path == SETTINGS and here.startswith(SETTINGS)),
        )
        for page in pages
        if page.menu and not page.path.startswith(f"{SETTINGS}/") and allowed(ask, page.permission)
    )


def allowed(ask: Request, permission: str) -> bool:
    """Whether the user may ever open pages of a permission."""
    from console.page import PUBLIC, SIGNED_IN

    user = ask.signed_in
    return permission == PUBLIC or (user is not None and (permission == SIGNED_IN or permission in user.permissions))


def shown(at: datetime | date | str | None, language: str) -> str:
    """A time as staff read it, by the clock in London: "Tuesday 3 March 2026, 14:05"."""
    if not at:
        return ""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    if not isinstance(when, datetime):
        return locales.show_date(when, language)
    local = when.astimezone(LONDON)
    return f"{locales.show_date(local.date(), language)}, {local:%H:%M}"
