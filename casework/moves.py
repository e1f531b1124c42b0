"""All that may happen to a record: what every procedure shares, and what follows from a profile's stages.

A record stands somewhere: ``new``, in a stage (``stage2``), after its answer (``stage2.answered``), ``contacted``,
``acted``, ``loop_closed``, ``passed_on``, ``referred``, ``resolved``, ``elsewhere`` (routed), ``withdrawn``,
``ombudsman``, ``closed``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from casework.keeping import keeping
from casework.procedure import Move

if TYPE_CHECKING:
    from casework.procedure import Profile, Stage

#: Also when the record is closed.
ALWAYS = ("*",)
COMPLAINT = ("complaint",)
#: Roles besides those a stage needs.
ROLES = ("manager", "adjudicator", "link_officer", "responder", "owner", "support", "advocate", "interpreter")
#: Marks a record may carry.
FLAGS = ("agency_staff", "partner_agency", "staff_safety", "discrimination", "campaign")


def moves_of(profile: Profile) -> tuple[Move, ...]:
    """The moves of a profile, the ordinary way through first."""
    return tuple(chain(_first(profile), _stages(profile), _ending(profile), anytime(profile)))


def _first(profile: Profile) -> Iterator[Move]:
    yield Move(event="filed", name="It was sent", at=("",), to="new", needs=("kind",), once=True)
    yield Move(event="acknowledged", name="Acknowledge it", once=True)
    yield Move(event="routed", name="Send it another way", needs=("route[routes]", "why"))
    yield Move(event="taken_back", name="Take it back from there", at=("elsewhere",), to="new", needs=("why",))
    yield Move(
        event="contacted",
        name="Contacted: rights told, understood rightly, how it goes on",
        at=("new",),
        to="contacted",
        needs=("who",),
        kinds=("informal", "person"),
    )
    if "loop.action" in profile.clocks:
        yield from _loop()
    yield Move(
        event="passed_on",
        name="Bring it to the worker and the team",
        at=("new",),
        to="passed_on",
        kinds=("compliment",),
    )
    yield Move(
        event="referred", name="Pass it to the advocate", at=("new",), to="referred", needs=("to",), kinds=("advocate",)
    )
    again = "Pass it to another advocate"
    yield Move(event="referred", name=again, at=("referred",), needs=("to",), kinds=("advocate",))
    yield Move(
        event="looked_at",
        name="Looked at what there is",
        at=("new",),
        to="contacted",
        needs=("why",),
        kinds=("unfinished",),
    )
    yield Move(
        event="made_complaint",
        name="The person makes it a complaint",
        at=("new", "contacted", "acted", "loop_closed", "closed"),
        to="new",
        once=True,
        kinds=("informal", "unfinished", "person"),
    )
    yield Move(
        event="completed",
        name="The person finishes it",
        at=("new", "contacted"),
        to="new",
        needs=("kind",),
        once=True,
        kinds=("unfinished",),
    )
    if profile.immediate:
        yield Move(
            event="resolved_at_once",
            name="Resolve it at once",
            at=("new",),
            to="resolved",
            needs=("why",),
            kinds=COMPLAINT,
        )


def _loop() -> Iterator[Move]:
    """Informal feedback's own loop: after the contact the practitioner acts; then the person is asked how it went."""
    yield Move(
        event="acted",
        name="The practitioner has acted on it",
        at=("contacted", "loop_closed"),
        to="acted",
        needs=("what",),
        kinds=("informal",),
    )
    yield Move(
        event="loop_closed",
        name="Closing contact: were they listened to, was it done, are they happy with it",
        at=("acted",),
        to="loop_closed",
        needs=("who|why",),
        kinds=("informal",),
    )


