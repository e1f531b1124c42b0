"""Messages with nearly the same words from many people: found by a keyed hash, put together, shown to a person once.

Nothing is held back and nothing is closed by itself: it may be a prank, and it may be forty children about one bus.
The hash is of the story alone, without capitals, accents, marks, numbers and emoji; it says nothing to whoever has the
database and not the key ring, goes with its record, and after two days by itself.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from flows.flatten import flatten, is_sign
from flows.session import Entry
from storage import models, models_alike
from storage.ids import new_id
from storage.models import table
from storage.prepared import Prepared
from storage.secrets import KeyRing

ALIKE = table(models_alike.Alike)
_TASK = table(models.Task)
_CASE = table(models.Case)
#: Why there is a task. Its id is the number of those that are together.
WHY = "alike"
#: So many within this time are shown to a person; after they were seen, so many more.
ENOUGH, WITHIN = 5, timedelta(hours=24)
#: From when on the hash is compared with nothing any more and goes.
KEPT = timedelta(hours=48)
#: A story of fewer words, or of fewer different ones, is like others by chance: "hi", "my worker never rings back".
WORDS, DIFFERENT = 6, 4
#: Characters of a story that are compared as words; what follows them is the same, letter for letter, or it is another.
MOST = 4000
#: In scripts without spaces a word is about two characters.
CHARACTERS = 2
#: Rows that one write of the sweep takes away.
AT_ONCE = 200

Row = dict[str, Any]
_KEEP = Prepared(insert(ALIKE), keeping=True)


def fingerprint(ring: KeyRing, organisation: str, entries: Iterable[Entry]) -> bytes | None:
    """The keyed hash of what somebody tells; none where it is too short, or said by choices alone."""
    said = " ".join(word for entry in entries if entry.step == "story" for word in entry.words)
    words = [word for word in flatten(said[:MOST]) if unicodedata.category(word[0])[0] in "LM"]
    signs = sum(map(is_sign, words))
    if len(words) - signs + signs / CHARACTERS < WORDS or len(set(words)) < DIFFERENT:
        return None
    return ring.hashed("alike", organisation, " ".join(words), said[MOST:])


def row(case: Mapping[str, Any], words: bytes, at: datetime) -> Row:
    """The row of a record that is filed now."""
    return {"case_id": case["id"], "organisation": case["organisation"], "words": words, "at": at, "together": None}


def keep(db: Connection, new: Sequence[Row]) -> None:
    """Write the rows of what is filed now; where they are enough, a person has a task. For ``Writer.write``."""
    same: defaultdict[tuple[str, bytes], list[Row]] = defaultdict(list)
    for one in new:
        same[one["organisation"], one["words"]].append(one)
    for (organisation, words), rows in same.items():
        at = max(one["at"] for one in rows)
        here = (ALIKE.c.organisation == organisation, ALIKE.c.words == words, ALIKE.c.at >= at - WITHIN)
        query = select(ALIKE.c.case_id, ALIKE.c.together).where(*here).order_by(ALIKE.c.at.desc()).limit(ENOUGH)
        before = db.execute(query).all()
        group = next((one.together for one in before if one.together), None)
        begins = group is None and len(before) + len(rows) >= ENOUGH
        if begins:
            group = new_id()
            known = [one.case_id for one in before]
            db.execute(update(ALIKE).where(ALIKE.c.case_id.in_(known)).values(together=group))
        _KEEP.run(db, [one | {"together": group} for one in rows])
        if begins:
            db.execute(insert(_TASK), _task(group, organisation, at))
        elif group:
            _again(db, organisation, group, at)


def _task(group: int | None, organisation: str, at: datetime) -> Row:
    where = {"id": group, "organisation": organisation, "talk": None, "number": 0}
    return where | {"why": WHY, "about": "", "due": None, "words": None, "at": at, "done_at": None}


def _again(db: Connection, organisation: str, group: int, at: datetime) -> None:
    """Somebody has seen them, and as many have come since: they look again."""
    seen = db.execute(select(_TASK.c.done_at).where(_TASK.c.id == group)).scalar()
    if seen is not None:
        since = (ALIKE.c.organisation == organisation, ALIKE.c.together == group, ALIKE.c.at > seen)
        if len(db.execute(select(ALIKE.c.case_id).where(*since).limit(ENOUGH)).all()) >= ENOUGH:
            db.execute(update(_TASK).where(_TASK.c.id == group).values(at=at, done_at=None))


def sweep(db: Connection, organisation: str, now: datetime) -> int:
    """Take away hashes of more than two days, AT_ONCE at most; how many. Call until it is 0. For ``Writer.write``."""
    old = (ALIKE.c.organisation == organisation, ALIKE.c.words.is_not(None), ALIKE.c.at < now - KEPT)
    found = list(db.execute(select(ALIKE.c.case_id).where(*old).limit(AT_ONCE)).scalars())
    if found:
        db.execute(delete(ALIKE).where(ALIKE.c.case_id.in_(found), ALIKE.c.together.is_(None)))
        db.execute(update(ALIKE).where(ALIKE.c.case_id.in_(found)).values(words=None))
    return len(found)


@dataclass(frozen=True, slots=True)
class Group:
    """What is together, as far as somebody may see it: how many records, and when the first and the last came."""

    id: int
    count: int
    since: datetime
    until: datetime


def groups(
    db: Connection, organisation: str, wanted: Sequence[int], seen: ColumnElement[bool] | None = None
) -> dict[int, Group]:
    """The groups of these numbers, of the records that ``seen`` (``desk.within``) leaves; none without any."""
    if not wanted:
        return {}
    query = select(ALIKE.c.together, func.count(), func.min(ALIKE.c.at), func.max(ALIKE.c.at))
    query = query.where(ALIKE.c.organisation == organisation, ALIKE.c.together.in_(list(wanted)))
    if seen is not None:
        query = query.join(_CASE, _CASE.c.id == ALIKE.c.case_id).where(seen)
    return {row[0]: Group(*row) for row in db.execute(query.group_by(ALIKE.c.together))}


def of(db: Connection, cases: Sequence[int]) -> list[int]:
    """The groups that these records are in, the newest first."""
    query = select(ALIKE.c.together).where(ALIKE.c.case_id.in_(list(cases)), ALIKE.c.together.is_not(None)).distinct()
    return sorted(db.execute(query).scalars(), reverse=True)


def task(db: Connection, organisation: str, group: int) -> bool | None:
    """Whether the task about a group is open; None where this organisation has no such group."""
    here = (_TASK.c.id == group, _TASK.c.organisation == organisation, _TASK.c.why == WHY)
    row = db.execute(select(_TASK.c.done_at).where(*here)).first()
    return None if row is None else row.done_at is None
