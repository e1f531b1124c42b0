"""The words of a report: what the organisation writes year by year, and compliments chosen to stand in it.

Nothing is published that a person has not approved as it stands: a change takes the approval back. A chosen compliment
is sealed with its own record's key, so that it goes when the person is erased, and is shown only while the person
agrees to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from casework.calendar import DAY, add_months, midnight
from casework.procedure import Profile
from casework.report_model import Part, Prose, Quotes, Report
from casework.report_periods import year_of
from casework.reports import PARTS
from casework.words import S_
from storage import compliments, models_learning, models_published
from storage.desk import CASE
from storage.ids import new_id
from storage.models import table
from storage.reach import Reach
from storage.secrets import Erased
from storage.vault import Vault
from storage.words import words

_TEXT = table(models_published.ReportText)
_EXAMPLE = table(models_published.ReportExample)
_LEARNING = table(models_learning.Learning)
_TOLD = table(models_learning.LearningText)
#: Code of a text -> its heading, and the section it stands in.
TEXTS: Mapping[str, tuple[str, str]] = {
    "foreword": (S_("Foreword"), "foreword"),
    "summary": (S_("What stands out this year"), "foreword"),
    "listened_how": (S_("How we listened"), "listened"),
    "procedure": (S_("Changes to the procedure"), "listened"),
    "next_year": (S_("What we will do next"), "learning"),
}
#: Kinds of reports in which the year's words stand.
SPOKEN = ("annual", "six-monthly")
#: The longest text, and the longest example; examples in one report.
LONGEST, LONGEST_EXAMPLE, MOST = 20_000, 600, 12


class Changed(Exception):
    """Somebody changed it since the form was drawn: nothing was saved."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a report year. ``version`` 0: not saved; its words are then those of the year ``since``, or none."""

    code: str
    words: str = ""
    version: int = 0
    approved_by: str = ""
    approved_at: datetime | None = None
    by: str = ""
    since: date | None = None

    @property
    def approved(self) -> bool:
        """Whether a person read it as it stands now and approved it."""
        return bool(self.version and self.approved_by)


@dataclass(frozen=True, slots=True)
class Example:
    """A compliment that may stand in a report: what is on the board, and the words that were chosen, if any.

    names  words of the record that name somebody and stand in the chosen (or else the board's) words
    """

    case: int
    reference: str
    board: str
    words: str = ""
    version: int = 0
    approved_by: str = ""
    names: tuple[str, ...] = ()


# The organisation's own words ------------------------------------------------------------------------


def texts(db: Connection, organisation: str, year: date, language: str) -> dict[str, Text]:
    """Every text of a year; what is not written yet begins with the words of the latest year before."""
    query = select(_TEXT).where(
        _TEXT.c.organisation == organisation, _TEXT.c.language == language, _TEXT.c.year <= year
    )
    found = {code: Text(code) for code in TEXTS}
    for row in db.execute(query.order_by(_TEXT.c.year)).mappings():
        if row["code"] not in TEXTS:
            continue
        if row["year"] == year:
            about = {name: row[name] for name in ("words", "version", "approved_by", "approved_at", "by")}
            found[row["code"]] = Text(row["code"], **about)
        else:
            found[row["code"]] = Text(row["code"], row["words"], since=row["year"])
    return found


def save(db: Connection, organisation: str, year: date, language: str, text: Text, by: str, at: datetime) -> None:
    """Put words in the place of those before; ``text.version`` was changed. Raises Changed. For ``Writer.write``."""
    here = _here(organisation, year, language, text.code)
    said = {
        "words": text.words,
        "by": by,
        "at": at,
        "approved_by": "",
        "approved_at": None,
        "version": text.version + 1,
    }
    if text.version:
        if db.execute(update(_TEXT).where(*here, _TEXT.c.version == text.version).values(**said)).rowcount != 1:
            raise Changed
        return
    if db.execute(select(_TEXT.c.id).where(*here)).first() is not None:
        raise Changed
    about = {"organisation": organisation, "year": year, "language": language, "code": text.code}
    db.execute(insert(_TEXT), {"id": new_id(), **about, **said})


def approve(
    db: Connection, organisation: str, year: date, language: str, code: str, version: int, by: str, at: datetime
) -> None:
    """It may be published as it stands. Raises Changed. For ``Writer.write``."""
    here = (*_here(organisation, year, language, code), _TEXT.c.version == version)
    if db.execute(update(_TEXT).where(*here).values(approved_by=by, approved_at=at)).rowcount != 1:
        raise Changed


def _here(organisation: str, year: date, language: str, code: str) -> tuple[Any, ...]:
    return (
        _TEXT.c.organisation == organisation,
        _TEXT.c.year == year,
        _TEXT.c.language == language,
        _TEXT.c.code == code,
    )


# Examples --------------------------------------------------------------------------------------------


