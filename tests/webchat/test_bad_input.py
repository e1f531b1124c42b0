"""Whatever arrives gets an answer in words and loses nothing."""

from __future__ import annotations

import asyncio
import json
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType

from tests.webchat.conftest import PNG, Running
from tests.webchat.person import Person

VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(64)
TEXTS = {
    "10,000 characters": "I want to say this. " * 500,
    "only emoji": "😭😭😭 💔",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> & \"quotes\" 'too'",
    "sql": "Robert'); DROP TABLE talk;--",
    "right-to-left override": "abc \u202egnp.exe\u202c def and then some more words",
    "control characters": "a\x07b\x1b[31mc\x00d and then some more words",
    "nonsense": "asdf qwer zxcv uiop",
    "another script": "ምንም አይነግሩኝም እና አዝናለሁ",
}


@pytest.fixture
def person(chat: Running) -> Person:
    person = Person(chat.url)
    person.start()
    return person


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_is_taken_and_shown_as_it_was(person: Person, name: str) -> None:
    text = TEXTS[name].strip()
    page = person.say(text)
    assert page.status == 200
    shown = text.replace("\x00", "")
    assert shown in unescape(page.html)
    assert "<script>alert" not in page.html and "<img src=x" not in page.html


def test_lone_surrogates(chat: Running, person: Person) -> None:
    page = person.post(("text", "half \ud83d a character and then some more words"))
    assert page.status == 200
    assert "a character and then some more words" in page.words


def test_nothing_at_all(person: Person) -> None:
    page = person.post(("text", "   \r\n "))
    assert page.status == 422
    assert "Write something, choose an answer or add a photo" in page.words


def test_far_too_long_is_given_back(person: Person) -> None:
    text = "word " * 5000
    page = person.say(text)
    assert page.status == 422
    assert page.form.typed.strip() == text.strip()
    assert "two or three parts" in page.words


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ((("a.png", "image/png", b""),), 422, "That file was empty"),
        ((("a.exe", "image/png", b"MZ\x90\x00" + bytes(200)),), 415, "cannot open that kind of file"),
        ((("a.mp4", "video/mp4", VIDEO + bytes(2 * 1024 * 1024)),), 413, "too big"),
        (tuple((f"{n}.png", "image/png", PNG) for n in range(6)), 422, "up to 5 at a time"),
    ],
    ids=["empty", "unsupported", "too big", "too many"],
)
def test_a_file_that_cannot_be_taken(
    chat: Running, person: Person, files: tuple[tuple[str, str, bytes], ...], status: int, words: str
) -> None:
    messages = chat.count("message")
    page = person.post(("text", "Here is what it looks like."), files=files)
    assert page.status == status
    assert words in page.words
    assert page.form.typed == "Here is what it looks like."
    assert chat.count("message") == messages
    quiet = person.post(("text", "x"), files=files, headers={"Accept": "application/json"})
    assert quiet.status == status
    assert words in json.loads(quiet.body)["problem"]


def test_a_video_of_40_mb_is_refused_in_words(person: Person) -> None:
    page = person.post(("text", "the film"), files=(("a.mp4", "video/mp4", VIDEO + bytes(40 * 1024 * 1024)),))
    assert page.status == 413
    assert "That file is too big" in page.words


def test_an_empty_file_box_is_no_file(person: Person) -> None:
    assert person.post(("text", "Only words here, no picture."), files=(("", "", b""),)).status == 200


@pytest.mark.parametrize("token", ["kind=banana", "nothing=at-all", "", "=", "kind", "x" * 5000, "who=child"])
def test_a_choice_that_is_not_offered(person: Person, token: str) -> None:
    page = person.post(("choice", token))
    assert page.status in (200, 422)
    assert person.open().form.choices


def test_an_old_button_changes_that_answer(person: Person) -> None:
    old = person.choose("kind=complaint")
    person.choose(old.form.choices[0])
    page = person.post(("choice", old.form.choices[1]), page=old)
    assert page.status == 200
    assert page.form.choices


