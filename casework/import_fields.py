"""The columns in which an organisation brings its history: one table from which the import, its documentation and
the data dictionary are made. What a column may hold comes from the profile and from the questions of the flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from casework.procedure import Profile

Form = Literal["text", "day", "choice", "choices", "yes", "money", "number", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column.

    source   where its choices come from: a list of the profile (``lists.<name>``), "kinds", "services", "routes", or a
             question of the flows
    fact     the fact that its values become, "" where an event carries them
    aliases  other headings for it
    """

    id: str
    what: str
    form: Form = "text"
    source: str = ""
    fact: str = ""
    aliases: tuple[str, ...] = ()
    needed: bool = False


_FIRST = (
    Field(
        id="source_id",
        what="What your own system calls the record; no two rows have the same. An imported row is known by it.",
        aliases=("id", "case_id", "case_number", "case_no", "reference", "ref"),
        needed=True,
    ),
    Field(
        id="received", what="The day it came.", form="day", aliases=("date_received", "date", "received_on", "filed"),
    ),
    Field(
        id="year",
        what="Where nobody knows the day: the report year it is counted in, as 2020/21. Its month and its timescales "
        "are then “not recorded”.",
        form="year",
        aliases=("report_year",),
    ),
    Field(id="kind", what="What it is.", form="choice", source="kinds", aliases=("type", "record_type"), needed=True),
    Field(id="channel", what="How it came.", form="choice", source="channel", aliases=("received_by", "method", "how")),
    Field(
        id="services",
        what="Which services it is about; each counts.",
        form="choices",
        source="services",
        fact="services",
        aliases=("service", "service_area", "area", "team"),
    ),
    Field(
        id="who",
        what="Who said it. A role (advocate, police, …) may stand here too.",
        form="choice",
        source="who",
        aliases=("complainant", "from", "made_by", "complainant_type"),
    ),
    Field(id="role", what="Their role, where it is somebody who works with children.", form="choice", source="role"),
    Field(id="behalf", what="About themselves, or for a child.", form="choice", source="behalf", fact="behalf"),
    Field(id="age", what="Age of the child or young person who says it.", form="choice", source="age", fact="age"),
    Field(id="adult_age", what="Age of an adult.", form="choice", source="adult_age", fact="adult_age"),
    Field(
        id="disability", what="Whether they are disabled.", form="choice", source="disability", fact="disability",
        aliases=("disabled",),
    ),
    Field(
        id="ethnicity", what="Their ethnic background.", form="choice", source="ethnicity", fact="ethnicity",
        aliases=("ethnic_group",),
    ),
    Field(
        id="language", what="The language they said it in; English where it is empty.", form="choice",
        source="language",
    ),
    Field(
        id="person",
        what="Anything that is the same for the same person (their number in your system). Only a keyed hash of it is "
        "kept, by which people who complain again are counted.",
        aliases=("complainant_id", "person_id", "client_id"),
    ),
    Field(id="name", what="Their name. It is sealed, and the record is found by it.", aliases=("complainant_name",)),
    Field(
        id="words", what="What they said, in their own words. Sealed.",
        aliases=("story", "description", "details", "what_happened"),
    ),
    Field(id="summary", what="What it was about, in your words. Sealed.", aliases=("notes",)),
    Field(
        id="themes", what="Its themes: of complaints or of informal feedback, as it is one or the other.",
        form="choices", source="themes", aliases=("theme", "issue", "issues", "category"),
    ),
    Field(
        id="campaign", what="Code of the campaign it belongs to.", form="text", fact="campaign",
    ),
    Field(
        id="compliment_source", what="Who a compliment comes from.", form="choice", source="lists.compliment_sources",
        fact="compliment_source",
    ),
    Field(id="acknowledged", what="The day it was acknowledged.", form="day", aliases=("date_acknowledged",)),
    Field(
        id="contacted", what="The day somebody spoke with the person about informal feedback.", form="day",
    ),
    Field(id="extended", what="The day the limit of the first stage was extended.", form="day"),
    Field(
        id="extension_reason", what="Why it was extended; this alone says that it was.", form="choice",
        source="lists.extension_reasons", aliases=("reason_for_extension", "delay_reason"),
    ),
    Field(id="extension_agreed", what="Whether the person agreed to the longer limit.", form="yes"),
)  # fmt: skip
_LAST = (
    Field(
        id="outcome", what="What was decided; several where there were several points.", form="choices",
        source="lists.outcomes", aliases=("outcomes", "decision", "result"),
    ),
    Field(
        id="remedies", what="What was done to put it right.", form="choices", source="lists.remedies",
        aliases=("remedy",),
    ),
    Field(id="route", what="Where it was sent instead.", form="choice", source="routes", aliases=("routed_to",)),
    Field(
        id="advocate", what="What came of the offer of an advocate.", form="choice", source="advocacy",
        aliases=("advocacy",),
    ),
    Field(
        id="advocacy_who", what="Who the advocate is.", form="choice", source="lists.advocacy_who",
        aliases=("advocate_type",),
    ),
    Field(id="advocate_why", what="Why no advocate was wanted.", form="choice", source="lists.advocacy_why_not"),
    Field(
        id="resolution", what="How local resolution ended.", form="choice", source="lists.resolutions",
        aliases=("how_resolved",),
    ),
    Field(
        id="informal_reason", what="Why it was taken as informal.", form="choice", source="lists.informal_reasons",
        fact="informal_reason",
    ),
    Field(
        id="discrimination", what="Discrimination that was alleged, by characteristic; “yes” where none was named.",
        form="choices", source="characteristics",
    ),
    Field(id="agency_staff", what="Whether agency or temporary staff were involved.", form="yes"),
    Field(id="partner_agency", what="Whether a partner agency was involved.", form="yes"),
    Field(id="withdrawn", what="The day the person took it back.", form="day", aliases=("date_withdrawn",)),
    Field(
        id="closed",
        what="The day it was closed; “yes” for the last day that the row names. Where it is empty the record stays "
        "open, and its clocks run.",
        form="day",
        aliases=("date_closed",),
    ),
)  # fmt: skip


