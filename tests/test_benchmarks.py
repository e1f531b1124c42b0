"""What the speed table is made with."""

from __future__ import annotations

import importlib

import pytest

from benchmarks.__main__ import BEGIN, DOCUMENT, END, PARTS
from benchmarks.pairs import Pairs, Row, Size, measured, most, pairs, percentile, table


def test_sides_are_measured_in_turn_and_compared_pair_by_pair() -> None:
    order: list[str] = []

    def side(name: str, figures: list[float]) -> float:
        order.append(name)
        return figures.pop(0)

    ours, peer = [10.0, 30.0, 50.0], [10.0, 10.0, 100.0]
    found = pairs(lambda: side("ours", ours), lambda: side("peer", peer), 3)
    assert order == ["ours", "peer"] * 3
    assert found.ratios == [1.0, 3.0, 0.5]
    assert found.row("what", 0.9) == Row("what", "≥ 0.9", "**1.00** (0.50–3.00): 30.0 ÷ 10.0 a second", True)
    assert found.row("what", 1.1).met is False
    assert Pairs((1.0,), (2.0,)).row("no goal").met is None


def test_a_limit_is_held_by_the_median_or_by_the_worst() -> None:
    assert most("what", 5, "ms", [1.0, 4.0, 9.0]).met is True
    assert most("what", 5, "ms", [1.0, 4.0, 9.0], worst=True).met is False
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_what_fails_is_a_row_that_says_so() -> None:
    (row,) = measured("nowhere", Size())
    assert row.met is False and "ModuleNotFoundError" in row.measured
    assert table([row]).endswith("| **no** |")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_makes_rows(part: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{part}").rows)


def test_the_document_has_a_place_for_the_table() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.count(BEGIN) == 1 and text.count(END) == 1 and text.index(BEGIN) < text.index(END)
