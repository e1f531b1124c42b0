"""What decoding cannot see: limits that make no sense, clocks nothing starts, names used twice, words unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from casework import retention
from casework.errors import nearest

if TYPE_CHECKING:
    from casework.procedure import Profile

#: The longest limit that is believed, by unit.
LONGEST = {"working days": 260, "calendar days": 366, "hours": 24 * 14, "months": 24}


def faults(profile: Profile) -> list[str]:
    """Everything wrong with a profile that was read: "field: what is wrong, and what would be right"."""
    found: list[str] = []
    for check in (_words, _survey, _stages, _clocks, _costs, _lists, _entries, _milestones, _retention):
        found.extend(check(profile))
    return found


def _retention(profile: Profile) -> Iterable[str]:
    from casework.procedure import KINDS

    return retention.faults(profile.retention, KINDS)


def _unknown(where: str, words: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word not in known:
            yield f"{where}: “{word}” is not known. {nearest(word, known)}"


def _words(profile: Profile) -> Iterator[str]:
    from casework.procedure import KINDS, LISTS, WANTS

    yield from _unknown("kinds", profile.kinds, KINDS)
    yield from _unknown("wants", profile.wants, WANTS)
    yield from _unknown("lists", profile.lists, LISTS)
    if not 1 <= profile.report_year <= 12:
        yield f"report_year: write the month it begins with, 1 to 12, not {profile.report_year}"
    if not 1 <= profile.counts.campaign_year <= 12:
        yield f"counts.campaign_year: write the month it begins with, 1 to 12, not {profile.counts.campaign_year}"
    if profile.counts.coverage is not None and not 1 <= profile.counts.coverage <= 100:
        yield f"counts.coverage: write a share in percent, 1 to 100, not {profile.counts.coverage}"
    yield from _unknown("counts.without", profile.counts.without, ("withdrawn", "elsewhere"))
    if profile.accept_months is not None and profile.accept_months < 1:
        yield "accept_months: write at least 1, or leave it out"
    if profile.leave_to and not profile.leave_to.startswith("https://"):
        yield f"leave_to: write a full address that begins with https://, not “{profile.leave_to}”"
    if profile.sends and profile.sends.days != "every day":
        yield "sends: write hours of every day, for example “08:00–20:00 every day”"
    for day in set(profile.extra_holidays) & set(profile.not_holidays):
        yield f"not_holidays: {day.isoformat()} is also in extra_holidays; keep it in one of them"
    for level, minutes in (("red", profile.duty.red), ("amber", profile.duty.amber)) if profile.duty else ():
        if not 1 <= minutes <= 24 * 60:
            yield f"duty.{level}: write the minutes within which somebody acknowledges it, 1 to 1440, not {minutes}"
    for line in profile.help.values():
        nations = ("England", "Wales", "Scotland", "Northern Ireland")
        yield from _unknown(f"help.{line.id}.nations", line.nations, nations)


def _survey(profile: Profile) -> Iterator[str]:
    from casework.procedure import KINDS

    yield from _unknown("survey.after", profile.survey.after, ("closed", "answered"))
    yield from _unknown("survey.kinds", profile.survey.kinds, KINDS)
    for name, days, least in (("days", profile.survey.days, 0), ("remind", profile.survey.remind, 0)):
        if not least <= days <= LONGEST["working days"]:
            yield f"survey.{name}: write working days, 0 to {LONGEST['working days']}, not {days}"


def _stages(profile: Profile) -> Iterator[str]:
    names = Counter(str(stage.name).casefold() for stage in profile.stages.values())
    for number, stage in enumerate(profile.stages.values(), 1):
        if stage.id != f"stage{number}":
            yield f"stages.{stage.id}: stages are called stage1, stage2, … in their order; this one is stage{number}"
        if names[str(stage.name).casefold()] > 1:
            yield f"stages.{stage.id}.name: two stages are called “{stage.name}”; give each a name of its own"
        for role in stage.roles.values():
            if role.people < 1:
                yield f"stages.{stage.id}.roles.{role.id}.people: write at least 1, not {role.people}"
        if f"{stage.id}.response" not in profile.clocks and not stage.note:
            yield f'clocks: {stage.id} has no limit: add [clocks."{stage.id}.response"], or say why in its note'
    if profile.mediation:
        later = tuple(profile.stages)[1:]
        yield from _unknown("mediation.before", (profile.mediation.before,), later)


def _clocks(profile: Profile) -> Iterator[str]:
    events = {move.event for move in profile.moves} | {f"routed.{route}" for route in profile.routes}
    for clock in profile.clocks.values():
        where = f"clocks.{clock.id}"
        if "." in clock.id and (stage := clock.id.split(".")[0]).startswith("stage") and stage not in profile.stages:
            yield f"{where}: there is no {stage}. {nearest(stage, profile.stages)}"
            continue
        yield from _unknown(f"{where}.starts", (clock.starts,), events)
        yield from _unknown(f"{where}.stops", clock.stops, events)
        yield from _unknown(f"{where}.kinds", clock.kinds, profile.kinds)
        if not clock.stops:
            yield f"{where}.stops: nothing stops this clock; name the event that does"
        if clock.starts in clock.stops:
            yield f"{where}.stops: “{clock.starts}” both starts and stops it; take one of them away"
        longest = LONGEST[clock.unit]
        if not 1 <= clock.days <= longest:
            yield f"{where}.days: write 1 to {longest} {clock.unit}, not {clock.days}"
        if clock.extended is not None and not clock.days < clock.extended <= longest:
            yield (
                f"{where}.extended: {clock.extended} must be more than the {clock.days} {clock.unit} it extends, "
                "because it is the total from the start"
            )
        if clock.agreement and clock.extended is None:
            yield f"{where}.agreement: there is no extension to agree to; add extended, or take agreement away"
        if clock.warn is not None and not 0 <= clock.warn <= clock.days:
            yield f"{where}.warn: write 0 to {clock.days}, so that the warning comes after the start"


def _costs(profile: Profile) -> Iterator[str]:
    yield from _unknown("costs", profile.costs, profile.stages)
    for stage, amount in profile.costs.items():
        if amount < 0:
            yield f"costs.{stage}: write whole pounds, not {amount}"


def _lists(profile: Profile) -> Iterator[str]:
    for name, items in profile.lists.items():
        seen: dict[str, str] = {}
        for item in items.values():
            if item.least is not None and item.most is not None and item.least > item.most:
                yield f"lists.{name}.{item.id}: least is {item.least} and most is {item.most}; least comes first"
            for word in dict.fromkeys(w.casefold() for w in (item.id, str(item.name), *item.aliases)):
                if word in seen:
                    yield f"lists.{name}.{item.id}: “{word}” already means {seen[word]}; use another word"
                seen[word] = item.id


def _entries(profile: Profile) -> Iterator[str]:
    for keyword, chosen in profile.entries.items():
        where = f"entries.{keyword}"
        if kind := chosen.get("kind"):
            yield from _unknown(f"{where}.kind", (kind,), profile.kinds)
        if service := chosen.get("services"):
            yield from _unknown(f"{where}.services", (service,), profile.services)


def _milestones(profile: Profile) -> Iterator[str]:
    from casework.milestone_texts import MILESTONES
    from casework.milestones import PLACES, places

    if not 0 <= profile.nudge < 72:
        yield f"nudge: write the hours until an unfinished account is asked after, 0 (never) to 71, not {profile.nudge}"
    yield from _unknown("milestones", profile.milestones, MILESTONES)
    for one in profile.milestones.values():
        if one.named and one.id != "looking":
            yield f"milestones.{one.id}.named: only who is looking into it has a name; take it away"
        for language, text in one.wording.by_language.items() if one.wording else ():
            yield from _unknown(f"milestones.{one.id}.wording.{language}", places(text), PLACES)
            if len(text) > 600:
                yield f"milestones.{one.id}.wording.{language}: write at most 600 characters; it may be a text message"
