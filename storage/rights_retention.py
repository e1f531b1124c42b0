"""What has been kept as long as its rule says: shown before it goes, and erased as a person would be.

Nothing that is open, held, or for a person to decide goes by itself. Facts that reports count stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice

import sqlmodel
from sqlalchemy import Connection, func, select

from casework.calendar import LONDON
from casework.procedure import Profile
from casework.retention import Papers, rule_for, stray
from storage import about, alike, audit, models, rights_besides, rights_erasing, rights_requests
from storage.models import table
from storage.store import Store

CASE = table(models.Case)
EVENT = table(models.CaseEvent)
FACT = table(models.CaseFact)
TALK = table(models.Talk)
#: Records erased in one transaction, and looked at at once.
AT_ONCE, PAGE = 3, 200
#: Why a record that is due does not go by itself, besides those of ``rights_erasing.Against``.
DECIDE, NO_RULE = "decide", "no_rule"


@dataclass(frozen=True, slots=True)
class Ripe:
    """A closed record whose time is over on ``until``.

    rule  the id of the rule that kept it longest, "" for none
    since the day of the last thing that happened to it
    why   what keeps it all the same: "hold", "danger", "clock", "decide", "no_rule"; "" for nothing: it goes
    """

    case: int
    reference: str
    kind: str
    rule: str
    since: date
    until: date
    why: str


def every(db: Connection, profile: Profile, now: datetime, *, ahead: int = 0) -> Iterator[Ripe]:
    """Records of an organisation that may go now, or within so many days, in the order of their ids.

    Records that no rule is for are told once they are six years old.
    """
    after = 0
    while rows := _looked(db, profile, now, ahead, after):
        yield from _judged(db, profile, now, ahead, rows)
        after = rows[-1][0]


Row = tuple[int, str, str, datetime, bool, bool]


def _looked(db: Connection, profile: Profile, now: datetime, ahead: int, after: int) -> list[Row]:
    """Closed records to which nothing has happened for the shortest of the rules."""
    shortest = min((rule.shortest() for rule in profile.retention.values() if rule.for_records), default=6 * 365)
    before = now + timedelta(days=ahead - shortest)
    last = func.max(EVENT.c.at)
    query = select(CASE.c.id, CASE.c.reference, CASE.c.kind, last, about.danger(), about.accused())
    query = query.join(EVENT, EVENT.c.case_id == CASE.c.id)
    query = query.where(CASE.c.organisation == profile.id, CASE.c.place == "closed", CASE.c.id > after)
    query = query.where(CASE.c.begun_at <= before).group_by(CASE.c.id).having(last <= before)
    rows = db.execute(query.order_by(CASE.c.id).limit(PAGE)).all()
    return [(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5])) for row in rows]


def _judged(db: Connection, profile: Profile, now: datetime, ahead: int, rows: Sequence[Row]) -> Iterator[Ripe]:
    cases = [row[0] for row in rows]
    services: dict[int, set[str]] = {}
    query = select(FACT.c.case_id, FACT.c.value).where(FACT.c.case_id.in_(cases), FACT.c.fact == "services")
    for case, service in db.execute(query):
        there = profile.services.get(service)
        services.setdefault(case, set()).update({service, "residential"} if there and there.residential else {service})
    kept = {one.case: one.why for one in rights_erasing.against(db, cases)}
    today = now.astimezone(LONDON).date() + timedelta(days=ahead)
    for case, reference, kind, last, danger, accused in rows:
        since = last.astimezone(LONDON).date()
        papers = Papers(kind, services.get(case, ()), danger, accused)
        rule = rule_for(profile, papers, since)
        until = rule.until(since) if rule else since.replace(day=1) + timedelta(days=6 * 366)
        if until > today:
            continue
        why = kept.get(case, "") or (NO_RULE if rule is None else DECIDE if rule.decide else "")
        yield Ripe(case, reference, kind, rule.id if rule else "", since, until, why)


def strays(db: Connection, profile: Profile, now: datetime, most: int = 50) -> list[int]:
    """Talks from which no record came and nothing has been said for as long as the rule says; none without a rule."""
    rule = stray(profile)
    if rule is None:
        return []
    before = now - timedelta(days=rule.shortest())
    records = select(CASE.c.id).where(CASE.c.talk == TALK.c.id).correlate(TALK).exists()
    where = (TALK.c.organisation == profile.id, TALK.c.last_said_at < before, TALK.c.session != b"", ~records)
    return list(db.execute(select(TALK.c.id).where(*where).order_by(TALK.c.id).limit(most)).scalars())


# Doing it --------------------------------------------------------------------------------------------


def sweep(store: Store, organisation: str, now: datetime) -> int:
    """What always goes: stray talks, copies nobody fetched, hashes; what else is due each night. How many talks."""
    profile, count = store.procedures.now(organisation), 0
    store.writer.dooming(lambda db: rights_requests.expired(db, now)).result()
    store.writer.write(lambda db: rights_requests.remind(db.connection(), organisation, now)).result()
    while store.writer.write(lambda db: audit.link(db.connection(), organisation)).result():
        pass
    while store.writer.write(lambda db: alike.sweep(db.connection(), organisation, now)).result():
        pass
    rights_besides.nightly(store, organisation, now)
    while True:
        with store.database.reading() as db:
            talks = strays(db, profile, now, AT_ONCE)
        if not talks:
            return count
        count += store.writer.dooming(partial(_stray, store, talks)).result()


def _stray(store: Store, talks: list[int], db: sqlmodel.Session) -> int:
    return rights_erasing.erase_stray(db, store.vault, talks)


def _erase(store: Store, cases: list[int], db: sqlmodel.Session) -> int:
    return rights_erasing.erase(db, store.vault, cases)


def run(
    store: Store,
    organisation: str,
    now: datetime,
    by: int | None = None,
    seen: Callable[[Connection, Ripe], bool] = lambda db, one: True,
    most: int = 500,
) -> int:
    """Erase what has been kept long enough and nothing keeps; how many records, at most ``most``.

    by    id of the member of staff who says so; ``seen``: whether they may see a record, no other one goes

    What is due is asked again in the transaction that erases it: whoever holds a record a moment before keeps it.
    """
    with store.database.reading() as db:
        profile = store.procedures.now(organisation)
        ripe = (one.case for one in every(db, profile, now) if not one.why and seen(db, one))
        wanted = list(islice(ripe, most))
    count = 0
    for start in range(0, len(wanted), AT_ONCE):
        try:
            count += store.writer.dooming(partial(_erase, store, wanted[start : start + AT_ONCE])).result()
        except rights_erasing.Kept:
            continue  # somebody has just held or reopened one: the others at the next run
    if count:
        store.writer.write(
            lambda db: audit.note(db.connection(), organisation, by, "retention.erased", f"records:{count}", now)
        ).result()
    return count
