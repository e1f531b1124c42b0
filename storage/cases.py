"""Reading records: what ``hearback cases`` prints and the console shows. Everything is JSON-able.

Times are ISO with zone, dates ISO; words are opened only in ``show``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from storage import models
from storage.database import Database
from storage.ids import read_reference
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault

_CASE = table(models.Case)
_EVENT = table(models.CaseEvent)
_FACT = table(models.CaseFact)
_ALERT = table(models.Alert)
_TASK = table(models.Task)
_MEDIA = table(models.Media)


#: JSON-able records.
Records = list[dict[str, Any]]


class Cases:
    """Reads what is committed, of the organisations it is asked for and no other."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def list(
        self,
        organisations: Sequence[str],
        *,
        kind: str = "",
        complete: bool | None = None,
        alerts: bool = False,
        since: datetime | None = None,
        limit: int = 100,
        after: int | str = 0,
    ) -> Records:
        """Records, newest first, without words; ``after`` is the ``id`` of the last one of the page before.

        ``alerts`` True: only those with an alert nobody has acknowledged.
        """
        open_alert = (
            select(func.count())
            .where(_ALERT.c.talk == _CASE.c.talk, _ALERT.c.number == _CASE.c.number, _ALERT.c.acknowledged_at.is_(None))
            .correlate(_CASE)
            .scalar_subquery()
        )
        red = (
            select(func.max(_ALERT.c.level))
            .where(_ALERT.c.talk == _CASE.c.talk, _ALERT.c.number == _CASE.c.number)
            .correlate(_CASE)
            .scalar_subquery()
        )
        query = select(_CASE, open_alert.label("open_alerts"), red.label("alert")).where(
            _CASE.c.organisation.in_(organisations)
        )
        if kind:
            query = query.where(_CASE.c.kind == kind)
        if complete is not None:
            query = query.where(_CASE.c.complete == complete)
        if since is not None:
            query = query.where(or_(_CASE.c.filed_at >= since, _CASE.c.begun_at >= since))
        if alerts:
            query = query.where(open_alert > 0)
        if after:
            query = query.where(_CASE.c.id < int(after))
        with self._database.reading() as db:
            rows = db.execute(query.order_by(_CASE.c.id.desc()).limit(limit)).mappings().all()
        return [
            _head(row)
            | {
                "alert": row["alert"] or "",
                "open_alerts": row["open_alerts"],
            }
            for row in rows
        ]

    def show(self, reference: str, organisations: Sequence[str] | None = None) -> dict[str, Any]:
        """A record with every answer under its question, in the person's words.

        LookupError when there is none of that reference in these organisations (None: in any). What was
        erased is null, and ``erased`` true.
        """
        wanted = read_reference(reference)
        query = select(_CASE).where(_CASE.c.reference == wanted)
        if organisations is not None:
            query = query.where(_CASE.c.organisation.in_(organisations))
        with self._database.reading() as db:
            row = db.execute(query).mappings().first()
            if not wanted or row is None:
                raise LookupError(f"There is no record {reference}. References look like HB-7K3M-2Q.")
            return self._whole(db, row)

    def _whole(self, db: Connection, row: Any) -> dict[str, Any]:
        query = select(_EVENT).where(_EVENT.c.case_id == row["id"]).order_by(_EVENT.c.seq)
        events = [self._event(event) for event in db.execute(query).mappings()]
        facts: dict[str, list[str]] = {}
        for fact in db.execute(select(_FACT).where(_FACT.c.case_id == row["id"]).order_by(_FACT.c.fact)).mappings():
            facts.setdefault(fact["fact"], []).append(fact["value"])
        about = (row["talk"], row["number"])
        alerts = db.execute(select(_ALERT).where(_ALERT.c.talk == about[0], _ALERT.c.number == about[1])).mappings()
        tasks = db.execute(select(_TASK).where(_TASK.c.talk == about[0], _TASK.c.number == about[1])).mappings()
        entries = standing(events)
        return _head(row) | {
            "entries": entries,
            "facts": facts,
            "events": events,
            "alerts": [self._alert(alert) for alert in alerts],
            "tasks": [self._task(task) for task in tasks],
            "media": self._media(db, row, entries),
            "erased": any(event["entries"] is None for event in events) or not events,
        }

    def _open(self, place: str, sealed: bytes | None) -> Any:
        if sealed is None:
            return None
        try:
            return json.loads(self._vault.unseal(place, sealed))
        except Erased:
            return None

    def _event(self, row: Any) -> dict[str, Any]:
        body = self._open(f"case_event.body:{row['case_id']}:{row['seq']}", row["body"])
        return {
            "seq": row["seq"],
            "at": _iso(row["at"]),
            "who": row["who"],
            "type": row["type"],
            "whole": bool(body and body.get("whole")),
            "why": body.get("why", "") if body else "",
            "data": body.get("data", {}) if body else {},
            "entries": None if body is None else body.get("entries", []),
        }

    def _alert(self, row: Any) -> dict[str, Any]:
        body = self._open(f"alert.matched:{row['id']}", row["matched"]) or {"matched": None}
        return {
            "id": str(row["id"]),
            "level": row["level"],
            "categories": row["categories"].split(),
            "matched": body["matched"],
            "rules": body.get("rules", []),
            "kept": body.get("kept", []),
            "at": _iso(row["at"]),
            "acknowledged_at": _iso(row["acknowledged_at"]),
            "acknowledged_by": row["acknowledged_by"],
        }

    def _task(self, row: Any) -> dict[str, Any]:
        return {
            "id": str(row["id"]),
            "why": row["why"],
            "about": row["about"],
            "due": _iso(row["due"]),
            "words": self._open(f"task.words:{row['id']}", row["words"]) or [],
            "at": _iso(row["at"]),
            "done_at": _iso(row["done_at"]),
        }

    def _media(self, db: Connection, row: Any, entries: Records) -> Records:
        wanted = [media[0] for entry in entries for media in entry.get("media", ())]
        if not wanted:
            return []
        query = select(_MEDIA).where(_MEDIA.c.id.in_(wanted), _MEDIA.c.organisation == row["organisation"])
        return [
            {name: media[name] for name in ("id", "kind", "mime", "size")} | {"at": _iso(media["at"])}
            for media in db.execute(query.order_by(_MEDIA.c.at)).mappings()
        ]


def _head(row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),  # as text: JavaScript would round it
        "organisation": row["organisation"],
        "reference": row["reference"],
        "kind": row["kind"],
        "stage": row["stage"],
        "place": row["place"],
        "complete": row["complete"],
        "channel": row["channel"],
        "language": row["language"],
        "begun_at": _iso(row["begun_at"]),
        "filed_at": _iso(row["filed_at"]),
        "dues": {name: row[name].isoformat() for name in ("acknowledge_by", "answer_by") if row[name] is not None},
    }


def standing(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The record as it stands: the last whole statement, then additions in order; a changed line takes its place."""
    standing: list[dict[str, Any]] = []
    for event in events:
        new = event["entries"] or []
        if event["whole"]:
            standing = list(new)
            continue
        for entry in new:
            entry = entry | {"added_at": event["at"], "event": event["type"]}
            same = [i for i, known in enumerate(standing) if known["step"] == entry["step"]]
            if event["type"] == "changed" and same:
                standing[same[-1]] = entry
            else:
                standing.append(entry)
    return standing


def _iso(at: datetime | date | None) -> str | None:
    return at.isoformat() if at is not None else None
