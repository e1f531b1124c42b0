"""Who is told of a sign of danger, and when; pure. ``storage.alerting`` keeps what was decided, ``bot.alarm`` sends it.

A sign is told in rounds until somebody acknowledges it. A round goes over every way at once: first to those on duty,
then to everybody of that role and the next, then to everybody there is. Red never waits; amber waits for duty hours.
A way that belongs to somebody the record names is left out, and the next role is asked instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from casework.calendar import Calendar
from casework.offer import Duty

RED, AMBER = "red", "amber"
#: Roles of ways: those on duty, those outside the duty hours, and whoever else must hear when nobody answers.
TIERS = ("duty", "hours", "wider")
#: In which order the roles are asked within the duty hours, and outside them.
WITHIN, OUTSIDE = ("duty", "wider", "hours"), ("hours", "wider", "duty")
#: From which round on everybody is told, and a person has to telephone.
EVERYBODY = TELEPHONE = 3
#: From which round on it is repeated more slowly, so that the alarm keeps its meaning.
PACE = ((6, timedelta(hours=1)), (30, timedelta(days=1)))
#: When a round has reached nobody it is begun again after this, doubled each time up to the level's own time.
AGAIN = timedelta(minutes=1)
#: Messages that one way takes as they come within ``CALM``; then one in ``CROWD`` at most, for all of them together.
FEW, CALM, CROWD = 3, timedelta(minutes=5), timedelta(minutes=1)

#: Tasks for staff: telephone the duty team, since nobody has acknowledged; no way works; the rota has a hole;
#: an adult who works with children is accused.
UNANSWERED, UNTOLD, HOLE, ACCUSED = "unanswered", "untold", "rota_hole", "accused"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach somebody: of a role (``tier``), of a member of ``staff`` or shared (None)."""

    id: int
    tier: str
    staff: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One try: over which ``way``, in which round. ``state``: "sent", "failed", "kept"; way 0: there was none."""

    way: int
    round: int
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of danger that nobody has acknowledged.

    group  the same for the signs of one record: they are told together, at the gravest of their levels
    kept   the ways that it must not be told over, because the record names whose they are
    """

    id: int
    level: str
    at: datetime
    group: str = ""
    told: tuple[Told, ...] = ()
    kept: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Desk:
    """Who can be told at an organisation just now.

    on     role -> ids of the staff who are on duty now, by the rota
    kept   roles for which there is a rota at all: none on duty is then a hole in it
    """

    duty: Duty
    calendar: Calendar
    ways: tuple[Way, ...]
    on: Mapping[str, frozenset[int]] = field(default_factory=dict)
    rotas: frozenset[str] = frozenset()

    def opens(self, now: datetime) -> datetime:
        """When somebody is there by the duty hours: ``now`` or later."""
        return self.calendar.next_open(self.duty.hours, now)

    def every(self, level: str) -> timedelta:
        """The time within which a sign of this level is to be acknowledged."""
        return timedelta(minutes=self.duty.red if level == RED else self.duty.amber)

    def of(self, *tiers: str) -> tuple[Way, ...]:
        """The ways of these tiers, in the order of the tiers."""
        return tuple(way for tier in tiers for way in self.ways if way.tier == tier)

    def on_duty(self, tier: str) -> tuple[tuple[Way, ...], bool]:
        """The ways of whoever has the role now, and whether the rota has a hole there.

        Where the rota names somebody: theirs and the shared ones. Else everybody's of the role.
        """
        whole, on = self.of(tier), self.on.get(tier, frozenset())
        theirs = tuple(way for way in whole if way.staff is None or way.staff in on)
        if on and theirs:
            return theirs, False
        return whole, bool(on) or tier in self.rotas


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done about a sign now.

    ways    to be told now, in ``round``; () for none
    kept    ways left out in this round because the record names whose they are
    tasks   for staff: UNANSWERED, UNTOLD
    holes   roles whose rota has a hole now
    look    when to look again
    """

    round: int
    look: datetime
    ways: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()
    holes: tuple[str, ...] = ()


def levels(signs: Iterable[Sign]) -> dict[str, str]:
    """Group -> the gravest level of its open signs."""
    found: dict[str, str] = {}
    for sign in signs:
        if found.get(sign.group) != RED:
            found[sign.group] = sign.level
    return found


def step(desk: Desk, sign: Sign, level: str, now: datetime) -> Step:
    """What to do about a sign at ``level`` (of its group) now. Ways of the same round that were tried are not again."""
    now = now.astimezone(UTC)  # ten minutes are ten minutes, also in the night the clocks change
    opens = desk.opens(now)
    within = opens <= now
    number = max((told.round for told in sign.told), default=0)
    if level == AMBER and not within:
        return Step(number, opens)
    if number == 0 or now >= _next(desk, sign, level, number):
        number += 1
    tried = {told.way: told.state for told in sign.told if told.round == number}
    reached = {way for way, state in tried.items() if state == "sent"}
    stages, holes = _stages(desk, number, within)
    kept: list[int] = []
    for stage in stages:
        kept += [way.id for way in stage if way.id in sign.kept and way.id not in tried]
        able = [way.id for way in stage if way.id not in sign.kept]
        if left := tuple(way for way in able if way not in tried):
            tasks = (UNANSWERED,) if number >= TELEPHONE else ()
            return Step(number, now, left, tuple(dict.fromkeys(kept)), tasks, holes)
        if reached.intersection(able):
            return Step(number, _next(desk, sign, level, number), (), (), (), holes)
    if 0 in tried:
        return Step(number, _next(desk, sign, level, number), (), (), (), holes)
    return Step(number, now, (0,), tuple(dict.fromkeys(kept)), (UNTOLD,), holes)


def _stages(desk: Desk, number: int, within: bool) -> tuple[list[tuple[Way, ...]], tuple[str, ...]]:
    """Who is asked in a round: first, and if that reaches nobody, after them. And the holes in the rota."""
    first, second, third = WITHIN if within else OUTSIDE
    ways, hole = desk.on_duty(first)
    holes = (first,) if hole else ()
    if number >= EVERYBODY:
        return [desk.of(*TIERS)], holes
    if number > 1:
        return [desk.of(first, second), desk.of(third)], holes
    if hole:
        return [(*ways, *desk.of(second)), desk.of(third)], holes
    return [ways, desk.of(first, second), desk.of(third)], holes


def _next(desk: Desk, sign: Sign, level: str, number: int) -> datetime:
    """When the round after ``number`` begins."""
    begun = min(told.at for told in sign.told if told.round == number).astimezone(UTC)
    return begun + _wait(desk, sign, level, number)


def _wait(desk: Desk, sign: Sign, level: str, number: int) -> timedelta:
    """How long a round lasts."""
    every = desk.every(level)
    reached = {told.round for told in sign.told if told.state == "sent"}
    slow = [pause for first, pause in PACE if number >= first]
    if number in reached:
        return max([every, *slow])
    if len(slow) == len(PACE):
        return slow[0]
    in_vain = number - max((one for one in reached if one < number), default=0)
    return min(every, AGAIN * int(2 ** min(in_vain - 1, 10)))


# Messages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message over one way, about these signs; ``round`` the highest of theirs."""

    way: int
    signs: tuple[int, ...]
    round: int