def _stages(profile: Profile) -> Iterator[Move]:
    before = ""
    for stage in profile.stages.values():
        yield from _opening(stage, before, profile)
        at: tuple[str, ...] = (stage.id,) if before else ("new", "resolved", stage.id)
        if f"{stage.id}.acknowledgement" in profile.clocks:
            yield Move(
                event=f"{stage.id}.acknowledged", name=f"Acknowledge {stage.id}", at=at, once=True, kinds=COMPLAINT
            )
        done: tuple[str, ...] = ()
        for step, name in stage.steps.items():
            event = f"{stage.id}.{step}"
            yield Move(event=event, name=f"{stage.name}: {name}", at=at, after=done, once=True, kinds=COMPLAINT)
            done = (event,)
        answer = f"{stage.id}.answered"
        yield Move(
            event=answer,
            name=f"Send the answer of {stage.name}",
            at=at,
            after=done,
            to=answer,
            once=True,
            kinds=COMPLAINT,
        )
        before = stage.id


def _opening(stage: Stage, before: str, profile: Profile) -> Iterator[Move]:
    if not before:
        event, name = f"{stage.id}.begun", f"Begin {stage.name}"
        yield Move(event=event, name=name, at=("new", "resolved"), to=stage.id, once=True, kinds=COMPLAINT)
        return
    answered = f"{before}.answered"
    event, name = f"{stage.id}.requested", f"The person asks for {stage.name}"
    reason = ("why[request_reasons]",) if profile.listed("request_reasons") else ()
    yield Move(
        event=event,
        name=name,
        at=(answered, "closed"),
        after=(answered,),
        to=stage.id,
        needs=reason,
        once=True,
        kinds=COMPLAINT,
    )
    first = next(iter(profile.stages)) == before
    yield Move(
        event=event,
        name=f"{name} before an answer",
        at=("new", "resolved", before) if first else (before,),
        to=stage.id,
        needs=reason or ("why",),
        once=True,
        kinds=COMPLAINT,
    )
    yield Move(
        event=f"{stage.id}.refused",
        name=f"Refuse {stage.name}, and tell the way on",
        at=(answered, "closed"),
        after=(answered,),
        unless=(event,),
        needs=("why[refusal_reasons]", "by", "way_on"),
        kinds=COMPLAINT,
    )


def _ending(profile: Profile) -> Iterator[Move]:
    answered = tuple(f"{stage}.answered" for stage in profile.stages)
    working = tuple(profile.stages)
    yield Move(
        event="outcome",
        name="Decide a point",
        needs=("point", "outcome[outcomes]"),
        at=(*answered, "resolved", "ombudsman"),
        kinds=COMPLAINT,
    )
    yield Move(
        event="remedy",
        name="Promise a remedy",
        needs=("remedy[remedies]",),
        at=(*working, *answered, "resolved", "ombudsman"),
        kinds=COMPLAINT,
    )
    yield Move(event="remedy_approved", name="Approve a remedy", after=("remedy",), needs=("remedy[remedies]", "by"))
    yield Move(
        event="remedy_done", name="What was promised is done", at=ALWAYS, after=("remedy",), needs=("remedy[remedies]",)
    )
    if profile.mediation:
        stage = profile.mediation.before
        before = tuple(profile.stages)[tuple(profile.stages).index(stage) - 1] if stage in profile.stages else ""
        at, who = (f"{before}.answered", stage), f"with the {profile.mediation.by}"
        yield Move(event="mediation_offered", name=f"Offer mediation {who}", at=at, once=True, kinds=COMPLAINT)
        yield Move(
            event="mediated",
            name=f"Mediation {who}: how it ended",
            at=at,
            after=("mediation_offered",),
            needs=("result[mediation_results]",),
            once=True,
            kinds=COMPLAINT,
        )
    if profile.ombudsman:
        name = f"The person goes to the {profile.ombudsman.name}"
        if answered:
            yield Move(
                event="ombudsman_referred",
                name=name,
                at=(answered[-1], "closed"),
                to="ombudsman",
                once=True,
                kinds=COMPLAINT,
            )
        yield Move(
            event="ombudsman_referred",
            name=f"{name} early",
            at=("new", *working, *answered[:-1]),
            needs=("why",),
            once=True,
            kinds=COMPLAINT,
        )
        yield Move(
            event="ombudsman_decided",
            name="The ombudsman has decided",
            at=ALWAYS,
            after=("ombudsman_referred",),
            needs=("result[ombudsman_results]",),
            once=True,
            kinds=COMPLAINT,
        )
    yield Move(event="withdrawn", name="The person takes it back", to="withdrawn")
    yield Move(
        event="withdrawal_decided",
        name="Decide whether to look at it all the same",
        at=("withdrawn",),
        needs=("look", "why"),
    )
    ready = (
        "contacted",
        "acted",
        "loop_closed",
        "passed_on",
        "referred",
        "resolved",
        "elsewhere",
        "ombudsman",
        *answered,
    )
    yield Move(event="closed", name="Close it", at=ready, to="closed")
    yield Move(
        event="closed",
        name="Close it without an answer, with an invitation to come back",
        at=("new", *working),
        to="closed",
        needs=("why",),
    )
    yield Move(event="unhappy", name="The person is still not happy", at=ALWAYS)
    yield Move(event="reopened", name="Open it again", at=("closed",), needs=("why",))


