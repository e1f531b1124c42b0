"""Reports: any period, level and comparison, section by section; every figure leads to its records; files to keep."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from aiohttp import web

from casework.report_feed import as_csv, as_json
from casework.report_lines import SPLITS
from casework.report_model import Report, Sheet
from casework.report_periods import MOST
from casework.reports import PARTS, tables
from console import reportview
from console.page import Pages
from console.render import render
from console.request import Request
from console.roles import reach
from console.settingsview import today
from console.words import N_
from storage import reporting
from storage.report_texts import Speaker, with_words
from storage.reporting import Asked

pages = Pages()
ORDER = 45
#: Sections that every organisation has, whatever its tables.
ALWAYS = ("glance", "received", "trends", "who", "learning", "reach")


@pages.get("/reports", "reports.view", menu=N_("Reports"), audit="reports")
async def show(ask: Request) -> web.StreamResponse:
    """One section of a report."""
    asked = reportview.wanted(ask, today(ask))
    ask.noted = f"report:{reportview.address(asked)} {asked.level}"[:80]
    report = await _build(ask, asked)
    # A reader of reports alone sees figures; the lists are for whoever may see every record.
    links = ask.may("records.list") and reach(ask.user, "records.list").all
    own = {table.part for table in tables(ask.profile)}
    known = [part for part in PARTS if part in own or part in ALWAYS]
    return render(
        ask,
        "reports.html",
        report=report,
        asked=asked,
        drawn=[reportview.drawn(ask, part, links) if isinstance(part, Sheet) else part for part in report.parts],
        tabs_of=list(reportview.parts(ask, asked, known)),
        section=ask.say(PARTS[asked.parts[0]]),
        periods=reportview.period_choices(ask, asked, today(ask)),
        period=reportview.address(asked),
        levels=reportview.level_choices(ask),
        splits=[(code, ask.say(name)) for code, name in SPLITS.items()],
        earlier=[str(count) for count in range(MOST + 1)],
        typed={name: ask.query.get(name, "") for name in ("since", "until")},
        files=[
            (ask.address("/reports/file", **{**reportview.query(asked), "format": code}), name)
            for code, name in _formats(ask)
        ],
        links=links,
    )


@pages.get("/reports/file", "reports.view", audit="reports.file", fresh=True)
async def file(ask: Request) -> web.StreamResponse:
    """The whole report as a file."""
    asked = replace(reportview.wanted(ask, today(ask)), parts=())
    wanted = ask.query.get("format", "csv")
    if wanted not in dict(_formats(ask)):
        raise web.HTTPNotFound
    ask.noted = f"report:{reportview.address(asked)} {asked.level} {wanted}"[:80]
    report = await _build(ask, asked)
    store, say = ask.site.store, reportview.voice(ask.language).say
    speaker, bare = Speaker(store.vault, store.procedures.under, ask.profile.report_year, say), report
    report = await ask.report(lambda db: with_words(db, bare, speaker))
    name = f"{report.organisation}-{asked.since}-{asked.until}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if wanted == "csv":
        return web.Response(text=as_csv(report), content_type="text/csv", charset="utf-8", headers=headers)
    if wanted == "json":
        text = json.dumps(as_json(report), ensure_ascii=False, indent=1)
        return web.Response(text=text, content_type="application/json", charset="utf-8", headers=headers)
    document = ask.site.documents[wanted]
    body = await asyncio.to_thread(document.make, report)
    return web.Response(body=body, content_type=document.mime, headers=headers)


def _formats(ask: Request) -> list[tuple[str, str]]:
    """The formats there are: (ending, what it is called)."""
    documents = [(code, ask.say(one.name)) for code, one in ask.site.documents.items()]
    return [*documents, ("csv", ask.say("Table of all figures (CSV)")), ("json", ask.say("For programs (JSON)"))]


async def _build(ask: Request, asked: Asked) -> Report:
    voice, profile, now = reportview.voice(ask.language), ask.profile, ask.now
    return await ask.report(lambda db: reporting.build(db, profile, asked, voice, now))
