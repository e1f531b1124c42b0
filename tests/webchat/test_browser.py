"""The page in a real browser: live, in step, quick to leave, and usable by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PressLost

import locales
from bot.channels.webchat import live
from tests.console.desk import kept, violations
from tests.webchat.conftest import NEUTRAL, PNG, Open, Running
from tests.webchat.test_forms import PRESSED, STORIES


def start(page: Page) -> None:
    page.click(".start .big")
    page.wait_for_selector("html.live .ours")


def ours(page: Page) -> int:
    return page.locator(".ours:not(#wait)").count()


def after(page: Page, act: Callable[[], Any]) -> None:
    """Do something and wait for our answer. A press that a machine under load swallowed is pressed once more."""
    before, answered = ours(page), "n => document.querySelectorAll('.ours:not(#wait)').length > n"
    act()
    try:
        page.wait_for_function(answered, arg=before, timeout=10_000)
    except PressLost:
        act()
        page.wait_for_function(answered, arg=before)


def say(page: Page, text: str) -> None:
    page.fill("#text", text)
    after(page, lambda: page.click(".send"))


def bubbles(page: Page, text: str) -> int:
    return page.locator(".mine:not(.pending)", has_text=text).count()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_complaint_with_a_photograph(opened: Open, chat: Running, tmp_path: Path, language: str) -> None:
    assert language in {entry.code for entry in locales.offered()}, f"{language} is not complete yet"
    photo = tmp_path / "room.png"
    photo.write_bytes(PNG)
    page = opened(f"/dudley/?lang={language}")
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    start(page)
    after(page, lambda: page.click("button[value='kind=complaint']"))
    told = False
    for _ in range(25):
        if page.locator(".receipt").count():
            break
        tokens = [str(box.get_attribute("value")) for box in page.query_selector_all(".choice[value], .choice input")]
        step = tokens[0].partition("=")[0] if tokens else ""
        if page.locator("#file").count() and not told:
            told = True
            page.set_input_files("#file", photo)
            page.wait_for_selector("#chosen li img")
            say(page, STORIES[language])
        elif "story=done" in tokens:
            after(page, lambda: page.click("button[value='story=done']"))
        elif page.locator(".many").count():
            assert serious(page) == []
            page.check(f"input[value='{step}={PRESSED.get(step, tokens[0].partition('=')[2])}']")
            after(page, lambda: page.click(".many .big"))
        elif "check=send" in tokens:
            after(page, lambda: page.click("button[value='check=send']"))
        else:
            token = f"{step}={PRESSED[step]}" if step in PRESSED else tokens[0]
            after(page, lambda token=token: page.click(f"button[value='{token}']"))
    assert serious(page) == []
    digits = page.inner_text(".receipt .digits")
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", digits)
    case = chat.last_case()
    assert (case["kind"], case["complete"], case["language"]) == ("complaint", True, language)
    answers = {entry["step"]: entry for entry in case["entries"]}
    assert STORIES[language] in answers["story"]["words"]
    assert [kind for _, kind, _ in answers["story"]["media"]] == ["image"]
    assert answers["advocate"]["values"] == ["yes"]
    page.reload()
    assert page.inner_text(".receipt .digits") == digits


def test_a_broken_line_loses_and_repeats_nothing(opened: Open) -> None:
    page = opened()
    lines: list[Any] = []
    broken = [False]

    def proxy(line: Any) -> None:
        if broken[0]:
            line.close()
            return
        lines.append(line)
        line.connect_to_server()

    page.route_web_socket("**/socket", proxy)
    start(page)
    say(page, "Before the line broke I said this much.")
    broken[0] = True
    lines[-1].close()
    page.fill("#text", "While there was no line I said something more.")
    page.click(".send")
    expect(page.locator("#status")).to_contain_text("No connection")
    expect(page.locator(".pending")).to_contain_text("While there was no line")
    broken[0] = False
    page.wait_for_selector(".mine:not(.pending) >> text=While there was no line")
    say(page, "And now it is back again as it was before.")
    for text in ("Before the line", "While there was no line", "And now it is back"):
        assert bubbles(page, text) == 1
    numbers = page.eval_on_selector_all(".bubble", "all => all.map((one) => Number(one.dataset.seq))")
    assert numbers == sorted(set(numbers))
    page.reload()
    assert page.eval_on_selector_all(".bubble", "all => all.map((one) => Number(one.dataset.seq))") == numbers


def test_what_is_pressed_before_the_first_answer_came_is_sent(opened: Open) -> None:
    """The line is open, and on a slow network the server's first answer is still on its way."""
    page = opened()
    lines: list[Any] = []
    late: list[Any] = []
    slow = [True]

    def proxy(line: Any) -> None:
        lines.append(line)
        line.connect_to_server().on_message(lambda said: late.append(said) if slow[0] else line.send(said))

    page.route_web_socket("**/socket", proxy)
    start(page)
    before = ours(page)
    while not late:
        page.wait_for_timeout(20)
    page.click("button[value='kind=complaint']")
    page.wait_for_timeout(200)
    slow[0] = False
    for said in late:
        lines[-1].send(said)
    page.wait_for_function("n => document.querySelectorAll('.ours:not(#wait)').length > n", arg=before, timeout=10_000)
    assert bubbles(page, "complaint") == 1


