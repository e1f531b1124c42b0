"""The speed table: ``python -m benchmarks [--quick] [--pairs 5] [PART ...]``.

Each part runs in a process of its own. The whole of it, not quick, writes the table into docs/benchmarks.md; anything
less is only printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sqlite3
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.pairs import Row, Size, folder, measured, percentile, table, timed

#: In the order of the table; each is a module here.
PARTS = (
    *("turns", "texts", "posts", "bots", "postgres", "pace", "million"),
    *("cases", "idle", "danger", "segments", "page"),
)
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- what `make bench` wrote -->", "<!-- until here -->"


def machine() -> str:
    """What it was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return (
        f"{os.cpu_count()} cores ({name}), {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"an fsync of 4 kB takes {_fsync():.2f} ms"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _fsync() -> float:
    """Median milliseconds of making 4 kB durable where the benchmarks keep their files."""
    took = []
    with folder() as where, (where / "probe").open("wb") as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            took.append(timed(lambda: os.fsync(file.fileno())) * 1000)
    return percentile(took, 0.5)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--quick", action="store_true", help="small piles and two pairs: for development")
    chosen = options.parse_args()
    size = Size(2 if chosen.quick else chosen.pairs, chosen.quick)
    rows, start = list[Row](), time.perf_counter()
    for part in chosen.parts or PARTS:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as one:
            found = one.submit(measured, part, size).result()
        rows += found
        print(f"[{time.perf_counter() - start:4.0f} s] {part}", file=sys.stderr)
        for row in found:
            print(f"    {row.what}: {row.measured}", file=sys.stderr)
    about = f"{datetime.now(UTC):%-d %B %Y}, `make bench`, {size.pairs} pairs. {machine()}."
    written = f"{about}\n\n{table(rows)}"
    print(written)
    if not chosen.parts and not chosen.quick:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
