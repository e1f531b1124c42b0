"""The rows of one batch, gathered turn by turn and written table by table.

SQLAlchemy Core over the SQLModel tables: the ORM costs several times as much here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from casework.report_facts import is_counted
from storage import alert_jobs, alike, counting, dues, models, models_clocks, webhooks, words
from storage.ids import written
from storage.models import table
from storage.prepared import Prepared

TALK = table(models.Talk)
INBOUND = table(models.Inbound)
MESSAGE = table(models.Message)
OUTBOX = table(models.Outbox)
CASE = table(models.Case)
EVENT = table(models.CaseEvent)
FACT = table(models.CaseFact)
DUE = table(models.CaseDue)
ALERT = table(models.Alert)
TASK = table(models.Task)
JOB = table(models_clocks.Job)
MEDIA = table(models.Media)
GUESS = table(models.Guess)

_INSERTS = {
    t.name: Prepared(insert(t))
    for t in (TALK, INBOUND, MESSAGE, OUTBOX, CASE, EVENT, FACT, DUE, JOB, ALERT, TASK, GUESS)
}
_TALK_CHANGES = "key turn_no session language wake_at last_seq shown_from draft_from last_said_at address".split()
_CASE_CHANGES = (
    *("kind", "language", "complete", "stage", "place", "acknowledge_by", "answer_by", "events"),
    *("filed_at", "receipt_hash", "changed_at"),
)
# An update sets every column that a row names: rows given to these hold the changes and nothing else.
_SET_TALK = Prepared(
    update(TALK)
    .where(TALK.c.id == bindparam("of_id"), TALK.c.turn_no == bindparam("of_turn"))
    .values({name: bindparam(name) for name in _TALK_CHANGES})
)
_SET_CASE = Prepared(
    update(CASE).where(CASE.c.id == bindparam("of_id")).values({name: bindparam(name) for name in _CASE_CHANGES})
)
_SET_INBOUND = Prepared(
    update(INBOUND)
    .where(INBOUND.c.id == bindparam("of_id"))
    .values(
        state=bindparam("state"),
        sealed=bindparam("sealed"),
        last_seq=bindparam("last_seq"),
        case_id=func.coalesce(bindparam("case_id", type_=CASE.c.id.type), INBOUND.c.case_id),
    )
)
_SET_MEDIA = update(MEDIA).where(MEDIA.c.id == bindparam("of_id")).values(talk=bindparam("talk"), seq=bindparam("seq"))
_FACTS_GONE = Prepared(
    delete(FACT).where(FACT.c.case_id == bindparam("gone_case"), FACT.c.fact == bindparam("gone_fact"))
)


class Stale(Exception):
    """Another writer went on with this talk in the meantime."""


class Rows:
    """Rows to write, by table, and what else a batch changes. ``tell``: other systems hear of its events."""

    def __init__(self, tell: bool = True) -> None:
        self._tell = tell
        self.new: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.talks: list[dict[str, Any]] = []
        self.inbound: list[dict[str, Any]] = []
        self.changed_cases: dict[int, dict[str, Any]] = {}
        self.facts: dict[tuple[int, str], list[dict[str, Any]]] = {}
        self.facts_gone: list[dict[str, Any]] = []
        self.counted_gone: dict[int, tuple[str, ...]] = {}
        self.cases_restated: list[int] = []
        self.tokens: list[dict[str, Any]] = []
        self.alike: list[dict[str, Any]] = []
        self.media: list[dict[str, Any]] = []
        self.forget_receipts: list[int] = []
        self.restood: dict[int, tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], datetime]] = {}

    def clocks(
        self, case: dict[str, Any], before: list[dict[str, Any]], after: list[dict[str, Any]], at: datetime
    ) -> None:
        """The rows of a record's clocks, in the place of those before."""
        first = self.restood[case["id"]][1] if case["id"] in self.restood else before
        self.restood[case["id"]] = (case, first, after, at)

    def talk(self, talk: dict[str, Any], read_turn: int) -> None:
        """Change a talk that was read when its turn number was ``read_turn``."""
        self.talks.append(_only(talk, _TALK_CHANGES) | {"of_turn": read_turn})

    def write(self, db: Connection) -> None:
        """Write everything, table by table. Raises Stale when another writer was here."""
        for case in (*self.new["cases"], *self.changed_cases.values()):
            case["changed_at"] = written()
        if self.new["talk"]:
            _INSERTS["talk"].run(db, self.new["talk"])
        if self.talks and _SET_TALK.run(db, self.talks).rowcount != len(self.talks):
            raise Stale("another writer was here")
        if self.forget_receipts:
            db.execute(update(MESSAGE).where(MESSAGE.c.talk.in_(self.forget_receipts)).values(secret=None))
        if self.changed_cases:
            _SET_CASE.run(db, [_only(case, _CASE_CHANGES) for case in self.changed_cases.values()])
        if self.cases_restated:
            # What was said before is said anew; what follows from what happened stays.
            said = select(FACT.c.fact).where(FACT.c.case_id.in_(self.cases_restated)).distinct()
            gone = [fact for fact in db.execute(said).scalars() if not is_counted(fact)]
            db.execute(delete(FACT).where(FACT.c.case_id.in_(self.cases_restated), FACT.c.fact.in_(gone)))
            words.forget(db, self.cases_restated)
        if self.facts_gone:
            _FACTS_GONE.run(db, self.facts_gone)
        for gone_case, facts in self.counted_gone.items():
            db.execute(delete(FACT).where(FACT.c.case_id == gone_case, FACT.c.fact.in_(facts)))
        fresh = {case["id"] for case in self.new["cases"]}
        for number, (case, _, after, _) in self.restood.items():
            if number in fresh:
                self.new["case_due"] += after
                self.new["job"] += [job] if (job := dues.job(case, after)) else []
        self.new["case_fact"] = [row for fact in self.facts.values() for row in fact]
        for name in (
            "cases",
            "inbound",
            "message",
            "outbox",
            "case_event",
            "case_fact",
            "case_due",
            "job",
            "alert",
            "task",
            "guess",
        ):
            if self.new[name]:
                _INSERTS[name].run(db, self.new[name])
        self._count(db, fresh)
        words.keep(db, self.tokens)
        alike.keep(db, self.alike)
        alert_jobs.stir(db, self.new["alert"])
        if self._tell:
            webhooks.stir(db, self.new["case_event"])
        for number, (case, before, after, at) in self.restood.items():
            if number not in fresh:
                dues.rewrite(db, case, before, after, at)
        if self.inbound:
            _SET_INBOUND.run(db, self.inbound)
        if self.media:
            db.execute(_SET_MEDIA, self.media)

    def _count(self, db: Connection, fresh: set[int]) -> None:
        """The reports see what changed."""
        persons = {case: rows[0]["value"] for (case, fact), rows in self.facts.items() if fact == "person" and rows}
        counting.begin(db, self.new["cases"], persons)
        changed = {case for case, _ in self.facts} | {one["gone_case"] for one in self.facts_gone}
        counting.stir(db, sorted((changed | set(self.cases_restated)) - fresh))


def _only(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    changes = {name: row[name] for name in names}
    changes["of_id"] = row["id"]
    return changes
