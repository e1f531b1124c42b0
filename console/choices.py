"""What the fields of a deed can be set to, for one record as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from casework.moves import FLAGS, ROLES
from casework.procedure import Profile
from casework.record import CaseState
from casework.report_words import CHARACTERISTICS
from console.codes import Codes, upper
from console.words import N_
from storage.staff import Member

Pairs = list[tuple[str, str]]

#: Roles besides those of the stages.
HELD: Mapping[str, str] = {
    "manager": N_("Responsible manager"),
    "responder": N_("Whoever answers"),
    "adjudicator": N_("Adjudicating officer"),
    "link_officer": N_("Link officer for the ombudsman"),
    "owner": N_("Owner of an action"),
    "support": N_("Support person"),
    "advocate": N_("Advocate"),
    "interpreter": N_("Interpreter"),
}
MARKS: Mapping[str, str] = {
    "agency_staff": N_("Agency or temporary staff involved"),
    "partner_agency": N_("Partner agency involved"),
    "staff_safety": N_("Staff safety: take precautions"),
    "discrimination": N_("Discrimination is alleged"),
    "campaign": N_("Part of a campaign"),
}
CONSENT: Mapping[str, str] = {
    "agrees": N_("Agrees"),
    "does_not_agree": N_("Does not agree"),
    "own_right": N_("Complains in their own right: no consent needed"),
    "case_by_case": N_("Not to be had: considered case by case"),
}
ADVOCATES: Mapping[str, str] = {
    "accepted": N_("Wants one"),
    "has_one": N_("Has one already"),
    "declined": N_("Does not want one"),
    "later": N_("To be asked again later"),
}
VISITS: Mapping[str, str] = {"yes": N_("Yes please"), "no": N_("No thanks"), "later": N_("To be asked again later")}
PARTNER: Mapping[str, str] = {
    "joint": N_("A joint approach is agreed"),
    "own": N_("Looks into it by itself"),
    "not": N_("Does not look into it"),
    "refused": N_("Refuses to work together: escalated"),
}
DECISIONS: Mapping[str, str] = {"waits": N_("It waits for the court"), "goes on": N_("It goes on")}
LOOKS: Mapping[str, str] = {"yes": N_("Look at it all the same"), "no": N_("Leave it")}
HELP_ENDS: Mapping[str, str] = {
    "helped": N_("They were helped"),
    "not_wanted": N_("They do not want it any more"),
    "not_reached": N_("They could not be reached"),
    "somebody_else": N_("Somebody else helps them now"),
}
SHARE: Mapping[str, str] = {
    "both": N_("Tell the worker, and share it without a name"),
    "named": N_("Tell the worker, and share it with their name"),
    "tell": N_("Only tell the worker"),
    "no": N_("Do neither"),
}
YES_NO: Mapping[str, str] = {"yes": N_("Yes"), "partly": N_("Partly"), "no": N_("No")}
DONE_YET: Mapping[str, str] = {**YES_NO, "not_yet": N_("Not yet")}
FACES: Mapping[str, str] = {
    "very_good": N_("Very good"),
    "good": N_("Good"),
    "so_so": N_("So-so"),
    "bad": N_("Bad"),
    "very_bad": N_("Very bad"),
}
WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
#: How somebody of the staff made sure who asks for a new number.
CHECKS: Mapping[str, str] = {
    "told": N_("They told me what they had sent, and about when"),
    "called": N_("I rang or wrote to them at a number or address on the record"),
    "known": N_("I know them, and saw them or spoke with them"),
    "vouched": N_("A worker, carer or advocate whom I know vouches for them"),
    "other": N_("In another way, which I write below"),
}
FIXED: Mapping[str, Mapping[str, str]] = {
    "consents": CONSENT,
    "advocate_answers": ADVOCATES,
    "visits": VISITS,
    "partners": PARTNER,
    "decisions": DECISIONS,
    "looks": LOOKS,
    "yes_no": YES_NO,
    "done_yet": DONE_YET,
    "faces": FACES,
    "weekdays": {str(day): name for day, name in enumerate(WEEKDAYS)},
    "help_ends": HELP_ENDS,
    "sharing": SHARE,
    "checks": CHECKS,
    "characteristics": {code: name for code, name in CHARACTERISTICS.items() if code != "unspecified"},
    "flags": {flag: MARKS[flag] for flag in FLAGS},
}


@dataclass(frozen=True)
class Choices:
    """For one record. ``staff`` of the organisation; ``named`` ids of those it is about."""

    codes: Codes
    state: CaseState
    staff: Sequence[Member]
    named: frozenset[int]
    described: Callable[[str], str]

    @property
    def profile(self) -> Profile:
        """The procedure that the record is under."""
        return self.codes.profile

    def of(self, source: str) -> Pairs:
        """(value, words) of a source of ``console.deeds``; a list of the profile by its name."""
        if source in FIXED:
            return [(value, self.codes.say(text)) for value, text in FIXED[source].items()]
        own: Callable[[], Pairs] | None = getattr(self, f"_{source}", None)
        if own is not None:
            return own()
        return [(item.id, item.name.said(self.codes.language)) for item in self.profile.listed(source).values()]

    def _kinds(self) -> Pairs:
        return [(kind, self.codes.kind(kind)) for kind in self.profile.kinds if kind != "unfinished"]

    def _services(self) -> Pairs:
        return [(one, self.codes.service(one)) for one in self.profile.services]

    def _themes(self) -> Pairs:
        source = "informal_themes" if self.state.kind == "informal" else "themes"
        items = self.profile.listed(source) or self.profile.listed("themes")
        return [(item.id, item.name.said(self.codes.language)) for item in items.values()]

    def _routes(self) -> Pairs:
        return [(route.id, f"{self.codes.route(route.id)} → {route.to}") for route in self.profile.routes.values()]

    def roles(self) -> Mapping[str, str]:
        """Role -> what it is called here: those of the stage first."""
        out: dict[str, str] = {}
        stages = sorted(self.profile.stages.values(), key=lambda stage: stage.id != self.state.stage)
        for stage in stages:
            for role in stage.roles.values():
                out.setdefault(role.id, upper(role.name.said(self.codes.language)))
        first = {role: self.codes.say(HELD[role]) for role in ("manager", "responder")}
        return {**first, **out, **{role: self.codes.say(HELD[role]) for role in ROLES if role not in (*first, *out)}}

    def _roles(self) -> Pairs:
        return list(self.roles().items())

    def _staff(self) -> Pairs:
        workers = [one for one in self.staff if not one.disabled and one.id not in self.named]
        return [(str(one.id), one.name) for one in workers if one.roles - {"advocate", "reports", "administrator"}]

    def _staff_names(self) -> Pairs:
        return [(one.name, one.name) for one in self.staff if not one.disabled]

    def _everybody(self) -> Pairs:
        return [(str(one.id), one.name) for one in self.staff if not one.disabled]

    def _known(self, role: str) -> Iterable[Member]:
        return (one for one in self.staff if role in one.roles and not one.disabled and one.id not in self.named)

    def _advocates(self) -> Pairs:
        return [(str(one.id), one.name) for one in self._known("advocate")]

    def _homes(self) -> Pairs:
        """Where young people live; any service where the profile marks none as a home."""
        homes = [one.id for one in self.profile.services.values() if one.area == "residential"]
        return [(one, self.codes.service(one)) for one in homes or self.profile.services]

    def _promised(self) -> Pairs:
        held = [remedy for remedy, stands in self.state.remedies.items() if stands != "done"]
        return [(remedy, self.codes.item("remedies", remedy)) for remedy in held]

    def _clocks(self) -> Pairs:
        return self._running()

    def _running(self) -> Pairs:
        going = [r for r in self.state.running if not r.paused and not r.window]
        return [(r.clock, self.codes.clock(r.clock, r.name)) for r in going]

    def _paused(self) -> Pairs:
        return [(r.clock, self.codes.clock(r.clock, r.name)) for r in self.state.running if r.paused]

    def _extendable(self) -> Pairs:
        found = [
            running
            for running in self.state.running
            if (clock := self.profile.clocks.get(running.clock)) and clock.extended and not running.extended
        ]
        return [(r.clock, self.codes.clock(r.clock, r.name)) for r in found]

    def _events(self) -> Pairs:
        ours = [e for e in self.state.history if e.by != "person" and e.kind not in ("filed", "corrected") and e.id]
        return [(e.id, f"{e.day.isoformat()}: {self.described(e.kind)}") for e in reversed(ours)]
