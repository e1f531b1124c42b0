"""Who did and saw what: by person, by record, by day; never a word that anybody said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from casework.calendar import DAY, LONDON, midnight
from console.auditwords import GROUPS, said
from console.lists import safe
from console.page import Pages
from console.render import render
from console.request import Request
from console.settingsview import read_day, read_number
from console.words import N_
from storage import audit, staff, tokens
from storage.audit import Asked, Entry
from storage.ids import read_reference

pages = Pages()
#: Id of a member of staff or of a token -> name.
People = Mapping[int, str]
ORDER = 89
PAGE = 100
#: Lines of an export.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words. ``href``: where what it was about is found, "" for nowhere that the reader may go."""

    at: datetime
    who: str
    what: str
    about: str
    href: str = ""


@pages.get(
    "/settings/audit",
    "audit.view",
    audit="audit.seen",
    menu=N_("Who did and saw what"),
    hint=N_("Every view, search, export and change by staff: who, what, which record, when."),
)
async def show(ask: Request) -> web.StreamResponse:
    """The lines under the filters of the address, the newest first."""
    asked = _asked(ask)
    return await _page(ask, asked, "/settings/audit")


@pages.get("/settings/audit/export", "audit.view", audit="audit.export", fresh=True)
async def export(ask: Request) -> web.StreamResponse:
    """The same lines as a spreadsheet."""
    asked = _asked(ask)
    if ask.errors:
        return await _page(ask, asked, "/settings/audit")
    found, people = await ask.report(lambda db: _look(ask, db, asked, 0, MOST))
    out = io.StringIO()
    out.write("\ufeff")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([ask.say("When"), ask.say("Who"), ask.say("What"), ask.say("About"), ask.say("Code")])
    lines = _lines(ask, found, people)
    for line, entry in zip(lines, found, strict=True):
        local = line.at.astimezone(LONDON).isoformat(sep=" ", timespec="seconds")
        write.writerow([safe(cell) for cell in (local, line.who, line.what, line.about, entry.what)])
    name = f"{ask.user.organisation}-audit-{ask.now.astimezone(LONDON).date().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=out.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


@pages.get("/record/{reference}/seen", "audit.view")
async def seen(ask: Request) -> web.StreamResponse:
    """Who has looked at this record, and what they did with it."""
    return await _page(ask, Asked(reference=ask.record.reference), f"/record/{ask.record.reference}/seen")


# Parts ------------------------------------------------------------------------------------------


def _asked(ask: Request) -> Asked:
    """What the address asks for; what makes no sense is an error of its field."""
    given = {name: ask.query.get(name, "").strip()[:60] for name in ("record", "staff", "what", "from", "to")}
    reference = read_reference(given["record"])
    if given["record"] and not reference:
        ask.errors.add("record", ask.say("References look like HB-7K3M-2Q"))
    who = read_number(given["staff"])
    first, last = read_day(ask, "from", given["from"]), read_day(ask, "to", given["to"])
    if first and last and last < first:
        ask.errors.add("to", ask.say("This is before the first day"))
    what = given["what"] if given["what"] in GROUPS else ""
    since = midnight(first) if first else None
    return Asked(reference, who, what, since, midnight(last + DAY) if last and last < date.max else None)


def _look(ask: Request, db: Connection, asked: Asked, before: int, most: int) -> tuple[list[Entry], People]:
    mine = replace(asked, unnamed=ask.user.id)
    organisation = ask.user.organisation
    people = {one.id: one.name for one in staff.everyone(db, ask.site.sealer, (organisation,))}
    people |= {one.id: ask.say("{name} (program)", name=one.name) for one in tokens.every(db, organisation)}
    return audit.entries(db, ask.user.organisation, mine, before=before, most=most), people


async def _page(ask: Request, asked: Asked, path: str) -> web.Response:
    start = read_number(ask.query.get("before", "")) or 0
    wrong = bool(ask.errors)
    found, people = await ask.read(
        lambda db: _look(ask, db, Asked(reference="none") if wrong else asked, start, PAGE + 1)
    )
    query = {name: ask.query.get(name, "") for name in ("record", "staff", "what", "from", "to")}
    more = len(found) > PAGE
    later = ask.address(path, **{**query, "before": found[PAGE - 1].id}) if more else ""
    return render(
        ask,
        "audit.html",
        one=ask.found.reference if ask.found else "",
        lines=_lines(ask, found[:PAGE], people),
        query=query,
        people=[(0, ask.say("The command line")), *people.items()],
        whats=[(code, ask.say(name)) for code, name in GROUPS.items()],
        first=ask.address(path, **query) if start else "",
        later=later,
        export=ask.address("/settings/audit/export", **{**query, **({"record": asked.reference} if ask.found else {})}),
        narrowed=any(query.values()),
    )


def _lines(ask: Request, found: Iterable[Entry], people: People) -> list[Line]:
    names: Mapping[str, str] = {str(number): name for number, name in people.items()}
    return [
        Line(
            entry.at,
            ask.say("The command line") if entry.staff is None else names.get(str(entry.staff), str(entry.staff)),
            said(ask.say, entry.what),
            *_about(ask, entry.reference, names),
        )
        for entry in found
    ]


def _about(ask: Request, reference: str, names: Mapping[str, str]) -> tuple[str, str]:
    """What a line was about, in words, and where that is."""
    kind, _, value = reference.partition(":")
    places: Mapping[str, tuple[str, str, str]] = {
        "staff": (names.get(value, value), "staff.manage", f"/settings/staff/{value}"),
        "campaign": (value.upper(), "settings.view", f"/settings/campaigns/{value}"),
        "template": (value, "settings.view", f"/settings/templates/{value.replace(' ', '/')}"),
        "day": (value, "settings.view", "/settings/holidays"),
    }
    if kind == "list":
        return ask.say("Records: {count}", count=value.partition(" ")[0]), ""
    if not value:
        return reference, ask.address(f"/record/{reference}") if reference and "record.view" in _may(ask) else ""
    text, permission, path = places.get(kind, (value, "", ""))
    return text, ask.address(path) if permission in _may(ask) else ""


def _may(ask: Request) -> Any:
    return ask.user.permissions
