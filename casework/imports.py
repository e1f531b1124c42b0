"""An organisation's history, row by row: what a row says, as the record and the events that it would have been.

Nothing is guessed: what cannot be taken is a ``Problem`` that says in words what to write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from casework import import_dates as dates
from casework.calendar import LONDON
from casework.errors import nearest
from casework.import_dates import Unclear
from casework.import_events import NOON, Step, placed
from casework.import_events import events as steps
from casework.import_fields import Field, Vocabulary, fields, headed
from casework.procedure import Profile
from casework.record import CaseEvent

#: The kinds of record that have a history of their own.
KINDS = ("complaint", "informal", "compliment", "advocate")
#: What separates several values in one cell.
SEPARATORS = ";|\n"
#: In a row: which of its cells hold something and stand under no heading, counted from 1.
STRAY = ""
#: What Excel shows where a formula went wrong.
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
#: The longest text of a cell that is taken.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken. ``row`` as the spreadsheet numbers it, ``column`` as its heading is called here."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.why}" if self.row else self.why


def strays(number: int, row: Mapping[str, Any]) -> list[Problem]:
    """What stands under no heading is told: left out in silence it may be half of somebody's words."""
    why = (
        "it holds something and stands under no heading. Give its column one (x_… leaves it out); "
        "in a CSV, words with commas stand in quotation marks"
    )
    return [Problem(number, f"cell {cell}", why) for cell in row.get(STRAY, ())]


@dataclass(frozen=True, slots=True)
class Past:
    """One record of the history.

    source   what the other system calls it
    filed    aware; of an undated one the noon of the first day of its report year
    facts    coded values, as the flows would have told them
    events   what happened afterwards, the oldest first
    person   what is the same for the same person, "" for unknown; only its keyed hash is kept
    """

    row: int
    source: str
    kind: str
    channel: str
    language: str
    filed: datetime
    undated: bool = False
    closed: bool = False
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: tuple[CaseEvent, ...] = ()
    person: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    summary: str = field(default="", repr=False)


@dataclass(frozen=True)
class Reader:
    """Reads the rows of one file for one organisation. ``epoch``: Excel's calendar of the file, "" for none."""

    profile: Profile
    vocabulary: Vocabulary
    today: date
    epoch: str = ""

    def columns(self, headings: Sequence[str]) -> tuple[dict[str, Field], list[Problem]]:
        """Heading -> its column, and what is wrong with the headings; one that nobody knows is a problem too.

        So that a column that is spelt wrongly is not left out in silence. A heading that begins with "x_" is left out.
        """
        known, problems = fields(self.profile), []
        found: dict[str, Field] = {}
        for heading in headings:
            column = headed(known, heading)
            if column is None and not heading.casefold().startswith("x_"):
                near = nearest(heading, [one.id for one in known])
                problems.append(
                    Problem(0, "", f"No column is called “{heading}”. {near} To leave it out, write “x_” in front.")
                )
            elif column is not None and column.id in {one.id for one in found.values()}:
                problems.append(
                    Problem(0, "", f"There are two columns for {column.id}: “{heading}” is the second. Keep one.")
                )
            elif column is not None:
                found[heading] = column
        there = {one.id for one in found.values()}
        for one in known:
            if one.needed and one.id not in there:
                problems.append(Problem(0, "", f"The column {one.id} is missing. {one.what}"))
        if not there & {"received", "year"}:
            problems.append(
                Problem(0, "", "The column received is missing. The day it came; or year, where nobody knows it.")
            )
        return found, problems

    def read(
        self, number: int, row: Mapping[str, Any], columns: Mapping[str, Field]
    ) -> tuple[Past | None, list[Problem]]:
        """A row, or everything that is wrong with it."""
        line = _Line(self, number)
        line.problems += strays(number, row)
        for heading, column in columns.items():
            line.take(column, row.get(heading))
        past = line.past() if not line.problems else None
        return (None if line.problems else past), line.problems


