"""What stands beside the records of the demonstration: learning, a campaign, cases held, figures of earlier years."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from importlib.resources import files
from typing import Any

import sqlmodel

from bot.demo.house import House
from casework.calendar import LONDON, add_months
from casework.import_totals import Total
from storage import campaigns, cases_held, learning, news, totals
from storage.campaigns import Campaign
from storage.ids import new_id
from storage.learning import AT_ONCE, Action, Desk
from storage.news import Words
from storage.sealer import Sealer

#: The window for praise that is open now: its code is a keyword by text, and stands on its poster.
CAMPAIGN = "autumn"
#: Years before the records for which only figures are known.
EARLIER = 2


def lessons() -> list[dict[str, Any]]:
    """What was learned, as ``learned.toml`` says it."""
    found: list[dict[str, Any]] = tomllib.loads(files("bot.demo").joinpath("learned.toml").read_text("utf-8"))[
        "learning"
    ]
    return found


def learn(house: House, lesson: dict[str, Any], at: datetime) -> Action:
    """An action, from the closed records of its themes so far."""
    number, name = house.staff["complaints"]
    listed = {**house.profile.listed("themes"), **house.profile.listed("informal_themes")}
    themes = tuple(one for one in lesson["themes"] if one in listed)
    wanted = set(lesson["themes"])
    cases = [one for one in house.records if wanted & set(one.story.themes) and one.at < at and not one.story.danger]
    cases = cases[-min(4, AT_ONCE) :]
    services = tuple(dict.fromkeys(one.service for one in cases if one.service))[:2]
    action = Action(
        new_id(), house.id, lesson["learned"], lesson["action"], number,
        (at + timedelta(days=lesson["due"])).date(), services, themes,
    )  # fmt: skip
    desk = _desk(house, name, at)
    house.store.writer.write(lambda db: learning.add(db, desk, action, [one.id for one in cases])).result()
    return action


def finish(house: House, lesson: dict[str, Any], action: Action, at: datetime) -> None:
    """It was done, and everybody may read it on the public page."""
    desk, by = _desk(house, house.staff["complaints"][1], at), house.by("complaints")

    def write(db: sqlmodel.Session) -> None:
        one = learning.action(db.connection(), desk.sealer, action.id)
        assert one is not None
        learning.done(db, desk, one, at.astimezone(LONDON).date(), lesson["evidence"])
        for code in ("en", "cy", "pl", "ar"):
            if words := lesson.get(code):
                news.write(db, one, Words(code, **words), by, at)
        news.publish(db, one, by, at)

    house.store.writer.write(write).result()


def check(house: House, action: Action, at: datetime) -> None:
    """Somebody looked again: it lasted."""
    desk = _desk(house, house.staff["complaints"][1], at)

    def write(db: sqlmodel.Session) -> None:
        one = learning.action(db.connection(), desk.sealer, action.id)
        assert one is not None
        learning.checked(
            db, desk, one, True, at.astimezone(LONDON).date(), "Asked three teams and five young people.", None
        )

    house.store.writer.write(write).result()


def _desk(house: House, owner: str, at: datetime) -> Desk:
    store = house.store
    return Desk(Sealer(store.vault.ring), store.vault, store.procedures, owner, house.by("complaints"), at)


def campaign(house: House, at: datetime, opens: date, closes: date) -> None:
    """Feedback fortnight: a named window with its own way in."""
    one = Campaign(
        new_id(), house.id, CAMPAIGN, "Feedback fortnight", "compliment", opens=opens, closes=closes,
        responder=house.staff["participation"][0], action_days=10, by=house.by("complaints"), at=at,
    )  # fmt: skip
    house.store.writer.write(lambda db: campaigns.save(db.connection(), house.store.procedures, one)).result()


def earlier(house: House, first: date) -> None:
    """Figures of the years before the first record, and cases held from then on, so that years stand side by side."""
    rng, by, now = house.rng, house.by("director"), house.now
    known = totals.known(house.profile)["glance"]
    found = []
    for back in range(1, EARLIER + 1):
        year = add_months(first, -12 * back)
        for row, (low, high) in _GLANCE.items():
            if row in known:
                found.append(Total(year, "glance", row, "", Decimal(rng.randint(low, high))))
    years = {cases_held.year_of(house.profile, first): 1.0, cases_held.year_of(house.profile, now.date()): 1.06}
    held = {service: rng.randint(120, 900) for service in house.profile.services}

    def write(db: sqlmodel.Session) -> None:
        totals.keep(db.connection(), house.id, found, by, now)
        for year, growth in years.items():
            numbers = {service: round(number * growth) for service, number in held.items()}
            cases_held.enter(db.connection(), house.id, year, numbers, by, now)

    house.store.writer.write(partial(write)).result()


_GLANCE = {
    "complaints": (26, 38),
    "informal": (9, 16),
    "compliments": (14, 24),
    "complaints_children": (10, 18),
    "upheld_percent": (41, 58),
    "met_percent": (71, 88),
}
