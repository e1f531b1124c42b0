"""What we say of ourselves takes nobody's question away: it can still be answered by a tap, with and without script."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import expect
from sqlalchemy import select

from bot.channels.webchat.view import look
from flows.message import Choice, Message
from storage import models, sending
from storage.models import table
from storage.talks import Item
from tests.webchat.conftest import Open, Running
from tests.webchat.person import Person
from tests.webchat.test_progress import sent

CASE = table(models.Case)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOLD = Message(("A person has read what you sent.",), "en")


def tell(chat: Running) -> None:
    """A milestone for whoever sent the newest record."""
    with chat.store.database.reading() as db:
        case = db.execute(select(CASE.c.id).order_by(CASE.c.id.desc()).limit(1)).scalar_one()
    now, vault = chat.clock(), chat.store.vault
    told = chat.store.writer.write(lambda db: sending.send(db, vault, case, "milestone", TOLD, now)).result(30)
    assert told.seq


def asked(person: Person) -> list[str]:
    return [token for token in person.page.form.choices if not token.startswith("language=")]


def test_by_forms_the_question_stays(chat: Running) -> None:
    person = Person(chat.url)
    sent(chat, person)
    person.open()
    before = asked(person)
    assert before
    tell(chat)
    tell(chat)
    person.open()
    assert person.page.words.count(TOLD.lines[0]) == 2 and asked(person) == before
    person.choose(before[-1])
    assert asked(person) != before


def test_in_a_browser_the_question_and_what_was_typed_stay(chat: Running, opened: Open) -> None:
    person = Person(chat.url)
    sent(chat, person)
    page = opened()
    page.context.add_cookies(
        [{"name": name, "value": value, "url": chat.url} for name, value in person.cookies.items()]
    )
    page.goto(chat.url + "/dudley/")
    page.wait_for_selector("html.live .choice")
    labels = page.locator(".choice").all_inner_texts()
    page.fill("#text", "half a word")
    tell(chat)
    expect(page.locator(".ours", has_text=TOLD.lines[0])).to_be_visible()
    assert page.locator(".choice").all_inner_texts() == labels and page.input_value("#text") == "half a word"
    page.fill("#text", "")
    token = page.locator("button.choice").last.get_attribute("value")
    page.click(f"button[value='{token}']")
    expect(page.locator(f"button[value='{token}']")).to_have_count(0)


def test_which_question_is_open() -> None:
    def ours(seq: int, step: str = "") -> Item:
        return Item(seq, NOW, Message(("words",), "en", step=step, choices=(Choice(f"{step}=a", "A"),)))

    def theirs(seq: int) -> Item:
        return Item(seq, NOW, text="words")

    for items, open_ in (
        ([ours(1, "q"), ours(2)], 1),
        ([ours(1, "q"), ours(2), ours(3)], 1),
        ([ours(1, "q"), theirs(2), ours(3, "r"), ours(4)], 3),
        ([ours(1, "q"), theirs(2), ours(3)], 3),
        ([ours(1, "q"), theirs(2), ours(3), ours(4)], 4),
        ([ours(1)], 1),
    ):
        assert look(items).asked == open_, items
        for cut in range(len(items)):
            before = look(items[:cut])
            assert look(items[cut:], before=before).asked == open_, "in pieces as at once"
