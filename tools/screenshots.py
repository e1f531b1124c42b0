"""Makes the pictures of README and docs/ anew: ``make screenshots``. A real server, a real browser, a real record.

Another folder may be named for them: ``python tools/screenshots.py pictures``.
"""

from __future__ import annotations

import html
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as at
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot.preview import previewer  # noqa: E402 - found by the line above
from casework.calendar import LONDON  # noqa: E402
from console import guard  # noqa: E402
from tests.console.conftest import running  # noqa: E402
from tests.console.desk import sent  # noqa: E402
from tools.pictures import IMAGES, LANGUAGES, write  # noqa: E402

CHROMIUM = next(path for path in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(path).exists())
PHONE = {"width": 390, "height": 780}
#: What is typed, a line a message: a complaint, up to "Who are you?".
TALK = ("3", "1")
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #1d2433; } pre { margin: 0; padding: 24px; color: #e8ecf4; width: 900px;
font: 15px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; box-sizing: border-box; }</style><pre>%s</pre>"""


def main(images: Path = IMAGES) -> None:
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hearback-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = {"HEARBACK_PORT": str(port), "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=folder, env=os.environ | settings, stdout=subprocess.DEVNULL
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                taken = Taken(images)
                for language in LANGUAGES:
                    chat(browser, taken, f"http://127.0.0.1:{port}/sandwell/", language)
                pictures(browser, taken, f"http://127.0.0.1:{port}/sandwell/")
                case(browser, taken, Path(folder))
                desk(browser, taken, Path(folder) / "desk")
                browser.close()
            write(images, taken.seen)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


class Taken:
    """The pictures in a folder; ``seen``: name of each -> the text that is to be seen in it."""

    def __init__(self, images: Path) -> None:
        self.images, self.seen = images, dict[str, str]()

    def take(self, page: Page, name: str, *, whole: bool = False) -> None:
        """A picture of a page as it stands; ``whole``: also what one would have to scroll to."""
        page.screenshot(path=self.images / f"{name}.png", full_page=whole)
        self.seen[f"{name}.png"] = page.inner_text("body")


def wait_for(address: str) -> None:
    for _ in range(1200):  # a minute: a first start compiles the lists of danger
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def chat(browser: Browser, taken: Taken, address: str, language: str) -> None:
    """One talk on a phone, without JavaScript, so that every answer is a page of its own."""
    address = f"{address}?lang={language}"
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.locator("form.start button").click()
    for line in TALK:
        say(page, line)
    with_script = browser.new_context(viewport=PHONE, device_scale_factor=2, storage_state=context.storage_state())
    page = with_script.new_page()
    page.goto(address)
    page.wait_for_timeout(1500)
    if page.locator("html").get_attribute("lang") != language.replace("_", "-"):
        raise SystemExit(f"{language} is not offered now: python -m locales check says why")
    taken.take(page, f"chat-{language}")
    with_script.close()
    context.close()


def pictures(browser: Browser, taken: Taken, address: str) -> None:
    """The picture board on a phone: how it is, after two taps."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{address}?lang=en&symbols=1&kind=board")
    page.locator("form.start button").click()
    for many, number in ((2, 0), (6, 2)):  # others may read it; a foster carer
        expect(page.locator(".choice")).to_have_count(many, timeout=60_000)
        page.locator(".choice").nth(number).click()
    expect(page.locator(".choice")).to_have_count(3, timeout=60_000)
    page.wait_for_timeout(1500)
    taken.take(page, "chat-pictures")
    context.close()


def say(page: Page, line: str) -> None:
    page.locator("#text").fill(line)
    page.locator("button.send").click()


def case(browser: Browser, taken: Taken, folder: Path) -> None:
    """A filed complaint as the terminal shows it."""
    said = "Make a complaint\nyes\n1\n3\n1\nMy social worker never rings me back.\nThat is all\nlast Tuesday\n1\n"
    said += "To be listened to\nno\nYes please\nAnswer me here\nSend it\n"
    hearback = [sys.executable, "-m", "bot"]
    settings = os.environ | {"PYTHONPATH": str(ROOT)}
    talk = subprocess.run(
        [*hearback, "chat", "--language", "en", "-o", "dudley", "--json"],
        cwd=folder, env=settings, input=said, text=True, capture_output=True, check=True,
    )  # fmt: skip
    reference = talk.stdout.strip().splitlines()[-1].split('"reference": "')[1].split('"')[0]
    shown = subprocess.run(
        [*hearback, "cases", "show", reference], cwd=folder, env=settings, text=True, capture_output=True, check=True
    )
    page = browser.new_page(viewport={"width": 900, "height": 600}, device_scale_factor=2)
    page.set_content(TERMINAL % html.escape(f"$ hearback cases show {reference}\n{shown.stdout}"))
    taken.take(page, "case", whole=True)


#: Who wrote what, how many days ago, in which language: what the worker's pictures show.
WROTE = (
    ("My social worker has changed three times and nobody told me why.", 4, "en"),
    ("The taxi to school was late three times last week.", 12, "en"),
    ("Nid oes neb yn ateb y ffôn pan fydda i'n ffonio'r tîm.", 6, "cy"),
    ("العاملة الاجتماعية لا ترد على رسائلي منذ شهر.", 3, "ar"),
    ("We asked for the minutes of the meeting in March and are still waiting.", 2, "en"),
    ("They moved my contact with my brother and did not ask me.", 1, "en"),
    ("Thank you for the new bikes.", 0, "en"),
)
REPLY = (
    "Thank you for telling us. I have read every message. I will talk with the team tomorrow "
    "and write to you again by Friday."
)


def desk(browser: Browser, taken: Taken, folder: Path) -> None:
    """Today, a record and a reply, as a complaints officer sees them."""
    with running(folder, lambda site: replace(site, preview=previewer(4.0))) as house:
        morning = datetime.combine(datetime.now(LONDON).date(), at(10), LONDON)
        house.clock.ahead = morning + timedelta(days=-morning.weekday() + 8) - datetime.now(UTC)
        now = house.clock()
        references = [sent(house, "sandwell", now - timedelta(days=ago), story, language=code)
                      for story, ago, code in WROTE]  # fmt: skip
        number, _ = house.add("sandwell", ("complaints",))
        context = browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
        session = house.signed_in(number).cookie(guard.SESSION)
        context.add_cookies([{"name": guard.SESSION, "value": session, "url": house.url}])
        page = context.new_page()
        for path, image in (("/today", "today"), (f"/record/{references[0]}", "record")):
            page.goto(f"{house.url}/staff{path}")
            taken.take(page, image)
        page.goto(f"{house.url}/staff/record/{references[0]}/reply")
        page.locator("textarea").first.fill(REPLY)
        page.wait_for_timeout(1500)
        taken.take(page, "reply", whole=True)
        context.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
