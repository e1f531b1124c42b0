"""Bringing an organisation's history: staged in chunks that nobody sees, then made visible whole or not at all.

A row becomes a record by the same hands as a talk's (``storage.filing``), with what happened to it as events of past
days; nobody is told anything of it, and it has no receipt. While it is staged, the record's own row stands under
``<organisation>~<batch>``, an organisation that nobody serves; everything that reads records asks by organisation, so
one UPDATE of these rows is the moment at which all of them are there. A row is known by its ``source_id``: importing
it again changes nothing. An import that was broken off goes on when the same file is imported again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlmodel
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from casework.calendar import LONDON
from casework.case import fold
from casework.facts import facts
from casework.import_fields import Vocabulary, fields, headed
from casework.imports import Past, Problem, Reader
from casework.procedure import Profile
from casework.record import CaseEvent
from flows.session import Entry, FileIt, Session, Voice
from storage import counting, dues, import_files, staging
from storage.as_talk import CHANNEL
from storage.database import NotSaved
from storage.dues import CASE, JOB
from storage.filing import Filing
from storage.ids import new_id
from storage.rows import INBOUND, Rows
from storage.store import Store
from storage.work import Job, Work, packed

#: References are drawn by lot: with a hundred thousand records every hundredth chunk draws one that is taken.
TRIES = 8
#: Problems that are told; whoever has more knows enough.
MOST_PROBLEMS = 2000


@dataclass(frozen=True)
class Checked:
    """What an import would do. ``known``: rows that are here already; ``open``: new ones that stay open.

    changed   source ids whose row says something else than when it was imported: they are left as they are
    problems  of the first MOST_PROBLEMS; nothing is imported while there are any
    """

    batch: str
    new: int
    known: int
    open: int
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class BrokenOff(Exception):
    """Another file's import was broken off. ``count`` of its records are staged."""

    def __init__(self, count: int) -> None:
        super().__init__("an import was broken off")
        self.count = count


