"""WhatsApp carries our own words for a day after the person's last; later they are asked, once, to write."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.sms import whatsapp
from bot.config import BadSettings
from bot.endpoints import opened
from casework.calendar import LONDON
from flows.message import Message
from storage import sending, windows
from tests.channels.harness import Running, hearback
from tests.channels.test_sms import ENGLISH, WELSH
from tests.channels.twilio import NUMBER, SERVICE, Phone, Template, Twilio, account

ENGLISH_SID, WELSH_SID = "HX" + "0" * 31 + "1", "HX" + "0" * 31 + "2"
TEMPLATES = {
    ENGLISH_SID: Template("There is a message for you. Reply to this message to read it."),
    WELSH_SID: Template("Mae neges i chi. Atebwch y neges hon i'w darllen.", "cy"),
}
GIVEN = f"en={ENGLISH_SID}, cy={WELSH_SID}"
ANSWER = "We spoke with the team about the calls."
DAY = timedelta(hours=25)


@pytest.fixture
def twilio() -> Twilio:
    return Twilio(templates=dict(TEMPLATES))


@pytest.fixture
def asking(tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server with templates, at noon."""
    mine = [account(whatsapp_templates=GIVEN)]
    with hearback(tmp_path, mine, monkeypatch, twilio_url=provider) as running:
        at_noon(running)
        yield running
        assert not twilio.wrong


def at_noon(running: Running) -> None:
    """Outside the quiet hours, whenever the test runs."""
    now = running.clock().astimezone(LONDON)
    running.clock.ahead += now.replace(hour=12, minute=0) + timedelta(days=1) - now


def complained(running: Running, twilio: Twilio, *, answers: tuple[str, ...] = ENGLISH, number: str = "1") -> Phone:
    phone = Phone(running, twilio, f"whatsapp:+4477009005{number:0>2}")
    first, *rest = answers
    phone.say(first, *(["1"] if answers is WELSH else []), *rest)
    twilio.texts.clear()
    return phone


def reply(running: Running, text: str = ANSWER, language: str = "en") -> int:
    """Staff write to the newest record; the row of the outbox."""
    (row,) = running.rows("SELECT id FROM cases ORDER BY id DESC LIMIT 1")
    vault, now = running.store.vault, running.clock()
    sent = running.store.writer.write(
        lambda db: sending.send(db, vault, row["id"], "reply", Message((text,), language), now)
    ).result(30)
    assert sent.outbox
    return sent.outbox


def stands(running: Running, number: int, *wanted: str) -> None:
    """Wait until a row of the outbox stands so: state, then error."""
    end = time.monotonic() + 20
    while True:
        (row,) = running.rows(f"SELECT state, error FROM outbox WHERE id = {number}")
        if (row["state"], row["error"]) == wanted:
            return
        assert time.monotonic() < end, dict(row)
        time.sleep(0.02)


def unreached(running: Running) -> list[str]:
    """Tasks about people whom a message did not reach; clocks of a record may have made others meanwhile."""
    return [why for why in running.tasks() if why in ("undelivered", "telephone", "stopped")]


def contents(twilio: Twilio) -> list[str]:
    return [text.content or text.body for text in twilio.texts]


def test_after_a_day_they_are_asked_once_and_all_of_it_comes_when_they_write(asking: Running, twilio: Twilio) -> None:
    phone = complained(asking, twilio)
    twilio.late = True  # words of ours that leave all the same are found in ``too_late``
    asking.clock.ahead += DAY
    first, second = reply(asking), reply(asking, "And one thing more.")
    stands(asking, first, "due", windows.ASKED)
    stands(asking, second, "due", windows.ASKED)
    assert contents(twilio) == [ENGLISH_SID] and not unreached(asking)
    assert twilio.texts[0].body == TEMPLATES[ENGLISH_SID].body and "asked=1" in twilio.texts[0].callback
    phone.say("yes")
    assert contents(twilio)[1:3] == [ANSWER, "And one thing more."]
    assert ENGLISH_SID not in contents(twilio)[1:] and not twilio.too_late
    # Later it is another batch.
    twilio.texts.clear()
    asking.clock.ahead += DAY
    stands(asking, reply(asking), "due", windows.ASKED)
    assert contents(twilio) == [ENGLISH_SID]


