"""A milestone told: how long it takes, and how long it holds up everybody's turns, with ten thousand records there.

python -m benchmarks.telling [--people 10000] [--told 300]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from benchmarks.news import CASE, NOON, filled, opened, spread, timed
from bot.work import telling
from casework.record import CaseEvent
from storage import casefile, jobs
from storage.store import Store

READ = CaseEvent("acknowledged", NOON, "staff:1")


def acknowledged(store: Store, count: int) -> None:
    """So many records more were read by a person, and nobody was told yet."""
    with store.database.reading() as db:
        cases = list(db.execute(select(CASE.c.id).where(CASE.c.complete).limit(count)).scalars())
    for case in cases:
        read = partial(casefile.append, vault=store.vault, procedures=store.procedures, case=case, event=READ)
        store.writer.write(read).result()


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--told", type=int, default=300)
    asked = parser.parse_args()
    later = NOON + timedelta(minutes=2)
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        try:
            filled(store, asked.people)
            acknowledged(store, asked.told)
            leased = store.writer.write(lambda db: jobs.claim(db, later, (telling.KIND,), limit=asked.told)).result()
            held, started = timed(store), time.perf_counter()
            for job in leased:
                telling.run(store, job, later)
            taken = 1000 * (time.perf_counter() - started) / len(leased)
            print(f"telling  {len(leased)} of {asked.people} people, {taken:.1f} ms each; {spread(held)}")
        finally:
            store.close()


if __name__ == "__main__":
    main()