class _Line:
    """One row while it is read."""

    def __init__(self, reader: Reader, number: int) -> None:
        self.reader, self.number = reader, number
        self.said: dict[str, Any] = {}
        self.problems: list[Problem] = []

    def wrong(self, column: str, why: str) -> None:
        self.problems.append(Problem(self.number, column, why))

    def take(self, column: Field, value: Any) -> None:
        if value is None or (isinstance(value, str) and not value.strip()) or value == []:
            if column.needed:
                self.wrong(column.id, f"it is empty. {column.what}")
            return
        if value in ERRORS:
            self.wrong(column.id, f"a formula went wrong here ({value}). Write what it should say, or empty the cell")
            return
        try:
            self.said[column.id] = _FORMS[column.form](self, column, value)
        except Unclear as unclear:
            self.wrong(column.id, str(unclear))

    def day(self, column: Field, value: Any) -> date | str:
        if (
            column.id == "closed"
            and isinstance(value, (str, bool))
            and str(value).strip().casefold() in dates.YES - {"1"}
        ):
            return "yes"
        return dates.day(value, self.reader.today, self.reader.epoch)

    def text(self, column: Field, value: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a number in a spreadsheet
        words = str(value).replace("\x00", "").strip()
        if len(words) > MOST:
            raise Unclear(f"it has {len(words)} signs; at most {MOST} can be taken")
        return words

    def choice(self, column: Field, value: Any) -> str:
        return self._one(self.source(column), self.text(column, value))

    def choices(self, column: Field, value: Any) -> tuple[str, ...]:
        source = self.source(column)
        listed = [self.text(column, one) for one in value] if isinstance(value, list) else [self.text(column, value)]
        found: list[str] = []
        for words in listed:
            whole = self.reader.vocabulary.find(source, words)
            for sign in SEPARATORS:
                words = words.replace(sign, "\n")
            parts = (
                [whole] if whole else [self._one(source, part.strip()) for part in words.split("\n") if part.strip()]
            )
            found += parts
        return tuple(dict.fromkeys(found))

    def source(self, column: Field) -> str:
        informal = column.id == "themes" and self.said.get("kind") == "informal"
        return "informal_themes" if informal else column.source

    def _one(self, source: str, words: str) -> str:
        vocabulary = self.reader.vocabulary
        if value := vocabulary.find(source, words):
            return value
        if source == "who" and (value := vocabulary.find("role", words)):
            return f"role:{value}"
        raise Unclear(f"“{words}” is not known here. {nearest(words, vocabulary.names(source))}")

    def year(self, column: Field, value: Any) -> date:
        return dates.report_year(self.text(column, value), self.reader.profile.report_year, self.reader.today)

    # The record ---------------------------------------------------------------------------------

    def past(self) -> Past | None:
        said = self.said
        undated = "received" not in said
        if undated and "year" not in said:
            self.wrong("received", "it is empty, and so is year. Write the day it came, or the report year")
            return None
        if said["kind"] not in KINDS:
            self.wrong("kind", f"“{said['kind']}” has no history of its own. Use one of: {', '.join(KINDS)}")
            return None
        came: date = said["year"] if undated else said["received"]
        events = tuple(steps(self.reader.profile, said, came))
        self.check(came, events)
        if self.problems:
            return None
        return Past(
            row=self.number,
            source=said["source_id"],
            kind=said["kind"],
            channel=said.get("channel", "other"),
            language=said.get("language", "en"),
            filed=datetime.combine(came, NOON, LONDON),
            undated=undated,
            closed="closed" in said,
            facts=self.facts(undated),
            events=tuple(placed(came, events)),
            **{name: said.get(name, "") for name in ("person", "name", "words", "summary")},
        )

    def facts(self, undated: bool) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for column in fields(self.reader.profile):
            if column.fact and (value := self.said.get(column.id)):
                found[column.fact] = value if isinstance(value, tuple) else (value,)
        who, role = self.said.get("who", ""), self.said.get("role", "")
        if who.startswith("role:"):
            who, role = "helper", who.removeprefix("role:")
        found |= {"who": (who,)} if who else {}
        found |= {"role": (role,)} if role else {}
        found |= {"undated": ("yes",)} if undated else {}
        return found

    def check(self, came: date, events: Sequence[Step]) -> None:
        """Days that cannot follow one another."""
        known = fields(self.reader.profile)
        for column in known:
            on = self.said.get(column.id)
            if column.form == "day" and column.id != "received" and isinstance(on, date) and on < came:
                self.wrong(column.id, f"{on.isoformat()} is before the day it came ({came.isoformat()})")
        order = [
            f.id for f in known if f.form == "day" and "_" in f.id and f.id.split("_")[0] in self.reader.profile.stages
        ]
        last, name = came, ""
        for one in order:
            on = self.said.get(one)
            if isinstance(on, date) and not one.endswith("_refused"):
                if on < last and name:
                    self.wrong(one, f"{on.isoformat()} is before {name} ({last.isoformat()})")
                last, name = on, one
        for stage in self.reader.profile.stages:
            if f"{stage}_working_days" in self.said and f"{stage}_answered" not in self.said:
                self.wrong(f"{stage}_working_days", f"days are counted to an answer: write its day in {stage}_answered")
        closed = self.said.get("closed")
        worked = [
            on for on, event, _ in events if event.endswith((".answered", ".requested", "contacted", "acknowledged"))
        ]
        if isinstance(closed, date) and worked and closed < max(worked):
            self.wrong("closed", f"{closed.isoformat()} is before something that happened on {max(worked).isoformat()}")


_FORMS: Mapping[str, Callable[[_Line, Field, Any], Any]] = {
    "text": _Line.text,
    "day": _Line.day,
    "choice": _Line.choice,
    "choices": _Line.choices,
    "yes": lambda line, column, value: dates.yes(value),
    "money": lambda line, column, value: dates.amount(value),
    "number": lambda line, column, value: _whole(dates.amount(value)),
    "year": _Line.year,
}


def _whole(value: Decimal) -> Decimal:
    if value != value.to_integral_value():
        raise Unclear(f"“{value}” is not a whole number")
    return value