def test_within_a_day_it_is_sent_as_it_is(asking: Running, twilio: Twilio) -> None:
    complained(asking, twilio)
    asking.clock.ahead += timedelta(hours=23)
    stands(asking, reply(asking), "sent", "")
    assert contents(twilio) == [ANSWER]


def test_the_template_is_in_their_language(asking: Running, twilio: Twilio) -> None:
    complained(asking, twilio, answers=WELSH)
    asking.clock.ahead += DAY
    stands(asking, reply(asking, "Diolch.", "cy"), "due", windows.ASKED)
    assert contents(twilio) == [WELSH_SID]
    assert whatsapp.template(whatsapp.templates({"whatsapp_templates": GIVEN}), "ar") == ENGLISH_SID


@pytest.mark.parametrize("closed", [False, True], ids=["by its own clock", "by the provider's word"])
def test_without_a_template_it_is_a_task(running: Running, twilio: Twilio, closed: bool) -> None:
    at_noon(running)
    phone = complained(running, twilio)
    if closed:
        twilio.heard.pop(phone.number)
    else:
        running.clock.ahead += DAY
    stands(running, reply(running), "failed", "63016")
    assert unreached(running) == ["undelivered"] and not twilio.texts


def test_what_the_provider_refuses_at_once_waits_too(asking: Running, twilio: Twilio) -> None:
    phone = complained(asking, twilio)
    twilio.heard.pop(phone.number)  # it never counted their last message
    stands(asking, reply(asking), "due", windows.ASKED)
    assert contents(twilio) == [ENGLISH_SID] and not unreached(asking)
    phone.say("yes")
    assert ANSWER in phone.inbox


def test_what_the_provider_refuses_in_a_report_is_not_lost(asking: Running, twilio: Twilio) -> None:
    phone = complained(asking, twilio)
    twilio.late = True
    twilio.heard.pop(phone.number)
    number = reply(asking)
    stands(asking, number, "sent", "")
    (text,) = twilio.too_late
    assert not asking.rows(f"SELECT id FROM outbox WHERE id = {number} AND body IS NOT NULL")
    assert phone.report(text, "undelivered", "63016").status_code == 200
    stands(asking, number, "due", windows.ASKED)
    phone.report(text, "undelivered", "63016")  # told twice
    stands(asking, number, "due", windows.ASKED)
    assert contents(twilio) == [ENGLISH_SID] and not unreached(asking)
    phone.say("yes")
    assert phone.inbox.count(ANSWER) == 1
    phone.report(text, "undelivered", "63016")  # and once more, about the first attempt
    stands(asking, number, "sent", "")
    assert len(twilio.too_late) == 1


def test_a_number_that_the_log_covers_cannot_be_said_again_and_is_a_task(asking: Running, twilio: Twilio) -> None:
    phone = Phone(asking, twilio, "whatsapp:+447700900577")
    phone.say(*ENGLISH)
    (number,) = (text for text in twilio.texts if re.search(r"\d{4} \d{4} \d{4} \d{4}", text.body))
    assert phone.report(number, "failed", "63016").status_code == 200
    stands(asking, int(number.row), "failed", windows.COVERED)
    assert unreached(asking) == ["undelivered"]


def test_who_does_not_write_is_a_task_and_the_message_still_waits(asking: Running, twilio: Twilio) -> None:
    phone = complained(asking, twilio)
    asking.clock.ahead += DAY
    number = reply(asking)
    stands(asking, number, "due", windows.ASKED)
    asking.clock.ahead += windows.PATIENCE
    stands(asking, number, "due", windows.TOLD)
    later = reply(asking, "And one thing more.")
    stands(asking, later, "due", windows.TOLD)
    assert unreached(asking) == ["undelivered"] and contents(twilio) == [ENGLISH_SID]
    phone.say("hello?")
    assert contents(twilio)[1:3] == [ANSWER, "And one thing more."]


@pytest.mark.parametrize("how", ["at once", "in a report"])
def test_who_cannot_be_asked_is_a_task_and_the_message_still_waits(asking: Running, twilio: Twilio, how: str) -> None:
    phone = complained(asking, twilio)
    asking.clock.ahead += DAY
    if how == "at once":
        twilio.templates.clear()
    number = reply(asking)
    if how == "in a report":
        stands(asking, number, "due", windows.ASKED)
        assert phone.report(twilio.texts[-1], "failed", "63049").status_code == 200
    stands(asking, number, "due", windows.TOLD)
    assert unreached(asking) == ["undelivered"]
    phone.say("hello?")
    assert ANSWER in phone.inbox


