"""A lost number: checked, made anew, shown once or sent through the gate; the old one opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from casework.calendar import LONDON
from storage import casefile, models, outbox
from storage.models import table
from tests.console.conftest import Browser, House, running
from tests.console.desk import PHONE, Desk, chromium, overflows, serious
from tests.storage.people import Person

DAY = datetime(2026, 6, 1, 10, tzinfo=LONDON)
GOOD = {"checks": "told", "how": "They told me about the bus and the day."}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("recover")) as made:
        made.clock.ahead = DAY + timedelta(hours=2) - datetime.now(LONDON)
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("sandwell", "officer")


def filed(house: House, channel: str = "sms", contact: str = "1") -> tuple[Person, str, str]:
    """Somebody whose complaint was sent; its reference and number."""
    endpoint = "+441632960000" if channel == "sms" else f"sandwell-{channel}"
    person = Person(house.store.writer, channel=channel, organisation="sandwell", endpoint=endpoint)
    person.now = house.clock() - timedelta(hours=2)
    while True:
        asked = person.last is not None and person.last.step == "contact"
        reply = person.say(contact) if asked else person.heard(house.store.writer.take(person.next()).result(30))
        if reply.reference:
            return person, reply.reference, reply.receipt


def look(house: House, receipt: str) -> str:
    """What somebody with a number is told elsewhere."""
    other = Person(house.store.writer, organisation="sandwell", endpoint="web")
    other.now = house.clock()
    other.say(event="open")
    other.say(choice="kind=progress")
    return "\n".join(line for _, message in other.say(receipt).messages for line in message.lines)


def delivered(house: House) -> list[str]:
    """Every line that may leave now, in turn."""
    write, lines = house.store.writer.write, []
    while parcels := write(lambda db: outbox.claim(db, house.store.vault, "sms", house.clock())).result(30):
        lines += [line for parcel in parcels for line in parcel.outgoing.message.lines]
        done = [(parcel.id, "SM") for parcel in parcels]
        write(lambda db, done=done: outbox.sent(db, done, house.clock())).result(30)
    return lines


def renew(jo: Browser, reference: str, **given: str) -> tuple[int, str]:
    path = f"/staff/record/{reference}/receipt"
    answer = jo.post(path, {**GOOD, **given}, token=jo.token(path))
    return answer.status_code, answer.text


def test_after_a_check_there_is_a_new_number_and_the_old_one_is_dead(house: House, jo: Browser) -> None:
    _, reference, old = filed(house)
    assert f"/record/{reference}/receipt" in jo.get(f"/staff/record/{reference}").text
    status, page = renew(jo, reference)
    new = re.findall(r"\d{4} \d{4} \d{4} \d{4}", page)
    assert status == 200 and len(new) == 1 and new[0] != old
    assert "Yes, we have it" in look(house, new[0]) and "cannot find" in look(house, old)
    with house.store.database.reading() as db:
        event = casefile.events(db, house.store.vault, casefile.find(db, reference))[-1]
    assert (event.kind, event.data["checks"], event.data["note"]) == ("receipt_renewed", ["told"], GOOD["how"])
    assert new[0] not in str(event.data)
    record = jo.get(f"/staff/record/{reference}").text
    assert "A new number was given out" in record and "They told me what they had sent" in record
    assert new[0] not in record and any("receipt" in what for what in house.audited())


def test_nothing_is_made_without_a_check_and_its_words(house: House, jo: Browser) -> None:
    _, reference, old = filed(house)
    for given, words in (({"checks": ""}, "Choose how"), ({"how": " "}, "Write what you asked")):
        status, page = renew(jo, reference, **given)
        assert status == 422 and words in page
    assert "bus and the day" in renew(jo, reference, checks="nonsense")[1], "what was typed is still there"
    assert "Yes, we have it" in look(house, old)


def test_it_is_sent_to_their_own_phone_and_covered_in_the_log(house: House, jo: Browser) -> None:
    _, reference, _ = filed(house)
    status, page = renew(jo, reference, send="yes")
    new = re.findall(r"\d{4} \d{4} \d{4} \d{4}", page)[0]
    assert status == 200 and "also sent" in page
    assert [line for line in delivered(house) if new in line]
    assert new not in jo.get(f"/staff/record/{reference}").text


@pytest.mark.parametrize("contact", ["1 8", "9"])
def test_it_is_never_sent_to_a_shared_phone_or_where_contact_is_refused(
    house: House, jo: Browser, contact: str
) -> None:
    _, reference, _ = filed(house, contact=contact)
    assert "It cannot be sent to them" in jo.get(f"/staff/record/{reference}/receipt").text
    status, page = renew(jo, reference, send="yes")
    assert status == 200 and "It was not sent" in page and re.search(r"\d{4} \d{4} \d{4} \d{4}", page)
    new = re.findall(r"\d{4} \d{4} \d{4} \d{4}", page)[0]
    with house.store.database.reading() as db:
        assert new not in str(casefile.events(db, house.store.vault, casefile.find(db, reference)))


def test_an_unfinished_record_has_no_number_to_renew(house: House, jo: Browser) -> None:
    _, reference, _ = filed(house)
    case = table(models.Case)
    this = case.c.reference == reference
    house.store.writer.write(
        lambda db: db.connection().execute(update(case).where(this).values(complete=False))
    ).result()
    assert "has no number yet" in jo.get(f"/staff/record/{reference}/receipt").text
    with house.store.database.reading() as db:
        before = db.execute(select(case.c.receipt_hash).where(this)).scalar()
    assert jo.post(f"/staff/record/{reference}/receipt", GOOD, token=jo.token("/staff/account")).status_code == 200
    with house.store.database.reading() as db:
        assert db.execute(select(case.c.receipt_hash).where(this)).scalar() == before


def test_in_a_browser(house: House) -> None:
    _, reference, _ = filed(house)
    number, _ = house.add("sandwell", ("officer",))
    with chromium() as browser:
        desk = Desk(house, browser, number, PHONE)
        page = desk.page
        page.goto(f"{house.url}/staff/record/{reference}/receipt")
        assert serious(page) == [] and not overflows(page)
        page.get_by_label("They told me what they had sent").check()
        page.locator("#how").fill("The bus, and the day.")
        page.get_by_role("button", name="Make a new number").click()
        page.locator(".digits").wait_for()
        assert serious(page) == [] and not overflows(page)
