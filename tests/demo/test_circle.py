"""README's circle, in the demonstration, in a browser: be the child, be the worker, see the answer as the child."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect

import bot.app
import console
from bot.channels import webchat
from casework.calendar import LONDON
from tests.console.desk import DESKTOP, PHONE, chromium
from tests.demo.conftest import NOW, Made, begun
from tests.serving import Clock, serving
from tests.webchat.test_browser import after, say, start
from tests.webchat.test_forms import PRESSED, STORIES

ANSWER = "I am sorry that nobody rang you back. I will ring you on Friday at four."


@contextmanager
def opened(one: Made) -> Iterator[str]:
    """The chat and the console of a demonstration at one address, on a Wednesday afternoon."""
    clock = Clock()
    clock.ahead = NOW - datetime.now(LONDON)
    profiles = one.store.procedures.profiles
    chat = replace(bot.app.site(one.settings, profiles, one.store), clock=clock, secure=False)
    desk = console.Site(
        store=one.store, profiles=profiles, clock=clock, secure=False, demonstration=lambda: 100
    )  # fmt: skip
    with serving([*webchat.routes(chat), *console.routes(desk)]) as url:
        yield url


def complain(page: Page) -> None:
    """From the first page to the number: every question is answered by the first button that fits."""
    start(page)
    after(page, lambda: page.click("button[value='kind=complaint']"))
    told = False
    for _ in range(25):
        if page.locator(".receipt").count():
            return
        tokens = [str(box.get_attribute("value")) for box in page.query_selector_all(".choice[value], .choice input")]
        step = tokens[0].partition("=")[0] if tokens else ""
        if page.locator("#file").count() and not told:
            told = True
            say(page, STORIES["en"])
            continue
        token = next(
            (one for one in ("story=done", "check=send", f"{step}={PRESSED.get(step)}") if one in tokens), tokens[0]
        )
        if page.locator(".many").count():
            page.check(f"input[value='{token}']")
            after(page, lambda: page.click(".many .big"))
        else:
            after(page, partial(page.click, f"button[value='{token}']"))
    raise AssertionError("no receipt")


def test_the_answer_of_the_worker_appears_in_the_chat_of_the_child(tmp_path: Path) -> None:
    one = begun(tmp_path)
    one.maker.houses[0].hire(NOW)
    try:
        with opened(one) as url, chromium() as browser:
            child = browser.new_context(viewport=PHONE, locale="en-GB").new_page()  # type: ignore[arg-type]  # a size
            worker = browser.new_context(viewport=DESKTOP, locale="en-GB").new_page()  # type: ignore[arg-type]  # a size
            child.goto(f"{url}/staff/tour")
            child.click("a:has-text('Open the chat')")
            complain(child)
            worker.goto(f"{url}/staff/tour")
            worker.click(".worker button")
            expect(worker.locator("h1")).to_have_text(re.compile("Today"))
            worker.goto(f"{url}/staff/today?list=new")
            worker.click("main a[href*='/record/HB-']")
            expect(worker.locator("main")).to_contain_text(STORIES["en"])
            worker.goto(f"{worker.url.partition('?')[0]}/reply")
            worker.fill("#text", ANSWER)
            worker.click(".send .button >> nth=0")
            expect(worker.locator(".note.done")).to_be_visible()
            child.reload()
            expect(child.locator("main")).to_contain_text(ANSWER)
    finally:
        one.store.close()
