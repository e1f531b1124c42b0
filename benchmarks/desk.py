"""The console's lists with 100,000 records: Today with all its counts, each list filtered, and search.

The records are made: a busy year on top of nine that are closed, on the clocks, facts and words that real ones have.

    python -m benchmarks.desk [--cases 100000] [--rounds 40]
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from storage import desk, models, models_staff, words
from storage.database import Database, migrate
from storage.desk import Filters
from storage.finding import search
from storage.ids import LETTERS
from storage.models import table
from storage.prepared import Prepared
from storage.secrets import KeyRing

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORGANISATION = "sandwell"
KINDS = ("complaint",) * 5 + ("informal",) * 3 + ("compliment",) * 3 + ("advocate",)
SERVICES = ("assessment", "care_management", "children_in_care", "care_leavers", "fostering", "adoption", "disability")
THEMES = ("worker", "decision", "communication", "support", "family_time", "placement", "not_heard", "process")
WORDS = tuple("".join(random.Random(n).choices("abcdefghijklmnoprstuwy", k=3 + n % 7)) for n in range(20_000))
GOAL = 0.150


@dataclass(frozen=True)
class Everything:
    """A reach without limits, of one member of staff."""

    organisation: str = ORGANISATION
    staff: int = 1
    all: bool = True
    services: frozenset[str] = frozenset()
    danger: bool = False
    referred: bool = False
    knows: str = ""


def made(count: int, ring: KeyRing) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Rows of ``count`` records, in portions, by table."""
    rng = random.Random(0)
    weights = [1 / (n + 3) for n in range(len(WORDS))]
    said = rng.choices(WORDS, weights, k=200_000)
    known = {word: words.token(ring, ORGANISATION, word) for word in WORDS}
    sam = words.naming(ring, ORGANISATION, "sam")
    rows: dict[str, list[dict[str, Any]]] = {}
    for number in range(1, count + 1):
        age = (count - number) / count * 3650
        at = NOW - timedelta(days=age + rng.random())
        kind, still = rng.choice(KINDS), age < 200 and rng.random() < 0.75
        place = rng.choice(("new", "stage1", "stage1", "stage1.answered", "stage2")) if still else "closed"
        stage = {"new": rng.choice(("received", "answering", "unfinished")), "closed": "closed"}.get(place, "answering")
        base = {"organisation": ORGANISATION}
        add(rows, "talk", base | {
            "id": number, "channel": "sms", "endpoint": "n", "sender_hash": number.to_bytes(16, "big"), "key": 1,
            "turn_no": 1, "session": b"", "address": None, "language": "en", "wake_at": None, "last_seq": 1,
            "shown_from": 1, "draft_from": 1, "last_said_at": at, "created_at": at, "revoked_at": None,
        })  # fmt: skip
        add(rows, "cases", base | {
            "id": number, "talk": number, "number": 1, "reference": reference(number), "kind": kind,
            "channel": rng.choice(("sms", "web", "telegram")), "language": rng.choice(("en",) * 8 + ("cy", "ar")),
            "complete": stage != "unfinished", "stage": stage, "place": place, "profile": "0", "acknowledge_by": None,
            "answer_by": None, "key": 1, "events": 3, "begun_at": at, "filed_at": at, "receipt_hash": None,
        })  # fmt: skip
        facts = {
            "kind": kind, "services": rng.choice(SERVICES), "theme": rng.choice(THEMES),
            "who": rng.choice(("child", "parent", "carer")), "channel": "sms", "language": "en",
            "advocate": rng.choice(("yes", "no", "have")), "age": "12to15", "contact": "here", "story": "said",
            "worker": "said" if rng.random() < 0.3 else "no", "halfway": "yes", "when": "2026-01-01",
        }  # fmt: skip
        if rng.random() < 0.05:
            facts["consider"] = "agreement"
        if rng.random() < 0.02:
            facts["campaign"] = "fortnight"
        for fact, value in facts.items():
            add(rows, "case_fact", base | {"case_id": number, "fact": fact, "value": value})
        for one in {known[rng.choice(said)] for _ in range(rng.randint(10, 60))} | (
            {sam} if number % 40 == 0 else set()
        ):
            add(rows, "search_token", base | {"token": one, "case_id": number})
        if still:
            for clock, window in (("stage1.response", False), ("stage2.window", True)):
                moment = NOW + timedelta(days=rng.randint(-8, 25), hours=rng.randint(1, 12))
                add(rows, "case_due", base | {
                    "case_id": number, "clock": clock, "name": clock, "stage": "stage1", "due": moment.date(),
                    "moment": moment, "warn": moment - timedelta(days=2), "paused": False, "window": window,
                    "warned": False, "late": False,
                })  # fmt: skip
        if rng.random() < 0.1:
            add(rows, "alert", base | {
                "id": number, "talk": number, "number": 1, "level": rng.choice(("red", "amber")), "categories": "hurt",
                "matched": b"", "at": at, "acknowledged_at": None if still and rng.random() < 0.05 else at,
                "acknowledged_by": "",
            })  # fmt: skip
        if rng.random() < 0.3:
            add(rows, "task", base | {
                "id": number, "talk": number, "number": 1, "why": rng.choice(("asked", "call", "undelivered")),
                "about": "", "due": None, "words": None, "at": at, "done_at": None if still else at,
            })  # fmt: skip
        if number % 5000 == 0:
            yield rows
            rows = {}
    yield rows


