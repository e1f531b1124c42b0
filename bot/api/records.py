"""Records as programs see them: lists, one of them, what happened to it, what was said."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from bot.api import shapes
from bot.api.declare import PREFIX, Answer, Ask, Problem, operation
from bot.api.front import number
from casework.calendar import midnight
from casework.case import fold
from casework.report_feed import safe
from storage import casefile, changes, desk
from storage.cases import Cases
from storage.desk import CASE, Filters
from storage.lines import Item, lines
from storage.tokens import Whole, seen

#: Lines of a spreadsheet at once, and those that are read together.
MOST_LINES, AT_ONCE = 10_000, 500


@operation("GET", "/records", "List records", scopes=("records",), query=shapes.RecordsAsked, answer=shapes.Records)
async def records(ask: Ask) -> Answer:
    """The newest first, without words. Give `next` as `after` until it is null.

    With `changed_since` those of which anything was written since: new ones, also those entered late, and older ones
    to which something happened. Without the scope `restricted` records with a sign of danger and allegations are not
    in it.
    """
    query = ask.query
    found = await ask.read(lambda db: _some(ask, db, query.limit + 1, before=number(query.after or "")))
    some = found[: query.limit]
    ask.shown = [one.reference for one in some]
    more = str(some[-1].id) if len(found) > query.limit else None
    return Answer(shapes.Records(records=[shapes.Summary(**_summary(ask, one)) for one in some], next=more))


@operation(
    "GET", "/records.csv", "Records for spreadsheets", scopes=("records",), query=shapes.ListAsked,
    problems=("not-possible",), media="text/csv; charset=utf-8",
)  # fmt: skip
async def records_csv(ask: Ask) -> Answer:
    """The same lists, one record a line, the newest first: at most ten thousand at once."""
    found = await ask.read(lambda db: _some(ask, db, MOST_LINES + 1))
    if len(found) > MOST_LINES:
        raise Problem("not-possible", f"There are more than {MOST_LINES:,}: narrow it by since, until or service.")
    ask.shown = [one.reference for one in found]

    def make() -> bytes:
        out = io.StringIO()
        write = csv.writer(out)
        write.writerow(shapes.Summary.model_fields)
        for one in found:
            told = _summary(ask, one)
            write.writerow(safe(_cell(told[name])) for name in shapes.Summary.model_fields)
        return out.getvalue().encode("utf-8-sig")

    headers = {"Content-Disposition": f'attachment; filename="{ask.organisation}-records.csv"'}
    return Answer(raw=await asyncio.to_thread(make), headers=headers)


def _cell(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return " ".join(value) if isinstance(value, list) else value


def _some(ask: Ask, db: Connection, limit: int, before: int = 0) -> tuple[Item, ...]:
    """The newest records of a list that are older than one, so many."""
    wanted = select(CASE.c.id).where(*_conditions(ask, db)).order_by(CASE.c.id.desc()).limit(limit)
    if before:
        wanted = wanted.where(CASE.c.id < before)
    rows = [{"id": one} for one in db.execute(wanted).scalars()]
    return tuple(
        one for start in range(0, len(rows), AT_ONCE) for one in lines(db, rows[start : start + AT_ONCE], ask.now)
    )


def _conditions(ask: Ask, db: Connection) -> Iterator[ColumnElement[bool]]:
    query = ask.query
    filters = Filters(
        services=(query.service,) if query.service else (),
        kind=query.kind or "",
        stage=query.place or "",
        theme=query.theme or "",
        language=query.language or "",
        channel=query.channel or "",
        campaign=query.campaign or "",
    )
    yield desk.within(db, Whole(ask.organisation, ask.token.id))
    yield CASE.c.place != ""
    yield from desk.narrowed(filters)
    if (narrower := seen(ask.token.may("restricted"))) is not None:
        yield narrower
    if query.since:
        yield CASE.c.begun_at >= midnight(query.since)
    if query.until and query.until < date.max:
        yield CASE.c.begun_at < midnight(query.until + timedelta(days=1))
    if query.changed_since:
        yield changes.since(query.changed_since)


def _summary(ask: Ask, one: Item) -> dict[str, Any]:
    same = ("reference", "kind", "place", "stage", "channel", "language", "at", "speaker", "clock", "due", "status")
    return {name: getattr(one, name) for name in same} | {
        "services": list(one.services),
        "themes": list(one.themes),
        "alerts": one.alerts,
        "href": href(ask, one.reference),
    }


def href(ask: Ask, reference: str) -> str:
    """The address of a record in the interface."""
    return f"{ask.api.address}{PREFIX}/records/{reference}"


@operation("GET", "/records/{reference}", "One record", scopes=("records",), answer=shapes.Record)
async def record(ask: Ask) -> Answer:
    """Where it stands, its time limits and its coded facts; no words. Its ETag changes when any of this does."""
    case = ask.record.id

    def look(db: Connection) -> shapes.Record:
        row = db.execute(select(CASE).where(CASE.c.id == case)).mappings().one()
        (item,) = lines(db, [{"id": case}], ask.now)
        profile = ask.store.procedures.under(row["organisation"], row["profile"])
        history = casefile.events(db, ask.store.vault, case)
        state = fold(profile, history)
        facts: dict[str, list[str]] = {}
        for fact, value in db.execute(
            select(desk.FACT.c.fact, desk.FACT.c.value)
            .where(desk.FACT.c.case_id == case)
            .order_by(desk.FACT.c.fact, desk.FACT.c.value)
        ):
            facts.setdefault(fact, []).append(value)
        same = ("complete", "begun_at", "filed_at", "acknowledge_by", "answer_by", "events")
        clocks = [
            shapes.Clock(
                clock=one.clock,
                name=one.name,
                status=one.status(ask.now),
                due=one.deadline.day if one.deadline else None,
                started=one.started,
                stopped=one.stopped,
            )
            for one in state.clocks.values()
        ]
        return shapes.Record(
            **_summary(ask, item),
            **{name: row[name] for name in same},
            procedure=profile.id,
            clocks=clocks,
            facts=facts,
            erased=not history,
        )

    return Answer(await ask.read(look))


@operation("GET", "/records/{reference}/events", "What happened to a record", scopes=("records",), answer=shapes.Events)
async def events(ask: Ask) -> Answer:
    """The oldest first; nothing is ever taken back, a mistake is corrected by another event.

    Reasons and details hold people's words: they are null without the scope `words`.
    """
    case, words = ask.record.id, ask.token.may("words")
    found = await ask.read(lambda db: casefile.events(db, ask.store.vault, case))
    told = [
        shapes.Event(
            number=int(one.id),
            type=one.kind,
            at=one.at,
            who="staff" if one.by.startswith("staff:") else one.by,
            why=one.why if words else None,
            details=dict(one.data) if words else None,
        )
        for one in found
    ]
    return Answer(shapes.Events(reference=ask.record.reference, events=told))


@operation("GET", "/records/{reference}/answers", "What was said", scopes=("records", "words"), answer=shapes.Answers)
async def answers(ask: Ask) -> Answer:
    """Every answer under its question, in the person's own words, as the record stands now."""
    reference, organisation = ask.record.reference, ask.organisation
    cases = Cases(ask.store.database, ask.store.vault)
    whole = await asyncio.to_thread(cases.show, reference, (organisation,))
    said = [
        shapes.Said(
            step=one["step"],
            question=one.get("question", ""),
            values=list(one.get("values", ())),
            labels=list(one.get("labels", ())),
            words=list(one.get("words", ())),
            files=len(one.get("media", ())),
            added_at=one.get("added_at"),
        )
        for one in whole["entries"]
    ]
    return Answer(shapes.Answers(reference=reference, language=whole["language"], answers=said, erased=whole["erased"]))
