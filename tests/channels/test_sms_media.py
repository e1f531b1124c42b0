"""Pictures and recordings: fetched where the carrier brings them, sent by a page of their own where it does not."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from pathlib import Path

import pytest
import requests
from aiohttp import web

from bot.channels.sms.rest import Rest
from storage import webhooks
from tests.certificates import Authority
from tests.channels.harness import Running, served
from tests.channels.twilio import SID, TOKEN, Phone, Twilio

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cfc0f01f0005000"
    "1ff56c72f0d0000000049454e44ae426082"
)
#: English, how things are, it may be read, a parent: then "What happened?"
TO_THE_STORY = ("hello", "1", "2", "1", "2")


def with_files(phone: Phone, *addresses: str, body: str = "") -> requests.Response:
    more = {f"MediaUrl{n}": address for n, address in enumerate(addresses)}
    return phone.post(phone.form(body, NumMedia=str(len(addresses)), **more))


def links(phone: Phone) -> list[str]:
    return re.findall(r"http://\S+/u/\S+", "\n".join(phone.inbox))


def attached(running: Running) -> list[str]:
    return [row["kind"] for row in running.rows("SELECT kind FROM media WHERE talk IS NOT NULL ORDER BY at")]


def test_a_picture_is_fetched_with_our_credentials_and_sealed(running: Running, twilio: Twilio, provider: str) -> None:
    twilio.media["one"] = PNG
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    assert with_files(phone, f"{provider}/media/one", body="look at this").status_code == 200
    running.quiet()
    assert attached(running) == ["image"] and running.tasks() == ["media"], "a person opens it the same day"


@pytest.mark.parametrize(
    "address", ["{provider}/media/none", "https://evil.example/x", "http://127.0.0.1:9/media/one", "{provider}.evil/x"]
)
def test_what_cannot_be_fetched_loses_no_words_and_calls_a_person(
    running: Running, twilio: Twilio, provider: str, address: str
) -> None:
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    assert with_files(phone, address.format(provider=provider), body="the door is broken").status_code == 200
    running.quiet()
    assert running.tasks() == ["file_lost"] and attached(running) == []
    phone.say("that is all", "1", "an answer", "1", "1")
    assert running.counts["sms", "file not fetched"] == 1


def test_a_file_that_is_none_of_ours_to_take(running: Running, twilio: Twilio, provider: str) -> None:
    twilio.media["bad"] = b"MZ\x90\x00" + bytes(range(256))
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    assert with_files(phone, f"{provider}/media/bad").status_code == 200
    assert running.counts["sms", "file refused"] == 1 and running.tasks() == ["file_lost"]


# Sent on -----------------------------------------------------------------------------------------


def fetched(provider: str, name: str) -> bytes:
    rest = Rest(SID, TOKEN, provider, timeout=2.0)
    try:
        return asyncio.run(rest.fetch(f"{provider}/media/{name}", lambda stream: stream.read()))
    finally:
        rest.close()


def test_a_file_that_lies_elsewhere_is_followed_three_times_and_no_more(twilio: Twilio, provider: str) -> None:
    twilio.media["end"] = PNG
    twilio.sent_on = {"a": "b", "b": "/media/c", "c": f"{provider}/media/d", "d": "end"}
    assert fetched(provider, "b") == PNG
    with pytest.raises(ValueError, match="too often"):
        fetched(provider, "a")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/x", "https://127.0.0.1:{port}/x", "https://localhost:{port}/x",
        "https://0x7f.1:{port}/x", "https://[::ffff:127.0.0.1]:{port}/x", "https://2130706433:{port}/x",
        "http://localhost:{port}/media/one", "https://127.0.0.1.:{port}/x", "//127.0.0.1:{port}/x",
    ],
)  # fmt: skip
def test_a_file_is_never_followed_inside(twilio: Twilio, provider: str, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        twilio.sent_on["one"] = address.format(port=listening.getsockname()[1])
        with pytest.raises((ValueError, OSError)):
            fetched(provider, "one")
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_whoever_a_file_lies_with_is_not_shown_the_credentials(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One on this machine stands for a store on the internet; all that is changed is that it counts as outside."""
    shown: list[str | None] = []

    async def store(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        return web.Response(body=PNG)

    def application() -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/store", store)])
        return app

    (tmp_path / "netrc").write_text("machine localhost login a password b")
    authority = Authority(tmp_path)
    with served(application, tls=authority.context()) as (elsewhere, _):
        twilio.sent_on["one"] = f"{elsewhere}/store"
        with pytest.raises(OSError):
            fetched(provider, "one")
        assert shown == []
        monkeypatch.setattr(webhooks, "outside", lambda address: True)
        for name, value in {"REQUESTS_CA_BUNDLE": authority.file, "NETRC": tmp_path / "netrc"}.items():
            monkeypatch.setenv(name, str(value))
        assert fetched(provider, "one") == PNG
    assert shown == [None]


def test_a_slow_file_does_not_keep_the_provider_waiting(
    running: Running, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.sms.FETCH", 0.3)
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    began = time.monotonic()
    assert with_files(phone, f"{provider}/media/slow", body="here").status_code == 200
    assert time.monotonic() - began < 5 and running.tasks() == ["file_lost"]


def test_a_page_takes_files_once_and_the_talk_goes_on_by_text(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    address = links(phone)[-1]
    page = requests.get(address)
    assert page.status_code == 200 and 'type="file"' in page.text and "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "no-referrer"
    assert requests.get(address).status_code == 200, "looking ahead uses nothing up"
    before = len(phone.inbox)
    sent = requests.post(address, files={"file": ("me.png", PNG, "image/png")})
    assert sent.status_code == 200 and "We have it" in sent.text
    running.quiet()
    assert attached(running) == ["image"] and "A computer cannot see what is in it" in phone.inbox[before]
    assert requests.post(address, files={"file": ("me.png", PNG, "image/png")}).status_code == 410
    assert len(attached(running)) == 1


def test_what_the_page_refuses(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    address = links(phone)[-1]
    assert requests.post(address, files={"file": ("x.exe", b"MZ\x90\x00\x01" * 40)}).status_code == 422
    assert requests.post(address, data={"a": "b"}).status_code == 422
    assert requests.post(address, files={"file": ("x.png", b"")}).status_code == 422
    for wrong in (address[:-1] + ("A" if address[-1] != "A" else "B"), running.url + "/u/x", running.url + "/u/%FF"):
        answer = requests.get(wrong)
        assert answer.status_code == 404 and "does not work any more" in answer.text
    assert requests.post(address, files={"file": ("me.png", PNG)}).status_code == 200, "none of this used it up"


def test_a_page_is_gone_after_three_days(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say(*TO_THE_STORY)
    address = links(phone)[-1]
    running.clock.ahead += running.clock.ahead.__class__(days=5)
    assert requests.get(address).status_code == 404
    assert requests.post(address, files={"file": ("me.png", PNG)}).status_code == 404


def test_a_page_speaks_their_language(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("مرحبا", "1", "2", "1", "2")
    page = requests.get(links(phone)[-1])
    assert 'dir="rtl"' in page.text and "ملف" in page.text


def test_whatsapp_needs_no_page(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio, "whatsapp:+447700900321")
    phone.say(*TO_THE_STORY)
    assert not links(phone)
