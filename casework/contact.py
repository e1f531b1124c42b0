"""The gate of safe contact: whether something may be sent to a person of ourselves, now, later, or only by a person.

Pure, and the only judge. Answers inside a conversation that the person is having need no leave; everything else does:
replies, milestones, reminders, surveys, "you said, we did". ``storage.sending`` asks it when a message is written and
the outbox asks it again when the message leaves, since a person may have changed their mind in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from casework.calendar import LONDON, Hours, midnight
from casework.record import CaseEvent

#: Why something is sent of ourselves.
PURPOSES = ("reply", "milestone", "reminder", "survey", "news")
#: Nothing leaves before or after these times of London unless the person named others.
QUIET_FROM, QUIET_UNTIL = time(20, 0), time(8, 0)
#: Ways that are the talk itself, by its channel; "here" is every channel's own.
#: "other" is wherever they looked with their number: for a page that is the page, for whoever has the number.
THIS = {
    "sms": frozenset({"here", "text"}),
    "web": frozenset({"here", "other"}),
    "email": frozenset({"here", "email"}),
}
#: What needs an explicit yes to being reached here: nobody waits for it.
ASKED_FOR = ("survey", "news")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person has said about being reached, as it stands now.

    ways      here, text, call, email, letter: where they may be reached; empty when they were not asked yet.
              "other" is a talk from which they looked with their number: nothing is sent there
    none      they asked not to be contacted
    stopped   STOP: no more texts on this talk
    times     they named certain times in words and no person has set ``window`` by them yet
    window    (from, until) in London, on ``days`` (0 Monday … 6 Sunday; empty for every day); until before from is
              the next morning
    shared    others read the phone or the account: neutral wording only
    unsafe    it was said that an answer here is not safe
    plan      a contact plan is in force, or contact was ended: only who decided it may write
    refused   purposes they do not want ("news", "survey")
    hours     (from, until) of the organisation, where the person named none
    """

    ways: frozenset[str] = frozenset()
    none: bool = False
    stopped: bool = False
    times: bool = False
    window: tuple[time, time] | None = None
    days: frozenset[int] = frozenset()
    shared: bool = False
    unsafe: bool = False
    plan: bool = False
    refused: frozenset[str] = frozenset()
    hours: tuple[time, time] = (QUIET_UNTIL, QUIET_FROM)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``go`` now; or wait ``until`` an aware time; or, with neither, a task for a person, for ``reason``.

    reason   "" or one of REASONS
    neutral  only the neutral wording may leave ("There is a message for you", without what it is about)
    """

    go: bool
    until: datetime | None = None
    reason: str = ""
    neutral: bool = False


#: Why something may not leave of ourselves, the weightiest first: the console and tasks say it in words.
#: "unasked": nobody has asked them yet, and this is nothing they wait for. "gone": there is nowhere to send it.
#: "limited": the use of the record is limited (``storage.rights``).
REASONS = ("gone", "limited", "stopped", "none", "unsafe", "plan", "refused", "elsewhere", "unasked", "times")


def verdict(wishes: Wishes, purpose: str, channel: str, now: datetime) -> Verdict:
    """The judgement for one message on the person's own channel ("sms", "telegram", "email", "web").

    Raises ValueError for a purpose that is not one of PURPOSES, and for a time without a zone.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"nothing is sent for “{purpose}”; use one of: {', '.join(PURPOSES)}")
    if now.tzinfo is None:
        raise ValueError("verdict needs a time zone: pass an aware datetime")
    if reason := _reason(wishes, purpose, channel):
        return Verdict(False, reason=reason)
    # A page rings nobody: what is written there waits until they come and look.
    if channel == "web" or permitted(wishes, now):
        return Verdict(True, neutral=wishes.shared)
    return Verdict(False, until=_next(wishes, now), neutral=wishes.shared)


