"""Alerts in words: why a way failed, how long something took, whose a way is, who acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.codes import DANGERS, LEVELS, Codes
from console.words import N_
from storage.alert_views import Sign, Try
from storage.alert_ways import SETTINGS, Route
from storage.staff import Member

Say = Callable[..., str]

#: Roles of ways (``casework.alerting.TIERS``) -> name, and when they are told.
TIERS: Mapping[str, tuple[str, str]] = {
    "duty": (N_("On duty"), N_("At once, in the duty hours")),
    "hours": (N_("Out of hours"), N_("At once, outside the duty hours")),
    "wider": (N_("Wider"), N_("When nobody has confirmed it in time, or nobody else can be told")),
}
#: Why a way failed (``bot.alarm``), in words.
ERRORS: Mapping[str, str] = {
    "timeout": N_("No answer in time"),
    "no_connection": N_("No connection"),
    "refused": N_("Not taken there; look at the address and its password"),
    "address": N_("The address is not complete, or of a kind that is not known"),
    "unfinished": N_("Interrupted; it was sent again"),
    "untold": N_("No way to tell anybody worked"),
    "inside": N_("It leads into the network that Hearback itself runs in"),
    "off": N_("Sending is not set up here"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "sent": (N_("Told"), "green"),
    "failed": (N_("Failed"), "red"),
    "kept": (N_("Left out: the record names whose it is"), "grey"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The open signs of one record, as the list shows them."""

    reference: str
    level: str
    level_name: str
    colour: str
    dangers: str
    since: datetime
    ago: str
    ids: tuple[int, ...]
    told: tuple[tuple[str, str, str, str, datetime], ...]
    rounds: int
    telephone: bool


def error(say: Say, code: str) -> str:
    """Why a way failed, in words."""
    if code in ERRORS:
        return say(ERRORS[code])
    if code.isdecimal():
        return say("The other side answered {code}", code=code)
    return say("Failed ({code})", code=code) if code else ""


def took(say: Say, span: timedelta | float | None) -> str:
    """How long something took: "4 minutes", "2 hours 10 minutes"; "" for nothing."""
    if span is None:
        return ""
    minutes = int((span.total_seconds() if isinstance(span, timedelta) else span) // 60)
    if minutes < 1:
        return say("less than a minute")
    if minutes < 120:
        return say("1 minute") if minutes == 1 else say("{minutes} minutes", minutes=minutes)
    if minutes < 48 * 60:
        return say("{hours} hours {minutes} minutes", hours=minutes // 60, minutes=minutes % 60)
    return say("{days} days", days=minutes // (24 * 60))


def tries(say: Say, told: Sequence[Try]) -> tuple[tuple[str, str, str, str, datetime], ...]:
    """Who was told: (way, state, colour, why it failed, when), the latest in front."""
    out = []
    for one in reversed(told):
        name, colour = STATES.get(one.state, (one.state, "grey"))
        out.append((one.label or say("Nobody"), say(name), colour, error(say, one.error), one.at))
    return tuple(out)


def who(say: Say, by: str, staff: Mapping[str, str], ways: Mapping[int, str]) -> str:
    """Who acknowledged: a member of staff, or whoever has a way, by its signed link."""
    kind, _, number = by.partition(":")
    if kind == "route":
        label = ways.get(int(number), "") if number.isdecimal() else ""
        return say("whoever reads “{way}”, by the link in its message", way=label or number)
    return staff.get(by, by)


def whose(say: Say, one: Route, staff: Mapping[int, Member]) -> str:
    """Whose a way is."""
    if one.staff is None:
        return say("Shared")
    return staff[one.staff].name if one.staff in staff else say("Somebody who has left")


def masked(one: Route) -> str:
    """An address as it may be shown: what kind it is."""
    return f"{one.address.partition('://')[0]}://…"


def from_settings(one: Route) -> bool:
    """Whether it comes from HEARBACK_ALERT_ROUTES and is taken away there."""
    return one.by == SETTINGS


def groups(
    signs: Sequence[Sign],
    told: Mapping[int, Sequence[Try]],
    telephone: set[tuple[int, int]],
    codes: Codes,
    now: datetime,
) -> list[Group]:
    """The open signs record by record, the gravest and then the oldest in front."""
    found: dict[tuple[int, int], list[Sign]] = {}
    for sign in signs:
        found.setdefault((sign.talk, sign.number), []).append(sign)
    out = []
    for place, mine in found.items():
        level = "red" if any(sign.level == "red" for sign in mine) else "amber"
        categories = dict.fromkeys(code for sign in mine for code in sign.categories)
        lines = sorted((one for sign in mine for one in told.get(sign.id, ())), key=lambda one: one.at)
        since = min(sign.at for sign in mine)
        out.append(
            Group(
                mine[0].reference, level, codes.of(LEVELS, level), level,
                ", ".join(codes.of(DANGERS, code) for code in categories), since, took(codes.say, now - since),
                tuple(sign.id for sign in mine), tries(codes.say, lines), max((one.round for one in lines), default=0),
                place in telephone,
            )
        )  # fmt: skip
    return sorted(out, key=lambda one: (one.level != "red", one.since))
