"""Cookies, the secret of a form, where a post came from, who is slowed down, and the headers of every page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from console.site import PREFIX, Site

SESSION, BEFORE, DEVICE, FLASH = "staff", "staff-before", "staff-device", "staff-flash"
#: Seconds that a cookie lives; the others until the browser is closed, or their session ends.
LIVES = {DEVICE: 180 * 24 * 3600}

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'{provider}; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types hearback"
)


def headers(site: Site, *, signing_in: bool = False) -> dict[str, str]:
    """The headers of every page.

    Browsers hold the redirect after a post against ``form-action`` too: where one leads to the provider, its
    address is allowed.
    """
    provider = f" {origin(site.provider.issuer)}" if signing_in and site.provider else ""
    return {"Content-Security-Policy": _POLICY.format(provider=provider), **HEADERS}


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# Cookies ----------------------------------------------------------------------------------------


def cookie(request: web.Request, site: Site, name: str) -> str:
    """What the browser holds under a name, "" for nothing."""
    held = request.cookies.get(_name(site, name), "")
    return held if len(held) <= 3000 else ""


def give(response: web.StreamResponse, site: Site, name: str, value: str, *, seconds: int | None = None) -> None:
    """Hand the browser a cookie; without ``seconds`` until it is closed. ``Lax``: the way back from a provider."""
    response.set_cookie(
        _name(site, name), value, max_age=seconds, path="/", secure=site.secure, httponly=True, samesite="Lax"
    )


def take_back(response: web.StreamResponse, site: Site, name: str) -> None:
    """Make the browser drop a cookie."""
    give(response, site, name, "", seconds=0)


def _name(site: Site, name: str) -> str:
    return f"__Host-{name}" if site.secure else name


# Forms ------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A random secret of 256 bits, fit for a cookie or an address."""
    return secrets.token_urlsafe(32)


def token(held: str) -> str:
    """The secret of this browser's forms, made from what it holds."""
    return hmac.new(held.encode("utf-8", "replace"), b"console form", hashlib.sha256).hexdigest() if held else ""


def token_fits(given: str, wanted: str) -> bool:
    """Whether a form was made for this browser."""
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def own_page(request: web.Request, site: Site) -> bool:
    """Whether a post was begun by a page of ours, as the browser says itself."""
    if (fetched := request.headers.get("Sec-Fetch-Site", "")) and fetched not in ("same-origin", "none"):
        return False
    given = request.headers.get("Origin", "")
    if not given:
        return True
    if given == "null":
        return False
    ours = {request.host, urlsplit(site.base_url).netloc} - {""}
    return given.partition("://")[2] in ours


# Who is slowed down -----------------------------------------------------------------------------


def source(request: web.Request, site: Site) -> str:
    """The address a request comes from: the last one of X-Forwarded-For that is no proxy of ours.

    Without ``proxies`` the header is not believed.
    """
    near = request.remote or ""
    if not _within(near, site.proxies):
        return near
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if not _within(hop, site.proxies)), near)


def _within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in networks)


def wait(many: int, last: datetime | None, now: datetime, free: int = 5) -> int:
    """Seconds to wait before the next try: none for the first ``free`` failures, then doubling to a quarter hour."""
    if many < free or last is None:
        return 0
    until = last + timedelta(seconds=min(900, 2 ** min(many - free + 1, 10)))
    return max(0, -int((now - until).total_seconds() // 1))


def agent(request: web.Request) -> str:
    """What a browser looks like in the list of sessions."""
    said = request.headers.get("User-Agent", "")[:400]
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for sign, name in known if sign in said), "") for known in (browsers, systems)]
    return ", ".join(part for part in found if part)


__all__ = [
    "BEFORE",
    "DEVICE",
    "FLASH",
    "LIVES",
    "PREFIX",
    "SESSION",
    "agent",
    "cookie",
    "give",
    "headers",
    "new_secret",
    "own_page",
    "source",
    "take_back",
    "token",
    "token_fits",
    "wait",
]
