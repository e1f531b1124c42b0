"""The standing answers of a record, question by question, for whoever needs a few of them and not the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from storage import casefile, models
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

_EVENT = table(models.CaseEvent)


def answers(db: Connection, vault: Vault, case: int) -> dict[str, Mapping[str, Any]]:
    """Step -> its last answer as it is sealed (``storage.filing.entry_json``); {} where it was erased.

    A new answer to how somebody may be reached takes the old details with it.
    """
    found: dict[str, Mapping[str, Any]] = {}
    query = select(_EVENT.c.seq, _EVENT.c.body).where(_EVENT.c.case_id == case).order_by(_EVENT.c.seq)
    for row in db.execute(query):
        try:
            body = json.loads(vault.unseal(casefile.place(case, row.seq), row.body))
        except Erased:
            continue
        entries = body.get("entries", ())
        if body.get("whole"):
            found.clear()
        if any(entry["step"] == "contact" for entry in entries):
            found.pop("details", None)
        for entry in entries:
            found[entry["step"]] = entry
    return found