def anytime(profile: Profile) -> Iterator[Move]:
    """What may happen to every record while it is open, or ever."""
    yield Move(event="talked", name="Talked with the person, or why not", at=ALWAYS, needs=("who|why",))
    yield Move(event="informed", name="Told the person how it stands", at=ALWAYS)
    yield Move(event="extended", name="Extend a limit, once", needs=("clock[clocks]", "why[extension_reasons]"))
    yield Move(event="paused", name="Pause clocks", needs=("clocks", "why[pause_reasons]", "review"))
    yield Move(event="resumed", name="Let paused clocks run on", after=("paused",), needs=("clocks",))
    yield Move(event="role", name="Say who holds a role", needs=("role", "person"))
    yield Move(event="services", name="Say which services it is about", at=ALWAYS, needs=("services[services]",))
    yield Move(event="themed", name="Give it themes", at=ALWAYS, needs=("themes",))
    yield Move(event="linked", name="Link another record on the same matter", at=ALWAYS, needs=("case",))
    yield Move(
        event="point_decided", name="A point before a court: it waits, or goes on", needs=("point", "decision", "why")
    )
    yield Move(event="handed_over", name="Hand it over", needs=("to", "why"))
    yield Move(event="handed_back", name="It was handed back", after=("handed_over",))
    yield Move(event="advocate_offered", name="Offer an advocate: the answer", needs=("answer",))
    yield Move(event="asked_advocate", name="The person asks for an advocate", at=ALWAYS)
    yield Move(
        event="officer_contacted", name="The designated officer was contacted", after=("routed",), needs=("who",)
    )
    if "campaign.action" in profile.clocks:
        yield Move(event="campaign_linked", name="It belongs to a campaign", needs=("campaign",), once=True)
        yield Move(
            event="campaign_acted",
            name="The campaign complaint was acted on",
            after=("campaign_linked",),
            needs=("what",),
        )
    yield Move(event="contact_warned", name="Warn about contact", needs=("why",))
    yield Move(
        event="contact_planned",
        name="Decide a contact plan",
        at=ALWAYS,
        needs=("plan[contact_options]", "why", "until", "review"),
    )
    yield Move(
        event="contact_plan_ended", name="End the contact plan", at=ALWAYS, after=("contact_planned",), needs=("why",)
    )
    yield Move(event="flagged", name="Mark it", at=ALWAYS, needs=("flag[flags]",))
    yield Move(event="cost", name="Record a cost", at=ALWAYS, needs=("amount", "what"))
    yield Move(event="added", name="The person adds something", at=ALWAYS)
    yield Move(event="survey_asked", name="Ask the person how we did", at=ALWAYS)
    yield Move(event="surveyed", name="The person says how we did", at=ALWAYS)
    yield Move(event="ombudsman_told", name="Tell the person how to go to the ombudsman", at=ALWAYS)
    yield Move(event="learned", name="What was learned: action, owner, date", at=ALWAYS, needs=("what", "owner", "due"))
    yield Move(event="learning_done", name="It was done", at=ALWAYS, after=("learned",), needs=("evidence",))
    yield from keeping()
    yield Move(event="corrected", name="Correct an event", at=ALWAYS, needs=("of", "why"))
