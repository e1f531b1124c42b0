"""The texts of milestones: each in plain words, for a child, and where it matters in easy words.

What decides which of them a person is told is ``casework.milestones``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from casework.procedure import KINDS

#: Kinds of record that hear how they stand. An unfinished account is not written to: nobody sent it.
HEARS = tuple(kind for kind in KINDS if kind != "unfinished")


def N_(message: str) -> str:
    """Marks a plain wording for the catalogue."""
    return message


def C_(context: str, message: str) -> str:
    """Marks a wording for children ("child"), young people ("young") or in easy words ("easy")."""
    return message


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in up to four wordings; what is missing falls back to ``plain`` (as ``flows.steps.Text``)."""

    plain: str
    child: str = ""
    young: str = ""
    easy: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """``then``: what follows, of TAILS, as far as the record can fill it. ``kinds`` of record that are told."""

    wording: Wording
    then: tuple[str, ...] = ()
    kinds: tuple[str, ...] = HEARS


MILESTONES: Mapping[str, Milestone] = {
    "acknowledged": Milestone(
        Wording(N_("A person has read what you sent ({reference})."), C_("child", "A person has read what you sent.")),
        ("answer_by", "contact_by"),
    ),
    "looking": Milestone(
        Wording(
            N_("Somebody is looking into it now ({reference})."),
            C_("child", "Somebody is finding out what happened now."),
        ),
        ("answer_by",),
    ),
    "extended": Milestone(
        Wording(
            N_("We are sorry: our answer to {reference} takes longer than we said."),
            C_("child", "We are sorry. Our answer takes longer than we said."),
        ),
        ("reason", "answer_by"),
    ),
    "paused": Milestone(
        Wording(
            N_("We have to wait with {reference} for now. It is not forgotten."),
            C_("child", "We have to wait for now. We have not forgotten you."),
        ),
        ("reason", "look_again"),
    ),
    "resumed": Milestone(
        Wording(N_("We go on with {reference} now."), C_("child", "We go on with it now.")), ("answer_by",)
    ),
    "answered": Milestone(
        Wording(
            N_("There is an answer to {reference}. If you have not had it, or want it in another way, tell us here."),
            C_("child", "There is an answer for you. Have you not had it? Tell us here."),
            easy=C_("easy", "There is an answer for you ({reference}). Not had it? Tell us here."),
        ),
        ("way_on",),
    ),
    "elsewhere": Milestone(
        Wording(
            N_("Other people look into {reference} now, because they can help better. You need not say it all again."),
            C_("child", "Other people look at it now. They can help better. You do not have to say it again."),
        ),
    ),
    "handed_over": Milestone(
        Wording(
            N_("Another organisation looks into this part of {reference} now. You can still write to us here."),
            C_("child", "Other people look at this part now. You can still write to us here."),
        ),
    ),
    "handed_back": Milestone(
        Wording(N_("We look into {reference} ourselves again."), C_("child", "We look at it ourselves again.")),
        ("answer_by",),
    ),
    "next_step": Milestone(
        Wording(
            N_("The next step that you asked for has begun ({reference})."),
            C_("child", "Somebody else looks at it now, as you asked."),
        ),
        ("answer_by",),
    ),
    "reopened": Milestone(
        Wording(N_("We look at {reference} again."), C_("child", "We look at it again.")), ("answer_by",)
    ),
    "withdrawn": Milestone(
        Wording(
            N_("You have told us that you take {reference} back. That is all right. You can come back at any time."),
            C_("child", "You do not want us to go on. That is all right. You can always come back."),
        ),
    ),
    "contacted": Milestone(
        Wording(
            N_(
                "Thank you for talking with us about {reference}. "
                "You can make it a complaint at any time, with a free advocate to help you: tell us here."
            ),
            C_(
                "child",
                "Thank you for talking with us. You can always make it a complaint. "
                "An advocate can help you, free. Tell us here.",
            ),
        ),
        kinds=("informal",),
    ),
    "acted": Milestone(
        Wording(
            N_("We have done something about {reference}. We will ask you whether it is right now."),
            C_("child", "We have done something about it. We will ask you if it is better now."),
        ),
        kinds=("informal",),
    ),
    "loop_closed": Milestone(
        Wording(
            N_("Thank you for telling us how {reference} went. If it is not right after all, write to us here."),
            C_("child", "Thank you for telling us how it went. Is it not right after all? Write to us here."),
        ),
        kinds=("informal",),
    ),
    "passed_on": Milestone(
        Wording(
            N_("Your kind words have reached the people they are for. Thank you!"),
            C_("child", "Your kind words have arrived. Thank you!"),
        ),
        kinds=("compliment",),
    ),
    "advocate": Milestone(
        Wording(
            N_("We have asked an advocate to help you ({reference}). They will get in touch."),
            C_("child", "We have asked an advocate to help you. They will get in touch."),
        ),
    ),
    "remedy_done": Milestone(
        Wording(
            N_("What we promised about {reference} is done. If you see it differently, tell us here."),
            C_("child", "What we promised is done. Do you see it differently? Tell us here."),
        ),
    ),
    "closed": Milestone(
        Wording(
            N_("We have closed {reference}. Thank you for telling us. If it is still not right, write to us here."),
            C_("child", "We are finished now. Thank you for telling us. Is it still not right? Write to us here."),
        ),
        kinds=("complaint", "informal"),
    ),
}  # fmt: skip
#: Who looks into it, where the profile allows the name.
NAMED = Wording(
    N_("{who} is looking into it now ({reference}). If you would rather that somebody else did, tell us here."),
    C_("child", "{who} is finding out what happened. Would you like somebody else to do it? Tell us here."),
)
#: What may follow. "reason" is one of REASONS; "way_on" has a day or none.
TAILS: Mapping[str, Wording] = {
    "reason": Wording("{reason}"),
    "answer_by": Wording(
        N_("You will have our answer by {answer_by}."), C_("child", "You will have our answer by {answer_by}.")
    ),
    "contact_by": Wording(
        N_("Somebody will contact you by {contact_by}."), C_("child", "Somebody will contact you by {contact_by}.")
    ),
    "look_again": Wording(N_("We look at it again on {look_again}.")),
    "way_on": Wording(
        N_("If you are not happy with it, you can go on: {next_step}. Ask us here by {next_by}."),
        C_("child", "Are you not happy with it? Tell us here by {next_by}. Then somebody else looks at it."),
        easy=C_("easy", "Not happy with it? Tell us here by {next_by}."),
    ),
    "way_on_open": Wording(N_("If you are not happy with it, you can go on: {next_step}.")),
}
#: Why it takes longer, or waits: list -> entry -> in plain words. What would tip somebody off is not told.
REASONS: Mapping[str, Mapping[str, Wording]] = {
    "extension_reasons": {
        "complex": (_COMPLEX := Wording(N_("We need more time to look into it well."))),
        "complexity": _COMPLEX,
        "agencies": Wording(N_("We have to wait for another organisation.")),
        "pace": Wording(
            N_("We want to go at a pace that is right for you."),
            C_("child", "We want to go at a pace that is right for you."),
        ),
        "staffing": (_STAFFING := Wording(N_("There were not enough of us to do it in time."))),
        "key_staff": _STAFFING,
    },
    "pause_reasons": {
        "court": Wording(N_("A court has to decide first.")),
        "person": Wording(N_("You asked us to wait."), C_("child", "You asked us to wait.")),
    },
}
#: Any other reason is a person's to tell, with a task that says so (``Telling.explain``).
NOT_SAID = Wording(N_("A person will tell you why."), C_("child", "Somebody will tell you why."))
