"""The year that Sandwell published, brought by the product's own import, once for all tests that only read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.procedure import Profile
from casework.record import CaseEvent
from storage import casefile, cases_held, counting, totals
from storage.counting import FACT
from storage.import_words import vocabulary
from storage.importing import Import
from storage.store import Store, open_store
from tests.reports import sandwell
from tests.storage.plainworld import PlainWorld

NOW = datetime(2021, 6, 1, 9, 0, tzinfo=UTC)
YEAR = (date(2020, 4, 1), date(2021, 3, 31))


def opened(folder: Path, profile: Profile) -> Store:
    """A store with one organisation."""
    return open_store(
        f"sqlite:///{folder / 'store.db'}",
        key_ring=folder / "ring",
        key_store=f"sqlite:///{folder / 'keys.db'}",
        media=folder / "media",
        worlds=lambda organisation: PlainWorld(),
        profiles={profile.id: profile},
        receipts_ahead=2,
        receipt_cost=16,
        keys_ahead=256,
    )


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def bring(store: Store, profile: Profile, folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Import records; every problem fails the test."""
    one = Import(store, profile, written(folder / "history.csv", rows), vocabulary(profile, {"en": ("English",)}), NOW)
    checked = one.check()
    assert not checked.problems, [str(problem) for problem in checked.problems[:5]]
    one.bring(checked.batch)


def settle(store: Store, organisation: str) -> int:
    """Set the bits of everything; how many records that were."""
    count = 0
    while done := store.writer.write(lambda db: counting.settle(db.connection(), organisation)).result():
        count += done
    return count


def suspend(store: Store) -> None:
    """The stage 2 that nobody has answered waits for a court."""
    asked = select(FACT.c.case_id).where(FACT.c.fact == "asked.stage2")
    over = select(FACT.c.case_id).where(FACT.c.fact == "answered.stage2")
    with store.database.reading() as db:
        case = db.execute(asked.where(FACT.c.case_id.not_in(over))).scalar_one()
    at = datetime(2020, 7, 1, 9, 0, tzinfo=UTC)
    paused = {"clocks": ["stage2.response"], "review": "2021-07-01"}
    for event in (
        CaseEvent("stage2.statement_agreed", at, "staff:1"),
        CaseEvent("paused", at + timedelta(days=1), "staff:1", "court", paused),
    ):
        add = partial(casefile.append, vault=store.vault, procedures=store.procedures, case=case, event=event)
        store.writer.write(add).result()


@pytest.fixture(scope="session")
def sandwell_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Everything of 2020/21 as records, the years before as totals. Only to be read."""
    folder = tmp_path_factory.mktemp("sandwell")
    store = opened(folder, sandwell.PROFILE)
    bring(store, sandwell.PROFILE, folder, sandwell.rows())
    found, wrong = totals.read(written(folder / "totals.csv", list(sandwell.totals())), sandwell.PROFILE, NOW)
    assert not wrong, [str(problem) for problem in wrong]

    def write(db: Any) -> None:
        held: dict[str, int | None] = {service: number for service, (_, number) in sandwell.SERVICES.items()}
        totals.keep(db.connection(), "sandwell", found, "staff:1", NOW)
        cases_held.enter(db.connection(), "sandwell", YEAR[0], held, "staff:1", NOW)

    store.writer.write(write).result()
    suspend(store)
    settle(store, "sandwell")
    yield store
    store.close()
