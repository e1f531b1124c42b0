"""A whole complaint in the chat, in a browser, of hostile strings."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Late

from tests.webchat.test_forms import PRESSED

if TYPE_CHECKING:
    from tools.audit.hostile import Walk

#: Strings of one message, which may have 20,000 characters.
TOGETHER = 120


def talk(walk: Walk) -> None:
    """The story is every string; whatever else is asked gets some of them first, and then a choice."""
    page = walk.listening()
    stories = ["\n".join(walk.texts[at : at + TOGETHER]) for at in range(0, len(walk.texts), TOGETHER)]
    tried: Counter[str] = Counter()
    page.goto(f"{walk.house.url}/dudley/?lang=en")
    page.click(".start .big")
    page.wait_for_selector("html.live .ours")
    page.click("button[value='kind=complaint']")
    for _ in range(120):
        page.wait_for_timeout(400)
        if page.locator(".receipt").count():
            break
        tokens = [str(box.get_attribute("value")) for box in page.query_selector_all(".choice[value], .choice input")]
        step = tokens[0].partition("=")[0] if tokens else ""
        tried[step] += 1
        typed = page.locator("#text").is_visible() and page.locator("#text").is_enabled()
        if typed and step in ("story", "") and stories:
            page.fill("#text", stories.pop(0))
            _press(page, ".send")
        elif typed and tried[step] == 1 and step not in ("story", "check"):
            page.fill("#text", " ".join(walk.texts[len(tried) * 20 : len(tried) * 20 + 20]))
            _press(page, ".send")
        elif page.locator(".many").count():
            _press(page, ".many .choice input >> nth=0")
            _press(page, ".many .big")
        elif tokens:
            wanted = {"story": "done", "check": "send"} | PRESSED
            token = f"{step}={wanted[step]}" if f"{step}={wanted.get(step)}" in tokens else tokens[0]
            _press(page, f"button[value='{token}']")
    else:
        walk.note(f"the chat: the talk did not end; how often each step was seen: {dict(tried)}")
    page.reload()
    walk.seen(page)
    walk.values += len(walk.texts)
    page.context.close()


def _press(page: Page, selector: str) -> None:
    """What an answer has taken away meanwhile is not pressed; the next look sees what there is instead."""
    with suppress(Late):
        page.click(selector, timeout=3_000)
