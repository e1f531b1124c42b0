"""Text messages by GOV.UK Notify: its own client against a stand-in, its callbacks, and a mail by it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from aiohttp import web

from bot.channels.contract import Account
from bot.channels.notify import international
from tests.channels.harness import Running, hearback, same_record, served
from tests.channels.test_sms import ENGLISH

SERVICE, SECRET = "0b1e5a4e-1111-4222-8333-0123456789ab", "9f8e7d6c-4444-4555-8666-ba9876543210"
TEMPLATE, TOKEN = "6f9c1a52-7777-4888-9999-001122334455", "a-callback-token-of-the-test"
PERSON = "447700900123"
_ids = itertools.count(1)


def uuid() -> str:
    return f"00000000-0000-4000-8000-{next(_ids):012x}"


def account(**values: str) -> Account:
    given = {"api_key": f"live-{SERVICE}-{SECRET}", "template": TEMPLATE, "callback_token": TOKEN, **values}
    return Account("dudley", "sms", "dudley", {name: value for name, value in given.items() if value}, "notify")


@dataclass
class Notify:
    """The stand-in. ``next``: (status, kind of error) of the coming sends, one each."""

    texts: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    next: list[tuple[int, str]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/v2/notifications/sms", self.text),
                web.post("/v2/notifications/email", self.mail),
                web.get("/v2/template/{id}", self.template),
            ]
        )
        return app

    def _refused(self, request: web.Request) -> web.Response | None:
        given = request.headers["Authorization"].removeprefix("Bearer ")
        try:
            assert jwt.decode(given, SECRET, algorithms=["HS256"])["iss"] == SERVICE
        except jwt.InvalidTokenError:
            return _error(403, "AuthError")
        return _error(*self.next.pop(0)) if self.next else None

    async def text(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        given = await request.json()
        assert given["template_id"] == TEMPLATE and set(given["personalisation"]) == {"message"}
        self.texts.append(given)
        return web.json_response({"id": uuid(), "reference": given["reference"]}, status=201)

    async def mail(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        self.mails.append(await request.json())
        return web.json_response({"id": uuid()}, status=201)

    async def template(self, request: web.Request) -> web.Response:
        return self._refused(request) or web.json_response({"id": TEMPLATE, "body": "((message))"})

    @property
    def inbox(self) -> list[str]:
        return [text["personalisation"]["message"] for text in self.texts]


def _error(status: int, kind: str) -> web.Response:
    return web.json_response({"status_code": status, "errors": [{"error": kind, "message": "no"}]}, status=status)


@pytest.fixture
def notify() -> Notify:
    return Notify()


@pytest.fixture
def provider(notify: Notify) -> Iterator[str]:
    with served(notify.application) as (url, _):
        yield url


@pytest.fixture
def running(tmp_path: Path, provider: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with hearback(tmp_path, [account()], monkeypatch, notify_url=provider) as made:
        yield made


def call(running: Running, path: str, body: Any, token: str = TOKEN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{running.url}/notify/dudley{path}", json=body, headers=headers, timeout=30).status_code


def say(running: Running, text: str, sender: str = PERSON) -> None:
    body = {"id": uuid(), "source_number": sender, "destination_number": "07700900000", "message": text}
    assert call(running, "", body) == 200
    running.quiet()


def test_a_whole_complaint(running: Running, notify: Notify) -> None:
    for text in ENGLISH:
        say(running, text)
    (case,) = running.cases()
    assert (case["complete"], case["channel"]) == (True, "sms")
    assert any(case["reference"] in text for text in notify.inbox)
    assert {text["phone_number"] for text in notify.texts} == {f"+{PERSON}"}
    same_record(case, running.by_web("dudley", ENGLISH, "en"))


def test_only_with_our_token_and_once(running: Running, notify: Notify) -> None:
    body = {"id": uuid(), "source_number": PERSON, "message": "The cook is kind to everybody here."}
    assert [call(running, path, body, token="x" * 30) for path in ("", "/status")] == [403, 403]
    assert [call(running, "", body), call(running, "", body)] == [200, 200]
    assert len(running.rows("SELECT id FROM inbound")) == 1
    for bad in ([], {}, {"id": "x", "source_number": PERSON}, "text"):
        assert call(running, "", bad) == 400
    assert call(running, "", body | {"id": uuid(), "source_number": "GOVUK"}) == 200
    assert running.counts["sms", "nobody to answer"] + running.counts["notify", "nobody to answer"] == 1


def test_what_became_of_a_text(running: Running, notify: Notify) -> None:
    say(running, "I want to say something about the kitchen")
    reference = notify.texts[-1]["reference"]
    assert call(running, "/status", {"reference": reference, "status": "delivered"}) == 200
    assert "delivered" in {row["state"] for row in running.rows("SELECT state FROM outbox")}
    say(running, "1")
    failed = {"reference": notify.texts[-1]["reference"], "status": "permanent-failure"}
    assert call(running, "/status", failed) == 200
    assert running.tasks() == ["undelivered"]
    assert call(running, "/status", {"reference": "someone-elses", "status": "delivered"}) == 400


def test_its_errors_are_sorted(running: Running, notify: Notify) -> None:
    for status, kind, counted in (
        (500, "Exception", "again: 500"), (400, "BadRequest", "given up: 400"), (429, "RateLimitError", "again: 429"),
    ):  # fmt: skip
        notify.next = [(status, kind)]
        body = {"id": uuid(), "source_number": PERSON, "message": "I want to say something about the kitchen"}
        assert call(running, "", body) == 200
        end = time.monotonic() + 10
        while not running.counts["sms", counted]:
            assert time.monotonic() < end, running.counts
            time.sleep(0.01)


def test_numbers_have_one_spelling() -> None:
    assert {international(one) for one in ("447700900123", "07700900123", "+44 7700 900123")} == {"+447700900123"}
    assert international("GOVUK") == "GOVUK"


def test_check_asks_for_the_template(running: Running, provider: str) -> None:
    from bot.config import Settings
    from bot.endpoints import house, opened

    settings = Settings(_env_file=None, notify_url=provider)
    kept = house(settings, {}, running.clock, running.store)
    (fine, wrong) = opened([account(), account(api_key=f"x-{SERVICE}-{SERVICE}")], kept)
    assert running.looping.do(fine.check())[0][0] == "ok"
    assert running.looping.do(wrong.check())[0][0] == "wrong"
    for bad in ({"api_key": "x"}, {"template": "x"}, {"callback_token": "short"}, {"number": "0800"}):
        with pytest.raises(Exception, match="Notify endpoint"):
            opened([account(**bad)], kept)


def test_mails_by_notify_stay_in_their_thread(
    tmp_path: Path, notify: Notify, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notify makes up ids of its own: the thread is named in the words that an answer quotes."""
    import bot.channels.email as channel
    from tests.channels.mailing import mail, mail_server
    from tests.channels.test_email import until

    monkeypatch.setattr(channel, "EVERY", 0.02)
    with mail_server() as server:
        mine = server.account(smtp="", notify_key=f"live-{SERVICE}-{SECRET}", notify_template=TEMPLATE)
        with hearback(tmp_path, [mine], monkeypatch, notify_url=provider) as running:
            server.box.put(mail("The cook is kind to everybody here."))
            until(lambda: notify.mails)
            running.quiet()
            quoted = "\n".join(f"> {line}" for line in notify.mails[-1]["personalisation"]["message"].splitlines())
            server.box.put(mail(f"1\n\nOn 3 May Dudley wrote:\n{quoted}\n"))
            until(lambda: len(running.rows("SELECT id FROM inbound")) == 2)
            assert len(running.rows("SELECT id FROM talk")) == 1
            assert notify.mails[-1]["personalisation"]["subject"] == "There is a message for you."
