"""Text messages by GOV.UK Notify, for councils and the health service that send by it already.

To the person, to the rules and to the store they are text messages like any others: only who carries them differs.
Notify fills a template, ``((message))`` and nothing else; it calls back with what came and with what became of ours.
"""

from __future__ import annotations

import hmac
import json
import re
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.channels.contract import Account, Channel, Finding, House, Lately
from bot.channels.notify.client import Client
from bot.channels.sms import Sms
from bot.channels.sms.render import LIMITS, render
from bot.message import SendError
from storage import undelivered
from storage.outbox import Parcel
from storage.post import Inbound
from storage.turns import Revoked

NAME = "notify"
#: What it is to the person and in the store.
SMS = "sms"
#: Bytes of a callback.
LARGEST = 64 * 1024

_KEY = re.compile(r".*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_REFERENCE = re.compile(r"(\d{1,19})(\.last)?")
_FAILED = ("permanent-failure", "temporary-failure", "technical-failure")


def parse(body: Any, account: Account, at: datetime) -> Inbound | None:
    """The text in a callback; None when nobody can be answered (a sender's name, a short code). ValueError for none."""
    if not isinstance(body, dict):
        raise ValueError("no text")
    number, sender, text = (str(body.get(name) or "") for name in ("id", "source_number", "message"))
    if not _UUID.fullmatch(number) or not sender:
        raise ValueError("no text")
    sender = international(sender)
    if not _NUMBER.fullmatch(sender):
        return None
    opens = not text.strip()
    return Inbound(
        organisation=account.organisation,
        channel=SMS,
        endpoint=account.id,
        sender=sender,
        external_id=number,
        at=at,
        text="" if opens else text,
        event="open" if opens else "",
    )


def international(number: str) -> str:
    """A number as Notify writes it (447…, 07…) in the one spelling that is stored; what is none stays as it is."""
    digits = number.removeprefix("+").replace(" ", "")
    if not digits.isascii() or not digits.isdigit():
        return number
    return f"+44{digits[1:]}" if digits.startswith("0") else f"+{digits}"


class Notify(Sms):
    """One service of Notify with a number of its own."""

    def __init__(self, account: Account, house: House) -> None:
        values = account.values
        where = f"The Notify endpoint {account.id!r}"
        if not _KEY.fullmatch(values["api_key"]):
            raise ValueError(f"{where}: api_key is no API key; copy the whole of it, its name in front included.")
        for name in ("template", "sender"):
            if name in values and not _UUID.fullmatch(values[name]):
                raise ValueError(f"{where}: {name} is an id like 6f9c1a52-… from Notify's page of it.")
        if len(values["callback_token"]) < 20:
            raise ValueError(f"{where}: callback_token must have twenty characters at least; make it up.")
        if "number" in values and not _NUMBER.fullmatch(values["number"]):
            raise ValueError(f"{where}: number must be a telephone number like +447700900123.")
        self.account = account
        self.house = house
        self._lately = Lately()
        self.client = Client(values["api_key"], house.provider.get(NAME, ""))

    @property
    def path(self) -> str:
        """Where Notify sends texts; receipts go to ``/status`` below."""
        return f"/notify/{self.account.id}"

    async def hear(self, request: web.Request) -> web.Response:
        """A text. 200 when its turn is saved, 503 to have it again; 403 without our token, 400 malformed."""
        body = await self._json(request)
        try:
            inbound = parse(body, self.account, self.house.clock())
        except ValueError:
            raise self.house.counts.refuse(NAME, "malformed message", web.HTTPBadRequest) from None
        if inbound is None:
            self.house.counts.add(NAME, "nobody to answer")
            return web.Response()
        if not self._lately.has(inbound.sender):
            inbound = await self._met(inbound)
        try:
            await self.house.take_or_503(inbound)
        except Revoked:
            self.house.counts.add(NAME, "given up")
        return web.Response()

    async def report(self, request: web.Request) -> web.Response:
        """What became of a text of ours."""
        body = await self._json(request)
        given = body if isinstance(body, dict) else {}
        known = _REFERENCE.fullmatch(str(given.get("reference") or ""))
        status = str(given.get("status") or "")
        if not known or not status:
            raise self.house.counts.refuse(NAME, "malformed report", web.HTTPBadRequest)
        state = "delivered" if status == "delivered" else "undelivered" if status in _FAILED else ""
        if not state or (state == "delivered" and not known[2]):
            return web.Response()
        number, error = int(known[1]), "" if state == "delivered" else status.partition("-")[0]
        there = await self._write_or_503(
            lambda db: undelivered.reported(
                db, self.account.organisation, self.account.id, number, state, error, self.house.clock()
            )
        )
        if not there:
            self.house.counts.add(NAME, "unknown report")
        elif error:
            self.house.counts.add(NAME, f"undelivered: {error}")
        return web.Response()

    async def _json(self, request: web.Request) -> Any:
        """The body of a callback with our token; raises 403, 400 or 413, counted."""
        counts = self.house.counts
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.account.values['callback_token']}".encode()):
            raise counts.refuse(NAME, "wrong token", web.HTTPForbidden)
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > LARGEST:
                counts.add(NAME, "too large")
                raise web.HTTPRequestEntityTooLarge(max_size=0, actual_size=0, text="too large")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise counts.refuse(NAME, "malformed message", web.HTTPBadRequest) from None

    async def send(self, parcel: Parcel, part: str, number: int) -> str:
        """One text; Notify's id of it."""
        last = ".last" if number == len(self.render(parcel)) - 1 else ""
        sid = await self.client.send_text(
            parcel.outgoing.to,
            self.account.values["template"],
            part,
            f"{parcel.id}{last}",
            self.account.values.get("sender", ""),
        )
        if not _UUID.fullmatch(sid):
            raise SendError("the provider answered nonsense", retryable=True, code="nonsense")
        return sid

    async def check(self) -> list[Finding]:
        """What Notify says of key and template, and what has to be looked at by hand: it tells nobody its callbacks."""
        found = await self.client.check(self.account.values["template"])
        address = f"{self.house.base_url}{self.path}"
        if not address.startswith("https://"):
            found.append(("wrong", "Notify can only reach an https address: set HEARBACK_BASE_URL to the public one."))
        found.append(
            ("note", f"Notify cannot be asked for its callbacks: see that texts come to {address}, receipts to "
                     f"{address}/status, both with the token callback_token.")
        )  # fmt: skip
        return found

    async def close(self) -> None:
        """Lets calls under way end by themselves, and starts no more."""
        self.client.close()


CHANNEL = Channel(
    name=SMS,
    needs=frozenset(("api_key", "template", "callback_token")),
    may=frozenset(("number", "sender")),
    secrets=frozenset(("api_key", "callback_token")),
    limits=LIMITS,
    parse=parse,
    render=render,
    opened=Notify,
)
