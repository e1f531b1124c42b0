"""The words of a report: written year by year, approved by a person; compliments chosen for it; a copy to publish."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import DAY, add_months
from casework.publishing import Ledger
from casework.report_model import Report
from console import reportview
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.settingsview import today
from storage import cases_held, publishing, report_texts, reporting, staff
from storage.report_texts import LONGEST, LONGEST_EXAMPLE, TEXTS, Changed, Example, Speaker, Text
from storage.reporting import Asked

pages = Pages()
ORDER = 46


@dataclass(frozen=True, slots=True)
class Drawn:
    """One text on the page: what it is called, its words, who approved it."""

    text: Text
    name: str
    rows: int
    approved: str
    before: str


@pages.get("/reports/words", "reports.write", audit="reports.words")
async def show(ask: Request) -> web.StreamResponse:
    """The words of one report year."""
    return await _show(ask, _year(ask, ask.query.get("year", "")), {})


@pages.post("/reports/words", "reports.write", audit="reports.words.save")
async def save(ask: Request) -> web.StreamResponse:
    """Save one text, or approve it as it stands."""
    year, code = _year(ask, ask.text("year", 20)), ask.text("code", 40)
    if code not in TEXTS:
        return await _show(ask, year, {})
    words, version = ask.text(f"words-{code}", LONGEST), _number(ask.text("version", 9))
    at, by = ask.now, f"staff:{ask.user.id}"
    organisation, language = ask.user.organisation, ask.language
    if ask.errors:
        return await _show(ask, year, {code: words})
    if "approve" in ask.form:
        if not ask.chosen(f"looked-{code}", ("yes",)):
            ask.errors.add(f"looked-{code}", ask.say("Read it as a neighbour would, then tick this"))
        kept = await ask.read(lambda db: report_texts.texts(db, organisation, year, language)[code])
        if kept.version and kept.words != words:
            ask.errors.add(f"words-{code}", ask.say("These words are not saved yet. Save them, then read them again."))
        if ask.errors:
            return await _show(ask, year, {code: words})

        def write(db: sqlmodel.Session) -> None:
            report_texts.approve(db.connection(), organisation, year, language, code, version, by, at)
    else:

        def write(db: sqlmodel.Session) -> None:
            text = Text(code, words, version)
            report_texts.save(db.connection(), organisation, year, language, text, by, at)

    ask.noted = f"year:{cases_held.named(year)} {code}"
    try:
        await ask.write(write)
    except Changed:
        ask.errors.add(f"words-{code}", ask.say("Somebody has changed this meanwhile. Look at it again, then save."))
        return await _show(ask, year, {code: words})
    said = ask.say("Approved.") if "approve" in ask.form else ask.say("Saved.")
    return ask.back_to(f"/reports/words?year={year}#{code}", said)


@pages.post("/reports/words/example", "reports.write", audit="reports.words.example")
async def example(ask: Request) -> web.StreamResponse:
    """A compliment stands in reports with these words, or not any more."""
    year, number = _year(ask, ask.text("year", 20)), _number(ask.text("case", 20))
    known = {one.case: one for one in await ask.read(lambda db: _examples(ask, db, year))}
    if number not in known:
        return ask.back_to(
            f"/reports/words?year={year}#examples", ask.say("This compliment is not on the board any more."), "warning"
        )
    one, words = known[number], ask.text(f"example-{number}", LONGEST_EXAMPLE)
    vault, at, by = ask.site.store.vault, ask.now, f"staff:{ask.user.id}"
    ask.noted = one.reference
    if "leave" in ask.form:
        await ask.write(lambda db: report_texts.leave_out(db.connection(), number))
        return ask.back_to(f"/reports/words?year={year}#examples", ask.say("It does not stand in reports any more."))
    if not words:
        ask.errors.add(f"example-{number}", ask.say("Write the words that are shown"))
    elif not ask.chosen(f"looked-{number}", ("yes",)):
        ask.errors.add(f"looked-{number}", ask.say("Read it as a neighbour would, then tick this"))
    if ask.errors:
        return await _show(ask, year, {str(number): words})
    version = _number(ask.text("version", 9))

    def write(db: sqlmodel.Session) -> None:
        report_texts.choose(db.connection(), vault, number, words, version, by, at)

    try:
        await ask.write(write)
    except Changed:
        ask.errors.add(
            f"example-{number}", ask.say("Somebody has changed this meanwhile. Look at it again, then save.")
        )
        return await _show(ask, year, {str(number): words})
    return ask.back_to(f"/reports/words?year={year}#examples", ask.say("It stands in the report."))


@pages.post("/reports/publish", "reports.write", audit="reports.publish")
async def publish(ask: Request) -> web.StreamResponse:
    """The year's report as a copy to publish; what it tells is kept, so that no later copy gives away what it hides."""
    year, wanted = _year(ask, ask.text("year", 20)), ask.text("format", 9)
    if wanted not in ask.site.documents:
        ask.errors.add("format", ask.say("Choose one"))
        return await _show(ask, year, {})
    asked = Asked(year, add_months(year, 12) - DAY)
    profile, now, sealer, by = ask.profile, ask.now, ask.site.sealer, f"staff:{ask.user.id}"
    voice, speaker = reportview.voice(ask.language), _speaker(ask)

    def number(db: sqlmodel.Session) -> dict[str, int]:
        return publishing.number_homes(db.connection(), profile, sealer)

    numbers: Mapping[str, int] = await ask.write(number, aside=True)

    def build(db: Connection) -> tuple[Report, Ledger]:
        report = reporting.build(db, profile, asked, voice, now)
        return publishing.copy(db, report, profile, sealer, speaker, numbers)

    report, ledger = await ask.read(build)
    document = ask.site.documents[wanted]
    body = await asyncio.to_thread(document.make, report)
    ask.noted = f"year:{cases_held.named(year)} {wanted}"
    await ask.write(lambda db: publishing.keep(db.connection(), sealer, report, ledger, by, now))
    name = f"{report.organisation}-{cases_held.named(year).replace('/', '-')}-published.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=document.mime, headers=headers)