@dataclass
class Import:
    """One file, for one organisation. ``progress`` is told how many records are staged."""

    store: Store
    profile: Profile
    path: Path
    words: Vocabulary
    now: datetime
    sheet: str = ""
    progress: Callable[[int], None] = lambda count: None
    _table: import_files.Table | None = field(default=None, init=False, repr=False)

    @property
    def organisation(self) -> str:
        """The id of the organisation whose records these are."""
        return self.profile.id

    def rows(self) -> Iterator[tuple[Past | None, list[Problem]]]:
        """Each row as it is read, after what is wrong with the file itself."""
        known = fields(self.profile)
        if self._table is None:
            self._table = import_files.table(self.path, lambda heading: headed(known, heading) is not None, self.sheet)
        found = self._table
        reader = Reader(self.profile, self.words, self.now.astimezone(LONDON).date(), found.epoch)
        columns, problems = reader.columns(found.headings)
        yield None, problems + [Problem(row, f"column {letters}", why) for row, letters, why in found.spoilt]
        if problems:
            return
        seen: dict[str, int] = {}
        for number, row in found.rows():
            past, wrong = reader.read(number, row, columns)
            if past is not None and past.source in seen:
                first = seen[past.source]
                wrong.append(
                    Problem(number, "source_id", f"“{past.source}” is in row {first} too. Each row needs its own")
                )
            elif past is not None:
                seen[past.source] = number
            yield (None if wrong else past), wrong

    # Looking ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """Read all of it, change nothing."""
        problems: list[Problem] = []
        digest, count, left_open = hashlib.blake2b(digest_size=16), 0, 0
        known: dict[bytes, bytes | None] = {}
        waiting: list[Past] = []
        changed: list[str] = []
        for past, wrong in self.rows():
            problems += wrong[: MOST_PROBLEMS - len(problems)]
            if past is None:
                continue
            digest.update(_digest(past))
            waiting.append(past)
            count += 1
            if len(waiting) == 500:
                left_open += self._known(waiting, known, changed)
                waiting = []
        left_open += self._known(waiting, known, changed)
        batch = self.store.vault.ring.hashed("batch", self.organisation, digest.hexdigest()).hex()[:12]
        return Checked(
            batch, count - len(known), len(known), left_open, tuple(changed[:MOST_PROBLEMS]), tuple(problems)
        )

    def _known(self, pasts: Sequence[Past], known: dict[bytes, bytes | None], changed: list[str]) -> int:
        """How many of these rows are new and stay open; the others go into ``known``."""
        keys = {self._key(past): past for past in pasts}
        query = select(INBOUND.c.id, INBOUND.c.sealed).where(INBOUND.c.id.in_(list(keys)))
        with self.store.database.reading() as db:
            here = {bytes(row.id): row.sealed for row in db.execute(query)}
        known |= here
        for key, sealed in here.items():
            if sealed is not None and bytes(sealed) != self._digest(keys[key]):
                changed.append(keys[key].source)
        return sum(not past.closed for key, past in keys.items() if key not in here)

    def _key(self, past: Past) -> bytes:
        return self.store.vault.ring.hashed("imported", self.organisation, past.source)

    def _digest(self, past: Past) -> bytes:
        """What says whether a row was changed since it was imported; without the key ring it says nothing."""
        return self.store.vault.ring.hashed("imported row", self.organisation, _digest(past).hex())

    # Bringing -----------------------------------------------------------------------------------

    def bring(self, batch: str) -> int:
        """Stage what is new, then make all of it visible; how many records are new. Raises BrokenOff.

        ``batch`` of ``check``, which must have found no problem.
        """
        staged = f"{self.organisation}{staging.STAGED}{batch}"
        if others := {
            name: count for name, count in staging.waiting(self.store, self.organisation).items() if name != staged
        }:
            raise BrokenOff(sum(others.values()))
        count, chunk = 0, list[Past]()
        for past in (past for past, _ in self.rows() if past is not None):
            chunk.append(past)
            if len(chunk) == staging.AT_ONCE:
                count, chunk = count + self._stage(chunk, staged), []
                self.progress(count)
        self._stage(chunk, staged)
        shown: Future[int] = self.store.writer.write(
            lambda db: staging.show(db.connection(), self.organisation, staged)
        )
        return shown.result()

    def _stage(self, pasts: Sequence[Past], staged: str) -> int:
        """Stage those of a chunk that are not here yet."""
        keys = {self._key(past): past for past in pasts}
        with self.store.database.reading() as db:
            here = set(db.execute(select(INBOUND.c.id).where(INBOUND.c.id.in_(list(keys)))).scalars())
        fresh = {key: past for key, past in keys.items() if key not in {bytes(one) for one in here}}
        for _ in range(TRIES if fresh else 0):
            try:
                self._write(fresh, staged)
                break
            except IntegrityError:  # a reference that another record has
                continue
        else:
            if fresh:
                raise NotSaved("records could not be saved")
        return len(fresh)

    def _write(self, fresh: Mapping[bytes, Past], staged: str) -> None:
        rows = Rows(tell=False)  # history is no news
        for key, past in fresh.items():
            self._file(rows, key, past)
        cases = [case["id"] for case in rows.new["cases"]]

        def write(db: sqlmodel.Session) -> None:
            connection = db.connection()
            rows.write(connection)
            connection.execute(update(CASE).where(CASE.c.id.in_(cases)).values(organisation=staged))
            counting.staged(connection, cases, staged)
            connection.execute(delete(JOB).where(JOB.c.kind == dues.KIND, JOB.c.key.in_([str(one) for one in cases])))

        future: Future[None] = self.store.writer.write(write)
        future.result()

    def _file(self, rows: Rows, key: bytes, past: Past) -> None:
        store = self.store
        filing = Filing(rows, store.vault, _NONE, store.procedures, ids=_in_time(past.filed))
        talk = _talk(store, self.organisation, past, key, self.now)
        after = Session(flow="over", channel=CHANNEL, voice=Voice(past.language))
        work = Work(Job(key, past.filed, Future()), talk, fresh=True, session=after, after=after)
        filing.file(work, FileIt(1, past.kind, True, _entries(past), dict(past.facts)))
        case = filing.by_reference[work.reference]
        case["channel"], case["receipt_hash"] = past.channel, None
        said = {"source": past.source}
        filing.event(case, CaseEvent("entered", past.filed, "system", data=said), _summary(past))
        for event in past.events:
            filing.event(case, event, ())
        filing.stand(case, self.now)
        profile = store.procedures.under(self.organisation, case["profile"])
        state = fold(profile, filing.histories[case["id"]])
        found: dict[str, tuple[str, ...]] = {"channel": (past.channel,), "entered": ("import",)}
        for kind in dict.fromkeys(event.kind for event in past.events):
            last = state.last(kind)
            found |= facts(state, last) if last else {}
        if past.closed:
            found["consider"] = ()  # nobody has to think about it any more
        if past.person:
            found["person"] = (store.vault.ring.hashed("person", self.organisation, past.person).hex(),)
        filing.facts(case, found)
        rows.new["talk"].append(talk)
        rows.new["inbound"].append(
            _inbound(store, self.organisation, talk, key, case["id"], self._digest(past), past, self.now)
        )


