"""Every page of the console, on phone and desktop, as axe and pa11y see it: nothing to say; nobody else is asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from console import guard
from console.pages import every
from tests.console.conftest import Browser, House, running
from tests.console.desk import AXE, DESKTOP, PHONE, chromium, kept, overflows, sent, serious
from tests.storage.people import Person

PA11Y = Path(__file__).parents[2] / "tools" / "pa11y"
#: What is no page: files, data, and where a provider or a one-time link leads.
NOT_SEEN = (
    *("/export", "/reports/file", ".svg", ".pdf", "/changes", "/media/"),
    *("/sign-in/return", "/welcome/", "/begin", "/alarm/"),
)
#: What one may come to only in the middle of signing in, or with something in hand: their own tests look at them.
IN_BETWEEN = ("/code", "/set-up", "/recovery-codes", "/typed", "/enter/done", "/settings/holidays/look")
ROLES = ("complaints", "administrator", "advocate")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("pages")) as made:
        yield made


def filled(house: House, jo: Browser, number: int) -> dict[str, str]:
    """What the places of paths stand for, with records behind them: a complaint, a referral, a compliment."""
    at = datetime.now(UTC) - timedelta(days=1)
    jo.post("/staff/settings/integration/webhooks", {"url": "https://case.example.org/told"})
    complaint = sent(house, "dudley", at, "The minibus never came, and nobody told us.")
    places = {"reference": complaint, "member": str(number), "code": "acknowledge", "language": "en"}
    for kind in ("advocate", "compliment"):
        person = Person(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
        person.now = at
        person.say(event="open")
        person.say(choice=f"kind={kind}")
        places[kind] = person.complain().reference
    jo.post("/staff/settings/campaigns/add", {"name": "Summer", "code": "summer26"})
    found = re.findall(r"/staff/settings/campaigns/([^/\"?]+)[\"/]", jo.get("/staff/settings/campaigns").text)
    places["campaign"] = next(one for one in found if one != "add")
    places["webhook"] = re.findall(r"webhooks/(\d+)/end", jo.get("/staff/settings/integration").text)[0]
    began = jo.post("/staff/rights", {"records": complaint})
    alike = [sent(house, "dudley", at, "The moon cheese in our canteen is green and angry.") for _ in range(5)]
    places["together"] = re.findall(r'/staff/alike/(\d+)"', jo.get("/staff/today?list=alike").text)[0]
    assert all(one in jo.get(f"/staff/alike/{places['together']}").text for one in alike)
    places["request"] = began.headers["Location"].rpartition("/")[2]
    refer = {"event": "referred", "events": _events(jo, places["advocate"])}
    jo.post(f"/staff/record/{places['advocate']}/work", refer | {"referred-staff": str(number), "referred-to": "Jo"})
    return places


def _events(jo: Browser, reference: str) -> str:
    return re.findall(r'name="events" value="(\d+)"', jo.get(f"/staff/record/{reference}").text)[0]


def paths(places: dict[str, str]) -> Iterator[str]:
    for page in every():
        if page.method != "GET" or any(part in page.path for part in NOT_SEEN) or page.path in IN_BETWEEN:
            continue
        mine = dict(places)
        if page.path.startswith(("/referral/", "/compliment/")):
            mine["reference"] = places["advocate" if page.path.startswith("/referral/") else "compliment"]
        names = re.findall(r"\{(\w+)\}", page.path)
        if page.path.startswith("/settings/holidays/"):
            mine["day"] = "2027-01-04"
        if all(name in mine for name in names):
            yield "/staff" + page.path.format(**mine)


@pytest.fixture(scope="module")
def looks(house: House) -> Looks:
    return looked(house)


def test_no_page_keeps_anything_in_the_browser(looks: Looks) -> None:
    assert len(looks.asked) >= 50 and looks.keeping == []


def test_axe_and_pa11y_have_nothing_to_say_and_no_page_asks_anybody_else(looks: Looks, tmp_path: Path) -> None:
    asked, wrong = looks.asked, list(looks.wrong)
    (tmp_path / "broken.html").write_text("<title>Broken</title><input>")
    broken = {"name": "broken", "url": (tmp_path / "broken.html").as_uri(), "cookie": "", **PHONE}
    found = pa11y([broken, *(one for one in asked if one["width"] == PHONE["width"])])
    assert any(one.startswith("broken: ") and "F68" in one for one in found), "what is wrong is seen"
    wrong += [one for one in found if not one.startswith("broken: ")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.soak(only="a minute and a half more, for what the phone's pages seldom leave out")
def test_pa11y_has_nothing_to_say_on_a_desktop(looks: Looks) -> None:
    wrong = pa11y([one for one in looks.asked if one["width"] == DESKTOP["width"]])
    assert not wrong, "\n".join(wrong)


@dataclass
class Looks:
    """Every page on a phone and a desktop.

    asked    the pages, for pa11y
    wrong    what axe finds on them, and whatever they ask of others
    keeping  what the browser keeps of them
    """

    asked: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    keeping: list[str] = field(default_factory=list)


def looked(house: House) -> Looks:
    number, _ = house.add("dudley", ROLES)
    jo = house.signed_in(number)
    places = filled(house, jo, number)
    session = jo.cookie(guard.SESSION)
    seen = [path for path in paths(places) if jo.get(path).status_code == 200]
    assert len(seen) >= 25, seen
    looks = Looks()
    wrong, asked = looks.wrong, looks.asked

    def listen(one: Request) -> None:
        if urlsplit(one.url).netloc != urlsplit(house.url).netloc and not one.url.startswith(("data:", "blob:")):
            wrong.append(f"{one.frame.url}: asks {one.url}")

    with chromium() as browser:
        for size in (DESKTOP, PHONE):
            context = browser.new_context(viewport=size)  # type: ignore[arg-type]  # width and height
            context.on("request", listen)
            context.add_init_script(AXE)
            context.add_cookies([{"name": guard.SESSION, "value": session, "url": house.url, "httpOnly": True}])
            page = context.new_page()
            for path in seen:
                page.goto(house.url + path)
                name = f"{path} at {size['width']}"
                wrong += [f"{name}: axe: {one}" for one in serious(page)]
                wrong += [f"{name}: has to be scrolled sideways"] if overflows(page) else []
                looks.keeping += [f"{name}: {where}: {what}" for where, what in kept(page).items()]
                cookie = f"{guard.SESSION}={session}"
                asked.append({"name": name, "url": house.url + path, "cookie": cookie, **size})
            context.close()
        page = browser.new_page()
        page.on("request", listen)
        page.goto(f"{house.url}/staff/sign-in")
        wrong += [f"signing in: axe: {one}" for one in serious(page)]
        asked.append({"name": "signing in", "url": f"{house.url}/staff/sign-in", "cookie": "", **PHONE})
    return looks


def pa11y(pages: list[dict[str, Any]]) -> list[str]:
    """What pa11y finds on pages: "name: pa11y: what is wrong"."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    given = json.dumps({"chromium": found, "pages": pages})
    made = subprocess.run(
        ["node", str(PA11Y / "run.cjs")], input=given, capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stderr
    return [f"{one['name']}: pa11y: {issue}" for one in json.loads(made.stdout) for issue in one["issues"]]
