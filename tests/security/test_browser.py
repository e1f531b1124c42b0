"""In a real browser: no page asks anybody else for anything, and Trusted Types hold while the page works."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Request, expect

from bot.config import load
from tests.console.desk import chromium
from tests.security.test_gate import serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(load(data=tmp_path_factory.mktemp("browser"), organisations="dudley")) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_page_asks_nobody_else_for_anything(browser: Browser, url: str) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    page = browser.new_context(locale="en-GB").new_page()

    def ask(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(url).netloc and not request.url.startswith(("data:", "blob:")):
            asked.append(request.url)

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("request", ask)
    page.on("console", complain)
    for path in ("/", "/dudley/", "/staff/sign-in", "/staff/begin"):
        page.goto(url + path, wait_until="networkidle")
    assert asked == [] and [one for one in wrong if "404" not in one and "403" not in one] == []
    page.context.close()


def test_what_a_script_makes_of_text_is_refused_and_the_talk_goes_on(browser: Browser, url: str) -> None:
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{url}/dudley/")
    refused = page.evaluate(
        "() => { try { document.createElement('div').innerHTML = '<b>x</b>'; return ''; }"
        " catch (error) { return error.name; } }"
    )
    assert refused == "TypeError"
    page.locator("main form[method=post] button.big, main form[method=post] button").last.click()
    page.wait_for_selector("#text, .choices button")
    before = page.locator(".bubble").count()
    page.locator("#answer button[name=choice]").first.click()
    expect(page.locator(".bubble").nth(before)).to_be_visible(timeout=15_000)
    page.context.close()
