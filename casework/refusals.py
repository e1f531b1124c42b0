"""Why something may not be added to a record now, in words that say what to do; and what to think of first.

Asked before an event is appended. A person's own rights are never refused by the software: a late request,
a matter older than twelve months, a withdrawal are taken, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from casework.calendar import LONDON, add_months
from casework.case import allowed, moves, stands
from casework.errors import nearest
from casework.keeping import CONSENTS, PARTNERS
from casework.moves import FLAGS, ROLES
from casework.procedure import Move, Profile
from casework.record import CaseEvent, CaseState, day
from casework.tasks import missing_roles

DECIDES = "a person decides whether to take it, with any special circumstances."
#: Details of an event -> how a refusal names them.
WORDS = {
    "why": "a reason",
    "by": "who decided it",
    "who": "who",
    "to": "where to",
    "way_on": "the way on that the person was told",
    "review": "the day of its review",
    "due": "the day it is due",
    "look": "the decision: look at it or not",
    "of": "the event it corrects",
    "until": "the day by which",
    "what": "what",
    "how": "how it was found out",
    "agreed": "that the child agreed to it",
}


def refusal(profile: Profile, state: CaseState, event: CaseEvent) -> str | None:
    """None when the event may be appended; otherwise why not, and what to do instead."""
    return next(_reasons(profile, state, event), None)


def _reasons(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    known = [move for move in profile.moves if move.event == event.kind]
    if not known:
        names = sorted({move.event for move in profile.moves})
        yield f"Nothing is called “{event.kind}” in this procedure. {nearest(event.kind, names)}"
        return
    move = next((move for move in known if allowed(move, state)), None)
    if move is None:
        yield _not_now(profile, state, known)
        return
    if state.filed and event.at < state.filed:
        yield f"This is dated {event.day.isoformat()}, before the record was sent. Correct the date."
    elif move.to and state.arrived and event.at < state.arrived:
        since = state.arrived.astimezone(LONDON).date().isoformat()
        yield f"This is dated {event.day.isoformat()}, before the last step on {since}. Correct the date."
    for before in move.after:
        earlier = state.last(before)
        if earlier and event.at < earlier.at:
            follows = f"“{_called(profile, before)}” on {earlier.day.isoformat()}"
            yield f"This is dated {event.day.isoformat()}, before {follows}. Correct the date."
    yield from _details(profile, move, event)
    if check := _CHECKS.get(event.kind):
        yield from check(profile, state, event)
    if event.kind.endswith(".answered"):
        yield from _answer(profile, state, event)


def _not_now(profile: Profile, state: CaseState, known: list[Move]) -> str:
    name = known[0].name
    if not state.place:
        return f"“{name}” needs a record that was sent: begin with “filed”."
    kinds = tuple(dict.fromkeys(kind for move in known for kind in move.kinds))
    if kinds and state.kind not in kinds:
        return f"“{name}” is for: {', '.join(kinds)}. This record is: {state.kind}."
    if known[0].once and state.last(known[0].event):
        return f"“{name}” was already recorded. To change it, correct that event."
    here = next((move for move in known if stands(move, state.place)), None)
    missing = [_called(profile, event) for event in here.after if not state.last(event)] if here else []
    if missing:
        return f"“{name}” comes after “{'” and “'.join(missing)}”. Record that first."
    done = next((event for move in known for event in move.unless if state.last(event)), None)
    if done:
        return f"“{name}” cannot follow “{_called(profile, done)}”."
    buttons = ", ".join(move.name for move in moves(profile, state) if move.to) or "open it again"
    return f"“{name}” cannot happen where the record stands ({state.place}). What leads on from here: {buttons}."


def _called(profile: Profile, event: str) -> str:
    return next((move.name for move in profile.moves if move.event == event), event)


def _details(profile: Profile, move: Move, event: CaseEvent) -> Iterator[str]:
    for need in move.needs:
        found = re.fullmatch(r"([\w|]+)(?:\[(\w+)\])?", need)
        assert found
        names, source = found[1].split("|"), found[2]
        given = [word for name in names for word in event.listed(name) if word.strip()]
        if not given:
            yield f"“{move.name}” needs {' or '.join(_words(name) for name in names)}."
        elif source:
            yield from (fault for word in given if (fault := _unlisted(profile, source, word)))
    for name in ("review", "due", "until"):
        if name in move.needs and (value := event.said(name)) and day(value) is None:
            yield f"“{move.name}” needs a date for {_words(name)}, as 2027-03-31, not “{value}”."
        elif name in move.needs and (when := day(event.said(name))) and when < event.day:
            yield f"“{move.name}”: {_words(name)} is {when.isoformat()}, before the event itself. Give a later date."


def _unlisted(profile: Profile, source: str, word: str) -> str | None:
    tables = {
        "routes": profile.routes,
        "clocks": profile.clocks,
        "services": profile.services,
        "flags": dict.fromkeys(FLAGS),
    }
    if source in tables:
        known: tuple[str, ...] = tuple(tables[source])
        return (
            None
            if word in known or (source == "services" and word == "unsure")
            else f"“{word}” is not one of the {source}. {nearest(word, known)}"
        )
    if not profile.listed(source) or profile.item(source, word):
        return None
    return f"“{word}” is not one of the {source.replace('_', ' ')}. {nearest(word, profile.listed(source))}"


def _words(detail: str) -> str:
    return WORDS.get(detail, f"the {detail.replace('_', ' ')}")


def _extended(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    clock, running = profile.clocks[str(event.said("clock"))], state.clocks.get(str(event.said("clock")))
    if clock.extended is None:
        yield f"“{clock.name}” has no extension here: keep the person informed (“informed”), and answer soon."
    elif running is None or running.stopped:
        yield f"“{clock.name}” is not running, so there is nothing to extend."
    elif running.extended:
        yield f"“{clock.name}” was extended already, and only once is allowed: tell the person, and record “informed”."
    elif clock.agreement and event.said("agreed") is not True:
        yield f"“{clock.name}” is extended only with the complainant's agreement. Ask them, and record agreed = true."


def _paused(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    for clock in event.listed("clocks"):
        running = state.clocks.get(clock)
        if running is None or running.stopped:
            yield f"The clock “{clock}” is not running. {nearest(clock, [r.clock for r in state.running])}"
        elif running.paused != (event.kind == "resumed"):
            yield f"“{running.name}” is {'already' if running.paused else 'not'} paused."


def _role(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    roles = {role.id: role for stage in profile.stages.values() for role in stage.roles.values()}
    role, people = str(event.said("role")), event.listed("person")
    if role not in (*roles, *ROLES):
        yield f"No role is called “{role}”. {nearest(role, (*roles, *ROLES))}"
    accused = {word for e in state.all("filed") for word in e.listed("named")}
    objected = {word for e in state.all("objected") for word in e.listed("person")}
    for person in people:
        if person in objected and role in ("manager", "responder", "adjudicator"):
            yield "The person objects to them answering. Choose somebody else, or talk with the person first."
        others = [held for held, holders in state.roles.items() if person in holders and held != role]
        if person in accused:
            yield "This person is named in the record and cannot hold a role in it. Choose somebody else."
        elif others and any(r in roles and roles[r].independent for r in (role, *others)):
            yield f"This person is already {' and '.join(others)} here; who is independent holds no other role."


def _answer(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    stage = profile.stages[event.kind.removesuffix(".answered")]
    if stage.talk and not state.last("talked"):
        yield "Before this answer somebody talks with the person. Record “talked”: who, or why not."
    if missing := missing_roles(stage, state):
        yield f"{stage.name} needs {' and '.join(missing)} before it is answered. Record “role”."


def _closed(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if (running := state.clocks.get("safeguarding.referral")) and not running.stopped:
        yield "The designated officer has not been contacted. Record “officer_contacted” before closing it."
    upheld = [
        point for point, outcome in state.outcomes.items() if (i := profile.item("outcomes", outcome)) and i.upheld
    ]
    promised = [item for remedy in state.remedies if (item := profile.item("remedies", remedy))]
    if upheld and not any(item.apology for item in promised):
        enough = [str(item.name).lower() for item in profile.listed("remedies").values() if item.apology]
        yield f"A point was upheld: record the remedy {' or '.join(enough)} first."
    if state.kind == "complaint" and state.place.endswith(".answered") and not state.outcomes:
        yield "Decide at least one point (“outcome”) before closing a complaint that was answered."
    undone = [remedy for remedy, stands in state.remedies.items() if stands != "done"]
    if undone and not event.why:
        yield f"Promised and not yet done: {', '.join(undone)}. Record “remedy_done”, or why it is closed all the same."


def _remedy_done(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    remedy = str(event.said("remedy"))
    item = profile.item("remedies", remedy)
    if remedy not in state.remedies:
        yield f"“{remedy}” was not promised on this record. {nearest(remedy, state.remedies)}"
    elif event.kind == "remedy_done" and item and item.approval and state.remedies[remedy] == "promised":
        yield f"“{item.name}” must first be approved by the {item.approval}."


def _contact_planned(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if not state.last("contact_warned") and event.said("threat") is not True:
        yield "Warn the person first (“contact_warned”). Only a threat to staff (threat = true) needs no warning."


def _reviewing_officer(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if event.said("agreed") is not True:
        yield "Their reviewing officer is told only when the child agrees. Ask the child first."


def _consent(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    known = CONSENTS if event.kind == "consent" else PARTNERS
    if (answer := str(event.said("answer"))) not in known:
        yield f"“{answer}” is not one of the answers. {nearest(answer, known)}"


def _point_decided(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if event.said("decision") not in ("waits", "goes on"):
        yield "A point before a court either “waits” or “goes on”: say which."


def _filed(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if (kind := str(event.said("kind"))) not in profile.kinds:
        yield f"This organisation takes no record called “{kind}”. {nearest(kind, profile.kinds)}"
    if (when := day(event.said("happened"))) and when > event.day:
        yield f"It was sent on {event.day.isoformat()}, before what it is about ({when.isoformat()}). Correct the date."


def _corrected(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[str]:
    if str(event.said("of")) not in {e.id for e in state.history if e.id}:
        yield "There is no such event on this record to correct."


_CHECKS: dict[str, Callable[[Profile, CaseState, CaseEvent], Iterator[str]]] = {
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
    "point_decided": _point_decided,
    "consent": _consent,
    "partner_asked": _consent,
    "reviewing_officer": _reviewing_officer,
    "corrected": _corrected,
}


def cautions(profile: Profile, state: CaseState, event: CaseEvent) -> tuple[str, ...]:
    """What to think of before appending an event that may be appended."""
    out = []
    if event.kind == "extended" and (item := profile.item("extension_reasons", event.why)) and not item.acceptable:
        out.append(f"“{item.name}” is recorded because it is true, but it is not an acceptable reason.")
    extended = state.clocks.get(str(event.said("clock"))) if event.kind == "extended" else None
    if extended and extended.deadline and event.at >= extended.deadline.moment:
        out.append(f"The limit passed on {extended.deadline.day.isoformat()}: extending it now does not undo that.")
    window = state.clocks.get(f"{event.kind.removesuffix('.requested')}.window")
    if event.kind.endswith(".requested") and window and window.deadline and event.at >= window.deadline.moment:
        out.append(f"Asked for after {window.deadline.day.isoformat()}: {DECIDES}")
    happened = day(event.said("aware")) or day(event.said("happened"))
    limit = profile.accept_months
    if event.kind == "filed" and limit and happened and add_months(happened, limit) < event.day:
        out.append(f"Older than {limit} months: {DECIDES}")
    return tuple(out)
