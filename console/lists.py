"""Today's lists as a page needs them: filters from the address, addresses from filters, lines in words, a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import locales
from casework.calendar import DAY, LONDON, Calendar
from casework.procedure import Profile
from casework.report_where import read
from console.codes import CHANNELS, DANGERS, LEVELS, LISTS, SPEAKERS, TASKS, Codes
from console.contactwords import by_hand
from storage.alike import WHY, Group
from storage.desk import Filters
from storage.lines import Item

#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for. ``name`` "" is Today itself; ``mine``: only what is given to me."""

    name: str = ""
    service: str = ""
    team: str = ""
    kind: str = ""
    stage: str = ""
    theme: str = ""
    language: str = ""
    speaker: str = ""
    channel: str = ""
    campaign: str = ""
    mine: str = ""
    facts: str = ""
    words: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether any filter is on."""
        return any(getattr(self, name) for name in FILTERS)

    def filters(self, profile: Profile, staff: int) -> Filters:
        """As the store asks for it."""
        services = tuple(s.id for s in profile.services.values() if self.team and s.team == self.team)
        if self.service:
            services = (self.service,) if not self.team or self.service in services else ("none",)
        elif self.team and not services:
            services = ("none",)
        return Filters(
            services, self.kind, self.stage, self.theme, self.language, self.speaker, self.channel, self.campaign,
            staff if self.mine else 0, read(self.facts),
        )  # fmt: skip

    def query(self, **changes: Any) -> dict[str, str]:
        """For an address that shows the same with these changes; what is empty is left out."""
        now = replace(self, **{"page": 1, **changes})
        pairs = {name: str(getattr(now, name)) for name in FILTERS if getattr(now, name)}
        named = {"list": now.name, "q": now.words, "page": str(now.page) if now.page > 1 else ""}
        return {**{name: value for name, value in named.items() if value}, **pairs}


FILTERS = ("service", "team", "kind", "stage", "theme", "language", "speaker", "channel", "campaign", "mine", "facts")


def asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for; what makes no sense is left out."""
    given = {name: query.get(name, "").strip()[:80] for name in FILTERS}
    try:
        given["facts"] = str(read(query.get("facts", "")[:2000]))
    except ValueError:
        given["facts"] = ""
    name = query.get("list", "")
    number = query.get("page", "1")
    page = int(number) if number.isascii() and number.isdecimal() and 0 < int(number[:6]) <= 2000 else 1
    return Asked(name if name in LISTS else "", words=query.get("q", "").strip()[:300], page=page, **given)


