"""Who may hand us a text: our signature check beside Twilio's own, and everything that is refused."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from twilio.request_validator import RequestValidator

from bot.channels.sms.signed import FIELDS, is_signed
from tests.channels.harness import Running, hearback
from tests.channels.twilio import TOKEN, Phone, Twilio, _Form, account, signature

NAMES = ("Body", "From", "To", "MessageSid", "NumMedia", "a", "A", "Zed", "naïve", "空", "x y", "")
VALUES = ("", "hello", "مرحبا", "Ŵy'r ŷd", "a&b=c", "1 + 1 = 2", "👩‍👧", "line\nbreak", "%41", " ")
HOSTS = ("talk.example.org", "talk.example.org:443", "talk.example.org:80", "talk.example.org:8443", "TALK.example.org")
QUERIES = ("", "?", "?n=1&last=1", "?q=%D9%85&x=a+b", "?a=1&a=2", "?bodySHA256=0123")


def table() -> list[tuple[str, list[tuple[str, str]], str]]:
    """Two hundred requests: (address, form, signature); every fourth tampered with in one way or another."""
    chance = random.Random(3)
    made = []
    for number in range(200):
        host, query = chance.choice(HOSTS), chance.choice(QUERIES)
        address = f"{chance.choice(('https', 'http'))}://{host}/sms/dudley{query}"
        pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.choice((0, 1, 3, 12)))]
        if number % 4:
            made.append((address, pairs, signature(address, pairs)))
            continue
        signed = signature(address, pairs)
        other = chance.choice(("token", "address", "form", "cut", "none", "strange"))
        if other == "token":
            signed = signature(address, pairs, TOKEN[::-1])
        elif other == "address":
            address = address.replace("dudley", "sandwell")
        elif other == "form":
            pairs = [*pairs, ("Body", "something else")]
        else:
            signed = {"cut": signed[:-2], "none": "", "strange": "ŵ" * 28}[other]
        made.append((address, pairs, signed))
    return made


def test_we_accept_and_refuse_what_their_validator_does() -> None:
    accepted = 0
    for address, pairs, signed in table():
        form = _Form(pairs)
        theirs = bool(RequestValidator(TOKEN).validate(address, form, signed))
        assert is_signed(TOKEN, address, form, signed) == theirs, (address, pairs)
        accepted += theirs
    assert 100 < accepted < 170


def test_an_address_that_is_none_is_refused() -> None:
    assert not is_signed(TOKEN, "https://talk.example.org:port/sms", {}, "x")


def nothing_was_stored(running: Running) -> bool:
    return not running.rows("SELECT id FROM inbound") and not running.rows("SELECT id FROM talk")


@pytest.mark.parametrize(
    "given", ["", "wrong", signature("https://elsewhere.example/sms/dudley", []), "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "é"]
)
def test_a_wrong_signature_is_refused_and_counted(running: Running, twilio: Twilio, given: str) -> None:
    phone = Phone(running, twilio)
    answer = phone.post(phone.form("hello there"), signed=given.encode().decode("latin-1"))
    assert (answer.status_code, running.counts["sms", "wrong signature"]) == (403, 1)
    assert nothing_was_stored(running)


def test_a_form_changed_on_its_way_is_refused(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    form = phone.form("hello there")
    signed = signature(running.url + phone.path, list(form.items()))
    for changed in ({"Body": "other"}, {"From": "+447700900999"}, {"Extra": "1"}):
        assert phone.post({**form, **changed}, signed=signed).status_code == 403
    assert phone.post(form, signed=signed, path=phone.path + "?x=1").status_code == 403
    assert phone.post(form, signed=signed, path=phone.path + "/status").status_code == 403
    assert nothing_was_stored(running)


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"MessageSid": "", "SmsSid": ""}, 400, "malformed message"),
        ({"MessageSid": "not a sid!", "SmsSid": ""}, 400, "malformed message"),
        ({"From": ""}, 400, "malformed message"),
        ({"AccountSid": "AC" + "9" * 32}, 400, "malformed message"),
        ({"AccountSid": ""}, 400, "malformed message"),
        ({f"Field{n}": "x" for n in range(500)}, 400, "malformed form"),
        ({"Body": "x" * 100_000}, 413, "too large"),
    ],
)
def test_malformed_forms(running: Running, twilio: Twilio, change: dict[str, str], status: int, why: str) -> None:
    phone = Phone(running, twilio)
    answer = phone.post({**phone.form("hello there"), **change})
    assert (answer.status_code, running.counts["sms", why]) == (status, 1)
    assert nothing_was_stored(running) and not twilio.texts
    assert "hello there" not in answer.text


def test_bodies_that_are_no_form(running: Running, twilio: Twilio) -> None:
    url = f"{running.url}/sms/dudley"
    signed = {"X-Twilio-Signature": signature(url, [])}
    as_form = {"Content-Type": "application/x-www-form-urlencoded", **signed}
    assert requests.post(url, data=b"", headers=signed).status_code == 400, "signed, but no message"
    assert requests.post(url, data=b'{"Body": "x"}', headers={"Content-Type": "application/json"}).status_code == 400
    assert requests.post(url, data=b"Body=%FF%FE", headers=as_form).status_code == 400
    assert requests.post(url, data="Body=é".encode(), headers=as_form).status_code == 400
    assert requests.post(url, data=b"Body", headers=as_form).status_code == 403
    assert requests.get(url, headers=signed).status_code in (404, 405)
    assert nothing_was_stored(running)
    assert FIELDS > 60, "the longest form that Twilio sends"


def test_a_message_number_of_somebody_else_is_refused(running: Running, twilio: Twilio) -> None:
    one, two = Phone(running, twilio), Phone(running, twilio, "+447700900777")
    form = one.form("hello there")
    assert one.post(form).status_code == 200
    assert two.post({**two.form("hello there"), "MessageSid": form["MessageSid"]}).status_code == 400
    assert len(running.rows("SELECT id FROM inbound")) == 1


def test_the_public_address_decides_behind_a_proxy(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = "https://talk.example.org"
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider, base_url=public) as running:
        phone = Phone(running, twilio)
        assert phone.post(phone.form("hello"), base=public).status_code == 200
        assert phone.post(phone.form("hello"), base=public, path=phone.path + "?ŵ=1&b=%20").status_code in (200, 403)
        assert phone.post(phone.form("hello"), base=public, path=phone.path + "?a=1&b=%20").status_code == 200
        lying = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        other = lying | {"Host": "evil.example"}
        assert phone.post(phone.form("hello"), base="http://evil.example", headers=other).status_code == 421
        assert phone.post(phone.form("hello"), base="http://evil.example", headers=lying).status_code == 403
        assert phone.post(phone.form("hello"), base=public, headers=lying).status_code == 200


@pytest.mark.parametrize(("proxies", "status"), [(("127.0.0.0/8",), 200), (("10.0.0.0/8",), 403), ((), 403)])
def test_only_trusted_proxies_are_believed(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch, proxies: Sequence[str], status: int
) -> None:
    with hearback(
        tmp_path, [account()], monkeypatch, twilio_url=provider, base_url="", proxies=tuple(proxies)
    ) as running:
        phone = Phone(running, twilio)
        head = {"X-Forwarded-Host": "talk.example.org", "X-Forwarded-Proto": "https"}
        assert phone.post(phone.form("hello"), base="https://talk.example.org", headers=head).status_code == status
        assert phone.post(phone.form("hello")).status_code == 200, "reached without a proxy"


def test_a_store_that_is_away_is_told_and_the_text_taken_later(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("hello there, I want to say something")
    form = phone.form("Something good happened to me")
    stranger = Phone(running, twilio, "+447700900999")  # is looked up first: reading fails, not writing
    first = stranger.form("hello, I am new here")
    database = (
        Path(running.store.database.url.removeprefix("sqlite:///"))
        if hasattr(running.store.database, "url")
        else next(Path(str(running.rows("PRAGMA database_list")[0]["file"])) for _ in (1,))
    )
    away = database.with_suffix(".away")
    database.rename(away)
    try:
        answer = phone.post(form)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        running.store.database.drop()  # as after a while, when no connection is open any more
        answer = stranger.post(first)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    finally:
        away.rename(database)
    assert phone.post(form).status_code == 200
    assert stranger.post(first).status_code == 200
    running.quiet()
    assert len(running.rows("SELECT id FROM inbound")) == 3


def test_urlencode_is_what_twilio_does() -> None:
    assert urlencode([("a", "ŵ b")]) == "a=%C5%B5+b"
