"""What a reply may be, which wording it begins with, what fills its places, and what the gate says, in words.

Nothing here reads or writes: ``console.pages.reply`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import locales
from casework import letters
from casework.calendar import LONDON
from casework.case import moves
from casework.contact import Verdict
from casework.dues import deadline
from casework.letters import LETTERS
from casework.milestone_texts import TAILS
from casework.milestones import ANSWERING
from casework.procedure import Profile
from casework.record import CaseState, day
from casework.told import promised
from console import deeds
from console.words import N_
from storage.templates import Template

#: Characters a reply may have: some six pages.
MOST = 12_000
#: Characters a wording may have.
MOST_TEMPLATE = 4_000


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a message is.

    event    what the record then says besides that it was written; ".answered" is that of the stage, "" nothing
    letters  the wordings it may begin with, the likeliest first
    fields   what is asked besides the text: "until", "why"
    told     reasons of tasks that are done by it
    """

    label: str
    event: str = ""
    letters: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


PURPOSES: Mapping[str, Purpose] = {
    "acknowledge": Purpose(
        N_("The acknowledgement"), ".acknowledged", ("acknowledge_who", "acknowledge", "received"), told=("tell_who",)
    ),
    "contacted": Purpose(N_("How we understood it, and how it goes on"), "contacted", ("informal",)),
    "passed_on": Purpose(N_("Thanks, passed on to the worker"), "passed_on", ("thanks",)),
    "answer": Purpose(N_("The answer of the stage"), ".answered", ("upheld", "partly", "not_upheld")),
    "who": Purpose(N_("Who will answer"), "", ("who",), told=("tell_who",)),
    "more": Purpose(N_("Asking for more"), "asked_more", ("more",), ("until",)),
    "delay": Purpose(N_("That it takes longer, or waits"), "informed", ("extended", "paused", "news"), told=("moved",)),
    "way_on": Purpose(N_("The way on, and its last day"), "informed", ("way_on", "ombudsman")),
    "elsewhere": Purpose(N_("Where it was sent"), "informed", ("elsewhere",)),
    "withdrawn": Purpose(N_("That it was taken back"), "informed", ("withdrawn",)),
    "meeting": Purpose(N_("A meeting or a visit"), "", ("visit",)),
    "closing": Purpose(N_("That it is closed"), "closed", ("closing", "no_contact"), ("why",)),
    "reply": Purpose(N_("A reply")),
}
#: What the shipped wordings are called.
TITLES: Mapping[str, str] = {
    "acknowledge_who": N_("Acknowledgement: who answers, and by when"),
    "acknowledge": N_("Acknowledgement: by when"),
    "received": N_("It was read"),
    "who": N_("Who will answer"),
    "more": N_("Asking for more"),
    "extended": N_("It takes longer"),
    "paused": N_("It has to wait"),
    "news": N_("How it stands"),
    "upheld": N_("Answer: upheld"),
    "partly": N_("Answer: partly upheld"),
    "not_upheld": N_("Answer: not upheld"),
    "way_on": N_("The way on, and its last day"),
    "ombudsman": N_("The ombudsman"),
    "visit": N_("A meeting or a visit"),
    "interpreter": N_("An interpreter was asked"),
    "thanks": N_("Thanks, passed on to the worker"),
    "informal": N_("How we understood it, and their rights"),
    "elsewhere": N_("Where it was sent"),
    "withdrawn": N_("It was taken back"),
    "no_contact": N_("Nothing was heard: closed for now"),
    "closing": N_("It is closed"),
}
#: What fills a place, in words for staff.
PLACES: Mapping[str, str] = {
    "reference": N_("the number of the record"),
    "organisation": N_("your organisation"),
    "name": N_("the name the person gave"),
    "who": N_("who answers, by the role they hold"),
    "sent_on": N_("the day it was sent"),
    "acknowledge_by": N_("the last day of the acknowledgement"),
    "answer_by": N_("the last day of the answer"),
    "next_step": N_("the next stage, or the ombudsman"),
    "next_by": N_("the last day to ask for it"),
    "way_on": N_("how they can go on, and until when where there is such a day"),
    "look_again": N_("the day on which a pause is looked at"),
    "ombudsman": N_("the ombudsman"),
}
#: Why the gate does not let it go -> what else can be done.
REASONS: Mapping[str, tuple[str, str]] = {
    "gone": (
        N_("There is nowhere to write to here."),
        N_("If they left another way, write or telephone there, and record it."),
    ),
    "limited": (
        N_("The use of this record is limited."),
        N_("It is kept, and nothing is sent about it, until that is lifted under its data rights."),
    ),
    "stopped": (
        N_("They sent STOP: no more messages may go to this number or account."),
        N_("They can begin again by START. Until then use another way they allowed, and record it."),
    ),
    "none": (
        N_("They asked us not to contact them."),
        N_("The answer is kept on the record for when they come back. Whoever must reach them decides with a manager."),
    ),
    "unsafe": (
        N_("It was said that an answer here is not safe."),
        N_("Find out in a safe way how they can be reached, then settle it on the record."),
    ),
    "plan": (
        N_("A contact plan is in force, or contact was ended."),
        N_("Keep to the plan: it is on the record with its reason. Only whoever decided it may change it."),
    ),
    "refused": (N_("They do not want such messages."), N_("A reply to what they sent may still go.")),
    "elsewhere": (
        N_("They asked to be reached another way, not here."),
        N_("Telephone or write as they asked, then record it."),
    ),
    "unasked": (N_("They have not been asked how they may be reached."), N_("Ask them when they write next.")),
    "times": (
        N_("They may be reached only at certain times, which they said in their own words."),
        N_("Read what they said, and settle the times on the record. Then it can go."),
    ),
}
WAYS: Mapping[str, str] = {
    "here": N_("here"),
    "text": N_("text message"),
    "call": N_("phone call"),
    "email": N_("e-mail"),
    "letter": N_("letter"),
    "other": N_("the talk they wrote from earlier"),
}
DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
#: Purposes that make sense only where a record stands so.
_AT: Mapping[str, Callable[[CaseState], bool]] = {
    "elsewhere": lambda state: state.place == "elsewhere",
    "withdrawn": lambda state: state.place == "withdrawn",
    "way_on": lambda state: (
        state.place.endswith(".answered") or state.place in ("closed", "ombudsman", "resolved", "contacted")
    ),
    "delay": lambda state: state.open and not state.place.endswith(".answered"),
    "who": lambda state: any(state.roles.get(role) for role in ANSWERING),
}


