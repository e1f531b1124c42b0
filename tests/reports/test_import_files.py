"""Workbooks that are made to harm: what unpacks to more than can be read is refused before it is unpacked."""

from __future__ import annotations

import re
import struct
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from storage import import_files
from storage.import_files import MOST_PART, MOST_SHEET, Unreadable, table

SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
HEADINGS = ("ID", "Received", "Kind")


def knows(heading: str) -> bool:
    return heading in HEADINGS


def workbook(folder: Path, rows: int = 1) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADINGS)
    for _ in range(rows):
        book.active.append(["1", "1/6/2020", "complaint"])
    path = folder / "history.xlsx"
    book.save(path)
    return path


def saying(path: Path, part: str, size: int) -> Path:
    """The same file, whose directory gives this size for a part of it."""
    with zipfile.ZipFile(path) as archive:
        (number,) = (n for n, one in enumerate(archive.infolist()) if one.filename == part)
        start = archive.start_dir
    content = bytearray(path.read_bytes())
    for _ in range(number):
        start = content.index(b"PK\x01\x02", start + 4)
    struct.pack_into("<I", content, start + 24, size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("part", "most"), [(SHEET, MOST_SHEET), (STYLES, MOST_PART)])
def test_a_part_that_says_it_is_too_large_is_refused_with_what_to_do(tmp_path: Path, part: str, most: int) -> None:
    path = workbook(tmp_path)
    assert list(table(path, knows).rows())
    with pytest.raises(Unreadable, match=r"^history\.xlsx unpacks to more than can be read\. Split it, and import the"):
        table(saying(path, part, most + 1), knows)


def swollen(path: Path, size: int) -> Path:
    """The same workbook with a sheet of one row that is ``size`` bytes of nothing: a thousandth of it as a file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    begins, row, ends = parts[SHEET].partition(b"</row>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name != SHEET:
                archive.writestr(name, content)
        with archive.open(SHEET, "w") as stream:
            stream.write(begins)
            for _ in range(size // 2**20):
                stream.write(b"<c/>" * 2**18)
            stream.write(row + ends)
    return path


def test_what_is_packed_small_is_not_unpacked_to_see_that_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "MOST_SHEET", 2**20)
    path = swollen(workbook(tmp_path), 8 * 2**20)
    assert path.stat().st_size < 2**19
    table(workbook(tmp_path), knows)  # what reads workbooks is there
    swollen(path, 8 * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="unpacks to more than can be read"):
            table(path, knows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20, f"{peak} bytes"


def test_a_sheet_that_says_it_is_small_and_is_not_is_broken(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows=2000)
    with zipfile.ZipFile(path) as archive:
        whole = len(re.findall(b"<row", archive.read(SHEET)[: 2**15]))
    with pytest.raises(Unreadable, match=r"the sheet “Sheet” is broken\. Save it again"):
        table(saying(path, SHEET, 2**15), knows)
    assert whole > 20, "the headings are in what is read"
