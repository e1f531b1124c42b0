"""Text messages by Twilio, and WhatsApp on the same path. Read ``signed.py``, ``rest.py``, ``render.py``,
``whatsapp.py``.

What comes in is signed, taken and answered with an empty document; every reply goes by the outbox. What became of a
reply is told by a status callback that names its row, so that it may come at any time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

import structlog
from aiohttp import web

from bot.channels import address, upload
from bot.channels.contract import Account, Channel, Finding, House, Lately, Occasion, unavailable
from bot.channels.sms import emptying, setup, whatsapp
from bot.channels.sms.render import LIMITS, render
from bot.channels.sms.rest import STOPPED_CODES, UNREACHABLE_CODES, Rest
from bot.channels.sms.signed import SIGNATURE, Form, TooLarge, is_signed, read_form
from bot.message import SendError
from flows.arriving import AWAY
from flows.session import Media
from locales import identify
from storage import undelivered, windows
from storage.media import Refused
from storage.outbox import Parcel
from storage.post import Inbound
from storage.turns import NotSaved, Revoked

log = structlog.get_logger()

NAME = "sms"
#: An answer that says nothing: replies go by the outbox.
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
#: Seconds in which files must be here; the provider waits fifteen for our answer.
FETCH = 8.0
#: The provider's files in one message.
MOST_FILES = 10
#: Our first answer is the talk's first entry, or the second behind what they wrote.
FIRST = 2

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SID = re.compile(r"[A-Za-z]{2}[0-9A-Za-z]{8,62}")
_REPORTS = {"delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "undelivered"}
_OPT_OUT = {"STOP": "STOP", "START": "START", "HELP": "HELP"}


def parse(form: Form, account: Account, at: datetime) -> Inbound | None:
    """The message in a form, without its files; None when nobody can be answered (a sender's name, a short code).

    ValueError when it is no message of this account.
    """
    sid, sender = _one(form, "MessageSid") or _one(form, "SmsSid"), _one(form, "From").strip()
    if not _SID.fullmatch(sid) or not sender:
        raise ValueError("no message")
    if _one(form, "AccountSid") != account.values["account_sid"]:
        raise ValueError("another account")
    if not _NUMBER.fullmatch(sender.removeprefix("whatsapp:")):
        return None
    # With advanced opt-out the provider says which of its own words it was, in any language it knows.
    text = _OPT_OUT.get(_one(form, "OptOutType")) or _one(form, "Body")
    opens = not text.strip() and not _files(form)
    return Inbound(
        organisation=account.organisation,
        channel=NAME,
        endpoint=account.id,
        sender=sender,
        external_id=sid,
        at=at,
        text="" if opens else text,
        event="open" if opens else "",
    )


def entered(inbound: Inbound, entries: Mapping[str, Mapping[str, str]]) -> Inbound:
    """The first text of a talk: a poster's keyword in front preselects, and is no part of what they say."""
    keyword, _, rest = inbound.text.strip().partition(" ")
    entry = next((entry for word, entry in entries.items() if word.casefold() == keyword.casefold()), None)
    if entry is None:
        return inbound
    return replace(inbound, entry=entry, text=rest.strip(), event="" if rest.strip() else "open")


def again(inbound: Inbound, entries: Mapping[str, Mapping[str, str]]) -> Inbound:
    """The first text after a while: a poster's keyword alone opens its way in, also after STOP."""
    entry = next((entry for word, entry in entries.items() if word.casefold() == inbound.text.strip().casefold()), None)
    return inbound if entry is None else replace(inbound, entry=entry, text="start", event="")


class Sms:
    """One number, or one messaging service."""

    #: How long the provider keeps what a message says; None where it is not asked to empty it.
    redact_after: timedelta | None = None

    def __init__(self, account: Account, house: House) -> None:
        setup.refuse_unusable(account)
        self.redact_after = emptying.after(account.values)
        self.templates = whatsapp.templates(account.values)
        self.account = account
        self.house = house
        values = account.values
        self._lately = Lately()
        self.rest = Rest(values["account_sid"], values["auth_token"], house.provider.get(NAME, ""))

    @property
    def path(self) -> str:
        """Where the provider sends texts; reports go to ``/status`` below."""
        return f"/sms/{self.account.id}"

    # In ------------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        """Where the provider posts messages, and what became of ours."""
        return [web.post(self.path, self.hear), web.post(f"{self.path}/status", self.report)]

    async def hear(self, request: web.Request) -> web.Response:
        """A text. 200 when its turn is saved, 503 to have it again; 403 unsigned, 400 malformed."""
        form = await self._form(request)
        try:
            inbound = parse(form, self.account, self.house.clock())
        except ValueError:
            raise self.house.counts.refuse(NAME, "malformed message", web.HTTPBadRequest) from None
        if inbound is None:
            self.house.counts.add(NAME, "nobody to answer")
            return _empty()
        if not self._lately.has(inbound.sender):
            inbound = await self._met(inbound)
        files = _files(form)
        if files:
            inbound = replace(inbound, media=await self._fetched(files))
        lost = len(files) - len(inbound.media)
        if lost and not inbound.media and not inbound.text:
            inbound = replace(inbound, event="open")
        if self.redact_after is not None:
            keep = max(self.redact_after, emptying.LOST) if lost else self.redact_after
            inbound = replace(inbound, redact=inbound.at + keep)
        try:
            reply = await self.house.take_or_503(inbound)
            if lost and not reply.duplicate:
                await self._write_or_503(
                    lambda db: undelivered.tell(
                        db.connection(), inbound.organisation, reply.talk, undelivered.FILE_LOST, inbound.at
                    )
                )
        except Revoked:
            self.house.counts.add(NAME, "given up")
        except ValueError:
            raise self.house.counts.refuse(NAME, "malformed message", web.HTTPBadRequest) from None
        return _empty()

    async def _met(self, inbound: Inbound) -> Inbound:
        """What a text means besides its words, by whether we know who sent it: a poster's keyword, a new language."""
        talk = await self.house.talk_or_503(self.account, inbound.sender)
        away = talk is not None and inbound.at - talk.last > AWAY
        if talk is None or away:
            entries = self.house.entries.get(self.account.organisation, {})
            inbound = again(inbound, entries) if away else entered(inbound, entries)
        if talk is not None and talk.language:
            if not away:
                self._lately.add(inbound.sender)
        elif inbound.text:
            inbound = replace(inbound, language=await asyncio.to_thread(identify.spoken, inbound.text))
        return inbound

    async def report(self, request: web.Request) -> web.Response:
        """What became of a text of ours."""
        form = await self._form(request)
        number = request.query.get("n", "")
        state = _REPORTS.get(_one(form, "MessageStatus"), "")
        if not number.isascii() or not number.isdigit() or len(number) > 19 or not _one(form, "MessageStatus"):
            raise self.house.counts.refuse(NAME, "malformed report", web.HTTPBadRequest)
        if not state or (state == "delivered" and request.query.get("last") != "1"):
            return _empty()
        code = _one(form, "ErrorCode")
        code = code if code.isascii() and code.isdigit() and state == "undelivered" else ""
        which, at = (self.account.organisation, self.account.id, int(number)), self.house.clock()
        asked, final = request.query.get("asked") == "1", code in map(str, STOPPED_CODES | UNREACHABLE_CODES)

        def told(db: Any) -> bool:
            if asked and not final:
                return windows.not_asked(db, *which, at)
            if code == whatsapp.TOO_LATE and self.templates:
                return windows.refused(db, *which, _one(form, "MessageSid"), at)
            return undelivered.reported(db, *which, state, code[:10], at, stopped=code in map(str, STOPPED_CODES))

        known = await self._write_or_503(told)
        if not known:
            self.house.counts.add(NAME, "unknown report")
        elif state == "undelivered":
            self.house.counts.add(NAME, f"undelivered: {code}")
        return _empty()

    async def _form(self, request: web.Request) -> Form:
        """The form of a request that the account's token signed; raises 403, 400 or 413, counted."""
        counts = self.house.counts
        try:
            form = await read_form(request)
        except TooLarge:
            counts.add(NAME, "too large")
            raise web.HTTPRequestEntityTooLarge(max_size=0, actual_size=0, text="too large") from None
        except ValueError:
            raise counts.refuse(NAME, "malformed form", web.HTTPBadRequest) from None
        token, signature = self.account.values["auth_token"], request.headers.get(SIGNATURE, "")
        if not is_signed(token, address.public(request, self.house), form, signature):
            raise counts.refuse(NAME, "wrong signature", web.HTTPForbidden)
        return form

    async def _write_or_503(self, fn: Any) -> Any:
        try:
            return await asyncio.wrap_future(self.house.writer.write(fn))
        except NotSaved as error:
            self.house.counts.add(NAME, "not saved")
            raise unavailable(error) from None

    async def _fetched(self, addresses: list[str]) -> tuple[Media, ...]:
        """The files of a message, sealed; what cannot be had in time is missing, and counted."""

        async def fetched(address: str) -> Media | None:
            try:
                async with asyncio.timeout(FETCH):
                    return await self.rest.fetch(
                        address, lambda stream: self.house.files.store(self.account.organisation, stream)
                    )
            except Refused:
                self.house.counts.add(NAME, "file refused")
            except Exception as error:
                log.warning("a file could not be fetched", channel=NAME, error=type(error).__name__)
                self.house.counts.add(NAME, "file not fetched")
            return None

        return tuple(media for media in await asyncio.gather(*map(fetched, addresses)) if media)

    # Out -----------------------------------------------------------------------------------------------

    def render(self, parcel: Parcel) -> tuple[str, ...]:
        """The texts of a parcel; where files are welcome and texts carry none, with the address of a page for them."""
        reachable = self.house.proxies is None and not parcel.outgoing.to.startswith(("whatsapp:", "+1"))
        page = ""
        if reachable and parcel.outgoing.message.media:
            page = upload.address(self.house, parcel.talk, parcel.seq, self.house.clock())
        return render(parcel.outgoing.message, Occasion(first=parcel.seq <= FIRST, upload=page))

    async def send(self, parcel: Parcel, part: str, number: int) -> str:
        """One text; the provider's id of it."""
        asks = bool(self.templates) and whatsapp.is_address(parcel.outgoing.to)
        heard, asked = await asyncio.to_thread(self.house.talks.heard, parcel.talk) if asks else (None, "")
        if asks and whatsapp.is_too_late(parcel, heard, self.house.clock()):
            await self._ask(parcel, heard, asked)
        last = "&last=1" if number == len(self.render(parcel)) - 1 else ""
        try:
            return await self._created(parcel, last, body=part)
        except SendError as error:
            if asks and error.code == whatsapp.TOO_LATE:
                await self._ask(parcel, heard, asked)
            raise

    async def _ask(self, parcel: Parcel, heard: datetime | None, asked: str) -> NoReturn:
        """Ask the person to write, once for all that waits; the message itself waits: raises SendError.

        One that has waited out its time is told to staff; a new one joins those that wait already (``asked``).
        """
        why, sid = windows.TOLD if parcel.window in windows.HELD else asked, ""
        if not why:
            template = whatsapp.template(self.templates, parcel.outgoing.message.language)
            try:
                sid = await self._created(parcel, "&asked=1", content_sid=template)
                why = windows.ASKED
            except SendError as error:
                if error.retryable or error.stopped or error.code in map(str, UNREACHABLE_CODES):
                    raise
                self.house.counts.add(NAME, f"template refused: {error.code}")
                why = windows.TOLD
        wait = windows.Wait(why, heard, sid)
        raise SendError("nothing before they write", retryable=True, code=whatsapp.TOO_LATE, waits=wait)

    async def _created(self, parcel: Parcel, about: str, **what: str) -> str:
        """What the provider calls a message that it takes; ``about`` is told again in reports."""
        to = parcel.outgoing.to
        more = {**what, **whatsapp.sender(self.account.values, over_whatsapp=whatsapp.is_address(to))}
        if self.house.proxies is None:
            more["status_callback"] = f"{self.house.base_url}{self.path}/status?n={parcel.id}{about}"
        sid = await self.rest.call(lambda client: str(client.messages.create(to=to, **more).sid))
        if not _SID.fullmatch(sid):
            raise SendError("the provider answered nonsense", retryable=True, code="nonsense")
        return sid

    async def redact(self, number: str) -> None:
        """Have the provider empty a message; nothing where it has it no more. Raises SendError."""
        await self.rest.call(lambda client: emptying.empty(client, number))

    async def run(self) -> None:
        """Nothing: the provider comes to us."""

    async def check(self) -> list[Finding]:
        """What the provider has set up for this number, against what we need (``bot.channels.sms.setup``)."""
        return await setup.check(self.account, self.rest, f"{self.house.base_url}{self.path}")

    async def close(self) -> None:
        """Lets calls under way end by themselves, and starts no more."""
        self.rest.close()


def _one(form: Form, name: str) -> str:
    return form.get(name, ("",))[0]


def _files(form: Form) -> list[str]:
    count = _one(form, "NumMedia")
    count = count if count.isascii() and count.isdigit() else "0"
    found = [_one(form, f"MediaUrl{n}") for n in range(min(int(count), MOST_FILES))]
    return [address for address in found if address]


def _empty() -> web.Response:
    return web.Response(text=EMPTY, content_type="text/xml")


CHANNEL = Channel(
    name=NAME,
    needs=frozenset(("account_sid", "auth_token")),
    may=frozenset(("number", "messaging_service_sid", "whatsapp", "whatsapp_templates", "redact")),
    secrets=frozenset(("auth_token",)),
    limits=LIMITS,
    parse=parse,
    render=render,
    opened=Sms,
)
