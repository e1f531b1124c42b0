"""What may be done with a record, as forms: those that every procedure shares, and those of its own stages.

The moves themselves are the procedure's (``casework.moves``); here they get their words and their fields. A move
that the table of forms does not know gets one from the details it needs.
"""

from __future__ import annotations

from casework.procedure import Move, Profile
from console.codes import Codes
from console.form import ASSIGN, DECIDE, GROUPS, NOTE, ROUTE, Deed, Field, why
from console.forms import DEEDS
from console.words import N_

__all__ = ["ASSIGN", "DECIDE", "DEEDS", "GROUPS", "ROUTE", "Deed", "Field", "deed", "group", "permission"]

#: What only the flows or the machinery record; what was learned has pages of its own (``console.pages.learning``).
NOT_OURS = ("filed", "learned", "learning_done", "survey_asked")
#: Lists that are asked about only where the procedure has them; others are then written freely.
OWN_LISTS = ("resolutions",)
#: Details whose name in the event is another one than the field's.
RENAMED = {"decided_by": "by"}


def deed(move: Move, profile: Profile, codes: Codes) -> Deed | None:
    """The form of a move, None when staff do not make it by a form. Its words are in the user's language."""
    if move.event in NOT_OURS:
        return None
    found = DEEDS.get(move.event) or _stage(move, profile, codes)
    if any(field.source in OWN_LISTS and not profile.listed(field.source) for field in found.fields):
        kept = tuple(field for field in found.fields if field.source not in OWN_LISTS)
        found = Deed(found.label, found.group, kept, found.permission, found.dated, found.hint)
    if "why" in move.needs and not any(f.name == "why" and not f.optional for f in found.fields):
        kept = tuple(f for f in found.fields if f.name != "why")
        return Deed(found.label, found.group, (why(), *kept), found.permission, found.dated, found.hint)
    return found


def _stage(move: Move, profile: Profile, codes: Codes) -> Deed:
    """A step of a stage, or a move that is not known here."""
    stage_id, _, step = move.event.partition(".")
    stage = profile.stages.get(stage_id)
    if stage is None:
        return Deed(move.name, "about", tuple(_needed(need) for need in move.needs))
    say, name = codes.say, stage.name.said(codes.language)
    reason = tuple(_needed(need) for need in move.needs)
    if step == "begun":
        return Deed(say("Begin: {stage}", stage=name), "next", (NOTE,), dated=True)
    if step == "answered":
        return Deed(say("The answer was sent: {stage}", stage=name), "next", (NOTE,), dated=True)
    if step == "acknowledged":
        return Deed(say("Acknowledge: {stage}", stage=name), "next", (NOTE,), dated=True)
    if step == "requested":
        return Deed(say("The person asks for: {stage}", stage=name), "next", (*reason, NOTE), dated=True)
    if step == "refused":
        fields = (
            why(source="refusal_reasons"),
            Field("decided_by", N_("Who decided it")),
            Field("way_on", N_("The way on that the person was told"), "area"),
        )
        hint = say("Only for a lawful reason, by a person, and the person is told the way on.")
        return Deed(say("Refuse: {stage}", stage=name), "end", fields, DECIDE, True, hint)
    done = stage.steps[step].said(codes.language) if step in stage.steps else step
    return Deed(f"{name}: {done}", "next", (NOTE,), dated=True)


def _needed(need: str) -> Field:
    """A field for a detail as a move names it: "why", "why[request_reasons]", "amount"."""
    name, _, source = need.removesuffix("]").partition("[")
    label = N_("Why") if name == "why" else name.replace("_", " ").capitalize()
    return Field(name, label, "choice" if source else "area" if name == "why" else "line", source)


def group(event: str) -> str:
    """Which group of the page it stands in."""
    found = DEEDS.get(event)
    return found.group if found else "end" if event.endswith(".refused") else "next"


def permission(event: str) -> str:
    """Who may do it."""
    found = DEEDS.get(event)
    if found:
        return found.permission
    return DECIDE if event.endswith((".refused",)) else "record.work"