def add(rows: dict[str, list[dict[str, Any]]], name: str, row: dict[str, Any]) -> None:
    rows.setdefault(name, []).append(row)


def reference(number: int) -> str:
    """A reference of its own for each number."""
    signs = ""
    for _ in range(6):
        number, sign = divmod(number, len(LETTERS))
        signs += LETTERS[sign]
    return f"HB-{signs[:4]}-{signs[4:]}"


def filled(folder: Path, count: int, *, searched: bool = True) -> tuple[Database, KeyRing]:
    """A database with so many records; ``searched``: with the words that search needs."""
    url = f"sqlite:///{folder / 'desk.db'}"
    migrate(url)
    database, ring = Database(url), KeyRing.make(folder / "ring.json")
    order = ("talk", "cases", "case_fact", "search_token", "case_due", "alert", "task")
    kinds = (models.Talk, models.Case, models.CaseFact, models.SearchToken, models.CaseDue, models.Alert, models.Task)
    into = {str(kind.__tablename__): Prepared(insert(table(kind))) for kind in kinds}
    with database.writing() as db:
        db.execute(insert(table(models_staff.Staff)), {
            "id": 1, "organisation": ORGANISATION, "login_hash": bytes(16), "login": b"", "name": b"", "password": "",
            "totp": None, "totp_step": 0, "subject": None, "setup": None, "setup_until": None, "roles": "officer",
            "services": "", "language": "en", "disabled": False, "created_at": NOW, "seen_at": None,
        })  # fmt: skip
        words.introduce(db, ring, ORGANISATION, 1, "Sam Jones")
    for rows in made(count, ring):
        with database.writing() as db:
            for name in order:
                if rows.get(name) and (searched or name != "search_token"):
                    into[name].run(db, rows[name])
    return database, ring


def timed(database: Database, work: Callable[[Any], Any], rounds: int) -> list[float]:
    """Seconds of each round."""
    out = []
    for _ in range(rounds):
        start = time.perf_counter()
        with database.reading() as db:
            work(db)
        out.append(time.perf_counter() - start)
    return sorted(out)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=40)
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hearback-bench"))
    try:
        database, ring = filled(folder, chosen.cases)
        reach, mine = Everything(), Everything(all=False, services=frozenset(("fostering", "adoption")))
        narrow = Filters(services=("fostering",), theme="worker", speaker="child", language="cy")

        def today(db: Any, reach: Everything = reach, filters: Filters = Filters()) -> None:  # noqa: B008 - frozen
            counts = desk.counts(db, reach, filters, NOW)
            for name in ("alerts", "overdue", "today", "week"):
                desk.page(db, reach, name, filters, NOW, known=counts[name])

        def find(text: str, reach: Everything = reach, filters: Filters = Filters()) -> Callable[[Any], Any]:  # noqa: B008 - frozen
            return lambda db: search(db, ring, reach, text, filters, NOW)

        measured = {
            "Today: thirteen counts and four lists": today,
            "Today of a team manager (two services)": lambda db: today(db, mine),
            "Today under four filters": lambda db: today(db, filters=narrow),
            **{f"list: {n}": lambda db, n=n: desk.page(db, reach, n, Filters(), NOW) for n in desk.LISTS},
            "every record, page 20": lambda db: desk.page(db, reach, "all", Filters(), NOW, 20),
            "search: a reference": find(reference(4711)),
            "search: a common word": find(WORDS[0]),
            "search: two common words": find(f"{WORDS[0]} {WORDS[1]}"),
            "search: a rare word": find(WORDS[15_000]),
            "search: a common and a rare word": find(f"{WORDS[0]} {WORDS[9_000]}"),
            "search: a common word, four filters": find(WORDS[0], filters=narrow),
            "search: a common word, team manager": find(WORDS[0], mine),
            "search: four filters alone": find("", filters=narrow),
            "search: a word nobody said": find("zzzzzz"),
        }  # fmt: skip
        size = sum(file.stat().st_size for file in folder.glob("desk.db*")) / 1e6
        print(f"{chosen.cases:,} records, {size:,.0f} MB, {chosen.rounds} rounds each")
        print("| console | median ms | p95 ms |\n|---|---|---|")
        worst = 0.0
        for name, work in measured.items():
            took = timed(database, work, chosen.rounds)
            p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
            worst = max(worst, p95)
            print(f"| {name} | {statistics.median(took) * 1000:.1f} | {p95 * 1000:.1f} |")
        print(f"| **slowest p95** (goal under {GOAL * 1000:.0f}) | | **{worst * 1000:.1f}** |")
        database.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
