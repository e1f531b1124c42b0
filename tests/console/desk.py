"""The desk in a browser: somebody of the staff opens a record and works it, on days that a test chooses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from casework.calendar import LONDON
from console import guard
from tests.console.conftest import House
from tests.storage.people import Person

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1366, "height": 900}
#: What looks at a page. ``BrowserContext.add_init_script`` has it in every page of a context, sooner than ``serious``.
AXE = Axe().axe_script


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """The browser of every test that needs a real one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "the browser tests need chromium: apt-get install chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*arguments, *flags])
        yield started
        started.close()


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds. Nothing else of its answer leaves the browser, and it is not brought where it is already."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(results => results.violations)"
    )
    return found


def serious(page: Page) -> list[str]:
    """What axe finds: rule and first element."""
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations(page)]


def kept(page: Page) -> dict[str, Any]:
    """What the browser keeps of a site, by where; cookies only where a script can read them."""
    found: dict[str, Any] = page.evaluate(
        """async () => ({
          local: Object.entries(localStorage), session: Object.entries(sessionStorage), cookies: document.cookie,
          databases: await indexedDB.databases(), caches: self.caches ? await caches.keys() : [],
          workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
          files: navigator.storage?.getDirectory
            ? await Array.fromAsync((await navigator.storage.getDirectory()).keys()) : [],
          history: JSON.stringify(history.state), name: window.name,
        })"""
    )
    return {name: value for name, value in found.items() if value and value != "null"}


def overflows(page: Page) -> bool:
    """Whether the page must be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def sent(house: House, organisation: str, at: datetime, story: str = "", **more: Any) -> str:
    """A complaint as somebody sends it by text message; its reference."""
    person = Person(house.store.writer, channel="sms", organisation=organisation, endpoint="+441632960000", **more)
    person.now = at
    person.story = story or person.story
    return person.complain().reference


class Desk:
    """One member of staff at one browser."""

    def __init__(self, house: House, browser: Browser, number: int, size: dict[str, int] = DESKTOP) -> None:
        self.house, self.number = house, number
        self.context = browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]  # a size
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.sign_in()

    def sign_in(self) -> None:
        held = self.house.signed_in(self.number).cookie(guard.SESSION)
        self.context.add_cookies([{"name": guard.SESSION, "value": held, "url": self.house.url}])

    def on(self, day: str, hour: int = 10) -> None:
        """It is that day now; sessions of another day have ended."""
        wanted = datetime.combine(date.fromisoformat(day), time(hour), LONDON)
        self.house.clock.ahead = wanted - datetime.now(UTC)
        self.sign_in()

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.house.url}/staff{path}")
        return self.page

    def do(self, event: str, *, refused: str = "", **values: Any) -> None:
        """Fill in the form of a deed on the record that is open, and send it."""
        name = event.replace(".", "-")
        form = self.page.locator(f"#do-{name}")
        form.evaluate(
            "one => { for (let at = one; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true }"
        )
        for key, value in values.items():
            wanted = self.page.locator(f"[name='{name}-{key}']")
            first = wanted.first
            kind = first.evaluate("one => one.tagName + (one.type || '')")
            if kind.startswith("SELECT"):
                first.select_option(value)
            elif kind.endswith(("radio", "checkbox")):
                for one in value if isinstance(value, list) else [value]:
                    self.page.locator(f"[name='{name}-{key}'][value='{one}']").check()
            else:
                first.fill(value)
        form.locator("button.button").last.click()
        if refused:
            expect(self.page.locator(".summary")).to_contain_text(refused)
        else:
            expect(self.page.locator(".note.done")).to_be_visible()

    def clock(self, clock: str, *texts: str) -> None:
        """What the record says of a time limit."""
        for text in texts:
            expect(self.page.locator(f".clocks [data-clock='{clock}']")).to_contain_text(text)
