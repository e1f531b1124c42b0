"""A restricted record was opened in an emergency: those who keep such records are told over their own ways.

A way whose reader the record names is left out. Where none is left, it goes over the ways of the duty team.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlmodel
import structlog

from bot.alarm import Letter
from casework.procedure import Profile
from storage import alert_naming, alert_ways, restricting, staff
from storage.alert_ways import Route
from storage.jobs import Job, done
from storage.restricting import KIND, Opening
from storage.sealer import Sealer
from storage.store import Store

log = structlog.get_logger()


@dataclass(frozen=True)
class Teller:
    """Tells them.

    send     sends messages, all at once: for each "" or a code of why it failed
    wording  what a message says: (title, text), from the profile, the opening, the record's reference and a link
    keepers  ids of the roles that keep restricted records
    address  of this deployment, where links lead
    """

    send: Callable[[Sequence[Letter]], list[str]]
    wording: Callable[[Profile, Opening, str, str], tuple[str, str]]
    keepers: Collection[str]
    address: str

    @property
    def kinds(self) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
        """The job it does, by its kind, as ``bot.jobs`` takes it."""
        return {KIND: self.run}

    def run(self, store: Store, job: Job, now: datetime) -> None:
        """Tell of one opening. A way that fails is tried again with the others a while later; the task stays anyway."""
        sealer = Sealer(store.vault.ring)
        with store.database.reading() as db:
            found = restricting.opening(db, store.vault, int(job.key))
            ways: list[Route] = []
            if found is not None and job.organisation in store.procedures.profiles:
                people = staff.everyone(db, sealer, (job.organisation,))
                keep = {one.id for one in people if not one.disabled and one.roles & set(self.keepers)}
                routes = alert_ways.routes(db, sealer, job.organisation)
                named = alert_naming.kept(db, store.vault, _About(0, found[0].case), routes)
                ways = self._ways([one for one in routes if one.id not in named], keep - {found[0].staff})
        if found is not None and ways:
            profile = store.procedures.now(job.organisation)
            link = f"{self.address}/staff/record/{found[1]}"
            said = self.wording(profile, found[0], found[1], link)
            codes = self.send([Letter(way.address, *said, trusted=way.by == alert_ways.SETTINGS) for way in ways])
            if all(codes):
                raise OSError("nobody could be told that a restricted record was opened")
        elif found is not None:
            log.warning("a restricted record was opened, and no alert route tells of it", organisation=job.organisation)

        def write(db: sqlmodel.Session) -> None:
            restricting.told(db.connection(), int(job.key), now)
            done(db, job)

        store.writer.write(write).result()

    @staticmethod
    def _ways(routes: Sequence[Route], keepers: Collection[int]) -> list[Route]:
        theirs = [one for one in routes if one.staff in keepers]
        return theirs or [one for one in routes if one.tier == "duty" and one.staff is None]


@dataclass(frozen=True, slots=True)
class _About:
    """The record as ``storage.alert_naming`` asks about a sign of danger; there is none here."""

    id: int
    case: int
