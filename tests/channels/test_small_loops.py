"""The loops of what is no complaint, whole: by signed web hooks and a stand-in for the provider, with a Polish phone.

Informal feedback to Sandwell: contact, the practitioner's action, the closing contact, the survey. A compliment: passed
on, and thanked for. One clock, which the test moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.calendar import LONDON
from casework.record import CaseEvent
from storage import models, working
from storage.models import table
from storage.working import Deed
from tests.channels.harness import Running, hearback
from tests.channels.twilio import Phone, Twilio, account

CASE = table(models.Case)
MONDAY = datetime(2026, 6, 1, 10, tzinfo=LONDON)
#: From the story to the end of what is asked.
TOLD = (
    "Moja pracownica socjalna nigdy do mnie nie oddzwania, choć obiecała.",
    *("1", "2", "tak", "1", "3", "1", "to wszystko", "2", "zle", "zeby do mnie zadzwonila", "nie", "1", "1", "4", "3"),
)
KIND = (
    "Moja pracownica socjalna bardzo mi pomogła i zawsze do mnie oddzwania.",
    *("1", "1", "Pani Nowak z nocnej zmiany", "1", "pomiń"),
)


@pytest.fixture
def sandwell(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Running, Phone]]:
    with hearback(tmp_path, [account("sandwell")], monkeypatch, twilio_url=provider) as running:
        at(running, MONDAY)
        yield running, Phone(running, twilio, to="sandwell")
        assert not twilio.wrong


def at(running: Running, moment: datetime) -> None:
    running.clock.ahead = moment - datetime.now(LONDON)


def did(running: Running, event: str, moment: datetime, **data: Any) -> None:
    """What staff do on the only record there is."""
    store = running.store
    with store.database.reading() as db:
        case, seen = db.execute(select(CASE.c.id, CASE.c.events)).one()
    deeds = [Deed(CaseEvent(event, moment, "staff:1", data=data))]
    store.writer.write(lambda db: working.do(db, store.vault, store.procedures, case, seen, deeds)).result(30)


def heard(running: Running, phone: Phone, moment: datetime) -> str:
    """What has come to the phone by a moment."""
    before = len(phone.inbox)
    at(running, moment)
    running.worked()
    return "\n".join(phone.inbox[before:])


def test_informal_feedback_from_the_first_text_to_the_survey(sandwell: tuple[Running, Phone]) -> None:
    running, phone = sandwell
    phone.say(*TOLD)
    (case,) = running.cases()
    reference = case["reference"]
    assert (case["kind"], case["language"], case["complete"]) == ("informal", "pl", True)

    def told(event: str, days: int, words: str, **data: Any) -> None:
        moment = MONDAY + timedelta(days=days)
        did(running, event, moment, **data)
        said = heard(running, phone, moment + timedelta(minutes=5))
        assert words in said, (event, said)

    told("contacted", 1, "rzecznik", who="Kai", rights=True)
    told("acted", 3, "Zrobili", what="A manager rang them")
    told("loop_closed", 8, "Dziękujemy", who="Kai")
    told("closed", 9, reference)
    asked = heard(running, phone, datetime(2026, 6, 15, 10, 5, tzinfo=LONDON))
    assert "Czy dobrze zrozumieliśmy" in asked
    phone.say("1", "1", "2", "2")
    assert "Dziękujemy" in phone.say("nic")
    (case,) = running.cases()
    kinds = [event["type"] for event in case["events"]]
    assert [kind for kind in kinds if kind in ("contacted", "acted", "loop_closed", "closed", "survey_asked")] == [
        *("contacted", "acted", "loop_closed", "closed", "survey_asked")
    ]
    assert kinds.count("told") == 4 and case["facts"]["survey_understood"] == ["yes"]


def test_a_compliment_is_passed_on_and_thanked_for(sandwell: tuple[Running, Phone]) -> None:
    running, phone = sandwell
    phone.say(*KIND)
    (case,) = running.cases()
    assert (case["kind"], case["language"], case["complete"]) == ("compliment", "pl", True)
    moment = MONDAY + timedelta(days=1)
    did(running, "passed_on", moment, to="Pani Nowak")
    assert "Dziękujemy" in heard(running, phone, moment + timedelta(minutes=5))
    assert heard(running, phone, moment + timedelta(days=40)) == "", "nobody is asked how we did with a kind word"
