"""Who may do what: the credential's cookie, the token in each form, where a post came from, the headers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.webchat.site import Place, Site

#: A credential outlives a closed browser, so that somebody can come back next week. Seconds.
KEEP = 30 * 24 * 3600

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'{leave}; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types hearback"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: What Leave now tells the browser to forget. It cannot reach the history: no page can.
FORGET = {"Clear-Site-Data": '"cache", "cookies", "storage"'}


def headers(place: Place | None) -> dict[str, str]:
    """The headers of every answer but static files.

    Browsers hold the redirect after a post against ``form-action`` too, so the neutral site is allowed there.
    """
    leave = f" https://{urlsplit(place.leave_to).netloc}" if place else ""
    return {"Content-Security-Policy": _POLICY.format(leave=leave), **_HEADERS}


def cookie_name(site: Site, place: Place) -> str:
    """A cookie for each organisation. ``__Host-`` pins it to this host over https."""
    return f"{'__Host-' if site.secure else ''}chat-{place.id}"


def credential(request: web.Request, site: Site, place: Place) -> str:
    """The credential the browser holds, "" for none."""
    held = request.cookies.get(cookie_name(site, place), "")
    return held if 20 <= len(held) <= 100 else ""


def new_credential() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def sender(held: str) -> str:
    """What the store knows a credential by; nobody can get back to the credential from it."""
    return hashlib.sha256(b"sender\0" + held.encode()).hexdigest()[:40]


def token(held: str) -> str:
    """The secret of this browser's forms, made from its credential."""
    return hmac.new(held.encode(), b"form", hashlib.sha256).hexdigest()


def give(response: web.StreamResponse, site: Site, place: Place, held: str) -> None:
    """Hand the credential to the browser."""
    response.set_cookie(
        cookie_name(site, place), held, max_age=KEEP, path="/", secure=site.secure, httponly=True, samesite="Lax"
    )


def take_back(response: web.StreamResponse, site: Site, place: Place) -> None:
    """Make the browser drop the credential."""
    response.set_cookie(
        cookie_name(site, place), "", max_age=0, path="/", secure=site.secure, httponly=True, samesite="Lax"
    )


def own_page(request: web.Request, site: Site) -> bool:
    """Whether a post or a socket was begun by a page of ours.

    Browsers say so themselves (Sec-Fetch-Site). Older ones send Origin, which our own referrer
    policy turns into "null" for a form; then the form's token decides alone.
    """
    if (fetch_site := request.headers.get("Sec-Fetch-Site", "")) and fetch_site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin", "")
    if origin in ("", "null"):
        return True
    ours = {request.host, urlsplit(site.base_url).netloc} - {""}
    return origin.partition("://")[2] in ours


def token_fits(given: str, held: str) -> bool:
    """Whether a form was rendered for this credential."""
    return bool(held) and hmac.compare_digest(given.encode("utf-8", "replace"), token(held).encode())
