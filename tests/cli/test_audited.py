"""Every command that shows or changes what is about people leaves its line of the audit; the others say why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import insert
from typer.testing import CliRunner

from bot.__main__ import app
from bot.config import load
from bot.deployment import profiles, watch, worlds
from bot.store import open_store
from storage import audit, casefile, tokens, webhooks
from storage.ids import new_id
from storage.sealer import Sealer
from storage.store import Store
from tests.alarms import receiving
from tests.storage.people import START, Person

NOTHING = "it says nothing of anybody"
MACHINE = "it is about the machine: nobody reads a word, a name or a number of a record there"
DEMO = "everybody in it is invented"
#: Command -> what its line says of it, and what is typed after it; what stands in braces is filled in.
LEAVE: dict[str, tuple[str, str]] = {
    "cases list": ("records.list", ""),
    "cases show": ("record", "{reference}"),
    "cases due": ("records.list", ""),
    "cases moved": ("records.list", ""),
    "report": ("reports.file", "-o dudley --from 2026-01-01 --to 2026-12-31 --format csv --out {folder}"),
    "import": ("records.imported", "{folder}/history.csv -o dudley"),
    "staff add": ("staff.add", "ann@example.org -o dudley --role officer"),
    "staff role": ("staff.role", "ann@example.org --role participation"),
    "staff reset": ("staff.reset", "ann@example.org"),
    "staff list": ("staff.list", ""),
    "audit seen": ("record.seen", "{reference}"),
    "rights hold": ("rights.mark", "{second} --why court"),
    "rights limit": ("rights.mark", "{second} --why dispute"),
    "rights correct": ("rights.correct", "{reference} want visit --why phone"),
    "rights agreed": ("record.agreed", "{reference}"),
    "rights export": ("rights.copied", "{reference} --out {folder}/copy.zip"),
    "rights erase": ("rights.erase", "{third} --ground asked --anyway mistake --yes"),
    "retention preview": ("retention.seen", "--ahead 30000"),
    "tokens add": ("integration.token", "Portal -o dudley --scope records"),
    "tokens list": ("integration.seen", "-o dudley"),
    "tokens revoke": ("integration.revoke", "{token} -o dudley"),
    "webhooks list": ("integration.seen", "-o dudley"),
    "webhooks replay": ("integration.replay", "{hook} -o dudley"),
    "alerts test": ("alerts.test", "-o dudley"),
}
#: Command -> why it leaves none here.
NONE = {
    "serve": "whoever does something through it is audited there",
    "chat": "it is the person's own talk",
    "set-up": "its administrator is added by what `staff add` calls",
    "retention run": "nothing is old enough here; tests/storage looks for the line of what it erases",
    "demo make": DEMO, "demo remove": DEMO,
    "audit verify": NOTHING, "audit head": NOTHING, "deadline": NOTHING, "script": NOTHING, "danger": NOTHING,
    "identify": NOTHING, "check": NOTHING, "settings": NOTHING, "dictionary": NOTHING, "profile check": NOTHING,
    "profile show": NOTHING, "migrate": MACHINE, "backup": MACHINE, "restore": MACHINE, "keys prepare": MACHINE,
    "keys rotate": MACHINE, "keys reseal": MACHINE, "keys drop": MACHINE,
}  # fmt: skip


def commands() -> set[str]:
    """Every command there is, as it is typed: "cases list"."""

    def walk(one: Any, name: str) -> Iterator[str]:
        below = getattr(one, "commands", None)
        if below is None:
            yield name
        for sub, command in (below or {}).items():
            yield from walk(command, f"{name} {sub}".strip())

    return set(walk(typer.main.get_command(app), ""))


def opened(folder: Path) -> Store:
    settings = load(data=folder)
    found = profiles(settings)
    return open_store(settings, worlds(found, watch()), found)


def lines(folder: Path) -> list[tuple[str, int | None, str]]:
    """(what, by whom, about what) of each line, the oldest first."""
    store = opened(folder)
    try:
        with store.database.reading() as db:
            assert audit.verify(db, "dudley") is None
            return [(one.what, one.staff, one.reference) for one in reversed(audit.entries(db, "dudley", most=500))]
    finally:
        store.close()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with records, a token, a webhook and somewhere to send alerts to; what the braces stand for."""
    folder = tmp_path_factory.mktemp("deployment")
    with pytest.MonkeyPatch.context() as patch, receiving() as receiver:
        patch.setenv("HEARBACK_ORGANISATIONS", "dudley")
        store = opened(folder)
        references = [Person(store.writer, organisation="dudley", endpoint="web").complain().reference for _ in "123"]
        with store.database.reading() as db:
            case = casefile.find(db, references[0])
        moved = {
            "id": new_id(), "organisation": "dudley", "case_id": case, "clock": "acknowledge", "name": "Acknowledge it",
            "before": date(2026, 11, 23), "after": date(2026, 11, 24), "at": START,
        }  # fmt: skip

        def make(db: Any) -> tuple[int, int]:
            connection, now = db.connection(), datetime.now(UTC)
            connection.execute(insert(casefile.MOVED), moved)
            known, _ = tokens.make(connection, "dudley", "Old", ("records",), "staff:1", now)
            address = "https://case.example.org/told"
            hook = webhooks.add(connection, Sealer(store.vault.ring), "dudley", address, (), False, "staff:1", now)
            return known.id, hook.id

        token, hook = store.writer.write(make).result(10)
        store.close()
        (folder / "history.csv").write_text("source_id,received,kind,closed\nA1,01/06/2020,complaint,yes\n", "utf-8")
        given = {"reference": references[0], "second": references[1], "third": references[2]}
        yield folder, given | {
            "token": str(token), "hook": str(hook), "folder": str(folder),
            "routes": f"dudley/duty={receiver.address('ok')}",
        }  # fmt: skip


def test_every_command_leaves_a_line_or_says_why_not() -> None:
    assert LEAVE.keys() | NONE.keys() == commands()
    assert not LEAVE.keys() & NONE.keys()


@pytest.mark.parametrize("command", LEAVE)
def test_it_leaves_one_line_of_the_command_line(
    command: str, deployment: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, given = deployment
    monkeypatch.setenv("HEARBACK_ORGANISATIONS", "dudley")
    monkeypatch.setenv("HEARBACK_ALERT_ROUTES", given["routes"])
    what, after = LEAVE[command]
    before = lines(folder)
    typed = [part.format(**given) for part in after.split()]
    done = CliRunner().invoke(app, [*command.split(), *typed, "--data", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    ((said, by, about),) = lines(folder)[len(before) :]
    assert (said, by) == (what, None)
    named = next((given[one] for one in given if f"{{{one}}}" in after and one != "folder"), "")
    if command != "rights erase":
        assert about.endswith(named), "it says which record or thing"
    if what == "records.list":
        assert about in given.values() or about.startswith("list:")
