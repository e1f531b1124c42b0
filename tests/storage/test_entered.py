"""Records that staff enter, on each engine: filed once whoever is quicker, sealed, and searchable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import campaigns, entered
from storage.campaigns import Campaign
from storage.cases import Cases
from storage.entered import Entered, Given
from storage.ids import new_id
from storage.store import Store
from tests.storage.conftest import Site

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STORY = {"story": Given(words="Marmalade was thrown.")}
ONE = Entered("example", "complaint", STORY, "leaflet", NOW - timedelta(days=2), NOW, 7, "a")


def count(store: Store, table: str) -> int:
    with store.database.reading() as db:
        return int(db.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_eight_presses_from_two_processes_file_one_record(site: Site) -> None:
    one, two = site.open(), site.open()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: entered.enter((one, two)[number % 2], ONE), range(8)))
    assert len({(filed.reference, filed.receipt) for filed in found}) == 1
    assert sum(not filed.again for filed in found) == 1
    assert (count(one, "cases"), count(one, "talk"), count(one, "outbox")) == (1, 1, 0)


def test_another_press_is_another_record_with_another_number(store: Store) -> None:
    first, second = entered.enter(store, ONE), entered.enter(store, replace(ONE, press="b"))
    assert first.reference != second.reference and first.receipt != second.receipt
    assert entered.enter(store, replace(ONE, by=8)).reference not in (first.reference, second.reference)


def test_nothing_that_was_said_lies_open_in_the_database(site: Site) -> None:
    store = site.open()
    entered.enter(store, replace(ONE, summary="Turnip", took="Zebedee", present="Abernathy"))
    rows = ""
    with store.database.reading() as db:
        for table in ("talk", "inbound", "cases", "case_event", "case_fact", "search_token", "task"):
            rows += str(db.exec_driver_sql(f"SELECT * FROM {table}").all())
    assert not [word for word in ("Marmalade", "Turnip", "Zebedee", "Abernathy") if word in rows]


def test_an_answer_that_was_not_asked_is_named(store: Store) -> None:
    wrong = replace(ONE, answers={**ONE.answers, "behalf_who": Given(words="Ali"), "age": Given(("8to11",))})
    with pytest.raises(entered.OffPath) as found:
        entered.enter(store, wrong)
    assert found.value.steps == ("age", "behalf_who")
    assert count(store, "cases") == 0


@pytest.mark.parametrize("wrong", [{"channel": "pigeon"}, {"came_at": NOW + timedelta(minutes=1)}])
def test_what_no_form_can_send_is_a_mistake(store: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"way in|future"):
        entered.enter(store, replace(ONE, **wrong))  # type: ignore[arg-type]  # one field at a time


def test_words_like_commands_are_only_words(store: Store) -> None:
    """On the telephone "stop" and "3" are things that were said, not answers to a program."""
    answers = {"story": Given(words="STOP"), "want": Given(words="3"), "worker": Given(words="help")}
    filed = entered.enter(store, replace(ONE, answers=answers))
    record = Cases(store.database, store.vault).show(filed.reference)
    said = {one["step"]: one.get("words") for one in record["entries"]}
    assert [said[step] for step in ("story", "want", "worker")] == [["STOP"], ["3"], ["help"]]


def test_a_leaflet_of_a_campaign_is_counted_with_it_by_the_day_it_came(store: Store) -> None:
    made = Campaign(new_id(), "example", "summer", "Summer", closes=(NOW - timedelta(days=1)).date(), by="7", at=NOW)
    store.writer.write(lambda db: campaigns.save(db.connection(), store.procedures, made)).result(10)
    filed = entered.enter(store, replace(ONE, campaign="summer"))
    facts = Cases(store.database, store.vault).show(filed.reference)["facts"]
    assert facts["campaign"] == ["summer"] and facts["channel"] == ["leaflet"] and "campaign_time" not in facts
