"""An organisation's procedure as data: one TOML file is one Profile, checked when it is loaded.

The facts are those of ``docs/procedures.md``. Days are working days of the profile's nation unless a
clock says otherwise; a limit is the total from the event that starts it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from casework.calendar import Calendar, Hours, Unit
from casework.decode import decode, digest, merged
from casework.errors import ProfileError, nearest
from casework.offer import Duty, Face, HelpLine, Item, Name, OwnMilestone, Service
from casework.retention import Keep

#: The profiles that are shipped, and the bases they share.
PROFILES = Path(__file__).parent / "profiles"
#: The kinds of record there are; a profile names those it takes.
KINDS = ("complaint", "informal", "compliment", "advocate", "person", "unfinished")
#: Optional parts of the flows that a profile may want.
WANTS = ("visit",)
#: The lists a profile may fill, and what each holds. Staff choose from them, and the reports count by them.
LISTS = {
    "complainants": "Who complains",
    "received_by": "How it was received",
    "questions": "What the person is asked for",
    "themes": "Themes of complaints",
    "informal_themes": "Themes of informal feedback",
    "informal_reasons": "Why it is taken as informal",
    "age_bands": "Age bands",
    "equality": "Equality",
    "places": "Places",
    "advocacy_who": "Who the advocate is",
    "advocacy_why_not": "Why no advocate",
    "extension_reasons": "Reasons for an extension",
    "delay_reasons": "Reasons for delay",
    "pause_reasons": "Reasons for a pause",
    "request_reasons": "Why the person goes further",
    "refusal_reasons": "Lawful reasons to refuse a stage, decided by a person",
    "mediation_results": "How mediation ended",
    "resolutions": "How local resolution ended",
    "outcomes": "Outcomes",
    "remedies": "Remedies",
    "ombudsman_results": "What the ombudsman decided",
    "timescale_bands": "Timescales reported, in working days",
    "compliment_sources": "Who compliments come from",
    "contact_options": "What a contact plan may say",
    "fundraising": "Fundraising, counted apart",
    "campaigns": "Campaigns, counted apart",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A limit.

    starts, stops  the event that starts it, and every event that stops it (the end of the record always does)
    days           the limit in ``unit``, counted from the start; an ``extended`` limit is a total too
    agreement      the extension needs the complainant's agreement
    warn           warn this many units before the limit; None is a fifth of it, at least one
    kinds          kinds of record it is for
    own            our own promise, where the organisation publishes none
    window         the person's time to do something, not a limit of the organisation's
    """

    id: str
    name: Name
    starts: str
    stops: tuple[str, ...]
    days: int
    unit: Unit = "working days"
    extended: int | None = None
    agreement: bool = False
    warn: int | None = None
    kinds: tuple[str, ...] = ("complaint",)
    own: bool = False
    window: bool = False
    note: str = ""

    @property
    def warns(self) -> int:
        """How many units before the limit to warn."""
        return max(1, self.days // 5) if self.warn is None else self.warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who a stage needs: ``people`` of them, ``independent`` ones from nobody else on the record."""

    id: str
    name: Name
    people: int = 1
    independent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage. Its events are ``<id>.<step>``, then ``<id>.answered``; a later stage opens by ``<id>.requested``.

    steps      what must happen before the answer, in order: id -> what it is called
    direct     a new complaint may ordinarily go straight to it
    talk       somebody talks with the person before the answer, or records why not
    advocate   an advocate is offered (again) to a child or young person at this stage
    handed_to  the organisation that manages it, "" for this one
    """

    id: str
    name: Name
    answered_by: str = ""
    steps: Mapping[str, Name] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    direct: bool = False
    talk: bool = False
    advocate: bool = False
    handed_to: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way out of this procedure. ``ends``: the record then waits elsewhere; otherwise it goes on here as well."""

    id: str
    name: Name
    to: str
    urgent: bool = False
    ends: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mediation:
    """Offered before stage ``before``, with the role ``by``."""

    before: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ombudsman:
    """Where a person can go in the end; ``early``: may be approached at any stage; ``web``: its address."""

    name: Name
    early: bool = False
    web: str = ""
    link_officer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The questions afterwards: did we understand you, were you listened to?

    after    what they follow: "closed", "answered" (the answer of each stage); none for never
    kinds    kinds of record
    days     working days after it
    remind   working days after the question when it is asked once more, 0 for never
    """

    after: tuple[str, ...] = ("closed",)
    kinds: tuple[str, ...] = ("complaint", "informal")
    days: int = 3
    remind: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the privacy notice says of the organisation.

    controller  who answers for the data, where that is not the organisation itself
    contact     where to write about one's data: an address, a number
    """

    controller: Name | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Counting:
    """How the reports count (docs/reports.md).

    per_service    a complaint about several services counts once for each, and both numbers are shown
    without        ends that are left out of the percentages: "withdrawn", "elsewhere"
    coverage       the share of services, in percent, that is to have reported anything; None where there is no goal
    campaign_year  the month that the year of campaigns and fundraising begins with
    """

    per_service: bool = False
    without: tuple[str, ...] = ()
    coverage: int | None = None
    campaign_year: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something that may happen to a record.

    at     where the record may stand, () for anywhere while it is open
    after  events that must have happened; ``unless`` events that rule it out
    to     where it then stands, "" for where it is
    needs  details that must come with it, a list's name in brackets where it must be from that list
    once   may happen only once
    kinds  kinds of record, () for all
    """

    event: str
    name: str
    at: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    to: str = ""
    needs: tuple[str, ...] = ()
    once: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One organisation's procedure.

    extra_holidays  days on which it does not work besides the bank holidays; ``not_holidays`` bank holidays it works
    report_year     the month its report year begins with
    entries         keyword of a poster, link or text -> what it preselects: step or "kind", "language" -> value
    leave_to        the neutral site that Leave now opens
    sends           when something may be sent to a person who named no hours, every day: None is 08:00–20:00
    nudge           hours after which an unfinished account that may be read is asked after, once; 0 for never
    milestones      what it tells people otherwise, or not, when something happens to their record
    wants           optional parts of the flows it wants ("visit")
    immediate       a manager first decides whether a complaint can be resolved at once
    accept_months   a matter older than so many months is put before a person, never refused by the bot
    lists           choices for staff, by the names in LISTS
    counts          how the reports count
    costs           what something costs on average, in whole pounds: stage -> amount
    rules           what it promises besides, in words, shown to staff
    retention       how long papers are kept, and on which basis
    privacy         what its privacy notice says of it
    """

    id: str
    name: Name
    nation: Literal["England", "Wales", "Scotland", "Northern Ireland"]
    about: str
    base: str = ""
    demonstration: bool = False
    extra_holidays: tuple[date, ...] = ()
    not_holidays: tuple[date, ...] = ()
    report_year: int = 4
    reports: tuple[str, ...] = ()
    kinds: Mapping[str, Name] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    help: Mapping[str, HelpLine] = field(default_factory=dict)
    duty: Duty | None = None
    faces: Mapping[str, Face] = field(default_factory=dict)
    leave_to: str = ""
    sends: Hours | None = None
    nudge: int = 24
    milestones: Mapping[str, OwnMilestone] = field(default_factory=dict)
    wants: tuple[str, ...] = ()
    stages: Mapping[str, Stage] = field(default_factory=dict)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    mediation: Mediation | None = None
    ombudsman: Ombudsman | None = None
    survey: Survey = Survey()
    immediate: bool = False
    accept_months: int | None = None
    lists: Mapping[str, Mapping[str, Item]] = field(default_factory=dict)
    counts: Counting = Counting()
    costs: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    retention: Mapping[str, Keep] = field(default_factory=dict)
    privacy: Privacy = Privacy()

    @cached_property
    def version(self) -> str:
        """Sixteen hex digits that change when its procedure does; a case keeps the one it was opened under.

        How long papers are kept and the privacy notice are always today's, and no part of it.
        """
        return digest({name: value for name, value in asdict(self).items() if name not in ("retention", "privacy")})

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """All that may ever happen to a record under it."""
        from casework.moves import moves_of

        return moves_of(self)

    @property
    def calendar(self) -> Calendar:
        """Its working days: the nation's bank holidays with the profile's own additions and removals."""
        return Calendar.of(self.nation, self.extra_holidays, self.not_holidays)

    @property
    def help_lines(self) -> tuple[HelpLine, ...]:
        """The lines that answer in its nation."""
        return tuple(line for line in self.help.values() if not line.nations or self.nation in line.nations)

    def listed(self, name: str) -> Mapping[str, Item]:
        """A list by its name, empty when the profile has none."""
        return self.lists.get(name, {})

    def item(self, name: str, words: str) -> Item | None:
        """The entry of a list by id, name or alias, in any case."""
        wanted = words.casefold().strip()
        for item in self.listed(name).values():
            if wanted in (item.id.casefold(), str(item.name).casefold(), *map(str.casefold, item.aliases)):
                return item
        return None

    def clock(self, clock_id: str) -> Clock:
        """A clock, or its extended limit by ``<id>.extended``. Raises ProfileError in words when there is none."""
        known = dict(self.clocks)
        for clock in self.clocks.values():
            if clock.extended is not None:
                known[f"{clock.id}.extended"] = replace(clock, id=f"{clock.id}.extended", days=clock.extended)
        if clock_id not in known:
            raise ProfileError([f"{self.id}: no clock is called “{clock_id}”. {nearest(clock_id, known)}"])
        return known[clock_id]


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with Hearback, in alphabetical order."""
    return tuple(sorted(p.stem for p in PROFILES.glob("*.toml") if not p.stem.startswith("_")))


def load(name_or_path: str | Path) -> Profile:
    """A shipped profile by its name, or one from a file. Raises ProfileError listing everything wrong with it."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        if str(name_or_path) not in shipped():
            raise ProfileError([f"No profile is called “{name_or_path}”. {nearest(str(name_or_path), shipped())}"])
        return _shipped(str(name_or_path))
    return _load(path)


@cache
def _shipped(name: str) -> Profile:
    return _load(PROFILES / f"{name}.toml")


def _load(path: Path) -> Profile:
    from casework.checks import faults

    data = {"id": path.stem, **_resolved(path, ())}
    profile = decode(Profile, data, path.name)
    if found := faults(profile):
        raise ProfileError([f"{path.name}: {fault}" for fault in found])
    return profile


def _resolved(path: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    """The file's data laid over its base's; a base is looked for beside the file, then among the shipped ones."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ProfileError([f"{path.name}: there is no such file"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError([f"{path.name}: this is not readable TOML: {error}"]) from None
    base = data.get("base")
    if not base:
        return data
    bases = [folder / f"{base}.toml" for folder in (path.parent, PROFILES)]
    found = next((p for p in bases if p.exists()), None)
    if found is None or path.stem in seen:
        raise ProfileError([f"{path.name}: base: no profile is called “{base}”. {nearest(str(base), shipped())}"])
    return merged(_resolved(found, (*seen, path.stem)), data, whole=("lists", "services", "entries"))