@pytest.mark.parametrize("command", ["help", "language", "easy", "person", "later", "back", "skip", "urgent"])
def test_every_button_of_the_page_is_understood(person: Person, command: str) -> None:
    before = person.page.html.count('class="bubble ours')
    page = person.post(("command", command))
    assert page.status == 200
    assert page.html.count('class="bubble ours') > before


def test_the_database_is_gone(chat: Running, person: Person) -> None:
    words = "My words must not be lost, whatever breaks."
    shown = person.page
    with chat.database_gone():
        page = person.post(("text", words), files=(("a.png", "image/png", PNG),))
        assert page.status == 503
        assert "Not saved – please try again" in page.words
        assert "choose your photo or file again" in page.words
        assert page.form.typed == words
        assert person.post(("choice", "kind=complaint"), page=shown).status == 503
        assert ("choice", "kind=complaint") in person.page.form.hidden
        start = Person(chat.url)
        start.open("?kind=complaint")
        again = start.post()
        assert again.status == 503
        assert "Not saved" in again.words
        assert not start.cookies
        assert ("entry.kind", "complaint") in again.form.hidden
        live = person.post(("text", words), headers={"Accept": "application/json"}, page=shown)
        assert live.status == 503
    person.page = page
    assert words in person.say(words).words


def test_a_form_of_another_page_is_refused(chat: Running, person: Person) -> None:
    shown = person.page
    elsewhere = {"Origin": "https://evil.example", "Content-Type": "application/x-www-form-urlencoded"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, elsewhere):
        page = person.post(("text", "forged"), headers=headers, page=shown)
        assert page.status == 403
        assert "did not come from this page" in page.words
    other = Person(chat.url)
    other.start()
    person.page = shown
    stolen = [("token", dict(other.page.form.hidden)["token"]), ("once", "1"), ("text", "forged")]
    other.cookies = person.cookies
    person.page.form.hidden.clear()
    body = "&".join(f"{name}={value}" for name, value in stolen)
    refused = person.ask("POST", "/dudley/", body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    assert refused.status == 403
    assert refused.form.typed == "forged"
    assert "forged" not in person.open().words


@pytest.mark.parametrize("path", ["/nobody/", "/nobody/at/all.php", "/dudley/socket", "/assets/webchat/nothing.js"])
def test_what_is_not_there(chat: Running, path: str) -> None:
    assert Person(chat.url).ask("GET", path).status in (403, 404)


def test_not_a_form_at_all(person: Person) -> None:
    for kind, body in (
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data", b"garbage"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 20_000),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % n for n in range(500))),
    ):
        assert person.ask("POST", "/dudley/", body, {"Content-Type": kind}).status in (400, 403)


@pytest.mark.parametrize("line", ["{", "[]", "[" * 50_000, "9" * 5_000])
def test_what_is_not_a_message_ends_the_line(chat: Running, person: Person, line: str) -> None:
    headers = {"Origin": chat.url, "Cookie": "; ".join("=".join(pair) for pair in person.cookies.items())}

    async def told() -> None:
        async with (
            ClientSession() as session,
            session.ws_connect(f"{chat.url}/dudley/socket", headers=headers) as socket,
        ):
            await socket.send_str(json.dumps({"type": "hello", "token": dict(person.page.form.hidden)["token"]}))
            await socket.send_str(line)
            async for message in socket:
                assert message.type is WSMsgType.TEXT
            assert socket.close_code == 1000

    asyncio.run(asyncio.wait_for(told(), 10))


def test_nothing_said_is_ever_in_a_log(chat: Running, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    person = Person(chat.url)
    person.start()
    person.say("Zebedee Planted telephone 07700 900123 and a secret")
    with chat.database_gone():
        person.say("Zebedee Planted once more, while nothing can be saved")
    out = "".join(capfd.readouterr())
    assert "Zebedee" not in out and "07700" not in out
