"""Whole talks over loopback, with the real client library."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image

from bot.channels.telegram import intake
from storage.post import Inbound
from tests.channels.harness import same_record
from tests.channels.telegram import payloads as p
from tests.channels.telegram.conftest import Running, Someone, carried, labels, words

#: What a young person chooses at each question of a complaint; elsewhere the first choice.
CHOSEN = {"who": "child", "age": "16to17", "alone": "alone", "!hurt": "no", "advocate": "yes", "kind": "complaint"}
STORIES = {
    "en": "My social worker never rings me back. It has been like this for weeks.",
    "cy": "Dydy fy ngweithiwr cymdeithasol byth yn fy ffonio yn ôl ers wythnosau.",
    "ar": "موظفة الشؤون الاجتماعية لا ترد على اتصالاتي منذ أسابيع.",
}


def step(message: dict[str, Any]) -> str:
    data = [one.removeprefix("+") for one in carried(message) if one[0] not in "/!"]
    return data[0].partition("=")[0] if data else ""


def complain(person: Someone, story: str) -> list[tuple[str, str]]:
    """A complaint to its receipt; what was answered: ("choice" or "text", what)."""
    person.says("/start")
    said: list[tuple[str, str]] = []
    told = False
    for _ in range(30):
        shown = person.screen[-1]
        asked = step(shown)
        if re.search(r"\d{4} \d{4} \d{4} \d{4}", words(shown)):
            return said
        many = [data for data in carried(shown) if data.startswith("+")]
        if many:
            for data in many[:2]:
                person.ticks(data)
            said.append(("choice", "\n".join(data[1:] for data in many[:2])))
            person.presses(f"!{asked}")
        elif asked == "story" or (not asked and not told):
            told = True
            said.append(("choice", "story=done") if asked else ("text", story))
            person.presses("story=done") if asked else person.says(story)
        elif asked:
            token = f"{asked}={CHOSEN[asked]}" if asked in CHOSEN else carried(shown)[0]
            said.append(("choice", token))
            person.presses(token)
        else:
            said.append(("text", "..."))
            person.says("...")
    raise AssertionError(f"no receipt: {person.screen[15]['text']!r}")


def on_the_web(running: Running, language: str, said: list[tuple[str, str]]) -> dict[str, Any]:
    """The record of the same answers given in the web chat."""
    clock = running.server.clock

    def take(number: int, **fields: Any) -> None:
        sender = f"web-{language}-{running.polling}"
        one = Inbound("dudley", "web", "web", sender, f"{sender}-{number}", clock(), **fields)
        running.store.writer.take(one).result(20)

    take(0, event="open", language=language)
    for number, (how, what) in enumerate(said, 1):
        take(number, **{how: what})
    return running.last_case("web")


@pytest.mark.parametrize("language", ["en", "cy", "ar"])
def test_a_whole_complaint_is_the_same_record_as_in_the_web_chat(both: Running, language: str) -> None:
    person = both.someone(language)
    said = complain(person, STORIES[language])
    case = both.last_case()
    assert (case["kind"], case["complete"], case["language"]) == ("complaint", True, language)
    web = on_the_web(both, language, said)
    same_record(case, web)
    assert len(case["facts"]["services"]) == 2
    first = person.screen[0]["text"]
    assert ("Telegram" in first) and sum("Telegram" in shown["text"] for shown in person.screen) == 1
    pressed = sum(how == "choice" for how, _ in said)
    both.until(lambda: len(both.api.asked("answerCallbackQuery")) >= pressed)
    assert not both.api.wrong


def test_what_was_chosen_shows_and_may_be_changed(bot: Running) -> None:
    person = bot.someone()
    menu = person.says("/start")
    who = person.presses("kind=complaint")
    bot.until(lambda: any(label.startswith("✅") for label in labels(menu)))
    while step(who) != "who":
        who = person.presses(carried(who)[0])
    person.presses("who=parent")
    bot.until(lambda: any(label.startswith("✅ 2") for label in labels(who)))
    person.presses("who=carer", on=who)
    assert "Changed" in person.last
    bot.until(lambda: [label[0] for label in labels(who)].count("✅") == 1)
    assert next(label for label in labels(who) if label.startswith("✅")).startswith("✅ 3")


def test_a_button_pressed_twice_and_weeks_later(bot: Running) -> None:
    person = bot.someone()
    menu = person.says("/start")
    shown = person.presses("kind=complaint")
    taken, screen = bot.count("inbound"), len(person.screen)
    person.presses("kind=complaint", on=menu)
    assert (bot.count("inbound"), len(person.screen)) == (taken, screen)
    while step(shown) != "who":
        shown = person.presses(carried(shown)[0])
    person.presses("kind=complaint", on=menu, old=True)
    assert "earlier question" in person.last
    calls = bot.api.asked("answerCallbackQuery")
    bot.until(lambda: len({call["callback_query_id"] for call in bot.api.asked("answerCallbackQuery")}) >= 4)
    assert all(call["callback_query_id"].startswith("44") for call in calls)


def test_skip_belongs_to_its_question(bot: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    person = bot.someone()
    person.says("/start thanks")
    shown, skipped = person.screen[-1], None
    for _ in range(6):
        if any(data.startswith("/skip=") for data in carried(shown)):
            skipped = shown
            break
        shown = person.presses(carried(shown)[0]) if step(shown) else person.says("Asha helped me")
    assert skipped is not None
    person.presses(next(data for data in carried(skipped) if data.startswith("/skip")), on=skipped)
    taken = bot.count("inbound")
    monkeypatch.setattr(intake, "TWICE", 0.0)  # as if a while had gone by
    person.presses(next(data for data in carried(skipped) if data.startswith("/skip")), on=skipped)
    bot.until(lambda: any("earlier question" in call.get("text", "") for call in bot.api.asked("answerCallbackQuery")))
    assert bot.count("inbound") == taken


def test_many_may_be_typed_and_nothing_ticked_is_said(bot: Running) -> None:
    person = bot.someone()
    person.says("/start complain")
    for _ in range(15):
        shown = person.screen[-1]
        if step(shown) == "services":
            break
        if step(shown) == "story":
            person.presses("story=done")
        elif step(shown):
            person.presses(carried(shown)[0])
        else:
            person.says(STORIES["en"])
    shown = person.screen[-1]
    assert "for example: 1 3" in person.last
    assert all(
        label.startswith("⬜") for data, label in zip(carried(shown), labels(shown), strict=True) if data[0] == "+"
    )
    person.presses("!services")
    bot.until(lambda: any("Tap one" in call.get("text", "") for call in bot.api.asked("answerCallbackQuery")))
    assert step(person.screen[-1]) == "services"
    person.says("1 3")
    assert step(person.screen[-1]) != "services"


def test_a_poster_and_coming_back(bot: Running) -> None:
    person = bot.someone()
    shown = person.says("/start thanks")
    assert step(shown) != "kind"
    person.says("/stop")
    assert "START" in person.last
    again = person.says("/start")
    assert again["message_id"] > shown["message_id"] and "Welcome back" in person.last


def test_a_language_that_is_not_spoken_is_asked_about(bot: Running) -> None:
    person = bot.someone("fi")
    shown = person.says("/start")
    assert {"English", "Cymraeg", "العربية"} <= {label.split("  ")[-1] for label in labels(shown)}
    assert bot.someone(None).says("/start")["text"] == person.screen[0]["text"]


def test_easy_words_and_every_command(bot: Running) -> None:
    person = bot.someone()
    person.says("/start")
    for command in ("help", "easy", "again", "language"):
        person.says(f"/{command}")
    assert any("999" in words(shown) for shown in person.screen)
    person.presses("=en")
    assert all(not label[0].isalpha() for label in labels(person.screen[-1]) if label[0].isdigit())


def on_the_board(person: Someone) -> dict[str, Any]:
    """The first question of the picture board, as it is shown."""
    person.says("/start")
    person.says("/easy")
    person.presses("=board")
    while step(person.screen[-1]) != "board_how":
        person.presses(carried(person.screen[-1])[0])
    return person.screen[-1]


def test_where_pictures_are_on_a_question_is_a_card_of_them(bot: Running) -> None:
    person = bot.someone()
    asked = on_the_board(person)
    assert "👍" in labels(asked)[0]
    image = Image.open(io.BytesIO(bot.api.files[asked["photo"][-1]["file_id"]]))
    assert image.format == "PNG" and image.width > image.height
    # The next person's card is the same, and is not sent anew.
    uploaded = len(bot.api.files)
    again = on_the_board(bot.someone("ar"))
    assert len(bot.api.files) == uploaded
    assert again["photo"] == asked["photo"] and words(again) != words(asked)
    person.presses("=bad")
    assert step(person.screen[-1]) != "board_how"


def test_an_edited_message_is_kept_and_answers_nothing(bot: Running) -> None:
    person = bot.someone()
    person.says("/start complain")
    asked = step(person.screen[-1])
    person.send(p.edited(next(bot.updates), "1", person.chat))
    assert step(person.screen[-1]) == asked
    person.send(p.edited(next(bot.updates), "I want to kill myself", person.chat))
    assert bot.count("alert") >= 1
    assert "Childline" in person.last


def test_blocking_is_stop_and_staff_are_told(bot: Running) -> None:
    person = bot.someone()
    person.says("/start")
    person.says("He hits me with a belt every night")
    tasks = bot.count("task")
    bot.api.fail("sendMessage", "403")
    assert bot.deliver(
        {**p.member(next(bot.updates), "kicked", {**p.private(person.chat)})}
    ) == 200  # fmt: skip
    bot.quiet()
    assert bot.count("task") > tasks
    assert bot.count("outbox WHERE state = 'failed' AND error = '403'") >= 1
    stranger = p.member(next(bot.updates), "kicked", p.private(6_999))
    taken = bot.count("inbound")
    assert bot.deliver(stranger) == 200
    assert bot.count("inbound") == taken


def test_a_group_is_refused_once_and_left(bot: Running) -> None:
    taken = bot.count("inbound")
    group = {**p.GROUP, "id": -100999}
    assert bot.deliver(p.member(next(bot.updates), "member", group)) == 200
    body = p.text(next(bot.updates), "he is at it again")["message"]
    assert bot.deliver({"update_id": next(bot.updates), "message": {**body, "chat": group}}) == 200
    bot.until(lambda: {"chat_id": -100999} in bot.api.asked("leaveChat"))
    assert len(bot.api.sent(-100999)) == 1
    assert bot.count("inbound") == taken
