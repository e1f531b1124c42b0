"""Rows of a file somebody brings: CSV, an Excel workbook, or one JSON object a line; as a stream, twice if need be.

What a spreadsheet can do to its data is seen here: merged cells, formulas whose result was never saved, the two
calendars of Excel, a heading that is not in the first line.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from casework.imports import STRAY

#: A heading is looked for in so many lines: titles and notes stand above many a table.
ABOVE = 20
#: The largest file; so many bytes of a workbook's sheet when it is unpacked, which is read line by line; and of any
#: other part of it, which is read whole.
MOST_BYTES, MOST_SHEET, MOST_PART = 100 * 2**20, 2**31, 2**29
#: What a damaged workbook raises, wherever it is read.
# SyntaxError: what every reader of XML says of what is none.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, DefusedXmlException, SyntaxError, KeyError, ValueError, OSError)
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Unreadable(ValueError):
    """A file cannot be read at all; the text says why and what to do."""


@dataclass(frozen=True)
class Table:
    """An open table. ``rows`` begins anew each time it is called: (number as the file counts, heading -> value).

    rows    under STRAY: the numbers of cells without a heading that hold something
    epoch   "1900" or "1904", of a workbook; else ""
    spoilt  (row, column or "", why): what the file itself makes unclear
    """

    headings: tuple[str, ...]
    rows: Callable[[], Iterator[tuple[int, dict[str, Any]]]]
    epoch: str = ""
    spoilt: tuple[tuple[int, str, str], ...] = ()
    sheet: str = field(default="")


def table(path: Path, knows: Callable[[str], bool], sheet: str = "") -> Table:
    """Open a file by its ending. ``knows`` says whether a heading means anything. Raises Unreadable."""
    try:
        size = path.stat().st_size
    except OSError:
        raise Unreadable(f"There is no file {path.name}.") from None
    if size > MOST_BYTES:
        raise Unreadable(
            f"{path.name} has more than {MOST_BYTES // 2**20} MB. Split it, and import the parts one by one."
        )
    ending = path.suffix.casefold()
    if ending in (".xlsx", ".xlsm"):
        return _workbook(path, knows, sheet)
    if sheet:
        raise Unreadable(f"{path.name} has no sheets: only a workbook (.xlsx) has.")
    if ending in (".csv", ".tsv", ".txt"):
        return _csv(path, knows)
    if ending in (".jsonl", ".ndjson", ".json"):
        return _jsonl(path)
    raise Unreadable(f"{path.name}: save it as .csv, .xlsx or .jsonl. (An old .xls: open it and save it as .xlsx.)")


# Text -------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{path.name} is not readable text. Save it as “CSV UTF-8”.")


def _csv(path: Path, knows: Callable[[str], bool]) -> Table:
    text = _text(path)

    def lines(sign: str) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
        before = 0
        try:
            for line in reader:
                yield before + 1, line  # the line it begins with: a cell may have several
                before = reader.line_num
        except csv.Error as error:
            raise Unreadable(f"{path.name} is not readable CSV from line {before + 1} on: {error}.") from None

    # Commas in people's words outnumber the semicolons between columns: headings tell which it is.
    delimiter = max(",;\t", key=lambda sign: _headings(lines(sign), knows)[0])
    return _headed(path, partial(lines, delimiter), knows)


def _jsonl(path: Path) -> Table:
    text, seen = _text(path), dict[str, None]()
    for number, line in enumerate(text.split("\n"), 1):  # JSON may have other ends of lines inside its words
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unreadable(f"{path.name}, line {number}: each line must be one JSON object, {{…}}.")
        seen |= dict.fromkeys(map(str, found))
    if not seen:
        raise Unreadable(f"{path.name} has no rows.")

    def rows() -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, json.loads(line)

    return Table(tuple(seen), rows)


def _headings(lines: Iterator[tuple[int, Sequence[Any]]], knows: Callable[[str], bool]) -> tuple[int, int, list[str]]:
    """Of the first lines the one with most known headings: (how many it has, its number, all of its cells)."""
    best: tuple[int, int, list[str]] = (0, 0, [])
    for number, line in itertools.islice(lines, ABOVE):
        cells = [str(cell).strip() if cell is not None else "" for cell in line]
        known = sum(bool(cell) and knows(cell) for cell in cells)
        best = (known, number, cells) if known > best[0] else best
    return best


def _headed(
    path: Path,
    lines: Callable[[], Iterator[tuple[int, Sequence[Any]]]],
    knows: Callable[[str], bool],
    **more: Any,
) -> Table:
    """A table whose headings are the line with most known ones, of the first lines."""
    known, at, headings = _headings(lines(), knows)
    if known < 2:
        raise Unreadable(f"{path.name}: no line of the first {ABOVE} has headings that are known. See docs/import.md.")

    def rows() -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in lines():
            if number > at and any(cell not in (None, "") for cell in line):
                named = dict(zip(headings, line, strict=False))
                stray = [n for n, cell in enumerate(line, 1) if not "".join(headings[n - 1 : n]) and _said(cell)]
                yield number, {heading: cell for heading, cell in named.items() if heading} | {STRAY: stray}

    twice = [one for one in dict.fromkeys(filter(None, headings)) if headings.count(one) > 1]
    if twice:
        raise Unreadable(f"{path.name}: two columns are called “{twice[0]}”. Give one another heading.")
    return Table(tuple(filter(None, headings)), rows, **more)


def _said(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


# Workbooks --------------------------------------------------------------------------------------


def _workbook(path: Path, knows: Callable[[str], bool], wanted: str) -> Table:
    # Here, not above: a tenth of a second of every start of the server, for the few that import a workbook.
    import openpyxl
    from openpyxl.utils.datetime import MAC_EPOCH
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _measured(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Unreadable:
        raise
    except (InvalidFileException, *_BROKEN):
        raise Unreadable(
            f"{path.name} is not a readable workbook (it may have a password). Save it again as .xlsx."
        ) from None
    names = book.sheetnames
    if wanted and wanted not in names:
        raise Unreadable(f"{path.name} has no sheet “{wanted}”; there are: {', '.join(names)}.")
    epoch = "1904" if book.epoch == MAC_EPOCH else "1900"
    trouble: Unreadable | None = None
    for name in [wanted] if wanted else names:
        sheet = book[name]
        if not hasattr(sheet, "iter_rows"):
            continue  # a sheet that is a chart

        def lines(sheet: Any = sheet) -> Iterator[tuple[int, Sequence[Any]]]:
            sheet.reset_dimensions()
            yield from enumerate(sheet.iter_rows(values_only=True), 1)

        try:
            found = _headed(path, lines, knows, epoch=epoch, sheet=name)
            first = next((number for number, _ in found.rows()), 0)
            spoilt = tuple(_spoilt(path, sheet, first))
        except Unreadable as unreadable:
            trouble = trouble or unreadable
            continue
        except _BROKEN:
            raise Unreadable(f"{path.name}: the sheet “{name}” is broken. Save it again as .xlsx.") from None
        return Table(found.headings, found.rows, epoch, spoilt, name)
    raise trouble or Unreadable(f"{path.name} has no sheet with rows.")


def _measured(path: Path) -> None:
    """Before anything of a workbook is unpacked: no part of it is too large, or declares entities.

    What a part says of its size binds: no more of it is ever read. Entities would grow without end or name other
    files, and openpyxl reads some parts with lxml where that is installed, which follows them as far as libxml2 does.
    They can only be declared before the first element: no more is read here. Raises DefusedXmlException, Unreadable.
    """
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.file_size > (MOST_SHEET if part.filename.startswith("xl/worksheets/") else MOST_PART):
                raise Unreadable(
                    f"{path.name} unpacks to more than can be read. Split it, and import the parts one by one."
                )
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                with archive.open(part) as stream:
                    next(iterparse(stream, events=("start",), forbid_dtd=True))


def _spoilt(path: Path, sheet: Any, first: int) -> Iterator[tuple[int, str, str]]:
    """Merged cells from row ``first`` on, and formulas without a saved result. (row, column letters, why)"""
    with zipfile.ZipFile(path) as archive:
        inside = sheet._worksheet_path  # the reader knows where the sheet lies, and says it nowhere else
        with archive.open(inside) as stream:
            for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
                if element.tag == f"{_NAMESPACE}c":
                    value = element.find(f"{_NAMESPACE}v")
                    if element.find(f"{_NAMESPACE}f") is not None and (value is None or not value.text):
                        row, letters = _where(element.get("r", ""))
                        yield row, letters, "there is a formula without a saved result: paste the column as values"
                elif element.tag == f"{_NAMESPACE}mergeCell":
                    start, _, end = element.get("ref", "").partition(":")
                    row, letters = _where(end or start)
                    if row >= first > 0:
                        yield (
                            _where(start)[0],
                            letters,
                            f"the cells {element.get('ref')} are merged: unmerge them and fill each",
                        )
                elif element.tag == f"{_NAMESPACE}row":
                    element.clear()


def _where(reference: str) -> tuple[int, str]:
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or 0), letters
