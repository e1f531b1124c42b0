"""What somebody must do for a record though no clock says when."""

from __future__ import annotations

from collections.abc import Iterator

from casework.escalation import waits
from casework.helping import SENT, help_of
from casework.learning import planless
from casework.procedure import Profile, Stage
from casework.record import CaseState
from casework.words import S_, Said, say

#: Task -> what it asks of staff.
TASKS = {
    "decide": S_("Decide: begin the first stage, or send it another way"),
    "answer": S_("Answer it: no clock is running for this stage"),
    "talk": S_("Talk with the person before the answer, or record why not"),
    "appoint": S_("Say who holds the roles this stage needs"),
    "advocate": S_("Offer an advocate, and record the answer"),
    "advocate_again": S_("The advocate cannot take it on: pass it to another"),
    "advocate_helps": S_("See that the advocate helps and reports back"),
    "mediation": S_("Offer mediation, or record how it ended"),
    "loop": S_("Ask whether they are happy with it; tell them the next stage; then close it"),
    "act": S_("See that the practitioner acts on it, and record what was done"),
    "closing": S_("Ask the person how it went, record that, then close it"),
    "finish": S_("Nothing more is owed: close it"),
    "elsewhere": S_("Tell the person where it went, see that it is answered there, then close it"),
    "withdrawal": S_("Decide whether to look at it although it was withdrawn"),
    "ombudsman": S_("Wait for the ombudsman's decision, and record it"),
    "unhappy": S_("They are still not happy: offer what can be done next"),
    "approve": S_("Have the remedy approved"),
    "remedy": S_("See that what was promised is done, and record it"),
    "learning": S_("Do what was learned by its day, and record the evidence"),
    "plan": S_("Write the action plan: what was learned, who does it, by when"),
    "handed_over": S_("Follow it at the organisation it was handed to"),
    "points": S_("Ask whether the point that waits for the court can go on"),
    "look": S_("Look at it: nothing else waits for anybody"),
}
#: Where a record stands -> its task there.
AT_PLACE = {
    "contacted": "finish",
    "acted": "closing",
    "loop_closed": "finish",
    "passed_on": "finish",
    "resolved": "loop",
    "elsewhere": "elsewhere",
    "withdrawn": "withdrawal",
}


def tasks(profile: Profile, state: CaseState) -> tuple[str, ...]:
    """Tasks of a record, by their keys in TASKS. An open record without any running clock always has one."""
    if not state.place:
        return ()
    found = tuple(dict.fromkeys(_tasks(profile, state)))
    clocks = [running for running in state.running if not running.window]
    return found if found or clocks or not state.open else ("look",)


def _tasks(profile: Profile, state: CaseState) -> Iterator[str]:
    if state.open:
        if state.place == "new" and state.kind == "complaint":
            yield "decide"
        if state.place in profile.stages:
            yield from _in_stage(profile, state, profile.stages[state.place])
        if state.place.endswith(".answered"):
            yield "loop"
        if state.place == "contacted" and state.kind == "informal" and "loop.action" in profile.clocks:
            yield "act"
        elif state.place in AT_PLACE:
            yield AT_PLACE[state.place]
        if state.since("ombudsman_referred", "ombudsman_decided"):
            yield "ombudsman"
        elif state.place == "ombudsman":
            yield "loop"
        if "waits" in state.points.values():
            yield "points"
        if state.held_by:
            yield "handed_over"
        if profile.mediation and state.since("mediation_offered", "mediated"):
            yield "mediation"
    if state.since("asked_advocate", "advocate_offered", *SENT):
        yield "advocate"
    if state.since("advocate_declined", "advocate_offered", "advocate_accepted", *SENT):
        yield "advocate_again"
    if state.place == "referred":
        stands = help_of(state)
        if stands != "declined":
            yield "finish" if stands == "ended" else "advocate_helps"
    if waits(state):
        yield "unhappy"
    if len(state.all("learned")) > len(state.all("learning_done")):
        yield "learning"
    if planless(profile, state):
        yield "plan"
    for remedy, stands in state.remedies.items():
        item = profile.item("remedies", remedy)
        if stands == "promised" and item and item.approval:
            yield "approve"
        elif stands != "done":
            yield "remedy"


def _in_stage(profile: Profile, state: CaseState, stage: Stage) -> Iterator[str]:
    going = [r for r in state.running if not r.window and r.clock.startswith(f"{stage.id}.")]
    if not going:
        yield "answer"
    if stage.talk and not state.last("talked"):
        yield "talk"
    if missing_roles(stage, state):
        yield "appoint"
    opened = state.last(f"{stage.id}.requested", f"{stage.id}.begun")
    offered = state.last("advocate_offered")
    first = next(iter(profile.stages)) == stage.id
    if stage.advocate and not first and (offered is None or (opened is not None and offered.at < opened.at)):
        yield "advocate"
    if profile.mediation and profile.mediation.before == stage.id and not state.last("mediation_offered"):
        yield "mediation"


def missing_roles(stage: Stage, state: CaseState) -> tuple[Said, ...]:
    """What a stage still lacks, in words: "2 × panel member"."""
    out = []
    for role in stage.roles.values():
        lacking = role.people - len(state.roles.get(role.id, ()))
        if lacking > 0:
            several = say("{count} × {role}", count=lacking, role=role.name)
            out.append(several if role.people > 1 else say("the {role}", role=role.name))
    return tuple(out)
