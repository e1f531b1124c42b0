"""Signing in with a real browser: by keyboard, for everybody, on a phone and in the dark, with and without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from storage import sessions
from tests.console.conftest import PASSWORD, House
from tests.console.desk import violations

PHONE, DESK = {"width": 320, "height": 700}, {"width": 1280, "height": 900}
Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, house: House) -> Iterator[Open]:
    """A page of the console; fails at the end if the browser complained about it."""
    contexts, wrong = [], []

    def open_page(path: str = "/staff/sign-in", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        page.goto(house.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def faults(page: Page) -> list[str]:
    found = violations(page)
    faults = [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append("the page is wider than the window")
    return faults


def walk(page: Page, house: House, link: str, look: Callable[[Page, str], None]) -> None:
    """From the one-time link to one's own page, with every page on the way looked at."""
    page.goto(f"{house.url}/staff/welcome/{link}")
    look(page, "welcome")
    page.fill("#new_password", "password1234")
    page.press("#new_password", "Enter")
    page.wait_for_selector(".summary")
    look(page, "welcome-wrong")
    page.fill("#new_password", PASSWORD)
    page.press("#new_password", "Enter")
    page.wait_for_selector(".qr")
    page.click("summary")
    look(page, "set-up")
    secret = page.inner_text(".inside .secret").replace(" ", "")
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    page.fill("#code", house.code(secret))
    page.press("#code", "Enter")
    page.wait_for_selector(".codes")
    look(page, "recovery-codes")
    page.click("main button")
    page.goto(f"{house.url}/staff/account")
    look(page, "account")
    page.click(".me button")
    page.wait_for_selector("#login")
    look(page, "sign-in")


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": PHONE},
        {"viewport": DESK, "color_scheme": "dark", "locale": "cy"},
        {"viewport": DESK, "java_script_enabled": True, "forced_colors": "active"},
    ],
    ids=["phone", "desk, dark, Welsh", "high contrast"],
)
def test_every_page_of_signing_in_is_for_everybody(opened: Open, house: House, options: dict[str, Any]) -> None:
    _, link = house.add("dudley", ("manager",), ("fostering",), link=True)
    found: list[str] = []
    page = opened(**options)
    walk(page, house, link, lambda page, name: found.extend(f"{name}: {one}" for one in faults(page)))
    page.goto(f"{house.url}/staff/nothing")
    found += faults(page)
    assert not found, "\n".join(found)


def test_all_of_it_by_keyboard_and_without_script(opened: Open, house: House) -> None:
    _, login, secret = house.ready()
    page = opened(java_script_enabled=False)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong-password-here")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_contain_text("The login or the password is not right")
    assert page.input_value("#login") == login and page.input_value("#password") == ""
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#code").press_sequentially(house.code(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".me")).to_contain_text("Jo Brown")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(opened: Open) -> None:
    page = opened()
    page.click("main .button")
    expect(page.locator(".summary")).to_be_focused()
    assert page.title().startswith("Error:")
    page.click(".summary a >> nth=1")
    expect(page.locator("#password")).to_be_focused()


def test_a_session_that_ends_while_somebody_writes_gives_it_all_back(opened: Open, house: House) -> None:
    """The page's own form, long words in it, the session ended meanwhile; signed in again, it is there to be sent."""
    number, login, secret = house.ready()
    browser = house.signed_in(number)
    page = opened()
    page.context.add_cookies([{"name": "staff", "value": browser.cookie("staff"), "url": house.url}])
    page.goto(f"{house.url}/staff/account")
    words = "We have read what you wrote. " * 40
    page.evaluate(
        """words => { const form = document.querySelector('form[action$="/account/language"]');
        const area = Object.assign(document.createElement('textarea'), {name: 'words', value: words});
        form.append(area); }""",
        words,
    )
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    page.click('form[action$="/account/language"] button')
    expect(page.locator(".note")).to_contain_text("What you typed is kept")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.fill("#code", house.code(secret))
    page.press("#code", "Enter")
    page.wait_for_selector("#typed-1")
    assert page.input_value("#typed-1") == words
    assert not faults(page)
    page.click("main .button")
    expect(page.locator(".note")).to_contain_text("Saved.")
