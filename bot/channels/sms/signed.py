"""What Twilio posts: read within limits, and believed only with its signature.

https://www.twilio.com/docs/usage/security#validating-requests: the address and, sorted by name, every name and value
of the form, HMAC-SHA1 with the account's token. Their own validator is the judge of this file in the tests.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

#: Bytes and fields of a form. Twilio's longest have some sixty fields; 1,600 characters of any script are 15 KB.
LARGEST, FIELDS = 64 * 1024, 200
SIGNATURE = "X-Twilio-Signature"

#: Name -> values in the order they came.
Form = Mapping[str, Sequence[str]]


class TooLarge(ValueError):
    """More than Twilio ever sends."""


async def read_form(request: web.Request) -> Form:
    """The form of a request; ValueError when it is none, TooLarge when nobody at Twilio wrote it."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(16384):
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge("the form is too large")
    if body and request.content_type != "application/x-www-form-urlencoded":
        raise ValueError("not a form")
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def is_signed(token: str, address: str, form: Form, signature: str) -> bool:
    """Whether the holder of ``token`` signed this form for this address.

    Twilio signs sometimes with the port and sometimes without: both are tried.
    """
    try:
        addresses = _with_and_without_port(address)
    except ValueError:
        return False
    given = signature.encode("utf-8", "replace")
    fits = [hmac.compare_digest(sign(token, one, form).encode(), given) for one in addresses]
    return any(fits)


def sign(token: str, address: str, form: Form) -> str:
    """The signature of a form at an address, taken as it is written."""
    text = address + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    digest = hmac.digest(token.encode(), text.encode("utf-8", "surrogatepass"), "sha1")
    return base64.b64encode(digest).decode()


def _with_and_without_port(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    if parts.port:
        return parts.geturl(), parts._replace(netloc=parts.netloc.split(":")[0]).geturl()
    port = 443 if parts.scheme == "https" else 80
    return parts._replace(netloc=f"{parts.netloc}:{port}").geturl(), parts.geturl()
