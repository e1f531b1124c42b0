"""The copy of everything that is kept about one person: gathered, others covered, as pages and as data in one file.

UK GDPR articles 15 and 20. What is gathered is plain JSON; ``texts`` are the parts that a worker reads through before
it is released. The file lies sealed with the request's own key among the files, until its time is over.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from casework import withholding
from casework.calendar import LONDON
from casework.covering import Found, covered, find
from casework.record import CaseEvent
from storage import audit, casefile, consents, models, models_rights, reading, rights
from storage.cases import Cases
from storage.models import table
from storage.rights_requests import Request
from storage.secrets import Erased, sync_folder
from storage.store import Store

CASE = table(models.Case)
TALK = table(models.Talk)
REQUEST = table(models_rights.RightsRequest)
#: The most that the files in one copy may have together, in bytes.
LARGEST = 300 * 1024 * 1024
#: Answers that say who the person is, and answers that name somebody else.
OWN = ("name", "details", "!reach")
NAMED = ("worker", "about", "behalf_who", "advocate_who")
#: Details of events that hold codes and numbers, never words of anybody.
_CODES = frozenset("outbox seq of what kind stage way services themes procedure consider share child happened".split())
#: Keys of the gathered data whose words may be about others.
_WORDS = frozenset("question answer text why details words who reach".split())


class TooLarge(Exception):
    """The files are more than one copy can hold."""


@dataclass(frozen=True, slots=True)
class Names:
    """How a copy says things: events, members of staff and the places of a procedure, in the reader's language.

    event  of an event, what happened; staff: of "staff:<id>" or "person", who; place: where a record stands
    """

    event: Callable[[CaseEvent], str] = lambda event: event.kind.replace(".", ": ").replace("_", " ")
    staff: Callable[[str], str] = lambda by: by
    place: Callable[[str], str] = lambda place: place.replace("_", " ")


def gathered(store: Store, organisation: str, cases: Iterable[int], names: Names) -> list[dict[str, Any]]:
    """Everything about these records, each a JSON-able table, oldest first; what is erased is not there."""
    with store.database.reading() as db:
        wanted = (CASE.c.id.in_(list(cases)), CASE.c.organisation == organisation)
        rows = db.execute(select(CASE).where(*wanted).order_by(CASE.c.id)).mappings().all()
        return [_record(store, db, row, names) for row in rows]


def _record(store: Store, db: Connection, row: Mapping[Any, Any], names: Names) -> dict[str, Any]:
    whole = Cases(store.database, store.vault).show(row["reference"], (row["organisation"],))
    case = row["id"]
    said = [one for one in reading.talk(db, store.vault, case) if not one.erased]
    files = {one["id"]: one for one in whole["media"]}
    for message in said:
        for media in message.media:
            files.setdefault(media.id, {"id": media.id, "kind": media.kind, "size": media.size})
    history = casefile.events(db, store.vault, case)
    record = {
        "reference": row["reference"],
        "kind": row["kind"],
        "language": row["language"],
        "channel": row["channel"],
        "place": names.place(row["place"]),
        "begun": row["begun_at"].isoformat(),
        "sent": row["filed_at"].isoformat() if row["filed_at"] else None,
        "reach": _reach(store, db, row["talk"]),
        "answers": _answers(whole["entries"]),
        "talk": [
            {
                "entry": str(one.seq),
                "at": one.at.isoformat(),
                "from": "us" if one.ours else "person",
                "asked": one.step if one.ours else "",
                "chosen": list(one.chosen),
                "text": list(one.lines),
                "files": [media.id for media in one.media],
            }
            for one in said
        ],
        "happened": [
            {
                "entry": one.id,
                "at": one.at.isoformat(),
                "what": names.event(one),
                "who": names.staff(one.by),
                "why": one.why,
                "details": [text for name, value in one.data.items() if name not in _CODES for text in _texts(value)],
            }
            for one in history
        ],
        "agreed": [
            {
                "entry": str(number),
                "at": one.at.isoformat(),
                "question": one.question or one.event.replace("_", " "),
                "answer": list(one.answer),
                "now": one.now,
            }
            for number, one in enumerate(consents.log(db, store.vault, case))
        ],
        "signs": [
            {
                "entry": one["id"],
                "at": one["at"],
                "level": one["level"],
                "of": one["categories"],
                "words": list(one["matched"] or ()),
                "seen": one["acknowledged_at"],
            }
            for one in whole["alerts"]
        ],
        "tasks": [
            {"entry": one["id"], "at": one["at"], "what": one["why"], "words": one["words"]} for one in whole["tasks"]
        ],
        "marks": [
            {"entry": one.mark, "at": one.at.isoformat(), "what": one.mark, "why": one.why}
            for one in rights.marks(db, store.vault, case).values()
        ],
        "facts": whole["facts"],
        "seen": [
            {"at": one.at.isoformat(), "what": one.what, "who": names.staff(f"staff:{one.staff}" if one.staff else "")}
            for one in audit.entries(db, row["organisation"], audit.Asked(reference=row["reference"]), most=10_000)
        ],
        "files": list(files.values()),
    }
    for part in withholding.PARTS:  # an entry is known by where it stands, whatever is put right in it
        for one in record[part]:
            one["entry"] = f"{row['reference']}:{part}:{one['entry']}"
    return record


def _reach(store: Store, db: Connection, talk: int) -> str:
    sealed = db.execute(select(TALK.c.address).where(TALK.c.id == talk)).scalar()
    try:
        return store.vault.unseal(f"talk.address:{talk}", sealed).decode() if sealed else ""
    except Erased:
        return ""


def _answers(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    times: Counter[str] = Counter()
    out = []
    for one in entries:
        times[one["step"]] += 1
        out.append({"entry": f"{one['step']}:{times[one['step']]}"} | _answer(one))
    return out


def _answer(entry: Mapping[str, Any]) -> dict[str, Any]:
    chosen = list(entry.get("labels", ()))
    given = list(entry.get("words", ())) or ([] if chosen else list(entry.get("values", ())))
    answer = {"step": entry["step"], "question": entry["question"], "chosen": chosen, "answer": given}
    return answer | {"files": [media[0] for media in entry.get("media", ())], "added": entry.get("added_at")}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for one in value for text in _texts(one)] if isinstance(value, (list, tuple)) else []


# Others -----------------------------------------------------------------------------------------------


def others(records: Sequence[Mapping[str, Any]], staff: Iterable[str]) -> list[Found]:
    """Who else may be in it. Of what we asked only the answers are looked through: the questions name nobody."""
    texts: list[str] = []
    own: list[str] = []
    named: list[str] = []
    for record in records:
        own.append(record["reach"])
        for answer in record["answers"]:
            own += answer["answer"] if answer["step"] in OWN else ()
            named += answer["answer"] if answer["step"] in NAMED else ()
            texts += answer["answer"]
        texts += [line for one in record["talk"] if not one["asked"] for line in one["text"]]
        for one in record["happened"]:
            texts += [one["who"], one["why"], *one["details"]]
        texts += [one["who"] for one in record["seen"]]
        texts += [line for one in (*record["signs"], *record["tasks"]) for line in one["words"]]
        texts += [one["why"] for one in record["marks"]]
    return find(texts, own=own, named=named, staff=staff)


def hidden(records: Any, words: Sequence[str]) -> Any:
    """The same with these words covered wherever they stand."""
    if isinstance(records, list):
        return [hidden(one, words) for one in records]
    if isinstance(records, dict):
        return {name: _hide(one, words) if name in _WORDS else hidden(one, words) for name, one in records.items()}
    return records


def _hide(value: Any, words: Sequence[str]) -> Any:
    if isinstance(value, str):
        return covered(value, words)
    return [_hide(one, words) for one in value] if isinstance(value, list) else value


# The file ---------------------------------------------------------------------------------------------


def packed(
    store: Store,
    organisation: str,
    records: Sequence[Mapping[str, Any]],
    page: Callable[[Sequence[Mapping[str, Any]], Mapping[str, str]], str],
    made: datetime,
    without: Collection[str] = (),
) -> bytes:
    """One zip file: ``index.html`` to read, ``data.json`` for machines, ``files/``. Raises TooLarge.

    page     the records, and the name of each file in the zip, as HTML
    without  files that are left out; that they are is on the page and in the data
    """
    out, size, names = io.BytesIO(), 0, dict[str, str]()
    records = [{**one, "files": [_left(file, file["id"] in without) for file in one["files"]]} for one in records]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            for number, file in enumerate(record["files"], 1):
                if file["id"] in without:
                    continue
                try:
                    mime, pieces = store.media.read(file["id"], organisation)
                    content = b"".join(pieces)
                except (LookupError, OSError, Erased):
                    continue
                if (size := size + len(content)) > LARGEST:
                    raise TooLarge
                ending = mime.partition("/")[2].partition(";")[0].rpartition(".")[2] or "bin"
                names[file["id"]] = f"files/{record['reference']}-{number}.{ending}"
                archive.writestr(_dated(names[file["id"]], made), content)
        archive.writestr(_dated("index.html", made), page(records, names))
        data = {"made": made.isoformat(), "organisation": organisation, "records": records, "files": names}
        data["left_out"] = [file["id"] for record in records for file in record["files"] if file["id"] in without]
        archive.writestr(_dated("data.json", made), json.dumps(data, ensure_ascii=False, indent=1))
    return out.getvalue()


def _left(file: Mapping[str, Any], out: bool) -> Mapping[str, Any]:
    return {**file, "left_out": "left_out.file"} if out else file


def _dated(name: str, made: datetime) -> zipfile.ZipInfo:
    local = made.astimezone(LONDON)
    entry = zipfile.ZipInfo(name, local.timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return entry


def keep(store: Store, request: Request, content: bytes) -> str:
    """Seal a copy into the folder of files; its name there. Durable when this returns. Blocking."""
    with store.database.reading() as db:
        key = db.execute(select(REQUEST.c.key).where(REQUEST.c.id == request.id)).scalar_one()
    name = secrets.token_hex(16)
    path = store.media.folder / name[:2] / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(store.vault.seal(key, _place(request.id, name), content))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return name


def discard(store: Store, name: str) -> None:
    """A copy that was made and not released."""
    (store.media.folder / name[:2] / name).unlink(missing_ok=True)


def fetch(store: Store, request: Request, now: datetime) -> bytes:
    """The released copy. LookupError when there is none, or its time is over."""
    with store.database.reading() as db:
        name = db.execute(select(REQUEST.c.file).where(REQUEST.c.id == request.id)).scalar() or ""
    path: Path = store.media.folder / name[:2] / name
    if not name or not request.waits(now) or not path.exists():
        raise LookupError("there is no copy, or its time is over")
    return store.vault.unseal(_place(request.id, name), path.read_bytes())


def _place(request: int, name: str) -> str:
    return f"rights_request.file:{request}:{name}"
