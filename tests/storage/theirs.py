"""One person with something in every table, and every byte of it, found from the tables themselves.

A table that is added later is not forgotten: what says whose a row is, is read from the models, and where nothing real
was written a row is planted.
"""

from __future__ import annotations

import io
import re
import secrets
import struct
import wave
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, LargeBinary, String, Table, func, insert, select
from sqlmodel import SQLModel

from storage import casefile, models, report_texts, restricting, rights, scans, webhooks
from storage.columns import Moment
from storage.ids import new_id
from storage.models import table
from storage.rights_erasing import KEPT
from storage.sealer import Sealer
from storage.store import Store
from tests.storage.people import Person

CASE, TALK = table(models.Case), table(models.Talk)
#: Columns that say whose a row is, and the table whose key stands there.
OF = {"case_id": "cases", "talk": "talk", "media": "media", "alert": "alert"}
#: What stays by decision: a keyed hash that keeps a message from being taken twice, and what reports count.
STAYS = {("inbound", "id"), ("report_record", "held"), ("report_record", "person")}
#: A text is looked for where it may be somebody's: a name of a table, a step or a state has no digit.
_OWN = re.compile(r"(?=.*\d)[\w:+-]{10,}")


def full(store: Store, person: Person, organisation: str, planted: str, at: datetime) -> int:
    """Somebody complains with a picture and a recording, and everything happens to the record; its id."""

    def write(fn: Callable[[Connection], Any]) -> Any:
        return store.writer.write(lambda db: fn(db.connection())).result(20)

    hooked = (Sealer(store.vault.ring), organisation, "https://a.example.org/", (), True, "x", at)
    write(lambda db: webhooks.add(db, *hooked))
    files = [
        store.media.store(organisation, io.BytesIO(content), name)
        for content, name in ((picture(planted), "me.png"), (recording(planted), "me.wav"))
    ]
    for file in files:
        assert planted.encode() in b"".join(store.media.read(file.id, organisation)[1]), "they are kept as they came"
        write(lambda db, file=file: scans.wait(db, organisation, file.id, at))
    person.reach("story")
    for file in files:
        person.say(media=(file,))
    reference = person.complain().reference
    with store.database.reading() as db:
        case = casefile.find(db, reference)
    vault = store.vault
    marked = (case, "limited", f"{planted} disputes it.", "staff:1", at)
    store.writer.write(lambda db: rights.put_mark(db, vault, *marked)).result(20)
    reason = f"{planted} was in danger."
    store.writer.write(lambda db: restricting.open_anyway(db, vault, case, 1, reason, at)).result(20)
    write(lambda db: report_texts.choose(db, vault, case, f"{planted} was kind.", 0, "staff:1", at))
    write(lambda db: plant(db, case, at))
    return case


def plant(db: Connection, case: int, at: datetime) -> None:
    """A row of theirs in every table that goes with a record and has none."""
    owners = keys(db, case)
    for one in tables():
        if one.name not in KEPT and not db.execute(_theirs(one, owners).limit(1)).first():
            db.execute(insert(one), {column.name: _made(db, column, owners, at) for column in one.c})


def _made(db: Connection, column: Any, owners: dict[str, set[Any]], at: datetime) -> Any:
    if column.name in OF:
        return next(iter(owners[OF[column.name]]))
    for key in column.foreign_keys:
        return db.execute(select(key.column).limit(1)).scalar_one()
    kind = column.type if isinstance(column.type, Moment) else getattr(column.type, "impl_instance", column.type)
    values = {LargeBinary: secrets.token_bytes(24), String: f"planted-{secrets.token_hex(8)}1", Moment: at}
    values |= {Date: date(2026, 12, 1), Boolean: False, Integer: new_id() % 2**31}
    return next(value for known, value in values.items() if isinstance(kind, known))


def tables() -> Iterator[Table]:
    """Every table with rows that are somebody's."""
    for one in SQLModel.metadata.sorted_tables:
        for column in one.c:
            whose = {key.column.table.name for key in column.foreign_keys} & set(OF.values())
            assert not whose or column.name in OF, f"{one.name}.{column.name}: say in OF whose rows these are"
        if set(one.c.keys()) & set(OF):
            yield one


def keys(db: Connection, case: int) -> dict[str, set[Any]]:
    """Of each table of OF, the keys that are theirs."""
    talk = db.execute(select(CASE.c.talk).where(CASE.c.id == case)).scalar_one()
    known = {"cases": {case}, "talk": {talk}}
    for name in ("media", "alert"):
        one = SQLModel.metadata.tables[name]
        known[name] = set(db.execute(select(one.c.id).where(one.c.talk == talk)).scalars())
    return known


def _theirs(one: Table, owners: dict[str, set[Any]]) -> Any:
    first, *more = [one.c[name].in_(owners[of]) for name, of in OF.items() if name in one.c]
    for other in more:
        first |= other
    return select(one).where(first)


def needles(store: Store, case: int) -> tuple[set[bytes], set[str]]:
    """(every byte of theirs that may stand anywhere, the tables it came from): sealed values, hashes, names, files."""
    out: set[bytes] = set()
    came: set[str] = set()
    with store.database.reading() as db:
        owners = keys(db, case)
        for one, rows in _rows(db, owners):
            for column in one.c:
                values = {value for row in rows if (value := row[column.name]) and (one.name, column.name) not in STAYS}
                found = {value for value in values if _telling(value) and _alone(db, column, value, rows)}
                out |= {value if isinstance(value, bytes) else value.encode() for value in found}
                came |= {one.name} if rows else set()
        for name in owners["media"]:
            content = (store.media.folder / name[:2] / name).read_bytes()
            out |= {name.encode(), content[:64], content[-64:]}
    return out, came


def _rows(db: Connection, owners: dict[str, set[Any]]) -> Iterable[tuple[Table, list[Any]]]:
    for one in tables():
        yield one, list(db.execute(_theirs(one, owners)).mappings())
    for one, kind in ((CASE, "cases"), (TALK, "talk")):
        yield one, list(db.execute(select(one).where(one.c.id.in_(owners[kind]))).mappings())
    chosen = SQLModel.metadata.tables["rights_case"]
    request = SQLModel.metadata.tables["rights_request"]
    of = select(chosen.c.request).where(chosen.c.case_id.in_(owners["cases"]))
    yield request, list(db.execute(select(request).where(request.c.id.in_(of))).mappings())


def _telling(value: Any) -> bool:
    return len(value) >= 8 if isinstance(value, bytes) else isinstance(value, str) and bool(_OWN.fullmatch(value))


def _alone(db: Connection, column: Any, value: Any, rows: list[Any]) -> bool:
    """Whether nobody else's row has it: a word that others said too stays in their records."""
    count = db.execute(select(func.count()).select_from(column.table).where(column == value)).scalar_one()
    return bool(count == sum(row[column.name] == value for row in rows))


def picture(planted: str) -> bytes:
    """A PNG of one row of grey pixels that spell this, not packed."""
    text = planted.encode()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", len(text), 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" + text, 0)) + chunk(b"IEND", b"")


def recording(planted: str) -> bytes:
    """A WAV whose samples spell this."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(planted.encode() * 50)
    return out.getvalue()