def test_where_no_socket_gets_through_the_page_still_works(opened: Open) -> None:
    page = opened()
    page.route_web_socket("**/socket", lambda line: line.close())
    start(page)
    page.fill("#text", "There is no socket on this school network at all.")
    page.click(".send")
    page.wait_for_selector(".mine:not(.pending) >> text=There is no socket")
    assert bubbles(page, "There is no socket") == 1


def test_two_tabs_keep_in_step(opened: Open, chat: Running) -> None:
    page = opened()
    start(page)
    other = page.context.new_page()
    other.goto(chat.url + "/dudley/")
    other.wait_for_selector("html.live .ours")
    say(page, "Said on the first of the two tabs here.")
    other.wait_for_selector(".mine >> text=Said on the first")
    other.fill("#text", "half written")
    say(page, "Said again on the first while the other types.")
    other.wait_for_selector(".mine >> text=Said again")
    assert other.input_value("#text") == "half written"
    say(other, "Said on the second of the two tabs here.")
    page.wait_for_selector(".mine:not(.pending) >> text=Said on the second")
    assert page.inner_text("#log") == other.inner_text("#log")


def test_pressing_twice_is_once(opened: Open) -> None:
    page = opened()
    start(page)
    page.fill("#text", "I only want to say this a single time.")
    after(page, lambda: page.locator(".send").dblclick())
    after(page, lambda: page.locator("button[value='kind=compliment']").dblclick())
    page.wait_for_timeout(300)
    assert bubbles(page, "a single time") == 1
    assert page.locator(".mine").count() == 2


def test_language_and_easy_words_while_talking(opened: Open) -> None:
    page = opened()
    start(page)
    page.click(".menu summary")
    after(page, lambda: page.click("button[value=easy]"))
    assert page.get_attribute("html", "data-easy") is not None
    page.click(".menu summary")
    assert page.inner_text(".menu-list [value=easy]") == "Easy words off"
    after(page, lambda: page.click("button[value=language]"))
    page.click(".choice[value='!language=ar']")
    page.wait_for_selector("html[dir=rtl] .ours")


def test_a_voice_recording(opened: Open, chat: Running) -> None:
    page = opened("/dudley/?lang=en&kind=complaint", permissions=["microphone"])
    start(page)
    while not page.locator("#file").count():
        after(page, lambda: page.locator(".choice").first.click())
    page.click("[data-record]")
    expect(page.locator("#status")).to_have_text("Recording…")
    page.wait_for_timeout(700)
    page.click("[data-record]")
    page.wait_for_selector("#chosen li")
    after(page, lambda: page.click(".send"))
    expect(page.locator(".mine").last).to_contain_text("You sent a recording")


def test_a_page_left_open_hides_itself(opened: Open, chat: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_AGAIN", 1.0)  # how much later it does so is of no interest here
    page = opened()
    start(page)
    say(page, "Nobody else should see this when I am gone.")
    chat.clock.ahead = timedelta(minutes=31)
    try:
        page.wait_for_selector("button[value=open]")
        assert "Nobody else" not in page.content()
        assert serious(page) == []
        page.click("button[value=open]")
        page.wait_for_selector("html.live .ours")
        assert "Nobody else" not in page.content()
    finally:
        chat.clock.ahead = timedelta()


def test_leave_now(opened: Open, chat: Running) -> None:
    page = opened()
    start(page)
    say(page, "A secret about the blue bicycle.")
    after(page, lambda: page.click("button[value='kind=complaint']"))
    kept = page.context.cookies()
    assert any(cookie["name"] == "chat-dudley" for cookie in kept)
    page.click(".leave-button")
    page.wait_for_url(NEUTRAL)
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "chat-dudley"]
    for _ in range(3):
        page.go_back()
        assert "A secret" not in page.content()
    page.context.add_cookies(kept)
    page.goto(chat.url + "/dudley/")
    assert "A secret" not in page.content()
    assert page.locator(".start").count() == 1


def test_shift_three_times_leaves(opened: Open) -> None:
    page = opened()
    start(page)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(NEUTRAL)


def test_leave_now_without_script(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    page.click(".start .big")
    page.fill("#text", "A secret about the blue bicycle.")
    page.click(".send")
    page.wait_for_selector(".mine")
    page.click(".leave-button")
    page.wait_for_url(NEUTRAL)
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "chat-dudley"]
    for _ in range(2):
        page.go_back()
        assert "A secret" not in page.content()


