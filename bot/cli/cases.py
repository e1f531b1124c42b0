"""``hearback cases``: what has been filed, for the person who runs the machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

import typer

from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from bot.world import london_now
from casework.calendar import LONDON
from storage import audit, casefile, dues
from storage.cases import Cases
from storage.store import Store

#: Status of a clock -> how it is printed.
STATUS = {
    "overdue": "OVERDUE",
    "soon": "SOON",
    "running": "running",
    "paused": "paused",
    "met": "met",
    "missed": "MISSED",
}

#: A day that was promised -> how it is printed.
TOLD = {"acknowledge_by": "written to", "answer_by": "answered"}


@contextmanager
def opened(settings: Settings, organisation: str) -> Iterator[tuple[Store, tuple[str, ...]]]:
    """The store, and the organisations that are asked for."""
    found = profiles(settings)
    if organisation and organisation not in found:
        raise Trouble(f"There is no organisation {organisation!r}; there are: {', '.join(found)}.")
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        yield store, (organisation,) if organisation else tuple(found)
    finally:
        store.close()


def seen(store: Store, what: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Write down that records are looked at here, before anything of them is shown, as the console does it.

    what     a code of the audit, "record" or "records.list"
    records  each with its ``organisation`` and ``reference``; one line for each organisation
    """
    of: dict[str, list[str]] = {}
    for one in records:
        of.setdefault(one["organisation"], []).append(one["reference"])
    for organisation, references in of.items():
        audit.written(store, audit.Deed(organisation, None, what, london_now(), records=tuple(references)))


