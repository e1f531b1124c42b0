"""What the pages of learning share: an action in words, forms read, the words for many people checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

import locales
from casework.learning import LEAKS, LONGEST, leaks, stands
from casework.offer import every
from casework.procedure import Profile
from console.request import Request
from console.roles import may, reach
from console.settingsview import read_day, read_number, today
from console.words import N_
from storage import learning, staff
from storage.about import about
from storage.ids import new_id
from storage.learning import AT_ONCE, Action, Desk
from storage.news import Words
from storage.staff import Member

#: Where an action stands (``casework.learning.stands``) -> words, colour.
STANDS: Mapping[str, tuple[str, str]] = {
    "open": (N_("To do"), "blue"),
    "overdue": (N_("Overdue"), "red"),
    "done": (N_("Done"), "green"),
    "check": (N_("Look whether it lasted"), "amber"),
    "lasted": (N_("Lasted"), "green"),
    "slipped": (N_("To be done again"), "amber"),
}
#: Characters of what is learned, done, or seen.
LONG = 4000


@dataclass(frozen=True, slots=True)
class Card:
    """One action in the words of whoever reads."""

    one: Action
    title: str
    stands: str
    words: str
    colour: str
    owner: str
    services: str
    themes: str


def card(ask: Request, one: Action, names: Mapping[int, str]) -> Card:
    """An action as a list or its own page shows it."""
    codes = ask.codes
    where = stands(one.state, one.due, one.check_by, today(ask))
    words, colour = STANDS[where]
    first = one.learned.strip().partition("\n")[0]
    return Card(
        one,
        first if len(first) <= 90 else f"{first[:88].rstrip()} …",
        where,
        ask.say(words),
        colour,
        names.get(one.owner, "?"),
        ", ".join(codes.service(service) for service in one.services),
        ", ".join(codes.theme(theme) for theme in one.themes),
    )


def themes(profile: Profile) -> tuple[str, ...]:
    """Every theme a record of the organisation may have."""
    return tuple({**profile.listed("informal_themes"), **profile.listed("themes")})


def services(ask: Request) -> tuple[str, ...]:
    """The services whose learning the user may work on."""
    mine = reach(ask.user, "record.work")
    return tuple(one for one in ask.profile.services if mine.all or not mine.services or one in mine.services)


def members(ask: Request, db: Connection) -> list[Member]:
    """The staff of the organisation."""
    return staff.everyone(db, ask.site.sealer, (ask.user.organisation,))


def desk(ask: Request, owner: int, people: Iterable[Member]) -> Desk:
    """What writing an action of this owner needs."""
    store, names = ask.site.store, {one.id: one.name for one in people}
    return Desk(ask.site.sealer, store.vault, store.procedures, names.get(owner, "?"), f"staff:{ask.user.id}", ask.now)


async def wanted(ask: Request) -> tuple[Action, list[Member]]:
    """The action of the path, as far as the page's permission reaches, and the staff; else 404."""
    number = read_number(ask.http.match_info["learning"])
    mine = reach(ask.user, ask.page.permission)

    def look(db: Connection) -> tuple[Action | None, list[Member]]:
        return learning.find(db, ask.site.sealer, mine, number or 0), members(ask, db)

    one, people = await ask.read(look)
    if one is None:
        raise web.HTTPNotFound
    ask.noted = f"learning:{one.id}"
    return one, people


# Forms --------------------------------------------------------------------------------------------


def read(ask: Request, now: Action | None, people: Sequence[Member]) -> Action:
    """The action that the form asks for; what is wrong is in ``ask.errors``. ``now``: the one that is changed."""
    errors, day = ask.errors, today(ask)
    learned, action = ask.text("learned", LONG), ask.text("action", LONG)
    if not learned:
        errors.add("learned", ask.say("Write what was learned"))
    if not action:
        errors.add("action", ask.say("Write what is done about it"))
    owners = [one.id for one in people if not one.disabled or (now is not None and one.id == now.owner)]
    owner = next(iter(ask.chosen("owner", [str(one) for one in owners])), "")
    if not owner:
        errors.add("owner", ask.say("Choose who owns it"))
    first = min(day, now.due) if now else day
    due = read_day(ask, "due", ask.text("due", 20), first=first, last=date(day.year + 5, 12, 31))
    if due is None:
        errors.add("due", ask.say("Choose the day by which it is done"))
    check = read_day(ask, "check_by", ask.text("check_by", 20), first=first, last=date(day.year + 6, 12, 31))
    if check and due and check <= due:
        errors.add("check_by", ask.say("Look again on a day after it is done"))
    about_services = ask.chosen("services", services(ask))
    mine = reach(ask.user, "record.work")
    if not mine.all and mine.services and not about_services:
        errors.add("services", ask.say("Choose at least one of your services"))
    return Action(
        id=now.id if now else new_id(), organisation=ask.user.organisation, learned=learned, action=action,
        owner=int(owner or 0), due=due or day, check_by=check, services=about_services,
        themes=ask.chosen("themes", themes(ask.profile)), version=read_number(ask.text("version", 10) or "1") or 0,
    )  # fmt: skip


def references(ask: Request, db: Connection, typed: str) -> list[int]:
    """The records of these references; what is wrong is in ``ask.errors``. Blocking."""
    found: list[int] = []
    given = [one for one in typed.replace(",", " ").replace(";", " ").split() if one]
    if len(given) > AT_ONCE:
        ask.errors.add("records", ask.say("Write at most {most} at a time; add the others afterwards", most=AT_ONCE))
        return []
    for one in given:
        record = about(db, ask.user.organisation, one)
        if record is None or not may(ask.user, "record.work", record):
            said = ask.say("There is no record {reference} that you may work on", reference=one)
            ask.errors.add("records", said)
        else:
            found.append(record.id)
    return found


# Words for many -----------------------------------------------------------------------------------


def closed_names(ask: Request, people: Iterable[Member]) -> tuple[list[str], list[str]]:
    """Whole names of staff, and names of homes that are published under a number."""
    homes = [
        said
        for service in ask.profile.services.values()
        if service.residential or service.number
        for said in every(service.name)
    ]
    return [one.name for one in people if " " in one.name.strip()], homes


def leaking(ask: Request, words: Words, people: Iterable[Member]) -> dict[str, str]:
    """What may not stand there: part of the words -> what to do about it."""
    names, homes = closed_names(ask, people)
    out: dict[str, str] = {}
    for part in LONGEST:
        for leak in leaks(getattr(words, part), names, homes):
            out.setdefault(part, ask.say(LEAKS[leak.kind], found=leak.found))
    return out


def read_words(ask: Request, language: str, people: Iterable[Member]) -> Words:
    """The words of the form; what is wrong is in ``ask.errors``. All empty: they are to be taken away."""
    found = {part: " ".join(ask.text(part, most).split()) for part, most in LONGEST.items()}
    words = Words(language, **found)
    if any(found.values()):
        for part, text in found.items():
            if not text:
                ask.errors.add(part, ask.say("Write this part, or empty all three to take the words away"))
        for part, wrong in leaking(ask, words, people).items():
            ask.errors.add(part, wrong)
    return words


def tongues(written: Mapping[str, Words]) -> list[dict[str, Any]]:
    """The languages that people are offered, each with whether it has words."""
    return [
        {"code": entry.code, "name": entry.name, "rtl": entry.direction == "rtl", "there": entry.code in written}
        for entry in locales.offered()
    ]
