"""Names, numbers and addresses that are planted by every way in come to no log, number, error page or address."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
import requests

import bot.channels.email as by_mail
from bot.app import staff_site
from bot.channels.contract import Account
from bot.config import load
from bot.deployment import profiles
from storage import tokens
from tests.channels import test_notify as notify
from tests.channels import twilio as by_twilio
from tests.channels.harness import Running, hearback, served
from tests.channels.mailing import Server, mail, mail_server
from tests.channels.telegram import payloads as telegram
from tests.channels.telegram.standin import TOKEN as BOT
from tests.channels.telegram.standin import Standin
from tests.channels.test_notify import Notify
from tests.channels.twilio import SID, TOKEN, Phone, Twilio
from tests.console.conftest import PASSWORD, House
from tests.security.test_addresses import LEADS
from tests.webchat.conftest import PNG
from tests.webchat.person import Person as WithoutScript
from tests.webchat.test_progress import FORM

NAME, PLACE, NUMBER, MAIL = "Zebedee Quillfeather", "Peppercorn Lane", "447700900987", "marigold@home.example"
PLANTED = ("Zebedee", "Quillfeather", "quillfeather", "Peppercorn", "900987", "07700 900", "arigold", PASSWORD)
WORDS = f"I am {NAME} of {PLACE}. Ring 07700 900 987 or write to {MAIL}."
PATH = quote(f"{NAME}-{NUMBER}")
METRICS = "a-token-for-the-numbers-0123456789"
#: What anybody could reckon out of a number, an address or a name who has a list of them.
HASHES = {
    form
    for text in (NUMBER, f"+{NUMBER}", "07700900987", "7700900987", MAIL, NAME, NAME.lower())
    for kind in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")
    for digest in (hashlib.new(kind, text.encode()),)
    for form in (digest.hexdigest(), digest.hexdigest()[:12], base64.b64encode(digest.digest()).decode()[:16])
}


#: Somebody's own talk, in their own browser, and what they typed into a field and was not taken.
GIVEN_BACK = re.compile(
    r'<textarea[^>]*>.*?</textarea>|<input[^>]*>|<div class="bubble mine".*?</div>\s*</div>', re.DOTALL
)


@dataclass
class Answers:
    """What the server answered: (status, text) of what it refused, and where any answer leads."""

    refused: list[tuple[int, str]] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)

    def keep(self, status: int, headers: Mapping[str, str], text: str) -> None:
        """GIVEN_BACK is for whoever wrote it, and is left out."""
        if status >= 400:
            self.refused.append((status, GIVEN_BACK.sub("", text)))
        self.leads += [headers.get("Location") or "", *LEADS.findall(text)]


@pytest.fixture(scope="module")
def post() -> Iterator[Server]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
def provider() -> Notify:
    return Notify()


@pytest.fixture(scope="module")
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture(scope="module")
def api() -> Iterator[Standin]:
    made = Standin()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers()


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, post: Server, provider: Notify, twilio: Twilio, api: Standin
) -> Iterator[Running]:
    """One server with every way in: mail, GOV.UK Notify, Telegram, and Twilio for another organisation."""
    accounts = [
        post.account(), notify.account(), by_twilio.account("sandwell"),
        Account("dudley", "telegram", "dudley", {"token": BOT, "updates": "webhook"}),
    ]  # fmt: skip
    with (
        pytest.MonkeyPatch.context() as patch,
        served(provider.application) as (url, _),
        served(twilio.application) as (elsewhere, _),
    ):
        patch.setattr(by_mail, "EVERY", 0.02)
        patch.setattr(by_mail, "LATE", 0.02)
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        given = {"notify_url": url, "twilio_url": elsewhere, "telegram_url": api.url, "metrics_token": METRICS}
        with hearback(tmp_path_factory.mktemp("logs"), accounts, patch, **given) as made:
            api.wait(lambda: bool(api.webhook))
            yield made


@pytest.fixture(scope="module")
def house(running: Running) -> House:
    """The console of the same server."""
    settings = load(base_url=running.url, organisations="dudley,sandwell")
    return House(running.url, running.store, running.clock, staff_site(settings, profiles(settings), running.store))


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


def nobody_in(running: Running, *more: str) -> None:
    """Nothing that was planted is in the log, which does say something, nor in the numbers."""
    numbers = requests.get(f"{running.url}/metrics", headers={"Authorization": f"Bearer {METRICS}"}, timeout=30)
    assert numbers.status_code == 200 and "hearback" in numbers.text
    for text in (running.log.getvalue(), numbers.text):
        assert text and planted(text, *more) == []


def planted(text: str, *more: str) -> list[str]:
    """What was planted and stands in a text: as it is, in an address, or as a hash that needs no key."""
    plain = unquote(text)
    return [one for one in (*PLANTED, *more) if one in text or one in plain] + [one for one in HASHES if one in text]


def test_by_mail(running: Running, post: Server) -> None:
    post.sent.refuse = ["550 5.1.1 <marigold@home.example> Zebedee is unknown", "451 Zebedee, later"]
    sender = f"{NAME} <{MAIL}>"
    for text in (f"{NAME} of {PLACE} hits me. Ring {NUMBER}", f"I am {NAME}, and nobody from {PLACE} comes."):
        one = mail(text, sender, Reply_To=sender, List_Owner=NAME)
        one.replace_header("Subject", f"{NAME} at {PLACE}")
        one.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 64, maintype="image", subtype="png", filename=f"{NAME}.png")
        post.box.put(one)
    broken = (
        f"From: {NAME}\r\nSubject: =?x-zebedee?b?Zebedee?=\r\nContent-Type: text/Zebedee; charset=Zebedee\r\n\r\n\xff"
    )
    post.box.put(broken.encode("latin-1"))
    post.box.put(mail(f"{NAME} is out.", sender, Auto_Submitted="auto-replied"))
    until(lambda: all(r"\Seen" in flags for _, flags in list(post.box.mails.values())))
    until(lambda: not post.sent.refuse)
    running.quiet()
    assert len(running.rows("SELECT id FROM talk WHERE channel = 'email'")) == 2
    nobody_in(running)


def test_by_notify(running: Running, provider: Notify) -> None:
    provider.next = [(500, f"{NAME} {NUMBER}"), (400, f"{NAME} is no number")]
    for text in (f"{NAME} hits me", f"come to {PLACE}, 07700 900 987"):
        notify.say(running, text, NUMBER)
    body = {"id": notify.uuid(), "source_number": NUMBER, "message": NAME}
    assert notify.call(running, "", body, token=f"{NAME}-{PLACE}") == 403
    for bad in ({"message": NAME}, [NAME], NAME, {"id": NAME, "source_number": f"{NUMBER}x", "message": 3}):
        assert notify.call(running, "", bad) == 400
    assert notify.call(running, "/status", {"reference": NAME, "status": PLACE}) == 400
    nobody_in(running)


def test_by_staff_at_the_console(running: Running, house: House) -> None:
    login = "zebedee.quillfeather@home.example"
    desk = house.person("dudley", "complaints", "administrator")
    added = {"login": login, "name": NAME, "also": f"Zeb {PLACE}", "roles": "officer"}
    assert desk.post("/staff/settings/staff/add", added).status_code == 200
    stranger = house.browser()
    stranger.post("/staff/sign-in", {"login": login, "password": PASSWORD}, token=stranger.token("/staff/sign-in"))
    for path in (f"/staff/records?q={NAME}", f"/staff/record/{NAME}", f"/staff/nothing/{PLACE}?name={NAME}"):
        desk.get(path)
    desk.post("/staff/settings/campaigns/add", {"name": NAME, "code": "quillfeather"})
    desk.post(f"/staff/settings/campaigns/{NAME}/change", {"name": PLACE}, token=NAME)
    token = desk.token()
    file = Path(house.store.database.url.removeprefix("sqlite:///"))
    with house.database_gone():
        answer = desk.post("/staff/settings/staff/add", added | {"login": f"other.{login}"}, token=token)
    assert answer.status_code >= 500 and file.exists()
    nobody_in(running, desk.cookie("staff"), token)


def test_by_the_chat(running: Running, house: House, answers: Answers) -> None:
    """Words, a file and what is no form; the page of numbers; what is not there; and while nothing can be saved."""
    person = WithoutScript(running.url)
    person.start()
    person.choose("kind=complaint")
    paths = (f"/dudley/{PATH}", f"/{PATH}/", f"/u/{PATH}")
    forms = ({"number": f"{NUMBER}{NUMBER}"[:16], "lang": NAME, "do": "look"}, {"number": WORDS, "do": PLACE})
    asked = [
        person.post(("text", WORDS), files=((f"{NAME}.png", "image/png", PNG),)),
        person.post(("text", WORDS), files=((f"{NAME}.exe", f"x/{PLACE}", b"MZ"),)),
        person.post(("choice", f"kind={NAME}"), ("token", NAME)),
        person.ask("POST", "/dudley/", WORDS.encode(), {"Content-Type": f"multipart/form-data; boundary={NAME}"}),
        *(person.ask("POST", "/dudley/progress", urlencode(form).encode(), FORM) for form in forms),
        *(person.ask(way, path) for way in ("GET", "POST", "PUT") for path in paths),
        person.ask("GET", f"/dudley/?lang={PATH}&from={PATH}"),
        person.ask("GET", f"/assets/{PATH}"), person.ask("GET", "/dudley/", headers={"Host": "zebedee.Quillfeather"}),
        person.ask("GET", "/dudley/", headers={"Cookie": f"chat-dudley={PATH}", "User-Agent": NAME, "Referer": PATH}),
    ]  # fmt: skip
    with house.database_gone():
        asked.append(person.post(("text", WORDS)))
    assert len(running.rows("SELECT id FROM talk WHERE channel = 'web'")) == 1
    for page in asked:
        answers.keep(page.status, page.headers, page.html if page.status >= 400 else "")
    assert {page.status for page in asked} >= {404, 405}
    nobody_in(running)


def test_by_twilio(running: Running, twilio: Twilio, answers: Answers) -> None:
    """Texts with files, the page to send photographs by, what becomes of a text, wrong signatures, refused sends."""
    phone = Phone(running, twilio, f"+{NUMBER}", "sandwell")
    twilio.next = [(400, 21610), "nonsense", (500, 20500)]
    phone.say("hello", ProfileName=NAME)
    for text in ("1", "2", "1", "2", WORDS):
        phone.say(text, ProfileName=NAME, FromCity=PLACE)
    form = phone.form(WORDS, NumMedia="1", MediaUrl0=f"https://{PATH}.example/{NUMBER}", MediaContentType0=PLACE)
    asked = [phone.post(form), phone.post(form, signed=NAME), phone.post({"Body": WORDS, "From": NAME})]
    asked.append(phone.post(form, headers={"Content-Type": f"text/{PATH}"}))
    sent = twilio.texts[-1]
    status = {"MessageSid": sent.sid, "To": f"+{NUMBER}", "AccountSid": SID, "ErrorMessage": WORDS}
    for more in ({"MessageStatus": "failed", "ErrorCode": "30003"}, {"MessageStatus": NAME, "ErrorCode": PLACE}):
        asked.append(phone.post(status | more, path=sent.callback.removeprefix(running.url)))
    asked += [phone.post(status, path=f"/sms/sandwell/status?n={PATH}"), phone.post(status, signed=NAME)]
    for link in re.findall(r"http://\S+/u/\S+", "\n".join(phone.inbox)) or [f"{running.url}/u/{PATH}"]:
        asked.append(requests.post(link, files={"file": (f"{NAME}.png", PNG, f"x/{PLACE}")}, timeout=30))
        asked.append(requests.get(f"{link}x{PATH}", timeout=30))
    keep(answers, asked)
    assert {one.status_code for one in asked} >= {200, 403} and len(twilio.to(f"+{NUMBER}")) >= 4
    nobody_in(running, TOKEN)


def test_by_telegram(running: Running, api: Standin) -> None:
    """Talk, buttons, files that cannot be had, updates that nobody understands, and a wrong secret."""
    chat, numbers = int(NUMBER[2:]), iter(range(1, 100))

    def bring(update: object, secret: str | None = "") -> int:
        return running.looping.do(api.deliver(update, secret))

    api.fail("sendMessage", "400")
    api.fail("getFile", "400")
    for update in (
        telegram.text(next(numbers), "/start", chat), telegram.text(next(numbers), WORDS, chat),
        telegram.photo(next(numbers), chat, caption=WORDS), telegram.edited(next(numbers), WORDS, chat),
    ):  # fmt: skip
        assert bring(update) == 200
        running.quiet()
    shown = api.sent(chat)[-1]
    bring(telegram.press(next(numbers), f"{NUMBER}={PATH}"[:60], shown, chat))
    for wrong in ({"update_id": 1, "message": {"text": NAME}}, {NAME: PLACE}, [NAME], NAME, WORDS.encode()):
        bring(wrong)
    assert bring(telegram.text(next(numbers), WORDS, chat), NAME) in (401, 403, 404)
    assert running.rows("SELECT id FROM talk WHERE channel = 'telegram'")
    nobody_in(running, BOT, BOT.partition(":")[2])


def test_by_a_program(running: Running, house: House, answers: Answers) -> None:
    """What is filed, asked for and sent wrongly."""

    def write(db: Any) -> str:
        return tokens.make(db.connection(), "dudley", NAME, tuple(tokens.SCOPES), "staff:1", running.clock())[1]

    token = running.store.writer.write(write).result(10)
    told = {"story": {"words": WORDS}, "who": {"values": ["parent"]}}
    filing = {"kind": "complaint", "answers": told, "channel": "portal"}
    heads = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one-key-of-this-test"}
    asked = [
        requests.request(way, f"{running.url}/api/v1{path}", headers=heads | more, timeout=30, **body)
        for way, path, body, more in (
            ("POST", "/records", {"json": filing}, {}),
            ("POST", "/records", {"json": filing | {"kind": NAME}}, {"Idempotency-Key": "another-key"}),
            ("POST", "/records", {"json": filing | {"stage": PLACE}}, {"Idempotency-Key": "a-third-key"}),
            ("POST", "/records", {"json": filing | {"answers": {"who": {"values": [NAME]}}}}, {}),
            ("POST", "/records", {"data": WORDS}, {"Content-Type": "application/json"}),
            ("POST", "/records", {"json": filing}, {"Idempotency-Key": f"{NAME}" * 9}),
            ("GET", f"/records?kind={PATH}&since={PATH}&after={PATH}&record={PATH}", {}, {}),
            ("GET", f"/records/{PATH}", {}, {}), ("GET", f"/{PATH}", {}, {}), ("DELETE", f"/webhooks/{PATH}", {}, {}),
            ("GET", "/records", {}, {"Authorization": f"Bearer {NAME}"}),
            ("POST", "/webhooks", {"json": {"url": f"https://{MAIL}/{PATH}", "events": [NAME]}}, {}),
        )
    ]  # fmt: skip
    with house.database_gone():
        asked.append(requests.post(f"{running.url}/api/v1/records", json=filing, headers=heads, timeout=30))
    keep(answers, asked)
    assert asked[0].status_code == 201 and all(one.status_code >= 400 for one in asked[1:]), asked
    nobody_in(running, token)


def test_no_answer_that_refuses_and_no_address_repeats_them(running: Running, answers: Answers) -> None:
    """All that the tests above were refused with, and wherever an answer led; nor do the files hold such hashes."""
    assert len(answers.refused) >= 25 and len(answers.leads) >= 5
    assert {status for status, _ in answers.refused} >= {400, 401, 403, 404, 405, 422}
    assert [(status, found) for status, text in answers.refused if (found := planted(text))] == []
    assert [lead for lead in answers.leads if planted(lead)] == []
    folder = Path(running.store.database.url.removeprefix("sqlite:///")).parent
    held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    raw = (hashlib.new(kind, text.encode()).digest() for kind in ("md5", "sha1", "sha256") for text in (NUMBER, MAIL))
    assert len(held) > 100_000 and not [one for one in raw if one in held]
    assert not [one for one in HASHES if len(one) > 30 and one.encode() in held]


def keep(answers: Answers, asked: Iterable[requests.Response]) -> None:
    for one in asked:
        answers.keep(one.status_code, one.headers, one.text if one.status_code >= 400 else "")
