"""Erasing: rows go at once; the keys and files behind them are written down as doomed and follow.

A doomed row is in the same transaction as the decision, so that a crash between the commit and
the end of a key is made good at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flows.session import Erase
from storage import (
    counting,
    jobs,
    models,
    models_alike,
    models_clocks,
    models_rights,
    models_scale,
    models_staff,
    redacting,
    restricting,
    words,
)
from storage.database import Database
from storage.dues import KIND
from storage.ids import new_id
from storage.models import table
from storage.vault import Vault
from storage.work import packed

_TALK = table(models.Talk)
_INBOUND = table(models.Inbound)
_MESSAGE = table(models.Message)
_OUTBOX = table(models.Outbox)
_CASE = table(models.Case)
_EVENT = table(models.CaseEvent)
_FACT = table(models.CaseFact)
_DUE = table(models.CaseDue)
_ALERT = table(models.Alert)
_TASK = table(models.Task)
_MEDIA = table(models.Media)
_DOOMED = table(models.Doomed)
_ENDED = table(models_scale.EndedKey)
_MOVED = table(models_clocks.DueMoved)
_JOB = table(models_clocks.Job)
_ALIKE = table(models_alike.Alike)
_CASE_STAFF = table(models_staff.CaseStaff)
_SHOWN = table(models_rights.AuditRecord)
#: The job that empties the database's log once what was erased stands there no more (``storage.database.tidy``).
UNTIDY = "tidy"
#: What goes of a message that came; its keyed hash stays, so that it is not taken once more where it is sent again.
SAID: dict[str, Any] = {"sealed": None, "external_id": b""}


def erase_draft(db: Connection, vault: Vault, talk: dict[str, Any], effect: Erase) -> None:
    """Erase what is not filed: log, waiting messages, files, the begun record. ``talk`` may get a new key.

    What a sign of danger obliges us to keep stays, sealed, on its alert. Where the talk has no
    filed record its key is changed, so that nothing erased can be read in a backup either.
    """
    number, old = talk["id"], talk["key"]
    db.execute(delete(_MESSAGE).where(_MESSAGE.c.talk == number, _MESSAGE.c.seq >= talk["draft_from"]))
    begun = db.execute(select(_CASE.c.id).where(_CASE.c.talk == number, ~_CASE.c.complete)).scalars().all()
    # What staff wrote about a record that is filed still goes out.
    draft = (_OUTBOX.c.purpose == "") | _OUTBOX.c.case_id.in_(begun)
    db.execute(delete(_OUTBOX).where(_OUTBOX.c.talk == number, _OUTBOX.c.seq >= talk["draft_from"], draft))
    db.execute(update(_INBOUND).where(_INBOUND.c.talk == number).values(SAID))
    redacting.hurry(db, number)
    doom_media(db, (_MEDIA.c.talk == number) & (_MEDIA.c.seq >= talk["draft_from"]))
    for gone in (_EVENT, _FACT, _DUE, _MOVED, _CASE_STAFF, _SHOWN):
        db.execute(delete(gone).where(gone.c.case_id.in_(begun)))
    restricting.forget(db, begun)
    counting.stir(db, begun)
    _no_clocks(db, begun)
    words.forget(db, begun)
    db.execute(delete(_CASE).where(_CASE.c.id.in_(begun)))
    filed = db.execute(select(_CASE.c.id).where(_CASE.c.talk == number).limit(1)).first() is not None
    if not filed:
        talk["key"] = vault.take()
        doom(db, talk["organisation"], "key", [str(old)])
        if talk["address"] is not None:
            place = f"talk.address:{number}"
            talk["address"] = vault.seal(talk["key"], place, vault.unseal(place, talk["address"]))
    for row in db.execute(select(_TASK).where(_TASK.c.talk == number, _TASK.c.words.is_not(None))).mappings().all():
        if row["number"] == effect.record:
            db.execute(update(_TASK).where(_TASK.c.id == row["id"]).values(words=None))
        elif not filed:
            place = f"task.words:{row['id']}"
            sealed = vault.seal(talk["key"], place, vault.unseal(place, row["words"]))
            db.execute(update(_TASK).where(_TASK.c.id == row["id"]).values(words=sealed))
    _keep_alerts(db, vault, talk, effect, resealed=not filed)
    untidy(db)


def _keep_alerts(db: Connection, vault: Vault, talk: dict[str, Any], effect: Erase, *, resealed: bool) -> None:
    for row in db.execute(select(_ALERT).where(_ALERT.c.talk == talk["id"])).mappings().all():
        place = f"alert.matched:{row['id']}"
        kept = json.loads(vault.unseal(place, row["matched"]))
        if row["number"] == effect.record and effect.keep:
            kept["kept"] = list(effect.keep)
        elif not resealed:
            continue
        sealed = vault.seal(talk["key"], place, packed(kept))
        db.execute(update(_ALERT).where(_ALERT.c.id == row["id"]).values(matched=sealed))


def erase_talk(db: Connection, talk: int) -> None:
    """Erase a person's talk for good: every row with words, every file, and the keys. Facts without words stay.

    For ``Writer.write``; call ``carry_out`` after it is committed (the writer does).
    """
    row = db.execute(select(_TALK).where(_TALK.c.id == talk)).mappings().one()
    organisation = row["organisation"]
    cases = db.execute(select(_CASE.c.id, _CASE.c.key).where(_CASE.c.talk == talk)).all()
    doom(db, organisation, "key", {str(row["key"]), *(str(key) for _, key in cases)})
    doom_media(db, _MEDIA.c.talk == talk)
    numbers = [number for number, _ in cases]
    for gone in (_EVENT, _DUE, _ALIKE):
        db.execute(delete(gone).where(gone.c.case_id.in_(numbers)))
    _no_clocks(db, numbers)
    words.forget(db, numbers)
    for gone in (_MESSAGE, _OUTBOX, _ALERT, _TASK):
        db.execute(delete(gone).where(gone.c.talk == talk))
    db.execute(update(_INBOUND).where(_INBOUND.c.talk == talk).values(SAID))
    redacting.hurry(db, talk)
    db.execute(update(_CASE).where(_CASE.c.talk == talk).values(receipt_hash=None))
    db.execute(
        update(_TALK)
        .where(_TALK.c.id == talk)
        .values(session=b"", address=None, wake_at=None, revoked_at=row["last_said_at"])
    )


def _no_clocks(db: Connection, cases: Sequence[int]) -> None:
    """No job looks at the clocks of these records any more."""
    db.execute(delete(_JOB).where(_JOB.c.kind == KIND, _JOB.c.key.in_([str(number) for number in cases])))


def doom(db: Connection, organisation: str, kind: str, what: Any) -> None:
    """Decide the end of keys ("key", their numbers as text) or files ("file", their names)."""
    rows = [{"id": new_id(), "organisation": organisation, "kind": kind, "what": one} for one in what]
    if rows:
        db.execute(insert(_DOOMED), rows)
        untidy(db)
    if rows and kind == "key":
        make = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
        ended = [{"id": int(row["what"]), "organisation": organisation} for row in rows]
        db.execute(make(_ENDED).on_conflict_do_nothing(), ended)


def untidy(db: Connection) -> None:
    """Something was erased in this transaction: its log is emptied afterwards, however long that has to wait."""
    if db.dialect.name == "sqlite":
        # Planned anew: what began before this is not enough (``jobs.Lost``).
        jobs.put(db, UNTIDY, "", "", datetime.now(UTC))


def doom_media(db: Connection, where: Any) -> None:
    """End the files of some rows of ``media``."""
    for number, organisation, key in db.execute(
        select(_MEDIA.c.id, _MEDIA.c.organisation, _MEDIA.c.key).where(where)
    ).all():
        doom(db, organisation, "file", [number])
        doom(db, organisation, "key", [str(key)])
        db.execute(delete(_MEDIA).where(_MEDIA.c.id == number))


def doomed(database: Database) -> list[tuple[int, str, str]]:
    """(row, kind, what) whose end is decided and not yet carried out."""
    with database.reading() as db:
        return [tuple(row) for row in db.execute(select(_DOOMED.c.id, _DOOMED.c.kind, _DOOMED.c.what))]


def carry_out(found: list[tuple[int, str, str]], vault: Vault, folder: Path) -> None:
    """Destroy the keys and files; safe to do again."""
    vault.destroy(int(what) for _, kind, what in found if kind == "key")
    for _, kind, what in found:
        if kind == "file":
            (folder / what[:2] / what).unlink(missing_ok=True)


def carried_out(db: Connection, found: list[tuple[int, str, str]]) -> None:
    """Strike the list of the doomed, for ``Writer.write``. It named files and keys: the log is emptied once more."""
    db.execute(delete(_DOOMED).where(_DOOMED.c.id.in_([number for number, _, _ in found])))
    untidy(db)
