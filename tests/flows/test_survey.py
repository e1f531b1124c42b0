"""How did we do? The questions, what is no answer to them, and the way on, as people have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from flows.scripts import survey
from flows.session import Alert, Amend, CallPerson, Need, Session
from tests.flows.test_transcripts import WAYS
from tests.flows.tester import Talking, through_json

Begin = Callable[..., Talking]
NAMES = {name: value for name, value in WAYS.items() if name != "ways"} | {
    "next_step": "Stage 2: investigation", "asked_step": "Stage 2: investigation",
}  # fmt: skip


def begun(talk: Begin, about: str = "begun", channel: str = "sms", **how: object) -> Talking:
    t = talk(channel)
    t.asked(about, **how)
    assert t.step == survey.UNDERSTOOD.id
    return t


def unhappy(talk: Begin, ways: str = WAYS["ways"]) -> Talking:
    t = begun(talk)
    t.say("no", "2", "4", "5")
    (need,) = t.got(Need)
    assert (need.query, need.about) == ("ways", "HB-7K3M-2Q")
    t.found(**{**NAMES, "ways": ways})
    assert t.step == "way_on"
    return t


def amended(t: Talking) -> list[tuple[str, str, dict[str, tuple[str, ...]]]]:
    return [(one.event, one.reference, dict(one.facts)) for one in t.got(Amend)]


def test_each_answer_goes_on_the_record_that_it_is_about(talk: Begin) -> None:
    t = begun(talk)
    t.say("1")
    assert amended(t) == [("surveyed", "HB-7K3M-2Q", {"survey_understood": ("yes",), "unhappy": ()})]
    t.say("skip")
    assert amended(t) == [("surveyed", "HB-7K3M-2Q", {"survey_listened": ("skipped",), "unhappy": ()})]
    assert t.step == "survey_process", "nothing was promised: that is not asked"


def test_what_was_promised_is_asked_about_only_where_something_was(talk: Begin) -> None:
    t = begun(talk, "begun promised")
    t.say("1", "1")
    assert t.step == survey.PROMISED.id
    t.say("4")
    assert amended(t)[0][2]["unhappy"] == ("survey",)


@pytest.mark.parametrize("answers", [("2", "2", "3", "3"), ("1", "1", "2", "1")])
def test_who_is_so_so_is_not_told_what_to_do_if_unhappy(talk: Begin, answers: tuple[str, ...]) -> None:
    t = begun(talk)
    t.say(*answers)
    assert t.step == survey.WORDS.id and not t.ever(Need)


def test_nothing_begins_while_something_is_under_way(talk: Begin) -> None:
    t = talk("sms")
    t.say("my worker is late again and again")
    before = t.session
    assert t.asked() is None and t.effects == () and t.session == before
    stopped = talk("sms")
    stopped.say("hello")
    stopped.say("stop")
    assert stopped.asked() is None
    writing = talk("sms")
    writing.say("hello")
    writing.now -= timedelta(days=3)
    assert writing.asked() is None, "somebody is writing just now"


def test_with_a_safe_question_open_nothing_begins(talk: Begin) -> None:
    t = talk("sms")
    t.say("he hit me with a belt")
    assert t.asked() is None


def test_asked_again_it_says_so_and_begins_at_the_beginning(talk: Begin) -> None:
    t = begun(talk)
    message = t.asked("again")
    assert message is not None and "do not ask again" in t.heard and t.step == survey.UNDERSTOOD.id


def test_after_four_weeks_it_is_let_be(talk: Begin) -> None:
    t = begun(talk)
    assert t.session.wake == t.now + timedelta(days=28)
    assert t.wait(days=28) is None and t.session.flow == "over"
    t.say("1")
    assert t.step == "kind"


def test_weeks_later_a_number_is_still_its_answer(talk: Begin) -> None:
    t = begun(talk)
    t.now += timedelta(days=20)
    t.say("2")
    assert amended(t)[0][2]["survey_understood"] == ("partly",)


def test_a_page_that_is_opened_later_shows_nothing_of_it(talk: Begin) -> None:
    t = begun(talk, channel="web")
    t.now += timedelta(hours=1)
    message = t.open()
    assert message is not None and t.step == "kind" and t.session.mine == ""


def test_an_essay_over_several_messages_is_kept_whole(talk: Begin) -> None:
    t = begun(talk)
    t.say("1", "1", "2", "2", "It was good at first. " * 60, "Then nobody rang.")
    assert amended(t)[0][0] == "surveyed"
    t.say("that's all")
    words = [word for one in t.ever(Amend) for entry in one.entries for word in entry.words]
    assert words == [("It was good at first. " * 60).strip(), "Then nobody rang."] or len(words) == 2
    assert t.session.flow == "over" and t.session.mine == ""


def test_a_photo_joins_the_record_and_one_question_is_asked(talk: Begin) -> None:
    t = begun(talk)
    t.photo()
    assert t.step == "!hurt" and [one.event for one in t.got(Amend)] == ["added"]
    assert [one.why for one in t.got(CallPerson)] == ["media"]
    t.say("no")
    assert t.step == survey.UNDERSTOOD.id


def test_stop_ends_it(talk: Begin) -> None:
    t = begun(talk)
    t.say("stop")
    assert t.session.stopped and t.session.flow == "over" and not t.got(Amend)


def test_danger_comes_first_and_the_words_are_kept(talk: Begin) -> None:
    t = begun(talk)
    t.say("he hit me with a belt")
    assert [one.level for one in t.got(Alert)] == ["red"] and t.step == "!safe"
    assert t.got(Amend)[0].reference == "HB-7K3M-2Q"


def test_a_receipt_in_the_middle_shows_how_it_stands_and_is_kept_nowhere(talk: Begin) -> None:
    receipt = "1234 5678 9012 3456"
    t = begun(talk)
    t.say(receipt)
    (need,) = t.got(Need)
    assert (need.query, need.about) == ("progress", "1234567890123456")
    t = begun(talk)
    t.say("they came late every single time", receipt)
    assert t.step == "!new" and receipt not in str(t.session.to_json())
    t.say("1")
    assert all(receipt not in str(one) for one in t.got(Amend))


def test_a_story_instead_of_an_answer_is_asked_about(talk: Begin) -> None:
    t = begun(talk)
    story = "My new worker has not rung me for two weeks"
    t.say(story)
    assert t.step == "!new" and not t.got(Amend), "it is on nobody's record until they say so"
    t.say("and she missed our meeting", "2")
    assert t.step == "kind" and t.session.mine == ""
    t.say("3")
    assert t.session.answers["story"].words == (story, "and she missed our meeting")


def test_a_story_about_the_same_is_words_of_the_survey(talk: Begin) -> None:
    t = begun(talk)
    t.say("they came late every single time", "1")
    assert amended(t)[0][0] == "surveyed" and t.got(Amend)[0].entries[0].words == ("they came late every single time",)
    assert t.step == survey.UNDERSTOOD.id and "story" not in t.session.answers


def test_contact_is_changed_in_the_middle(talk: Begin) -> None:
    t = begun(talk)
    t.say("contact")
    assert t.step == "contact"
    t.say("1", "4")
    assert [one.event for one in t.ever(Amend)] == ["contact", "contact"] and t.step == survey.UNDERSTOOD.id


# The way on -----------------------------------------------------------------------------------------


def test_what_can_be_done_is_one_message(talk: Begin) -> None:
    t = unhappy(talk)
    assert t.message is not None and t.message.lines == (
        "We are sorry that you are not happy with it.",
        "You can ask for the next step by Friday 18 December 2026: Stage 2: investigation.",
        "What would you like?",
    )
    assert [one.token for one in t.message.choices][-1] == "way_on=nothing"


def test_choosing_the_next_step_does_it_at_once_and_once(talk: Begin) -> None:
    t = unhappy(talk)
    t.press("next")
    assert [one[0] for one in amended(t)] == ["next_stage"]
    t.found(**{**NAMES, "ways": "advocate answer_by child"})
    assert "You get an answer by Wednesday 6 January 2027" in t.heard and t.step == "way_advocate"
    t.send(choice="way_on=next")
    assert not t.got(Amend) and t.step == "way_advocate"
    t.say("back")
    assert not t.got(Amend) and t.step == "way_advocate", "what was asked for is not taken back by BACK"
    t.press("no")
    assert [one[0] for one in amended(t)] == ["advocate_offered"]


def test_without_a_day_none_is_promised(talk: Begin) -> None:
    t = unhappy(talk, "next advocate")
    assert "You can ask for the next step: Stage 2" in t.heard
    t.press("next")
    t.found(**{**NAMES, "ways": "advocate"})
    assert "We tell you by when" in t.heard and t.step == survey.WORDS.id, "an adult is not asked again"


def test_late_a_person_decides(talk: Begin) -> None:
    t = unhappy(talk, "next_late advocate")
    assert "was Friday 18 December 2026" in t.heard
    t.press("next")
    t.found(**{**NAMES, "ways": "advocate answer_by"})
    assert "a person decides whether to take it" in t.heard


@pytest.mark.parametrize(("chosen", "event"), [
    ("mediation", "unhappy"), ("person", "unhappy"), ("advocate", "asked_advocate"), ("nothing", "surveyed"),
])  # fmt: skip
def test_each_choice_is_recorded(talk: Begin, chosen: str, event: str) -> None:
    t = unhappy(talk)
    t.press(chosen)
    assert amended(t) == [(event, "HB-7K3M-2Q", {"way_on": (chosen,)})] and t.step == survey.WORDS.id


def test_the_ombudsman_and_how(talk: Begin) -> None:
    t = unhappy(talk)
    t.press("ombudsman")
    assert amended(t)[0][0] == "ombudsman_told"
    t.found(**NAMES, ways="ombudsman")
    assert "Local Government and Social Care Ombudsman" in t.heard and "www.lgo.org.uk" in t.heard


def test_words_after_the_way_on_say_no_more_that_it_waits(talk: Begin) -> None:
    t = unhappy(talk)
    t.press("next")
    t.found(**{**NAMES, "ways": "advocate"})
    t.say("Nobody asked my son")
    assert amended(t) == [("surveyed", "HB-7K3M-2Q", {"survey_words": ("said",)})]


def test_back_to_a_better_answer_takes_the_way_on_away(talk: Begin) -> None:
    t = begun(talk)
    t.say("1", "1", "2", "5")
    t.found(**{**NAMES, "ways": "next advocate"})
    t.say("back", "2")
    assert t.step == survey.WORDS.id and amended(t)[0][2]["unhappy"] == ()


def test_a_record_that_is_gone_leads_to_a_person(talk: Begin) -> None:
    t = unhappy(talk, "")
    assert t.message is not None and [one.token for one in t.message.choices] == ["way_on=person", "way_on=nothing"]


def test_a_link_cannot_begin_it(talk: Begin) -> None:
    t = talk("web", kind="survey")
    t.open()
    assert t.step == "kind" and through_json(t.session).mine == Session().mine
