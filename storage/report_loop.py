"""What follows from records and is kept beside them: learning, and signs of danger and how fast somebody saw them."""

from __future__ import annotations

import statistics
from datetime import datetime, time, timedelta

from sqlalchemy import select

from casework.calendar import DAY, LONDON, midnight
from casework.report_model import Cell, Column, Period, Row, Sheet
from casework.words import S_
from storage import models, models_learning
from storage.models import table
from storage.report_build import Builder

_LEARNING = table(models_learning.Learning)
_ALERT = table(models.Alert)
#: Night: nobody is at work, whatever the day.
NIGHT = (time(20), time(8))


def learning(b: Builder) -> Sheet:
    """What was learned in the period, and what stands of it now."""
    first, after = _ends(b.period)
    query = select(_LEARNING).where(
        _LEARNING.c.organisation == b.counts.organisation, _LEARNING.c.at >= first, _LEARNING.c.at < after
    )
    found = [row for row in b.counts.db.execute(query).mappings() if _here(b, row["services"])]
    done = [row for row in found if row["state"] in ("done", "lasted", "slipped")]
    told = sum(row["published_at"] is not None for row in found)
    rows = (
        Row("learned", b.say("Actions from what was learned"), (Cell(len(found)),)),
        Row("done", b.say("Done"), (Cell(len(done)),)),
        Row("lasted", b.say("Looked at again, and it lasted"), (Cell(_in(found, "lasted")),)),
        Row("slipped", b.say("Looked at again, and to be done anew"), (Cell(_in(found, "slipped")),)),
        Row("open", b.say("Not done yet"), (Cell(len(found) - len(done)),)),
        Row("told", b.say("Told to everybody: “you said, we did”"), (Cell(told),)),
    )
    columns = (Column("actions", b.period.name, "other", b.period),)
    title = b.say("What was learned in the period, and what became of it")
    return Sheet("learning", title, b.say("Actions"), columns, rows, sums=False, part="learning")


def _here(b: Builder, services: str) -> bool:
    return not b.level or bool(set(b.level) & set(services.split()))


def _in(found: list, state: str) -> int:  # type: ignore[type-arg]  # rows of a result, which have no better name
    return sum(row["state"] == state for row in found)


def alerts(b: Builder) -> Sheet | None:
    """Signs of danger of the period and the minutes until a person had acknowledged them; the nights apart."""
    if b.level:
        return None
    first, after = _ends(b.period)
    query = select(_ALERT.c.level, _ALERT.c.at, _ALERT.c.acknowledged_at).where(
        _ALERT.c.organisation == b.counts.organisation, _ALERT.c.at >= first, _ALERT.c.at < after
    )
    found = b.counts.db.execute(query).all()
    if not found:
        return None
    rows = []
    for code, label, level, night in (
        ("red_day", S_("Danger now, by day"), "red", False),
        ("red_night", S_("Danger now, at night"), "red", True),
        ("amber_day", S_("Possible danger, by day"), "amber", False),
        ("amber_night", S_("Possible danger, at night"), "amber", True),
    ):
        some = [one for one in found if one.level == level and _night(one.at) == night]
        minutes = [_minutes(one.acknowledged_at - one.at) for one in some if one.acknowledged_at]
        middle = Cell(round(statistics.median(minutes)), of=len(minutes)) if minutes else Cell(None)
        rows.append(Row(code, b.say(label), (Cell(len(some)), Cell(len(minutes)), middle)))
    columns = (
        Column("raised", b.say("Signs of danger"), "other", b.period),
        Column("seen", b.say("Acknowledged"), "other", b.period),
        Column("minutes", b.say("Minutes until then (median)"), "other", b.period),
    )
    note = b.say("Night is from 20:00 to 08:00. What was erased with a person’s words is not counted.")
    title = b.say("Signs of danger, and how fast somebody acknowledged them")
    return Sheet("alerts", title, b.say("Signs"), columns, tuple(rows), note, sums=False, part="reach")


def _ends(period: Period) -> tuple[datetime, datetime]:
    return (
        midnight(period.since),
        midnight(period.until + DAY),
    )


def _night(at: datetime) -> bool:
    local = at.astimezone(LONDON).time()
    return local >= NIGHT[0] or local < NIGHT[1]


def _minutes(gap: timedelta) -> float:
    return max(0.0, gap.total_seconds() / 60)