def _reason(wishes: Wishes, purpose: str, channel: str) -> str:
    for reason in ("stopped", "none", "unsafe", "plan"):
        if getattr(wishes, reason):
            return reason
    if purpose in wishes.refused:
        return "refused"
    if wishes.ways and not wishes.ways & THIS.get(channel, frozenset({"here"})):
        return "elsewhere"
    if not wishes.ways and purpose in ASKED_FOR:
        return "unasked"
    return "times" if wishes.times and wishes.window is None else ""


def permitted(wishes: Wishes, at: datetime) -> bool:
    """Whether an aware time lies within their window, or the organisation's hours where they named none."""
    local = at.astimezone(LONDON)
    first, last = wishes.window or wishes.hours
    now, today = local.time(), local.date()
    if first <= now and (now < last or last <= first):
        return _on(wishes, today)
    return now < last <= first and _on(wishes, today - timedelta(days=1))


def _on(wishes: Wishes, day: date) -> bool:
    return not wishes.days or day.weekday() in wishes.days


def _next(wishes: Wishes, now: datetime) -> datetime:
    """The first moment after ``now`` that is permitted: London's clock reaches it, or is put on or back into it."""
    first = (wishes.window or wishes.hours)[0]
    today = now.astimezone(LONDON).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        moments = [
            datetime.combine(day, first, LONDON),
            datetime.combine(day, first, LONDON).replace(fold=1),
            midnight(day),
            datetime.combine(day, time(1), UTC),  # when London's clocks change
        ]
        later = [utc for moment in moments if (utc := moment.astimezone(UTC)) > now and permitted(wishes, utc)]
        if later:
            return min(later)
    raise ValueError("no day of the week is left on which they may be reached")


# What was said ----------------------------------------------------------------------------------

Facts = Mapping[int, Mapping[str, Collection[str]]]
Events = Mapping[int, Iterable[CaseEvent]]
#: Values of the fact "contact" that are ways.
WAYS = frozenset({"here", "text", "call", "email", "letter", "other"})
#: Values of the fact "news" -> the purposes refused by them.
NEWS = {"what": ("survey",), "how": ("news",), "neither": ("news", "survey")}
#: What "unsafe" is lifted by: a person has talked with them and written down that it is safe to write here.
SETTLED = "contact_settled"


def wishes(
    case: int,
    facts: Facts,
    events: Events,
    *,
    not_safe: datetime | None = None,
    asking: bool = False,
    stopped: bool = False,
    hours: tuple[time, time] = (QUIET_UNTIL, QUIET_FROM),
) -> Wishes:
    """What holds for a record, by everything said in its talk.

    facts     record -> fact -> values, of every record of the talk
    events    record -> its events about contact, oldest first; "contact" with ``steps``: the person answered them again
    not_safe  when they last said, or by silence left open, that they are not safe
    asking    "Are you safe right now?" is open
    """
    own = case if "contact" in facts.get(case, {}) else max((c for c in facts if "contact" in facts[c]), default=case)
    said = facts.get(own, {})
    ticks = frozenset(said.get("contact", ()))
    reach = frozenset(said.get("!reach", ()))
    ways = ticks & WAYS
    if not ticks & WAYS and "here" in reach:
        ways = frozenset({"here"})
    history = list(events.get(own, ()))
    if own != case:
        history = sorted([*history, *events.get(case, ())], key=lambda event: event.at)
    last = _last(history, SETTLED, "contact")
    settled = last if last is not None and last.kind == SETTLED else None
    return Wishes(
        ways=ways,
        none="none" in ticks,
        stopped=stopped,
        times=("times" in ticks or (not ticks and "said" in reach)) and settled is None,
        window=_window(settled) if settled is not None else None,
        days=_days(settled) if settled is not None else frozenset(),
        shared=any("shared" in facts[c].get("contact", ()) for c in facts) or _told_neutral(events),
        unsafe=asking or _unsafe(facts, events, not_safe),
        plan=any(_planned(list(one)) for one in events.values()),
        refused=frozenset(NEWS.get(next(iter(said.get("news", ())), ""), ())),
        hours=hours,
    )


