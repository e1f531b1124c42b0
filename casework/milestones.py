"""Milestones: what a person is told of what staff do to their record, as a table. Pure; ``storage.telling`` sends it.

Kind of event -> milestone -> its wordings, and what follows them ("You will have our answer by …"). A profile may
switch a milestone off or word it itself (``[milestones]``). What the person sent is told by the talk's own receipt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from casework.escalation import ways
from casework.milestone_texts import MILESTONES, NAMED, NOT_SAID, REASONS, TAILS, Wording
from casework.offer import Name
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState, day
from casework.told import promised

#: Roles whose holder answers: the person is told who it is.
ANSWERING = ("manager", "responder", "adjudicator", "investigator")
_PLACE = re.compile(r"\{(\w+)\}")


#: What fills a place of a wording: words, a day, something named by language, or another text of the catalogue.
Value = str | date | Name | Wording


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph: one of ours with what fills its places, or (``own``) the organisation's own by language."""

    wording: Wording
    args: Mapping[str, Value] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a person is told: which milestones, of which events (their ids), in which paragraphs."""

    codes: tuple[str, ...]
    of: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def explain(self) -> bool:
        """Whether it says that a person will tell the reason."""
        return any(part.args.get("reason") is NOT_SAID for part in self.parts)


#: The order in which a message says them.
_ORDER = tuple(TAILS)
#: Event, or the last part of a stage's event -> milestone.
_OF: Mapping[str, str] = {
    "acknowledged": "acknowledged",
    ".acknowledged": "acknowledged",
    "role": "looking",
    "extended": "extended",
    "paused": "paused",
    "resumed": "resumed",
    ".answered": "answered",
    "routed": "elsewhere",
    "taken_back": "handed_back",
    "handed_over": "handed_over",
    "handed_back": "handed_back",
    ".requested": "next_step",
    "reopened": "reopened",
    "withdrawn": "withdrawn",
    "contacted": "contacted",
    "acted": "acted",
    "loop_closed": "loop_closed",
    "passed_on": "passed_on",
    "referred": "advocate",
    "advocate_referred": "advocate",
    "remedy_done": "remedy_done",
    "closed": "closed",
}
#: A milestone that says what these have said too: they are left out beside it.
_SAYS: Mapping[str, tuple[str, ...]] = {
    "looking": ("acknowledged",),
    "answered": ("acknowledged", "looking", "resumed"),
    "elsewhere": ("acknowledged",),
    "closed": ("loop_closed", "remedy_done", "withdrawn", "resumed", "acknowledged"),
}
#: What a profile's own wording may have places for.
PLACES = ("reference", "organisation", "who", "answer_by", "contact_by", "look_again", "next_step", "next_by")


def milestone(profile: Profile, kind: str, event: CaseEvent) -> str:
    """The milestone that an event is for a record of this kind, "" when the person is told nothing of it.

    Only what staff did is told: what a person does themselves the talk has answered. A correction tells nothing.
    """
    if not event.by.startswith("staff"):
        return ""
    code = _OF.get(event.kind) or _OF.get(event.kind[event.kind.rfind(".") :] if "." in event.kind else "", "")
    if not code or kind not in MILESTONES[code].kinds:
        return ""
    own = profile.milestones.get(code)
    if own is not None and not own.told:
        return ""
    if code == "looking" and (event.said("role") not in ANSWERING or event.said("told") is True):
        return ""
    if event.kind == "routed":
        route = profile.routes.get(str(event.said("route")))
        # Safeguarding tips nobody off, and what goes on here as well has gone nowhere.
        return "" if route is None or route.urgent or not route.ends else code
    return code


def names(profile: Profile) -> bool:
    """Whether a person is told the name of whoever looks into it, rather than that somebody does."""
    own = profile.milestones.get("looking")
    return own is not None and own.named


def telling(
    profile: Profile,
    state: CaseState,
    events: Iterable[CaseEvent],
    reference: str,
    now: datetime,
    who: Mapping[str, str] = {},
) -> Telling | None:
    """One message for what these events are to the person of a record that stands so; None for nothing.

    ``who``: id of an event that gave a role -> the name that may be said.
    """
    found: dict[str, CaseEvent] = {}
    for event in events:
        if code := milestone(profile, state.kind, event):
            found[code] = event  # twice in a minute: the last counts
    for code in tuple(found):
        for other in _SAYS.get(code, ()):
            found.pop(other, None)
    if not found:
        return None
    parts: list[Part] = []
    tails: dict[str, Part] = {}
    for code, event in found.items():
        filled = _values(profile, state, event, reference, now, who.get(event.id, ""))
        parts.append(_part(profile, code, filled))
        if parts[-1].own:
            continue  # the organisation's own wording says all of it
        for tail in _tails(MILESTONES[code].then, filled):
            tails[tail] = Part(TAILS[tail], filled)
    ids = tuple(event.id for event in found.values())
    return Telling(tuple(found), ids, (*parts, *(tails[tail] for tail in _ORDER if tail in tails)))


def _part(profile: Profile, code: str, filled: Mapping[str, Value]) -> Part:
    own = profile.milestones.get(code)
    written = own.wording.by_language if own is not None and own.wording is not None else {}
    said = {lang: text for lang, text in written.items() if all(place in filled for place in places(text))}
    if code == "looking" and "who" in filled:
        return Part(NAMED, filled, said)
    return Part(MILESTONES[code].wording, filled, said)


def _tails(wanted: Sequence[str], filled: Mapping[str, Value]) -> Iterable[str]:
    for tail in wanted:
        for one in (tail, f"{tail}_open"):
            if one in TAILS and all(place in filled for place in places(TAILS[one].plain)):
                yield one
                break


def places(text: str) -> tuple[str, ...]:
    """The places of a text, each once."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def _values(
    profile: Profile, state: CaseState, event: CaseEvent, reference: str, now: datetime, who: str
) -> dict[str, Value]:
    """What fills the places, as far as the record knows it. No day is told that has passed."""
    out: dict[str, Value] = {"reference": reference, "organisation": profile.name}
    if who:
        out["who"] = who
    answer = promised(profile, state).get("answer_by")
    if answer is not None and answer >= now.date():
        if state.kind == "complaint" and state.open and not state.place.endswith(".answered"):
            out["answer_by"] = answer
        elif state.kind in ("informal", "person") and state.place == "new":
            out["contact_by"] = answer
    if event.kind in ("extended", "paused"):
        out["reason"] = _reason(profile, _LISTED[event.kind], event.why)
    review = day(event.said("review")) if event.kind == "paused" else None
    if review is not None and review >= now.date():
        out["look_again"] = review
    if event.kind.endswith(".answered"):
        name, by = way_on(profile, state, now)
        if name is not None:
            out["next_step"] = name
        if by is not None and by >= now.date():
            out["next_by"] = by
    return out


_LISTED = {"extended": "extension_reasons", "paused": "pause_reasons"}


def _reason(profile: Profile, source: str, why: str) -> Wording:
    found = profile.item(source, why)
    return REASONS[source].get(found.id, NOT_SAID) if found is not None else NOT_SAID


def way_on(profile: Profile, state: CaseState, now: datetime) -> tuple[Name | None, date | None]:
    """What comes after the answer of a stage, and the last day to ask for it; None where there is no such."""
    open_ways = {way.kind: way for way in ways(profile, state, now) if not way.late and not way.refused}
    if "next" in open_ways:
        return profile.stages[open_ways["next"].stage].name, open_ways["next"].by
    if "ombudsman" in open_ways and profile.ombudsman:
        return profile.ombudsman.name, open_ways["ombudsman"].by
    return None, None
