"""How a person may be reached, in words for staff: the rules of safe contact and what the gate says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from casework import contact
from casework.contact import Verdict, Wishes
from console.render import shown
from console.replying import DAYS, REASONS, WAYS
from console.words import N_

Say = Callable[..., str]

#: Rule (``casework.contact.said``) -> how it is said.
RULES: Mapping[str, str] = {
    "stopped": N_("They sent STOP: no more messages here."),
    "none": N_("They asked us not to contact them."),
    "unsafe": N_("It was said that an answer here is not safe."),
    "plan": N_("A contact plan is in force, or contact was ended."),
    "shared": N_("Others read this phone or account: only “There is a message for you” is sent."),
    "refused_survey": N_("They do not want to be asked how we did."),
    "refused_news": N_("They do not want to hear what changed afterwards."),
    "ways": N_("They may be reached: {ways}."),
    "unasked": N_("They have not said how it is safe to reach them."),
    "times": N_("Only at certain times, which they said in their own words: settle them on the record."),
    "window": N_("Only between {first} and {last}."),
    "days": N_("Only between {first} and {last}, on: {days}."),
    "hours": N_("Messages leave between {first} and {last}."),
}
#: Rules that keep a message from going.
FORBID = frozenset(("stopped", "none", "unsafe", "plan", "times"))
GOES, WAITS, STAYS = "goes", "waits", "stays"


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says. ``state``: "goes", "waits", "stays".

    words    in one line; ``instead`` what else can be done where it stays
    rules    (words, whether it forbids) of safe contact, the weightiest first
    neutral  only that there is a message is sent; its words are kept for whoever has the number of the record
    """

    state: str
    words: str
    colour: str
    instead: str = ""
    rules: tuple[tuple[str, bool], ...] = ()
    neutral: bool = False


def gate(verdict: Verdict, wishes: Wishes | None, channel: str, say: Say, language: str) -> Gate:
    """Of a verdict; ``wishes`` None where what they said is gone."""
    rules = told(wishes, say) if wishes else ()
    if verdict.go:
        words = say("It is written on their page at once.") if channel == "web" else say("It goes at once.")
        return Gate(GOES, words, "green", rules=rules, neutral=verdict.neutral)
    if verdict.until is not None:
        words = say("It waits until {time}.", time=shown(verdict.until, language))
        return Gate(WAITS, words, "amber", rules=rules, neutral=verdict.neutral)
    why, instead = REASONS.get(verdict.reason, REASONS["gone"])
    return Gate(STAYS, say(why), "red", say(instead), rules)


def told(wishes: Wishes, say: Say, without: Collection[str] = ()) -> tuple[tuple[str, bool], ...]:
    """(words, whether it forbids) of the rules of safe contact, the weightiest first; ``without`` some of RULES."""
    return tuple(_rule(key, args, say) for key, args in contact.said(wishes) if key not in without)


def _rule(key: str, args: Mapping[str, str], say: Say) -> tuple[str, bool]:
    ways = ", ".join(say(WAYS[way]) if way in WAYS else way for way in args.get("ways", "").split())
    days = ", ".join(say(DAYS[int(one)]) for one in args.get("days", "").split())
    text = RULES["days" if key == "window" and days else key] if key in RULES or days else key
    said = say(text, ways=ways, days=days, first=args.get("from", ""), last=args.get("until", ""))
    return said, key in FORBID
