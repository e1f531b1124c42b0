"""A story made of pictures, on both engines: the alert with the tap, one record, of the kind that was tapped."""

from __future__ import annotations

from storage import models
from storage.cases import Cases
from storage.store import Store
from tests.storage.looking import rows
from tests.storage.people import Person


def tapped(store: Store, *tokens: str) -> Person:
    """Somebody who tapped these, one message each ("a=1 a=2" is two ticks in one)."""
    person = Person(store.writer)
    person.say("easy")
    for token in ("kind=board", "halfway=yes", "who=child", "age=under8", "alone=helped", *tokens):
        person.say(choice="\n".join(token.split()))
    return person


def test_a_tap_raises_the_alert_in_its_own_transaction_and_the_record_goes_on(store: Store) -> None:
    person = tapped(store, "board_how=bad", "board_who=carer", "board_where=childrens_home", "board_feeling=sad")
    assert not rows(store, models.Alert) and not rows(store, models.Case)
    person.say(choice="board_what=hurt\nboard_what=food")
    (alert,) = rows(store, models.Alert)
    assert alert["level"] == "red" and set(alert["categories"].split()) == {"physical_abuse", "adult_with_children"}
    cases = Cases(store.database, store.vault)
    (listed,) = cases.list(["example"], alerts=True)
    assert not cases.show(listed["reference"])["complete"]
    assert cases.show(listed["reference"])["alerts"][0]["matched"] == ["Being hurt", "Carer"]
    for token in ("!safe=yes", "!reach=here", "!goon=on", "board_want=help", "advocate=yes", "contact=here"):
        person.say(choice=token)
    assert person.say(choice="check=send").reference == listed["reference"]
    record = cases.show(listed["reference"])
    assert record["complete"] and record["kind"] == "informal" and len(rows(store, models.Case)) == 1
    assert set(record["facts"]["board_what"]) == {"hurt", "food"} and record["facts"]["pictures"] == ["said"]


def test_something_good_is_filed_as_a_compliment(store: Store) -> None:
    taps = ("how=good", "who=worker", "where=home", "feeling=happy", "what=love", "want=thanks")
    person = tapped(store, *(f"board_{tap}" for tap in taps), "share=both")
    reference = person.say(choice="check=send").reference
    record = Cases(store.database, store.vault).show(reference)
    assert record["complete"] and record["kind"] == "compliment" and record["facts"]["share"] == ["both"]