@pytest.mark.parametrize(("code", "why"), [("63024", "undelivered"), ("63032", "stopped")])
def test_who_is_not_there_or_said_stop_is_not_waited_for(asking: Running, twilio: Twilio, code: str, why: str) -> None:
    phone = complained(asking, twilio)
    asking.clock.ahead += DAY
    number = reply(asking)
    stands(asking, number, "due", windows.ASKED)
    assert phone.report(twilio.texts[-1], "failed", code).status_code == 200
    stands(asking, number, "undelivered", code)
    assert unreached(asking) == [why]


def test_where_somebody_is_in_danger_nobody_waits_for_an_answer(asking: Running, twilio: Twilio) -> None:
    phone = Phone(asking, twilio, "whatsapp:+447700900578")
    phone.say("my stepdad hits me every night")
    assert asking.rows("SELECT id FROM alert") and not unreached(asking)
    answer = twilio.texts[-1]
    assert phone.report(answer, "failed", "63016").status_code == 200
    stands(asking, int(answer.row), "due", windows.ASKED)
    assert unreached(asking) == ["telephone"]


def test_they_are_not_asked_in_quiet_hours(asking: Running, twilio: Twilio) -> None:
    complained(asking, twilio)
    asking.clock.ahead += timedelta(hours=35)  # 23:00
    number = reply(asking)
    time.sleep(0.3)
    stands(asking, number, "due", "")
    assert not twilio.texts
    asking.clock.ahead += timedelta(hours=12)
    stands(asking, number, "due", windows.ASKED)
    assert contents(twilio) == [ENGLISH_SID]


def test_whoever_wrote_while_they_were_being_asked_has_it_at_once(asking: Running, twilio: Twilio) -> None:
    phone = complained(asking, twilio)
    asking.clock.ahead += DAY
    twilio.slow = 0.5
    number = reply(asking)
    time.sleep(0.25)
    phone.send("are you there?")
    stands(asking, number, "sent", "")
    assert ENGLISH_SID in contents(twilio) and ANSWER in phone.inbox


def test_what_asked_them_is_emptied_at_the_provider_too(asking: Running, twilio: Twilio) -> None:
    complained(asking, twilio)
    asking.clock.ahead += DAY
    stands(asking, reply(asking), "due", windows.ASKED)
    (text,) = twilio.texts
    assert asking.rows(f"SELECT key FROM job WHERE kind = 'redact' AND key LIKE '%{text.sid}'")


# Whom it is from -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sms", "over_whatsapp"),
    [
        ({}, NUMBER, f"whatsapp:{NUMBER}"),
        ({"whatsapp": "+447700900001"}, NUMBER, "whatsapp:+447700900001"),
        ({"number": "", "messaging_service_sid": SERVICE}, SERVICE, SERVICE),
        ({"messaging_service_sid": SERVICE}, SERVICE, f"whatsapp:{NUMBER}"),
        ({"number": "", "messaging_service_sid": SERVICE, "whatsapp": "+447700900001"}, SERVICE,
         "whatsapp:+447700900001"),
    ],
)  # fmt: skip
def test_every_message_has_a_sender(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch,
    values: dict[str, str], sms: str, over_whatsapp: str,
) -> None:  # fmt: skip
    with hearback(tmp_path, [account(**values)], monkeypatch, twilio_url=provider) as running:
        for number in ("+447700900123", "whatsapp:+447700900123"):
            Phone(running, twilio, number).say("hello there, I want to say something")
    assert {(text.to[:8], text.sender) for text in twilio.texts} == {("+4477009", sms), ("whatsapp", over_whatsapp)}
    assert not twilio.wrong


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (f"xx={ENGLISH_SID}", "names each language once"),
        (ENGLISH_SID, "names each language once"),
        (f"en={ENGLISH_SID}, en={WELSH_SID}", "names each language once"),
        ("en=HX123", "begins with HX"),
        (f"en:{ENGLISH_SID}", "names each language once"),
    ],
)
def test_templates_that_could_never_work_are_refused_at_the_start(given: str, wanted: str) -> None:
    with pytest.raises(BadSettings, match=wanted):
        opened([account(whatsapp_templates=given)], None)  # type: ignore[arg-type]  # it is not reached
