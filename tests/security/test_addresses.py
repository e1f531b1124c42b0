"""No address carries what opens a session, or opens one: addresses are seen, kept and passed on by others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from bot.api import PREFIX
from console import guard
from tests.api.conftest import running as programs_running
from tests.console.conftest import Browser, House, running
from tests.console.test_every_page import ROLES, filled, paths
from tests.webchat.conftest import Running, chat
from tests.webchat.person import Page, Person

__all__ = ["chat"]
LEADS = re.compile(r"""(?:href|src|action|formaction|data-[\w-]+|content|srcset|poster)=["']?([^"'>]+)""", re.I)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("addresses")) as made:
        yield made


def leads(html: str) -> list[str]:
    """Every address of a page, also those that its elements give to scripts."""
    return [unquote(unescape(one)) for one in LEADS.findall(html) if set("/?#") & set(one)]


def held(browser: Browser) -> list[str]:
    """What its cookies hold, and the token of its forms."""
    return [str(one.value) for one in browser.session.cookies if one.value and one.name != guard.FLASH]


def test_no_address_of_the_console_carries_a_session(house: House) -> None:
    """On every page, in where every answer sends a browser, and while somebody signs in."""
    number, login, secret = house.ready("dudley", ROLES)
    signing = house.browser()
    seen: list[str] = []
    secrets: set[str] = set()
    signing.session.hooks["response"].append(lambda answer, **_: seen.append(answer.url))
    signing.session.hooks["response"].append(lambda answer, **_: seen.append(answer.headers.get("Location", "")))
    signing.session.hooks["response"].append(lambda answer, **_: secrets.update(held(signing)))
    signing.session.hooks["response"].append(lambda answer, **_: seen.extend(leads(answer.text)))
    house.sign_in(login, secret, signing)
    pages = [path for path in paths(filled(house, signing, number)) if signing.get(path).status_code == 200]
    signing.post("/staff/account/language", {"language": "cy"})
    secrets |= {signing.token(), *held(signing)}
    signing.post("/staff/sign-out")
    assert len(pages) >= 25 and len(seen) > 1000 and len(secrets) >= 3
    assert not [(one, address) for one in secrets for address in seen if one in address]


@pytest.mark.parametrize("name", [guard.SESSION, "session", "sid", "token", "PHPSESSID", "jsessionid"])
def test_a_session_that_stands_in_an_address_opens_nothing(house: House, name: str) -> None:
    session = house.person("dudley", "complaints").cookie(guard.SESSION)
    assert house.signed_in(house.add("dudley", ("officer",))[0]).get("/staff/today").status_code == 200
    for address in (f"/staff/today?{name}={session}", f"/staff/today;{name}={session}", f"/staff/today/{session}"):
        assert house.browser().get(address).status_code in (303, 404), address
    answer = house.browser().session.post(house.url + "/staff/today", data={name: session}, allow_redirects=False)
    assert answer.status_code in (303, 404, 405)


def test_no_address_of_the_chat_carries_what_the_browser_holds(chat: Running) -> None:
    person, pages = Person(chat.url), list[Page]()
    pages += [person.start(), person.choose("kind=complaint"), person.say("The swing in the garden is broken.")]
    pages += [person.post(("choice", one), follow=False) for one in person.page.form.choices[:1]]
    pages += [person.open(), person.ask("GET", "/dudley/progress"), person.ask("GET", "/dudley/settings")]
    kept = [value for value in person.cookies.values() if len(value) >= 20]
    tokens = {value for page in pages for name, value in page.form.hidden if name == "token" and value}
    assert kept and tokens
    seen = [one for page in pages for one in (*leads(page.html), page.headers.get("Location", ""))]
    assert len(seen) > 20 and not [address for one in (*kept, *tokens) for address in seen if one in address]
    stranger = Person(chat.url)
    name = next(name for name, value in person.cookies.items() if value == kept[0])
    assert "swing" in person.open().html
    for query in (f"?{name}={kept[0]}", f"?token={kept[0]}", f"?session={kept[0]}"):
        assert "swing" not in stranger.open(query).html


def test_no_address_of_the_interface_takes_a_token(tmp_path: Path) -> None:
    with programs_running(tmp_path) as programs:
        program = programs.token()
        asked = f"{programs.url}{PREFIX}/records"
        assert program.ask("GET", "/records").status_code == 200
        for name in ("access_token", "token", "api_key", "bearer", "authorization"):
            assert requests.get(f"{asked}?{name}={program.token}", timeout=30).status_code == 401, name
