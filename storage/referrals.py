"""What an advocate is shown of a record that was referred to them: enough to help, and nothing else.

Not the talk, not the account of a complaint, not who works on it. What a request for an advocate says was said for
the advocate, unless the person would rather tell them; of any other record they see only what the person agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from casework.case import corrected
from casework.contact import Wishes
from casework.helping import SENT, STEPS
from casework.record import CaseEvent
from storage import casefile, dues, models, sending
from storage.about import CASE_STAFF
from storage.answers import answers
from storage.desk import CASE, FACT, PAGE, within
from storage.models import table
from storage.reach import Reach
from storage.secrets import Erased
from storage.vault import Vault

EVENT = table(models.CaseEvent)
TALK = table(models.Talk)
#: After these an advocate needs to know no more about the person.
OVER = ("ended", "withdrawn")
#: The value of the question what it is about, where they would rather tell the advocate.
RATHER = "tell_them"


@dataclass(frozen=True, slots=True)
class Referral:
    """A record as its advocate may know it.

    sent      the event by which it came to them; ``steps`` what was recorded of their help since, oldest first
    stands    "asked", "accepted", "arranged", "met", "reported", "ended"; "withdrawn": the person took it back
    name      their first name, as they or the team gave it; ``age`` the code of an age band
    child     whom it is for, in the words of whoever wrote, where somebody else did
    other     somebody else asked for them
    words     what it is about, in their words and ``language``; ``private``: they would rather tell the advocate
    shared    what they agreed that the advocate is told, as the team wrote it
    wishes    how it is safe to reach them, None where that is gone; ``details`` in their words; ``number`` to ring
    needs     they need an interpreter, large print or signing; ``easy``: easy words
    home      the service where they live, "" where that is not known; ``visit``: they ask for the next visit there
    complaint a complaint is under way; ``due`` its next day and the ``clock`` of that
    erased    what was said is gone
    """

    case: int
    reference: str
    kind: str
    language: str
    events: int
    sent: CaseEvent
    steps: tuple[CaseEvent, ...] = ()
    stands: str = "asked"
    name: str = ""
    age: str = ""
    child: str = ""
    other: bool = False
    words: tuple[str, ...] = ()
    private: bool = False
    shared: str = ""
    wishes: Wishes | None = None
    details: tuple[str, ...] = ()
    number: str = ""
    needs: bool = False
    easy: bool = False
    home: str = ""
    visit: bool = False
    complaint: bool = False
    due: date | None = None
    clock: str = ""
    erased: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing is left for the advocate to do."""
        return self.stands in OVER

    @property
    def meeting(self) -> CaseEvent | None:
        """The meeting that is to come, None once they have met or where none is arranged."""
        last = next((e for e in reversed(self.steps) if e.kind in ("advocate_arranged", "advocate_met")), None)
        return last if last and last.kind == "advocate_arranged" else None