def fields(profile: Profile) -> tuple[Field, ...]:
    """Every column for an organisation, in order: those of its own stages among them."""
    return (*_FIRST, *_stages(profile), *_ends(profile), *_LAST)


def _stages(profile: Profile) -> Iterator[Field]:
    for number, stage in enumerate(profile.stages.values()):
        name = str(stage.name)
        if number:
            yield Field(id=f"{stage.id}_requested", what=f"{name}: the day the person asked for it.", form="day")
        for step, called in stage.steps.items():
            yield Field(id=f"{stage.id}_{step}", what=f"{name}: {called}, the day.", form="day")
        yield Field(
            id=f"{stage.id}_answered",
            what=f"{name}: the day the answer was sent.",
            form="day",
            aliases=() if number else ("answered", "responded", "date_answered", "response_date", "date_responded"),
        )
        if number:
            yield Field(id=f"{stage.id}_refused", what=f"{name}: the day it was refused.", form="day")
        yield Field(
            id=f"{stage.id}_working_days",
            what=f"{name}: working days as they were published. Reports show them beside the days that are counted.",
            form="number",
        )
        yield Field(id=f"{stage.id}_cost", what=f"{name}: what it cost, in pounds.", form="money")


def _ends(profile: Profile) -> Iterator[Field]:
    if profile.mediation:
        results = "lists.mediation_results"
        yield Field(id="mediation_offered", what="The day mediation was offered.", form="day")
        yield Field(id="mediation", what="How mediation ended.", form="choice", source=results)
    if profile.ombudsman:
        results = "lists.ombudsman_results"
        yield Field(id="ombudsman_referred", what="The day it went to the ombudsman.", form="day")
        yield Field(
            id="ombudsman",
            what="What the ombudsman decided.",
            form="choice",
            source=results,
            aliases=("ombudsman_result",),
        )
        yield Field(id="ombudsman_decided", what="The day the ombudsman decided.", form="day")


def plain(heading: str) -> str:
    """A heading as columns are compared: small letters, digits and underscores."""
    return "_".join("".join(sign if sign.isalnum() else " " for sign in heading.casefold()).split())


def headed(known: tuple[Field, ...], heading: str) -> Field | None:
    """The column that a heading means, by its id or another heading for it."""
    wanted = plain(heading)
    return next((one for one in known if wanted == one.id or wanted in one.aliases), None)


@dataclass(frozen=True)
class Vocabulary:
    """What the choices of a column may be: source -> value -> every way it may be written."""

    sources: Mapping[str, Mapping[str, tuple[str, ...]]]

    def find(self, source: str, words: str) -> str:
        """The value that somebody wrote, by its code, name or another spelling of it; "" for none."""
        wanted = spelt(words)
        for value, spellings in self.sources.get(source, {}).items():
            if wanted == spelt(value) or any(wanted == spelt(one) for one in spellings):
                return value
        return ""

    def names(self, source: str) -> tuple[str, ...]:
        """What the choices are called."""
        return tuple(next(iter(names), value) for value, names in self.sources.get(source, {}).items())


def spelt(words: str) -> str:
    """How spellings are compared: “Actions / Conduct of Worker” is “actions/conduct of worker”, plurals are not."""
    kept = "".join(sign if sign.isalnum() else " " for sign in words.casefold().replace("&", " and "))
    return " ".join(kept.split())
