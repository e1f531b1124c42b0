"""A published report: nothing small, nothing that tells it, no home by name, no link, no words without approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.procedure import load
from casework.publishing import Ledger, Rules, numbers, plainly, published
from casework.report_model import Cell, Column, Part, Period, Prose, Report, Row, Sheet
from casework.report_where import Where, between, has
from casework.suppression import LEAST
from storage import publishing
from storage.sealer import Sealer
from tests.storage.conftest import Site, postgres, sqlite_site, sqlite_template

__all__ = ["postgres", "sqlite_site", "sqlite_template"]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
YEAR = Period(date(2025, 4, 1), date(2026, 3, 31), "2025/26")
FIRST, LAST = (
    Period(date(2025, 4, 1), date(2025, 9, 30), "first half"),
    Period(date(2025, 10, 1), date(2026, 3, 31), "second half"),
)


def report(*parts: Part, period: Period = YEAR) -> Report:
    return Report("example", "Example", "annual", period, (), "en", NOW, "Annual report", parts, {"": "All"})


def filed(period: Period) -> Where:
    return has("kind", "complaint") & between("filed", period.since, period.until)


def line(code: str, values: Sequence[int], base: Where, *, fact: str = "theme") -> Sheet:
    """A table with one count and its share a line, and a total."""
    whole = sum(values)
    rows = []
    for number, value in enumerate(values):
        where = (base & has(fact, f"v{number}")).query
        share = Cell(Decimal(100 * value) / whole if whole else None, of=whole, where=where)
        rows.append(Row(f"v{number}", f"Line {number}", (Cell(value, where=where), share)))
    total = (Cell(whole, where=base.query), Cell(Decimal(100) if whole else None, of=whole, where=base.query))
    rows.append(Row("total", "All", total, total=True))
    return Sheet(code, code, "Line", (Column("records", "Records"), Column("percent", "%", "percent")), tuple(rows))


def shown(found: Report, code: str = "themes") -> list[object]:
    """The figures in the order in which they were given, wherever their lines stand now."""
    rows = sorted(found.sheet(code).rows, key=lambda row: (row.total, row.code))
    return [row.cells[0].value for row in rows]


def test_small_figures_go_with_what_would_tell_them_and_links_go_always() -> None:
    found, ledger = published(report(line("themes", [3, 9, 20, 0], filed(YEAR))), Rules(note="Some are hidden."))
    assert shown(found) == [None, None, 20, 0, 32]
    assert sorted(row.cells[1].value or 0 for row in found.sheet("themes").rows) == [0, 0, 0, Decimal("62.5"), 100]
    cells = [cell for row in found.sheet("themes").rows for cell in row.cells]
    assert not any(cell.where for cell in cells) and not any(cell.of for cell in cells)
    assert {cell.state for cell in cells if cell.value is None} == {"suppressed"}
    assert found.sheet("themes").note.endswith("Some are hidden.")
    assert len(ledger.hidden) == 2 and len(ledger.figures) == 5


def test_the_place_of_a_line_tells_nothing() -> None:
    """In a table with the longest line first a hidden line between two of seven would be a seven."""
    table = line("themes", [20, 7, 7, 7, 3], filed(YEAR))
    rows = tuple(
        replace(row, label=name) for row, name in zip(table.rows, ["D", "E", "C", "B", "A", "All"], strict=True)
    )
    found, _ = published(report(replace(table, rows=rows)), Rules())
    assert [row.label for row in found.sheet("themes").rows][-3:-1] == ["A", "E"]
    assert [row.cells[0].value for row in found.sheet("themes").rows] == [20, 7, 7, None, None, 44]


def test_one_figure_said_in_two_tables_is_one_figure() -> None:
    """The theme of three is in both; in the second table the line of eight could be computed by the first."""
    again = line("themes", [3, 9, 20, 0], filed(YEAR))
    other = line("again", [3, 9, 20, 0], has("kind", "complaint", "informal") & filed(YEAR))
    found, _ = published(report(again, other), Rules())
    assert shown(found) == shown(found, "again") == [None, None, 20, 0, 32]


def test_a_figure_within_another_tells_no_small_rest() -> None:
    base = filed(YEAR)
    rows = (
        Row("all", "All", (Cell(30, where=base.query),)),
        Row("met", "In time", (Cell(28, where=(base & has("timescale.stage1", "met")).query),)),
    )
    sheet = Sheet("glance", "At a glance", "Figure", (Column("figure", "2025/26", "other", YEAR),), rows, sums=False)
    found, _ = published(report(sheet), Rules())
    assert [row.cells[0].value for row in found.sheet("glance").rows] == [30, None]


def test_a_later_report_tells_nothing_of_an_earlier_one() -> None:
    """The first half is published with its small theme hidden; the year with the second half would give it away."""
    half = line("themes", [3, 20, 30], filed(FIRST))
    one, told = published(report(half, period=FIRST), Rules())
    assert shown(one) == [None, None, 30, 53]
    rest = line("themes", [10, 20, 30], filed(LAST))
    year = line("year", [13, 40, 60], filed(YEAR))
    both, _ = published(report(rest, year), Rules(earlier=(told,)))
    missing = [value is None for value in shown(both)], [value is None for value in shown(both, "year")]
    assert any(missing[0][:1]) or any(missing[1][:1])
    alone, _ = published(report(year), Rules(earlier=(told,)))
    assert shown(alone, "year") == [13, 40, 60, 113]


def test_what_was_hidden_stays_hidden() -> None:
    one, told = published(report(line("themes", [3, 9, 20], filed(YEAR))), Rules())
    assert shown(one) == [None, None, 20, 32]
    only_nine = Sheet(
        "one", "One", "Line", (Column("records", "Records"),),
        (Row("v1", "Line 1", (Cell(9, where=(filed(YEAR) & has("theme", "v1")).query),)),), sums=False,
    )  # fmt: skip
    found, _ = published(report(only_nine), Rules(earlier=(told,)))
    assert shown(found, "one") == [None]


def test_homes_are_numbered_everywhere_and_named_nowhere() -> None:
    base = filed(YEAR)
    rows = [Row(code, label, (Cell(10 + i, where=(base & has("services", code)).query),)) for i, (code, label) in
            enumerate([("oaklands", "Oaklands"), ("fostering", "Fostering"), ("beech", "Beech House")])]  # fmt: skip
    sheet = Sheet("services", "By service", "Service", (Column("records", "Records"),), tuple(rows), homes=True)
    found, _ = published(report(sheet), Rules(homes={"oaklands": "Home 2", "beech": "Home 1"}))
    assert [(row.code, row.label) for row in found.sheet("services").rows] == [
        ("fostering", "Fostering"), ("home-1", "Home 1"), ("home-2", "Home 2"),
    ]  # fmt: skip
    assert "aklands" not in repr(found) and "Beech" not in repr(found)
    assert numbers(["a", "b", "c"], {"b": 1}) == {"b": 1, "a": 2, "c": 3}


def test_words_need_somebodys_approval_and_single_records_are_left_out() -> None:
    single = Sheet(
        "stage2_records", "One by one", "Record", (Column("service", "Service", "text"), Column("days", "Days")),
        (Row("HB-1", "HB-1", (Cell("Fostering"), Cell(57, where={"record": "HB-1"}))),),
    )  # fmt: skip
    words = [Prose("listened", "How we listened", "We asked."), Prose("foreword", "Foreword", "Zebedee said so.")]
    found, _ = published(report(single, *words), Rules(approved=["listened"]))
    assert [part.code for part in found.parts] == ["listened"]


def test_people_by_how_often_they_complained_are_shown_all_or_none() -> None:
    base = filed(YEAR)
    rows = []
    for number, people in ((1, 231), (2, 16), (3, 1)):
        where = f"{base} persons:{number}"
        rows.append(Row(str(number), str(number), (Cell(people, where={"facts": where}),)))
    rows.append(Row("total", "All", (Cell(248, where=base.query),), total=True))
    sheet = Sheet("repeats", "Again", "Complaints", (Column("people", "People", "people"),), tuple(rows))
    found, _ = published(report(sheet), Rules())
    assert shown(found, "repeats") == [None, None, None, 248]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "kind:complaint filed:2025-04-01..2026-03-31",
            "filed:2025-04-01..2026-03-31 kind:complaint|informal kind:complaint",
        ),
        ("kind:complaint", "kind:complaint kind:!unfinished"),
        ("filed:2025-04-01..2025-04-30", "filed:2025-04-01..2026-03-31 filed:2025-04-01..2025-04-30"),
        ("who:child", "complainant:child"),
    ],
)
def test_two_ways_to_say_one_thing(one: str, other: str) -> None:
    assert plainly(one) == plainly(other)


@given(st.lists(st.integers(0, 15), min_size=2, max_size=6), st.lists(st.integers(0, 15), min_size=2, max_size=6))
@settings(deadline=None, max_examples=50)
def test_nothing_small_is_ever_shown(first: list[int], second: list[int]) -> None:
    half = report(line("themes", first, filed(FIRST)), period=FIRST)
    one, told = published(half, Rules())
    year = [a + b for a, b in zip(first, second, strict=False)]
    two, more = published(report(line("themes", year, filed(YEAR))), Rules(earlier=(told,)))
    for found in (one, two):
        values = [cell.value for row in found.sheet("themes").rows for cell in row.cells[:1]]
        assert not [value for value in values if isinstance(value, int) and 0 < value < LEAST]
    assert isinstance(more, Ledger)


def test_what_was_published_is_kept_sealed_and_homes_keep_their_numbers(sqlite_site: Site, tmp_path: Path) -> None:
    profile = load("dudley")
    store = sqlite_site.open(profiles={"dudley": profile})
    sealer = Sealer(store.vault.ring)
    found, ledger = published(report(line("themes", [3, 9, 20], filed(YEAR))), Rules())
    store.writer.write(lambda db: publishing.keep(db.connection(), sealer, found, ledger, "staff:1", NOW)).result(10)
    homes = store.writer.write(lambda db: publishing.number_homes(db.connection(), profile, sealer)).result(10)
    again = store.writer.write(lambda db: publishing.number_homes(db.connection(), profile, sealer)).result(10)
    assert homes == again == {one: homes[one] for one in homes}
    assert sorted(homes.values()) == list(range(1, len(homes) + 1))
    with store.database.reading() as db:
        assert publishing.earlier(db, "example", sealer) == (ledger,)
        assert publishing.earlier(db, "other", sealer) == ()
        (kept,) = publishing.publications(db, "example")
    assert (kept["since"], kept["by"]) == (YEAR.since, "staff:1")
    names = publishing.names(profile, homes, "Home {number}")
    assert set(names) == {one.id for one in profile.services.values() if one.residential}
