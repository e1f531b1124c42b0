"""Turns a second with a million open talks against a thousand: the talks that answer are drawn from all of them.

The talks are written as a talk is left after three answers: sealed with a key of their own, which lies wrapped in the
key store. Nothing of them is in memory.

    python -m benchmarks million
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select

from benchmarks.pairs import Row, Size, folder, pairs, timed
from benchmarks.turns import opened, through_writer
from benchmarks.world import conversation, real
from storage.database import Database
from storage.ids import new_id
from storage.models import Talk, table
from storage.prepared import Prepared
from storage.secrets import KeyRing, seal
from storage.store import Store
from storage.vault import DATA_KEY

#: Answers given already; answers given while the clock runs.
BEFORE, MORE = 3, 4
TALK = table(Talk)


@contextmanager
def with_talks(where: Path, count: int) -> Iterator[Store]:
    """A store with so many open talks; person ``n`` is +44 and ten digits."""
    where.mkdir()
    world, profile = real()
    script = conversation(world)
    with closing(opened(where, world, profile, 1)) as store:
        through_writer(store, script[:BEFORE], range(1))
        with store.database.reading() as db:
            row = dict(db.execute(select(TALK)).mappings().one())
        said = json.loads(store.vault.unseal(f"talk.session:{row['id']}", row["session"]))
        content, ring = json.dumps(said).encode(), store.vault.ring
    for first in range(1, count, 20_000):
        people = range(first, min(count, first + 20_000))
        _fill(where, ring, row, content, people)
    with closing(opened(where, world, profile, 1)) as store:
        yield store


def _fill(where: Path, ring: KeyRing, like: dict[str, Any], content: bytes, people: range) -> None:
    talks, keys = [], []
    for person in people:
        sender, number, key = f"+44{person:010}", new_id(), AESGCM.generate_key(256)
        talk, cipher = new_id(), AESGCM(key)
        keys.append({"id": number, "wrapped": ring.wrap(number, key)})
        talks.append(
            like
            | {"id": talk, "key": number, "sender_hash": ring.hashed("sender", "sandwell", "sms", "number", sender)}
            | {"session": seal(cipher, number, f"talk.session:{talk}", content)}
            | {"address": seal(cipher, number, f"talk.address:{talk}", sender.encode())}
        )
    for file, into, rows in (("store.db", TALK, talks), ("keys.db", DATA_KEY, keys)):
        with closing(Database(f"sqlite:///{where / file}")) as database, database.writing() as db:
            Prepared(insert(into)).run(db, rows)


def rows(size: Size) -> list[Row]:
    world, _ = real()
    more = conversation(world)[BEFORE : BEFORE + MORE]
    many, few = (20_000, 200) if size.quick else (1_000_000, 1_000)
    count = few // (size.pairs + 1)
    with folder() as where, with_talks(where / "many", many) as full, with_talks(where / "few", few) as empty:

        def measured(store: Store, of: int) -> Callable[[], float]:
            people = random.Random(1).sample(range(1, of), count * (size.pairs + 1))
            waiting = iter(people)

            def once() -> float:
                some = [next(waiting) for _ in range(count)]
                return count * MORE / timed(lambda: through_writer(store, more, some))

            return once

        ours, peer = measured(full, many), measured(empty, few)
        ours(), peer()
        return [pairs(ours, peer, size.pairs).row(f"turns a second with {many:,} open talks ÷ with {few:,}", 0.5)]
