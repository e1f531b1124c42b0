"""Twilio as far as we use it, on a loopback port: as strict as the real one, and it can misbehave."""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from bot.channels.contract import Account
from locales import sms
from tests.channels.harness import Running

SID = "AC" + "0" * 31 + "1"
TOKEN = "a-token-of-the-test-" + "1" * 12
NUMBER = "+447700900000"
SERVICE = "MG" + "0" * 31 + "1"

_sids = itertools.count(1)


def account(organisation: str = "dudley", **values: str) -> Account:
    given = {"account_sid": SID, "auth_token": TOKEN, "number": NUMBER, **values}
    return Account(organisation, "sms", organisation, {name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Text:
    """A text we sent; ``content`` is the template that it was made of, ``sender`` whom it is from."""

    to: str
    body: str
    row: str
    callback: str
    sid: str
    content: str = ""
    sender: str = ""


@dataclass(frozen=True)
class Template:
    """A template as the account has it, with what Meta says of it."""

    body: str
    language: str = "en"
    status: str = "approved"


@dataclass
class Kept:
    """A message as the provider keeps it. ``under_way``: it has not arrived yet, and cannot be emptied."""

    body: str
    files: list[str] = field(default_factory=list)
    under_way: bool = False


@dataclass
class Twilio:
    """The stand-in. ``next`` is what it does with the coming calls, one each, then ``always``; None says yes.

    What it does: "reset", "stall", "half" (an answer that breaks off), "nonsense",
    "empty", (status, code) of an error, or (429, seconds to wait).
    ``only``: it misbehaves to this sender of ours and to no other. ``sent_on``: a file's name -> where it lies instead.
    ``templates``: by ContentSid. ``heard``: WhatsApp address -> when it last wrote, by ``clock``; a service's own words
    reach it for 24 hours. ``late``: that they came too late is not said at once, only the test's own report says it.
    ``pool``: senders of the messaging service.
    ``kept``: what it keeps by a message's SID. ``keeping``: as ``next``, where it is asked to empty one.
    """

    texts: list[Text] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    next: list[Any] = field(default_factory=list)
    refused: int = 0
    always: Any = None
    slow: float = 0.0
    media: dict[str, bytes] = field(default_factory=dict)
    sent_on: dict[str, str] = field(default_factory=dict)
    sms_url: str = ""
    only: str = ""
    kept: dict[str, Kept] = field(default_factory=dict)
    keeping: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    late: bool = False
    pool: list[str] = field(default_factory=list)
    too_late: list[Text] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post(f"/2010-04-01/Accounts/{SID}/Messages.json", self.create),
                web.post(f"/2010-04-01/Accounts/{SID}/Messages/{{sid}}.json", self.update),
                web.get(f"/2010-04-01/Accounts/{SID}/Messages/{{sid}}/Media.json", self.files),
                web.delete(f"/2010-04-01/Accounts/{SID}/Messages/{{sid}}/Media/{{file}}.json", self.delete_file),
                web.get(f"/2010-04-01/Accounts/{SID}.json", self.show_account),
                web.get(f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json", self.numbers),
                web.get("/media/{name}", self.file),
                web.get("/v1/Content/{sid}", self.template),
                web.get("/v1/Content/{sid}/ApprovalRequests", self.approval),
                web.get(f"/v1/Services/{SERVICE}", self.service),
                web.get(f"/v1/Services/{SERVICE}/ChannelSenders", self.senders),
            ]
        )
        return app

    def _allowed(self, request: web.Request) -> bool:
        wanted = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        return request.headers.get("Authorization") == wanted

    async def create(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return _error(401, 20003)
        form = await request.post()
        what = self.next.pop(0) if self.next else self.always
        if self.only and form.get("From") != self.only:
            what = None
        if what is not None:
            self.refused += 1
            return await self._misbehave(request, what)
        content = str(form.get("ContentSid", ""))
        problem = _problem(form)
        if problem:
            self.wrong.append(problem)
            return _error(400, 21602)
        if content and content not in self.templates:
            return _error(400, 21656)
        too_late = self._too_late(str(form["To"]), content)
        if too_late and not self.late:
            return _error(400, 63016)
        await asyncio.sleep(self.slow)
        sid = f"SM{next(_sids):032x}"
        callback = str(form.get("StatusCallback", ""))
        row = callback.partition("?n=")[2].partition("&")[0]
        said = self.templates[content].body if content else str(form["Body"])
        sender = str(form.get("From") or form["MessagingServiceSid"])
        text = Text(str(form["To"]), said, row, callback, sid, content, sender)
        (self.too_late if too_late else self.texts).append(text)
        self.kept[sid] = Kept(said)
        body = {"sid": sid, "status": "queued", "to": form["To"], "body": said, "error_code": None}
        return web.json_response(body, status=201)

    def _too_late(self, to: str, content: str) -> bool:
        """Whether the person has not written for a day, and this is no template that Meta has approved."""
        if not to.startswith("whatsapp:") or (content and self.templates[content].status == "approved"):
            return False
        heard = self.heard.get(to)
        return heard is None or self.clock() - heard >= timedelta(hours=24)

    async def template(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        sid = request.match_info["sid"]
        if sid not in self.templates:
            return _error(404, 20404)
        one = self.templates[sid]
        types = {"twilio/text": {"body": one.body}}
        return web.json_response({"sid": sid, "language": one.language, "types": types, "variables": {}})

    async def approval(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        sid = request.match_info["sid"]
        return web.json_response({"sid": sid, "whatsapp": {"status": self.templates[sid].status}})

    async def service(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        service = {"sid": SERVICE, "inbound_request_url": self.sms_url, "inbound_method": "POST"}
        return web.json_response(service | {"use_inbound_webhook_on_number": False})

    async def senders(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        meta = {"page": 0, "page_size": 50, "key": "senders", "next_page_url": None}
        return web.json_response({"senders": [{"sender": one} for one in self.pool], "meta": meta})

    async def update(self, request: web.Request) -> web.StreamResponse:
        """A message is emptied, as the real one does it: by an empty body and nothing else, once it has arrived."""
        if not self._allowed(request):
            return _error(401, 20003)
        sid, form = request.match_info["sid"], await request.post()
        self.asked.append(sid)
        if self.keeping and (what := self.keeping.pop(0)) is not None:
            return await self._misbehave(request, what)
        if sid not in self.kept:
            return _error(404, 20404)
        if dict(form) != {"Body": ""}:
            return _error(400, 30400)
        kept = self.kept[sid]
        if kept.under_way:
            return _error(400, 20009)
        kept.body = ""
        return web.json_response({"sid": sid, "body": "", "num_media": str(len(kept.files)), "status": "delivered"})

    async def files(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        files = [{"sid": name, "parent_sid": request.match_info["sid"]} for name in self._files(request)]
        return web.json_response({"media_list": files, "page_size": 50, "next_page_uri": None})

    async def delete_file(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request)
        files = self._files(request)
        if request.match_info["file"] not in files:
            return _error(404, 20404)
        files.remove(request.match_info["file"])
        return web.Response(status=204)

    def _files(self, request: web.Request) -> list[str]:
        return self.kept[request.match_info["sid"]].files

    async def _misbehave(self, request: web.Request, what: Any) -> web.StreamResponse:
        if what == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if what == "stall":
            await asyncio.sleep(30)
            return web.Response()
        if what == "half":
            return await half_an_answer(request)
        if what == "nonsense":
            return web.Response(text="<html>Welcome to the hotel network</html>", content_type="text/html")
        if what == "empty":
            return web.json_response({})
        status, code = what
        if status == 429:
            return web.json_response({"code": 20429, "message": "x"}, status=429, headers={"Retry-After": str(code)})
        return _error(status, code)

    async def show_account(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return _error(401, 20003)
        return web.json_response({"sid": SID, "status": "active", "type": "Full"})

    async def numbers(self, request: web.Request) -> web.StreamResponse:
        assert self._allowed(request) and request.query["PhoneNumber"] == NUMBER
        number = {"sid": "PN1", "sms_url": self.sms_url, "sms_method": "POST", "capabilities": {"sms": True}}
        return web.json_response({"incoming_phone_numbers": [number], "page_size": 1, "next_page_uri": None})

    async def file(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return _error(401, 20003)
        if request.match_info["name"] == "slow":
            await asyncio.sleep(30)
        if where := self.sent_on.get(request.match_info["name"]):
            raise web.HTTPTemporaryRedirect(where)
        return web.Response(body=self.media[request.match_info["name"]])

    def to(self, number: str) -> list[str]:
        return [text.body for text in self.texts if text.to == number]


async def half_an_answer(request: web.Request) -> web.StreamResponse:
    """A status and half of what was announced; then the line is cut."""
    answer = web.StreamResponse(status=201, headers={"Content-Length": "200", "Content-Type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"sid": "SM')
    await asyncio.sleep(0.05)
    assert request.transport is not None
    request.transport.abort()
    return answer


def _error(status: int, code: int) -> web.Response:
    return web.json_response({"code": code, "message": "refused", "more_info": "", "status": status}, status=status)


def _problem(form: Any) -> str:
    """What the real one would refuse, or a person pay for."""
    if ("From" in form) == ("MessagingServiceSid" in form):
        return "one sender"
    if not str(form.get("From", NUMBER)).removeprefix("whatsapp:").startswith(NUMBER[:-1]):
        return "not our number"
    if "From" in form and str(form["From"]).startswith("whatsapp:") != str(form.get("To", "")).startswith("whatsapp:"):
        return "two channels"
    if form.get("MessagingServiceSid", SERVICE) != SERVICE:
        return "not our service"
    if not form.get("To") or ("Body" in form) == ("ContentSid" in form):
        return "To or Body"
    if not str(form.get("StatusCallback", "")).startswith("http://127.0.0.1:"):
        return "StatusCallback"
    if "ContentSid" in form:
        return ""
    if not str(form["Body"]).strip() or len(str(form["Body"])) > 1600:
        return "Body"
    size = sms.size(str(form["Body"]))
    if size.segments > (2 if size.alphabet == "gsm7" else 4):
        return f"{size.segments} segments"
    return ""


def signature(url: str, pairs: Sequence[tuple[str, str]], token: str = TOKEN) -> str:
    """By Twilio's own code."""
    computed: str = RequestValidator(token).compute_signature(url, _Form(pairs))
    return computed


class _Form(dict[str, list[str]]):
    """A form as Twilio's validator takes it: with ``getlist``."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        for name, value in MultiDict(pairs).items():
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        return self[name]


class Phone:
    """One person with a phone."""

    def __init__(self, running: Running, twilio: Twilio, number: str = "+447700900123", to: str = "dudley") -> None:
        self.running = running
        self.twilio = twilio
        self.number = number
        self.path = f"/sms/{to}"
        twilio.clock = running.clock
        self._ids = itertools.count(1)

    def form(self, body: str, **more: str) -> dict[str, str]:
        """A webhook's form as the real one sends it."""
        sid = f"SM{time.monotonic_ns():032x}"
        return {
            "ToCountry": "GB", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
            "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body,
            "FromCountry": "GB", "To": NUMBER, "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": SID,
            "From": self.number, "ApiVersion": "2010-04-01", **more,
        }  # fmt: skip

    def post(
        self, form: Mapping[str, str] | Sequence[tuple[str, str]], *, path: str = "", token: str = TOKEN,
        signed: str | None = None, headers: Mapping[str, str] = {}, base: str = "",
    ) -> requests.Response:  # fmt: skip
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        path = path or self.path
        sign = signature((base or self.running.url) + path, pairs, token) if signed is None else signed
        head = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": sign, **headers}
        return requests.post(
            self.running.url + path, data=urlencode(pairs).encode(), headers=head, timeout=30, allow_redirects=False
        )

    def send(self, body: str, **more: str) -> requests.Response:
        """Send a text; it must be taken."""
        form = self.form(body, **more)
        files = [f"ME{form['MessageSid'][2:]}-{number}" for number in range(int(form["NumMedia"]))]
        self.twilio.kept[form["MessageSid"]] = Kept(form["Body"], files)
        self.twilio.heard[self.number] = self.running.clock()
        answer = self.post(form)
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/xml"), answer.text
        assert answer.text.endswith("<Response></Response>")
        return answer

    def say(self, *bodies: str, **more: str) -> str:
        """Send texts one after the other, each when the last was answered; the answer to the last."""
        answer: list[str] = []
        for body in bodies:
            before = len(self.inbox)
            self.send(body, **more)
            self.running.quiet()
            answer = self.inbox[before:]
        return "\n".join(answer)

    @property
    def inbox(self) -> list[str]:
        return self.twilio.to(self.number)

    def report(self, text: Text, status: str, code: str = "") -> requests.Response:
        """The provider tells what became of a text."""
        form = {"MessageSid": text.sid, "MessageStatus": status, "AccountSid": SID, "To": text.to, "From": NUMBER}
        path = text.callback.removeprefix(self.running.url)
        return self.post({**form, **({"ErrorCode": code} if code else {})}, path=path)
