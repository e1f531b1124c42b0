"""One year's report over a million records: each table by itself, the whole of it, and how fast bits are set.

The records are made as the bits, values and rows that ``storage.counting`` would have kept for them; how long that
takes is measured on some that are written as facts first.

    python -m benchmarks.reports [--cases 1000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import Session

from benchmarks import desk
from bot.reports import FORMATS
from casework.procedure import load
from casework.publishing import Rules, published
from casework.report_model import Period
from casework.reports import tables
from storage import counting, models, reporting
from storage.bits import Counts
from storage.counting import BITS, BLOCK, CASE, FACT, RECORD, VALUE
from storage.database import Database, migrate
from storage.models import table
from storage.report_build import Builder
from storage.reporting import PLAIN, Asked
from storage.secrets import KeyRing

PROFILE = load("sandwell")
YEAR = (date(2025, 4, 1), date(2026, 3, 31))
NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOALS = {"table p99": 0.100, "whole report": 10.0}
#: The share of records whose sender has sent another (Sandwell 2020/21: 44 of 213 complaints).
AGAIN = 0.2

Facts = list[tuple[str, str]]


def facts(rng: random.Random, number: int, count: int) -> Facts:
    """What a record may say; every fact that the tables look at."""
    day = YEAR[0] + timedelta(days=number * 365 // count)
    kind = rng.choices(("complaint", "informal", "compliment", "advocate"), (5, 3, 3, 1))[0]
    child = rng.random() < 0.3
    found: Facts = [
        ("kind", kind),
        ("filed", day.isoformat()),
        ("stands", rng.choices(("closed", "open", "withdrawn", "elsewhere"), (85, 8, 4, 3))[0]),
        ("services", rng.choice(list(PROFILE.services))),
        ("channel", rng.choice(("sms", "web", "telegram", "phone", "email", "letter"))),
        ("language", rng.choices(("en", "cy", "ar", "pl"), (80, 8, 6, 6))[0]),
        ("who", "child" if child else "parent"),
        ("complainant", "child" if child else "parent"),
        ("age", rng.choice(("8to11", "12to15", "16to17"))) if child else ("behalf", rng.choice(("self", "child"))),
        ("disability", rng.choice(("yes", "no", "rather_not", "unknown"))),
        ("ethnicity", rng.choice(("white", "asian", "black", "mixed", "other", "rather_not"))),
        ("acknowledged", rng.choices(("met", "missed"), (9, 1))[0]),
        ("advocate", rng.choice(("yes", "no", "have"))),
    ]
    if kind in ("complaint", "informal"):
        themes = PROFILE.listed("themes" if kind == "complaint" else "informal_themes")
        found.append(("theme", rng.choice(list(themes))))
    if kind == "complaint":
        days = min(60, int(rng.expovariate(1 / 9)) + 1)
        found += [
            ("reached", "stage1"),
            ("opened.stage1", day.isoformat()),
            ("answered.stage1", (day + timedelta(days=days)).isoformat()),
            ("days.stage1", f"{days:04}"),
            ("timescale.stage1", "met" if days <= 10 else "missed"),
            ("upheld", rng.choice(("yes", "no"))),
            ("outcome", rng.choice(("upheld", "partly_upheld", "not_upheld"))),
            ("remedy", rng.choice(("apology", "explanation", "meeting"))),
        ]
        if rng.random() < 0.02:
            asked = (day + timedelta(days=days + 5)).isoformat()
            found += [("reached", "stage2"), ("asked.stage2", asked), ("opened.stage2", asked)]
            found += [("days.stage2", f"{rng.randint(20, 90):04}"), ("timescale.stage2", rng.choice(("met", "missed")))]
            found += [
                ("mediation_offered", asked),
                ("mediation", rng.choice(list(PROFILE.listed("mediation_results")))),
            ]
    if kind == "compliment":
        found.append(("compliment_source", rng.choice(list(PROFILE.listed("compliment_sources")))))
    return found


def kept(count: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """(table, rows) of so many records as they are kept."""
    rng, numbers, firsts = random.Random(0), {counting.PERSON: 1, counting.SEVERAL: 2}, dict[int, int]()
    of = {"organisation": PROFILE.id}
    for block in range(-(-count // BLOCK)):
        first, bits = block * BLOCK, dict[int, bytearray]()
        records, shared = [], dict[int, int]()
        for place in range(first, min(first + BLOCK, count)):
            held = []
            for pair in facts(rng, place, count):
                value = numbers.setdefault(pair, len(numbers) + 1)
                held.append(value)
                bits.setdefault(value, bytearray(BLOCK // 8))[(place - first) >> 3] |= 1 << (place & 7)
            again, person = rng.random() < AGAIN, rng.randrange(max(1, count // 12))
            if again:
                shared[place - first] = firsts.setdefault(person, place)
            records.append(
                of
                | {"case_id": place + 1, "person": f"p{person}" if again else f"talk:{place}"}
                | {"dirty": False, "place": place, "held": array("I", sorted(held)).tobytes()}
                | {"version": 1}
            )
        yield RECORD, records
        several = sum(1 << place for place in shared).to_bytes(BLOCK // 8, "little")
        yield (
            BITS,
            [
                of | {"value_id": 1, "block": block, "bits": counting.paired(shared)},
                of | {"value_id": 2, "block": block, "bits": several},
            ],
        )
        yield BITS, [of | {"value_id": n, "block": block, "bits": bytes(one)} for n, one in bits.items()]
    yield VALUE, [of | {"id": n, "fact": fact, "value": value} for (fact, value), n in numbers.items()]


def table_times(db: Connection, rounds: int) -> list[tuple[float, str]]:
    """Seconds for each table of the year, beginning from nothing each time."""
    found = []
    for _ in range(rounds):
        for one in tables(PROFILE):
            start = time.perf_counter()
            b = building(db, Period(*YEAR, "2025/26"))
            b.table(one)
            found.append((time.perf_counter() - start, one.code))
    return found


def building(db: Connection, period: Period) -> Builder:
    """What makes tables of that period."""
    return Builder(Counts(db, PROFILE.id), PROFILE, PLAIN, period, (), {}, {"en": "en", "cy": "cy"})


def settling(folder: Path, count: int) -> tuple[float, float]:
    """Records a second that get their bits, and the longest transaction, on records that are written as facts."""
    rng, of = random.Random(1), {"organisation": PROFILE.id}
    migrate(f"sqlite:///{folder / 'settling.db'}")
    database, ring = Database(f"sqlite:///{folder / 'settling.db'}"), KeyRing.make(folder / "ring")
    with database.writing() as db:
        for rows in desk.made(count, ring):
            if rows:
                db.execute(insert(table(models.Talk)), rows["talk"])
                db.execute(insert(CASE), rows["cases"])
                counting.begin(db, rows["cases"], {})
        told = ((n, pair) for n in range(1, count + 1) for pair in dict.fromkeys(facts(rng, n, count)))
        db.execute(insert(FACT), [of | {"case_id": n, "fact": fact, "value": value} for n, (fact, value) in told])
    taken: list[float] = []
    while True:
        with database.writing() as db, Session(bind=db) as session:
            start = time.perf_counter()
            done = counting.settle(session.connection(), PROFILE.id)
            taken.append(time.perf_counter() - start)
        if not done:
            database.close()
            return count / sum(taken), statistics.quantiles(taken, n=100)[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="reports"))
    try:
        url = f"sqlite:///{folder / 'store.db'}"
        migrate(url)
        database = Database(url)
        start = time.perf_counter()
        for into, rows in kept(given.cases):
            with database.writing() as db:
                db.execute(insert(into), rows)
        print(f"{given.cases:,} records made in {time.perf_counter() - start:.0f} s")
        with database.reading() as db:
            table_times(db, 1)
            times = sorted(table_times(db, given.rounds))
            p99, worst = times[int(len(times) * 0.99)][0], times[-1]
            middle = statistics.median(seconds for seconds, _ in times)
            print(f"a table: median {middle * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
            print(f"the slowest: {worst[0] * 1000:.0f} ms ({worst[1]})")
            start = time.perf_counter()
            report = reporting.build(db, PROFILE, Asked(*YEAR), PLAIN, NOW)
            print(f"the whole report, {len(report.parts)} tables: {time.perf_counter() - start:.2f} s")
        for ending, one in FORMATS.items():
            start = time.perf_counter()
            size = len(one.make(report, "https://talk.example.org/staff"))
            print(f"written as {ending}: {time.perf_counter() - start:.2f} s, {size / 1000:,.0f} kB")
        start = time.perf_counter()
        _, ledger = published(report, Rules())
        print(f"made fit to publish, {len(ledger.hidden)} figures hidden: {time.perf_counter() - start:.2f} s")
        speed, longest = settling(folder, 2000)
        print(f"bits set: {speed:,.0f} records a second, transaction p99 {longest * 1000:.1f} ms")
        database.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