def event_of(purpose: Purpose, profile: Profile, state: CaseState) -> str:
    """The event that goes with a purpose now, "" for none."""
    wanted = purpose.event
    found = [move.event for move in moves(profile, state)]
    if wanted == ".acknowledged" and "acknowledged" in found:
        return "acknowledged"
    return next((one for one in found if one == wanted or (wanted[:1] == "." and one.endswith(wanted))), "")


def offered(profile: Profile, state: CaseState, may: Iterable[str]) -> dict[str, str]:
    """Purpose -> its event, for what a message may be as the record stands; ``may``: permissions of the user."""
    allowed, out = frozenset(may), {}
    for code, purpose in PURPOSES.items():
        event = event_of(purpose, profile, state)
        if event and deeds.permission(event) not in allowed:
            event = ""
        if purpose.event and not event and purpose.event != "informed":
            continue
        if code in _AT and not _AT[code](state):
            continue
        out[code] = event
    return out


def usual(state: CaseState, can: Mapping[str, str]) -> str:
    """What a message most likely is now: the acknowledgement while it is owed, else a reply."""
    owed = [one for one in state.running if one.clock.endswith("acknowledgement")]
    if owed and "acknowledge" in can:
        return "acknowledge"
    return "acknowledge" if can.get("acknowledge", "").endswith(".acknowledged") else "reply"


# Wordings ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wording:
    """A model reply as it is offered. ``id``: the organisation's own row, 0 for the shipped one.

    language  of ``text``; not always the one that was asked for
    """

    code: str
    title: str
    text: str
    language: str
    id: int = 0


def wording(code: str, language: str, register: str, own: Sequence[Template]) -> Wording | None:
    """The organisation's own wording before the shipped one; in the language, else the original. None for no such."""
    mine = {one.language: one for one in own if one.code == code}
    if found := mine.get(language):
        return Wording(code, found.title, found.text, language, found.id)
    if letter := LETTERS.get(code):
        title = mine["en"].title if "en" in mine else ""
        return Wording(code, title, shipped(code, language, letter.wording(register), register), language)
    found = mine.get("en") or next(iter(mine.values()), None)
    return Wording(code, found.title, found.text, found.language, found.id) if found else None


def shipped(code: str, language: str, which: tuple[str, str] | None = None, register: str = "") -> str:
    """The shipped wording in a language; the plain one unless ``which`` names (context, English text)."""
    letter = LETTERS[code]
    context, text = which or ("", letter.plain)
    return locales.translator(language)(locales.reader(context, register), text, letter.plain)


