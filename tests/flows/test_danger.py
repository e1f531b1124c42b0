"""After a sign of danger: help at once, then only the two safe questions; alerted and filed in the same turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.aside import ASIDES
from flows.scripts import FLOWS
from flows.session import Alert, CallPerson, Erase, FileIt, Say
from tests.flows.tester import Talking

Begin = Callable[..., Talking]
SIGN = "i want to kill myself"


def test_it_is_alerted_filed_and_answered_with_help_before_anything_else(talk: Begin) -> None:
    t = talk()
    t.open()
    t.say(SIGN)
    assert t.got(FileIt)[0].complete is False and t.words("story") == (SIGN,)
    (alert,) = t.got(Alert)
    assert (alert.level, alert.record) == ("red", 1) and "suicide" in alert.categories and alert.matched
    assert t.heard.startswith("Thank you for telling us") and "999" in t.heard and "85258" in t.heard
    assert t.step == "!safe"


def test_then_only_the_two_safe_questions_until_they_choose_to_go_on(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "child", "12to15", "alone")
    t.say(SIGN)
    t.press("yes")
    assert t.step == "!reach"
    t.say("text my aunt 07700 900123")
    assert t.step == "!goon" and "exact words" in t.heard
    t.press("on")
    assert t.step == "story"
    t.press("done")
    assert t.step == "when"


def test_sending_later_completes_the_record_that_the_sign_filed(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say(SIGN)
    t.press("yes", "here", "on", "done", "unsure", "unsure", "unsure", "no", "here", "send")
    filed = t.ever(FileIt)
    assert {f.record for f in filed} == {1} and [f.complete for f in filed][-1] is True
    assert "!reach" in {e.step for e in t.record.entries}


@pytest.mark.parametrize("answer", ["no", "unsure"])
def test_not_safe_says_999_again_and_raises_the_alert(talk: Begin, answer: str) -> None:
    t = talk()
    t.open()
    t.say(SIGN)
    t.press(answer)
    assert "999" in t.heard and t.step == "!reach"
    assert t.got(Alert)[0].categories == ("not_safe",) and t.got(CallPerson)[0].why == "unsafe"


def test_five_minutes_of_silence_count_as_not_safe_once(talk: Begin) -> None:
    t = talk()
    t.open()
    t.say(SIGN)
    assert t.wait(minutes=4) is None
    t.wait(minutes=2)
    assert "999" in t.heard and t.got(Alert) and t.step == "!safe"
    assert t.wait(minutes=30) is None


def test_talking_on_withdraws_the_questions_and_keeps_every_word(talk: Begin) -> None:
    t = talk()
    t.open()
    t.say(SIGN)
    t.say("nobody at my school listens to me")
    assert t.step == "!goon" and t.words("story") == (SIGN, "nobody at my school listens to me")
    t.press("enough")
    assert t.step == "" and "with a person" in t.heard


def test_the_same_sign_is_alerted_again_but_not_asked_about_again(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say(SIGN)
    t.press("yes", "here", "on")
    t.say(SIGN)
    assert t.got(Alert) and t.step == "story" and "999" not in t.heard


@pytest.mark.parametrize("word", ["URGENT", "danger"])
def test_urgent_at_any_step_does_the_same_without_words(talk: Begin, word: str) -> None:
    t = talk()
    t.open()
    t.press("compliment")
    t.say(word)
    assert t.got(Alert)[0].categories == ("urgent",) and t.step == "!safe" and t.got(FileIt)


def test_a_sign_answers_the_open_question_only_where_its_own_parser_takes_words(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("late", "done")
    t.say(SIGN)
    assert "when" not in t.session.answers and SIGN in t.session.answers["story"].words
    t.press("yes", "here", "on")
    assert t.step == "story" or t.step == "when"


def test_a_sign_after_filing_is_added_to_that_record(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("compliment")
    t.say("Jo", "was kind")
    t.press("both")
    t.say("skip")
    t.say(SIGN)
    assert t.got(Alert)[0].record == 1 and not t.got(FileIt)


def test_delete_after_a_sign_says_what_is_kept(talk: Begin) -> None:
    t = talk()
    t.open()
    t.say(SIGN)
    t.say("DELETE", "yes")
    assert t.got(Erase)[0].record == 1 and "had to keep" in t.heard


def test_in_every_flow_and_register_nothing_else_is_asked_after_a_sign(talk: Begin) -> None:
    """Wherever the sign comes, the next questions are the two safe ones and the offer to go on."""
    for flow in [f for f in FLOWS if f not in ("after", "over", "menu")]:
        for register in ("", "child", "young"):
            for steps in range(4):
                t = talk(kind=flow, register=register)
                t.open()
                for _ in range(steps):
                    if t.message is None or not t.step or t.step == "receipt":
                        break
                    t.say("skip") if not t.message.choices else t.send(choice=t.message.choices[0].token)
                t.say(SIGN)
                assert t.step == "!safe", (flow, register, steps, t.step)
                t.press(ASIDES[t.step].options[0].value)
                if t.step == "!reach":  # not asked of whoever has said it already
                    t.press(ASIDES[t.step].options[0].value)
                assert t.step == "!goon", (flow, register, steps, t.step)
                assert [e.step for e in t.effects if isinstance(e, Say)] == ["!goon"]
