"""One organisation of the demonstration: its invented staff, its records, and the ways to do something to one.

Everything is written by the functions that the console and the channels use, at the time that the story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlmodel
from sqlalchemy import select

from bot.demo.person import Person
from bot.demo.stories import Story, book
from casework.calendar import LONDON
from casework.procedure import Profile
from casework.record import CaseEvent
from storage import demonstration, models, replies, staff, working
from storage.casefile import Refused
from storage.desk import CASE
from storage.models import table
from storage.replies import Reply
from storage.sealer import Sealer
from storage.store import Store
from storage.working import Deed

_ALERT = table(models.Alert)
#: Role of the tour -> roles of the console.
CAST: Mapping[str, tuple[str, ...]] = {
    "participation": ("participation",),
    "officer": ("officer",),
    "complaints": ("complaints",),
    "manager": ("manager",),
    "manager2": ("manager",),
    "safeguarding": ("safeguarding",),
    "advocate": ("advocate",),
    "director": ("reports",),
    "administrator": ("administrator",),
}
#: Who looks into later stages; a record takes them in this order, nobody twice.
OUTSIDE = ("Jean Ferris", "Ian Coe", "Moya Plant", "Lal Dutta", "Ade Marsh", "Kim Oke", "Viv Tarrant", "Sol Beech")


@dataclass
class Record:
    """One record while its story is told. ``at``: when something last happened to it."""

    id: int
    reference: str
    kind: str
    at: datetime
    story: Story
    child: bool
    person: Person | None = None
    service: str = ""
    share: str = ""
    outside: Iterator[str] = field(default_factory=lambda: iter(OUTSIDE))


@dataclass
class House:
    """``refused`` has what the procedure did not allow: (event, why); a test wants it empty."""

    store: Store
    profile: Profile
    rng: Random
    now: datetime
    staff: dict[str, tuple[int, str]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    people: dict[str, tuple[Person, Record]] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    _dealt: dict[str, list[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The organisation's id."""
        return self.profile.id

    def by(self, role: str) -> str:
        """Who did something, as an event names them: the one who was hired for a role."""
        return f"staff:{self.staff[role][0]}"

    def drawn(self, what: str, weights: Mapping[str, int]) -> str:
        """One of these: each once, so that none is missing in this house, the likely ones first; after that by weight.

        ``what`` is drawn: "outcomes". Each name has its own turn.
        """
        left = self._dealt.setdefault(what, sorted(weights, key=lambda one: -weights[one]))
        return left.pop(0) if left else self.rng.choices(*zip(*weights.items(), strict=True))[0]

    def hire(self, at: datetime) -> None:
        """Everybody who works here; nobody of them can sign in but through the tour."""
        sealer, names = Sealer(self.store.vault.ring), book()
        first, last = self.rng.sample(list(names.first), len(CAST)), self.rng.sample(list(names.last), len(CAST))
        services = list(self.profile.services)
        half = len(services) // 2
        mine = {"manager": services[:half] or services, "manager2": services[half:]}

        def write(db: sqlmodel.Session) -> dict[str, tuple[int, str]]:
            found = {}
            for role, one, two in zip(CAST, first, last, strict=True):
                name = f"{one} {two}"
                login = demonstration.login(role, self.id)
                number, _ = staff.add(
                    db.connection(), sealer, self.id, login, name, CAST[role], mine.get(role, ()), at=at
                )
                found[role] = (number, name)
            return found

        self.staff = self.store.writer.write(write).result()

    # Time ------------------------------------------------------------------------------------------------

    def later(self, at: datetime, days: int) -> datetime:
        """In office hours, so many working days after a time; for 0 some minutes later, or the next morning."""
        soon = at + timedelta(minutes=self.rng.randint(4, 40))
        if (
            not days
            and self.profile.calendar.works(soon.astimezone(LONDON).date())
            and soon.astimezone(LONDON).hour < 17
        ):
            return soon
        end = self.profile.calendar.deadline(at, max(days, 1), "working days")
        assert end is not None, "only a pause leaves a limit open"
        return self.hours(end.day, 9, 16)

    def hours(self, day: date, first: int, last: int) -> datetime:
        """A time on a day, from one hour to the end of another."""
        moment = time(self.rng.randint(first, last), self.rng.randint(0, 59), self.rng.randint(0, 59))
        return datetime.combine(day, moment, LONDON)

    # What is done ----------------------------------------------------------------------------------------

    def do(
        self,
        record: Record,
        event: str,
        at: datetime,
        role: str = "officer",
        why: str = "",
        /,
        *,
        parts: Mapping[str, Sequence[int]] = {},
        adds: Mapping[str, Sequence[int]] = {},
        **data: Any,
    ) -> bool:
        """One event, as staff record it. False when the procedure does not allow it."""
        deed = Deed(CaseEvent(event, at, self.by(role), why, data), parts, adds)
        vault, procedures = self.store.vault, self.store.procedures

        def write(db: sqlmodel.Session) -> None:
            events = db.connection().execute(select(CASE.c.events).where(CASE.c.id == record.id)).scalar_one()
            working.do(db, vault, procedures, record.id, events, [deed])

        record.at = at
        return self._tried(event, write)

    def answer(self, record: Record, event: str, text: str, at: datetime, role: str) -> bool:
        """The answer of a stage: written to the person where they can be written to, recorded in any case."""
        if record.person is None or record.story.language != "en":
            return self.do(record, event, at, role)
        reply = Reply(text, "en", "answer", self.by(role), event=CaseEvent(event, at, self.by(role)))
        vault, procedures = self.store.vault, self.store.procedures

        def write(db: sqlmodel.Session) -> None:
            events = db.connection().execute(select(CASE.c.events).where(CASE.c.id == record.id)).scalar_one()
            replies.send(db, vault, procedures, record.id, events, reply, at)

        try:
            record.at = at
            return self._tried(event, write)
        except replies.NotAllowed:
            return self.do(record, event, at, role)

    def _tried(self, event: str, write: Any) -> bool:
        try:
            self.store.writer.write(write).result()
        except Refused as refusal:
            self.refused.append((event, refusal.why))
            return False
        return True

    def alerts(self, record: Record) -> list[int]:
        """Its signs of danger that nobody has acknowledged."""
        query = select(_ALERT.c.id).join(CASE, CASE.c.talk == _ALERT.c.talk)
        with self.store.database.reading() as db:
            mine = query.where(CASE.c.id == record.id, _ALERT.c.acknowledged_at.is_(None))
            return list(db.execute(mine).scalars())