class _NoReceipt:
    """Nobody was given a number of a record that was imported."""

    def take(self) -> tuple[str, bytes]:
        return "", b""


_NONE: Any = _NoReceipt()


def _in_time(filed: datetime) -> Callable[[], int]:
    """Numbers of the day a record came, so that lists have it in its place; by lot of 10^14 a day."""

    def number() -> int:
        moment = int(filed.timestamp() * 1000) + secrets.randbelow(40_000_000)
        return moment << 22 | secrets.randbits(22)

    return number


def _digest(past: Past) -> bytes:
    """Sixteen bytes that change with anything the row says."""
    events = [[event.kind, event.at.isoformat(), event.why, dict(event.data)] for event in past.events]
    said = [past.source, past.kind, past.channel, past.language, past.filed.isoformat(), past.undated]
    said += [{name: list(values) for name, values in sorted(past.facts.items())}, events]
    said += [past.person, past.name, past.words, past.summary]
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).digest()


def _entries(past: Past) -> tuple[Entry, ...]:
    said = (("story", past.words), ("name", past.name))
    return tuple(Entry(step, "", words=(words,)) for step, words in said if words)


def _summary(past: Past) -> tuple[Entry, ...]:
    return (Entry("summary", "", words=(past.summary,)),) if past.summary else ()


def _talk(store: Store, organisation: str, past: Past, key: bytes, now: datetime) -> dict[str, Any]:
    """The talk behind it: nothing is ever sent there."""
    number, sealer = new_id(), store.vault.take()
    over = Session(flow="over", channel=CHANNEL, voice=Voice(past.language))
    return {
        "id": number,
        "organisation": organisation,
        "channel": CHANNEL,
        "endpoint": CHANNEL,
        "sender_hash": key,
        "key": sealer,
        "turn_no": 1,
        "session": store.vault.seal(sealer, f"talk.session:{number}", packed(over.to_json())),
        "address": None,
        "language": past.language,
        "wake_at": None,
        "last_seq": 0,
        "shown_from": 1,
        "draft_from": 1,
        "last_said_at": past.filed,
        "created_at": now,
        "revoked_at": None,
    }


def _inbound(
    store: Store,
    organisation: str,
    talk: Mapping[str, Any],
    key: bytes,
    case: int,
    digest: bytes,
    past: Past,
    now: datetime,
) -> dict[str, Any]:
    place = f"inbound.external_id:{key.hex()}"
    return {
        "id": key,
        "organisation": organisation,
        "endpoint": CHANNEL,
        "external_id": store.vault.seal(talk["key"], place, past.source.encode("utf-8", "replace")),
        "talk": talk["id"],
        "at": now,
        "state": "taken",
        "first_seq": 1,
        "last_seq": 0,
        "case_id": case,
        "sealed": digest,
    }
