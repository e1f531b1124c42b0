"""Signs of danger are told to staff until somebody acknowledges them: rounds, wider each time (``casework.alerting``).

There is one job for an organisation. It is planned, or brought forward, in the transaction that files a sign, and goes
on for as long as one is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlmodel
import structlog

from bot.alarm import Letter
from casework.alerting import Telling
from casework.procedure import Profile
from storage import alert_ways, alerting
from storage.alert_jobs import KIND, stir
from storage.alerting import ROWS, Parcel, Plan
from storage.jobs import Job, done
from storage.sealer import Sealer
from storage.store import Store

log = structlog.get_logger()

#: References that one message names; the page shows the rest.
NAMED = 5
#: An organisation that is not served any more is looked for this often.
LATER = timedelta(hours=1)


@dataclass(frozen=True)
class Teller:
    """Tells staff.

    send     sends messages, all at once: for each "" or a code of why it failed
    wording  what a message says: (title, text)
    address  of this deployment, where links lead
    """

    send: Callable[[Sequence[Letter]], list[str]]
    wording: Callable[[Profile, Telling], tuple[str, str]]
    address: str

    @property
    def kinds(self) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
        """The job it does, by its kind, as ``bot.jobs`` takes it."""
        return {KIND: self.run}

    def run(self, store: Store, job: Job, now: datetime) -> None:
        """Tell what is to be told at an organisation now, and plan the next look."""
        if job.organisation not in store.procedures.profiles:
            store.writer.write(lambda db: done(db, job, now + LATER)).result()
            return
        profile = store.procedures.now(job.organisation)
        with store.database.reading() as db:
            plan = alerting.look(db, store, Sealer(store.vault.ring), profile, now)
        self._begin(store, profile, job, plan)
        if plan.untold:
            log.error("signs of danger reach nobody: no alert route works", organisation=profile.id, count=plan.untold)
        codes = self.send([self._letter(profile, parcel) for parcel in plan.parcels]) if plan.parcels else []
        for code in filter(None, codes):
            log.error("an alert route failed; the others were used", organisation=profile.id, error=code)
        sent = list(zip(plan.parcels, codes, strict=True))
        for parcel in sent:
            store.writer.write(partial(alerting.finish, sent=[parcel], at=now)).result()
        store.writer.write(lambda db: done(db, job, alerting.next_look(db, job, plan, now))).result()

    def _begin(self, store: Store, profile: Profile, job: Job, plan: Plan) -> None:
        """What is about to be sent is written down first: a link always leads somewhere."""
        for start in range(0, max(1, len(plan.rows)), ROWS):
            part = plan.rows[start : start + ROWS]
            if part or plan.tasks:
                store.writer.write(partial(alerting.begin, profile=profile, job=job, plan=plan, part=part)).result()

    def _letter(self, profile: Profile, parcel: Parcel) -> Letter:
        title, text = self.wording(profile, telling(parcel, self.link(parcel.token)))
        return Letter(parcel.route.address, title, text, trusted=parcel.route.by == alert_ways.SETTINGS)

    def link(self, token: str) -> str:
        """Where a message leads."""
        return f"{self.address}/staff/alarm/{token}"


def telling(parcel: Parcel, link: str) -> Telling:
    """What a message says."""
    signs = parcel.signs
    references = tuple(dict.fromkeys(one.reference for one in signs if one.reference))
    return Telling(
        signs=Counter(one.level for one in signs),
        categories=tuple(dict.fromkeys(code for one in signs for code in one.categories)),
        references=references[:NAMED],
        rounds=parcel.round,
        since=min(one.at for one in signs),
        link=link,
    )


def plan(store: Store, given: Mapping[str, Sequence[tuple[str, str, str]]], now: datetime) -> None:
    """At the start: the ways of the settings (``bot.alarm.given``), and a job wherever a sign of danger is open."""

    def write(db: sqlmodel.Session) -> set[str]:
        connection = db.connection()
        alert_ways.from_settings(connection, Sealer(store.vault.ring), given, now)
        stir(connection, [{"organisation": name, "at": now} for name in alerting.waiting(connection)])
        return {organisation for organisation, _, _ in alert_ways.state(connection)}

    reached = store.writer.write(write).result()
    for name in store.procedures.profiles:
        if name not in reached:
            log.warning("nobody would be told of a sign of danger: there is no alert route", organisation=name)
