"""Reports as data, the same as a report's page and ``hearback report`` give."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import locales.reports
from bot.api import shapes
from bot.api.declare import Answer, Ask, Problem, operation
from casework.report_feed import as_csv, as_json
from casework.report_model import Report
from storage.report_build import Voice
from storage.report_texts import Speaker, with_words
from storage.reporting import Asked, build

#: The longest time one report may be over.
LONGEST = timedelta(days=3653)
#: Days that a report may be over.
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


@operation(
    "GET", "/report", "A report as data", scopes=("reports",), query=shapes.ReportAsked, answer=shapes.Report,
    problems=("not-possible",),
)  # fmt: skip
async def report(ask: Ask) -> Answer:
    """Every figure of the report over some days, as of now. It counts every record, also restricted ones."""
    made = as_json(await _built(ask))
    return Answer(shapes.Report.model_validate(made))


@operation(
    "GET", "/report.csv", "A report for spreadsheets", scopes=("reports",), query=shapes.ReportAsked,
    problems=("not-possible",), media="text/csv; charset=utf-8",
)  # fmt: skip
async def report_csv(ask: Ask) -> Answer:
    """The same figures, one a line."""
    made = as_csv(await _built(ask)).encode()
    name = f"{ask.organisation}-{ask.query.since}-{ask.query.until}.csv"
    return Answer(raw=made, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _built(ask: Ask) -> Report:
    query = ask.query
    if query.since < FIRST or query.until > LAST:
        raise Problem("not-possible", "No report is over these days.", [("since", f"Let it be {FIRST} to {LAST}")])
    if not timedelta() <= query.until - query.since <= LONGEST:
        said = "Let it be the first day or later, at most ten years"
        raise Problem("not-possible", "No report is over these days.", [("until", said)])
    profile, voice = ask.profile, Voice(query.language, **locales.reports.voice(query.language))
    speaker = Speaker(ask.store.vault, ask.store.procedures.under, profile.report_year, voice.say)
    wanted = Asked(query.since, query.until, query.level, query.earlier, query.split or "")

    def make() -> Report:
        with ask.store.database.reporting() as db:
            return with_words(db, build(db, profile, wanted, voice, ask.now), speaker)

    try:
        return await asyncio.to_thread(make)
    except ValueError as error:
        raise Problem("not-possible", f"{error}.") from None
