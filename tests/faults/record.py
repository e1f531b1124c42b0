"""What `make soak` found, as the table of docs/reliability.md: fault, how often it was tried, what was lost.

Each test says so by ``tried``; nothing is written unless SOAK_RESULTS names a file. ``python -m tests.faults.record``
writes the table from it.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

#: Rounds that were asked for; 0 in ``make test``, where each test does a few.
ROUNDS = int(os.environ.get("ROUNDS", "0"))
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def rounds(quick: int, most: int = 10_000) -> int:
    """How many times a test tries: ``quick`` in ``make test``, ROUNDS in ``make soak``, never more than ``most``."""
    return min(max(ROUNDS, quick), most) if ROUNDS else quick


def tried(fault: str, times: int, of: str, count: int, *, lost: int = 0, note: str = "") -> None:
    """``fault`` was tried ``times``; ``count`` things ``of`` a kind went through it, of which ``lost`` were lost."""
    if path := os.environ.get("SOAK_RESULTS"):
        line = {"fault": fault, "times": times, "of": of, "count": count, "lost": lost, "note": note}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def table(lines: list[dict[str, object]], when: datetime, note: str = "") -> str:
    """The table, with what it was measured on; ``note``: how, where it was no plain run."""
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else 0.0
    machine = (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}; load average {load:.1f} at the end"
    )
    out = [
        f"Last run: {when:%d %B %Y}, {note or f'`ROUNDS={ROUNDS}`'}, on {machine}.",
        "",
        "| fault | tried | what went through it | lost or twice | note |",
        "|---|---:|---|---:|---|",
    ]
    for line in sorted(lines, key=lambda line: str(line["fault"])):
        went = f"{line['count']:,} {line['of']}"
        out.append(f"| {line['fault']} | {line['times']:,} | {went} | {line['lost']} | {line['note']} |")
    return "\n".join(out)


def main() -> None:
    """Write the table into the page, from the file that SOAK_RESULTS names."""
    read = Path(os.environ["SOAK_RESULTS"]).read_text("utf-8").splitlines()
    found = list({line["fault"]: line for line in map(json.loads, read)}.values())
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    new = table(found, datetime.now(UTC), " ".join(sys.argv[1:]))
    PAGE.write_text(f"{before}{BEGIN}\n{new}\n{END}{after}", "utf-8")
    print(f"{len(found)} faults written into docs/reliability.md")


if __name__ == "__main__":
    main()
