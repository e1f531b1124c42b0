"""The forms of what has to do with advocates and with compliments; an advocate has a page with their own of these."""

from __future__ import annotations

from collections.abc import Mapping

from console.form import NOTE, Deed, Field, why
from console.words import N_

_REFERRAL = (
    Field("to", N_("To whom"), optional=True, hint=N_("An advocate by name, or the advocacy service")),
    Field(
        "staff",
        N_("Advocate who signs in here"),
        "staff",
        "advocates",
        True,
        N_("They see this referral and nothing else of the record."),
    ),
    Field("called", N_("What they like to be called, if they agreed to give it"), optional=True),
    Field("home", N_("Where the young person lives, if that is a home or service"), "choice", "homes", True),
    Field("visit", N_("They ask to be seen at the advocate's next visit there"), "yes", optional=True),
    Field(
        "shared",
        N_("What they agreed that the advocate is told"),
        "area",
        optional=True,
        hint=N_("In their words. An account is never shown to an advocate by itself."),
    ),
    NOTE,
)

HELPING: Mapping[str, Deed] = {
    # Advocates
    "referred": Deed(N_("Pass it to the advocate"), "next", _REFERRAL, dated=True),
    "advocate_referred": Deed(N_("Pass the person to an advocate"), "people", _REFERRAL, dated=True),
    "advocate_accepted": Deed(N_("The advocate takes it on"), "people", (NOTE,), dated=True),
    "advocate_declined": Deed(N_("The advocate cannot take it on"), "people", (why(),), dated=True),
    "advocate_arranged": Deed(
        N_("The advocate arranged a meeting"),
        "people",
        (
            Field("day", N_("Day of the meeting"), "day", optional=True),
            Field("time", N_("Time"), optional=True, hint=N_("For example 16:30")),
            Field("where", N_("Where"), optional=True),
            Field("visit", N_("Or: at the next visit to the home"), "yes", optional=True),
            NOTE,
        ),
    ),
    "advocate_met": Deed(N_("The advocate met the person"), "people", (NOTE,), dated=True),
    "advocate_reported": Deed(
        N_("The advocate reports back"),
        "people",
        (
            Field("what", N_("What the young person wants"), "area", hint=N_("In their words, as far as you can.")),
            Field("agreed", N_("The young person agrees that this goes on the record"), "yes"),
        ),
        dated=True,
    ),
    "advocate_ended": Deed(
        N_("The help of the advocate ended"),
        "people",
        (Field("result", N_("How it ended"), "choice", "help_ends"), NOTE),
        dated=True,
    ),
    # Compliments
    "passed_on": Deed(
        N_("Bring it to the worker and the team"),
        "next",
        (
            Field("to", N_("To whom: the worker, their manager"), optional=True),
            Field(
                "staff",
                N_("Those of them who sign in here"),
                "ticks",
                "everybody",
                True,
                N_("Whoever it is about may then read it, where their role reaches."),
            ),
            Field("services", N_("Which services it is about"), "ticks", "services", True),
            NOTE,
        ),
        dated=True,
    ),
    "sharing": Deed(
        N_("Record what may be done with it"),
        "next",
        (
            Field("answer", N_("What the person agrees to"), "choice", "sharing"),
            Field("how", N_("How it was found out")),
        ),
        dated=True,
    ),
    "celebrated": Deed(
        N_("Put it on the board"),
        "next",
        (
            Field(
                "words",
                N_("Words on the board"),
                "area",
                hint=N_("In their words and language. Leave out every name and whatever shows who it was."),
            ),
        ),
        hint=N_("Only when they agreed that it is shared."),
    ),
    "taken_down": Deed(N_("Take it off the board"), "next", (NOTE,)),
}
