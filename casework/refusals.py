"""Why something may not be added to a record now, in words that say what to do; and what to think of first.

Asked before an event is appended. A person's own rights are never refused by the software: a late request,
a matter older than twelve months, a withdrawal are taken, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from casework.calendar import LONDON, add_months
from casework.case import allowed, moves, stands
from casework.contact import time_of_day
from casework.errors import nearest
from casework.helping import CHECKS
from casework.keeping import CONSENTS, PARTNERS
from casework.moves import FLAGS, ROLES
from casework.procedure import Move, Profile
from casework.record import CaseEvent, CaseState, day
from casework.tasks import missing_roles
from casework.words import AND, OR, S_, Code, Said, Several, say

#: Details of an event -> how a refusal names them.
WORDS = {
    "why": S_("a reason"),
    "by": S_("who decided it"),
    "who": S_("who"),
    "to": S_("where to"),
    "way_on": S_("the way on that the person was told"),
    "review": S_("the day of its review"),
    "due": S_("the day it is due"),
    "look": S_("the decision: look at it or not"),
    "of": S_("the event it corrects"),
    "until": S_("the day by which"),
    "what": S_("what"),
    "how": S_("how it was found out"),
    "agreed": S_("that the child agreed to it"),
    "answer": S_("the answer"),
    "day": S_("a day"),
    "visit": S_("the next visit"),
    "result": S_("how it ended"),
    "words": S_("the words"),
}


def refusal(profile: Profile, state: CaseState, event: CaseEvent) -> Said | None:
    """None when the event may be appended; otherwise why not, and what to do instead."""
    return next(_reasons(profile, state, event), None)


def _reasons(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    known = [move for move in profile.moves if move.event == event.kind]
    if not known:
        names = sorted({move.event for move in profile.moves})
        near = nearest(event.kind, names)
        yield say("Nothing is called “{name}” in this procedure. {nearest}", name=event.kind, nearest=near)
        return
    move = next((move for move in known if allowed(move, state)), None)
    if move is None:
        yield _not_now(profile, state, known)
        return
    if state.filed and event.at < state.filed:
        yield say("This is dated {day}, before the record was sent. Correct the date.", day=event.day)
    elif move.to and state.arrived and event.at < state.arrived:
        since = state.arrived.astimezone(LONDON).date()
        yield say("This is dated {day}, before the last step on {since}. Correct the date.", day=event.day, since=since)
    for before in move.after:
        earlier = state.last(before)
        if earlier and event.at < earlier.at:
            yield say(
                "This is dated {day}, before “{name}” on {since}. Correct the date.",
                day=event.day,
                name=_called(profile, before),
                since=earlier.day,
            )
    yield from _details(profile, move, event)
    if check := _CHECKS.get(event.kind):
        yield from check(profile, state, event)
    if event.kind.endswith(".answered"):
        yield from _answer(profile, state, event)


def _not_now(profile: Profile, state: CaseState, known: list[Move]) -> Said:
    name = _name(known[0])
    if not state.place:
        return say("“{name}” needs a record that was sent: begin with “filed”.", name=name)
    kinds = tuple(dict.fromkeys(kind for move in known for kind in move.kinds))
    if kinds and state.kind not in kinds:
        takes = Several(Code("kind", kind) for kind in kinds)
        here_is = Code("kind", state.kind)
        return say("“{name}” is for: {kinds}. This record is: {kind}.", name=name, kinds=takes, kind=here_is)
    if known[0].once and state.last(known[0].event):
        return say("“{name}” was already recorded. To change it, correct that event.", name=name)
    here = next((move for move in known if stands(move, state.place)), None)
    missing = [_called(profile, event) for event in here.after if not state.last(event)] if here else []
    if missing:
        first = Several((say("“{name}”", name=one) for one in missing), AND)
        return say("“{name}” comes after {missing}. Record that first.", name=name, missing=first)
    done = next((event for move in known for event in move.unless if state.last(event)), None)
    if done:
        return say("“{name}” cannot follow “{done}”.", name=name, done=_called(profile, done))
    leads = [_name(move) for move in moves(profile, state) if move.to]
    return say(
        "“{name}” cannot happen where the record stands ({place}). What leads on from here: {moves}.",
        name=name,
        place=Code("place", state.place),
        moves=Several(dict.fromkeys(leads)) if leads else say("open it again"),
    )


def _name(move: Move) -> Code:
    return Code("event", move.event, move.name)


def _called(profile: Profile, event: str) -> Code:
    return next((_name(move) for move in profile.moves if move.event == event), Code("event", event))


def _details(profile: Profile, move: Move, event: CaseEvent) -> Iterator[Said]:
    for need in move.needs:
        found = re.fullmatch(r"([\w|]+)(?:\[(\w+)\])?", need)
        assert found
        names, source = found[1].split("|"), found[2]
        given = [word for name in names for word in event.listed(name) if word.strip()]
        if not given:
            yield say("“{name}” needs {what}.", name=_name(move), what=Several(map(_words, names), OR))
        elif source:
            yield from (fault for word in given if (fault := _unlisted(profile, source, word)))
    for name in ("review", "due", "until"):
        if name in move.needs and (value := event.said(name)) and day(value) is None:
            yield say(
                "“{name}” needs a date for {what}, as 2027-03-31, not “{value}”.",
                name=_name(move),
                what=_words(name),
                value=value,
            )
        elif name in move.needs and (when := day(event.said(name))) and when < event.day:
            yield say(
                "“{name}”: {what} is {day}, before the event itself. Give a later date.",
                name=_name(move),
                what=_words(name),
                day=when,
            )


def _unlisted(profile: Profile, source: str, word: str) -> Said | None:
    tables = {
        "routes": profile.routes,
        "clocks": profile.clocks,
        "services": profile.services,
        "flags": dict.fromkeys(FLAGS),
    }
    if source in tables:
        known: tuple[str, ...] = tuple(tables[source])
        if word in known or (source == "services" and word == "unsure"):
            return None
    elif not profile.listed(source) or profile.item(source, word):
        return None
    else:
        known = tuple(profile.listed(source))
    return say(
        "“{word}” is not one of the {list}. {nearest}",
        word=word,
        list=source.replace("_", " "),
        nearest=nearest(word, known),
    )


def _words(detail: str) -> Said:
    return Said(WORDS[detail], {}) if detail in WORDS else say("the {detail}", detail=detail.replace("_", " "))


def _extended(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    clock, running = profile.clocks[str(event.said("clock"))], state.clocks.get(str(event.said("clock")))
    name = Code("clock", clock.id, str(clock.name))
    if clock.extended is None:
        yield say(
            "“{clock}” has no extension here: keep the person informed (“informed”), and answer soon.", clock=name
        )
    elif running is None or running.stopped:
        yield say("“{clock}” is not running, so there is nothing to extend.", clock=name)
    elif running.extended:
        yield say(
            "“{clock}” was extended already, and only once is allowed: tell the person, and record “informed”.",
            clock=name,
        )
    elif clock.agreement and event.said("agreed") is not True:
        yield say(
            "“{clock}” is extended only with the complainant's agreement. Ask them, and tick that they agreed.",
            clock=name,
        )


def _paused(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    for clock in event.listed("clocks"):
        running = state.clocks.get(clock)
        if running is None or running.stopped:
            near = nearest(clock, [r.clock for r in state.running])
            yield say("The clock “{clock}” is not running. {nearest}", clock=clock, nearest=near)
        elif running.paused != (event.kind == "resumed"):
            name = Code("clock", clock, running.name)
            yield (
                say("“{clock}” is already paused.", clock=name)
                if running.paused
                else say("“{clock}” is not paused.", clock=name)
            )


def _role(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    roles = {role.id: role for stage in profile.stages.values() for role in stage.roles.values()}
    role, people = str(event.said("role")), event.listed("person")
    if role not in (*roles, *ROLES):
        yield say("No role is called “{role}”. {nearest}", role=role, nearest=nearest(role, (*roles, *ROLES)))
    accused = {word for e in state.all("filed") for word in e.listed("named")}
    objected = {word for e in state.all("objected") for word in e.listed("person")}
    for person in people:
        if person in objected and role in ("manager", "responder", "adjudicator"):
            yield say("The person objects to them answering. Choose somebody else, or talk with the person first.")
        others = [held for held, holders in state.roles.items() if person in holders and held != role]
        if person in accused:
            yield say("This person is named in the record and cannot hold a role in it. Choose somebody else.")
        elif others and any(r in roles and roles[r].independent for r in (role, *others)):
            held_here = Several(others, AND)
            yield say("This person is already {roles} here; who is independent holds no other role.", roles=held_here)


def _answer(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    stage = profile.stages[event.kind.removesuffix(".answered")]
    if stage.talk and not state.last("talked"):
        yield say("Before this answer somebody talks with the person. Record “talked”: who, or why not.")
    if missing := missing_roles(stage, state):
        lacks = Several(missing, AND)
        yield say("{stage} needs {roles} before it is answered. Record “role”.", stage=stage.name, roles=lacks)


def _closed(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if (running := state.clocks.get("safeguarding.referral")) and not running.stopped:
        yield say("The designated officer has not been contacted. Record “officer_contacted” before closing it.")
    upheld = [
        point for point, outcome in state.outcomes.items() if (i := profile.item("outcomes", outcome)) and i.upheld
    ]
    promised = [item for remedy in state.remedies if (item := profile.item("remedies", remedy))]
    if upheld and not any(item.apology for item in promised):
        enough = Several((item.name for item in profile.listed("remedies").values() if item.apology), OR)
        yield say("A point was upheld: record the remedy {remedies} first.", remedies=enough)
    if state.kind == "complaint" and state.place.endswith(".answered") and not state.outcomes:
        yield say("Decide at least one point (“outcome”) before closing a complaint that was answered.")
    undone = [_item(profile, "remedies", remedy) for remedy, stands in state.remedies.items() if stands != "done"]
    if undone and not event.why:
        yield say(
            "Promised and not yet done: {remedies}. Record “remedy_done”, or why it is closed all the same.",
            remedies=Several(undone),
        )


def _item(profile: Profile, source: str, code: str) -> object:
    item = profile.item(source, code)
    return item.name if item else code


def _remedy_done(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    remedy = str(event.said("remedy"))
    item = profile.item("remedies", remedy)
    if remedy not in state.remedies:
        near = nearest(remedy, state.remedies)
        yield say("“{remedy}” was not promised on this record. {nearest}", remedy=remedy, nearest=near)
    elif event.kind == "remedy_done" and item and item.approval and state.remedies[remedy] == "promised":
        yield say("“{remedy}” must first be approved by: {who}.", remedy=item.name, who=item.approval)


def _contact_planned(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if not state.last("contact_warned") and event.said("threat") is not True:
        yield say("Warn the person first (“contact_warned”). Only a threat to staff needs no warning: tick it.")


def _contact_settled(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    first, last = time_of_day(event.said("from")), time_of_day(event.said("until"))
    if any(event.said(name) and time_of_day(event.said(name)) is None for name in ("from", "until")):
        yield say("Write the times as 16:30 and 18:00.")
    elif (first is None) != (last is None) or (first is not None and first == last):
        yield say("Write both times, not before and not after, or neither.")


def _reviewing_officer(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if event.said("agreed") is not True:
        yield say("Their reviewing officer is told only when the child agrees. Ask the child first.")


def _consent(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    known = CONSENTS if event.kind == "consent" else PARTNERS
    if (answer := str(event.said("answer"))) not in known:
        yield say("“{answer}” is not one of the answers. {nearest}", answer=answer, nearest=nearest(answer, known))


def _point_decided(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if event.said("decision") not in ("waits", "goes on"):
        yield say("A point before a court either “waits” or “goes on”: say which.")


def _filed(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if (kind := str(event.said("kind"))) not in profile.kinds:
        near = nearest(kind, profile.kinds)
        yield say("This organisation takes no record called “{kind}”. {nearest}", kind=kind, nearest=near)
    if (when := day(event.said("happened"))) and when > event.day:
        yield say(
            "It was sent on {day}, before what it is about ({happened}). Correct the date.",
            day=event.day,
            happened=when,
        )


def _corrected(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if str(event.said("of")) not in {e.id for e in state.history if e.id}:
        yield say("There is no such event on this record to correct.")


_CHECKS: dict[str, Callable[[Profile, CaseState, CaseEvent], Iterator[Said]]] = {
    "filed": _filed,
    "completed": _filed,
    "extended": _extended,
    "paused": _paused,
    "resumed": _paused,
    "role": _role,
    "closed": _closed,
    "remedy_approved": _remedy_done,
    "remedy_done": _remedy_done,
    "contact_planned": _contact_planned,
    "contact_settled": _contact_settled,
    "point_decided": _point_decided,
    "consent": _consent,
    "partner_asked": _consent,
    "reviewing_officer": _reviewing_officer,
    "corrected": _corrected,
    **CHECKS,
}


def cautions(profile: Profile, state: CaseState, event: CaseEvent) -> tuple[Said, ...]:
    """What to think of before appending an event that may be appended."""
    out: list[Said] = []
    if event.kind == "extended" and (item := profile.item("extension_reasons", event.why)) and not item.acceptable:
        out.append(
            say("“{reason}” is recorded because it is true, but it is not an acceptable reason.", reason=item.name)
        )
    extended = state.clocks.get(str(event.said("clock"))) if event.kind == "extended" else None
    if extended and extended.deadline and event.at >= extended.deadline.moment:
        passed = extended.deadline.day
        out.append(say("The limit passed on {day}: extending it now does not undo that.", day=passed))
    window = state.clocks.get(f"{event.kind.removesuffix('.requested')}.window")
    if event.kind.endswith(".requested") and window and window.deadline and event.at >= window.deadline.moment:
        out.append(
            say(
                "Asked for after {day}: a person decides whether to take it, with any special circumstances.",
                day=window.deadline.day,
            )
        )
    happened = day(event.said("aware")) or day(event.said("happened"))
    limit = profile.accept_months
    if event.kind == "filed" and limit and happened and add_months(happened, limit) < event.day:
        out.append(
            say(
                "Older than {months} months: a person decides whether to take it, with any special circumstances.",
                months=limit,
            )
        )
    return tuple(out)
