"""How a message looks as texts."""

from __future__ import annotations

import pytest

from bot.channels.contract import Occasion
from bot.channels.sms.render import fits, render
from flows.message import Choice, Message
from locales import sms

PLAIN = Occasion()


def message(
    *lines: str, choices: tuple[str, ...] = (), step: str = "q", language: str = "en", **more: object
) -> Message:
    made = tuple(Choice(f"{step}={n}", label, emoji="🙂") for n, label in enumerate(choices))
    return Message(lines, language, step=step, choices=made, **more)  # type: ignore[arg-type]  # fields of Message


def test_choices_are_numbered_lines_and_signs_are_plain() -> None:
    (text,) = render(message("“Well…” – it’s", "Who?", choices=("You", "Me")), PLAIN)
    assert text == '"Well..." - it\'s\nWho?\n1 You\n2 Me' and sms.size(text).alphabet == "gsm7"


def test_pictures_only_where_they_were_asked_for() -> None:
    assert "🙂" not in render(message("Who?", choices=("You",)), PLAIN)[0]
    assert render(message("Who?", choices=("You",), easy=True), PLAIN)[0].endswith("1 🙂 You")


def test_pictures_are_left_out_where_the_question_would_be_too_long_with_them() -> None:
    long = ("A choice of rather many words, one of six",) * 6
    (text,) = render(message("Who?", choices=long, easy=True), PLAIN)
    assert "🙂" not in text and fits(text) and text.count("A choice") == 6


def test_more_is_left_to_help() -> None:
    assert "explained" not in "".join(render(message("Who?", more="explained"), PLAIN))


@pytest.mark.parametrize("length", [1, 50, 150, 250, 305, 306, 400, 900])
@pytest.mark.parametrize("alphabet", ["gsm7", "ucs2"])
def test_a_question_and_its_choices_are_one_text(length: int, alphabet: str) -> None:
    sentence = "We say this here. " if alphabet == "gsm7" else "نقول هذا هنا. "
    told = (sentence * (length // len(sentence) + 1)).strip()
    made = message(told, "Which one?", choices=("First", "Second", "Third"), language="en")
    texts = render(made, PLAIN)
    assert texts[-1].endswith("Which one?\n1 First\n2 Second\n3 Third")
    assert all(map(fits, texts))
    assert " ".join("".join(text.split()) for text in texts).replace(" ", "").startswith(told.replace(" ", "")[:200])


def test_cut_between_sentences_then_words_then_anywhere() -> None:
    sentences = "This is the first sentence of a long text. " * 12
    for text in render(message(sentences.strip(), step=""), PLAIN):
        assert text.endswith(".") and fits(text)
    words = "word " * 200
    assert all(fits(text) and text.startswith("word") for text in render(message(words.strip(), step=""), PLAIN))
    endless = "x" * 1000
    texts = render(message(endless, step=""), PLAIN)
    assert all(map(fits, texts)) and "".join("".join(texts).split()) == endless


@pytest.mark.parametrize(
    "sentence",
    ["我們會看你寫的每一句話。", "हम आपकी हर बात पढ़ते हैं। ", "የጻፉትን ሁሉ እናነባለን። ", "ہم آپ کی ہر بات پڑھتے ہیں۔ "],
)
def test_every_script_is_cut_between_its_sentences(sentence: str) -> None:
    told = (sentence * 40).strip()
    texts = render(message(told, step=""), PLAIN)
    assert len(texts) > 1 and all(text.endswith(sentence.strip()[-1]) and fits(text) for text in texts)
    assert " ".join(texts).split() == told.split() or "".join(texts) == told


def test_a_list_too_long_for_one_text_goes_on_in_another_between_its_lines() -> None:
    for many in (30, 90):
        labels = tuple(f"The service number {n} of many" for n in range(many))
        texts = render(message("Which?", choices=labels), PLAIN)
        assert all(map(fits, texts))
        assert "\n".join(texts).split("\n") == ["Which?", *(f"{n} {label}" for n, label in enumerate(labels, 1))]


def test_the_read_back_goes_ahead_and_the_question_is_last() -> None:
    choices = (
        Choice("check=send", "Send it"),
        *(Choice(f"check=edit:{n}", f"Line {n}: " + "long words " * 30) for n in range(6)),
    )
    texts = render(Message(("This is it. Shall we send it?",), "en", step="check", choices=choices), PLAIN)
    assert texts[-1].endswith("This is it. Shall we send it?\n1 Send it") and all(map(fits, texts))
    assert [line.split()[0] for text in texts for line in text.split("\n")][:-2] == ["2", "3", "4", "5", "6", "7"]


def test_no_invisible_marks_where_a_language_runs_left_to_right() -> None:
    assert render(message("A \u2068name\u2069 here", step=""), PLAIN) == ("A name here",)
    (text,) = render(message("رقمك \u20681234\u2069 و\u2068اسم\u2069", step="", language="ar"), PLAIN)
    assert text == "رقمك \u20681234\u2069 واسم"


def test_the_cost_once_and_the_page_for_files() -> None:
    first = render(message("Hello.", "What?"), Occasion(first=True))
    assert first == ("Hello.\nEach text you send costs your normal rate.\nWhat?",)
    page = Occasion(upload="https://talk.example.org/u/" + "x" * 24)
    (text,) = render(message("ما حدث؟", media=True, language="ar"), page)
    assert page.upload in text.split("\n")[0].split(), "nothing clings to the address"
    assert "https://talk.example.org/u/" in "".join(render(message("Tell us.", media=True), page))
    assert "https" not in "".join(render(message("Tell us."), page))
    again = message("Is there more? " + "Say it. " * 12, choices=("No",), media=True)
    assert "https" not in "".join(render(again, page)), "it would be a text of its own"


@pytest.mark.parametrize("text", ["", " ", "\u2068\u2069", "👩‍👧" * 200, "ŵ" * 500, "{" * 400, "\n\n\n"])
def test_anything_at_all_is_within_the_limits(text: str) -> None:
    assert all(map(fits, render(message("Before.", text, "Why?", choices=("So",)), PLAIN)))
