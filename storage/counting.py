"""What the reports count, kept up to date: whatever writes facts says so here in its transaction (``begin``, ``stir``).

A record whose facts changed is dirty until ``settle`` has set its bits; until then a reader takes its facts as they
are (``storage.bits``), so that no report is ever behind what is committed, and no turn waits for a busy row.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update

from casework.report_facts import VERSION
from storage import models, models_reports
from storage.models import table
from storage.prepared import Prepared

RECORD = table(models_reports.ReportRecord)
VALUE = table(models_reports.ReportValue)
BITS = table(models_reports.ReportBits)
CASE = table(models.Case)
FACT = table(models.CaseFact)

#: The fact and value under which a block keeps whose records are of one person.
PERSON = ("person", "")
#: The records that are there, as bits.
SEVERAL = ("person", "several")
#: Places of a block.
BLOCK = 8192
#: Facts that are no coded values to count by: who sent it, which organisation it is, days nobody asks for.
UNCOUNTED = ("person", "organisation", "when")
#: Records whose bits are set in one transaction, within the writer's five milliseconds.
AT_ONCE = 10
Row = Mapping[str, Any]
_BEGIN = Prepared(insert(RECORD))
_KEPT = (
    update(RECORD)
    .where(RECORD.c.case_id == bindparam("of_case"))
    .values(place=bindparam("at_place"), held=bindparam("now_held"), dirty=False)
)
_SET = (
    update(BITS)
    .where(BITS.c.value_id == bindparam("of_value"), BITS.c.block == bindparam("of_block"))
    .values(bits=bindparam("now_bits"))
)


# In the transaction of what happened -----------------------------------------------------------------


def begin(db: Connection, cases: Iterable[Row], persons: Mapping[int, str]) -> None:
    """New records are counted. ``persons``: by whom, where that is known better than by the talk."""
    rows = [
        {
            "case_id": case["id"],
            "organisation": case["organisation"],
            "person": persons.get(case["id"]) or f"talk:{case['talk']}",
            "dirty": True,
            "place": None,
            "held": b"",
            "version": VERSION,
        }
        for case in cases
    ]
    if rows:
        _BEGIN.run(db, rows)


def stir(db: Connection, cases: Sequence[int]) -> None:
    """Facts of these records have changed; also when they were before: the row is held until it is committed."""
    if cases:
        db.execute(update(RECORD).where(RECORD.c.case_id.in_(cases)).values(dirty=True))


def staged(db: Connection, cases: Sequence[int], name: str) -> None:
    """New records wait under another name, and no report counts them until ``shown``."""
    db.execute(update(RECORD).where(RECORD.c.case_id.in_(cases)).values(organisation=name))


def shown(db: Connection, name: str, organisation: str) -> None:
    """Records that waited under another name are the organisation's, and are counted from now on."""
    db.execute(update(RECORD).where(RECORD.c.organisation == name).values(organisation=organisation))


# Afterwards --------------------------------------------------------------------------------------------


def waiting(db: Connection, organisation: str) -> int:
    """How many records are dirty."""
    query = select(func.count()).where(RECORD.c.organisation == organisation, RECORD.c.dirty)
    return int(db.execute(query).scalar_one())


def settle(db: Connection, organisation: str, most: int = AT_ONCE) -> int:
    """Set the bits of some dirty records; how many. For ``Writer.write``, again and again until there is none."""
    dirty = (RECORD.c.organisation == organisation, RECORD.c.dirty)
    query = select(RECORD).where(*dirty).order_by(RECORD.c.case_id).limit(most).with_for_update()
    rows = [dict(row) for row in db.execute(query).mappings()]
    if not rows:
        return 0
    _places(db, organisation, rows)
    facts = _facts(db, [row["case_id"] for row in rows])
    numbers = _numbers(db, organisation, {pair for pairs in facts.values() for pair in pairs})
    changes: dict[tuple[int, int], tuple[int, int]] = {}
    for row in rows:
        before = set(array("I", row["held"]))
        after = {numbers[pair] for pair in facts.get(row["case_id"], ())}
        block, bit = divmod(row["place"], BLOCK)
        for value in before ^ after:
            set_, gone = changes.get((value, block), (0, 0))
            change = 1 << bit
            changes[value, block] = (set_ | change, gone) if value in after else (set_, gone | change)
        row["now"] = array("I", sorted(after)).tobytes()
    _write(db, organisation, changes)
    kept = [{"of_case": row["case_id"], "at_place": row["place"], "now_held": row["now"]} for row in rows]
    db.execute(_KEPT, kept)
    _know_persons(db, organisation, rows)
    return len(rows)


