"""How a message looks, within Telegram's limits."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.channels.contract import Occasion
from bot.channels.telegram import CHANNEL, covers, translate
from bot.channels.telegram.render import (
    CAPTION,
    DATA,
    TEXT,
    Button,
    carried,
    hashed,
    length,
    marked,
    render,
    split,
    ticked,
    turned,
)
from bot.config import load
from bot.deployment import profiles, watch, worlds
from flows.aside import ASIDES
from flows.message import Choice, Message
from flows.scripts import FLOWS
from flows.session import Voice
from flows.steps import ReadBack

HAPPY, SAD = Choice("q=happy", "Happy", "happy", "😀"), Choice("q=sad", "Sad at home", "sad home", "😢🏠")
YES, NO = Choice("q=yes", "Yes", "yes", "✅"), Choice("q=no", "No")


def test_paragraphs_then_the_question_with_one_button_a_choice() -> None:
    (piece,) = render(
        Message(("Hello.", "Is it so?"), "en", step="q", choices=(YES, NO), back=True, skip=True), translate
    )
    assert piece.text == "Hello.\n\nIs it so?"
    assert piece.rows == (
        (Button("1  ✅ Yes", "q=yes"),),
        (Button("2  No", "q=no"),),
        (Button("Back", "/back=q"), Button("Skip", "/skip=q")),
    )


def test_what_is_explained_stands_before_the_question() -> None:
    (piece,) = render(Message(("Hello.", "Is it so?"), "en", more="Because.", step="q", choices=(YES, NO)), translate)
    assert piece.text == "Hello.\n\nBecause.\n\nIs it so?"


def test_where_pictures_are_on_the_emoji_of_its_key_words_stand_above_a_sentence() -> None:
    message = Message(("Hello.", "Where?"), "en", step="q", choices=(YES,), easy=True, symbols=((), ("home", "school")))
    (piece,) = render(message, translate, ("Before.",))
    assert piece.text == "Before.\n\nHello.\n\n🏠🏫\nWhere?"


def test_where_pictures_are_on_the_choices_are_a_card_and_the_text_fits_below_it() -> None:
    long = Message(("How are you? " * 120,), "en", step="q", choices=(HAPPY, SAD, NO), easy=True)
    *before, piece = render(long, translate)
    assert piece.card == (("happy",), ("sad", "home"), ())
    assert before and all(length(one.text) <= CAPTION and not one.card for one in [*before, replace(piece, card=())])
    for plain in (replace(long, easy=False), replace(long, choices=(HAPPY, NO)), replace(long, choices=(HAPPY,) * 21)):
        assert not any(one.card for one in render(plain, translate))


def test_long_labels_are_written_out() -> None:
    long = Choice("check=edit:story", "Your story: " + "and then he never rang " * 30)
    (piece,) = render(Message(("Is this right?",), "en", step="check", choices=(YES, long)), translate)
    assert piece.text.startswith("Is this right?\n\n1. ✅ Yes\n2. Your story: and then")
    assert piece.rows[1][0].label.endswith("…") and len(piece.rows[1][0].label) < 40


def test_nothing_in_the_text_is_markup() -> None:
    (piece,) = render(Message(("<b>*_[x](tg://user?id=1)</b>",), "en"), translate)
    assert piece.text == "<b>*_[x](tg://user?id=1)</b>"
    assert piece.rows == ()


@pytest.mark.parametrize("script", ["a", "й", "ع", "字", "👩‍👧‍👦"])
def test_what_a_button_carries_fits_in_any_script(script: str) -> None:
    for size in range(1, 80):
        token = f"services={script * size}"
        for sign in ("", "+"):
            data = carried(sign + token)
            assert len(data.encode()) <= DATA
            assert data in (sign + token, sign + hashed(token))


def test_every_token_of_every_flow_and_service_fits_as_it_is() -> None:
    known = worlds(profiles(load()), watch())
    tokens = [f"{step.id}={option.value}" for step in ASIDES.values() for option in getattr(step, "options", ())]
    for flow in FLOWS.values():
        for step in flow.steps:
            tokens += [f"{step.id}={option.value}" for option in getattr(step, "options", ())]
            tokens += [f"{one.id}=edit:{step.id}" for one in flow.steps if isinstance(one, ReadBack)]
            for world in known.values() if getattr(step, "source", "") else ():
                tokens += [f"{step.id}={option.value}" for option in world.listed(step.source, Voice("en"))]
    assert len(tokens) > 300
    assert max(len(f"+{token}".encode()) for token in tokens) <= 40


def test_the_first_message_says_who_can_read_it_once() -> None:
    message = Message(("Hello.",), "en")
    assert "Telegram, the company" in CHANNEL.render(message, Occasion(first=True))[0].text
    assert CHANNEL.render(message, Occasion())[0].text == "Hello."


def test_splitting_keeps_every_word_within_the_limit() -> None:
    chance = random.Random(7)
    alphabet = ["word", "عربي", "👩‍👧", "longer" * 9, "字" * 30, "x" * 5000, "\n", "𐍈" * 2100]
    for _ in range(60):
        paragraphs = [" ".join(chance.choices(alphabet, k=chance.randint(1, 40))) for _ in range(chance.randint(1, 9))]
        pieces = list(split(paragraphs))
        assert all(0 < length(piece) <= TEXT for piece in pieces)
        assert "".join("".join(pieces).split()) == "".join("".join(paragraphs).split())


def test_whole_paragraphs_stay_together() -> None:
    assert list(split(["a" * 3000, "b" * 1000, "c" * 500])) == ["a" * 3000 + "\n\n" + "b" * 1000, "c" * 500]


def test_the_keyboard_is_on_the_last_piece_only() -> None:
    pieces = render(Message(("x" * 4000, "y" * 4000, "Is it so?"), "en", step="q", choices=(YES,)), translate)
    assert len(pieces) == 2 or len(pieces) == 3
    assert [bool(piece.rows) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert pieces[-1].text.endswith("Is it so?")


def test_a_hundred_services_do_not_fit_and_are_numbered_above() -> None:
    many = tuple(Choice(f"s=home{number}", f"Home {number}") for number in range(150))
    (piece,) = render(Message(("Which?",), "en", step="s", choices=many, many=True, back=True), translate)
    assert sum(len(row) for row in piece.rows) <= 100
    assert "150. Home 149" in piece.text


def test_ticks_are_kept_on_the_buttons() -> None:
    (piece,) = render(Message(("Which?",), "en", step="q", choices=(YES, NO), many=True), translate)
    assert [button.data for row in piece.rows for button in row] == ["+q=yes", "+q=no", "!q"]
    once = turned(turned(piece.rows, "+q=no"), "+q=yes")
    assert ticked(once) == ("q=yes", "q=no")
    assert ticked(turned(once, "+q=yes")) == ("q=no",)
    assert turned(turned(piece.rows, "+q=no"), "+q=no") == piece.rows
    assert ticked(piece.rows) == ()


def test_only_the_last_choice_is_marked() -> None:
    (piece,) = render(Message(("Is it so?",), "en", step="q", choices=(YES, NO)), translate)
    both = marked(marked(piece.rows, "q=yes"), "q=no")
    assert [row[0].label for row in both] == ["1  ✅ Yes", "✅ 2  No"]
    assert marked(both, "q=no") == both


def test_what_is_sent_of_ourselves_is_covered_but_for_its_first_line() -> None:
    for lines in (("Your complaint is upheld 🙂.", "We are sorry."), ("a word " * 1500,)):
        pieces = CHANNEL.render(Message(lines, "cy"), Occasion(private=True))
        for piece in pieces:
            (cover,) = covers(piece) or ()
            encoded = piece.text.encode("utf-16-le")
            assert length(piece.text) <= TEXT and cover.type == "spoiler"
            assert encoded[: cover.offset * 2].decode("utf-16-le").strip() == piece.head
            assert cover.offset + cover.length == length(piece.text)
            assert piece.head == "Mae neges i chi. Tapiwch hi i'w darllen."
    (plain,) = CHANNEL.render(Message(("Thank you.",), "cy"), Occasion())
    assert covers(plain) is None and plain.text == "Thank you."
