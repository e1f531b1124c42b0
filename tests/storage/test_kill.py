"""kill -9 under load: nothing acknowledged is missing, nothing is there twice. ``make soak`` does more rounds."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from storage.cases import Cases
from storage.models import table
from storage.receipts import normalise
from storage.store import Store
from storage.talks import Talks
from tests.faults.record import tried
from tests.storage.conftest import Site
from tests.storage.crowd import talk_until_killed
from tests.storage.people import Person

ROUNDS = int(os.environ.get("ROUNDS", "20"))
Ack = tuple[str, str, str, str, str, str, str]


@pytest.fixture(scope="module")
def fresh() -> Any:
    """Starts processes that have everything imported, quickly."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.storage.crowd", "tests.storage.plainworld"])
    return context


def one_round(context: Any, site: Site, number: int, patience: random.Random) -> list[Ack]:
    """Start the crowd, kill it a moment after the first acknowledgement, return all that was acknowledged."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=talk_until_killed, args=(site.url, site.settings(), number, theirs))
    process.start()
    theirs.close()
    acknowledged: list[Ack] = []
    try:
        assert ours.poll(60), "the crowd never began"
        end = time.monotonic() + patience.uniform(0.05, 0.5)
        while time.monotonic() < end:
            if ours.poll(0.01):
                acknowledged.append(ours.recv())
    finally:
        process.kill()
        process.join()
    return acknowledged + rest(ours)


def rest(pipe: Connection) -> list[Ack]:
    """What was still in the pipe; the last piece may be cut in the middle."""
    found: list[Ack] = []
    try:
        while pipe.poll(0):
            found.append(pipe.recv())
    except (EOFError, OSError):
        pass
    pipe.close()
    return found


@pytest.mark.soak
@pytest.mark.timeout(30 + 10 * ROUNDS)
def test_nothing_acknowledged_is_lost_or_doubled(site: Site, fresh: Any) -> None:
    site.open().close()
    patience = random.Random(7)
    acknowledged = [ack for number in range(ROUNDS) for ack in one_round(fresh, site, number, patience)]
    assert len(acknowledged) > 20 * ROUNDS, "too little load to prove anything"
    store = site.open()
    everything_is_there_once(store, acknowledged)
    retries_change_nothing(store, acknowledged[-400:])
    engine = "SQLite" if site.sqlite else "PostgreSQL"
    tried(f"killed (-9) under load ({engine})", ROUNDS, "messages", len(acknowledged))


def everything_is_there_once(store: Store, acknowledged: list[Ack]) -> None:
    with store.database.reading() as db:
        inbound, case, message = table(models.Inbound), table(models.Case), table(models.Message)
        taken = Counter(db.execute(select(inbound.c.id)).scalars())
        cases = {row.receipt_hash: row for row in db.execute(select(case))}
        seqs: dict[int, list[int]] = {}
        for talk, seq in db.execute(select(message.c.talk, message.c.seq)):
            seqs.setdefault(talk, []).append(seq)
        states = {row.id: row for row in db.execute(select(table(models.Talk)))}
    ring = store.vault.ring
    for sender, number, *_ in acknowledged:
        assert taken[ring.hashed("inbound", "example", "example-web", number)] == 1, f"{number} of {sender} is lost"
    filed = [ack for ack in acknowledged if ack[5]]
    assert filed, "nobody got to the end"
    for *_, reference, receipt in filed:
        row = cases[store.receipts.hashed(normalise(receipt))]
        assert row.reference == reference and row.complete
    for number, state in states.items():
        assert sorted(seqs[number]) == list(range(1, state.last_seq + 1)), "the log has a gap"
        assert [row.talk for row in cases.values()].count(number) <= 1
    talks = Talks(store.database, store.vault, store.writer)
    for sender in {ack[0] for ack in acknowledged}:
        talk = talks.find("example", "web", "example-web", sender)
        assert talk is not None
        told = [item.text for item in talks.since(talk) if item.text]
        said = [ack[2] for ack in acknowledged if ack[0] == sender and ack[2]]
        assert told[: len(said)] == said and len(told) <= len(said) + 1, "only the one under way may be unacknowledged"
    records = Cases(store.database, store.vault)
    for *_, reference, _ in filed[-20:]:
        record = records.show(reference)
        assert record["entries"] and record["facts"]["kind"] == ["complaint"] and record["dues"]


def retries_change_nothing(store: Store, acknowledged: list[Ack]) -> None:
    """A provider sends again what it is not sure of: everybody gets the answer of then."""
    for sender, number, text, choice, event, reference, receipt in acknowledged:
        person = Person(store.writer, sender)
        reply = person.say(text, choice, number=number, event=event)
        assert reply.duplicate and (reply.reference, reply.receipt) == (reference, receipt)