def _last(history: Iterable[CaseEvent], *kinds: str) -> CaseEvent | None:
    return next((event for event in reversed(list(history)) if event.kind in kinds), None)


def _unsafe(facts: Facts, events: Events, not_safe: datetime | None) -> bool:
    """Said of one record it holds for all of a talk, until a person has settled it afterwards."""
    safe = [event for one in events.values() for event in one if event.kind == SETTLED and event.said("safe")]
    if not_safe is not None and not any(event.at >= not_safe for event in safe):
        return True
    for case, said in facts.items():
        if "not" in said.get("!reach", ()):
            history = list(events.get(case, ()))
            asked = [event for event in history if event.kind == "contact" and "!reach" in event.listed("steps")]
            after = history[history.index(asked[-1]) + 1 :] if asked else history
            if not any(event.kind == SETTLED and event.said("safe") for event in after):
                return True
    return False


def _told_neutral(events: Events) -> bool:
    """What staff wrote down last, of any record: others may see what we send."""
    return any(settled.said("neutral") is True for one in events.values() if (settled := _last(one, SETTLED)))


def _planned(history: Iterable[CaseEvent]) -> bool:
    found = list(history)
    last = _last(found, "contact_planned", "contact_plan_ended")
    return _last(found, "contact_ended") is not None or (last is not None and last.kind == "contact_planned")


def _window(settled: CaseEvent) -> tuple[time, time] | None:
    first, last = time_of_day(settled.said("from")), time_of_day(settled.said("until"))
    return (first, last) if first is not None and last is not None else None


def _days(settled: CaseEvent) -> frozenset[int]:
    return frozenset(int(one) for one in settled.listed("days") if one in DAYS)


#: Days of the week as events keep them.
DAYS = tuple("0123456")


def time_of_day(value: object) -> time | None:
    """A time of day from "16:30" or "9:05", None when it is not one."""
    hours, colon, minutes = str(value or "").strip().partition(":")
    if not (colon and hours.isdecimal() and hours.isascii() and len(hours) <= 2):
        return None
    if not (minutes.isdecimal() and minutes.isascii() and len(minutes) == 2):
        return None
    return time(int(hours), int(minutes)) if int(hours) < 24 and int(minutes) < 60 else None


def hours_of(profile: Mapping[str, Any]) -> tuple[time, time]:
    """When an organisation sends, from its procedure as it is kept (``casework.saved``)."""
    sends = profile.get("sends")
    if not sends:
        return QUIET_UNTIL, QUIET_FROM
    found = Hours.from_toml(sends)
    return found.opens, found.closes


# For staff --------------------------------------------------------------------------------------


def said(wishes: Wishes) -> list[tuple[str, dict[str, str]]]:
    """The rules in force as (key, args) for the console to say in words, the weightiest first; never empty.

    Keys: stopped, none, unsafe, plan, shared, refused_<purpose>, ways (``ways``: codes with spaces between), unasked,
    times (not set yet), window (``from``, ``until``, ``days``: digits with spaces between, "" for every
    day), hours (``from``, ``until``: nobody named others).
    """
    out: list[tuple[str, dict[str, str]]] = [
        (key, {}) for key in ("stopped", "none", "unsafe", "plan", "shared") if getattr(wishes, key)
    ]
    out += [(f"refused_{purpose}", {}) for purpose in PURPOSES if purpose in wishes.refused]
    if wishes.ways:
        out.append(("ways", {"ways": " ".join(way for way in _ORDER if way in wishes.ways)}))
    elif not wishes.none:
        out.append(("unasked", {}))
    first, last = wishes.window or wishes.hours
    named = {"from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}
    if wishes.times and wishes.window is None:
        out.append(("times", {}))
    elif wishes.window is not None or wishes.days:
        out.append(("window", named | {"days": " ".join(str(one) for one in sorted(wishes.days))}))
    else:
        out.append(("hours", named))
    return out


_ORDER = ("here", "text", "call", "email", "letter", "other")
