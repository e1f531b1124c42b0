"""The page without JavaScript: everything by forms."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

import locales
from tests.webchat.conftest import PNG, Running
from tests.webchat.person import Person

#: What a young person presses at each step of a complaint; elsewhere the first choice.
PRESSED = {"who": "child", "age": "12to15", "alone": "alone", "!hurt": "no", "advocate": "yes", "contact": "here"}
STORIES = {
    "en": "My social worker never rings me back. It has been like this for weeks.",
    "ar": "موظفة الشؤون الاجتماعية لا ترد على اتصالاتي منذ أسابيع.",
    "cy": "Dydy fy ngweithiwr cymdeithasol byth yn fy ffonio yn ôl ers wythnosau.",
}


def next_answer(person: Person, language: str, sent: list[str]) -> None:
    """Answer the open question once."""
    form = person.page.form
    steps = {token.partition("=")[0] for token in form.choices}
    if 'name="first"' in person.page.html and not sent:
        sent.append("story")
        person.post(("text", STORIES[language]), files=(("room.png", "image/png", PNG),))
    elif "story=done" in form.choices:
        person.choose("story=done")
    elif "check=send" in form.choices:
        person.choose("check=send")
    elif steps and (wanted := PRESSED.get(next(iter(steps)))):
        person.choose(f"={wanted}")
    elif form.choices:
        person.choose(form.choices[0])
    else:
        person.say("...")


@pytest.mark.parametrize("language", ["en", "ar", "cy"])
def test_a_complaint_with_a_photograph(chat: Running, language: str) -> None:
    assert language in {entry.code for entry in locales.offered()}, f"{language} is not complete yet"
    person = Person(chat.url)
    person.start(language)
    person.choose("kind=complaint")
    sent: list[str] = []
    for _ in range(25):
        if 'class="digits"' in person.page.html:
            break
        next_answer(person, language, sent)
    assert re.search(r'class="digits" dir="ltr">\d{4} \d{4} \d{4} \d{4}<', person.page.html)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in person.page.html
    case = chat.last_case()
    assert (case["kind"], case["complete"], case["language"], case["channel"]) == ("complaint", True, language, "web")
    answers = {entry["step"]: entry for entry in case["entries"]}
    assert STORIES[language] in answers["story"]["words"]
    assert [kind for _, kind, _ in answers["story"]["media"]] == ["image"]
    assert answers["advocate"]["values"] == ["yes"]
    assert all(entry["question"] for entry in answers.values())


def test_a_get_never_writes(chat: Running) -> None:
    before = chat.count("talk")
    for path in ("/", "/dudley/", "/dudley/?kind=complaint&lang=cy&from=maple", "/dudley"):
        Person(chat.url).ask("GET", path)
    assert chat.count("talk") == before


def test_the_first_page_speaks_the_browsers_language(chat: Running) -> None:
    def page(accept: str) -> str:
        return Person(chat.url, headers={"Accept-Language": accept}).open().html

    assert '<html lang="ar" dir="rtl"' in page("ja, ar;q=0.9, en;q=0.5")
    assert '<html lang="cy" dir="ltr"' in page("cy-GB,cy;q=0.9")
    assert '<html lang="en" dir="ltr"' in page("xx;q=banana, , zz")
    assert all(name in page("") for name in ("English", "Cymraeg", "العربية"))


def test_a_link_preselects(chat: Running) -> None:
    person = Person(chat.url)
    person.start(query="&kind=compliment")
    assert "kind=compliment" not in person.page.form.choices
    assert person.page.form.choices or person.page.form.text
    poster = Person(chat.url)
    poster.open("?from=maple&kind=<script>")
    assert ("entry.services", "home1") in poster.page.form.hidden
    assert "<script>" not in poster.page.html


def test_the_same_post_five_times_is_taken_once(chat: Running) -> None:
    person = Person(chat.url)
    shown = person.start()
    before = chat.count("message")
    for _ in range(5):
        answer = person.post(("text", "Nobody tells me anything about my own review."), page=shown)
    assert answer.status == 200
    assert answer.words.count("Nobody tells me anything") == 1
    assert chat.count("message") == before + 2
    person.post(("text", "And then I wrote something else on the same old page."), page=shown)
    assert "And then I wrote" in person.page.words


def test_two_posts_at_once_are_both_taken(chat: Running) -> None:
    person = Person(chat.url)
    shown = person.start()
    person.post(("text", "The first of two things that I want to say."), follow=False, page=shown)
    person.post(("text", "The second thing follows within the second."), follow=False, page=shown)
    words = person.open().words
    assert words.index("The first of two") < words.index("The second thing")


def test_words_beside_a_button_stay_in_the_box(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.post(("text", "half a thou"), ("command", "help"))
    assert person.page.status == 200
    assert person.page.form.typed == "half a thou"
    person.post(("text", "half a thought"), ("choice", "kind=complaint"))
    assert person.page.form.typed == "half a thought"


def test_thats_all_sends_what_still_stands_in_the_box(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.choose("kind=compliment")
    for _ in range(6):
        if "story=done" in person.page.form.choices:
            break
        next_answer(person, "en", [])
    person.post(("text", "One more thing: she is always kind to my brother."), ("choice", "story=done"))
    assert "One more thing" in person.page.words
    assert "story=done" not in person.page.form.choices


def test_the_language_changes_at_any_time(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.command("language")
    page = person.choose("=ar")
    assert '<html lang="ar" dir="rtl"' in page.html
    assert "kind=complaint" in page.form.choices


def test_what_they_delete_is_not_shown_again(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.choose("kind=compliment")
    person.say("Words that I wish to take back again.")
    person.command("delete")
    page = person.choose("!erase=yes")
    assert page.status == 200
    assert "Words that I wish to take back" not in page.html
    assert person.open().status == 200


def test_after_half_an_hour_nothing_is_shown_until_they_go_on(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.say("A thing nobody else should read on this phone.")
    chat.clock.ahead = timedelta(minutes=31)
    try:
        page = person.open()
        assert "nobody else should read" not in page.html
        assert page.form.hidden
        person.post(("do", "open"))
        assert "nobody else should read" not in person.page.html
        assert 'id="now"' in person.page.html
    finally:
        chat.clock.ahead = timedelta()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_help_lines_are_a_tap_away(chat: Running, language: str) -> None:
    person = Person(chat.url)
    person.start(language)
    person.command("urgent")
    links = re.findall(r'<a href="((?:tel|sms):\d+)">', person.page.html)
    assert {"tel:999", "tel:08001111"} <= set(links)
    person.say("ring 999 or 0800 1111, <b>they said</b>")
    assert "<b>they" not in person.page.html
    theirs = person.page.html.split("they said")[0].rsplit('class="bubble', 1)[1]
    assert "href" not in theirs


def test_after_later_a_tap_goes_on(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    person.choose("kind=complaint")
    assert 'value="again"' not in person.page.html
    person.command("later")
    assert 'value="again"' in person.page.html and 'name="choice"' not in person.page.html
    person.command("again")
    assert 'value="halfway=yes"' in person.page.html


def test_leave_now(chat: Running) -> None:
    person = Person(chat.url)
    shown = person.start()
    token = dict(shown.form.hidden)["token"]
    kept = dict(person.cookies)
    answer = person.ask(
        "POST", "/dudley/leave", f"token={token}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status == 303
    assert answer.headers["Location"] == "https://www.bbc.co.uk/weather"
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert person.cookies == {}
    person.cookies = kept  # even a copy of the credential opens nothing any more
    assert 'class="log"' not in person.open().html
    assert person.post(("text", "hello?"), page=shown).status == 403


def test_a_credential_belongs_to_one_organisation(chat: Running) -> None:
    person = Person(chat.url)
    person.start()
    other = Person(chat.url, "sandwell")
    other.cookies = {name.replace("dudley", "sandwell"): value for name, value in person.cookies.items()}
    assert 'class="log"' not in other.open().html
