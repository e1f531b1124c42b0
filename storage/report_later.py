"""The later stages: their figures over the years, their records one by one, and what mediation saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from casework.procedure import Stage
from casework.report_model import Cell, Column, Period, Row, Sheet
from casework.report_where import EVERYTHING, has
from casework.words import S_
from storage.counting import CASE, FACT
from storage.report_build import Builder
from storage.report_glance import Key, mean, over_years, records

#: Records of a later stage that are listed one by one.
LISTED = 200


def later(b: Builder) -> Iterator[Sheet]:
    """Of each later stage its figures, and its records one by one with days, working days and cost."""
    for stage in tuple(b.profile.stages)[1:]:
        yield _figures(b, stage)
        listed = _cases(b, b.profile.stages[stage])
        if listed is not None:
            yield listed


def keys(stage: str) -> tuple[Key, ...]:
    """The figures of a later stage."""
    by, clock = f"asked.{stage}", f"timescale.{stage}"
    return (
        Key("asked", S_("Asked for in the period"), records(EVERYTHING, by)),
        Key("refused", S_("Refused, with a reason and the way on"), records(has(f"refused.{stage}"), by)),
        Key("answered", S_("Answered"), records(has(f"answered.{stage}"), by)),
        Key("met", S_("Within the limit"), records(has(clock, "met"), by)),
        Key("missed", S_("Outside the limit"), records(has(clock, "missed"), by)),
        Key("paused", S_("Paused"), records(has(clock, "paused"), by)),
        Key("running", S_("Not answered yet"), records(has(clock, "running"), by)),
        Key("days", S_("Working days, on average"), mean(f"days.{stage}", EVERYTHING, by)),
        Key(
            "days_recorded", S_("Working days as recorded, on average"), mean(f"days_recorded.{stage}", EVERYTHING, by)
        ),
        Key("cost", S_("Cost in all (£)"), lambda b, period: _cost(b, stage, period)),
        Key("cost_mean", S_("Cost, on average (£)"), mean(f"cost.{stage}", EVERYTHING, by)),
    )


def _figures(b: Builder, stage: str) -> Sheet:
    title = b.profile.stages[stage].name.said(b.voice.language)
    note = b.say("Counted by the day it was asked for, whatever became of it later.")
    return over_years(b, stage, title, [(key, b.say(key.label)) for key in keys(stage)], "further", note)


def _cost(b: Builder, stage: str, period: Period) -> Cell:
    where = b.of(has(f"cost.{stage}"), period, f"asked.{stage}")
    number, total = b.counts.sum(f"cost.{stage}", b.counts.mask(where))
    return Cell(Decimal(str(total)) if number else None, of=number or None, where=where.query)


def _cases(b: Builder, stage: Stage) -> Sheet | None:
    """The records that were in a stage that was asked for in the period, the first asked for in front."""
    facts = _facts(b, stage.id)
    if not facts:
        return None
    titles = {code: name.said(b.voice.language) for code, name in stage.steps.items()}
    steps = [(f"step.{stage.id}.{code}", name[:1].upper() + name[1:]) for code, name in titles.items()]
    days = [
        (f"asked.{stage.id}", b.say("Asked for")),
        *steps,
        (f"answered.{stage.id}", b.say("Answered")),
        ("closed", b.say("Closed")),
    ]
    rows = []
    for reference, told in facts:
        where = {"record": reference}
        named = [
            b.profile.services[one].name.said(b.voice.language)
            for one in told.get("services", ())
            if one in b.profile.services
        ]
        cells = [Cell(", ".join(named) or None)]
        cells += [Cell(date.fromisoformat(said[0]) if (said := told.get(fact)) else None) for fact, _ in days]
        taken, recorded = told.get(f"days.{stage.id}"), told.get(f"days_recorded.{stage.id}")
        cells.append(Cell(int(taken[0]) if taken else None, where=where))
        cells.append(_recorded(recorded, where))
        spent = told.get(f"cost.{stage.id}")
        cells.append(Cell(Decimal(spent[0]) if spent else None, where=where))
        rows.append(Row(reference, reference, tuple(cells)))
    columns = (
        Column("service", b.say("Service"), "text"),
        *(Column(fact, name, "day") for fact, name in days),
        Column("days", b.say("Working days"), "working days"),
        Column("days_recorded", b.say("Working days as recorded"), "working days"),
        Column("cost", b.say("Cost (£)"), "pounds"),
    )
    name = stage.name.said(b.voice.language)
    title = b.say("{stage}: one by one", stage=name)
    note = b.say(
        "Working days are counted from the day the clock began, less pauses; beside them what was written down then."
    )
    return Sheet(f"{stage.id}_records", title, b.say("Record"), columns, tuple(rows), note, sums=False, part="further")


def _recorded(said: Sequence[str] | None, where: dict[str, str]) -> Cell:
    if not said:
        return Cell(None, state="not recorded")
    return Cell(int(said[0]), where=where, state="recorded figure")


def _facts(b: Builder, stage: str) -> list[tuple[str, dict[str, list[str]]]]:
    """(reference, facts) of those records."""
    first, last = b.period.since.isoformat(), b.period.until.isoformat()
    asked = (FACT.c.fact == f"asked.{stage}", FACT.c.value.between(first, last))
    query = (
        select(FACT.c.case_id, CASE.c.reference)
        .join(CASE, CASE.c.id == FACT.c.case_id)
        .where(FACT.c.organisation == b.counts.organisation, *asked, CASE.c.organisation == b.counts.organisation)
        .order_by(FACT.c.value, FACT.c.case_id)
    )
    if b.level:
        within = select(FACT.c.case_id).where(FACT.c.fact == "services", FACT.c.value.in_(b.level))
        query = query.where(FACT.c.case_id.in_(within))
    names = {row.case_id: row.reference for row in b.counts.db.execute(query.limit(LISTED))}
    told: dict[int, dict[str, list[str]]] = {case: {} for case in names}
    facts = select(FACT.c.case_id, FACT.c.fact, FACT.c.value).where(FACT.c.case_id.in_(list(names)))
    for case, fact, value in b.counts.db.execute(facts):
        told[case].setdefault(fact, []).append(value)
    return [(names[case], told[case]) for case in names]


def savings(b: Builder) -> Sheet | None:
    """What mediation that resolved a complaint has saved: the average cost of the stage it came before."""
    mediation = b.profile.mediation
    cost = b.profile.costs.get(mediation.before) if mediation else None
    if cost is None:
        return None
    resolved = b.cell(b.of(has("mediation", "resolved"), b.period, "mediation_offered"))
    number = resolved.value if isinstance(resolved.value, int) else 0
    rows = (
        Row("resolved", b.say("Resolved by mediation"), (resolved,)),
        Row("average", b.say("Average cost of the stage it came before (£)"), (Cell(cost, state="recorded figure"),)),
        Row("saved", b.say("Saved (£)"), (Cell(Decimal(cost * number), where=resolved.where),)),
    )
    columns = (Column("figure", b.period.name, "other", b.period),)
    return Sheet("savings", b.say("What mediation saved"), b.say("Figure"), columns, rows, sums=False, part="further")
