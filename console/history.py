"""What happened to a record, in words: the names of events, who did them, their details."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import locales
from casework.calendar import LONDON
from casework.procedure import Move, Profile
from casework.record import CaseEvent, CaseState
from console import choices, deeds
from console.choices import Choices
from console.codes import Codes
from console.replying import PURPOSES
from console.words import N_, spoken
from storage.staff import Member

#: What casework says is to be recorded, by its code: “talked”. Staff know it by what its form is called.
_DEED = re.compile("“(" + "|".join(map(re.escape, deeds.DEEDS)) + ")”")


class History:
    """The events of one record in the words of whoever reads."""

    def __init__(
        self,
        codes: Codes,
        state: CaseState,
        history: Sequence[CaseEvent],
        staff: Sequence[Member],
        named: frozenset[int],
    ) -> None:
        self.codes, self.say, self.profile, self.history = codes, codes.say, codes.profile, history
        self.names = {f"staff:{one.id}": one.name for one in staff}
        self.choices = Choices(codes, state, staff, named, self.event_name)

    def event_name(self, kind: str) -> str:
        """What an event is called in a record of this profile."""
        return event_name(self.codes, self.profile, kind)

    def spoken(self, thing: object) -> str:
        """What casework said about this record, in the reader's language."""
        codes = self.codes
        coded = {"event": self.event_name, "place": codes.place, "kind": codes.kind, "clock": codes.clock}
        words = spoken(thing, self.say, codes.language, coded)
        return _DEED.sub(lambda found: f"“{self.say(deeds.DEEDS[found[1]].label)}”", words)

    def who(self, by: str) -> str:
        """Who did something: the person, Hearback, a program, a worker by name; else ``by`` itself."""
        if by in ("person", "system", ""):
            return {"person": self.say("The person"), "system": self.say("Hearback")}.get(by, "")
        if by.startswith("api:"):
            return self.say("{name} (program)", name=by.removeprefix("api:"))
        return self.names.get(by, self.names.get(f"staff:{by}", by))

    def details(self, event: CaseEvent) -> list[tuple[str, str]]:
        """The details of an event in words."""
        fields = {f.name: f for f in (deeds.DEEDS[event.kind].fields if event.kind in deeds.DEEDS else ())}
        out = []
        if event.why:
            asked = fields.get("why")
            label = self.say(asked.label) if asked else self.say("Why")
            source = next((s for s in _whys(self.profile, event.kind)), "")
            out.append((label, self.codes.item(source, event.why) if source else event.why))
        for name, value in event.data.items():
            if event.kind == "told" and name != "lines":
                continue
            if name in _HIDDEN or (event.kind == "role" and name == "staff") or value in (None, "", [], False):
                continue
            known = fields.get(name) if (event.kind, name) != ("role", "person") else None
            label = self.say(known.label) if known else self.say(DETAILS.get(name, name.replace("_", " ")))
            out.append((label, self._value(event, name, value)))
        return out

    def _value(self, event: CaseEvent, name: str, value: Any) -> str:
        if value is True:
            return self.say("Yes")
        if name == "staff":
            return ", ".join(self.names.get(f"staff:{one}", "?") for one in event.listed(name))
        if name == "lines":
            return " ".join(event.listed(name))
        if name == "amount":
            return f"£{float(value):,.2f}"
        if name in ("until", "review", "due", "happened", "day", "after"):
            return self.day(str(value))
        if name == "role":
            return self.choices.roles().get(str(value), str(value))
        if name == "language" and event.kind == "replied":
            return self.codes.tongue(str(value))
        if name == "what" and event.kind == "replied" and value in PURPOSES:
            return self.say(PURPOSES[value].label)
        if name == "kind" and event.kind in ("filed", "completed"):
            return self.codes.kind(str(value))
        source = _LISTS.get(name) or next((f.source for f in _fields(event.kind) if f.name == name), "")
        if name == "of":
            found = next((one for one in self.history if one.id == str(value)), None)
            return self.event_name(found.kind) if found else str(value)
        return ", ".join(self._word(source, one) for one in event.listed(name))

    def _word(self, source: str, value: str) -> str:
        if source in choices.FIXED:
            return self.codes.of(choices.FIXED[source], value)
        makers = {
            "services": self.codes.service, "homes": self.codes.service, "themes": self.codes.theme,
            "routes": self.codes.route,
            "running": self.codes.clock, "paused": self.codes.clock, "extendable": self.codes.clock,
            "clocks": self.codes.clock,
        }  # fmt: skip
        return makers[source](value) if source in makers else self.codes.item(source, value) if source else value

    def day(self, iso: str) -> str:
        """A day of ISO 8601 as the reader's language writes it; the text itself where it is no day."""
        try:
            return locales.show_date(datetime.fromisoformat(iso).date(), self.codes.language)
        except ValueError:
            return iso

    def time(self, at: datetime | None) -> str:
        """The day of an aware time in London, as the reader's language writes it; "" for none."""
        return locales.show_date(at.astimezone(LONDON).date(), self.codes.language) if at else ""


