"""The invented year: believable, told by the real road, marked, and gone when it is taken away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.cli import Trouble
from bot.config import load
from bot.demo import mark, running
from bot.demo.make import LATELY
from bot.demo.person import ENDPOINT
from bot.demo.stories import book
from bot.world import london_now
from casework.case import fold
from console.roles import User, reach
from storage import casefile, demonstration, desk
from storage.desk import Filters
from storage.sealer import Sealer
from tests.demo.conftest import MANY, NOW, Made, begun, made
from tests.storage.people import Person

#: Somebody who sees everything of the organisation.
LOOKS = User(0, "sandwell", "Jo", frozenset({"complaints", "safeguarding"}), frozenset(), "en")


def rows(one: Made, query: str) -> list[Any]:
    with one.store.database.reading() as db:
        return list(db.execute(text(query)))


def test_nothing_that_was_done_is_refused_by_the_procedure(demonstration: Made) -> None:
    assert demonstration.maker.refused == []


def test_it_is_as_many_as_it_says_in_every_way_in_and_language(demonstration: Made) -> None:
    assert len(rows(demonstration, "SELECT id FROM cases")) >= MANY + len(LATELY)
    channels = {row[0] for row in rows(demonstration, "SELECT DISTINCT channel FROM cases")}
    assert {"web", "sms", "telegram"} <= channels
    assert channels & {"phone", "email", "letter", "in_person"}
    kinds = {row[0] for row in rows(demonstration, "SELECT DISTINCT kind FROM cases")}
    assert {"complaint", "informal", "compliment", "advocate", "person"} <= kinds
    assert {one.language for one in book().stories} == {"en", "cy", "pl", "ar", "uk", "ur", "ro", "zh_Hans"}


def test_today_has_something_in_its_lists(demonstration: Made) -> None:
    with demonstration.store.database.reading() as db:
        counts = desk.counts(db, reach(LOOKS, "records.list"), Filters(), NOW)
    for name in ("alerts", "overdue", "today", "week", "new", "advocate"):
        assert counts[name] > 0, name


def test_nobody_was_left_halfway_for_long(demonstration: Made) -> None:
    left = "SELECT COUNT(*) FROM cases WHERE stage = 'unfinished' AND place = 'new' AND begun_at < '{:%Y-%m-%d}'"
    assert rows(demonstration, left.format(NOW - timedelta(days=6)))[0][0] == 0


def test_one_sign_of_danger_waits_and_the_others_were_seen(demonstration: Made) -> None:
    waits = rows(demonstration, "SELECT COUNT(*) FROM alert WHERE acknowledged_at IS NULL")[0][0]
    assert 1 <= waits <= 2, "somebody who wrote in the last minutes may have shown one too"
    assert rows(demonstration, "SELECT COUNT(*) FROM alert WHERE acknowledged_at IS NOT NULL")[0][0] > 0


def test_each_history_adds_up_to_where_its_record_stands(demonstration: Made) -> None:
    store = demonstration.store
    with store.database.reading() as db:
        for row in db.execute(text("SELECT id, organisation, profile, place FROM cases")):
            history = casefile.events(db, store.vault, row.id)
            assert fold(store.procedures.under(row.organisation, row.profile), history).place == row.place
            times = [one.at for one in history]
            assert times == sorted(times), [(one.kind, f"{one.at:%d %b %H:%M:%S}") for one in history]
            assert times[-1] <= NOW + timedelta(hours=1)


def test_nothing_waits_to_leave(demonstration: Made) -> None:
    """What was written to invented telephones went nowhere, and no number that exists was written to."""
    states = {tuple(row) for row in rows(demonstration, "SELECT endpoint, state FROM outbox")}
    assert {endpoint for endpoint, _ in states} == {ENDPOINT}
    assert {state for _, state in states} <= {"sent", "failed"}
    assert rows(demonstration, "SELECT COUNT(*) FROM alert_sent")[0][0] == 0


def test_learning_is_there_and_some_of_it_is_published(demonstration: Made) -> None:
    states = [row[0] for row in rows(demonstration, "SELECT state FROM learning")]
    assert {"open", "done"} <= set(states)
    assert rows(demonstration, "SELECT COUNT(*) FROM learning WHERE published_at IS NOT NULL")[0][0] >= 2


def test_the_same_seed_tells_the_same_stories(demonstration: Made, tmp_path: Path) -> None:
    again = made(tmp_path, 3, ())
    try:
        once = made(tmp_path / "once", 3, ())
        once.store.close()
        query = "SELECT kind, channel, language, place FROM cases ORDER BY id"
        with once.store.database.reading() as db:
            other = list(db.execute(text(query)))
        assert rows(again, query) == other
    finally:
        again.store.close()


# Marked, and never mixed --------------------------------------------------------------------------


def test_it_is_marked_before_anything_is_made(demonstration: Made) -> None:
    kept = mark.kept(demonstration.settings)
    assert kept is not None and kept.finished and kept.made == NOW.date()


def test_a_database_with_anybody_in_it_is_never_made_one(tmp_path: Path) -> None:
    one = begun(tmp_path / "other")
    one.store.writer.write(lambda db: db.connection().execute(text("DELETE FROM meta WHERE name = 'demonstration'")))
    Person(one.store.writer, organisation="sandwell").complain()
    with pytest.raises(ValueError, match="never mixed"):
        one.store.writer.write(lambda db: mark.begin(db.connection(), NOW)).result()
    asked = running.opened(one.settings, one.store, one.store.procedures.profiles, (), True, london_now)
    assert asked is None
    with one.store.database.reading() as db:
        assert demonstration_member(db, one) is None, "without the mark nobody can be met"
    one.store.close()


def demonstration_member(db: Any, one: Made) -> Any:
    return demonstration.member(db, Sealer(one.store.vault.ring), "sandwell", "complaints")


@pytest.mark.parametrize(
    ("settings", "asked", "wanted"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"demo": False}, True, False),
        ({"demo": True}, False, True),
        ({"base_url": "https://talk.example.org"}, True, False),
        ({"host": "0.0.0.0"}, True, False),
    ],
)
def test_who_asks_for_one(settings: dict[str, Any], asked: bool, wanted: bool) -> None:
    assert running.wanted(load(**settings), asked) is wanted


@pytest.mark.parametrize("secret", [{"telegram_token": "1:a"}, {"alert_routes": "duty=json://localhost"}])
def test_what_is_real_never_joins_one(demonstration: Made, secret: dict[str, str]) -> None:
    from bot import endpoints

    settings = load(data=demonstration.settings.data, organisations=("sandwell",), **secret)
    accounts = endpoints.accounts(settings, ("sandwell",))
    with pytest.raises(Trouble, match="never mixed"):
        running.before(settings, accounts)


def test_taking_it_away_leaves_nothing(tmp_path: Path) -> None:
    one = begun(tmp_path / "data")
    with pytest.raises(Trouble, match="Stop it first"):
        mark.remove(one.settings)
    assert mark.kept(one.settings) is not None
    one.store.close()
    mark.remove(one.settings)
    assert not (tmp_path / "data").exists()
    with pytest.raises(Trouble, match="no demonstration"):
        mark.remove(one.settings)


def test_what_is_no_demonstration_is_never_taken_away(tmp_path: Path) -> None:
    one = begun(tmp_path / "data")
    one.store.writer.write(
        lambda db: db.connection().execute(text("DELETE FROM meta WHERE name = 'demonstration'"))
    ).result()
    one.store.close()
    with pytest.raises(Trouble, match="no demonstration"):
        mark.remove(one.settings)
    assert (tmp_path / "data" / "hearback.db").exists()


def test_half_a_demonstration_is_begun_anew(tmp_path: Path) -> None:
    one = begun(tmp_path / "data")
    one.store.close()
    running.before(one.settings, ())
    assert mark.kept(one.settings) is None and not (tmp_path / "data" / "hearback.db").exists()
