"""“You said, we did”: the public page, without a script, in every language, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Browser

import locales
from storage import learning, news
from storage.ids import new_id
from storage.learning import Action, Desk
from storage.news import Words
from storage.sealer import Sealer
from tests.pdf import pages
from tests.webchat.conftest import PHONE, Open, Running
from tests.webchat.test_browser import serious

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = (
    Words("en", "Ringing back", "Nobody <b>rings</b> us back.", "A person now rings back within a day."),
    Words("ar", "معاودة الاتصال", "لا أحد يعاود الاتصال بنا.", "يتصل شخص الآن خلال يوم."),
)


@pytest.fixture(scope="module")
def published(chat: Running) -> Iterator[Action]:
    """One entry on Dudley's page, for as long as these tests run."""
    store = chat.store
    desk = Desk(Sealer(store.vault.ring), store.vault, store.procedures, "Sam", "staff:1", AT)
    one = Action(new_id(), "dudley", "Calls were forgotten by Sam.", "A list.", 1, AT.date())
    store.writer.write(lambda db: learning.add(db, desk, one, ())).result(10)
    for words in WORDS:
        store.writer.write(lambda db, words=words: news.write(db, one, words, "staff:1", AT)).result(10)
    store.writer.write(lambda db: news.publish(db, one, "staff:1", AT)).result(10)
    yield one
    store.writer.write(lambda db: news.publish(db, one, "staff:1", None)).result(10)


def get(chat: Running, path: str) -> requests.Response:
    return requests.get(chat.url + path, timeout=20)


def test_it_is_read_in_every_language_and_says_nothing_more(chat: Running, published: Action) -> None:
    for entry in locales.offered():
        answer = get(chat, f"/dudley/you-said?lang={entry.code}")
        assert answer.status_code == 200 and not answer.cookies and "<script" not in answer.text
        assert f'dir="{entry.direction}"' in answer.text and "Sam" not in answer.text
        assert "2026" in answer.text or "٢٠٢٦" in answer.text
    assert "Nobody &lt;b&gt;rings&lt;/b&gt; us back." in get(chat, "/dudley/you-said?lang=en").text
    assert "يتصل شخص الآن خلال يوم." in get(chat, "/dudley/you-said?lang=ar").text
    welsh = get(chat, "/dudley/you-said?lang=cy").text
    assert 'lang="en" dir="ltr">Ringing back' in welsh, "a language that nobody wrote it in says so to a screen reader"


def test_the_first_page_leads_there_when_there_is_something(chat: Running, published: Action) -> None:
    assert "/dudley/you-said?lang=en" in get(chat, "/dudley/?lang=en").text
    assert "you-said" not in get(chat, "/sandwell/?lang=en").text
    assert "Nothing is here yet" in get(chat, "/sandwell/you-said?lang=en").text
    assert get(chat, "/nowhere/you-said").status_code == 404


def test_the_first_page_opens_without_the_database(chat: Running, published: Action) -> None:
    with chat.database_gone():
        chat.store.database.drop()
        assert get(chat, "/dudley/?lang=en").status_code == 200
        assert get(chat, "/dudley/you-said").status_code == 503


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(opened: Open, published: Action, language: str, width: int) -> None:
    page = opened(
        f"/dudley/you-said?lang={language}", java_script_enabled=True, viewport={"width": width, "height": 800}
    )
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.click(".leave-button")
    page.wait_for_url("https://www.bbc.co.uk/**")


def test_it_prints_as_a_poster(chat: Running, browser: Browser, published: Action) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]  # a size
    page = context.new_page()
    page.goto(f"{chat.url}/dudley/you-said?lang=en")
    page.emulate_media(media="print")
    assert not page.locator(".leave-button").is_visible() and page.locator(".where").is_visible()
    paper = page.pdf(format="A4")
    assert pages(paper) == 1
    context.close()
