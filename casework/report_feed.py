"""A report as plain data: JSON for programs, CSV for spreadsheets. The schema is in docs/reports-feed.md.

Figures are numbers; percentages are unrounded to two places; days are ISO days. A figure that is not there is null
(empty in the CSV) and says why in ``state``.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from casework.report_model import Cell, Column, Period, Prose, Quotes, Report, Sheet

#: Raised when what a program reads changes.
SCHEMA = "hearback-report/1"
#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = (
    *("organisation", "level", "since", "until", "part", "table", "table_title", "row", "row_label", "column"),
    *("column_label", "column_since", "column_until", "unit", "value", "of", "state", "total", "facts"),
)


def as_json(report: Report, *, links: bool = True) -> dict[str, Any]:
    """The whole report. ``links`` False: without what leads to records, for publication."""
    return {
        "schema": SCHEMA,
        "organisation": report.organisation,
        "name": report.name,
        "kind": report.kind,
        "title": report.title,
        "level": report.level,
        "level_name": report.level_name,
        "language": report.language,
        "made_at": report.made_at.isoformat(),
        "period": _period(report.period),
        "compared": [_period(one) for one in report.compared],
        "sections": [{"code": code, "heading": heading} for code, heading in report.sections.items()],
        "tables": [_sheet(sheet, links) for sheet in report.sheets()],
        "texts": [_text(part) for part in report.parts if isinstance(part, (Prose, Quotes))],
    }


def _period(period: Period) -> dict[str, str]:
    return {"since": period.since.isoformat(), "until": period.until.isoformat(), "name": period.name}


def _sheet(sheet: Sheet, links: bool) -> dict[str, Any]:
    return {
        "code": sheet.code,
        "part": sheet.part,
        "title": sheet.title,
        "rows_are": sheet.stub,
        "note": sheet.note,
        "adds_up": sheet.sums,
        "columns": [
            {"code": one.code, "label": one.label, "unit": one.unit, "total": one.total}
            | {"period": _period(one.period) if one.period else None}
            for one in sheet.columns
        ],
        "rows": [
            {"code": row.code, "label": row.label, "total": row.total}
            | {"cells": [_cell(one, links) for one in row.cells]}
            for row in sheet.rows
        ],
    }


def _cell(cell: Cell, links: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"value": plain(cell.value)}
    if cell.of is not None:
        found["of"] = cell.of
    if cell.state != "counted":
        found["state"] = cell.state
    if links and cell.where:
        found["where"] = dict(cell.where)
    return found


def _text(part: Prose | Quotes) -> dict[str, Any]:
    said = {"text": part.text} if isinstance(part, Prose) else {"quotes": list(part.quotes)}
    return {"code": part.code, "part": part.part, "heading": part.heading, **said}


def plain(value: int | Decimal | date | str | None) -> int | float | str | None:
    """A value as JSON knows it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(round(value, 2))
    return value.isoformat() if isinstance(value, date) else value


def as_csv(report: Report, *, links: bool = True) -> str:
    """Every figure of every table, one a line, under HEADINGS; UTF-8 with its mark, for spreadsheets as well."""
    out = io.StringIO()
    out.write("\ufeff")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(HEADINGS)
    begin = (report.organisation, report.level, report.period.since.isoformat(), report.period.until.isoformat())
    for sheet in report.sheets():
        for row in sheet.rows:
            for column, cell in zip(sheet.columns, row.cells, strict=True):
                head = (sheet.part, sheet.code, sheet.title, row.code, row.label, *_of(column, report.period))
                where = " ".join(cell.where.values()) if links else ""
                figure = (plain(cell.value), cell.of, cell.state, "yes" if row.total or column.total else "", where)
                write.writerow([safe(one) for one in (*begin, *head, *figure)])
    return out.getvalue()


def _of(column: Column, period: Period) -> tuple[str, ...]:
    when = column.period or period
    return (column.code, column.label, when.since.isoformat(), when.until.isoformat(), column.unit)


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: numbers stay numbers, words that look like one are quoted."""
    if value is None or isinstance(value, (int, float)):
        return "" if value is None else value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