def register_of(facts: Mapping[str, Sequence[str]]) -> str:
    """How to speak to the person of a record: "child" up to eleven, "young", or ""."""
    if set(facts.get("age", ())) & {"under8", "8to11"}:
        return "child"
    return "young" if "child" in facts.get("who", ()) else ""


def likeliest(
    purpose: Purpose, state: CaseState, values: Mapping[str, str], language: str, own: Sequence[Template]
) -> str:
    """The wording a purpose begins with: the first whose places the record can all fill."""
    if purpose.event == "informed" and "paused" in purpose.letters:
        if any(one.paused for one in state.running):
            return "paused"
        return "extended" if any(one.extended for one in state.running) else "news"
    for code in purpose.letters:
        found = wording(code, language, "", own)
        if found and all(place in values for place in letters.places(found.text)):
            return code
    return purpose.letters[-1] if purpose.letters else ""


def values(
    profile: Profile, state: CaseState, reference: str, name: str, language: str, now: datetime, register: str = ""
) -> dict[str, str]:
    """What fills the places of a wording, as far as the record knows it, in the language and register of the person."""

    def shown(found: object) -> str:
        at = day(found)
        return locales.show_date(at, language) if at else ""

    days = promised(profile, state)
    paused = state.last("paused")
    step, by = way_on(profile, state, now, language)
    holders = [", ".join(state.roles[role]) for role in ANSWERING if state.roles.get(role)]
    out = {
        "reference": reference,
        "organisation": profile.name.said(language),
        "name": name,
        "who": holders[-1] if holders else "",
        "sent_on": shown(state.filed.astimezone(LONDON).date()) if state.filed else "",
        "acknowledge_by": shown(days.get("acknowledge_by")),
        "answer_by": shown(days.get("answer_by")),
        "next_step": step,
        "next_by": shown(by),
        "way_on": goes_on(step, shown(by), language, register),
        "look_again": shown(paused.said("review")) if paused and any(one.paused for one in state.running) else "",
        "ombudsman": profile.ombudsman.name.said(language) if profile.ombudsman else "",
    }
    return {place: text for place, text in out.items() if text}


def goes_on(step: str, by: str, language: str, register: str = "") -> str:
    """The sentence of how to go further, with its last day where there is one; "" where there is no further step."""
    if not step:
        return ""
    tail = TAILS["way_on" if by else "way_on_open"]
    context, text = ("child", tail.child) if register == "child" and tail.child else ("", tail.plain)
    said = locales.translator(language)(locales.reader(context, register), text, tail.plain)
    return locales.fill(said, {"next_step": step, "next_by": by}, language)


def way_on(profile: Profile, state: CaseState, now: datetime, language: str) -> tuple[str, object]:
    """What comes after the stage the record is in, and the last day to ask for it (None where there is no such day)."""
    stages = list(profile.stages)
    # A complaint that is answered before its first stage was begun is answered at that stage.
    stage = state.stage or (stages[0] if stages and state.kind == "complaint" else "")
    at = stages.index(stage) if stage in stages else -1
    after = stages[at + 1] if stage in stages and at + 1 < len(stages) else ""
    clock = f"{after}.window" if after else "ombudsman.window"
    running = state.clocks.get(clock)
    if after:
        name = profile.stages[after].name.said(language)
    else:
        name = profile.ombudsman.name.said(language) if profile.ombudsman and stage in stages else ""
    if running and running.deadline:
        return name, running.deadline.day
    return name, deadline(profile, clock, now).day if name and clock in profile.clocks else None


# What is wrong ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Faults:
    """What keeps a text from being sent: places that are unknown, or that nothing fills; gaps left to be written."""

    unknown: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unknown or self.empty or self.gaps)


def faults(text: str, known: Mapping[str, str], template: str) -> Faults:
    """Gaps count only where they are the wording's own: staff may write in brackets."""
    left = tuple(gap for gap in letters.gaps(template) if gap in text)
    return Faults(letters.unknown(text), tuple(p for p in letters.places(text) if p not in known), left)


def braced(names: Iterable[str]) -> str:
    """Places as they are typed: "{reference}, {who}"."""
    return ", ".join("{" + name + "}" for name in names)


def late(profile: Profile, state: CaseState, event: str, verdict: Verdict) -> bool:
    """Whether a message that waits leaves only after the last day of a limit that its event meets."""
    if not event or verdict.until is None:
        return False
    met = (
        profile.clocks.get(one.clock) for one in state.running if one.deadline and one.deadline.moment <= verdict.until
    )
    return any(clock and event in clock.stops for clock in met)
