"""The forms of the deeds between us and the person: what was said and asked, and how they may be reached."""

from __future__ import annotations

from collections.abc import Mapping

from console.form import DECIDE, NOTE, Deed, Field, why
from console.words import N_

TALKING: Mapping[str, Deed] = {
    # Talking with the person
    "talked": Deed(
        N_("Talked with the person, or why not"),
        "talk",
        (
            Field("who", N_("Who talked with them"), optional=True),
            why(N_("Or why nobody did"), optional=True),
            Field("note", N_("What was said"), "area", optional=True),
        ),
        dated=True,
        hint=N_("Before the answer somebody talks with the person: say who, or why not."),
    ),
    "replied": Deed(
        N_("Wrote to the person another way"),
        "talk",
        (
            Field("what", N_("What it was")),
            Field("how", N_("How"), hint=N_("By letter, by e-mail, on the telephone")),
            Field("text", N_("What was written"), "area", optional=True),
        ),
        dated=True,
        hint=N_("What is written by the page “Write to the person” is recorded by itself."),
    ),
    "informed": Deed(N_("Told the person how it stands"), "talk", (NOTE,), dated=True),
    "asked_more": Deed(
        N_("Ask the person for more"),
        "talk",
        (
            Field("what", N_("What they are asked for"), "area"),
            Field(
                "until",
                N_("Look again on"),
                "day",
                hint=N_("If nothing came by then, it can be closed with an invitation to come back."),
            ),
        ),
    ),
    "heard_more": Deed(N_("They gave what was asked for"), "talk", (NOTE,), dated=True),
    "consent_asked": Deed(
        N_("Ask for consent or the child's view"),
        "talk",
        (
            Field("who", N_("Who is asked"), hint=N_("A child is asked in private, not through the adult.")),
            Field("until", N_("Look again on"), "day"),
        ),
    ),
    "consent": Deed(
        N_("Record consent or the child's view"),
        "talk",
        (
            Field("who", N_("Whose it is")),
            Field("answer", N_("Answer"), "choice", "consents"),
            Field("how", N_("How it was found out"), hint=N_("In writing, on the telephone, in private with …")),
            Field(
                "understanding",
                N_("Do they understand what they agree to?"),
                "area",
                optional=True,
                hint=N_("A person's view. No child needs to pass a test to complain."),
            ),
        ),
        dated=True,
    ),
    "advocate_offered": Deed(
        N_("Offer an advocate: the answer"),
        "talk",
        (
            Field("answer", N_("Answer"), "choice", "advocate_answers"),
            Field("kind", N_("Who the advocate is"), "choice", "advocacy_who", True),
            Field("why_not", N_("Why none was wanted"), "choice", "advocacy_why_not", True),
        ),
        dated=True,
    ),
    "asked_advocate": Deed(N_("The person asks for an advocate"), "talk", (NOTE,)),
    "visit_offered": Deed(
        N_("Offer a visit: the answer"), "talk", (Field("answer", N_("Answer"), "choice", "visits"), NOTE), dated=True
    ),
    "reviewing_officer": Deed(
        N_("The reviewing officer was told"),
        "talk",
        (Field("who", N_("Reviewing officer")), Field("agreed", N_("The child agreed to it"), "yes"), NOTE),
        dated=True,
    ),
    "ombudsman_told": Deed(N_("Tell the person how to go to the ombudsman"), "talk", (NOTE,), dated=True),
    "added": Deed(N_("The person adds something"), "talk", (Field("note", N_("What they added"), "area"),), dated=True),
    "unhappy": Deed(N_("The person is still not happy"), "talk", (NOTE,)),
    "surveyed": Deed(
        N_("The person says how we did"),
        "talk",
        (
            Field("understood", N_("Did we understand them?"), "choice", "yes_no", True),
            Field("listened", N_("Were they listened to"), "choice", "yes_no", True),
            Field("promised", N_("Was what we promised done"), "choice", "done_yet", True),
            Field("process", N_("How they feel about the way we dealt with it"), "choice", "faces", True),
            Field("outcome", N_("How they feel about what came of it"), "choice", "faces", True),
            Field("note", N_("In their words"), "area", optional=True),
        ),
        dated=True,
    ),
    # Contact and safety
    "contact_warned": Deed(N_("Warn about contact"), "contact", (why(N_("About what")),), DECIDE, True),
    "contact_planned": Deed(
        N_("Decide a contact plan"),
        "contact",
        (
            Field("plan", N_("Plan"), "choice", "contact_options"),
            why(),
            Field("until", N_("Until"), "day"),
            Field("review", N_("Review on"), "day"),
            Field("threat", N_("Staff were threatened: no warning is needed"), "yes", optional=True),
        ),
        DECIDE,
        hint=N_("Never a silent block: the person is told in writing why, what and for how long."),
    ),
    "contact_plan_ended": Deed(N_("End the contact plan"), "contact", (why(),), DECIDE),
    "contact_settled": Deed(
        N_("Settle how and when to reach the person"),
        "contact",
        (
            why(N_("What they said")),
            Field("from", N_("Not before"), optional=True, hint=N_("For example 16:30")),
            Field("until", N_("Not after"), optional=True, hint=N_("For example 18:00")),
            Field("days", N_("Only on"), "ticks", "weekdays", True, N_("None ticked means every day")),
            Field("neutral", N_("Others may see it: send only “There is a message for you”"), "yes", optional=True),
            Field("safe", N_("They say that it is safe to write to them here"), "yes", optional=True),
        ),
        hint=N_("It binds every message from now on, until the person says something else."),
    ),
    "contact_ended": Deed(
        N_("End contact, in writing with reasons"),
        "contact",
        (why(), Field("decided_by", N_("Who decided it"))),
        DECIDE,
        True,
    ),
}