def test_leaving_in_one_tab_closes_the_other(opened: Open, chat: Running) -> None:
    page = opened()
    start(page)
    other = page.context.new_page()
    other.goto(chat.url + "/dudley/")
    other.wait_for_selector("html.live .ours")
    page.click(".leave-button")
    other.wait_for_selector(".start .big")
    assert other.locator(".bubble").count() == 0


def test_nothing_is_kept_in_the_browser(opened: Open, chat: Running, tmp_path: Path) -> None:
    """While they talk, with a file, after they left, and on every page besides; a cookie no script can read is all."""
    photo = tmp_path / "room.png"
    photo.write_bytes(PNG)
    page = opened()
    start(page)
    after(page, lambda: page.click("button[value='kind=complaint']"))
    for _ in range(6):
        if page.locator("#file").count():
            break
        after(page, lambda: page.locator("#answer button[name=choice]").first.click())
    page.set_input_files("#file", photo)
    page.wait_for_selector("#chosen li img")
    page.fill("#text", "Nobody else may read these words.")
    assert kept(page) == {}, "while it is typed"
    after(page, lambda: page.click(".send"))
    assert kept(page) == {}
    page.reload()
    page.wait_for_selector("html.live .ours")
    assert bubbles(page, "Nobody else may read") == 1 and kept(page) == {}
    held = page.context.cookies(chat.url)
    assert held and all(one["httpOnly"] and one["sameSite"] in ("Lax", "Strict") for one in held)
    for path in ("/dudley/progress", "/dudley/privacy", "/dudley/people", "/dudley/settings", "/"):
        page.goto(chat.url + path)
        assert kept(page) == {}, path
    page.goto(chat.url + "/dudley/")
    page.wait_for_selector("html.live .ours")
    page.click(".leave-button")
    page.wait_for_url(NEUTRAL)
    assert not [one for one in page.context.cookies(chat.url) if len(str(one["value"])) >= 20]
    page.goto(chat.url + "/dudley/")
    page.wait_for_selector(".start .big")
    assert "Nobody else may read" not in page.content() and kept(page) == {}


def test_what_is_not_saved_says_so_and_keeps_the_words(opened: Open, chat: Running) -> None:
    page = opened()
    start(page)
    words = "These words must still be there afterwards."
    with chat.database_gone():
        page.fill("#text", words)
        page.click(".send")
        expect(page.locator("#status")).to_contain_text("Something broke on our side")
        assert page.input_value("#text") == words
    say(page, page.input_value("#text"))
    assert bubbles(page, words) == 1


def test_the_keyboard_alone(opened: Open) -> None:
    page = opened(viewport={"width": 1100, "height": 800})
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.start .big')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("html.live .ours")
    after(page, lambda: page.keyboard.press("1"))
    page.focus("#text")
    page.keyboard.type("She always listens to me")
    after(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_function("document.activeElement.id === 'text'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.send')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_it_is_said_aloud_to_screen_readers(opened: Open) -> None:
    page = opened()
    start(page)
    log = page.get_by_role("log", name="Conversation")
    assert log.get_attribute("aria-live") == "polite"
    assert page.get_by_role("button", name="Leave now").is_visible()
    assert page.get_by_role("textbox", name="Or write in your own words").is_visible()


def serious(page: Page) -> list[str]:
    found = violations(page)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    "options",
    [{"lang": "en"}, {"lang": "ar"}, {"lang": "cy", "color_scheme": "dark"}, {"lang": "ar", "color_scheme": "dark"}],
    ids=["light", "rtl", "dark", "rtl-dark"],
)
@pytest.mark.parametrize("place", ["dudley", "sandwell"])
def test_axe_finds_nothing_serious(opened: Open, chat: Running, options: dict[str, Any], place: str) -> None:
    lang = options["lang"]
    rest = {name: value for name, value in options.items() if name != "lang"}
    page = opened(f"/{place}/?lang={lang}", bypass_csp=True, reduced_motion="reduce", **rest)
    assert serious(page) == []
    start(page)
    say(page, "I want to tell you about the place where I live.")
    assert serious(page) == []
    after(page, lambda: page.click("button[value='kind=complaint']"))
    page.click(".menu summary")
    assert serious(page) == []


def test_axe_finds_nothing_serious_elsewhere(opened: Open, chat: Running) -> None:
    page = opened("/", bypass_csp=True)
    assert serious(page) == []
    page.goto(chat.url + "/nobody/")
    assert serious(page) == []


@pytest.mark.parametrize("lang", ["en", "ar", "cy"])
def test_nothing_is_cut_off_at_320_pixels(opened: Open, lang: str) -> None:
    page = opened(f"/dudley/?lang={lang}", viewport={"width": 320, "height": 568})

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    assert fits()
    start(page)
    assert fits()
    say(page, "averyveryverylongwordwithoutanyspacesatallthatdoesnotfitonaline and then some more words")
    assert fits()
    assert page.locator(".leave-button").is_visible()
    box = page.locator(".leave-button").bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] >= 200
