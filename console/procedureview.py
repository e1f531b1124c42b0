"""The profile in words for staff: stages, limits, ways out, lists, help lines, each with what its file says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import locales
from casework.calendar import LONDON
from casework.case import fold
from casework.describe import event_words
from casework.offer import Face, HelpLine, Item
from casework.procedure import LISTS, Clock, Profile, Stage
from console.codes import Codes, upper
from console.history import History
from console.words import N_

#: The lists of ``casework.procedure.LISTS`` as staff read them.
TITLES = {
    "complainants": N_("Who complains"),
    "received_by": N_("How it was received"),
    "questions": N_("What the person is asked for"),
    "themes": N_("Themes of complaints"),
    "informal_themes": N_("Themes of informal feedback"),
    "informal_reasons": N_("Why it is taken as informal"),
    "age_bands": N_("Age bands"),
    "equality": N_("Equality"),
    "places": N_("Places"),
    "advocacy_who": N_("Who the advocate is"),
    "advocacy_why_not": N_("Why no advocate"),
    "extension_reasons": N_("Reasons for an extension"),
    "delay_reasons": N_("Reasons for delay"),
    "pause_reasons": N_("Reasons for a pause"),
    "request_reasons": N_("Why the person goes further"),
    "refusal_reasons": N_("Lawful reasons to refuse a stage, decided by a person"),
    "mediation_results": N_("How mediation ended"),
    "resolutions": N_("How local resolution ended"),
    "outcomes": N_("Outcomes"),
    "remedies": N_("Remedies"),
    "ombudsman_results": N_("What the ombudsman decided"),
    "timescale_bands": N_("Timescales reported, in working days"),
    "compliment_sources": N_("Who compliments come from"),
    "contact_options": N_("What a contact plan may say"),
    "fundraising": N_("Fundraising, counted apart"),
    "campaigns": N_("Campaigns, counted apart"),
}
SERVES = {
    "everyone": N_("Everybody"),
    "under19": N_("Under 19"),
    "adults": N_("Adults"),
    "deaf": N_("Deaf people"),
}
UNITS = {
    "working days": (N_("1 working day"), N_("{count} working days")),
    "calendar days": (N_("1 calendar day"), N_("{count} calendar days")),
    "hours": (N_("1 hour"), N_("{count} hours")),
    "months": (N_("1 month"), N_("{count} months")),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the page: rows of texts. ``late``: rows (by number) whose number must be checked again now."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    late: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True)
class Spoken:
    """A profile and a language to say it in."""

    profile: Profile
    language: str
    say: Callable[..., str]

    @cached_property
    def codes(self) -> Codes:
        """The profile's codes in this language."""
        return Codes(self.profile, self.language, self.say)

    @cached_property
    def _events(self) -> History:
        return History(self.codes, fold(self.profile, ()), (), (), frozenset())

    def event(self, kind: str) -> str:
        """What starts or stops a limit."""
        return event_words(self.profile, kind) if self.language == "en" else self._events.event_name(kind)

    def span(self, count: int, unit: str) -> str:
        """ "10 working days"."""
        one, many = UNITS[unit]
        return self.say(one) if count == 1 else self.say(many, count=count)

    def limit(self, clock: Clock) -> str:
        """A limit, and what it is when it is extended."""
        text = self.span(clock.days, clock.unit)
        if clock.extended is None:
            return text
        longer = self.span(clock.extended, clock.unit)
        if clock.agreement:
            return self.say("{limit}; {longer} in all when extended with the person's agreement",
                            limit=text, longer=longer)  # fmt: skip
        return self.say("{limit}; {longer} in all when extended", limit=text, longer=longer)

    def source(self, clock: Clock) -> str:
        """Where a limit comes from: the organisation's procedure, or a promise of our own; with the file's note."""
        if clock.window:
            whose = self.say("The person's time, not the organisation's")
        elif clock.own:
            whose = self.say("A promise of our own: nothing is published for it")
        else:
            whose = self.say("The procedure of the organisation")
        return f"{whose}. {clock.note}" if clock.note else f"{whose}."


def sections(spoken: Spoken, now: datetime) -> tuple[Section, ...]:
    """Everything in the profile, in the order in which somebody checks it against their own procedure."""
    return tuple(one for one in _sections(spoken, now) if one.rows)


