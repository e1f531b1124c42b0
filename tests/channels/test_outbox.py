"""Delivering: in order, again and again, at last given up; nobody waits for somebody else's provider."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.sms.rest import seconds, sorted_out
from tests.channels.harness import QUICK, Running, hearback
from tests.channels.twilio import NUMBER, Phone, Twilio, account

HELLO = "hello there, I want to say something"


def test_every_passing_failure_is_tried_again_and_order_holds(running: Running, twilio: Twilio) -> None:
    twilio.next = ["reset", (500, 20500), "nonsense", (503, 20503)]
    phone = Phone(running, twilio)
    phone.send(HELLO)
    phone.send("1")
    running.quiet()
    twilio.next = ["empty"]
    phone.say("The cook")
    assert "What would you like to do?" in phone.inbox[1] and "Which person or team" in phone.inbox[2]
    refused = {why: count for (channel, why), count in running.counts.items() if channel == "sms"}
    assert refused == {"again: network": 1, "again: 20500": 1, "again: nonsense": 2, "again: 503": 1}
    rows = running.rows("SELECT state, attempts FROM outbox ORDER BY id")
    assert [(row["state"], row["attempts"]) for row in rows] == [("sent", 5), ("sent", 1), ("sent", 2)]


def test_a_part_that_went_is_not_sent_again_for_the_sake_of_the_next(running: Running, twilio: Twilio) -> None:
    phone = Phone(running, twilio)
    twilio.next = [None, "reset"]
    phone.say(HELLO)
    assert len(phone.inbox) == len(set(phone.inbox)) == 2


def test_retry_after_holds_back_the_whole_number(running: Running, twilio: Twilio) -> None:
    twilio.next = [(429, 1)]
    began = time.monotonic()
    one, two = Phone(running, twilio), Phone(running, twilio, "+447700900222")
    one.send(HELLO)
    time.sleep(0.3)
    two.send(HELLO)
    running.quiet()
    assert time.monotonic() - began >= 1.0 and len(one.inbox) == len(two.inbox) == 2


def test_a_wrong_token_keeps_messages_until_it_is_put_right(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hearback(tmp_path, [account(auth_token="wrong" * 8)], monkeypatch, twilio_url=provider) as running:
        phone = Phone(running, twilio)
        assert phone.post(phone.form(HELLO), token="wrong" * 8).status_code == 200
        end = time.monotonic() + 10
        while not running.counts["sms", "again: 20003"]:
            assert time.monotonic() < end
            time.sleep(0.01)
        running.counts.clear()
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        running.clock.ahead += running.clock.ahead.__class__(hours=1)
        running.quiet()
        assert "What would you like to do?" in twilio.texts[-1].body


def test_what_keeps_failing_is_given_up_visibly(running: Running, twilio: Twilio) -> None:
    twilio.always = (500, 20500)
    phone = Phone(running, twilio)
    phone.send(HELLO)
    running.quiet()
    (row,) = running.rows("SELECT state, error, attempts, body FROM outbox")
    assert (row["state"], row["error"], row["attempts"], row["body"]) == ("failed", "20500", QUICK.tries, None)
    assert running.tasks() == ["undelivered"]
    twilio.always = None
    assert "?" in phone.say("1"), "later ones may go"


def test_a_stalled_number_delays_nobody_elses(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.always, twilio.only = "stall", NUMBER
    patience = replace(QUICK, call=3.0, lease=30.0)
    accounts = [account(), account("sandwell", number=NUMBER[:-1] + "9")]
    with hearback(tmp_path, accounts, monkeypatch, patience, twilio_url=provider) as running:
        for number in range(20):
            Phone(running, twilio, f"+4477009003{number:02}").send(HELLO)
        time.sleep(0.2)
        phone = Phone(running, twilio, to="sandwell")
        began = time.monotonic()
        phone.send(HELLO)
        while len(phone.inbox) < 2:
            assert time.monotonic() - began < 2, "the other number waits"
            time.sleep(0.005)
        assert twilio.refused and {text.to for text in twilio.texts} == {phone.number}


def test_a_stop_finishes_what_is_under_way(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.slow = 0.5
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        Phone(running, twilio).send(HELLO)
        time.sleep(0.2)
    assert len(twilio.texts) == 2
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        time.sleep(0.3)
        assert [row["state"] for row in running.rows("SELECT state FROM outbox")] == ["sent"]
        assert len(twilio.texts) == 2, "marked before it stopped: not sent twice"


@pytest.mark.parametrize(
    ("given", "wanted"), [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("99999", 3600.0), ("soon", None), ("", None)]
)
def test_retry_after(given: str, wanted: float | None) -> None:
    assert seconds({"retry-after": given}) == wanted


@pytest.mark.parametrize(
    ("code", "retryable", "stopped"),
    [(21610, False, True), (21614, False, False), (21211, False, False), (20003, True, False), (99999, False, False)],
)
def test_codes(code: int, retryable: bool, stopped: bool) -> None:
    class Refused(Exception):
        def __init__(self) -> None:
            self.code, self.status = code, 400

    error = sorted_out(Refused())
    assert (error.retryable, error.stopped, error.code) == (retryable, stopped, str(code))


def test_anything_else_is_tried_again_without_its_text() -> None:
    what: Any = RuntimeError("said: Zebediah")
    error = sorted_out(what)
    assert error.retryable and "Zebediah" not in str(error)
