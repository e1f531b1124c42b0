"""Web chat's first page on a slow line: its weight over the wire, and when a person can use it at 400 kbit/s.

A real browser with nothing cached, its network slowed by its own means. Usable: what is to be seen is painted and the
form is there; it works without the scripts, which come after. The whole weight counts, scripts too.

    python -m benchmarks page
"""

from __future__ import annotations

import shutil
import time
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.idle import settled, started
from benchmarks.pairs import Row, Size, folder, most

#: Bytes a second of 400 kbit/s.
SLOW = 400_000 / 8
PHONE = {"width": 390, "height": 844}
_USABLE = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const page = performance.getEntriesByType("navigation")[0];
  return document.querySelector("form button") && paint ? Math.max(paint.startTime, page.domInteractive) : 0;
}"""


def opened(browser: Browser, address: str) -> tuple[float, float]:
    """(kB over the wire, seconds until it could be used)."""
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]  # a width and a height
    page = context.new_page()
    tools = context.new_cdp_session(page)
    weight: list[float] = []

    def finished(event: dict[str, Any]) -> None:
        weight.append(event["encodedDataLength"])

    tools.on("Network.loadingFinished", finished)
    tools.send("Network.enable")
    tools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": SLOW, "uploadThroughput": SLOW},
    )
    page.goto(address, wait_until="networkidle")
    usable = 0.0
    for _ in range(200):
        if usable := page.evaluate(_USABLE):
            break
        time.sleep(0.05)
    assert usable, "nothing was painted"
    context.close()
    return sum(weight) / 1024, usable / 1000


def rows(size: Size) -> list[Row]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "this needs chromium: apt-get install chromium"
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with folder() as where, started(where) as (process, _, port), sync_playwright() as playwright:
        settled(process)
        browser = playwright.chromium.launch(executable_path=chromium, args=quiet)
        address = f"http://127.0.0.1:{port}/sandwell/"
        opened(browser, address)
        found = [opened(browser, address) for _ in range(size.pairs)]
        browser.close()
    return [
        most("web chat: first page with everything it needs, over the wire", 100, "kB", [kb for kb, _ in found]),
        most("web chat: usable at 400 kbit/s, nothing cached", 1, "s", [seconds for _, seconds in found]),
    ]
