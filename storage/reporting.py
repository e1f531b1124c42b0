"""A whole report: which organisation, of which days, compared with what, on which level; made of one moment.

``build`` reads; nothing is kept. Everybody who may read reports sees every figure; the lists behind them are shown to
whoever may see those records (``storage.report_list``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from casework.procedure import Profile
from casework.report_lines import SPLITS
from casework.report_model import Part, Report, Sheet
from casework.report_periods import KINDS, between, earlier, kind_of
from casework.reports import PARTS, tables
from storage import models_desk, report_later, report_loop, report_sheets, totals, trends
from storage.bits import Counts
from storage.models import table
from storage.report_build import Builder, Voice
from storage.report_glance import glance

_CAMPAIGN = table(models_desk.Campaign)


@dataclass(frozen=True, slots=True)
class Asked:
    """What report is wanted.

    level    "organisation", "service:<id>" or "team:<name>"
    earlier  how many earlier periods stand beside it
    split    a dimension of ``casework.report_lines.SPLITS`` over each table, "" for none
    parts    only these sections (``casework.reports.PARTS``), () for all
    """

    since: date
    until: date
    level: str = "organisation"
    earlier: int = 2
    split: str = ""
    parts: tuple[str, ...] = ()


class NoSuchLevel(ValueError):
    """The organisation has no such service or team."""


def services_of(profile: Profile, level: str) -> tuple[str, ...]:
    """The services of a level, () for the whole organisation. Raises NoSuchLevel in words."""
    kind, _, name = level.partition(":")
    if kind == "organisation":
        return ()
    if kind == "service" and name in profile.services:
        return (name,)
    found = tuple(one.id for one in profile.services.values() if kind == "team" and name and one.team == name)
    if not found:
        raise NoSuchLevel(f"{profile.id} has no {kind} “{name}”: write service:ID or team:NAME")
    return found


def level_name(profile: Profile, level: str, language: str) -> str:
    """What a level is called, "" for the whole organisation."""
    kind, _, name = level.partition(":")
    return profile.services[name].name.said(language) if kind == "service" else name if kind == "team" else ""


def build(db: Connection, profile: Profile, asked: Asked, voice: Voice, now: datetime) -> Report:
    """The report. ValueError for days that end before they begin, a level or a split there is not."""
    show, first = voice.show, profile.report_year
    period = between(asked.since, asked.until, first, show)
    if asked.split and asked.split not in SPLITS:
        raise ValueError(f"no report is split by “{asked.split}”; there are: {', '.join(SPLITS)}")
    compared = earlier(period, asked.earlier, first, show)
    counts = Counts(db, profile.id)
    builder = Builder(
        counts,
        profile,
        voice,
        period,
        compared,
        campaigns=_campaigns(db, profile),
        tongues=_tongues(counts, voice),
        level=services_of(profile, asked.level),
        split=asked.split,
        totals=totals.recorded(db, profile.id),
    )
    parts = tuple(_sorted(_sheets(builder, asked.parts or tuple(PARTS))))
    kind = kind_of(period)
    name, level = profile.name.said(voice.language), level_name(profile, asked.level, voice.language)
    return Report(
        profile.id,
        name,
        kind,
        period,
        compared,
        voice.language,
        now,
        voice.say("{kind}, {period}", kind=voice.say(KINDS[kind]), period=period.name),
        parts,
        {code: voice.say(PARTS[code]) for code in PARTS if any(part.part == code for part in parts)},
        asked.level,
        level,
    )


def _sheets(b: Builder, parts: Collection[str]) -> Iterator[Part | None]:
    for part, make in _OWN:
        if part in parts:
            yield from make(b)
    made: dict[str, Sheet | None] = {}
    for declared in tables(b.profile):
        if declared.part in parts:
            sheet = made[declared.code] = b.table(declared)
            narrow = made.get(declared.unless)
            if narrow is None or sheet is None or not _same(narrow, sheet):
                yield sheet
    for part, make in _AFTER:
        if part in parts:
            yield from make(b)


def _one(make: Callable[[Builder], Sheet | None]) -> Callable[[Builder], Iterable[Sheet | None]]:
    return lambda b: (make(b),)


_Made = tuple[tuple[str, Callable[[Builder], Iterable[Part | None]]], ...]
#: The sheets that stand before the tables of their section, and those that stand after them.
_OWN: _Made = (
    ("glance", _one(glance)),
    ("received", _one(report_sheets.services)),
    ("trends", trends.parts),
    ("who", _one(report_sheets.repeats)),
)
_AFTER: _Made = (
    ("further", report_later.later),
    ("further", _one(report_later.savings)),
    ("thanks", _one(report_sheets.compliments)),
    ("reach", _one(report_sheets.coverage)),
    ("learning", _one(report_loop.learning)),
    ("reach", _one(report_loop.alerts)),
)


def _same(one: Sheet, other: Sheet) -> bool:
    """Whether two tables show the same figures."""
    return [[cell.value for cell in row.cells] for row in one.rows] == [
        [cell.value for cell in row.cells] for row in other.rows
    ]


def _sorted(sheets: Iterator[Part | None]) -> list[Part]:
    """By section, in the order in which they were made."""
    order = list(PARTS)
    return sorted((sheet for sheet in sheets if sheet is not None), key=lambda sheet: order.index(sheet.part))


def _campaigns(db: Connection, profile: Profile) -> dict[str, str]:
    """Campaign -> its name, those of the profile's ways in among them."""
    own = {entry["campaign"]: entry["campaign"] for entry in profile.entries.values() if "campaign" in entry}
    query = select(_CAMPAIGN.c.code, _CAMPAIGN.c.name).where(_CAMPAIGN.c.organisation == profile.id)
    return own | {row.code: row.name for row in db.execute(query)}


def _tongues(counts: Counts, voice: Voice) -> dict[str, str]:
    """Language -> what it is called, of those in which anything came."""
    return {code: voice.tongue(code) for code in counts.values("language")}


#: For whoever has no catalogue: English, days as they are written in files.
PLAIN = Voice("en", lambda text, **places: text.format(**places) if places else text)
