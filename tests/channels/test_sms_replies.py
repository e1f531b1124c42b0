"""What becomes of a text of ours: reports in any order, numbers that take none, people who said STOP."""

from __future__ import annotations

import pytest

from tests.channels.harness import Running
from tests.channels.test_sms import ENGLISH
from tests.channels.twilio import Phone, Twilio


def states(running: Running) -> list[tuple[str, str]]:
    return [(row["state"], row["error"]) for row in running.rows("SELECT state, error FROM outbox ORDER BY id")]


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([("queued", ""), ("sent", ""), ("delivered", "")], ("delivered", "")),
        ([("delivered", ""), ("sent", ""), ("queued", "")], ("delivered", "")),
        ([("delivered", ""), ("delivered", ""), ("undelivered", "30003")], ("delivered", "")),
        ([("undelivered", "30006"), ("sent", "")], ("undelivered", "30006")),
        ([("failed", "30007"), ("delivered", "")], ("undelivered", "30007")),
        ([("read", "")], ("delivered", "")),
        ([("sending", ""), ("a word they add one day", "")], ("sent", "")),
        ([("undelivered", "not a code; DROP TABLE")], ("undelivered", "")),
    ],
)
def test_reports_in_any_order(
    running: Running, twilio: Twilio, reports: list[tuple[str, str]], state: tuple[str, str]
) -> None:
    phone = Phone(running, twilio)
    phone.say("hello there, I want to say something")
    text = twilio.texts[-1]
    for status, code in reports:
        assert phone.report(text, status, code).status_code == 200
    assert states(running)[-1] == state
    assert running.tasks() == (["undelivered"] if state[0] == "undelivered" else [])


def test_a_report_about_the_first_of_two_texts_says_nothing_of_the_second(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("hello there, I want to say something")
    first, last = twilio.texts
    assert first.row == last.row and "last=1" in last.callback and "last=1" not in first.callback
    phone.report(first, "delivered")
    assert states(running) == [("sent", "")]
    phone.report(last, "delivered")
    assert states(running) == [("delivered", "")]


def test_reports_that_are_not_ours(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("hello there, I want to say something")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert phone.post(form, path="/sms/dudley/status?n=12345&last=1").status_code == 200
    assert running.counts["sms", "unknown report"] == 1
    for query in ("", "?n=", "?n=x", "?n=-1", "?n=99999999999999999999", "?n=١٢"):
        answer = phone.post(
            form, path=f"/sms/dudley/status{query}" if query.isascii() else "/sms/dudley/status?n=%D9%A1"
        )
        assert answer.status_code == 400
    assert phone.post({"MessageSid": "SM1"}, path="/sms/dudley/status?n=1").status_code == 400
    assert phone.post(form, path="/sms/dudley/status?n=1", signed="no").status_code == 403


def test_a_landline_is_given_up_and_staff_are_told_once(running: Running, twilio: Twilio) -> None:
    twilio.always = (400, 21614)
    phone = Phone(running, twilio)
    phone.say("Nobody rings me back at all, not once", "3")
    assert set(states(running)) == {("failed", "21614")} and running.tasks() == ["undelivered"]
    assert not running.rows("SELECT id FROM outbox WHERE body IS NOT NULL"), "what cannot be sent is not kept"


def test_who_said_stop_is_sent_nothing_and_the_complaint_goes_on(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say(*ENGLISH)
    (case,) = running.cases()
    sent = len(twilio.texts)
    twilio.always = (400, 21610)
    phone.say("UNSUBSCRIBE", OptOutType="STOP")
    assert len(twilio.texts) == sent
    assert running.cases()[0]["stage"] == case["stage"] == "received"
    assert running.tasks() == ["stopped"], "asked once, not again for the refused reply"
    twilio.always = None
    assert phone.say("START", OptOutType="START")


def test_stop_before_anything_is_on_record_leaves_nobody_anything_to_do(running: Running, twilio: Twilio) -> None:
    twilio.always = (400, 21610)
    Phone(running, twilio).say("Something about my school I want to say")
    assert running.tasks() == [] and set(states(running)) == {("failed", "21610")}


@pytest.mark.parametrize("later", [False, True])
def test_stop_after_a_sign_of_danger_means_telephone(running: Running, twilio: Twilio, later: bool) -> None:
    phone = Phone(running, twilio)
    if later:
        phone.say("He hits me every day and I am scared")
        phone.report(twilio.texts[-1], "failed", "21610")
    else:
        twilio.always = (400, 21610)
        phone.say("He hits me every day and I am scared")
    assert "telephone" in running.tasks() and running.tasks().count("telephone") == 1
    (case,) = running.cases()
    assert case["alerts"] and "telephone" in [task["why"] for task in case["tasks"]]


def test_help_is_answered_in_their_language(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("Mae fy ngweithiwr cymdeithasol yn hwyr bob tro", "1")
    assert "999" in phone.say("HELP", OptOutType="HELP")
    assert "999" in phone.say("cymorth")


def test_two_organisations_numbers_never_cross(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    phone.say("hello there, I want to say something")
    assert phone.post(phone.form("hello"), path="/sms/sandwell").status_code in (404, 405)
