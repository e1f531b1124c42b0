"""A report as a file to keep: a page, a Word document, a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import locales.reports
from casework.report_document import NAMES, Document, Speech, document
from casework.report_model import Report


@dataclass(frozen=True, slots=True)
class Format:
    """``name``: a text of the console; ``make(report, base)``: the file, with links to the console at ``base``."""

    name: str
    mime: str
    make: Callable[[Report, str], bytes]


def speech(language: str) -> Speech:
    """How a document speaks in a language."""
    voice = locales.reports.voice(language)
    return Speech(voice["say"], voice["show"], voice["month"])


def in_words(report: Report) -> Document:
    """The report as it is read."""
    return document(report, speech(report.language))


def _html(report: Report, base: str) -> bytes:
    from bot.reports.html import page

    return page(in_words(report), base)


def _docx(report: Report, base: str) -> bytes:
    from bot.reports.docx import written

    return written(in_words(report), base)


def _xlsx(report: Report, base: str) -> bytes:
    from bot.reports.xlsx import workbook

    return workbook(in_words(report), base)


_OFFICE = "application/vnd.openxmlformats-officedocument"
#: Ending -> the format.
FORMATS: Mapping[str, Format] = {
    "docx": Format(NAMES["docx"], f"{_OFFICE}.wordprocessingml.document", _docx),
    "html": Format(NAMES["html"], "text/html", _html),
    "xlsx": Format(NAMES["xlsx"], f"{_OFFICE}.spreadsheetml.sheet", _xlsx),
}
