"""Figures of earlier years that somebody brought as totals: read from a file, kept, and given to the reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from casework.calendar import LONDON
from casework.errors import nearest
from casework.import_totals import COLUMNS, NEEDED, Total, headed, total
from casework.imports import Problem
from casework.procedure import Profile
from casework.report_lines import Frame, lines
from casework.report_model import Period
from casework.reports import tables
from storage import models_published, report_glance, report_later, report_sheets
from storage.import_files import table as opened
from storage.models import table

_TOTAL = table(models_published.YearTotal)


def read(path: Path, profile: Profile, now: datetime, sheet: str = "") -> tuple[tuple[Total, ...], tuple[Problem, ...]]:
    """The figures of a file, and everything that is wrong with it. Raises Unreadable."""
    file = opened(path, lambda heading: bool(headed(heading)), sheet)
    columns = {heading: column for heading in file.headings if (column := headed(heading))}
    problems = [
        Problem(
            0, "", f"No column is called “{heading}”. {nearest(heading, COLUMNS)} To leave it out, write “x_” in front."
        )
        for heading in file.headings
        if heading not in columns and not heading.casefold().startswith("x_")
    ]
    problems += [
        Problem(0, "", f"The column {column} is missing. {COLUMNS[column]}")
        for column in NEEDED
        if column not in columns.values()
    ]
    problems += [Problem(row, f"column {letters}", why) for row, letters, why in file.spoilt]
    found: dict[tuple[date, str, str, str], tuple[int, Total]] = {}
    if any(one.row == 0 for one in problems):
        return (), tuple(problems)
    today, lines_of = now.astimezone(LONDON).date(), known(profile)
    for number, row in file.rows():
        one, wrong = total(number, row, columns, profile, today, lines_of)
        problems += wrong
        if one is None:
            continue
        key = (one.year, one.table, one.row, one.column)
        if key in found:
            problems.append(Problem(number, "figure", f"this figure is in row {found[key][0]} too. Keep one"))
        found[key] = (number, one)
    return tuple(one for _, one in found.values()), tuple(problems)


def known(profile: Profile) -> dict[str, tuple[str, ...]]:
    """The tables that a figure may be of -> the codes of their lines, () where they follow from the records."""
    found = {"glance": tuple(key.code for key in report_glance.keys(profile))}
    found |= {stage: tuple(key.code for key in report_later.keys(stage)) for stage in tuple(profile.stages)[1:]}
    found |= {"services": (*profile.services, "none", "total"), "repeats": (*report_sheets.REPEATS, "total")}
    found["compliments"] = ("external", "internal", "not_recorded", "total")
    frame = Frame(profile, Period(date(2000, 1, 1), date(2000, 12, 31), ""), {}, {})
    for one in tables(profile):
        own = one.rows not in ("month", "campaign", "language")
        found[one.code] = (*(line.code for line in lines(one.rows, frame)), "total") if own else ()
    return found


def keep(db: Connection, organisation: str, totals: Sequence[Total], by: str, at: datetime) -> None:
    """Put these figures in the place of those of the same years and tables. For ``Writer.write``."""
    for year, sheet in {(one.year, one.table) for one in totals}:
        here = (_TOTAL.c.organisation == organisation, _TOTAL.c.year == year, _TOTAL.c.sheet == sheet)
        db.execute(delete(_TOTAL).where(*here))
    rows = [
        {"organisation": organisation, "year": one.year, "sheet": one.table, "row": one.row, "column": one.column}
        | {"number": one.figure, "by": by, "at": at}
        for one in totals
    ]
    if rows:
        db.execute(insert(_TOTAL), rows)


def recorded(db: Connection, organisation: str) -> dict[tuple[str, str, str, date], Decimal]:
    """(table, line, column, first day of the report year) -> the figure somebody brought; column "" for the count."""
    query = select(_TOTAL.c.sheet, _TOTAL.c.row, _TOTAL.c.column, _TOTAL.c.year, _TOTAL.c.number)
    found = db.execute(query.where(_TOTAL.c.organisation == organisation))
    return {(sheet, row, column, year): Decimal(number).normalize() for sheet, row, column, year, number in found}
