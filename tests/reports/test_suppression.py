"""Nobody can compute a hidden figure: tried by a reader who knows every sum and every rule, and tries all numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from casework.suppression import LEAST, Sum, small, to_hide

MOST = 14


def readings(figures: Mapping[str, int], sums: Sequence[Sum], hidden: frozenset[str]) -> Iterator[dict[str, int]]:
    """Every way the hidden figures could be, as somebody must think who sees the others: zero is never hidden.

    Of large figures those a little above are tried: another reading is enough to be unsure.
    """
    names = sorted(hidden)
    choices = [range(1, max(LEAST, figures[n] + 6)) for n in names]

    def go(index: int, so_far: dict[str, int]) -> Iterator[dict[str, int]]:
        for one in sums:
            parts = [so_far.get(name) for name, _ in one]
            if None not in parts and sum(sign * so_far[name] for name, sign in one) != 0:
                return
            known = sum(so_far[p] for p in one.parts if p in so_far)
            if one.total in so_far and known > so_far[one.total]:
                return
        if index == len(names):
            yield so_far
            return
        for value in choices[index]:
            yield from go(index + 1, {**so_far, names[index]: value})

    yield from go(0, {name: value for name, value in figures.items() if name not in hidden})


def nobody_can_tell(figures: Mapping[str, int], sums: Sequence[Sum], hidden: frozenset[str]) -> None:
    seen: dict[str, set[int]] = {name: set() for name in hidden}
    for reading in readings(figures, sums, hidden):
        for name in hidden:
            seen[name].add(reading[name])
        if all(len(values) > 1 for values in seen.values()):
            return
    assert not {name: values for name, values in seen.items() if len(values) < 2}


def line(*values: int) -> tuple[dict[str, int], list[Sum]]:
    parts = {f"part{i}": value for i, value in enumerate(values)}
    return {**parts, "total": sum(values)}, [Sum("total", tuple(parts))]


def square(rows: Sequence[Sequence[int]]) -> tuple[dict[str, int], list[Sum]]:
    """A table with totals of its rows and columns."""
    figures: dict[str, int] = {}
    sums: list[Sum] = []
    whole = [[*row, sum(row)] for row in rows]
    whole.append([sum(column) for column in zip(*whole, strict=True)])
    for r, row in enumerate(whole):
        figures |= {f"{r}.{c}": value for c, value in enumerate(row)}
        sums.append(Sum(f"{r}.{len(row) - 1}", tuple(f"{r}.{c}" for c in range(len(row) - 1))))
    for c in range(len(whole[0])):
        sums.append(Sum(f"{len(whole) - 1}.{c}", tuple(f"{r}.{c}" for r in range(len(whole) - 1))))
    return figures, sums


def test_what_is_large_enough_is_shown() -> None:
    assert to_hide(*line(5, 0, 100)) == frozenset()


def test_one_small_figure_takes_the_smallest_other_with_it_and_never_the_total() -> None:
    assert to_hide(*line(3, 9, 7, 0), last=["total"]) == {"part0", "part2"}


def test_two_small_figures_hide_one_another_only_where_both_may_be_another() -> None:
    assert to_hide(*line(3, 2, 50), last=["total"]) == {"part0", "part1"}
    assert to_hide(*line(4, 4, 50), last=["total"]) == {"part0", "part1", "part2"}
    assert to_hide(*line(1, 1, 50, 60), last=["total"]) == {"part0", "part1", "part2"}


def test_where_nothing_else_helps_the_total_is_hidden() -> None:
    assert to_hide(*line(4, 4, 0), last=["total"]) == {"part0", "part1", "total"}


def test_what_was_shown_before_stays_and_something_else_is_hidden() -> None:
    """Three quarters were published, then the year: the fourth has three, which the year would tell."""
    figures = {"q1": 8, "q2": 9, "q3": 10, "q4": 3, "year": 30}
    assert to_hide(figures, [Sum("year", ("q1", "q2", "q3", "q4"))], fixed=["q1", "q2", "q3"]) == {"q4", "year"}


@given(st.lists(st.integers(0, MOST), min_size=1, max_size=5))
@settings(deadline=None)
def test_no_line_tells_what_is_hidden(values: list[int]) -> None:
    figures, sums = line(*values)
    hidden = to_hide(figures, sums, last=["total"])
    assert {name for name, value in figures.items() if small(value)} <= hidden
    nobody_can_tell(figures, sums, hidden)


@given(st.integers(2, 3), st.integers(1, 2), st.data())
@settings(deadline=None, max_examples=60)
def test_no_table_tells_what_is_hidden(rows: int, columns: int, data: st.DataObject) -> None:
    cells = [[data.draw(st.integers(0, MOST)) for _ in range(columns)] for _ in range(rows)]
    figures, sums = square(cells)
    totals = [name for name in figures if name.startswith(f"{rows}.") or name.endswith(f".{columns}")]
    hidden = to_hide(figures, sums, last=totals)
    assert {name for name, value in figures.items() if small(value)} <= hidden
    nobody_can_tell(figures, sums, hidden)


@given(st.lists(st.integers(0, MOST), min_size=4, max_size=4), st.sets(st.integers(0, 3)))
@settings(deadline=None)
def test_no_later_period_tells_what_an_earlier_one_hid(quarters: list[int], published: set[int]) -> None:
    names = [f"q{i}" for i in range(4)]
    figures = dict(zip(names, quarters, strict=True)) | {"half": sum(quarters[:2]), "year": sum(quarters)}
    sums = [Sum("half", ("q0", "q1")), Sum("year", tuple(names)), Sum("year", ("half", "q2", "q3"))]
    fixed = {names[i] for i in published if not small(quarters[i])}
    before = {names[i] for i in published if small(quarters[i])}
    hidden = to_hide(figures, sums, fixed=fixed, hidden=before, last=["year", "half"])
    nobody_can_tell(figures, sums, hidden)


def test_a_large_table_is_quick() -> None:
    cells = [[(r * 7 + c * 11) % 23 for c in range(12)] for r in range(40)]
    figures, sums = square(cells)
    totals = [name for name in figures if name.startswith("40.") or name.endswith(".12")]
    hidden = to_hide(figures, sums, last=totals)
    assert {name for name, value in figures.items() if small(value)} <= hidden
    assert len(hidden) < len(figures) * 0.5
