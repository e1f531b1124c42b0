"""Under which procedure a record is filed, and what a person should consider because of what it says.

Nothing here routes anything: each suggestion names a reason, and a person decides (``routed``, ``point_decided``,
``made_complaint`` …). What can be told from the answers is only a part; staff see the rest when they read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from casework.calendar import add_months
from casework.procedure import Profile
from casework.record import day
from casework.words import S_

#: Signs of danger that accuse an adult who works or volunteers with children, whoever is named.
ACCUSES = ("adult_with_children",)
#: Signs that do so when the record names somebody who works with the person.
HARM = ("physical_abuse", "sexual_abuse", "emotional_abuse", "neglect", "exploitation", "violence", "hurt")
#: Roles that are no part of a child's family or care: their complaint may be a general one.
GENERAL_ROLES = ("community", "organisation", "elected")
#: Answers that say nothing.
NOTHING = ("", "skipped")

#: Why a record is under the procedure it is under -> in words.
PROCEDURES = {
    "complaint": S_("It was sent as a complaint: the organisation's complaints procedure, from its first stage."),
    "made_complaint": S_("The person has made it a complaint: the first stage, counted from their first message."),
    "informal": S_("It was sent as informal feedback: a person contacts them; they can still make it a complaint."),
    "compliment": S_("It was sent as a compliment: for the worker and the team."),
    "advocate": S_("They ask for an advocate: passed on at once; it is no complaint unless they say so."),
    "person": S_("They ask to talk to a person."),
    "unfinished": S_("It was not finished: a person looks at what there is, with no more contact than they allowed."),
}
#: Reason of a suggestion -> in words, with what a person decides.
REASONS = {
    "accused": S_(
        "It may accuse an adult who works or volunteers with children. A trained person looks at once, and contacts "
        "the designated officer where it meets the criteria."
    ),
    "danger": S_("It shows signs of danger. A person decides at once who else must be told."),
    "court": S_(
        "A court or the police is dealing with it. A person decides, point by point, what waits for them and what goes "
        "on here."
    ),
    "care": S_(
        "It comes from or about a child and may be about social care: then it goes under the statutory procedure."
    ),
    "general": S_("It may not be about a child's social care: then it goes under the general complaints procedure."),
    "late": S_("It is about something long ago. A person decides whether to take it, with any special circumstances."),
    "no_contact": S_("They gave no way to reach them. It is considered; they can come back with their number."),
    "no_wish": S_(
        "They asked not to be contacted. It is considered all the same; they may come back with their number."
    ),
    "little": S_("There is no account of what happened. A person decides what can be done, and asks where allowed."),
    "agreement": S_("An adult speaks for a child who has not said that they agree: ask the child, in private."),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the answers of a record say, as coded facts: fact -> values; ``dangers`` its categories of danger.

    filed  the day it was sent
    """

    kind: str
    facts: Mapping[str, tuple[str, ...]]
    filed: date
    dangers: tuple[str, ...] = ()

    def one(self, fact: str) -> str:
        """The first value of a fact, "" when there is none."""
        return next(iter(self.facts.get(fact, ())), "")

    @property
    def for_a_child(self) -> bool:
        """From a child or young person, from family or carers, or for a child."""
        return self.one("who") in ("child", "parent", "carer", "relative") or self.one("behalf") == "child"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a person should consider: ``reason`` of REASONS; ``route`` one of the profile's, "" for none of them.

    to      where it may have to go
    urgent  now, not when the record is next looked at
    """

    reason: str
    route: str = ""
    to: str = ""
    urgent: bool = False

    @property
    def words(self) -> str:
        """The reason in English, a text of the console's catalogue."""
        return REASONS[self.reason]


def suggestions(profile: Profile, known: Known) -> tuple[Suggestion, ...]:
    """Everything to consider, the urgent first."""
    found = (_suggested(profile, *one) for one in _reasons(profile, known))
    return tuple(sorted(found, key=lambda suggestion: not suggestion.urgent))


def _suggested(profile: Profile, reason: str, routes: Iterable[str], to: str = "", urgent: bool = False) -> Suggestion:
    route = next((profile.routes[name] for name in routes if name in profile.routes), None)
    if route is None:
        return Suggestion(reason, to=to, urgent=urgent)
    return Suggestion(reason, route.id, route.to, urgent or route.urgent)


def _reasons(profile: Profile, known: Known) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    names_worker = known.one("worker") == "said"
    if set(known.dangers) & set(ACCUSES) or (names_worker and set(known.dangers) & set(HARM)):
        yield "accused", ("safeguarding",), "designated officer", True
    elif known.dangers:
        yield "danger", (), "duty team", True
    if known.kind == "complaint":
        yield from _procedure(profile, known)
    if known.one("court") == "yes":
        yield "court", ("court",), "", False
    if known.kind in ("complaint", "informal"):
        yield from _decisions(profile, known)


def _procedure(profile: Profile, known: Known) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    if "statutory" in profile.routes and known.for_a_child:
        yield "care", ("statutory",), "", False
    if "corporate" in profile.routes and known.one("role") in GENERAL_ROLES and known.one("behalf") != "child":
        yield "general", ("corporate",), "", False


def _decisions(profile: Profile, known: Known) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    if late(profile, known):
        yield "late", (), "", False
    contact = known.facts.get("contact", ())
    # Asked after a sign of danger; it stands as long as the later question was left out.
    reach = known.facts.get("!reach", ()) if not contact or contact[0] in NOTHING else ()
    if contact == ("none",) or reach == ("not",):
        yield "no_wish", ("anonymous",), "", False
    elif (not contact or contact[0] in NOTHING) and (not reach or reach[0] in NOTHING):
        yield "no_contact", ("anonymous",), "", False
    if known.one("story") in NOTHING and known.one("pictures") in NOTHING:
        yield "little", (), "", False
    if known.one("behalf") == "child" and known.one("behalf_agrees") != "yes":
        yield "agreement", (), "", False


def late(profile: Profile, known: Known) -> bool:
    """Whether it is older than the procedure ordinarily takes; no date is not late."""
    happened = day(known.one("when"))
    return bool(profile.accept_months and happened and add_months(happened, profile.accept_months) < known.filed)