# Parts ------------------------------------------------------------------------------------------


def _speaker(ask: Request) -> Speaker:
    store = ask.site.store
    return Speaker(store.vault, store.procedures.under, ask.profile.report_year, reportview.voice(ask.language).say)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


def _year(ask: Request, asked: str) -> date:
    """The one that is asked for; the last whole one for anything else."""
    known = cases_held.years(ask.profile, today(ask))
    return next((year for year in known if year.isoformat() == asked), known[1])


def _examples(ask: Request, db: Connection, year: date) -> list[Example]:
    store = ask.site.store
    return report_texts.examples(db, store.vault, store.procedures.under, reach(ask.user, "record.view"), year)


async def _show(ask: Request, year: date, typed: Mapping[str, str]) -> web.Response:
    organisation, language = ask.user.organisation, ask.language

    def look(db: Connection) -> tuple[dict[str, Text], list[Example], list[dict[str, Any]], dict[str, str]]:
        people = {f"staff:{one.id}": one.name for one in staff.everyone(db, ask.site.sealer, (organisation,))}
        people["command line"] = ask.say("The command line")
        found = report_texts.texts(db, organisation, year, language)
        return found, _examples(ask, db, year), publishing.publications(db, organisation), people

    found, examples, published, people = await ask.read(look)
    ask.shown += [one.reference for one in examples]
    drawn = [
        Drawn(
            replace(text, words=typed.get(code, text.words)),
            ask.say(TEXTS[code][0]),
            6 if code == "foreword" else 10,
            people.get(text.approved_by, "?") if text.approved else "",
            cases_held.named(text.since) if text.since else "",
        )
        for code, text in found.items()
    ]
    return render(
        ask,
        "report_texts.html",
        year=year,
        year_name=cases_held.named(year),
        years=[(one.isoformat(), cases_held.named(one)) for one in cases_held.years(ask.profile, today(ask))],
        texts=drawn,
        examples=[(one, typed.get(str(one.case), one.words or one.board)) for one in examples],
        most=(LONGEST, LONGEST_EXAMPLE),
        formats=[(code, ask.say(one.name)) for code, one in ask.site.documents.items()],
        published=[(one, cases_held.named(one["since"]), people.get(one["by"], "?")) for one in published[:10]],
    )