class _Told:
    """What the answers of a record say."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._answers = answers

    def words(self, step: str) -> tuple[str, ...]:
        return tuple(self._answers.get(step, {}).get("words", ()))

    def values(self, step: str) -> tuple[str, ...]:
        return tuple(self._answers.get(step, {}).get("values", ()))


def numbers(db: Connection, reach: Reach) -> tuple[list[int], list[int]]:
    """Records referred to somebody: those under way, the oldest first, and those that are over, the newest first.

    By the kinds of events alone. What a correction struck out may still count here; ``load`` says how it stands.
    """
    held = CASE_STAFF.alias()
    theirs = select(held.c.case_id).where(held.c.staff == reach.staff, held.c.part == "referred")
    query = select(CASE.c.id, CASE.c.place).where(CASE.c.id.in_(theirs), within(db, reach)).order_by(CASE.c.id)
    places: dict[int, str] = {row.id: row.place for row in db.execute(query)}
    last: dict[int, str] = {}
    wanted = (*SENT, *STEPS, "corrected")
    kinds = select(EVENT.c.case_id, EVENT.c.type).where(EVENT.c.case_id.in_(places), EVENT.c.type.in_(wanted))
    for case, kind in db.execute(kinds.order_by(EVENT.c.case_id, EVENT.c.seq)):
        last[case] = kind
    over = [case for case in places if last.get(case) == "advocate_ended" or places[case] == "withdrawn"]
    gone = set(over)
    return [case for case in places if case not in gone], over[::-1]


def page(numbers: Sequence[int], number: int) -> Sequence[int]:
    """One page of a list of records, from 1."""
    return numbers[(number - 1) * PAGE : number * PAGE]


def load(db: Connection, vault: Vault, cases: Iterable[int], staff: int) -> list[Referral]:
    """Referrals as ``staff`` may know them, in the order asked for; what was never sent to an advocate is left out."""
    wanted = list(cases)
    rows = {row["id"]: dict(row) for row in db.execute(select(CASE).where(CASE.c.id.in_(wanted))).mappings()}
    facts: dict[int, dict[str, list[str]]] = {}
    for case, fact, value in db.execute(
        select(FACT.c.case_id, FACT.c.fact, FACT.c.value).where(FACT.c.case_id.in_(wanted))
    ):
        facts.setdefault(case, {}).setdefault(fact, []).append(value)
    histories = casefile.histories(db, vault, wanted)
    found = (_one(db, vault, rows[case], histories[case], facts.get(case, {}), staff) for case in wanted)
    return [one for one in found if one is not None]


def _one(
    db: Connection,
    vault: Vault,
    row: Mapping[str, Any],
    events: Sequence[CaseEvent],
    facts: Mapping[str, Sequence[str]],
    staff: int,
) -> Referral | None:
    history = corrected(events)
    sent = _sent(history, staff)
    basis = {"case": row["id"], "reference": row["reference"], "kind": row["kind"], "language": row["language"]}
    if sent is None:
        gone = CaseEvent("referred", row["begun_at"])
        return Referral(**basis, events=row["events"], sent=gone, erased=True) if not events else None
    steps = tuple(event for event in history[history.index(sent) + 1 :] if event.kind in STEPS)
    stands = steps[-1].kind.removeprefix("advocate_") if steps else "asked"
    if row["place"] == "withdrawn":
        stands = "withdrawn"
    if stands in OVER:
        return Referral(**basis, events=row["events"], sent=sent, steps=steps, stands=stands)
    told = _Told(answers(db, vault, row["id"]))
    for_other = "child" in facts.get("behalf", ()) or "other" in facts.get("advocate_for", ())
    mine = row["kind"] == "advocate"
    rather = RATHER in told.values("story")
    arranged = next((event for event in reversed(steps) if event.kind == "advocate_arranged"), None)
    complaint, due, clock = _complaint(db, row, history)
    home = next((one for one in facts.get("home", ()) if one not in ("no", "skipped")), "")
    wishes = _wishes(db, vault, row["id"])
    return Referral(
        **basis,
        events=row["events"],
        sent=sent,
        steps=steps,
        stands=stands,
        name=str(sent.said("called") or "")[:60] or ("" if for_other else _first(told.words("name"))),
        age=next((one for one in facts.get("age", ()) if one not in ("skipped", "rather_not")), ""),
        child=" ".join(told.words("behalf_who")) if for_other else "",
        other=for_other,
        words=told.words("story") if mine and not rather else (),
        private=mine and rather,
        shared=str(sent.said("shared") or ""),
        wishes=wishes,
        details=(*told.words("contact"), *told.words("details"), *told.words("!reach")),
        number=_number(db, vault, row, wishes),
        needs="needs" in facts.get("contact", ()),
        easy="yes" in facts.get("easy", ()),
        home=str(sent.said("home") or home),
        visit=bool(home) or sent.said("visit") is True or (arranged is not None and arranged.said("visit") is True),
        complaint=complaint,
        due=due,
        clock=clock,
    )


def _sent(history: Sequence[CaseEvent], staff: int) -> CaseEvent | None:
    """The last event that names them; where none does, the last one at all."""
    every = [event for event in history if event.kind in SENT]
    mine = [event for event in every if str(staff) in event.listed("staff")]
    return next(iter(reversed(mine or every)), None)


def _first(words: Sequence[str]) -> str:
    return next(iter(" ".join(words).split()), "").strip(",.;:()")[:40]


def _wishes(db: Connection, vault: Vault, case: int) -> Wishes | None:
    try:
        return sending.wishes(db, vault, case)
    except Erased:
        return None


def _number(db: Connection, vault: Vault, row: Mapping[str, Any], wishes: Wishes | None) -> str:
    """The number they text from, where they said that they may be rung or texted there."""
    if row["channel"] != "sms" or wishes is None or wishes.none or wishes.unsafe or not wishes.ways & {"text", "call"}:
        return ""
    sealed = db.execute(select(TALK.c.address).where(TALK.c.id == row["talk"])).scalar()
    try:
        return vault.unseal(f"talk.address:{row['talk']}", sealed).decode() if sealed else ""
    except Erased:
        return ""


def _complaint(db: Connection, row: Mapping[str, Any], history: Sequence[CaseEvent]) -> tuple[bool, date | None, str]:
    """Whether a complaint is under way, this record or one that staff linked; the next day of it, and its clock."""
    links = [one for event in history if event.kind == "linked" for one in event.listed("case")]
    here = (CASE.c.id == row["id"]) | CASE.c.reference.in_(links)
    query = select(CASE.c.id).where(
        here, CASE.c.organisation == row["organisation"], CASE.c.kind == "complaint", CASE.c.complete,
        CASE.c.place.not_in(("closed", "withdrawn")),
    )  # fmt: skip
    open_ones = list(db.execute(query).scalars())
    clocks = [one for each in dues.of(db, open_ones).values() for one in each]
    ours = [one for one in clocks if one["due"] and not one["window"] and one["clock"] != "advocate.reply"]
    if not ours:
        return bool(open_ones), None, ""
    first = min(ours, key=lambda one: (one["due"], one["clock"]))
    return True, first["due"], first["clock"]
