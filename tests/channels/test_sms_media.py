"""Pictures and recordings: fetched where the carrier brings them, sent by a page of their own where it does not."""

from __future__ import annotations

import re
import time

import pytest
import requests

from tests.channels.harness import Running
from tests.channels.twilio import Phone, Twilio

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
    return [row["kind"] for row in running.rows("SELECT kind FROM media WHERE state = 'attached' ORDER BY at")]


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
