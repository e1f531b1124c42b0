"""``hearback alerts``: whether staff would be told of a sign of danger; and what ``hearback check`` says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import sqlmodel
import typer
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import alarm
from bot.cli import Trouble
from bot.config import PREFIX, BadSettings, Settings
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from casework.alerting import TIERS, Telling
from casework.calendar import LONDON
from casework.procedure import Profile
from storage import alert_ways, audit
from storage.database import Database, NotSaved
from storage.sealer import Sealer

#: Where it is explained.
HOW = f"Add one under Settings, Alerts in the console, or set {PREFIX}ALERT_ROUTES; docs/alerts.md says how."
#: Worse, harmless, as it should be; and a sentence. ``bot.cli.check`` says what each is called.
Finding = tuple[str, str]


def test(settings: Settings, organisation: str) -> bool:
    """Send a marked test over every way of an organisation, and print what became of it; whether all worked."""
    from bot.app import wording

    found = profiles(settings)
    if not organisation and len(found) == 1:
        organisation = next(iter(found))
    if organisation not in found:
        raise Trouble(f"Say which organisation: --organisation NAME. There are: {', '.join(found)}.")
    given = alarm.given(settings, tuple(found))
    store = open_store(settings, worlds(found, watching(settings)), found)
    try:
        sealer, now = Sealer(store.vault.ring), dt.datetime.now(LONDON)

        def ways(db: sqlmodel.Session) -> tuple[alert_ways.Route, ...]:
            alert_ways.from_settings(db.connection(), sealer, given, now)
            return alert_ways.routes(db.connection(), sealer, organisation)

        known = store.writer.write(ways).result()
        if not known:
            raise Trouble(f"{organisation}: there is no alert route, nobody would be told. {HOW}")
        audit.written(store, audit.Deed(organisation, None, "alerts.test", now))  # before it leaves
        title, body = wording(found[organisation], Telling({}, test=True))
        codes = alarm.send(
            [alarm.Letter(one.address, title, body, trusted=one.by == alert_ways.SETTINGS) for one in known]
        )

        def mark(db: sqlmodel.Session) -> None:
            for one, code in zip(known, codes, strict=True):
                alert_ways.mark(db.connection(), one.id, code, now)

        store.writer.write(mark).result()
    finally:
        store.close()
    for one, code in zip(known, codes, strict=True):
        said = f"FAILED: {code}" if code else "taken; see that it arrived"
        typer.echo(f"{one.tier:<8}{one.label} ({alarm.kind(one.address)}): {said}")
    return not any(codes)


def findings(settings: Settings, found: Mapping[str, Profile]) -> Iterator[Finding]:
    """What is to be said of each organisation: ("wrong" | "note" | "ok", sentence)."""
    try:
        given = alarm.given(settings, tuple(found))
    except BadSettings as error:
        yield "wrong", str(error)
        return
    there = kept(settings)
    for name, profile in found.items():
        mine = [(tier, broken) for organisation, tier, broken in there if organisation == name]
        new = [(tier, False) for tier, _, _ in given[name]] if not mine else []
        yield from _organisation(profile, [*mine, *new])


def _organisation(profile: Profile, ways: Collection[tuple[str, bool]]) -> Iterator[Finding]:
    shown = profile.duty is not None and profile.duty.demonstration
    if not ways:
        yield (
            "note" if shown else "wrong",
            f"{profile.id}: NOBODY WOULD BE TOLD of a sign of danger: there is no alert route. {HOW}",
        )
        return
    broken = sum(failed for _, failed in ways)
    if broken == len(ways):
        yield (
            "wrong",
            f"{profile.id}: NOBODY WOULD BE TOLD of a sign of danger: every alert route failed when it was last used. "
            f"See: hearback alerts test --organisation {profile.id}",
        )
        return
    if broken:
        yield "wrong", f"{profile.id}: {broken} of {len(ways)} alert routes failed when last used; the others work."
    else:
        yield "ok", f"{profile.id}: alert routes: {len(ways)}."
    missing = [tier for tier in TIERS[:2] if tier not in {tier for tier, _ in ways}]
    for tier in missing:
        yield "note", f"{profile.id}: no alert route for the role {tier!r}; those of the other roles are told instead."


def kept(settings: Settings) -> list[tuple[str, str, bool]]:
    """The routes of the database: (organisation, role, whether it failed when last used)."""
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            return []
        database = Database(settings.database_url)
        try:
            with database.reading() as db:
                return alert_ways.state(db)
        finally:
            database.close()
    except (SQLAlchemyError, NotSaved, ValueError):
        return []  # the check of the store says what is wrong with it
