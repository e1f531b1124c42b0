"""“You said, we did” to ten thousand people: how long the count takes, and the sending to the last of them.

One real record is made by a talk, then it is sealed anew for everybody else.

    python -m benchmarks.news [--people 10000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from benchmarks.world import START, conversation, real
from bot.work import news as sender
from casework.calendar import LONDON
from storage import jobs, learning, models, news, outbox
from storage.ids import new_id
from storage.learning import Action, Desk
from storage.models import table
from storage.news import Ask, Words
from storage.post import Inbound
from storage.sealer import Sealer
from storage.store import Store, open_store
from storage.vault import Vault

ORGANISATION = "sandwell"
NOON = START.astimezone(LONDON) + timedelta(hours=3)
TALK, CASE, FACT, EVENT = (table(one) for one in (models.Talk, models.Case, models.CaseFact, models.CaseEvent))
ALL = Ask(date(2026, 1, 1), NOON.date())
Row = dict[str, Any]


def opened(folder: Path) -> Store:
    """A store of its own."""
    world, profile = real()
    return open_store(
        f"sqlite:///{folder / 'news.db'}", key_ring=folder / "ring.json", key_store=f"sqlite:///{folder / 'keys.db'}",
        media=folder / "media", worlds={profile.id: world}.__getitem__, profiles={profile.id: profile}, receipt_cost=16,
    )  # fmt: skip


def copies(db: Connection, vault: Vault, count: int) -> Iterator[tuple[Row, Row, list[Row], list[Row]]]:
    """Talk, record, facts and events of so many people more, each sealed to its own place under a key of its own."""
    talk = dict(db.execute(select(TALK)).mappings().one())
    case = dict(db.execute(select(CASE)).mappings().one())
    facts = [dict(row) for row in db.execute(select(FACT)).mappings()]
    events = [dict(row) for row in db.execute(select(EVENT)).mappings()]
    session, address = (vault.unseal(f"talk.{name}:{talk['id']}", talk[name]) for name in ("session", "address"))
    bodies = [vault.unseal(f"case_event.body:{case['id']}:{row['seq']}", row["body"]) for row in events]
    for number in range(count):
        key, mine, record = vault.take(), new_id(), new_id()
        new = talk | {"id": mine, "key": key, "sender_hash": number.to_bytes(16, "big")}
        new["session"] = vault.seal(key, f"talk.session:{mine}", session)
        new["address"] = vault.seal(key, f"talk.address:{mine}", address)
        told = case | {"id": record, "talk": mine, "key": key, "reference": f"B-{number}", "receipt_hash": None}
        yield (
            new,
            told,
            [row | {"case_id": record} for row in facts],
            [
                row | {"case_id": record, "body": vault.seal(key, f"case_event.body:{record}:{row['seq']}", body)}
                for row, body in zip(events, bodies, strict=True)
            ],
        )


def filled(store: Store, people: int) -> None:
    """So many people who raised the theme and said how they may be reached."""
    for number, said in enumerate(conversation(real()[0])):
        inbound = Inbound(
            ORGANISATION, "sms", "+441632960000", "+447700900001", str(number), said.at, text=said.text,
            choice=said.choice, language=said.language, event=said.event,
        )  # fmt: skip
        store.writer.take(inbound).result()
    with store.database.reading() as db:
        case = db.execute(select(CASE.c.id)).scalar_one()
    raised = {"case_id": case, "fact": "theme", "value": "staff", "organisation": ORGANISATION}
    store.writer.write(lambda db: db.connection().execute(insert(FACT), raised)).result()
    with store.database.reading() as db:
        every = list(copies(db, store.vault, people - 1))
    for start in range(0, len(every), 500):
        part = every[start : start + 500]
        with store.database.writing() as db:
            db.execute(insert(TALK), [one[0] for one in part])
            db.execute(insert(CASE), [one[1] for one in part])
            db.execute(insert(FACT), [row for one in part for row in one[2]])
            db.execute(insert(EVENT), [row for one in part for row in one[3]])


def action(store: Store) -> Action:
    """Something that was learned and done, with its words."""
    sealer = Sealer(store.vault.ring)
    desk = Desk(sealer, store.vault, store.procedures, "Sam Hall", "staff:1", NOON)
    one = Action(new_id(), ORGANISATION, "Calls were forgotten.", "A list.", 1, NOON.date(), themes=("staff",))
    words = Words("en", "Ringing back", "Nobody rings us back.", "A person now rings back within a day.")
    store.writer.write(lambda db: learning.add(db, desk, one, ())).result()
    store.writer.write(lambda db: learning.done(db, desk, one, NOON.date(), "It is kept.")).result()
    store.writer.write(lambda db: news.write(db, one, words, "staff:1", NOON)).result()
    return replace(one, state="done", version=2)


def timed(store: Store) -> list[float]:
    """Seconds that each write holds up the turns from now on, without the commit."""
    held: list[float] = []
    plain = store.writer.write

    def write(fn: Any) -> Any:
        def run(db: Any) -> Any:
            before = time.perf_counter()
            try:
                return fn(db)
            finally:
                held.append(time.perf_counter() - before)

        return plain(run)

    store.writer.write = write  # type: ignore[method-assign]  # to look at it from outside
    return held


def spread(held: Sequence[float]) -> str:
    """How long writes held up the turns."""
    by_length = sorted(1000 * seconds for seconds in held)
    middle, p99 = by_length[len(held) // 2], by_length[int(len(held) * 0.99)]
    return f"a write holds up turns {middle:.1f} ms, p99 {p99:.1f}, at most {by_length[-1]:.1f}"


def main() -> None:
    """Prints one line for the count, one for the sending, one for what leaves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        try:
            filled(store, people)
            one = action(store)
            started = time.perf_counter()
            with store.database.reading() as db:
                found = news.preview(db, store.vault, one, ALL, NOON)
            taken = time.perf_counter() - started
            print(f"count    {found.people} people, {found.now} may be told now: {taken:.1f} s")
            store.writer.write(lambda db: news.begin(db, new_id(), one, ALL, "staff:1", NOON)).result()
            held = timed(store)
            started = time.perf_counter()
            while leased := store.writer.write(lambda db: jobs.claim(db, NOON, (news.KIND,))).result():
                sender.run(store, leased[0], NOON)
            taken = time.perf_counter() - started
            with store.database.reading() as db:
                sent = news.sendings(db, one.id)[0]
            print(f"sending  {sent.people} people: {taken:.1f} s; {spread(held)}")
            held.clear()
            started, left = time.perf_counter(), 0
            claim = partial(outbox.claim, vault=store.vault, channel="sms", now=NOON)
            while parcels := store.writer.write(claim).result():
                done = [(parcel.id, "SM1") for parcel in parcels]
                store.writer.write(partial(outbox.sent, done=done, at=NOON)).result()
                left += len(parcels)
            print(f"leaving  {left} messages: {time.perf_counter() - started:.1f} s; {spread(held)}")
        finally:
            store.close()


if __name__ == "__main__":
    main()
