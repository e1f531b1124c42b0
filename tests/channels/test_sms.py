"""Complaints by text, through Twilio's own client, against a stand-in that is as strict as the real one."""

from __future__ import annotations

import pytest

from tests.channels.harness import Running, same_record
from tests.channels.twilio import Phone, Twilio

ENGLISH = (
    "Nobody from the team has rung me back for three weeks", "3", "1", "2", "1", "I have left six messages",
    "thats all", "last Tuesday", "1 3", "I want someone to ring me", "1", "1", "1", "2", "1",
)  # fmt: skip
WELSH = (
    "Does neb yn ateb y ffôn yn y swyddfa ers tair wythnos", "3", "1", "2", "1", "dyna ni", "ers 2 Tachwedd", "1 3",
    "Dw i eisiau i rywun ateb", "1", "1", "1", "2", "1",
)  # fmt: skip
ARABIC = (
    "لم يتصل بي أحد من الفريق منذ ثلاثة أسابيع", "٣", "١", "٢", "١", "١", "منذ 2 نوفمبر", "1 3",
    "أريد أن يتصل بي أحد", "1", "1", "1", "2", "1",
)  # fmt: skip


@pytest.mark.parametrize(("answers", "language"), [(ENGLISH, "en"), (WELSH, "cy"), (ARABIC, "ar")])
def test_a_whole_complaint(running: Running, twilio: Twilio, answers: tuple[str, ...], language: str) -> None:
    phone = Phone(running, twilio)
    first, *rest = answers
    phone.say(first, *(["1"] if language != "en" else []), *rest)
    (case,) = running.cases()
    assert (case["complete"], case["language"], case["channel"]) == (True, language, "sms")
    assert any(case["reference"] in text for text in phone.inbox)
    same_record(case, running.by_web("dudley", answers, language))


def test_the_first_text_says_what_a_text_costs_and_no_other(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("I want to say something", "1", "The cook")
    costs = [text for text in phone.inbox if "costs your normal rate" in text]
    assert len(costs) == 1 and costs[0] in phone.inbox[:2]


def test_whatsapp_comes_and_goes_on_the_same_path(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio, "whatsapp:+447700900555")
    assert "What would you like to do?" in phone.say("I want to say something about my school please")
    assert twilio.texts[-1].to == "whatsapp:+447700900555"
    assert len(running.rows("SELECT id FROM talk")) == 1


@pytest.mark.parametrize("sender", ["HSBC", "85258", "whatsapp:Bank", "+0123456", "anonymous"])
def test_who_cannot_be_answered_is_not_processed(running: Running, twilio: Twilio, sender: str) -> None:
    Phone(running, twilio, sender).send("Your parcel is waiting")
    assert running.counts["sms", "nobody to answer"] == 1
    assert not running.rows("SELECT id FROM talk") and not twilio.texts


def test_the_same_text_five_times_and_a_day_later(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    form = phone.form("Nobody rings me back at all")
    for _ in range(5):
        assert phone.post(form).status_code == 200
    running.quiet()
    once = list(phone.inbox)
    phone.say("2")
    running.clock.ahead += running.clock.ahead.__class__(days=1)
    assert phone.post(form).status_code == 200
    running.quiet()
    assert len(running.rows("SELECT id FROM inbound")) == 2
    assert phone.inbox[: len(once)] == once and sum("Hello" in text for text in phone.inbox) == 1


def test_two_texts_in_the_wrong_order_are_both_kept(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("I want to make a complaint about my school", "3", "1", "2", "1")
    first, second = phone.form("It began in June."), phone.form("Then they moved me.")
    assert [phone.post(form).status_code for form in (second, first)] == [200, 200]
    running.quiet()
    phone.say("that is all", "not sure", "1", "an answer please", "1", "1", "1")
    (case,) = running.cases()
    (story,) = (entry for entry in case["entries"] if entry["step"] == "story")
    assert {"It began in June.", "Then they moved me."} <= set(story["words"])


def test_siblings_on_one_number_get_records_of_their_own(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("The cook is great, thank you so much", "1", "The cook", "1", "SKIP")
    phone.say("4", "1")
    phone.say("The bus driver is kind to me every day", "1", "The driver", "1", "SKIP")
    one, two = running.cases()
    assert one["reference"] != two["reference"]
    assert "driver" not in str(one["entries"]) and "cook" not in str(two["entries"])


def test_a_blank_text_is_answered_with_the_question(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    assert "?" in phone.say("")
    assert "?" in phone.say("  \n ")
    assert len(running.rows("SELECT id FROM talk")) == 1


def test_words_numbers_and_secrets_are_never_logged(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio, "+447700900987")
    twilio.next = [(500, 20500), (400, 21614), "nonsense"]
    phone.say("Zebediah Quibblethorpe never rings me", "3", "1", "2", "1", "that is all")
    phone.post(phone.form("Quibblethorpe"), signed="wrong")
    phone.post({"MessageSid": "x", "From": phone.number, "Body": "Quibblethorpe", "AccountSid": "other"})
    logged = running.log.getvalue()
    assert "a channel refused something" in logged
    for secret in ("Zebediah", "Quibblethorpe", "7700900", "a-token-of-the-test", "kept what you wrote"):
        assert secret not in logged
