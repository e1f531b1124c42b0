"""What every benchmark shares: interleaved pairs, their median and spread, and a row of the table.

A part of ``make bench`` is a module with ``rows(size)``. Ratios are measured ours, peer, ours, peer … in one run: disks
and machines are noisy, and both sides then have the same weather.
"""

from __future__ import annotations

import importlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: ``pairs`` of everything, at least five; ``quick`` also makes the piles smaller."""

    pairs: int = 5
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. ``met`` is None where no goal was set."""

    what: str
    goal: str
    measured: str
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """What both sides did in turn, in the same unit; more is better."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours by the peer's, pair by pair."""
        return [our / peer for our, peer in zip(self.ours, self.peer, strict=True)]

    def row(self, what: str, at_least: float | None = None) -> Row:
        """The median ratio with its spread, and the medians it is made of."""
        ratios = self.ratios
        middle = statistics.median(ratios)
        sides = f"{figure(statistics.median(self.ours))} ÷ {figure(statistics.median(self.peer))} a second"
        measured = f"**{figure(middle)}** ({figure(min(ratios))}–{figure(max(ratios))}): {sides}"
        goal, met = (f"≥ {at_least:g}", middle >= at_least) if at_least is not None else ("–", None)
        return Row(what, goal, measured, met)


def pairs(ours: Callable[[], float], peer: Callable[[], float], count: int) -> Pairs:
    """``count`` interleaved measurements of both; each returns how many a second it did."""
    found = [(ours(), peer()) for _ in range(count)]
    return Pairs(tuple(our for our, _ in found), tuple(other for _, other in found))


def most(what: str, limit: float, unit: str, values: Sequence[float], *, worst: bool = False) -> Row:
    """A row whose median (or ``worst``) may be at most ``limit``."""
    counted = max(values) if worst else statistics.median(values)
    spread = f" ({figure(min(values))}–{figure(max(values))})" if len(values) > 1 else ""
    return Row(what, f"≤ {limit:g} {unit}", f"**{figure(counted)} {unit}**{spread}", counted <= limit)


def figure(value: float) -> str:
    """A number with the digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(work: Callable[[], Any]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(part: str, size: Size) -> list[Row]:
    """The rows of one part; a part that fails is a row that says so."""
    try:
        rows: list[Row] = importlib.import_module(f"benchmarks.{part}").rows(size)
    except Exception as error:
        return [Row(part, "–", f"could not be measured: {type(error).__name__}: {error}".replace("\n", " "), False)]
    return rows


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that goes at the end."""
    with tempfile.TemporaryDirectory(prefix="hearback-bench", ignore_cleanup_errors=True) as name:
        yield Path(name)


def table(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    said = {True: "yes", False: "**no**", None: "–"}
    lines = ["| what | goal | measured | met |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.goal} | {row.measured} | {said[row.met]} |" for row in rows]
    return "\n".join(lines)
