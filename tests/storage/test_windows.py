"""What waits until its person writes: held, let go in its turn, taken from the log where it had left already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from flows import phrases
from storage import models, outbox, sending, windows
from storage.figures import figures
from storage.store import Store
from storage.windows import Wait
from tests.storage.looking import rows
from tests.storage.test_sending import (
    ANSWER,
    NOON,
    Known,
    case_of,
    change,
    claim,
    complained,
    mark,
    said,
    send,
    to_do,
)

LATER = NOON + timedelta(days=2)


def stands(store: Store, number: int) -> tuple[str, str]:
    (row,) = rows(store, models.Outbox, models.Outbox.id == number)
    return row["state"], row["error"]


def written(store: Store, fn: Callable[[Any], Any]) -> Any:
    return store.writer.write(fn).result(30)


def hold(store: Store, number: int, at: datetime, heard: datetime | None = None, why: str = windows.ASKED) -> None:
    written(store, lambda db: windows.hold(db, number, Wait(why, heard), at))


def refused(store: Store, person: Known, number: int, sid: str = "SM") -> bool:
    told = (person.organisation, person.endpoint, number, sid, LATER)
    return bool(written(store, lambda db: windows.refused(db, *told)))


def heard(store: Store, person: Known) -> tuple[datetime | None, str]:
    (talk,) = rows(store, models.Talk)
    with store.database.reading() as db:
        return windows.heard(db, talk["id"])


def test_what_waits_leaves_in_its_turn_when_they_write(store: Store) -> None:
    person = complained(store)
    case = case_of(store, person)
    first, second = send(store, case, LATER).outbox, send(store, case, LATER).outbox
    (one,) = claim(store, LATER)
    hold(store, one.id, LATER, person.now)
    assert heard(store, person) == (person.now, windows.ASKED)
    (two,) = claim(store, LATER)
    assert (one.id, two.id) == (first, second), "a later one holds up nothing, and comes to wait as well"
    hold(store, two.id, LATER, person.now)
    assert claim(store, LATER + timedelta(days=1)) == [] and not to_do(store)
    with store.database.reading() as db:
        assert figures(db, LATER).outbox == {"sms": (2, 0.0)}, "what waits for them is not late"
    person.now = LATER + timedelta(days=1)
    person.say("yes")
    assert stands(store, first) == stands(store, second) == ("due", "")
    gone = []
    while parcels := claim(store, person.now):
        gone += parcels
        mark(store, parcels, person.now)
    assert [parcel.id for parcel in gone[:2]] == [first, second] and len(gone) > 2, "then what we answer now"


def test_who_writes_between_is_not_waited_for(store: Store) -> None:
    person = complained(store)
    number = send(store, case_of(store, person), LATER).outbox
    before = person.now
    claim(store, LATER)
    person.now = LATER
    person.say("hello")
    hold(store, number, LATER, before)
    assert stands(store, number) == ("due", "")


def test_who_has_not_written_after_three_days_is_a_task_once(store: Store) -> None:
    person = complained(store)
    number = send(store, case_of(store, person), LATER).outbox
    claim(store, LATER)
    hold(store, number, LATER)
    for day in (3, 6, 9):
        (parcel,) = claim(store, LATER + timedelta(days=day))
        assert parcel.window == (windows.ASKED if day == 3 else windows.TOLD)
        hold(store, parcel.id, LATER + timedelta(days=day), why=windows.TOLD)
    assert [why for why, _ in to_do(store)] == ["undelivered"] and stands(store, number) == ("due", windows.TOLD)


def test_what_had_left_is_said_again_from_the_log(store: Store) -> None:
    person = complained(store)
    number = send(store, case_of(store, person), NOON).outbox
    mark(store, claim(store, NOON), NOON)
    assert refused(store, person, number, "SM-of-another-attempt") and stands(store, number) == ("sent", "")
    assert refused(store, person, number) and stands(store, number) == ("due", windows.CLOSED)
    (parcel,) = claim(store, LATER)
    assert said([parcel]) == [ANSWER.lines] and parcel.outgoing.to == person.sender
    assert parcel.window == windows.CLOSED
    strange = Known(store.writer, channel="sms", endpoint="another")
    assert not refused(store, strange, number), "another endpoint's reports change nothing"


def test_one_that_is_refused_while_its_last_part_is_under_way_is_not_marked_as_sent(store: Store) -> None:
    person = complained(store)
    number = send(store, case_of(store, person), NOON).outbox
    parcels = claim(store, NOON)
    assert refused(store, person, number)
    mark(store, parcels, NOON)
    assert stands(store, number) == ("due", windows.CLOSED)
    (parcel,) = claim(store, LATER)
    mark(store, [parcel], LATER)
    assert stands(store, number) == ("sent", windows.CLOSED), "sent after all, it is not sent for ever"


@pytest.mark.parametrize("since", [False, True], ids=["written so", "since it was written"])
def test_where_others_read_the_phone_it_is_neutral_again_and_kept_once(store: Store, since: bool) -> None:
    person = complained(store)
    case = case_of(store, person)
    person.now = NOON
    if since:
        number = send(store, case, NOON).outbox
        change(person, "here", "shared")
    else:
        change(person, "here", "shared")
        number = send(store, case, NOON + timedelta(minutes=5)).outbox
    at = NOON + timedelta(minutes=10)
    while parcels := claim(store, at):
        mark(store, parcels, at)
    assert stands(store, number) == ("sent", "") and refused(store, person, number)
    (parcel,) = claim(store, LATER)
    assert parcel.outgoing.message.lines == (phrases.MESSAGE_WAITS.plain,) and not parcel.private
    with store.database.reading() as db:
        assert sending.kept(db, store.vault, case) == ("\n".join(ANSWER.lines),)


def test_what_is_erased_waits_for_nobody(store: Store) -> None:
    person = complained(store)
    number = send(store, case_of(store, person), NOON).outbox
    mark(store, claim(store, NOON), NOON)
    (talk,) = rows(store, models.Talk)
    refused(store, person, number)
    store.writer.erase(talk["id"]).result(30)
    assert claim(store, LATER) == [] and not rows(store, models.Outbox, models.Outbox.id == number)
    hold(store, number, LATER)
    assert not refused(store, person, number) and not to_do(store)


def test_marked_as_sent_is_what_nobody_refused(store: Store) -> None:
    """The guard of ``outbox.sent`` is of no other row."""
    person = complained(store)
    number = send(store, case_of(store, person), NOON).outbox
    written(store, lambda db: outbox.again(db, number, "timeout", NOON))
    mark(store, claim(store, NOON), NOON)
    assert stands(store, number)[0] == "sent"
