"""The picture board: a whole story by tapping, its signs of danger, pictures that are typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import locales
from flows import aside, path, phrases, reading
from flows.scripts import FLOWS, board
from flows.session import Alert, FileIt, Say
from flows.steps import Choose, Text, options_of, texts
from tests.flows.tester import Talking

Begin = Callable[..., Talking]
#: From the first question to "How is it?".
TO_THE_BOARD = ("board", "yes", "child", "under8", "helped")


def at_the_board(talk: Begin, *answers: str, **entry: str) -> Talking:
    t = talk(easy="yes", **entry)
    t.open()
    t.press(*TO_THE_BOARD)
    assert t.step == "board_how"
    t.press(*answers)
    return t


def tap(t: Talking, *values: str) -> None:
    """Tick several pictures of the open question."""
    t.send(choice="\n".join(f"{t.step}={value}" for value in values))


def test_it_is_offered_only_where_pictures_are_on(talk: Begin) -> None:
    t = talk()
    t.open()
    assert "kind=board" not in {choice.token for choice in t.message.choices}  # type: ignore[union-attr]
    t.say("SYMBOLS")
    assert t.message.choices[0].token == "kind=board"  # type: ignore[union-attr]
    t.say("EASY")
    assert "kind=board" not in {choice.token for choice in t.message.choices}  # type: ignore[union-attr]


def test_a_link_switches_pictures_on_and_may_open_the_board(talk: Begin) -> None:
    t = talk(easy="yes", kind="board")
    t.open()
    assert t.session.flow == "board" and t.message is not None and t.message.easy


def test_a_story_by_taps_alone_is_filed_as_informal_feedback(talk: Begin) -> None:
    t = at_the_board(talk, "bad")
    tap(t, "mum", "dad")
    t.press("school", "sad")
    tap(t, "not_heard", "move")
    t.press("help")
    assert t.step == "advocate"
    t.press("yes", "here")
    lines = {choice.token: (choice.symbol, choice.emoji) for choice in t.message.choices}  # type: ignore[union-attr]
    assert lines["check=edit:board_who"] == ("mum dad", "👩🧔")
    assert lines["check=edit:board_what"] == ("not_heard move", "🙉🚚")
    t.press("send")
    assert (t.record.kind, t.record.complete) == ("informal", True)
    assert not any(entry.words for entry in t.record.entries)
    first = t.record.entries[0]
    assert first.step == "pictures" and first.labels == (
        "How it is: Bad. Who: Mum, Dad. Where: At school. How they feel: Sad. "
        "What it is about: Nobody listens, Moving home. What they would like to happen: Help me.",
    )
    assert t.record.facts["pictures"] == ("said",) and t.record.facts["board_what"] == ("not_heard", "move")
    assert not t.ever(Alert)
    t.press("cat")
    assert "next=make_complaint" in {choice.token for choice in t.message.choices}  # type: ignore[union-attr]


def test_something_good_is_a_compliment(talk: Begin) -> None:
    t = at_the_board(talk, "good", "worker", "home", "happy", "love", "thanks", "both", "send")
    assert (t.record.kind, t.record.complete) == ("compliment", True)
    assert t.record.facts["share"] == ("both",) and "smile" in t.heard


def test_a_good_thing_with_a_sign_of_danger_is_no_compliment(talk: Begin) -> None:
    """A compliment is passed on to whom it is about."""
    t = at_the_board(talk, "good", "worker", "home", "happy")
    t.press("private_body", "yes", "here", "on", "thanks")
    assert t.step == "advocate"
    t.press("no", "here", "send")
    assert t.record.kind == "informal"
    assert {alert.level for alert in t.ever(Alert)} == {"red"}


def test_a_good_thing_with_danger_told_in_words_is_no_compliment(talk: Begin) -> None:
    t = at_the_board(talk, "good", "worker", "home", "happy", "missing")
    t.say("mr smith touches me at night")
    assert t.ever(Alert)
    for _ in range(12):
        if t.ever(FileIt) and t.record.complete:
            break
        assert t.step != "share", "nobody is asked whether the worker may be told"
        t.press({"!safe": "yes", "!hurt": "on", "check": "send", "contact": "here"}.get(t.step, "skip"))
    assert t.record.kind == "informal"


def test_a_danger_that_is_taken_back_makes_no_compliment(talk: Begin) -> None:
    t = at_the_board(talk, "good", "worker", "home", "happy", "hurt")
    assert t.ever(Alert)
    t.press("yes", "here", "on")
    t.send(choice="board_what=love")
    assert t.record.kind == "informal"


def test_what_was_tapped_and_not_sent_is_filed_as_it_stands(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "mum", "home", "sad", "not_heard")
    t.wait(days=4)
    t.wait(days=4)
    (filed,) = t.ever(FileIt)
    assert not filed.complete and "Nobody listens" in filed.entries[0].labels[0]


@pytest.mark.parametrize(
    ("answers", "level", "categories", "matched"),
    [
        (("bad", "me", "home", "sad", "hurt"), "red", ("physical_abuse",), ("Being hurt",)),
        (("bad", "skip", "skip", "skip", "private_body"), "red", ("sexual_abuse",), ("Private body",)),
        (("bad", "skip", "skip", "danger"), "red", ("not_safe",), ("Not safe",)),
        (("so_so", "skip", "home", "scared"), "amber", ("threat_now",), ("Scared", "At home")),
        (("so_so", "dad", "skip", "scared"), "amber", ("threat_now",), ("Scared", "Dad")),
        (("so_so", "missing", "skip", "scared"), "amber", ("threat_now",), ("Scared", "My word is not here")),
        (("bad", "skip", "home", "lonely", "alone"), "amber", ("neglect",), ("Being alone", "At home")),
        (("bad", "mum", "skip", "sad", "shouting"), "amber", ("emotional_abuse",), ("Shouting", "Mum", "Sad")),
        (
            ("bad", "carer", "childrens_home", "sad", "hurt"),
            "red",
            ("physical_abuse", "adult_with_children"),
            ("Being hurt", "Carer"),
        ),
    ],
)
def test_pictures_are_signs_of_danger_as_words_are(
    talk: Begin, answers: tuple[str, ...], level: str, categories: tuple[str, ...], matched: tuple[str, ...]
) -> None:
    t = at_the_board(talk)
    for answer in answers:
        t.say("SKIP") if answer == "skip" else t.press(answer)
    (alert,) = t.got(Alert)
    assert (alert.level, alert.categories, alert.matched) == (level, categories, matched)
    assert alert.rules and all(rule.startswith("pictures ") for rule in alert.rules)
    assert t.got(FileIt) and not t.got(FileIt)[0].complete, "it is filed as it stands, in the same turn"
    assert t.step == aside.SAFE.id
    assert [choice.symbol for choice in t.message.choices] == ["yes", "no", "unsure"]  # type: ignore[union-attr]
    t.press("yes")
    assert t.step == aside.REACH.id and all(choice.emoji for choice in t.message.choices)  # type: ignore[union-attr]
    t.press("here", "on")
    assert t.step.startswith("board_")


def test_scared_of_nobody_in_no_place_is_no_sign(talk: Begin) -> None:
    at = at_the_board(talk, "bad", "me", "outside", "scared")
    assert at.step == "board_what" and not at.ever(Alert)


def test_shouting_of_friends_and_being_alone_at_school_are_no_signs(talk: Begin) -> None:
    at = at_the_board(talk, "bad", "friend", "school", "sad")
    at.send(choice="board_what=shouting\nboard_what=alone")
    assert at.step == "board_want" and not at.ever(Alert)


def test_the_same_sign_is_not_asked_about_twice(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "me", "home", "sad", "hurt", "yes", "here", "on")
    t.send(choice="board_what=hurt")
    assert t.step == "board_want" and not t.got(Alert), "it was known"
    t.send(choice="board_what=food")
    t.send(choice="board_what=hurt")
    assert t.got(Alert) and t.step == "board_want", "said again it is told to staff again, and not asked about"


def test_not_safe_raises_the_alert(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "dad", "home", "scared", "no")
    assert [alert.level for alert in t.ever(Alert)] == ["amber", "red"]


def test_typed_pictures_are_understood(talk: Begin) -> None:
    t = at_the_board(talk)
    t.say("👎")
    t.say("👩🏽 🧔🏿")
    assert t.session.answers["board_who"].values == ("mum", "dad") and t.step == "board_where"
    t.say("😢")
    assert t.session.answers["board_feeling"].values == ("sad",) and t.step == "board_where"
    assert phrases.KEPT.child in t.heard
    t.say("🏠")
    assert t.step == "board_what"
    t.say("😠")
    assert t.session.answers["board_feeling"].values == ("sad", "angry"), "a picture more is added"
    t.say("🤕🚚")
    assert t.session.answers["board_what"].values == ("hurt", "move") and t.got(Alert)


def test_two_pictures_where_one_is_wanted_are_no_answer(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "mum")
    t.say("🏠🏫")
    assert t.step == "board_where" and "board_where" not in t.session.answers


def test_a_picture_ahead_of_its_question_is_on_the_record_at_once(talk: Begin) -> None:
    t = at_the_board(talk, "bad")
    t.say("🤕")
    (filed,) = t.got(FileIt)
    assert filed.entries[0].labels == ("How it is: Bad. What it is about: Being hurt.",)


def test_what_was_chosen_before_an_answer_was_changed_keeps_its_name(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "mum", "school", "tired", "not_heard", "stop")
    t.send(choice="board_how=good")
    chosen = t.session.answers
    assert path.labels(board.WHAT, chosen["board_what"], t.session, t.world) == ("Nobody listens",)
    assert path.labels(board.WANT, chosen["board_want"], t.session, t.world) == ("Make it stop",)


def test_a_cry_for_help_is_a_sign_wherever_it_is_not_a_choice(talk: Begin) -> None:
    t = at_the_board(talk, "bad")
    t.say("🆘")
    assert t.got(Alert) and t.step == aside.SAFE.id
    other = at_the_board(talk, "bad", "mum", "school", "sad", "food")
    other.say("🆘")
    assert other.session.answers["board_want"].values == ("help",) and not other.ever(Alert)


def test_pictures_the_board_has_not_are_read_as_words_are(talk: Begin) -> None:
    t = at_the_board(talk, "bad")
    t.say("👩🔪")
    assert t.step in ("board_who", aside.SAFE.id)
    t.say("🎺")
    assert "board_who" not in t.session.answers
    assert reading.pictures("no 😢") == () and reading.pictures("") == () and reading.pictures("3️⃣") == ()


def test_a_word_that_is_not_there_leads_to_words_or_stays_open(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "missing", "home", "sad", "food", "help")
    assert t.step == "story" and [choice.symbol for choice in t.message.choices] == ["done"]  # type: ignore[union-attr]
    t.press("nothing")
    assert t.step == "advocate"
    other = at_the_board(talk, "bad", "missing", "home", "sad", "food", "help")
    other.say("my nan")
    other.press("done", "no", "here", "send")
    assert other.words("story") == ("my nan",)


def test_a_tap_on_an_old_board_changes_that_answer_and_after_sending_nothing(talk: Begin) -> None:
    t = at_the_board(talk, "bad", "mum", "home")
    t.send(choice="board_who=dad")
    assert t.session.answers["board_who"].values == ("dad",) and t.step == "board_feeling"
    t.press("sad", "food", "help", "no", "here", "send")
    t.send(choice="board_who=mum")
    assert phrases.ALREADY_SENT.plain in t.heard


def test_every_choice_and_every_question_has_its_picture(talk: Begin) -> None:
    steps = [*(step for flow in FLOWS.values() for step in flow.steps), *aside.ASIDES.values()]
    known = locales.symbols()
    for step in steps:
        for option in options_of(step):
            assert option.symbol in known, (step.id, option.value)
        if isinstance(step, Choose):
            assert step.text.symbols, step.id
    said = [text for step in steps for text in texts(step)]
    said += [text for text in vars(phrases).values() if isinstance(text, Text)]
    assert {symbol for text in said for symbol in text.symbols} <= known.keys()


def test_what_is_tapped_on_the_board_is_a_concept_and_has_a_picture_of_its_own() -> None:
    for step in board.QUESTIONS:
        assert all(option.value == option.symbol for option in step.options), step.id
        pictures = [locales.emoji(option.symbol) for option in step.options]
        assert len(set(pictures)) == len(pictures), step.id


def test_symbols_go_with_each_sentence_where_pictures_are_on(talk: Begin) -> None:
    t = talk()
    t.open()
    assert t.message is not None and t.message.symbols == () and '"symbols"' not in t.message.to_json()
    t.say("EASY")
    message = t.message
    assert message is not None and len(message.symbols) == len(message.lines) and message.symbols[-1] == ("idea",)
    assert type(message).from_json(message.to_json()) == message
    assert t.got(Say)[0].voice.easy