def choices(codes: Codes, campaigns: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to: name -> (value, words); a filter with nothing to choose is left out."""
    profile, say = codes.profile, codes.say
    teams = sorted({service.team for service in profile.services.values() if service.team})
    themes = {**profile.listed("informal_themes"), **profile.listed("themes")}
    found = {
        "service": [(one, codes.service(one)) for one in profile.services],
        "team": [(team, team) for team in teams],
        "kind": [(kind, codes.kind(kind)) for kind in profile.kinds],
        "stage": [("new", codes.place("new")), *((one, codes.place(one)) for one in profile.stages),
                  *((one, codes.place(one)) for one in ("contacted", "elsewhere", "withdrawn", "ombudsman", "closed"))],
        "theme": [(one, codes.theme(one)) for one in themes],
        "language": [(one.code, codes.tongue(one.code)) for one in locales.LANGUAGES.values()],
        "speaker": [(one, say(name)) for one, name in SPEAKERS.items()],
        "channel": [(one, say(name)) for one, name in CHANNELS.items()],
        "campaign": [(one, one) for one in campaigns],
    }  # fmt: skip
    return {name: options for name, options in found.items() if options}


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words. ``colour`` of its tag: "red", "amber", "green", "blue", "grey"."""

    item: Item
    kind: str = ""
    place: str = ""
    what: str = ""
    day: str = ""
    left: str = ""
    colour: str = ""
    services: str = ""
    speaker: str = ""
    tongue: str = ""
    channel: str = ""
    staff: str = ""
    themes: str = ""
    words: tuple[str, ...] = ()


def line(
    item: Item, codes: Codes, now: datetime, staff: Mapping[int, str], words: Iterable[str] = (),
    groups: Mapping[int, Group] = MappingProxyType({}),
) -> Line:  # fmt: skip
    """A line of a list in the words of whoever reads it. ``groups``: what tasks about alike messages are about."""
    say = codes.say
    left, colour = remaining(codes, item, now)
    what = codes.clock(item.clock, item.clock_name) if item.clock else ""
    if why := item.about.get("why"):
        what = codes.of(TASKS, why)
        if why == WHY and (group := groups.get(item.about["about_id"])):
            what = together(group, codes, now)
        if about := item.about.get("about"):
            what = f"{what}: {by_hand(str(about), say) if why == 'by_hand' else codes.clock(about)}"
    level = item.about.get("level")
    if level:
        dangers = (codes.of(DANGERS, one) for one in str(item.about["categories"]).split())
        what, colour = f"{codes.of(LEVELS, level)}: {', '.join(dangers)}", "red" if level == "red" else "amber"
        left = say("since {time}", time=ago(codes, item.about["at"], now))
    day = locales.show_date(item.due, codes.language) if item.due and item.status != "paused" and not level else ""
    return Line(
        item, codes.kind(item.kind) if item.kind else "", codes.place(item.place) if item.place else "", what,
        day, left, colour,
        ", ".join(codes.service(one) for one in item.services),
        codes.of(SPEAKERS, item.speaker) if item.speaker else "",
        codes.tongue(item.language) if item.language else "", codes.of(CHANNELS, item.channel) if item.channel else "",
        ", ".join(staff.get(one, "?") for one in item.staff), ", ".join(codes.theme(one) for one in item.themes),
        tuple(words),
    )  # fmt: skip


def together(group: Group, codes: Codes, now: datetime) -> str:
    """How many messages are alike, and since when."""
    since = ago(codes, group.since, now)
    return codes.say("{count} messages with nearly the same words came since {time}", count=group.count, time=since)


def remaining(codes: Codes, item: Item, now: datetime) -> tuple[str, str]:
    """How long is left of a line's clock, and the colour of that."""
    say = codes.say
    if item.status in ("", "paused") or item.due is None or item.moment is None:
        return (say("paused"), "grey") if item.status == "paused" else ("", "")
    today = now.astimezone(LONDON).date()
    if item.status == "theirs" and item.moment <= now:
        return say("Time is over"), "grey"
    if item.moment <= now:
        count = working(codes.profile.calendar, item.due, today)
        late = say("late by 1 working day") if count == 1 else say("late by {count} working days", count=count)
        local = item.moment.astimezone(LONDON)
        since = say("late since {time}", time=f"{local:%H:%M}") if local.date() == today and local.hour else say("late")
        return (late if count else since), "red"
    if item.due <= today:
        whole = item.moment.astimezone(LONDON).time() == datetime.min.time()
        return (
            say("today") if whole else say("today by {time}", time=f"{item.moment.astimezone(LONDON):%H:%M}")
        ), "red"
    count = working(codes.profile.calendar, today, item.due)
    left = say("in 1 working day") if count == 1 else say("in {count} working days", count=count)
    return left, "blue" if item.status == "theirs" else "amber" if item.status == "soon" else "green"


def working(calendar: Calendar, start: date, end: date) -> int:
    """Working days after ``start`` up to ``end``."""
    day, count = start, 0
    while day < end and count < 999:
        day += DAY
        count += calendar.works(day)
    return count


def ago(codes: Codes, at: datetime, now: datetime) -> str:
    """A time of today by the clock, another by its day."""
    local = at.astimezone(LONDON)
    if local.date() == now.astimezone(LONDON).date():
        return f"{local:%H:%M}"
    return f"{locales.show_date(local.date(), codes.language)}, {local:%H:%M}"


def safe(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(lines: Iterable[Line], codes: Codes) -> str:
    """Lines for a spreadsheet: UTF-8 with its mark, no words of anybody's."""
    say = codes.say
    out = io.StringIO()
    out.write("\ufeff")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(
        [
            say("Reference"), say("Kind"), say("Stands"), say("What is due"), say("Due"), say("Left"), say("Sent"),
            say("Service"), say("Who"), say("Language"), say("Channel"), say("Themes"), say("Given to"),
            say("Signs of danger"),
        ]
    )  # fmt: skip
    for one in lines:
        item = one.item
        due = item.due.isoformat() if item.due else ""
        sent = item.at.astimezone(LONDON).date().isoformat() if item.at else ""
        cells = (
            item.reference, one.kind, one.place, one.what, due, one.left, sent, one.services, one.speaker, one.tongue,
            one.channel, one.themes, one.staff, item.alerts or "",
        )  # fmt: skip
        write.writerow([safe(cell) for cell in cells])
    return out.getvalue()
