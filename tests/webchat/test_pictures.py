"""Easy words and pictures on the page: a child who does not read says what happened by tapping, and is helped."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from bot.symbols import PREFIX
from tests.webchat.conftest import Open, Running
from tests.webchat.person import Person
from tests.webchat.test_browser import after, serious, start
from tests.webchat.test_headers import BUDGET, wire

BOARD = "&symbols=1&kind=board"
#: What the child taps; elsewhere the first choice.
TAPPED = {
    "who": "child", "age": "under8", "alone": "alone", "board_how": "bad", "board_who": "carer", "board_where": "home",
    "board_feeling": "sad", "board_what": "hurt", "board_want": "stop", "!safe": "unsure", "!goon": "on",
    "advocate": "yes",
}  # fmt: skip
#: Of everything that is pressed or ticked in the mode: how high it is, in pixels, and what it is.
TARGETS = """[...document.querySelectorAll("main button, main .choice, .leave-button, .menu summary")]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 80)])
    .filter(([height]) => height < 64)"""
#: A voice that only writes down what it is asked to say.
VOICE = """window.said = [];
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: class { constructor(text) { this.text = text; } } });
Object.defineProperty(window, "speechSynthesis", { value: { cancel() {}, speak(one) { said.push([one.text, one.lang]);
    one.onstart(); } } });"""


def asked(page: Page) -> str:
    """The question that is open, by its choices."""
    token = page.evaluate("document.querySelector('.choice[value], .choice input')?.value ?? ''")
    return str(token).partition("=")[0]


def pictures(page: Page, where: str) -> list[str]:
    """Concepts of the pictures that stand there; each is loaded, silent, and large."""
    found = page.locator(f"{where} img.sign")
    page.wait_for_function("[...document.querySelectorAll('img.sign')].every((one) => one.complete)")
    shown = found.evaluate_all("all => all.map((one) => [one.src, one.alt, one.naturalWidth > 0, one.width])")
    assert all(alt == "" and loaded and width >= 56 for _, alt, loaded, width in shown), shown
    return [source.rpartition("/")[2].partition(".")[0] for source, *_ in shown]


def tap(page: Page) -> None:
    """Answer the open question by tapping alone."""
    step = asked(page)
    chosen = page.locator(f"[name=choice][value='{step}={TAPPED[step]}']") if step in TAPPED else None
    first = chosen or page.locator(".choice[value], .choice input").first
    if page.locator(".many").count():
        first.tap()
        after(page, lambda: page.locator(".many .big").tap())
    else:
        after(page, first.tap)


@pytest.mark.parametrize(
    ("lang", "options"),
    [
        ("en", {"color_scheme": "dark"}),
        ("ar", {"viewport": {"width": 320, "height": 568}}),
    ],
    ids=["dark", "rtl-320"],
)
def test_a_child_who_does_not_read(opened: Open, chat: Running, lang: str, options: dict[str, Any]) -> None:
    page = opened(f"/dudley/?lang={lang}{BOARD}", bypass_csp=True, reduced_motion="reduce", has_touch=True, **options)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".start .big").tap()
    page.wait_for_selector("html.live .ours")
    page.wait_for_load_state("networkidle")
    looked_at, safe = ("board_how", "board_what", "!safe", "check"), []
    for _ in range(25):
        if page.locator(".receipt").count():
            break
        step = asked(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        assert page.evaluate(TARGETS) == [], step
        if step.startswith("board_"):
            every = page.locator(".choice").count()
            assert len(pictures(page, ".choice")) == every
            assert (
                page.locator(".choice img.sign").evaluate_all("all => Math.min(...all.map((one) => one.width))") >= 88
            )
            assert pictures(page, ".bubble.asks:last-child"), f"{step}: no picture above the question"
        if step in ("!safe", "!reach"):
            safe.append(step)
            assert len(pictures(page, ".choice")) == page.locator(".choice").count()
            assert pictures(page, ".bubble.asks:last-child")
        if step in looked_at:
            assert serious(page) == [], step
        tap(page)
    assert safe == ["!safe", "!reach"]
    case = chat.last_case()
    assert (case["kind"], case["complete"], case["language"]) == ("informal", True, lang)
    assert not any(entry.get("words") for entry in case["entries"]), "they wrote nothing"
    values = {entry["step"]: entry.get("values") for entry in case["entries"]}
    assert (values["board_who"], values["board_what"]) == (["carer"], ["hurt"])
    assert "red" in {alert["level"] for alert in case["alerts"]}


def test_a_switch_goes_through_the_pictures_in_order(opened: Open) -> None:
    page = opened(f"/dudley/?lang=en{BOARD}")
    start(page)
    while asked(page) != "board_how":
        tapped = f"[name=choice][value='{asked(page)}={TAPPED.get(asked(page), 'yes')}']"
        after(page, lambda tapped=tapped: page.click(tapped))
    page.focus("#answer")
    order = []
    for _ in range(3):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.value"))
    assert order == ["board_how=good", "board_how=so_so", "board_how=bad"]
    after(page, lambda: page.keyboard.press("Enter"))
    assert asked(page) == "board_who"
    page.focus("#answer")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".choice:has(:checked)").count() == 1


def test_a_message_and_its_choices_are_read_aloud(opened: Open, chat: Running) -> None:
    page = opened("/dudley/")
    page.add_init_script(VOICE)
    page.goto(f"{chat.url}/dudley/?lang=cy&symbols=1")
    page.click(".aloud .listen")
    assert page.evaluate("said.at(-1)[1]") == "cy"
    start(page)
    page.locator(".ours .listen").last.click()
    said = [text for text, _ in page.evaluate("said")]
    assert (
        said == page.locator(".ours .body > p").all_text_contents() + page.locator(".choice .says").all_text_contents()
    )
    assert page.locator(".spoken").count() == len(said), "what is read is lit up"
    page.locator(".ours .listen").last.click()
    assert page.locator(".spoken").count() == 0


def test_without_script_and_what_it_weighs(chat: Running) -> None:
    person = Person(chat.url)
    plain = person.open("?lang=en")
    assert PREFIX not in plain.html and "symbols=1" in plain.html
    first = wire(person, person.open("?lang=en&symbols=1"))
    assert "OpenMoji" in person.page.html
    talking = wire(person, person.post())
    print(f"first page in pictures {first / 1024:.1f} KB, conversation {talking / 1024:.1f} KB")
    assert first <= BUDGET / 2 and talking <= BUDGET
    assert person.page.form.choices[0] == "kind=board"
    person.choose("kind=board")
    while not person.page.form.choices[0].startswith("board_how"):
        person.choose(f"={TAPPED.get(person.page.form.choices[0].partition('=')[0], 'yes')}")
    person.choose("board_how=bad")
    assert len(re.findall(r'type="checkbox"[^§]*?<img class="sign"', person.page.html)) == len(person.page.form.choices)
    person.command("easy")
    assert PREFIX not in person.page.html


def test_coming_back_to_it(chat: Running) -> None:
    person = Person(chat.url)
    person.start("en", BOARD)
    chat.clock.ahead = timedelta(minutes=31)
    try:
        assert f"{PREFIX}go." in person.open().html and "data-easy" in person.page.html
    finally:
        chat.clock.ahead = timedelta()


def test_a_link_keeps_the_pictures_in_every_language(chat: Running) -> None:
    person = Person(chat.url)
    page = person.open("?lang=en&symbols=1&kind=board")
    others = re.findall(r'<a href="\?([^"]*)" lang="(?:cy|ar|pl)"', page.html)
    assert len(others) == 3 and all("symbols=1" in one and "kind=board" in one for one in others)
    assert re.search(r'class="mode" href="\?lang=en&amp;kind=board"', page.html), "and it can be left"
