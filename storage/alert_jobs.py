"""The job that tells staff of signs of danger: planned in the transaction that files the sign, so neither is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from storage.jobs import sooner

#: The kind of job that tells the staff of an organisation; its key is the organisation.
KIND = "alerts"


def stir(db: Connection, alerts: Iterable[Mapping[str, Any]]) -> None:
    """New signs of danger (rows of ``alert``): have them told at once."""
    first: dict[str, Any] = {}
    for row in alerts:
        first[row["organisation"]] = min(first.get(row["organisation"], row["at"]), row["at"])
    for organisation in sorted(first):  # always in this order: two processes never wait for each other in a circle
        sooner(db, KIND, organisation, organisation, first[organisation])
