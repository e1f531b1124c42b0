"""``hearback cases``: what has been filed, for the person who runs the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import typer

from bot.cli import Trouble
from bot.config import Settings
from bot.deployment import dues, profiles, watch, worlds
from bot.store import open_store
from casework.calendar import LONDON
from storage.cases import Cases


@contextmanager
def _cases(settings: Settings, organisation: str) -> Iterator[tuple[Cases, tuple[str, ...]]]:
    """The records, and the organisations that are asked for."""
    found = profiles(settings)
    if organisation and organisation not in found:
        raise Trouble(f"There is no organisation {organisation!r}; there are: {', '.join(found)}.")
    store = open_store(settings, worlds(found, watch()), dues(found))
    try:
        yield Cases(store.database, store.vault), (organisation,) if organisation else tuple(found)
    finally:
        store.close()


def listing(settings: Settings, organisation: str, as_json: bool) -> None:
    """Print every record, newest first."""
    with _cases(settings, organisation) as (cases, wanted):
        after, count = 0, 0
        while page := cases.list(wanted, after=after):
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
    with _cases(settings, organisation) as (cases, wanted):
        try:
            case = cases.show(reference, wanted)
        except LookupError as error:
            raise Trouble(str(error.args[0])) from None
    typer.echo(json.dumps(case, ensure_ascii=False) if as_json else "\n".join(_whole(case)))


def _whole(case: dict[str, Any]) -> Iterator[str]:
    yield f"{case['reference']}  {case['kind']}, {case['organisation']}, by {case['channel']} in {case['language']}"
    yield f"Stage: {case['stage']}" + ("" if case["complete"] else " (unfinished)")
    yield f"Filed: {london(case['filed_at']) or 'not yet'}"
    for clock, day in case["dues"].items():
        yield f"{clock.replace('_', ' ').capitalize()}: {day}"
    for alert in case["alerts"]:
        words = "; ".join(alert["matched"] or ())
        state = f"acknowledged {london(alert['acknowledged_at'])}" if alert["acknowledged_at"] else "NOT ACKNOWLEDGED"
        signs = ", ".join(alert["categories"])
        yield f"** {alert['level'].upper()} ALERT: {signs} ({words}), {london(alert['at'])}, {state} **"
    for task in case["tasks"]:
        yield f"Task for a person: {task['why']}" + (f": {' / '.join(task['words'])}" if task["words"] else "")
    if case["erased"]:
        yield "Some or all of what was said has been erased."
    for entry in case["entries"]:
        yield ""
        yield entry["question"] + (f"  [{entry['event']} {london(entry['added_at'])}]" if "event" in entry else "")
        yield from (f"  {line}" for line in _answer(entry))


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
