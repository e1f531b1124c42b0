"""A copy of everything about somebody, made at the command line: gathered, others covered, drawn and packed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

import locales
from bot.cli import Trouble
from casework import withholding
from casework.calendar import LONDON
from casework.covering import to_cover
from storage import rights_copy, rights_page, staff
from storage.dues import CASE
from storage.rights_copy import Names, TooLarge
from storage.sealer import Sealer
from storage.store import Store


def made(
    store: Store,
    organisation: str,
    cases: Sequence[int],
    decided: Mapping[str, str],
    language: str,
    now: datetime,
    without: Collection[str] = (),
    withheld: Mapping[str, Sequence[str]] | None = None,
) -> tuple[bytes, list[str]]:
    """The zip file, and what is covered in it. ``decided``: word -> why it may be read, "" to cover it.

    ``without``: files that are left out; ``withheld``: entries -> reason, words (``casework.withholding``). Raises
    Trouble.
    """
    with store.database.reading() as db:
        people = staff.everyone(db, Sealer(store.vault.ring), (organisation,))
    names = {f"staff:{one.id}": one.name for one in people}
    records = rights_copy.gathered(store, organisation, cases, Names(staff=lambda by: names.get(by, by)))
    if not records:
        raise Trouble("There is nothing to copy: what was said there has been erased.")
    files = {file["id"]: f"{file['id']} ({file['kind']})" for record in records for file in record["files"]}
    if unknown := sorted(set(without) - files.keys()):
        there = ", ".join(files.values()) or "none"
        raise Trouble(f"There is no file {', '.join(unknown)} in these records. Files: {there}.")
    if lost := withholding.lost(records, withheld or {}):
        raise Trouble(f"There is no entry {', '.join(lost)}. data.json of a copy names each, like HB-7K3M-2Q:talk:4.")
    words = to_cover(rights_copy.others(records, list(names.values())), decided)
    offered = {entry.code for entry in locales.offered()}
    code = next((one for one in (language, records[0]["language"], "en") if one in offered), "en")
    day = locales.show_date(now.astimezone(LONDON).date(), code)
    called = store.procedures.now(organisation).name.said(code)

    def page(shown: Sequence[Mapping[str, object]], files: Mapping[str, str]) -> str:
        direction = locales.language(code).direction
        return rights_page.page(
            shown,
            files,
            say=locales.speaker(code),
            language=code,
            direction=direction,
            organisation=called,
            made=day,
            covers=bool(words),
        )

    try:
        left = withholding.apart(records, withheld or {})
        hidden = rights_copy.hidden(withholding.without(records, left), words)
        out = {*without, *withholding.files(records, left)}
        return rights_copy.packed(store, organisation, hidden, page, now, out), words
    except TooLarge:
        raise Trouble(
            "The files are too large for one copy: make two, with fewer records each, or leave one out."
        ) from None


def references(db: Connection, cases: Sequence[int]) -> list[str]:
    """The references of records."""
    return list(db.execute(select(CASE.c.reference).where(CASE.c.id.in_(cases))).scalars())