def examples(
    db: Connection, vault: Vault, under: Callable[[str, str], Profile], reach: Reach, year: date
) -> list[Example]:
    """The compliments of a report year that stand on the board, as far as somebody may see them."""
    found: list[Example] = []
    first, after = (midnight(day) for day in (year, add_months(year, 12)))
    numbers, page = [], 1
    while True:
        part, _ = compliments.page(db, reach, compliments.Filters(board=True), page, 200)
        numbers += part
        if len(part) < 200:
            break
        page += 1
    mine = select(CASE.c.id).where(CASE.c.id.in_(numbers), CASE.c.filed_at >= first, CASE.c.filed_at < after)
    wanted = list(db.execute(mine.order_by(CASE.c.id)).scalars())
    chosen = _chosen(db, vault, wanted)
    for one in compliments.load(db, vault, compliments.procedures(db, wanted, under), wanted):
        if one.board is None or one.erased:
            continue
        board, kept = str(one.board.said("words") or ""), chosen.get(one.case, {})
        said = kept.get("words", "") or board
        names = sorted({word for text in (one.name, *one.about) for word in words(text)} & set(words(said)))
        found.append(
            Example(
                one.case, one.reference, board, kept.get("words", ""), kept.get("version", 0),
                kept.get("approved_by", ""), tuple(names),
            )
        )  # fmt: skip
    return found


def _chosen(db: Connection, vault: Vault, cases: list[int]) -> dict[int, dict[str, Any]]:
    found = {}
    for row in db.execute(select(_EXAMPLE).where(_EXAMPLE.c.case_id.in_(cases))).mappings():
        try:
            said = json.loads(vault.unseal(f"report_example:{row['case_id']}", row["body"]))
        except Erased:
            continue
        found[row["case_id"]] = {"words": said, "version": row["version"], "approved_by": row["approved_by"]}
    return found


def choose(db: Connection, vault: Vault, case: int, said: str, version: int, by: str, at: datetime) -> None:
    """A person approves these words of a compliment for reports. Raises Changed, LookupError. For ``Writer.write``."""
    row = db.execute(select(CASE.c.organisation, CASE.c.key).where(CASE.c.id == case)).first()
    if row is None:
        raise LookupError("there is no such record")
    body = vault.seal(
        row.key, f"report_example:{case}", json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    )
    new = {"body": body, "version": version + 1, "by": by, "at": at, "approved_by": by, "approved_at": at}
    if version:
        here = (_EXAMPLE.c.case_id == case, _EXAMPLE.c.version == version)
        if db.execute(update(_EXAMPLE).where(*here).values(**new)).rowcount != 1:
            raise Changed
    elif db.execute(select(_EXAMPLE.c.case_id).where(_EXAMPLE.c.case_id == case)).first() is not None:
        raise Changed
    else:
        db.execute(insert(_EXAMPLE), {"case_id": case, "organisation": row.organisation, **new})


def leave_out(db: Connection, case: int) -> None:
    """It does not stand in reports any more. For ``Writer.write``."""
    db.execute(delete(_EXAMPLE).where(_EXAMPLE.c.case_id == case))


# Into the report -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Everything:
    """The reach of a report: every record of the organisation."""

    organisation: str
    staff: int = 0
    all: bool = True
    services: frozenset[str] = frozenset()
    danger: bool = False
    referred: bool = False
    knows: str = "all"


@dataclass(frozen=True)
class Speaker:
    """What putting words into a report needs. ``under`` is ``Procedures.under``."""

    vault: Vault
    under: Callable[[str, str], Profile]
    first_month: int
    say: Callable[..., str]


def with_words(db: Connection, report: Report, speaker: Speaker, *, approved_only: bool = False) -> Report:
    """The report with the year's words, the chosen compliments and what people were told was learned.

    Of a report of one service or team only what was learned about all is left out: the words are the organisation's.
    """
    if report.kind not in SPOKEN or report.level != "organisation":
        return report
    order = list(PARTS)
    parts = sorted(
        (*_words(db, report, speaker, approved_only), *report.parts), key=lambda part: order.index(part.part)
    )
    sections = {code: speaker.say(PARTS[code]) for code in PARTS if any(part.part == code for part in parts)}
    return replace(report, parts=tuple(parts), sections=sections)


def _words(db: Connection, report: Report, speaker: Speaker, approved_only: bool) -> Iterator[Part]:
    say, year = speaker.say, year_of(report.period.since, speaker.first_month)
    for text in texts(db, report.organisation, year, report.language).values():
        heading, part = TEXTS[text.code]
        if text.version and text.words.strip() and (text.approved or not approved_only):
            yield Prose(text.code, say(heading), text.words, part)
    chosen = [
        one
        for one in examples(db, speaker.vault, speaker.under, _Everything(report.organisation), year)
        if one.words and one.approved_by
    ]
    if chosen:
        yield Quotes("thanks_said", say(S_("In their words")), tuple(one.words for one in chosen[:MOST]), "thanks")
    told = tuple(_learned(db, report, say))
    if told:
        yield Quotes("you_said", say(S_("You said, we did")), told, "learning")


def _learned(db: Connection, report: Report, say: Callable[..., str]) -> Iterator[str]:
    """What stands on the public page: a person has published it."""
    first, after = (midnight(day) for day in (report.period.since, report.period.until + DAY))
    query = (
        select(_TOLD.c.said, _TOLD.c.did)
        .join(_LEARNING, _LEARNING.c.id == _TOLD.c.learning)
        .where(_LEARNING.c.organisation == report.organisation, _TOLD.c.language == report.language)
        .where(_LEARNING.c.published_at >= first, _LEARNING.c.published_at < after)
        .order_by(_LEARNING.c.published_at)
    )
    for row in db.execute(query):
        yield f"{say(S_('You said: {said}'), said=row.said)}\n{say(S_('We did: {did}'), did=row.did)}"