def event_name(codes: Codes, profile: Profile, kind: str) -> str:
    """What a kind of event is called in the reader's language; the kind itself where it has no name."""
    if kind in HAPPENED:
        return codes.say(HAPPENED[kind])
    if kind in deeds.DEEDS:
        return codes.say(deeds.DEEDS[kind].label)
    move = next((one for one in profile.moves if one.event == kind), Move(event=kind, name=kind))
    found = deeds.deed(move, profile, codes)
    return codes.say(found.label) if found else kind


def _fields(kind: str) -> Sequence[deeds.Field]:
    return deeds.DEEDS[kind].fields if kind in deeds.DEEDS else ()


def _whys(profile: Profile, kind: str) -> list[str]:
    """The list that a reason comes from."""
    found = [f.source for f in _fields(kind) if f.name == "why" and f.source]
    return found or [
        need.partition("[")[2].rstrip("]")
        for move in profile.moves
        if move.event == kind
        for need in move.needs
        if need.startswith("why[")
    ]


#: Details that are shown elsewhere on the page.
_HIDDEN = (
    "picture",
    "procedure",
    "consider",
    "child",
    "named",
    "share",
    "seq",
    "outbox",
    "template",
    "purpose",
    "learning",
)
_LISTS = {
    **{"services": "services", "themes": "themes", "route": "routes"},
    **{"clocks": "running", "clock": "running", "checks": "checks"},
}
#: What happened, where it is called otherwise than what may be done.
HAPPENED: Mapping[str, str] = {
    "filed": N_("Sent"),
    "entered": N_("Entered by staff"),
    "updated": N_("Went on writing"),
    "changed": N_("Changed an answer"),
    "contact": N_("Changed how to reach them"),
    "acknowledged": N_("Acknowledged"),
    "contacted": N_("Contacted the person"),
    "acted": N_("Acted on it"),
    "loop_closed": N_("Closing contact"),
    "told": N_("Told the person how it stands"),
    "routed": N_("Sent another way"),
    "talked": N_("Talked with the person"),
    "replied": N_("Wrote to the person"),
    "held": N_("Held: nothing erases it"),
    "released": N_("No longer held"),
    "limited": N_("Its use was limited"),
    "unlimited": N_("Its use is no longer limited"),
    "message_kept": N_("Kept to be read with the number of the record"),
    "picture_chosen": N_("Chose a picture to go with the number"),
    "picture_missed": N_("Somebody with the number chose a wrong picture"),
    "receipt_declined": N_("Does not want a number: find them through someone they trust"),
    "receipt_renewed": N_("A new number was given out"),
    "contact_settled": N_("How and when to reach them was settled"),
    "extended": N_("A limit was extended"),
    "paused": N_("Limits were paused"),
    "resumed": N_("Limits run on"),
    "role": N_("Given to somebody"),
    "closed": N_("Closed"),
    "reopened": N_("Opened again"),
    "outcome": N_("A point was decided"),
    "remedy": N_("A remedy was promised"),
    "corrected": N_("Something was corrected"),
    "asked_more": N_("Asked the person for more"),
    "consent_asked": N_("Asked for consent or the child's view"),
    "consent": N_("Consent or the child's view was recorded"),
    "flagged": N_("It was marked"),
    "themed": N_("Themes were given"),
    "services": N_("Services were named"),
    "linked": N_("Another record was linked"),
    "passed_on": N_("Brought to the worker and the team"),
    "sharing": N_("Recorded what may be done with it"),
    "celebrated": N_("Put on the board"),
    "taken_down": N_("Taken off the board"),
    "referred": N_("Passed to the advocate"),
    "advocate_referred": N_("Passed to an advocate"),
    "cost": N_("A cost was recorded"),
    "remedy_approved": N_("A remedy was approved"),
    "added": N_("The person added something"),
    "unhappy": N_("The person is still not happy"),
    "survey_asked": N_("Asked how we did"),
    "surveyed": N_("The person said how we did"),
    "ombudsman_told": N_("Was told how to go to the ombudsman"),
    "withdrawn": N_("The person took it back"),
}
DETAILS: Mapping[str, str] = {
    "way": N_("What they want"),
    "unhappy": N_("Not happy with it"),
    "after": N_("Asked for after its last day"),
    "kind": N_("What it is"),
    "services": N_("Services"),
    "happened": N_("When it happened"),
    "by": N_("Who decided it"),
    "way_on": N_("The way on that the person was told"),
    "note": N_("Note"),
    "person": N_("Who"),
    "took": N_("Taken by"),
    "present": N_("Who else was present"),
    "tongue": N_("Language they used"),
    "staff": N_("May be about: cannot open it"),
    "language": N_("Language"),
    "lines": N_("What was written"),
    "checks": N_("How it was checked"),
    "sent": N_("Sent to them"),
}
