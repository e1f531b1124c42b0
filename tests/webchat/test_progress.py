"""How is mine going, on a page of its own: by forms alone, without a cookie, and for everybody."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.console.desk import violations
from tests.webchat.conftest import Open, Running
from tests.webchat.person import Page, Person
from tests.webchat.test_forms import next_answer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sent(chat: Running, person: Person | None = None) -> str:
    """The number of a complaint that was sent, with the first picture."""
    person = person or Person(chat.url)
    person.start("en")
    person.choose("kind=complaint")
    said: list[str] = []
    for _ in range(25):
        if found := re.search(r'class="digits" dir="ltr">(\d{4} \d{4} \d{4} \d{4})<', person.page.html):
            person.choose("picture=cat")
            return found[1]
        next_answer(person, "en", said)
    raise AssertionError("no number")


def look(chat: Running, number: str, *, who: Person | None = None, lang: str = "en", **more: str) -> Page:
    """The page, filled in. ``stamp``: not the one that it carries."""
    person = who or Person(chat.url)
    form = person.ask("GET", f"/dudley/progress?lang={lang}").html
    own = dict(re.findall(r'name="(stamp)" value="([^"]+)"', form))
    body = urlencode({"lang": lang, "number": number, "do": "look", **own, **more}).encode()
    return person.ask("POST", "/dudley/progress", body, FORM)


def test_it_shows_how_it_stands_and_keeps_nothing(chat: Running) -> None:
    number = sent(chat)
    talks = chat.count("talk")
    first = Person(chat.url).ask("GET", "/dudley/progress?lang=en")
    assert first.status == 200 and 'inputmode="numeric"' in first.html and first.headers["Set-Cookie"] is None
    eastern = number.replace(" ", "-").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed, lang, words in (
        (number, "en", "It has arrived"),
        (eastern, "ar", 'dir="rtl"'),
        (number, "cy", 'lang="cy"'),
    ):
        page = look(chat, typed, lang=lang)
        assert page.status == 200 and words in page.html, typed
        assert page.headers["Set-Cookie"] is None and page.headers["Cache-Control"] == "no-store"
    assert chat.count("talk") == talks
    assert 'href="/dudley/progress?lang=en"' in Person(chat.url).ask("GET", "/dudley/?lang=en").html


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "all 16 digits"),
        ("1234", "all 16 digits"),
        ("<script>alert(1)</script>", "all 16 digits"),
        ("1234 5678 9012 3456", "look again at all 16"),
        ("0000 0000 0000 0000", "cannot find"),
    ],
)
def test_what_is_wrong_is_said_and_stays_in_the_box(chat: Running, number: str, words: str) -> None:
    page = look(chat, number)
    assert page.status == 422 and words in page.words and "<script>alert" not in page.html
    assert not number.startswith("1") or f'value="{number}"' in page.html


def test_going_on_leads_into_the_chat_with_the_number_said(chat: Running) -> None:
    number = sent(chat)
    person = Person(chat.url)
    page = look(chat, number, who=person, choice="then=add")
    assert page.status == 303 and page.headers["Location"] == "/dudley/#now" and "chat-dudley" in str(page.headers)
    person.page = person.ask("GET", "/dudley/")
    assert "Please write it here" in person.page.words
    person.say("It happened again today.")
    assert chat.last_case()["events"][-1]["type"] == "added"
    assert number not in person.page.words


def test_words_around_a_number_stay_and_the_number_is_covered(chat: Running) -> None:
    number = sent(chat)
    assert look(chat, f"My number is {number}.").status == 200
    person = Person(chat.url)
    person.start("en")
    person.choose("kind=progress")
    person.say(f"My number is {number}, thank you")
    person.page = person.ask("GET", "/dudley/")
    assert "It has arrived" in person.page.words and "My number is ••••" in person.page.words
    assert number not in person.page.words


def test_another_site_cannot_ask(chat: Running) -> None:
    page = Person(chat.url, headers={"Sec-Fetch-Site": "cross-site"}).ask("POST", "/dudley/progress", b"number=1", FORM)
    assert page.status == 403


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_in_a_browser_on_a_small_phone(chat: Running, opened: Open, lang: str) -> None:
    number = sent(chat)
    page = opened(f"/dudley/progress?lang={lang}", viewport={"width": 320, "height": 640})
    for step in range(2):
        assert [rule["id"] for rule in violations(page)] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator(".leave-button")).to_be_visible()
        if step == 0:
            page.locator("#number").fill(number)
            page.locator("button[value=look]").click()
            expect(page.locator(".told")).to_be_visible()
