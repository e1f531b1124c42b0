"""The words of data rights: marks, grounds for erasing, what speaks against it, kinds and states of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.words import N_

if TYPE_CHECKING:
    from console.request import Request

#: A mark -> what it is called, what it does.
MARKS: Mapping[str, tuple[str, str]] = {
    "hold": (
        N_("Hold"),
        N_("Nothing erases it while it is held: not the person, not the end of its time, not a member of staff."),
    ),
    "limited": (
        N_("Limit its use"),
        N_(
            "It is kept and can be read, and not worked with: nothing is sent, it is in no list of work. Signs of "
            "danger stay in theirs."
        ),
    ),
}
#: Why somebody is erased. UK GDPR article 17(1).
GROUNDS: Mapping[str, str] = {
    "asked": N_("They asked for it, and nothing obliges us to keep it"),
    "not_needed": N_("It is not needed any more"),
    "objected": N_("They objected, and our reasons do not weigh more"),
    "unlawful": N_("It should never have been kept"),
    "law": N_("The law obliges us to erase it"),
}
#: Why it may go although something speaks against it.
ANYWAY: Mapping[str, str] = {
    "elsewhere": N_("All of it is kept and dealt with elsewhere, and nobody is in danger"),
    "mistake": N_("It is a test, or was entered by mistake"),
    "order": N_("A court or the regulator has ordered it"),
}
#: What speaks against it (``storage.rights_erasing.Against``, ``storage.rights_retention``).
AGAINST: Mapping[str, str] = {
    "hold": N_("It is held. Nothing erases it until somebody lifts that."),
    "danger": N_("A sign of danger waits for somebody, or safeguarding is at work on it."),
    "clock": N_("A time limit runs: something is still owed."),
    "open": N_("It is not closed."),
    "decide": N_("A person has to look at it first."),
    "no_rule": N_("No rule says how long it is kept. Add one to the organisation's profile."),
}
KINDS: Mapping[str, str] = {
    "access": N_("A copy of their data"),
    "erasure": N_("Erasing"),
    "rectification": N_("Putting right"),
    "restriction": N_("Limiting its use"),
}
#: State of a request -> words, colour.
STATES: Mapping[str, tuple[str, str]] = {
    "open": (N_("Open"), "blue"),
    "released": (N_("Released: waits to be fetched"), "amber"),
    "done": (N_("Done"), "green"),
    "refused": (N_("Refused"), "grey"),
}
#: What goes of what is kept besides records, by its table (``storage.rights_besides``).
BESIDES: Mapping[str, str] = {
    "staff": N_("Name and login; a number stays in the audit"),
    "api_token": N_("The token"),
    "webhook": N_("The webhook, and what it was told"),
    "learning": N_("The words; what reports count stays"),
    "rights_request": N_("That it was asked"),
}
#: Why something is left out of a copy (``casework.withholding.REASONS``).
WITHHELD: Mapping[str, str] = {
    "third": N_("It is about somebody else, who does not agree, and it is not reasonable without"),
    "harm": N_("It would be likely to do serious harm to them or to somebody else"),
    "law": N_("The law says so: crime, a court, legal advice"),
}
#: Why a word is proposed to be covered (``casework.covering``).
FOUND: Mapping[str, str] = {
    "named": N_("named in an answer"),
    "staff": N_("works here"),
    "name": N_("may be a name"),
    "number": N_("a number"),
    "address": N_("an address"),
}


def spoken(ask: Request, words: Mapping[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    """(code, first, second) in the reader's language."""
    return [(code, ask.say(first), ask.say(second)) for code, (first, second) in words.items()]
