"""What every answer carries, and how much goes over the wire."""

from __future__ import annotations

import gzip
import re

from aiohttp import web

from bot.channels.webchat import guard
from bot.channels.webchat.words import WORDS
from tests.webchat.conftest import Running
from tests.webchat.person import Page, Person

BUDGET = 100 * 1024


def test_every_page_is_locked_down(chat: Running) -> None:
    person = Person(chat.url)
    pages = [person.ask("GET", "/"), person.open(), person.start(), person.say("Hello, this is about my home.")]
    pages.append(person.ask("GET", "/nobody/"))
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "camera=(self)" in page.headers["Permissions-Policy"]
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page.html)


def test_the_cookie(chat: Running) -> None:
    person = Person(chat.url)
    person.open()
    assert not person.cookies
    answer = person.post(follow=False)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_on_https_the_cookie_is_pinned_to_the_host(chat: Running) -> None:
    from dataclasses import replace

    site = replace(chat.site, secure=True)
    response = web.Response()
    guard.give(response, site, site.places["dudley"], "x" * 43)
    cookie = response.cookies["__Host-chat-dudley"]
    assert cookie["secure"] and cookie["httponly"] and cookie["path"] == "/" and not cookie["domain"]


def wire(person: Person, page: Page) -> int:
    """Bytes of a page with everything it needs, headers included, as a browser fetches them."""
    total = len(page.body) + len(bytes(page.headers))
    found = set(re.findall(r'(?:href|src)="(/assets/[^"#]+)', page.html))
    for address in found:
        asset = person.ask("GET", address, headers={"Accept-Encoding": "gzip, br"})
        assert asset.status == 200
        assert "immutable" in asset.headers["Cache-Control"]
        assert asset.headers["Content-Encoding"] == "gzip"
        total += len(asset.body) + len(bytes(asset.headers))
        assert gzip.decompress(asset.body) == person.ask("GET", address).body
    return total


def test_the_page_weighs_at_most_100_kb(chat: Running) -> None:
    person = Person(chat.url)
    first = wire(person, person.open())
    talking = wire(person, person.start())
    print(f"first page {first / 1024:.1f} KB, conversation {talking / 1024:.1f} KB")
    assert first <= BUDGET / 2
    assert talking <= BUDGET


def test_no_word_is_written_twice_in_the_list() -> None:
    assert len(set(WORDS.values())) == len(WORDS)
