"""Not happy with it: what can be done next, in one message, and choosing it does it at once.

Which ways there are, with names and last days, is the store's to say (``Need("ways")``, ``casework.escalation``); it
is asked again after "the next step" is chosen, for the day by which the new stage is answered.
"""

from __future__ import annotations

from dataclasses import replace

from flows.guards import All, Guard, Is, Not
from flows.scripts import common
from flows.steps import C_, N_, AnyStep, Choose, LookUp, Option, Tell, Text

WAYS = LookUp(id="ways", query="ways", of="")
CHOICE = Choose(
    id="way_on",
    final=True,
    text=Text(N_("What would you like?"), symbols=("idea",)),
    label=Text(N_("What they want to do next")),
    options=(
        Option(
            "next",
            Text(N_("Ask for the next step")),
            symbol="go",
            event="next_stage",
            when=Is("ways", "next_by", "next", "next_late", "next_early"),
        ),
        replace(common.MAKE_COMPLAINT, value="complaint", when=Is("ways", "complaint")),
        Option(
            "mediation",
            Text(N_("Talk it over with someone from outside the team")),
            symbol="together",
            event="unhappy",
            when=Is("ways", "mediation"),
        ),
        Option(
            "advocate",
            Text(N_("Get someone to help me speak up")),
            symbol="help",
            event="asked_advocate",
            when=Is("ways", "advocate"),
        ),
        Option(
            "ombudsman",
            Text(N_("How to go to the ombudsman")),
            symbol="search",
            event="ombudsman_told",
            when=Is("ways", "ombudsman", "ombudsman_by"),
        ),
        Option("person", Text(N_("Talk to a person")), symbol="phone", event="unhappy"),
        Option("nothing", Text(N_("Nothing, thanks")), symbol="done", like="no"),
    ),
)
WHY = Choose(
    id="way_why",
    source="request_reasons",
    text=Text(N_("Why do you want to go further?"), symbols=("why",)),
    label=Text(N_("Why they go further")),
)
#: An advocate is offered again to a child or young person who goes further.
ADVOCATE = Choose(
    id="way_advocate",
    text=common.ADVOCATE.text,
    label=common.ADVOCATE.label,
    options=tuple(
        replace(option, event="asked_advocate" if option.value == "yes" else "advocate_offered")
        for option in common.ADVOCATE.options
    ),
)


def way_on(guard: Guard) -> tuple[AnyStep, ...]:
    """What can be done next, for whom ``guard`` holds."""

    def said(step_id: str, text: Text, *guards: Guard) -> Tell:
        return Tell(id=step_id, when=All(guard, *guards), text=text)

    chosen = Is(CHOICE.id, "next")
    return (
        replace(WAYS, when=guard),
        said(
            "way_sorry",
            Text(
                N_("We are sorry that you are not happy with it."),
                child=C_("child", "We are sorry that it is not good yet."),
            ),
        ),
        said(
            "way_next_by",
            Text(
                N_("You can ask for the next step by {next_by}: {next_step}."),
                child=C_("child", "You can ask other people to look at it, until {next_by}: {next_step}."),
                easy=C_("easy", "You can ask for the next step: {next_step}. Ask by {next_by}."),
            ),
            Is("ways", "next_by"),
        ),
        said(
            "way_next",
            Text(
                N_("You can ask for the next step: {next_step}."),
                child=C_("child", "You can ask other people to look at it: {next_step}."),
            ),
            Is("ways", "next"),
        ),
        said(
            "way_next_late",
            Text(
                N_("The last day for the next step ({next_step}) was {next_by}. You can still ask: a person decides."),
            ),
            Is("ways", "next_late"),
        ),
        said(
            "way_next_early",
            Text(N_("Our answer is late. You can ask for the next step now: {next_step}.")),
            Is("ways", "next_early"),
        ),
        said(
            "way_ombudsman_by",
            Text(N_("You can go to the {ombudsman} until {ombudsman_by}.")),
            Is("ways", "ombudsman_by"),
            Not(Is("ways", "next_by", "next", "next_late", "next_early")),
        ),
        replace(CHOICE, when=guard),
        LookUp(id="way_asked", query="ways", of="", when=All(guard, Is(CHOICE.id, "next", "ombudsman"))),
        said(
            "way_asked_by",
            Text(
                N_("We have passed it on: {asked_step}. You get an answer by {answer_by}."),
                child=C_("child", "Other people look at it now: {asked_step}. They answer by {answer_by}."),
            ),
            chosen,
            Is("way_asked", "answer_by"),
        ),
        said(
            "way_asked_open",
            Text(N_("We have passed it on: {asked_step}. We tell you by when you get an answer.")),
            chosen,
            Not(Is("way_asked", "answer_by")),
        ),
        said(
            "way_asked_late",
            Text(N_("As it is after the last day, a person decides whether to take it, and tells you.")),
            chosen,
            Is("ways", "next_late"),
        ),
        said(
            "way_ombudsman",
            Text(
                N_(
                    "The {ombudsman} is independent and free: {web}. "
                    "They may want us to finish first. Send PERSON if you need help with it."
                ),
                easy=C_("easy", "The {ombudsman} is free. They do not work for us: {web}. Need help? Send PERSON."),
            ),
            Is(CHOICE.id, "ombudsman"),
        ),
        said(
            "way_noted",
            Text(N_("Thank you. It is with the team now.")),
            Is(CHOICE.id, "mediation", "advocate", "person", "complaint"),
        ),
        replace(WHY, when=All(guard, chosen, Not(Is("ways", "next_early")))),
        replace(ADVOCATE, when=All(guard, chosen, Is("way_asked", "child"))),
    )


#: Answers that are counted: coded values go to the facts of the record also when it is an earlier one.
COUNTED = (CHOICE.id, WHY.id, ADVOCATE.id)