def listing(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print every record, newest first."""
    with opened(settings, organisation) as (store, wanted):
        cases, after, count = Cases(store.database, store.vault), 0, 0
        while page := cases.list(wanted, after=after):
            seen(store, "records.list", page)
            for case in page:
                typer.echo(json.dumps(case, ensure_ascii=False) if as_json else _line(case))
            after, count = page[-1]["id"], count + len(page)
    if not count and not as_json:
        typer.echo("Nothing has been filed yet.", err=True)


def _line(case: dict[str, Any]) -> str:
    due = min(case["dues"].values(), default="")
    parts = [
        case["reference"],
        f"{case['organisation']:<22}",
        f"{case['kind']:<10}",
        f"{case['stage'] if case['complete'] else 'unfinished':<10}",
        f"{case['language']}  {case['channel']:<8}",
        london(case["filed_at"] or case["begun_at"]),
        f"due {due}" if due else "",
        f"** {case['alert'].upper()} ALERT{'' if case['open_alerts'] else ' (acknowledged)'} **"
        if case["alert"]
        else "",
    ]
    return "  ".join(part for part in parts if part)


def london(iso: str | None) -> str:
    """A stored time as staff read it, by the clock in London."""
    return f"{datetime.fromisoformat(iso).astimezone(LONDON):%Y-%m-%d %H:%M}" if iso else ""


def show(settings: Settings, reference: str, organisation: str, as_json: bool) -> None:
    """Print one record. Raises Trouble when these organisations have none of that reference."""
    with opened(settings, organisation) as (store, wanted):
        try:
            case = Cases(store.database, store.vault).show(reference, wanted)
        except LookupError as error:
            raise Trouble(str(error.args[0])) from None
        with store.database.reading() as db:
            case |= casefile.view(db, store.vault, store.procedures, int(case["id"]), london_now())
        seen(store, "record", [case])
    typer.echo(json.dumps(case, ensure_ascii=False) if as_json else "\n".join(_whole(case)))


def _whole(case: dict[str, Any]) -> Iterator[str]:
    yield f"{case['reference']}  {case['kind']}, {case['organisation']}, by {case['channel']} in {case['language']}"
    yield from _standing(case)
    yield f"Filed: {london(case['filed_at']) or 'not yet'}"
    told = [f"{TOLD[clock]} by {day}" for clock, day in case["dues"].items()]
    if told:
        yield f"The person was told: {', '.join(told)}"
    for alert in case["alerts"]:
        words = "; ".join(alert["matched"] or ())
        state = f"acknowledged {london(alert['acknowledged_at'])}" if alert["acknowledged_at"] else "NOT ACKNOWLEDGED"
        signs = ", ".join(alert["categories"])
        yield f"** {alert['level'].upper()} ALERT: {signs} ({words}), {london(alert['at'])}, {state} **"
    for task in case["tasks"]:
        yield _task(task)
    if case["erased"]:
        yield "Some or all of what was said has been erased."
    for entry in case["entries"]:
        yield ""
        yield entry["question"] + (f"  [{entry['event']} {london(entry['added_at'])}]" if "event" in entry else "")
        yield from (f"  {line}" for line in _answer(entry))


def _standing(case: dict[str, Any]) -> Iterator[str]:
    """Where it stands, its clocks, what is to be done, what may happen next, and why it is where it is."""
    stage = f", {case['stage_name']}" if case["stage_name"] else ""
    yield f"Stands: {case['place'].replace('_', ' ') or 'nowhere'}{stage}; the person is told: {case['stage']}"
    version = "" if case["procedure"]["now"] else "; the version it was opened under, which has changed since"
    yield f"Procedure: {case['procedure']['name']} ({case['procedure']['id']}{version}). {case['routing']['why']}"
    for one in case["routing"]["consider"]:
        to = f" ({one['route']}: {one['to']})" if one["route"] else f" ({one['to']})" if one["to"] else ""
        yield f"{'** NOW: ' if one['urgent'] else 'Consider: '}{one['words']}{to}{' **' if one['urgent'] else ''}"
    for clock in case["clocks"]:
        yield _clock(clock)
    yield from (f"To do: {words}" for words in case["to_do"].values())
    if leads := [move["name"] for move in case["moves"] if not move["always"]]:
        yield "May happen next: " + " · ".join(leads)


def _clock(clock: dict[str, Any]) -> str:
    when = f" by {_day(clock)}" if clock["due"] else ""
    whose = " (the person's time)" if clock["window"] else ""
    longer = ", extended" if clock["extended"] else ""
    return f"{STATUS[clock['status']]:<8} {clock['name']}{when}{longer}{whose}"


def _day(clock: dict[str, Any]) -> str:
    """The last day; with the time, where the limit does not end with the day."""
    moment = datetime.fromisoformat(clock["moment"]).astimezone(LONDON)
    return str(clock["due"]) if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"


def _task(task: dict[str, Any]) -> str:
    about = " ".join(part for part in (task["about"], f"by {task['due']}" if task["due"] else "") if part)
    words = "".join(f": {part}" for part in (about, " / ".join(task["words"])) if part)
    return f"Task for a person: {task['why']}{words}{', done' if task['done_at'] else ''}"


def due(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print what is overdue, due today or soon due, the first in front."""
    with opened(settings, organisation) as (store, wanted):
        with store.database.reading() as db:
            now = london_now()
            found = dues.overdue(db, wanted, now) + dues.warned(db, wanted, now)
            known = {(clock["reference"], clock["clock"]) for clock in found}
            today = dues.due_today(db, wanted, now)
            found += [clock for clock in today if (clock["reference"], clock["clock"]) not in known]
        seen(store, "records.list", found)
    for clock in sorted(found, key=lambda clock: datetime.fromisoformat(clock["moment"])):
        line = f"{STATUS[clock['status']]:<8} {_day(clock):<16}  {clock['reference']}  {clock['name']}"
        typer.echo(json.dumps(clock, ensure_ascii=False) if as_json else f"{line}  ({clock['organisation']})")
    if not found and not as_json:
        typer.echo("Nothing is overdue or soon due.", err=True)


def moved(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print the clocks that fell due on another day because holidays changed, newest first."""
    with opened(settings, organisation) as (store, wanted):
        with store.database.reading() as db:
            found = casefile.moved(db, wanted)
        seen(store, "records.list", found)
    for one in found:
        line = f"{london(one['at'])}  {one['reference']}  {one['name']}: {one['before']} → {one['after']}"
        typer.echo(json.dumps(one, ensure_ascii=False) if as_json else f"{line}  ({one['organisation']})")
    if not found and not as_json:
        typer.echo("No due date has moved.", err=True)


def _answer(entry: dict[str, Any]) -> Iterator[str]:
    if entry.get("skipped"):
        yield "(left out)"
    if labels := entry.get("labels"):
        yield " / ".join(labels)
    elif entry.get("values") and not entry.get("words"):
        yield ", ".join(entry["values"])
    elif entry.get("values"):
        yield f"[{', '.join(entry['values'])}]"
    for words in entry.get("words", ()):
        yield from (f"“{line}”" for line in words.splitlines() or [""])
    for media in entry.get("media", ()):
        yield f"[{media[1]}, {media[2]:,} bytes, file {media[0]}]"
