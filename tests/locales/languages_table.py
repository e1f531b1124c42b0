"""What there is of each language: ``python -m tests.locales.languages_table`` prints the table of docs/languages.md.

Texts and their review, what a parent's whole complaint costs by text message, and how many signs of danger the list
finds and how many ordinary messages it takes for one, on phrases that another hand wrote and nothing was learned from
(``tests/flows/danger/<code>_check.toml``).
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import locales
from bot import danger
from bot.world import OrganisationWorld
from casework.procedure import load
from flows.safety import Watch
from locales import sms
from locales.catalogue import entries, po_path, read, template
from tests.flows.tester import START
from tests.test_sms_budget import is_read_back, talked

CHECK = Path(__file__).parents[1] / "flows" / "danger"


def texts(code: str) -> tuple[int, int]:
    """(texts of a language that are translated and not fuzzy, texts there are)."""
    every = list(entries(read(template("messages"))))
    if code == locales.SOURCE:
        return len(every), len(every)
    have = {(one.context or "", one.id) for one in entries(read(po_path(code), code)) if one.string and not one.fuzzy}
    return sum((one.context or "", one.id) in have for one in every), len(every)


def segments(world: OrganisationWorld, code: str) -> int:
    """Outgoing segments of a whole complaint, without the read-back."""
    return sum(
        sum(sms.size(text).segments for text in sent)
        for message, sent in talked(world, code)
        if not is_read_back(message)
    )


def held(watch: Watch, code: str) -> tuple[float, float] | None:
    """(share of signs found, share of ordinary messages taken for one); None where nobody wrote such phrases."""
    path = CHECK / f"{code}_check.toml"
    if not path.exists():
        return None
    phrases = tomllib.loads(path.read_text("utf-8"))
    found = [bool(watch.signs(text, code).level) for text in phrases["sign"]]
    taken = [bool(watch.signs(text, code).level) for text in phrases["none"]]
    return sum(found) / len(found), sum(taken) / len(taken)


def table() -> Iterator[str]:
    """The figures as a Markdown table."""
    watch = danger.watch()
    world = OrganisationWorld(load("dudley"), watch, lambda: START)
    offered = {entry.code for entry in locales.offered()}
    yield "| language | its name | offered | texts | review | a complaint, SMS segments | signs found | false alarms |"
    yield "|---|---|---|---|---|---|---|---|"
    for code, entry in locales.KNOWN.items():
        have, every = texts(code)
        cost = str(segments(world, code)) if code in offered else "–"
        figures = held(watch, code)
        signs = " | ".join(f"{100 * one:.0f} %" for one in figures) if figures else "– | –"
        yield (
            f"| {entry.english} | {entry.name} | {'yes' if code in offered else 'no'} "
            f"| {have} of {every} | {entry.review} | {cost} | {signs} |"
        )


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
