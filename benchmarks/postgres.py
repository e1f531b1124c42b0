"""PostgreSQL: the writer against asyncpg with a connection for each turn and six round trips on it, 16 at once.

Both on one server from PyPI (or ``TEST_DATABASE_URL``) on this machine. Ours does everything it does in production: the
engine, the danger check, sealing, the outbox, the record; theirs keeps the words.

    python -m benchmarks postgres
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from contextlib import closing

import psycopg
from sqlalchemy import make_url

from benchmarks.pairs import Row, Size, folder, pairs, timed
from benchmarks.peers import peer
from benchmarks.turns import opened, through_writer
from benchmarks.world import conversation, real, typed
from tests.storage.conftest import served

Work = Callable[[], float]


def rows(size: Size) -> list[Row]:
    world, profile = real()
    script, asked = conversation(world), [step._asdict() for step in typed(world)]
    talks, people = 50 if size.quick else 200, itertools.count(0, 1_000)
    with served() as url, folder() as where, psycopg.connect(url, autocommit=True) as admin:
        name = f"bench_{secrets.token_hex(4)}"
        admin.execute(f"CREATE DATABASE {name}")
        mine = make_url(url).set(database=name).render_as_string(hide_password=False)
        durable = ", ".join(f"{what} {admin.execute(f'SHOW {what}').fetchone()[0]}" for what in _DURABLE)
        try:
            with (
                closing(opened(where, world, profile, 1_000, url=mine)) as store,
                peer("trips", steps=asked, url=url, pooled=False) as each,
                peer("trips", steps=asked, url=url, pooled=True) as pooled,
            ):

                def ours() -> float:
                    first = next(people)
                    some = range(first, first + talks)
                    return talks * len(script) / timed(lambda: through_writer(store, script, some))

                few = max(1, talks // 4)
                found = [
                    pairs(ours, lambda: each.measure(few), size.pairs).row(
                        "PostgreSQL turns a second ÷ one asyncpg connection-per-turn doing six round trips, 16 at once",
                        5,
                    ),
                    pairs(ours, lambda: pooled.measure(talks), size.pairs).row(
                        f"the same ÷ six round trips on connections kept in a pool ({durable})"
                    ),
                ]
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return found


_DURABLE = ("fsync", "synchronous_commit")