def _sections(spoken: Spoken, now: datetime) -> Iterator[Section]:
    say, profile, language = spoken.say, spoken.profile, spoken.language
    yield Section(
        "stages",
        say("Stages"),
        (say("Stage"), say("Answered by"), say("Before the answer"), say("Note")),
        tuple(_stage(spoken, stage) for stage in profile.stages.values()),
    )
    yield Section(
        "clocks",
        say("Time limits"),
        (say("Limit"), say("How long"), say("Starts when"), say("Stops when"), say("Source")),
        tuple(
            (
                clock.name.said(language),
                spoken.limit(clock),
                spoken.event(clock.starts),
                "; ".join(spoken.event(one) for one in clock.stops),
                spoken.source(clock),
            )
            for clock in profile.clocks.values()
        ),
    )
    yield Section(
        "routes",
        say("What goes another way"),
        (say("Way"), say("To"), say("How"), say("Note")),
        tuple(
            (
                route.name.said(language),
                route.to,
                " ".join(
                    (
                        say("At once.") if route.urgent else "",
                        say("It ends here.") if route.ends else say("It goes on here as well."),
                    )
                ).strip(),
                route.note,
            )
            for route in profile.routes.values()
        ),
    )
    yield Section(
        "promises",
        say("Promises besides"),
        (say("About"), say("Promise")),
        tuple((upper(name.replace("_", " ")), rule) for name, rule in profile.rules.items()),
    )
    lines = [_line(spoken, line) for line in profile.help_lines]
    checks = [line.check_by for line in profile.help_lines]
    if duty := profile.duty:
        first = (duty.name.said(language), duty.number, str(duty.hours), say("Duty line"), _day(spoken, duty.check_by))
        lines.insert(0, first)
        checks.insert(0, duty.check_by)
    today = now.astimezone(LONDON).date()
    yield Section(
        "lines",
        say("Duty line and help lines"),
        (say("Line"), say("Number"), say("Hours"), say("For"), say("Check again by")),
        tuple(lines),
        late=frozenset(number for number, day in enumerate(checks) if day < today),
    )
    yield Section(
        "faces",
        say("People to turn to"),
        (say("Name"), say("Number"), say("Role"), say("Note")),
        tuple(
            (face.name, face.number, face.role.said(language), _face(spoken, face)) for face in profile.faces.values()
        ),
    )
    yield Section(
        "entries",
        say("Keywords of the organisation"),
        (say("Keyword"), say("What it chooses")),
        tuple((word, _chosen(spoken, dict(entry))) for word, entry in profile.entries.items()),
    )
    for name in LISTS:
        yield Section(
            f"list-{name}",
            say(TITLES[name]) if name in TITLES else LISTS[name],
            (say("Entry"), say("Other names"), say("Note")),
            tuple(
                (item.name.said(language), ", ".join(item.aliases), _item(spoken, item))
                for item in profile.listed(name).values()
            ),
            folded=True,
        )


def _day(spoken: Spoken, day: date) -> str:
    return locales.show_date(day, spoken.language)


def _face(spoken: Spoken, face: Face) -> str:
    if face.demonstration:
        return spoken.say("An example: shown in a demonstration only.")
    return spoken.say("Photograph: {file}", file=face.photo) if face.photo else spoken.say("No photograph.")


def _stage(spoken: Spoken, stage: Stage) -> tuple[str, ...]:
    say = spoken.say
    before = [name.said(spoken.language) for name in stage.steps.values()]
    before += [
        say("{role}: {people}", role=role.name.said(spoken.language), people=role.people)
        if role.people > 1
        else role.name.said(spoken.language)
        for role in stage.roles.values()
    ]
    if stage.talk:
        before.append(say("somebody talks with the person, or records why not"))
    if stage.advocate:
        before.append(say("an advocate is offered to a child or young person"))
    note = stage.note
    if stage.handed_to:
        note = say("Managed by {who}.", who=stage.handed_to) + (f" {note}" if note else "")
    return stage.name.said(spoken.language), stage.answered_by, "; ".join(before), note


def _line(spoken: Spoken, line: HelpLine) -> tuple[str, ...]:
    how = spoken.say("text {number}", number=line.number) if line.how == "text" else line.number
    return (
        line.name.said(spoken.language),
        how,
        line.hours,
        spoken.say(SERVES[line.serves]),
        _day(spoken, line.check_by),
    )


def _chosen(spoken: Spoken, entry: dict[str, str]) -> str:
    """What a keyword chooses, in words."""
    codes, parts = spoken.codes, []
    if kind := entry.pop("kind", ""):
        parts.append(codes.kind(kind))
    if service := entry.pop("services", ""):
        parts.append(codes.service(service))
    if language := entry.pop("language", ""):
        parts.append(codes.tongue(language))
    return ", ".join((*parts, *entry.values()))


def _item(spoken: Spoken, item: Item) -> str:
    say = spoken.say
    notes = [
        say("recorded when true, but no good reason") if not item.acceptable else "",
        say("needs approval by {who}", who=item.approval) if item.approval else "",
        say("counts as upheld") if item.upheld else "",
        say("is an apology") if item.apology else "",
        say("may be a matter of safety") if item.safeguarding else "",
    ]
    return "; ".join(note for note in notes if note)