def messages(
    pending: Mapping[int, Sequence[tuple[Sign, int]]], lately: Mapping[int, Sequence[datetime]], now: datetime
) -> tuple[list[Message], dict[int, datetime]]:
    """Way -> (sign, round) to be told over it, as messages; and which ways have to wait, until when.

    A way takes a few messages, one for each record; when there are more, one for all of them, once a minute.

    lately   way -> when it was sent messages within the last ``CALM``
    """
    now = now.astimezone(UTC)
    out: list[Message] = []
    waits: dict[int, datetime] = {}
    for way, found in pending.items():
        if not found:
            continue
        recent = sorted(at for at in lately.get(way, ()) if at > now - CALM)
        groups: dict[str, list[tuple[Sign, int]]] = {}
        for sign, number in found:
            groups.setdefault(sign.group or str(sign.id), []).append((sign, number))
        if len(recent) + len(groups) <= FEW:
            out += [_message(way, group) for group in groups.values()]
        elif len(recent) < FEW or recent[-1] + CROWD <= now:
            out.append(_message(way, found))
        else:
            waits[way] = recent[-1] + CROWD
    return out, waits


def _message(way: int, found: Sequence[tuple[Sign, int]]) -> Message:
    return Message(way, tuple(sign.id for sign, _ in found), max(number for _, number in found))


@dataclass(frozen=True, slots=True)
class Telling:
    """What a message says; no words, no names, no numbers of anybody.

    signs       level -> how many
    references  of the records, as many as fit
    rounds      how often it has been told, this time included
    since       when the first of them was raised
    link        of the page that acknowledges; ``test``: nobody is in danger
    """

    signs: Mapping[str, int]
    categories: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    rounds: int = 1
    since: datetime | None = None
    link: str = ""
    test: bool = False

    @property
    def count(self) -> int:
        """How many signs of danger it tells of."""
        return sum(self.signs.values())


# The rota ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's time on duty: from ``begins`` up to, not including, ``ends``."""

    staff: int
    tier: str
    begins: datetime
    ends: datetime


def holes(turns: Iterable[Turn], needed: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The parts of the needed times in which nobody is on duty, in order."""
    taken = sorted((turn.begins, turn.ends) for turn in turns)
    for begins, ends in needed:
        at = begins
        for first, last in taken:
            if last <= at or first >= ends:
                continue
            if first > at:
                yield at, first
            at = max(at, last)
        if at < ends:
            yield at, ends


def needed(desk: Desk, tier: str, start: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """When a role has to be filled within the next days: "duty" in the duty hours, "hours" outside them."""
    end, spans, at = start + timedelta(days=days), [], start
    while at < end:
        opens = desk.opens(at)
        closes = opens.astimezone(start.tzinfo).replace(
            hour=desk.duty.hours.closes.hour, minute=desk.duty.hours.closes.minute, second=0, microsecond=0
        )
        if tier == "duty" and opens < end:
            spans.append((opens, min(closes, end)))
        elif tier != "duty" and at < opens:
            spans.append((at, min(opens, end)))
        at = closes
    return spans
