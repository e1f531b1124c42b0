"""A report as a workbook: one sheet a table, real numbers, and never a formula: what begins with “=” stays words."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from bot.reports.html import link
from casework.report_document import Document, Table, Topic

#: Characters that the name of a sheet must not have, and how long it may be.
_FORBIDDEN, MOST_NAME = re.compile(r"[\[\]:*?/\\']"), 31
#: Links of a workbook before Excel refuses more.
MOST_LINKS = 60_000


def workbook(document: Document, base: str = "") -> bytes:
    """The workbook. ``base``: address of the console, to whose lists the figures lead; "" for a copy without links."""
    out = io.BytesIO()
    # Nothing that was typed becomes a formula, a link or a number: every cell says itself what it is.
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": document.title, "company": document.organisation})
    styles = {
        "bold": book.add_format({"bold": True}),
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"}),
        "head_n": book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "align": "right", "valign": "bottom"}),
        "n": book.add_format({"num_format": "#,##0", "align": "right"}),
        "part": book.add_format({"num_format": "#,##0.0", "align": "right"}),
        "day": book.add_format({"num_format": "d mmmm yyyy", "align": "right"}),
        "right": book.add_format({"align": "right"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "soft": book.add_format({"font_color": "#555555", "text_wrap": True, "valign": "top"}),
    }
    tables = [(section, block) for section in document.sections for block in section.blocks if isinstance(block, Topic)]
    names = _names([block.table for _, block in tables])
    first = book.add_worksheet(document.words["contents"][:MOST_NAME])
    first.set_column(0, 0, 60)
    first.write_string(0, 0, document.title, styles["title"])
    first.write_string(1, 0, document.organisation)
    at = 2
    for name, value in document.about:
        first.write_string(at, 0, f"{name}: {value}")
        at += 1
    at += 1
    for section in document.sections:
        first.write_string(at, 0, f"{section.number}. {section.heading}", styles["bold"])
        at += 1
        for block in section.blocks:
            if isinstance(block, Topic):
                first.write_url(at, 0, f"internal:'{names[block.table.code]}'!A1", string=block.table.title)
                at += 1
        if section.silent:
            first.write_string(at, 0, section.silent, styles["soft"])
            at += 1
    links = 0
    for _, block in tables:
        links = _sheet(book, block.table, names[block.table.code], styles, base if links < MOST_LINKS else "", links)
    book.close()
    return out.getvalue()


def _sheet(book: Any, table: Table, name: str, styles: dict[str, Any], base: str, links: int) -> int:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, table.title, styles["title"])
    sheet.write_string(2, 0, table.stub, styles["head"])
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, max(1, len(table.heads)), 14)
    for column, (head, figure) in enumerate(zip(table.heads, table.numbers, strict=True), 1):
        sheet.write_string(2, column, head, styles["head_n" if figure else "head"])
    for row, line in enumerate(table.lines, 3):
        sheet.write_string(row, 0, line.label, styles["bold"] if line.total else None)
        for column, shown in enumerate(line.cells, 1):
            address = link(shown, base)
            value = shown.value
            if isinstance(value, (int, Decimal)):
                whole = isinstance(value, int) or value == value.to_integral_value()
                style = styles["n" if whole else "part"]
                if address:
                    sheet.write_url(row, column, address, style)  # the number stands over it in a moment
                    links += 1
                sheet.write_number(row, column, int(value) if whole else float(value), style)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, styles["day"])
            else:
                sheet.write_string(row, column, shown.text, styles["right"] if shown.value != shown.text else None)
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for number, note in enumerate(table.notes):
        sheet.merge_range(
            4 + len(table.lines) + number,
            0,
            4 + len(table.lines) + number,
            max(1, len(table.heads)),
            "",
            styles["soft"],
        )
        sheet.write_string(4 + len(table.lines) + number, 0, note, styles["soft"])
    return links


def _names(tables: list[Table]) -> dict[str, str]:
    """Code of a table -> the name of its sheet: short, without signs Excel refuses, each once."""
    found: dict[str, str] = {}
    for table in tables:
        plain = _FORBIDDEN.sub(" ", table.title).strip() or table.code
        name, count = plain[:MOST_NAME].rstrip(), 2
        while name.casefold() in {one.casefold() for one in found.values()}:
            end = f" {count}"
            name, count = plain[: MOST_NAME - len(end)].rstrip() + end, count + 1
        found[table.code] = name
    return found
