"""A million records: one page of a queue, and one table of a month's and of a year's report, each made from nothing.

The queue's records are those of ``benchmarks.desk`` (without the words that search needs), the report's those of
``benchmarks.reports``.

    python -m benchmarks cases
"""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, insert

from benchmarks import desk, reports
from benchmarks.pairs import Row, Size, folder, most, percentile, timed
from casework.report_model import Period
from casework.reports import tables
from storage import desk as queues
from storage.database import Database, migrate
from storage.desk import Filters

#: The lists that staff begin with.
QUEUES = ("alerts", "overdue", "today", "week", "new")


def rows(size: Size) -> list[Row]:
    count, rounds = (20_000, 10) if size.quick else (1_000_000, 40 * size.pairs)
    said = f"{count:,} cases"
    with folder() as where:
        pages = queue_pages(where, count, rounds)
    with folder() as where:
        month, year = report_tables(where, count, max(2, rounds // 40))
    return [
        most(f"{said}: one page of a queue, p99 of {', '.join(pages)}", 5, "ms", list(pages.values()), worst=True),
        most(f"{said}: one month's report, a table, p99", 60, "ms", [percentile(month, 0.99)]),
        most(f"{said}: one year's report, a table, p99", 100, "ms", [percentile(year, 0.99)]),
    ]


def queue_pages(where: Path, count: int, rounds: int) -> dict[str, float]:
    """Milliseconds (p99) of a page of each queue, its count known as the page before has told it."""
    database, _ = desk.filled(where, count, searched=False)
    reach, found = desk.Everything(), {}
    with closing(database), database.reading() as db:
        counts = queues.counts(db, reach, Filters(), desk.NOW)
        for name in [one for one in QUEUES if one in counts]:
            known = counts[name]

            def page(name: str = name, known: int = known) -> None:
                queues.page(db, reach, name, Filters(), desk.NOW, known=known)

            page()
            found[name] = percentile([timed(page) * 1000 for _ in range(rounds)], 0.99)
    return found


def report_tables(where: Path, count: int, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of every table of one month, and of the year."""
    url = f"sqlite:///{where / 'store.db'}"
    migrate(url)
    with closing(Database(url)) as database:
        for into, kept in reports.kept(count):
            with database.writing() as db:
                db.execute(insert(into), kept)
        with database.reading() as db:
            month = (Period(date(2025, 6, 1), date(2025, 6, 30), "June 2025"), rounds)
            year = (Period(*reports.YEAR, "2025/26"), rounds)
            return _times(db, *month), _times(db, *year)


def _times(db: Connection, period: Period, rounds: int) -> list[float]:
    found = []
    for _ in range(rounds + 1):
        for one in tables(reports.PROFILE):
            builder = reports.building(db, period)
            found.append(timed(lambda: builder.table(one)) * 1000)  # noqa: B023 - used at once
    return found[len(found) // (rounds + 1) :]