def _know_persons(db: Connection, organisation: str, rows: Sequence[Row]) -> None:
    """Write down which records are of one person: of people who sent several, all of theirs."""
    groups: dict[str, list[int]] = {}
    persons = list({row["person"] for row in rows})
    query = select(RECORD.c.person, RECORD.c.place).where(RECORD.c.place.is_not(None))
    for person, place in db.execute(query.where(RECORD.c.organisation == organisation, RECORD.c.person.in_(persons))):
        groups.setdefault(person, []).append(place)
    firsts: dict[int, dict[int, int]] = {}
    for places in groups.values():
        for place in places if len(places) > 1 else ():
            firsts.setdefault(place // BLOCK, {})[place % BLOCK] = min(places)
    if not firsts:
        return
    numbers = _numbers(db, organisation, [PERSON, SEVERAL])
    number, several = numbers[PERSON], numbers[SEVERAL]
    bits = {(several, block): (sum(1 << place for place in found), 0) for block, found in firsts.items()}
    _write(db, organisation, bits)
    query = select(BITS.c.block, BITS.c.bits).where(BITS.c.value_id == number, BITS.c.block.in_(list(firsts)))
    old = {row.block: row.bits for row in db.execute(query)}
    new, changed = [], []
    for block, found in firsts.items():
        packed = paired(pairs(old.get(block, b"")) | found)
        if block in old:
            changed.append({"of_value": number, "of_block": block, "now_bits": packed})
        else:
            new.append({"value_id": number, "block": block, "organisation": organisation, "bits": packed})
    if new:
        db.execute(insert(BITS), new)
    if changed:
        db.execute(_SET, changed)


def pairs(packed: bytes) -> dict[int, int]:
    """Place in its block -> the first place of its person."""
    flat = array("I", packed)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def paired(found: Mapping[int, int]) -> bytes:
    """As a block keeps it."""
    return array("I", [number for pair in found.items() for number in pair]).tobytes()


def _places(db: Connection, organisation: str, rows: Sequence[dict[str, Any]]) -> None:
    """A place for each that has none, after the last one."""
    if all(row["place"] is not None for row in rows):
        return
    last = db.execute(select(func.max(RECORD.c.place)).where(RECORD.c.organisation == organisation)).scalar()
    free = 0 if last is None else last + 1
    for row in rows:
        if row["place"] is None:
            row["place"], free = free, free + 1


def _facts(db: Connection, cases: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    query = select(FACT.c.case_id, FACT.c.fact, FACT.c.value).where(FACT.c.case_id.in_(cases))
    for case, fact, value in db.execute(query):
        if fact not in UNCOUNTED:
            found.setdefault(case, []).append((fact, value))
    return found


def _numbers(db: Connection, organisation: str, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each fact and value; new ones are given the next."""
    wanted = sorted(pairs)
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(wanted), 200):
        some = wanted[start : start + 200]
        on = (VALUE.c.organisation == organisation, tuple_(VALUE.c.fact, VALUE.c.value).in_(some))
        found |= {
            (fact, value): n
            for n, fact, value in db.execute(select(VALUE.c.id, VALUE.c.fact, VALUE.c.value).where(*on))
        }
    if new := [pair for pair in wanted if pair not in found]:
        last = db.execute(select(func.max(VALUE.c.id))).scalar() or 0
        found |= {pair: last + n for n, pair in enumerate(new, 1)}
        rows = [{"id": found[pair], "organisation": organisation, "fact": pair[0], "value": pair[1]} for pair in new]
        db.execute(insert(VALUE), rows)
    return found


def _write(db: Connection, organisation: str, changes: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    keys = sorted(changes)
    old: dict[tuple[int, int], int] = {}
    for start in range(0, len(keys), 200):
        query = select(BITS).where(tuple_(BITS.c.value_id, BITS.c.block).in_(keys[start : start + 200]))
        for row in db.execute(query).mappings():
            old[row["value_id"], row["block"]] = int.from_bytes(row["bits"], "little")
    new, changed = [], []
    for (value, block), (set_, gone) in changes.items():
        bits = ((old.get((value, block), 0) | set_) & ~gone).to_bytes(BLOCK // 8, "little").rstrip(b"\0")
        if (value, block) in old:
            changed.append({"of_value": value, "of_block": block, "now_bits": bits})
        else:
            new.append({"value_id": value, "block": block, "organisation": organisation, "bits": bits})
    if new:
        db.execute(insert(BITS), new)
    if changed:
        db.execute(_SET, changed)
