"""What is wrong with a file of the console: a cell that is a formula, a PDF that acts, what cannot be read."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator

from openpyxl import load_workbook

#: A cell that begins so is a formula to a spreadsheet, but for numbers.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[-+]?[\d.,]+%?")
#: What makes a PDF do something, or reach out.
ACTING = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/OpenAction", b"/SubmitForm", b"/EmbeddedFile")


def wrong(kind: str, data: bytes) -> Iterator[str]:
    """What is wrong with it; ``kind`` is its content type, or its name."""
    try:
        if kind.endswith("csv"):
            yield from _csv(data)
        elif kind.endswith("pdf"):
            yield from (f"it holds {part.decode()}" for part in ACTING if part in data)
            if not data.startswith(b"%PDF-"):
                yield "it is no PDF"
        elif kind.endswith(("spreadsheetml.sheet", "xlsx")):
            yield from _workbook(data)
        elif kind.endswith("json"):
            json.loads(data)
        elif kind.endswith("zip"):
            yield from _packed(data)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        yield f"it cannot be read: {error}"


def pages(kind: str, data: bytes) -> Iterator[str]:
    """The pages (HTML) in it."""
    if "zip" in kind:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                if name.endswith((".html", ".htm")):
                    yield packed.read(name).decode("utf-8")


def _csv(data: bytes) -> Iterator[str]:
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        yield from (
            f"a formula: {cell[:40]!r}" for cell in row if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell)
        )


def _workbook(data: bytes) -> Iterator[str]:
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        for row in sheet.iter_rows():
            yield from (f"a formula: {str(cell.value)[:40]!r}" for cell in row if cell.data_type == "f")


def _packed(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for name in packed.namelist():
            if name.startswith("/") or ".." in name.split("/") or "\\" in name:
                yield f"it unpacks elsewhere: {name[:60]!r}"
            yield from (f"{name}: {one}" for one in wrong(name, packed.read(name)))
