"""Whole talks, as people have them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.session import Alert, Amend, CallPerson, Erase, FileIt, Need, NewerSession, Session
from tests.flows.tester import Talking, through_json

Begin = Callable[..., Talking]


def parent_complains(talk: Talking) -> Talking:
    talk.open()
    talk.press("complaint", "yes", "parent", "self")
    talk.say("Nobody rings me back.", "I asked three times.")
    talk.press("done")
    talk.say("last Tuesday")
    talk.press("fostering")
    talk.say("I want a call")
    talk.press("no", "here")
    return talk


def test_a_parent_complains_and_every_answer_is_on_the_record(talk: Begin) -> None:
    t = parent_complains(talk())
    assert t.step == "check"
    message = t.press("send")
    assert message is not None and "HB-7K3M-2Q" in t.heard and "1111 2222 3333 4444" in t.heard
    assert (t.record.kind, t.record.complete, t.record.record) == ("complaint", True, 1)
    assert t.words("story") == ("Nobody rings me back.", "I asked three times.")
    assert t.words("when") == ("last Tuesday",)
    assert t.record.facts["when"] == ("2026-11-17",)
    assert t.record.facts["who"] == ("parent",)
    assert t.record.facts["services"] == ("fostering",)
    by_step = {e.step: e for e in t.record.entries}
    assert by_step["who"].question == "Who are you?" and by_step["who"].labels == ("A parent",)


def test_a_child_is_told_what_an_advocate_is_in_childrens_words(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "child", "8to11", "alone")
    assert "picture" in t.heard
    t.say("my worker was late again")
    t.press("done", "unsure", "unsure")
    t.say("an apology")
    t.press("no")
    assert t.step == "advocate" and "kind person" in t.heard
    t.press("no", "easy", "here", "send")
    assert t.record.facts["advocate"] == ("no",) and t.record.facts["advocate_why"] == ("easy",)
    assert t.record.facts["alone"] == ("alone",)


def test_answers_from_hello_to_receipt_stay_within_the_goal(talk: Begin) -> None:
    """The goal: 12 answers for an adult, 14 for a child; a compliment 5; an advocate 4."""

    def count(t: Talking, *answers: str) -> int:
        t.open()
        for answer in answers:
            t.send(choice=f"{t.step}={answer[1:]}") if answer.startswith("=") else t.say(answer)
        assert t.record.complete
        return len(answers)

    adult = (
        "=complaint",
        "=yes",
        "=parent",
        "=self",
        "It is late",
        "=done",
        "=unsure",
        "=unsure",
        "An answer",
        "=no",
        "=here",
        "=send",
    )
    child = (
        "=complaint", "=yes", "=child", "=12to15", "=alone", "It is late", "=done", "=unsure", "=unsure", "An answer",
        "=no", "=yes", "=here", "=send",
    )  # fmt: skip
    assert count(talk(), *adult) <= 12
    assert count(talk(), *child) <= 14
    assert count(talk(), "=compliment", "Jo", "was kind", "=both", "Sam") <= 5
    assert count(talk(), "=advocate", "=me", "my home", "=here") <= 4


def test_never_asked_twice_the_first_message_is_the_beginning_of_the_story(talk: Begin) -> None:
    t = talk(channel="sms")
    t.say("my social worker never rings back")
    assert t.step == "kind" and "kept" in t.heard
    t.press("complaint", "yes", "parent", "self")
    assert t.step == "story" and "Is there more?" in t.heard
    t.press("done")
    assert t.session.answers["story"].words == ("my social worker never rings back",)


def test_the_first_message_is_what_a_compliment_is_about(talk: Begin) -> None:
    t = talk(channel="sms")
    t.say("Jo helped me find a college")
    t.press("compliment")
    t.say("Jo")
    assert t.step == "share"
    t.press("both")
    t.say("skip")
    assert t.words("story") == ("Jo helped me find a college",)


def test_a_long_answer_to_yes_or_no_is_kept_as_part_of_the_story(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint")
    t.say("yes because last time nobody read it")
    assert t.step == "who"
    assert t.session.answers["story"].words == ("yes because last time nobody read it",)


@pytest.mark.parametrize("typed", ["3", "3.", "#3", "٣", "३", "3️⃣", "Make a complaint", "make a comp", "MAKE", "😢"])
def test_a_choice_may_be_made_in_many_ways(talk: Begin, typed: str) -> None:
    t = talk()
    t.open()
    t.say(typed)
    assert t.session.flow == "complaint"


def test_ring_me_calls_a_person_once_and_is_an_answer_then(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("late", "done", "not sure", "not sure")
    t.say("ring me")
    assert t.got(CallPerson)[0].why == "call" and t.step == "!reach"
    t.say("skip")
    assert t.step == "want"
    t.say("ring me")
    assert t.step == "worker" and t.session.answers["want"].words == ("ring me",)


def test_several_may_be_ticked(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("late", "that's all")
    t.say("not sure")
    assert t.step == "services"
    t.say("1, 3")
    assert len(t.session.answers["services"].values) == 2
    t.say("back")
    t.send(choice="services=fostering\nservices=unsure")
    assert t.session.answers["services"].values == ("unsure",)


def test_not_understood_is_explained_then_differently_then_a_way_out(talk: Begin) -> None:
    t = talk()
    t.open()
    first = (t.say("9"), t.heard)[1]
    second = (t.say("zzz"), t.heard)[1]
    third = (t.say("zzz"), t.heard)[1]
    assert "from 1 to 6" in first and "For example" in second and "PERSON" in third
    t.say("PERSON")
    assert t.got(CallPerson)[0].why == "asked" and t.step == "!reach"
    t.say("text my aunt")
    assert t.step == "kind"


def test_a_bare_number_at_an_open_question_is_asked_about_once(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("compliment")
    t.say("7")
    assert t.step == "about" and "only the number 7" in t.heard
    t.say("7")
    assert t.step == "story" and t.session.answers["about"].words == ("7",)


def test_back_and_change_in_the_read_back(talk: Begin) -> None:
    t = parent_complains(talk())
    t.say("back")
    assert t.step == "contact"
    t.press("here")
    t.press("edit:want")
    assert t.step == "want"
    t.say("An apology")
    assert t.step == "check" and any("An apology" in c.label for c in t.message.choices)  # type: ignore[union-attr]
    t.press("edit:story")
    assert [c.token for c in t.message.choices] == ["story=done", "story=rewrite"]  # type: ignore[union-attr]
    t.press("rewrite")
    t.say("Nobody ever rings.")
    t.press("done", "send")
    assert t.words("story") == ("Nobody ever rings.",) and t.words("want") == ("An apology",)


def test_changing_who_one_is_changes_what_is_asked_and_leaves_no_trace(talk: Begin) -> None:
    t = parent_complains(talk())
    t.press("edit:who", "child", "16to17", "alone")
    assert t.step == "advocate"
    t.press("yes", "send")
    assert "behalf" not in t.record.facts and t.record.facts["age"] == ("16to17",)


def test_who_was_present_never_shows_in_the_read_back(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "child", "12to15", "watched")
    t.say("it is bad")
    t.press("done", "unsure", "unsure", "unsure", "no", "yes", "here")
    assert t.step == "check" and not any("present" in c.label or "alone" in c.label for c in t.message.choices)  # type: ignore[union-attr]
    t.press("send")
    assert t.record.facts["alone"] == ("watched",)


def test_an_old_button_changes_that_answer_before_and_not_after_sending(talk: Begin) -> None:
    t = parent_complains(talk())
    t.send(choice="behalf=child")
    assert "Changed" in t.heard and t.step == "behalf_who"
    t.say("Mia, 6")
    t.press("yes")
    t.say("skip")
    t.press("send")
    t.send(choice="who=parent")
    assert "already sent" in t.heard and not t.got(FileIt)


def test_answers_after_filing_are_added_and_filing_never_waits_for_them(talk: Begin) -> None:
    t = parent_complains(talk())
    t.press("send", "cat", "yes")
    t.say("Sam Fox")
    (amend,) = t.got(Amend)
    assert (amend.record, amend.event) == (1, "added") and amend.entries[0].words == ("Sam Fox",)
    t.press("no", "yes")
    assert "may have to wait" in t.heard
    t.press("25to44", "rather_not", "unknown")
    assert t.step == "next"
    t.press("add")
    t.say("He rang today.")
    assert t.got(Amend)[0].entries[0].words == ("He rang today.",)
    t.press("done", "bye")
    assert t.session.flow == "over" and t.step == ""


def test_over_twelve_months_is_noted_and_never_refused(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("late", "done", "3 March 2024")
    assert "more than a year ago" in t.heard and t.step == "services"
    t.press("unsure", "unsure", "no", "here", "send")
    assert t.record.facts["late"] == ("yes",)


def test_words_that_are_no_date_are_kept(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("late", "done", "whenever the moon is out")
    assert t.session.answers["when"].values == ("unsure",)
    assert t.session.answers["when"].words == ("whenever the moon is out",)


def test_for_a_child_the_childs_agreement_and_own_words_are_kept_apart(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "helper", "school", "child")
    t.say("Mia, 9")
    t.press("yes")
    t.say("I want to see my brother")
    t.say("Contact was stopped")
    t.press("done", "unsure", "unsure", "unsure", "no", "here", "send")
    assert t.words("behalf_words") == ("I want to see my brother",) and t.words("story") == ("Contact was stopped",)
    assert t.record.facts["behalf_agrees"] == ("yes",)


def test_pictures_join_the_story_and_one_question_is_asked(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.photo()
    assert t.step == "!hurt" and t.got(CallPerson)[0].why == "media"
    t.press("no")
    assert t.step == "story"
    t.photo("this is the room")
    assert t.step == "story"
    t.press("done", "unsure", "unsure", "unsure", "no", "here", "send")
    story = next(e for e in t.record.entries if e.step == "story")
    assert len(story.media) == 2 and story.words == ("this is the room",)


def test_a_picture_that_shows_harm(talk: Begin) -> None:
    t = talk()
    t.open()
    t.photo()
    t.press("yes")
    assert t.got(Alert)[0].level == "red" and t.step == "!safe"


def test_what_a_poster_preselects_is_answered_and_may_be_changed(talk: Begin) -> None:
    t = talk(kind="complaint", services="fostering", campaign="fortnight", halfway="nonsense")
    t.open()
    assert t.session.flow == "complaint" and t.step == "halfway"
    t.press("yes", "parent", "self")
    t.say("late", "done", "not sure")
    assert t.step == "want"
    t.press("unsure", "no", "here")
    t.press("edit:services", "unsure", "send")
    assert t.record.facts["services"] == ("unsure",) and t.record.facts["campaign"] == ("fortnight",)


def test_progress_by_receipt_from_another_channel(talk: Begin) -> None:
    t = talk(channel="sms")
    t.say("5")
    t.press("progress")
    t.say("1234 5678 9012")
    assert t.step == "receipt" and "16 digits" in t.heard
    t.say("١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦")
    (need,) = t.got(Need)
    assert need.about == "1234567890123456" and t.step == ""
    found = {"state": "found", "reference": "HB-1", "kind": "informal", "stage": "received", "filed_on": "2026-11-02"}
    t.send(event="found", found={**found, "acknowledge_by": "2026-11-03", "answer_by": "2026-11-16"})
    assert t.step == "then" and "2 November" in t.heard and "3 November" in t.heard
    assert "1234567890123456" not in str(t.session.to_json())
    t.press("make_complaint")
    assert t.got(Amend)[0].event == "made_complaint" and t.got(Amend)[0].reference == "HB-1"


def test_taking_it_back_asks_once_and_says_what_still_happens(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("progress")
    t.say("1234567890123456")
    t.send(
        event="found",
        found={
            "state": "found",
            "reference": "HB-1",
            "kind": "complaint",
            "stage": "answering",
            "filed_on": "2026-11-02",
        },
    )
    t.press("withdraw")
    assert "someone may be unsafe" in t.heard
    t.press("yes")
    assert t.got(Amend)[0].event == "withdrawn"


def found_complaint(talk: Begin, **stands: str) -> Talking:
    t = talk()
    t.open()
    t.press("progress")
    t.say("1234567890123456")
    found = {"state": "found", "reference": "HB-1", "kind": "complaint", "stage": "answering", "filed_on": "2026-11-02"}
    t.send(event="found", found={**found, **stands})
    assert t.step == "then"
    return t


def test_not_taking_it_back_is_said_and_adds_nothing(talk: Begin) -> None:
    t = found_complaint(talk)
    t.press("withdraw", "no")
    assert "We go on with it now" in t.heard and not t.got(Amend)
    t = found_complaint(talk, stage="withdrawn")
    assert "took it back" in t.heard and "then=withdraw" not in [choice.token for choice in t.message.choices]


def test_what_has_happened_is_told_before_what_comes_next(talk: Begin) -> None:
    heard = found_complaint(talk, answered_on="2026-11-05", answer_by="2026-12-10").heard
    assert heard.index("We have answered it") < heard.index("You get an answer by")


def test_who_asks_for_an_advocate_by_receipt_need_not_write_more(talk: Begin) -> None:
    t = found_complaint(talk)
    t.press("advocate")
    assert t.got(Amend)[0].event == "asked_advocate" and "anything else" in t.heard
    t.press("nothing")
    assert "with the team now" in t.heard


def test_a_wrong_receipt_is_asked_for_again_and_a_lost_one_leads_to_a_person(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("progress")
    t.say("1234567890123456")
    t.send(event="found", found={"state": "missing"})
    assert t.step == "receipt" and "cannot find" in t.heard
    t.press("lost")
    assert t.step == "kind" and "PERSON" in t.heard


def test_informal_feedback_can_become_a_complaint_without_starting_again(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("informal", "yes", "parent")
    t.say("It could be warmer")
    t.press("done", "unsure", "so_so", "unsure", "here")
    assert t.record.kind == "informal" and t.step == "picture"
    t.press("cat", "never", "make_complaint")
    assert t.got(Amend)[0].event == "made_complaint" and "complaint now" in t.heard


def test_stop_stops_and_never_closes_and_start_goes_on(talk: Begin) -> None:
    t = parent_complains(talk(channel="sms"))
    t.say("STOP")
    assert t.session.stopped and t.step == "" and "0800 1111" in t.heard
    t.say("START")
    assert t.step == "check"
    t.press("send")
    t.say("STOP")
    assert t.got(CallPerson)[0].why == "stopped" and not t.got(Amend)


def test_later_and_back_after_days(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent")
    t.say("LATER")
    assert t.step == "" and "Saved" in t.heard
    t.now = t.now.replace(day=t.now.day + 2)
    t.open()
    assert t.step == "!resume" and t.effects[-1].hide  # type: ignore[union-attr]
    t.press("on")
    assert t.step == "behalf"


def test_begin_again_leaves_what_there_was_to_a_person_unless_they_said_no(talk: Begin) -> None:
    for halfway, left in (("yes", FileIt), ("no", Erase)):
        t = talk()
        t.open()
        t.press("complaint", halfway, "parent", "self")
        t.say("Nobody rings")
        t.now = t.now.replace(day=t.now.day + 1)
        t.open()
        t.press("new")
        assert t.step == "kind" and len(t.got(left)) == 1


def test_send_what_there_is(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("Nobody rings")
    t.now = t.now.replace(day=t.now.day + 1)
    t.open()
    t.press("send")
    assert t.record.complete and "1111 2222" in t.heard and t.step == "next"


def test_an_unfinished_talk_is_given_to_a_person_or_erased(talk: Begin) -> None:
    for halfway, days, left in (("yes", 3, FileIt), ("no", 7, Erase)):
        t = talk()
        t.open()
        t.press("complaint", halfway, "parent", "self")
        t.say("Nobody rings")
        assert t.wait(days=days, hours=-1) is None and not t.effects
        t.wait(hours=2)
        assert len(t.got(left)) == 1 and t.session.flow == "over" and t.step == ""
        assert not any(isinstance(e, FileIt) and e.complete for e in t.effects)


def test_a_number_sent_after_the_end_or_after_days_answers_nothing_they_have_not_seen(talk: Begin) -> None:
    t = parent_complains(talk(channel="sms"))
    t.press("send", "cat", "never", "bye")
    t.say("1")
    assert t.step == "kind" and t.session.flow == "menu"
    t.press("complaint", "yes")
    t.now = t.now.replace(day=t.now.day + 2)
    t.say("3")
    assert t.step == "!resume" and not t.got(FileIt)
    t.now = t.now.replace(day=t.now.day + 2)
    t.say("STOP")
    assert t.session.stopped and t.step == ""


def test_a_talk_without_a_word_of_their_own_leaves_no_record(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent")
    t.wait(days=4)
    assert t.got(Erase) and not t.ever(FileIt)


def test_words_that_come_with_a_button_are_kept(talk: Begin) -> None:
    t = talk()
    t.open()
    t.send(choice="kind=complaint", text="it is about my room")
    t.press("yes", "parent", "self")
    t.send(choice="story=done", text="and the heating")
    t.press("unsure")
    t.send(choice="services=fostering", text="the night team")
    assert t.session.answers["services"].words == ("the night team",)
    t.press("unsure", "no", "here")
    t.send(choice="check=send", text="thank you so much")
    assert t.words("story") == ("it is about my room", "and the heating", "thank you so much") and t.words(
        "services"
    ) == ("the night team",)


def test_delete_asks_and_erases_the_draft(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes", "parent", "self")
    t.say("Nobody rings", "DELETE")
    t.press("no")
    assert t.step == "story" and "Not deleted" in t.heard
    t.say("DELETE", "yes")
    assert t.got(Erase) and t.step == "" and not t.session.answers


def test_language_changes_in_the_middle_and_the_question_is_asked_again(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint")
    t.say("LANGUAGE")
    t.press("cy")
    assert t.step == "halfway" and t.session.voice.language == "cy"
    t.say("language")
    t.say("Lingala")
    assert t.got(CallPerson)[0].why == "interpreter" and t.step == "halfway"


def test_a_text_message_confirms_the_language_it_seems_to_be_in(talk: Begin) -> None:
    t = talk(channel="sms", language="")
    t.send(text="mae fy ngweithiwr cymdeithasol yn hwyr", language="cy")
    assert t.step == "!confirm" and t.session.answers["story"].words
    t.press("yes")
    assert t.step == "kind" and t.session.voice.language == "cy"
    other = talk(channel="sms", language="")
    other.send(text="hi")
    assert other.step == "!language"
    other.say("Welsh")
    assert other.step == "kind" and other.session.voice.language == "cy"


def test_easy_words_and_pictures(talk: Begin) -> None:
    t = talk()
    t.open()
    t.say("EASY")
    assert t.session.voice.easy and t.message.easy and t.message.choices[0].emoji  # type: ignore[union-attr]
    t.press("complaint", "yes", "parent", "self")
    t.say("SYMBOLS")
    assert not t.session.voice.easy


def test_a_newer_session_is_refused_and_an_older_one_goes_on() -> None:
    data = Session().to_json()
    with pytest.raises(NewerSession, match="upgrade"):
        Session.from_json({**data, "version": 99})
    assert through_json(Session()) == Session()


def test_a_session_of_a_flow_that_is_gone_begins_again(talk: Begin) -> None:
    t = talk()
    t.open()
    t.session = t.session.but(flow="gone", pending=("!gone",))
    t.say("hello there friend")
    assert t.step == "kind"


def test_taking_it_back_is_confirmed_and_words_around_a_receipt_do_not_matter(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("progress")
    t.say("my number is 1234 5678 9012 3456 thanks")
    assert t.got(Need)[0].about == "1234567890123456"
    found = {"state": "found", "reference": "HB-1", "kind": "complaint", "stage": "late", "filed_on": "2026-11-02"}
    t.send(event="found", found=found)
    assert "late with our answer" in t.heard
    t.press("withdraw", "yes")
    assert "took it back" in t.heard and "with the team" not in t.heard


def test_a_story_told_where_the_language_was_asked_is_a_story(talk: Begin) -> None:
    t = talk(channel="sms", language="")
    t.send(text="hi")
    t.say("my social worker has not rung me back for weeks now")
    assert t.step == "!language" and "kept" in t.heard and not t.got(CallPerson)


def test_after_later_hello_is_a_greeting_and_a_blank_message_is_none(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("complaint", "yes")
    t.say("LATER", "hello again")
    assert t.step == "who" and "not understand" not in t.heard
    t.say("\u200b\u200d\u2060")
    assert "Nothing arrived" in t.heard


def test_a_task_belongs_to_the_record_under_way_and_to_no_other(talk: Begin) -> None:
    t = talk()
    t.open()
    t.press("compliment")
    t.say("Jo", "was kind")
    t.press("both")
    t.say("skip")
    t.press("new", "compliment")
    t.photo()
    assert t.got(CallPerson)[0].record == 2
