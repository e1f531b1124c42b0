"""The files a report is kept as: opened again and read; nothing typed is ever executed, and pictures have words."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import openpyxl
import pytest
from docx.document import Document as Word

from bot.reports import FORMATS, in_words
from casework.publishing import Rules, published
from casework.report_document import HIDDEN, Topic, number
from casework.report_model import Cell, Chart, Column, Part, Period, Prose, Quotes, Report, Row, Sheet
from tests.console.desk import chromium, serious

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
YEAR = Period(date(2025, 4, 1), date(2026, 3, 31), "2025/26")
BEFORE = Period(date(2024, 4, 1), date(2025, 3, 31), "2024/25")
BASE = "https://hearback.example/staff"
#: What somebody might have typed as a name of a theme.
NASTY = (
    '=cmd|" /C calc"!A0',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "\x0bZebedee\x00",
    "]]>&amp;",
    "{x}",
    "٣ كتب",
)


def sheet(code: str, chart: Chart, *values: tuple[str, int, int], part: str = "about") -> Sheet:
    rows = [
        Row(
            f"r{n}",
            label,
            (Cell(then), Cell(now, where={"facts": f"theme:r{n}"}), Cell(Decimal(100 * now) / 40, of=40)),
        )
        for n, (label, then, now) in enumerate(values)
    ]
    rows.append(
        Row("total", "All", (Cell(39), Cell(40, where={"facts": "kind:complaint"}), Cell(Decimal(100))), total=True)
    )
    columns = (
        Column("records.2024-04-01", "2024/25", "records", BEFORE),
        Column("records", "2025/26", "records", YEAR),
        Column("percent", "%", "percent", YEAR),
    )
    return Sheet(code, f"Table {code}", "Theme", columns, tuple(rows), "A note.", chart=chart, part=part)


def report(*more: Part) -> Report:
    themes = sheet("themes", "bars", *((label, n + 5, 2 * n + 6) for n, label in enumerate(NASTY)))
    months = sheet("months", "line", ("2025-04", 4, 12), ("2025-05", 6, 9), ("2025-06", 7, 19))
    quarters = sheet("quarters", "stacked", ("Q1", 20, 22), ("Q2", 19, 18))
    nothing = sheet("nothing", "bars")
    nothing = Sheet(
        "nothing",
        "Decisions of nobody",
        "What",
        nothing.columns,
        (Row("a", "A", (Cell(0), Cell(0), Cell(None))),),
        part="about",
    )
    glance = Sheet(
        "glance", "At a glance", "Figure",
        (Column("f.2024", "2024/25", "other", BEFORE), Column("figure", "2025/26", "other", YEAR)),
        (Row("complaints", "Received", (Cell(39, state="recorded figure"), Cell(40, where={"facts": "kind:x"}))),
         Row("met_percent", "In time (%)", (Cell(Decimal("71.4")), Cell(Decimal("83.5"))))),
        sums=False, part="glance",
    )  # fmt: skip
    words = Prose("foreword", "Foreword", "First paragraph.\n\nSecond, with <b>signs</b> & more.", "foreword")
    quotes = Quotes("thanks_said", "In their words", ("She kept her word.",), "thanks")
    parts = (words, glance, themes, months, quarters, nothing, quotes, *more)
    sections = {"foreword": "Foreword", "glance": "At a glance", "about": "What it was about", "thanks": "Compliments"}
    return Report(
        "example", "Example & Co", "annual", YEAR, (BEFORE,), "en", NOW, "Annual report, 2025/26", parts, sections
    )


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {ending: one.make(report(), BASE) for ending, one in FORMATS.items()}


@pytest.fixture
def word(files: dict[str, bytes]) -> Word:
    return docx.Document(io.BytesIO(files["docx"]))


# Word -----------------------------------------------------------------------------------------------


def test_word_has_headings_contents_and_tables_with_a_heading_row(word: Word, files: dict[str, bytes]) -> None:
    headings = [(p.style.name, p.text) for p in word.paragraphs if p.style and p.style.name.startswith("Heading")]
    assert headings[0] == ("Heading 1", "1. Foreword")
    assert ("Heading 2", "Table themes") in headings
    body = word.element.body.xml
    assert " TOC " in body and body.count("<w:tblHeader") == len(word.tables) - 1  # the key figures have none
    anchors = set(re.findall(r'w:anchor="([^"]+)"', body))
    assert anchors and anchors <= set(re.findall(r'w:bookmarkStart [^>]*w:name="([^"]+)"', body))
    text = "\n".join(p.text for p in word.paragraphs)
    assert "First paragraph." in text and "Second, with <b>signs</b> & more." in text and "She kept her word." in text
    assert "Nothing was recorded of: Decisions of nobody." in text
    assert word.core_properties.title == "Annual report, 2025/26"


def test_word_charts_are_its_own_have_words_and_their_figures(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as archive:
        names = archive.namelist()
        charts = [name for name in names if re.fullmatch(r"word/charts/chart\d+\.xml", name)]
        books = [name for name in names if name.endswith(".xlsx")]
        document = archive.read("word/document.xml").decode()
        for name in charts:
            ElementTree.fromstring(archive.read(name))  # ours
        book = openpyxl.load_workbook(io.BytesIO(archive.read(sorted(books)[0])))
    assert len(charts) == len(books) == 3
    said = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', document)
    assert len(said) == 3 and all(said)
    assert f"{BASE}/records?facts=theme%3Ar0" in document
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)  # type: ignore[union-attr]  # a sheet


def test_word_shows_a_figure_as_people_write_it(word: Word) -> None:
    cells = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
    assert {"39†", "84 %", "71 %", "April 2025"} <= cells


def test_a_column_of_which_nothing_is_known_takes_no_room_and_money_has_pence() -> None:
    columns = (Column("days", "Days", "working days"), Column("then", "As recorded", "working days"),
               Column("cost", "Cost (£)", "pounds"))  # fmt: skip
    rows = tuple(Row(f"r{n}", f"R{n}", (Cell(n), Cell(None), Cell(Decimal("1017.5")))) for n in (7, 8))
    one = in_words(report(Sheet("later", "Later", "Record", columns, rows, part="about")))
    table = next(b.table for s in one.sections for b in s.blocks if isinstance(b, Topic) and b.table.code == "later")
    assert table.heads == ("Days", "Cost (£)") and table.lines[0].cells[1].text == "1,017.50"


def test_the_fewest_is_nothing_where_there_was_nothing_and_what_has_no_month_is_on_no_line() -> None:
    months = sheet("spring", "line", ("2025-04", 4, 12), ("2025-05", 6, 0), ("2025-06", 7, 19))
    undated = Row("not_recorded", "Day not recorded", months.rows[0].cells)
    one = in_words(report(replace(months, rows=(*months.rows[:-1], undated, months.rows[-1]))))
    chart = next(b.chart for s in one.sections for b in s.blocks if isinstance(b, Topic) and b.table.code == "spring")
    assert chart is not None and chart.told == "2025/26: the most in June 2025 (19), the fewest in May 2025 (0)."
    assert len(chart.labels) == 3


# Excel ----------------------------------------------------------------------------------------------


def test_a_workbook_has_a_sheet_a_table_and_never_a_formula(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert book.sheetnames == ["Contents", "At a glance", "Table themes", "Table months", "Table quarters"]
    cells = [cell for one in book for row in one.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    themes = book["Table themes"]
    labels = [themes.cell(row, 1).value for row in range(4, 4 + len(NASTY))]
    assert labels[:4] == list(NASTY[:4])
    assert themes.cell(4, 3).value == 6 and isinstance(themes.cell(4, 3).value, int)
    assert themes.cell(4, 3).hyperlink.target == f"{BASE}/records?facts=theme%3Ar0"
    raw = zipfile.ZipFile(io.BytesIO(files["xlsx"]))
    assert not [name for name in raw.namelist() if b"<f>" in raw.read(name)]


def test_two_tables_of_one_title_have_two_sheets() -> None:
    twice = sheet("again", "", ("A", 1, 2), ("B", 3, 38), part="about")
    more = Sheet(
        "more",
        "Table: themes / and [a very long title that Excel refuses]",
        "X",
        twice.columns,
        twice.rows,
        part="about",
    )
    same = Sheet("same", more.title, "X", twice.columns, twice.rows, part="about")
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].make(report(more, same), "")))
    names = book.sheetnames[-2:]
    assert len(set(names)) == 2 and all(len(name) <= 31 for name in names)
    assert not [
        cell for one in book for row in one.iter_rows() for cell in row if cell.hyperlink and cell.hyperlink.target
    ]


# The page -------------------------------------------------------------------------------------------


def test_a_page_has_no_script_nothing_from_elsewhere_and_says_what_is_drawn(files: dict[str, bytes]) -> None:
    page = files["html"].decode()
    assert "<script" not in page and "&lt;script&gt;" in page and "src=" not in page and "default-src 'none'" in page
    assert page.count("<svg") == page.count("<title id=") == page.count("<desc id=") == 3
    assert set(re.findall(r'href="(https?://[^/"]+)', page)) == {"https://hearback.example"}
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r' id="([^"]+)"', page))


@pytest.mark.parametrize(("width", "dark"), [(1100, False), (320, True)])
def test_a_page_can_be_read_by_everybody(files: dict[str, bytes], tmp_path: Path, width: int, dark: bool) -> None:
    (tmp_path / "report.html").write_bytes(files["html"])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        page.goto(f"file://{tmp_path}/report.html")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious(page) == []


# All of them ----------------------------------------------------------------------------------------


def texts(ending: str, file: bytes) -> Iterator[str]:
    if ending == "html":
        yield file.decode()
        return
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith((".xlsx",)):
                yield from texts("xlsx", content)
            elif name.endswith((".xml", ".rels")):
                yield content.decode()


@pytest.mark.parametrize("ending", list(FORMATS))
def test_a_published_copy_carries_no_link_and_no_hidden_figure(ending: str) -> None:
    few = sheet("few", "bars", ("A", 7, 3), ("B", 13, 17), ("C", 19, 20))
    copy, _ = published(report(few), Rules(approved=["foreword"], note="Some are hidden."))
    said = " ".join(texts(ending, FORMATS[ending].make(copy, BASE)))
    assert BASE not in said and "facts" not in said
    assert HIDDEN in said and "Some are hidden." in said
    assert ("First paragraph." in said) == (ending != "xlsx") and "She kept her word." not in said


def test_a_report_without_anything_is_a_document_too() -> None:
    bare = Report("example", "Example", "weekly", YEAR, (), "cy", NOW, "Rhestr", (), {})
    for one in FORMATS.values():
        assert len(one.make(bare, "")) > 500
    assert in_words(bare).sections == ()


def test_numbers_are_rounded_as_people_round() -> None:
    found: list[Any] = [number(1234567), number(Decimal("2.25")), number(Decimal("3.0")), number(Decimal("-0.05"))]
    assert found == ["1,234,567", "2.3", "3", "-0.1"]


def test_a_hundred_tables_are_written_at_once() -> None:
    many = [sheet(f"t{n}", "bars", *((f"Line {i}", i + 5, i + 6) for i in range(20))) for n in range(100)]
    start = time.process_time()
    for one in FORMATS.values():
        one.make(report(*many), BASE)
    assert time.process_time() - start < 15  # far from what it takes: benchmarks/reports.py measures
